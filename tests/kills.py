"""Killing a piece of work at each of its writes: from one of them on nothing changes on the disk any more.

What is killed runs no further, and neither do its clean-ups: they are refused as well, so that what is left is what a
SIGKILL would leave. Python's audit events tell of each file that is opened to be written, made, renamed or removed.
"""

import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

WRITES = ("os.rename", "os.remove", "os.mkdir", "os.rmdir", "os.link", "os.symlink", "os.truncate")
FLAGS = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC


class Killed(BaseException):
    """The process was killed."""


@dataclass
class Watch:
    """Where writes are counted, and at which of them everything stops."""

    folder: str
    last: int | None = None  # None: none is the last
    count: int = 0
    stopped: bool = False


_watch: Watch | None = None
_hooked = False


def _audit(event: str, arguments: tuple[Any, ...]) -> None:
    watch = _watch
    if watch is None or threading.current_thread() is not threading.main_thread():
        return
    if event == "open":
        path, _, flags = arguments
        if not isinstance(path, str | bytes | os.PathLike) or not (flags or 0) & FLAGS:
            return
    elif event not in WRITES:
        return
    if not _within(watch.folder, event, arguments):
        return
    watch.count += 1
    if watch.last is not None and watch.count > watch.last:
        watch.stopped = True
        raise Killed(f"{event} {arguments}")


def _within(folder: str, event: str, arguments: tuple[Any, ...]) -> bool:
    """Whether a write is of the folder; one relative to an open folder is a removal by `shutil.rmtree`."""
    if event in ("os.remove", "os.rmdir") and arguments[1] != -1:
        return True
    return os.path.abspath(os.fsdecode(arguments[0])).startswith(folder)


@contextmanager
def watching(folder: Path, last: int | None = None) -> Iterator[Watch]:
    """Count the writes below a folder, and let `last` of them happen."""
    global _watch, _hooked
    if not _hooked:
        sys.addaudithook(_audit)
        _hooked = True
    _watch = watch = Watch(str(folder.resolve()), last)
    try:
        yield watch
    finally:
        _watch = None


def survives(folder: Path, last: int, work: Callable[[], object]) -> bool:
    """Kill some work below a folder after so many writes; whether it came to its end before."""
    with watching(folder, last) as watch:
        try:
            work()
        except Killed:
            _let_go(watch.folder)
            return False
    assert not watch.stopped, "the work caught its own death"
    return True


def _let_go(folder: str) -> None:
    """Close what is open below a folder, as the end of a process does: its locks go with it."""
    for name in os.listdir("/proc/self/fd"):
        with suppress(OSError):
            if os.readlink(f"/proc/self/fd/{name}").startswith(folder):
                os.close(int(name))


def kills(folder: Path, work: Callable[[], object], prepare: Callable[[], object]) -> Iterator[int]:
    """Prepare, and kill some work, after no write, after one, and so on to its end; each time the number of writes."""
    last = 0
    while True:
        with patch("os.fsync"):  # a kill loses nothing that was written: only a loss of power would
            prepare()
            if survives(folder, last, work):
                return
        yield last
        last += 1
