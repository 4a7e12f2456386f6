"""Files that are there as a whole or not at all, and known by their content."""

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

CHUNK: Final = 2**20  # bytes read or copied at once
NEW: Final = ".new-"  # how temporary names begin
ABANDONED: Final = 3600.0  # s without a write, after which a temporary file's writer is taken to be no more


def digest(path: Path) -> tuple[str, int]:
    """SHA-256 and size in bytes of a file."""
    sha, size = hashlib.sha256(), 0
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            sha.update(chunk)
            size += len(chunk)
    return sha.hexdigest(), size


@contextmanager
def replacing(place: Path, temporary: Path) -> Iterator[None]:
    """What the block wrote to `temporary`, of the same folder, is then on the disk as `place`, or nowhere."""
    try:
        yield
        sync(temporary)
        os.replace(temporary, place)
        sync(place.parent)
    finally:
        temporary.unlink(missing_ok=True)


def write_text(place: str | Path, text: str) -> None:
    """Write a text file that is there as a whole or not at all; a device or a pipe is written to as it is."""
    place = Path(os.path.realpath(place))  # a link stays, and what it names is replaced
    if place.exists() and not place.is_file():
        place.write_text(text, encoding="utf-8")
        return
    temporary = new_name(place.parent)
    with replacing(place, temporary):
        temporary.write_text(text, encoding="utf-8")


def new_name(folder: Path) -> Path:
    """A temporary name in a folder that nobody else has; `sweep` knows it."""
    return folder / f"{NEW}{secrets.token_hex(8)}"


def sweep(folder: Path, begins: str = NEW, ends: str = "") -> None:
    """Remove temporary files and folders of processes that were killed: nobody has written to them for long."""
    for path in folder.glob(f"{begins}*{ends}"):
        with suppress(OSError):
            if abs(time.time() - path.lstat().st_mtime) > ABANDONED:  # or of a clock that was ahead
                if path.is_dir():
                    shutil.rmtree(path)
                else:
                    path.unlink()


def sync_tree(folder: Path) -> None:
    """Make a folder, with all that is in it, survive a power loss."""
    for path in (*folder.rglob("*"), folder):
        sync(path)


def sync(path: Path) -> None:
    """Make a file's content, or what was made, renamed and removed in a folder, survive a power loss."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
