"""Strangers' photos and films, decoded by child processes that are limited in memory and time.

A child for photos stays warm and is used again; one for a film is for that film alone. Nothing that a child says is
believed but JSON of known fields and pixels of the size that was said.
"""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from multiprocessing import BufferTooShort, Pipe
from pathlib import Path
from typing import Any, Final, Self

import numpy as np

from annotation.paths import shown
from annotation.video import Facts
from model.errors import InputError
from model.prelabel.video import Film, Picture
from model.scene import U8

log = logging.getLogger(__name__)

ROOT: Final = Path(__file__).parents[1]
PHOTO_S: Final = 8  # of the processor, for one photo
FILM_S: Final = 120  # of the processor, for all frames of a film
SILENCE_S: Final = 30.0  # a child that says nothing for so long is killed: the clock's own seconds, on a busy machine
MOST: Final = 64 * 2**20  # bytes of one message
WARM: Final = 2  # children for photos that are kept
NAMES: Final = ("PATH", "HOME", "LANG", "LC_ALL", "LD_LIBRARY_PATH", "PYTHONPATH", "VIRTUAL_ENV")  # no secrets
BROKE: Final = "{name} could not be read with the memory and time that it may take: save it as a JPEG, or smaller."
FILM_BROKE: Final = "{name} could not be read with the memory and time that it may take: cut it, or make it smaller."


class Child:
    """A process that decodes; one question at a time."""

    def __init__(self, seconds: int) -> None:
        self.connection, theirs = Pipe()
        environment = {name: os.environ[name] for name in NAMES if name in os.environ}
        threads = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1")
        command = [sys.executable, "-m", "studio.child", str(theirs.fileno()), str(seconds)]
        with theirs:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=environment | threads, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL
            )
        self.name, self.broke, self.heard = "", BROKE, time.monotonic()

    def ask(self, what: str, path: Path, broke: str, **about: Any) -> None:
        """Put a question about a file; `broke` is what is said if the child does not survive it."""
        self.name, self.broke, self.heard = shown(path.name), broke, time.monotonic()
        with self._alive():
            self.connection.send_bytes(json.dumps({"what": what, "about": {"path": str(path), **about}}).encode())

    def answer(self, seconds: float) -> tuple[dict[str, Any], U8 | None] | None:
        """The next answer, None if there is none yet after so many seconds; InputError."""
        with self._alive():
            if not self.connection.poll(seconds):
                if time.monotonic() - self.heard > SILENCE_S:
                    raise EOFError
                return None
            facts = json.loads(self.connection.recv_bytes(MOST))
            if "error" in facts:
                raise InputError(str(facts["error"]))
            shape, pixels = facts.pop("shape"), None
            if shape is not None:
                pixels = self._pixels(*map(int, shape))
            self.heard = time.monotonic()
            return facts, pixels

    def _pixels(self, height: int, width: int, channels: int) -> U8:
        """An image (h, w, 3) of no more than MOST bytes."""
        if min(height, width) < 1 or channels != 3 or height * width * 3 > MOST:
            raise ValueError("not the size of an image")
        pixels = np.empty((height, width, 3), np.uint8)
        if self.connection.recv_bytes_into(pixels.data.cast("B")) != pixels.nbytes:
            raise ValueError("not all of an image")
        return pixels

    @contextmanager
    def _alive(self) -> Iterator[None]:
        """One sentence for a child that died, or says what it cannot; it is killed."""
        try:
            yield
        except InputError:
            raise
        except (OSError, EOFError, BufferTooShort, ValueError, KeyError, TypeError) as error:
            self.kill()
            log.warning("A child gave up on an upload: %s, status %s", type(error).__name__, self.process.returncode)
            raise InputError(self.broke.format(name=self.name)) from None

    @property
    def usable(self) -> bool:
        """Whether it can be asked again."""
        return self.process.poll() is None and not self.connection.closed

    def kill(self) -> None:
        """End it at once."""
        self.process.kill()
        self.process.wait()
        self.connection.close()


class Reading:
    """A photo that a child reads."""

    def __init__(self, child: Child, path: Path, keep: Path | None) -> None:
        self.child, self.keep, self.shown, self.whole = child, keep, False, False
        child.ask("photo", path, BROKE, keep=None if keep is None else str(keep))

    def picture(self, seconds: float = SILENCE_S) -> U8 | None:
        """The upright, reduced photo (h, w, 3); None if it is not there yet after so many seconds; InputError."""
        try:
            answer = self.child.answer(seconds)
        except InputError:
            self.whole = True  # it has no more to say; a dead one is not used again
            raise
        if answer is None:
            return None
        self.shown, self.whole = True, self.keep is None
        return answer[1]

    def kept(self) -> None:
        """Wait until the photo is kept; InputError."""
        while not self.whole:
            self.whole = self.child.answer(SILENCE_S) is not None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self.shown:
            with suppress(InputError):
                self.kept()  # takes a moment, a new child takes longer
        _give_back(self.child, self.whole)


_idle: list[Child] = []
_lock = threading.Lock()


def photo(path: str | Path, keep: Path | None = None) -> Reading:
    """Begin to read a photo; if it can be read, it is also kept as a PPM, which has only its pixels."""
    with _lock:
        child = next((_idle.pop(i) for i, child in reversed(list(enumerate(_idle))) if child.usable), None)
    return Reading(child or Child(PHOTO_S), Path(path), keep)


def _give_back(child: Child, whole: bool) -> None:
    """Keep a child that can be asked again; others end."""
    with _lock:
        if whole and child.usable and len(_idle) < WARM:
            _idle.append(child)
            return
    with suppress(OSError):
        child.kill()


def warm() -> None:
    """Have a child ready before the first photo comes."""
    with _lock:
        if not _idle:
            _idle.append(Child(PHOTO_S))


def film(path: Path) -> Generator[Film | None]:
    """What a film is, once that is known; None until then. Closing it ends the child; InputError."""
    child = Child(FILM_S)
    try:
        child.ask("film", path, FILM_BROKE)
        while (answer := child.answer(0.4)) is None:
            yield None
        facts = facts_of(answer[0])
        yield Film(shown(path.name), facts, _pictures(child, facts.frames))
    finally:
        child.kill()


def converted(path: Path, target: Path) -> Generator[Facts | None]:
    """What a short film is, once it is there as an MP4 of pictures alone; None until then. InputError."""
    child = Child(FILM_S)
    try:
        child.ask("convert", path, FILM_BROKE, target=str(target))
        while (answer := child.answer(0.4)) is None:
            yield None
        yield facts_of(answer[0])
    finally:
        child.kill()


def facts_of(told: dict[str, Any]) -> Facts:
    """What a film is, as a child told it."""
    times = told["times"]
    return Facts(**told | {"times": None if times is None else tuple(times)})


def _pictures(child: Child, frames: int) -> Iterator[Picture | None]:
    """A film's frames; None where the next is not there yet."""
    while frames:
        answer = child.answer(0.2)
        if answer is None:
            yield None
            continue
        facts, pixels = answer
        if pixels is None:
            return
        frames -= 1
        yield Picture(pixels, int(facts["width"]), int(facts["height"]))
