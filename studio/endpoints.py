"""The named endpoints, for `gradio_client`: `/generate`, `/patterns`, `/prelabel`, `/check`."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS
from model.clip import Clip
from model.errors import InputError
from model.options import options_of, spells_out
from model.prelabel.check import Verdict
from model.request import Request
from studio import engine, files

Answer = tuple[gr.FileData | None, dict[str, Any] | None, dict[str, Any] | None]


def register() -> None:
    """Add the endpoints to the app that is being built."""
    gr.api(generate, api_name="generate", concurrency_id=engine.QUEUE, concurrency_limit=1)
    gr.api(patterns, api_name="patterns", queue=False)
    gr.api(prelabel, api_name="prelabel", concurrency_id=engine.ASIDE, concurrency_limit=1)
    gr.api(check, api_name="check", concurrency_id=engine.ASIDE, concurrency_limit=1)


@spells_out(Request)
def generate(photo: gr.FileData, *values: Any) -> Iterator[Answer]:
    """Animate the hand of the person in `photo` touching their face: the clip, its labels, its metrics."""
    try:
        request = Request(**by_name(values))
        yield from _generate(photo, request)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error


def by_name(values: tuple[Any, ...]) -> dict[str, Any]:
    """What a client sent, in the order that it was told, as options of `Request`; JSON may have 3 for 3.0."""
    return {o.name: o.kind(value) for o, value in zip(options_of(Request).values(), values, strict=False)}


def _generate(photo: Any, request: Request) -> Iterator[Answer]:
    path = files.taken(photo)
    try:
        for step in engine.steps(path, request):
            if isinstance(step, Clip):
                target = files.folder() / f"{request.pattern}-{request.seed}.mp4"
                step.save(target)
                yield gr.FileData(path=str(target)), step.labels.to_json(), dict(step.metrics)
            else:
                yield None, None, None  # a client that has gone is noticed here
    finally:
        files.forget(path)


def patterns() -> list[str]:
    """The names of the patterns."""
    return list(PATTERNS)


def prelabel(video: gr.FileData) -> Iterator[dict[str, Any] | None]:
    """Predict the contact labels of a clip."""
    path = None
    try:
        path = files.taken(video)
        for step in engine.prelabel(path):
            yield step.to_json() if isinstance(step, Labels) else None  # a client that has gone is noticed here
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error
    finally:
        files.forget(path)


def check(video: gr.FileData, pattern: str) -> Iterator[dict[str, Any] | None]:
    """Say whether a pattern was done in a clip, how sure that is, and if not, why."""
    path = None
    try:
        path = files.taken(video)
        for step in engine.check(path, pattern):
            yield step.to_json() if isinstance(step, Verdict) else None  # a client that has gone is noticed here
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error
    finally:
        files.forget(path)
