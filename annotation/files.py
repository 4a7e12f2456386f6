"""Files that are there as a whole or not at all, and known by their content."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CHUNK: Final = 2**20  # bytes read or copied at once


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
        sync_file(temporary)
        os.replace(temporary, place)
        sync_folder(place.parent)
    finally:
        temporary.unlink(missing_ok=True)


def sync_file(path: Path) -> None:
    """Make what was written to a file survive a power loss."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """Make renames in a folder survive a power loss."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
