"""What was filmed and is not kept yet: converted, looked at, and then kept or dropped. Of a person one at a time.

Takes live in this process and in its folder of files; whoever leaves the page has none any more, and films again.
"""

import logging
import secrets
import threading
import time
from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from annotation.errors import NotFound
from annotation.video import Facts
from model.errors import InputError
from model.prelabel import Answer
from model.prelabel.reading import SEVERAL
from studio import decoding, engine, files
from studio.limits import HERE, JOBS, JOBS_AT_ONCE, TooMany
from studio.turns import Turns

log = logging.getLogger(__name__)

MOST: Final = 64  # takes that wait to be kept; the oldest goes
GONE_S: Final = 60.0  # without a question about it, after which nobody waits for a take
GONE: Final = "This recording is gone: film it again."
OURS: Final = "Something went wrong on our side, and it is in the log. Film it once more."
CROWDED: Final = 0.3  # share of the frames
CONVERTED: Final = 0.2  # share of the work


@dataclass(frozen=True)
class Filmed:
    """What was sent, and of what."""

    pattern: str
    environment: str
    device: str
    film: Path  # as it came, in a folder of its own
    address: str  # who sent it, as far as limits go


@dataclass
class Take:
    """A recording on its way."""

    filmed: Filmed
    id: str = field(default_factory=lambda: secrets.token_hex(8))
    step: str = "wait"  # wait, convert, look, done, failed
    fraction: float = 0.0
    error: str = ""
    facts: Facts | None = None
    answer: Answer | None = None
    looks: int = 0  # at its frames
    others: int = 0  # of them, at which another face was seen
    asked: float = field(default_factory=time.monotonic)
    stopped: bool = False

    @property
    def video(self) -> Path:
        """The MP4 that is shown, and kept."""
        return self.filmed.film.with_name("take.mp4")

    @property
    def crowded(self) -> bool:
        """Whether another face is in the picture, and not for a moment only."""
        return self.others > CROWDED * self.looks

    @property
    def working(self) -> bool:
        return self.step in ("wait", "convert", "look") and not self.stopped


class Takes:
    """The takes of all, by the subject's name; one after the other is looked at."""

    def __init__(self) -> None:
        self._takes: dict[str, Take] = {}
        self._lock = threading.Lock()
        self._turns = Turns()

    def begin(self, name: str, filmed: Filmed) -> Take:
        """Look at what a subject filmed, in the place of their last take; raises `TooMany`."""
        take = Take(filmed)
        with self._lock:
            others = [one for owner, one in self._takes.items() if owner != name and one.working]
            busy = sum(one.filmed.address == filmed.address for one in others)
            if filmed.address != HERE and busy >= JOBS_AT_ONCE:
                raise TooMany(JOBS)
            gone = [self._takes.pop(name, None)]
            while len(self._takes) >= MOST:
                gone.append(self._takes.pop(next(iter(self._takes))))
            self._takes[name] = take
        for one in gone:
            _end(one)
        threading.Thread(target=self._work, args=[take], name="take", daemon=True).start()
        return take

    def of(self, name: str, id: str = "") -> Take:
        """The take of a subject, of that id if one is given; raises `NotFound`."""
        take = self._takes.get(name)
        if take is None or take.stopped or id not in ("", take.id):
            raise NotFound(GONE)
        take.asked = time.monotonic()
        files.use(take.filmed.film)
        return take

    def taken(self, name: str, id: str) -> Take:
        """The finished take, which is nobody else's from now on; raises `NotFound`."""
        with self._lock:
            take = self._takes.get(name)
            if take is None or take.stopped or take.id != id or take.step != "done":
                raise NotFound(GONE)
            return self._takes.pop(name)

    def drop(self, name: str) -> None:
        """Delete the take of a subject, if there is one, whatever it is at."""
        with self._lock:
            take = self._takes.pop(name, None)
        _end(take)

    def _work(self, take: Take) -> None:
        ticket = self._turns.ask()
        try:
            while not self._turns.wait(ticket, engine.SOON):
                if _left(take):
                    return
            with closing(_steps(take)) as steps:
                for _ in steps:
                    if _left(take):
                        return
        except InputError as error:
            take.step, take.error = "failed", str(error).replace(take.filmed.film.name, "The recording")
        except Exception:
            log.exception("A recording could not be looked at")
            take.step, take.error = "failed", OURS
        finally:
            self._turns.leave(ticket)
            if take.stopped:
                files.forget(take.filmed.film)


def _steps(take: Take) -> Generator[None]:
    """All that is done with a take, a moment at a time; InputError."""
    film = take.filmed.film
    take.step = "convert"
    for facts in decoding.converted(film, take.video):
        take.facts = facts
        yield
    take.step, take.fraction = "look", CONVERTED
    for step in engine.answer(film, take.filmed.pattern):
        if isinstance(step, Answer):
            take.answer = step
        else:
            take.looks += 1
            take.others += step.stage == SEVERAL
            take.fraction = max(take.fraction, CONVERTED + (1 - CONVERTED) * step.fraction)
        yield
    film.unlink(missing_ok=True)
    take.step, take.fraction = "done", 1.0


def _left(take: Take) -> bool:
    """Whether nobody waits for it any more."""
    if time.monotonic() - take.asked > GONE_S:
        take.stopped = True
    return take.stopped


def _end(take: Take | None) -> None:
    """Stop a take; whoever works at it deletes its files."""
    if take is None:
        return
    working, take.stopped = take.working, True
    if not working:
        files.forget(take.filmed.film)
