"""The engine as the app uses it: one clip at a time, warm before the first click."""

import logging
import os
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import closing
from pathlib import Path
from typing import Final, TypeVar

import model
from annotation.labels import Labels
from model.clip import Clip
from model.options import options_of
from model.prelabel.answer import Answer, answer_steps
from model.prelabel.check import Verdict, require_pattern
from model.prelabel.video import Film
from model.request import Progress, Request
from model.scene import U8
from studio import decoding, gpu
from studio.turns import Turns

log = logging.getLogger(__name__)
T = TypeVar("T")

QUEUE: Final = "engine"  # concurrency_id of everything that computes
ASIDE: Final = "prelabel"  # that of what takes the engine for moments only
CHECKPOINTS: Final = Path(__file__).parents[1] / "assets" / "interanimate"
SOON: Final = 0.4  # s, after which a step is told: whoever has gone is noticed
WAITING: Final = Progress("wait", 0.0)
_turns = Turns()


def engines() -> tuple[str, ...]:
    """Engines that can run here: the diffusion model only with a checkpoint."""
    found = os.environ.get("STUDIO_CHECKPOINT") or any(CHECKPOINTS.glob("**/*.safetensors"))
    return tuple(name for name in options_of(Request)["engine"].rule.choices if found or name != "interanimate")


def steps(photo: str | Path | U8, request: Request, guidance: bool = False) -> Iterator[Progress | Clip]:
    """`model.generate_steps`, when nobody else uses the engine; until then Progress of stage `wait`.

    A file is read by a limited child process, before the engine is taken.
    """
    if isinstance(photo, str | Path):
        with decoding.photo(photo) as reading:
            while (picture := reading.picture(SOON)) is None:
                yield WAITING
        photo = picture
    work = gpu.denoised_steps if request.engine == "interanimate" else _rendered
    ticket = _turns.ask()
    try:
        while not _turns.wait(ticket, SOON):
            yield WAITING
        yield from work(photo, request, guidance)
    finally:
        _turns.leave(ticket)


def _rendered(photo: str | Path | U8, request: Request, guidance: bool) -> Iterator[Progress | Clip]:
    yield from model.generate_steps(photo, request, guidance=guidance)


def prelabel(video: Path) -> Iterator[Progress | Labels]:
    """Progress, last the labels predicted for a video; InputError."""
    yield from _watched(video, model.prelabel_steps)


def check(video: Path, pattern: str) -> Iterator[Progress | Verdict]:
    """Progress, last whether a pattern was done in a video; InputError."""
    require_pattern(pattern)
    yield from _watched(video, lambda film: model.check_steps(film, pattern))


def answer(video: Path, pattern: str) -> Iterator[Progress | Answer]:
    """Progress, last the labels of a video in which a pattern was asked for, and the verdict; InputError."""
    require_pattern(pattern)
    yield from _watched(video, lambda film: answer_steps(film, pattern))


def _watched(video: Path, steps: Callable[[Film], Generator[Progress | T]]) -> Iterator[Progress | T]:
    """What becomes of a video, which a limited child process decodes.

    The engine is taken for a moment at a time: whoever wants a clip waits no longer than that.
    """
    with closing(decoding.film(video)) as films:
        for film in films:
            if film is None:
                yield WAITING
            else:
                with closing(steps(film)) as work:
                    yield from _in_turns(work)


def _in_turns(work: Iterator[Progress | T]) -> Iterator[Progress | T]:
    """The same work, a moment at a time; its last step is what was wanted."""
    step: Progress | T = WAITING
    while isinstance(step, Progress):
        ticket = _turns.ask()
        try:
            while not _turns.wait(ticket, SOON):
                yield WAITING
            until = time.monotonic() + SOON
            step = next(work)
            while isinstance(step, Progress) and time.monotonic() < until:
                step = next(work)
        finally:
            _turns.leave(ticket)
        yield step


def example() -> U8:
    """The photo (512, 512, 3) that comes with scikit-image: Eileen Collins, by NASA, public domain."""
    from skimage.data import astronaut  # only when asked for: half a second

    photo: U8 = astronaut()
    return photo


def warm() -> None:
    """Make a small clip, so that the first visitor finds everything loaded and compiled."""
    try:
        decoding.warm()
        for _ in steps(example(), Request("poke-left-cheek", size=256, seconds=1.5, fps=8)):
            pass
    except Exception:
        log.exception("The engine could not be warmed up")
