"""How every program here speaks: it prints what any terminal takes, and ends with one line that says what is wrong."""

import argparse
import errno
import io
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Final

from annotation.paths import one_line, shown

EVERY: Final = 0.2  # s between two lines of progress
LONGEST: Final = 600  # characters of the line
OF_THE_PATH: Final = (
    errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EACCES, errno.EPERM, errno.EROFS, errno.ELOOP, errno.ENAMETOOLONG,
    errno.EEXIST, errno.ENXIO, errno.ENODEV, errno.EINVAL, errno.ENOTEMPTY,
)  # fmt: skip


def speak() -> None:
    """Print what the terminal has no letters for as escapes: a name is no reason to lose what was done."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def path(text: str) -> Path:
    """A path of a command line; an empty one would be the folder that one is in."""
    if not text:
        raise argparse.ArgumentTypeError("it is empty: name a file or a folder")
    return Path(text)


class Line:
    """How far a long command is, on one line of a terminal that is written anew; nothing where nobody looks."""

    def __init__(self) -> None:
        self._began = self._said = time.monotonic()

    def say(self, done: int, words: str) -> None:
        """So many are done; at most a few times a second."""
        now = time.monotonic()
        if sys.stderr.isatty() and now - self._said >= EVERY:
            self._said = now
            rate = done / (now - self._began)
            pace = f"{rate:,.0f} a second" if rate >= 1 else f"{60 * rate:,.0f} a minute"
            print(f"\r{words}, {pace}\033[K", end="", file=sys.stderr, flush=True)

    def end(self) -> None:
        """Leave room for what is printed next."""
        if sys.stderr.isatty():
            print("\r\033[K", end="", file=sys.stderr, flush=True)


def run(
    work: Callable[[], object],
    bad: tuple[type[Exception], ...],
    broken: tuple[type[Exception], ...] = (),
    stopped: tuple[str, int] = ("stopped", 130),
) -> int:
    """Do the work; the exit status: 0, or one line on stderr and 2 (`bad` input) or 1 (our fault, `broken` among it).

    `python -X dev` shows where a fault of ours arose.
    """
    try:
        work()
        if sys.stdout is not None:
            sys.stdout.flush()
        return 0
    except BrokenPipeError:
        _close_output()
        return 0
    except KeyboardInterrupt:
        print(stopped[0], file=sys.stderr)
        return stopped[1]
    except bad as error:
        return _end(str(error), 2)
    except broken as error:
        return _end(str(error), 1)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            _close_output()
            return _end("the disk, or what is printed to, is full: free some space, then try again", 1)
        if error.filename is not None and error.errno in OF_THE_PATH:
            return _end(f"{shown(os.fsdecode(str(error.filename)))}: {error.strerror}: check the path", 2)
        return _fault(error)
    except Exception as error:
        if isinstance(error, ValueError) and "embedded null" in str(error):
            return _end("a path has a null character: check the path", 2)
        return _fault(error)


def _fault(error: Exception) -> int:
    if sys.flags.dev_mode:
        traceback.print_exc()
    return _end(f"{type(error).__name__}: {error}", 1)


def _end(message: str, status: int) -> int:
    text = one_line(" ".join(message.split()))
    if len(text) > LONGEST:
        text = f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"
    print(f"error: {text}", file=sys.stderr)
    return status


def _close_output() -> None:
    """Nothing more can be printed: also not at the end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
