"""The named endpoints, for `gradio_client`: `/generate`, `/patterns`, `/prelabel`."""

from collections.abc import Iterator
from typing import Any

import gradio as gr

from annotation.taxonomy import PATTERNS
from model.clip import Clip
from model.errors import InputError
from model.request import Request
from studio import engine, files

Answer = tuple[gr.FileData | None, dict[str, Any] | None, dict[str, Any] | None]


def register() -> None:
    """Add the endpoints to the app that is being built."""
    gr.api(generate, api_name="generate", concurrency_id=engine.QUEUE, concurrency_limit=1)
    gr.api(patterns, api_name="patterns", queue=False)
    gr.api(prelabel, api_name="prelabel", concurrency_id=engine.QUEUE, concurrency_limit=1)


def generate(
    photo: gr.FileData,
    pattern: str,
    engine: str = "physics",
    seed: int = 0,
    size: int = 512,
    seconds: float = 3.0,
    fps: int = 24,
    intensity: float = 1.0,
    hand: str = "auto",
    steps: int = 4,
    follow: str = "maps",
) -> Iterator[Answer]:
    """Animate the hand of the person in `photo` touching their face: the clip, its labels, its metrics."""
    try:
        request = Request(
            pattern, engine, int(seed), int(size), float(seconds), int(fps), float(intensity), hand, int(steps), follow
        )
        yield from _generate(photo, request)
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error


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


def prelabel(video: gr.FileData) -> dict[str, Any]:
    """Predict the contact labels of a clip."""
    path = None
    try:
        path = files.taken(video)
        return engine.prelabel(path).to_json()
    except InputError as error:
        raise gr.Error(str(error), print_exception=False) from error
    finally:
        files.forget(path)
