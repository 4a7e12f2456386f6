"""Files that are there as a whole or not at all, whoever is killed or loses power while they are written.

One file is written through `replacing`. Several that belong together are the parts of a folder: they change through
`changing`, and whoever reads one asks `part_of` where it is.
"""

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from annotation.files import sync, sync_tree

PART: Final = ".part"  # in a folder: parts that are being written; of a file: in its temporary name
WHOLE: Final = ".whole"  # in a folder: parts that are whole, on their way to their places
SHOWN: Final = 80  # bytes of a file's name in its temporary name: together they are no longer than names may be


@contextmanager
def replacing(place: str | Path) -> Iterator[Path]:
    """A file to write to, of the same suffix; it is then on the disk as `place`, or nowhere. Raises OSError.

    A link stays, and what it names is replaced; a device or a pipe is written to as it is.
    """
    place = Path(os.path.realpath(place))
    if place.exists() and not place.is_file():
        yield place
        return
    handle, temporary = _reserve(place)
    try:
        yield temporary
        sync(temporary)
        os.replace(temporary, place)
        sync(place.parent)
    finally:
        temporary.unlink(missing_ok=True)
        os.close(handle)


def write_text(place: str | Path, text: str) -> None:
    """Write a text file that appears whole or not at all; raises OSError."""
    with replacing(place) as temporary:
        temporary.write_text(text, encoding="utf-8")


def _reserve(place: Path) -> tuple[int, Path]:
    """A new file beside `place`, locked for as long as its writer lives; those of killed writers go."""
    begins = f".{place.name.encode(errors='surrogateescape')[:SHOWN].decode(errors='ignore')}-"
    ends = f"{PART}{place.suffix[:SHOWN]}"
    for name in os.listdir(place.parent):
        if name.startswith(begins) and name.endswith(ends):
            _drop(place.with_name(name))
    while True:
        path = place.with_name(f"{begins}{secrets.token_hex(4)}{ends}")
        handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        with suppress(OSError):  # file systems without locks
            fcntl.flock(handle, fcntl.LOCK_EX)
        if os.fstat(handle).st_nlink:
            return handle, path
        os.close(handle)  # another process took it for a killed one's


def _drop(path: Path) -> None:
    """Remove a temporary file whose writer is no more."""
    with suppress(OSError):
        handle = os.open(path, os.O_RDWR)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)  # BlockingIOError while somebody writes it
            path.unlink()
        finally:
            os.close(handle)


@contextmanager
def changing(folder: Path) -> Iterator[Path]:
    """A folder to write parts to; they then stand in `folder`, all or none as `part_of` tells. Raises OSError."""
    discard(folder)
    made = folder / PART
    made.mkdir(parents=True)
    try:
        yield made
        commit(folder)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def commit(folder: Path) -> None:
    """Bring the parts that were written to `PART` into their places.

    Renaming their folder is the moment from which they are there: what comes after is done again by whoever finds it
    undone, and until then `part_of` names them where they are.
    """
    settle(folder)
    sync_tree(folder / PART)
    os.replace(folder / PART, folder / WHOLE)
    sync(folder)
    settle(folder)


def settle(folder: Path) -> None:
    """End what a `commit` that was killed had begun."""
    whole = folder / WHOLE
    if not whole.is_dir():
        return
    for part in sorted(whole.iterdir()):
        goal = folder / part.name
        if goal.is_dir():
            shutil.rmtree(goal)
        os.replace(part, goal)
    sync(whole)
    sync(folder)
    whole.rmdir()


def discard(folder: Path) -> None:
    """Remove what was written to `PART` by whoever was killed before it was whole, and end what was begun."""
    settle(folder)
    if (folder / PART).exists():
        shutil.rmtree(folder / PART)


def part_of(folder: Path, name: str) -> Path:
    """Where a part of a folder is at this moment."""
    coming = folder / WHOLE / name
    return coming if coming.exists() else folder / name
