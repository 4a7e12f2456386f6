"""The engine as the app uses it: one clip at a time, warm before the first click."""

import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import model
from annotation.labels import Labels
from model.clip import Clip
from model.options import options_of
from model.request import Progress, Request
from model.scene import U8
from studio import gpu

log = logging.getLogger(__name__)

QUEUE: Final = "engine"  # concurrency_id of everything that computes
CHECKPOINTS: Final = Path(__file__).parents[1] / "assets" / "interanimate"
_busy = threading.Lock()


def engines() -> tuple[str, ...]:
    """Engines that can run here: the diffusion model only with a checkpoint."""
    found = os.environ.get("STUDIO_CHECKPOINT") or any(CHECKPOINTS.glob("**/*.safetensors"))
    return tuple(name for name in options_of(Request)["engine"].rule.choices if found or name != "interanimate")


def steps(photo: str | Path | U8, request: Request, guidance: bool = False) -> Iterator[Progress | Clip]:
    """`model.generate_steps`, when nobody else uses the engine; until then Progress of stage `wait`."""
    while not _busy.acquire(timeout=0.4):
        yield Progress("wait", 0.0)
    try:
        work = gpu.denoised_steps if request.engine == "interanimate" else _rendered
        yield from work(photo, request, guidance)
    finally:
        _busy.release()


def _rendered(photo: str | Path | U8, request: Request, guidance: bool) -> Iterator[Progress | Clip]:
    yield from model.generate_steps(photo, request, guidance=guidance)


def prelabel(video: str | Path) -> Labels:
    """Labels predicted for a video; InputError if it is none."""
    with _busy:
        return model.prelabel(video)


def example() -> U8:
    """The photo (512, 512, 3) that comes with scikit-image: Eileen Collins, by NASA, public domain."""
    from skimage.data import astronaut  # only when asked for: half a second

    photo: U8 = astronaut()
    return photo


def warm() -> None:
    """Make a small clip, so that the first visitor finds everything loaded and compiled."""
    try:
        for _ in steps(example(), Request("poke-left-cheek", size=256, seconds=1.5, fps=8)):
            pass
    except Exception:
        log.exception("The engine could not be warmed up")
