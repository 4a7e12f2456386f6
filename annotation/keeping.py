"""A video → its file in the store: as it is where browsers show it frame by frame, else converted, once.

A file comes before its row in the database. Until that is there, a mark lies beside the file: whoever is killed in
between leaves a video that no clip has, and `sweep` removes it.
"""

import os
import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import or_, select

from annotation import schema
from annotation.converting import convert
from annotation.files import ABANDONED, CHUNK, digest, new_name, replacing, sync
from annotation.store import Store
from annotation.video import Video

SYNCING: Final = 8  # files at once: a disk takes many together in little more time than one
MARK: Final = ".adding-"  # before a checksum: a file of that content came, and no clip has it yet


@dataclass(frozen=True)
class Kept:
    """A video's file in the store, and what it was before it was converted."""

    sha256: str
    bytes: int
    original: str | None = None  # sha256 of the file that was given, None where it is kept as it is
    original_format: str = ""  # its container and codec
    why: str = ""  # it was converted


def keep_video(store: Store, video: Video, content: tuple[str, int] | None = None) -> Kept:
    """Bring a video, of that sha256 and bytes if they are known, into the store; raises `VideoError`, OSError.

    A file that was converted before is not again. Call `settle` when a clip has it.
    """
    sha256, size = content or digest(video.path)
    if not video.unlike:
        _copy(store, video.path, sha256)
        return Kept(sha256, size)
    clips = schema.clips
    with store.read() as connection:
        query = select(clips.c.sha256, clips.c.bytes, clips.c.original, clips.c.original_format)
        known = connection.execute(query.where(or_(clips.c.sha256 == sha256, clips.c.original == sha256))).first()
    if known is not None and place_of(store, known.sha256).exists():
        return Kept(*known)
    temporary = new_name(store.clips)
    try:
        convert(video, temporary, sha256)
        made, size = digest(temporary)
        with _arriving(store, made, temporary):
            pass
    finally:
        temporary.unlink(missing_ok=True)
    return Kept(made, size, sha256, video.format, video.unlike)


def keep_file(store: Store, path: Path) -> Kept:
    """Bring a video that browsers show as it is into the store; raises OSError. Call `settle` when a clip has it."""
    sha256, size = digest(path)
    _copy(store, path, sha256)
    return Kept(sha256, size)


def keep_videos(store: Store, videos: Sequence[tuple[Video, tuple[str, int]]]) -> list[Kept]:
    """As `keep_video`, of videos that are kept as they are: the disk is waited for once for all of them."""
    temporaries: dict[str, Path] = {}
    try:
        for video, (sha256, _) in videos:
            if sha256 not in temporaries and not _marked(store, sha256).exists():
                temporaries[sha256] = new_name(store.clips)
                _write(video.path, temporaries[sha256])
        with ThreadPoolExecutor(SYNCING) as pool:
            list(pool.map(sync, temporaries.values()))
        for sha256, temporary in temporaries.items():
            os.replace(temporary, place_of(store, sha256))
        sync(store.clips)
    except BaseException:
        for sha256, temporary in temporaries.items():
            temporary.unlink(missing_ok=True)
            if not place_of(store, sha256).exists():
                settle(store, sha256)
        raise
    return [Kept(*content) for _, content in videos]


def _copy(store: Store, path: Path, sha256: str) -> None:
    """Copy a video to its place under a temporary name, make sure it is on the disk, rename it."""
    place = place_of(store, sha256)
    if place.exists():
        return
    temporary = new_name(store.clips)
    with _arriving(store, sha256, temporary):
        _write(path, temporary)


def _write(path: Path, temporary: Path) -> None:
    with open(temporary, "xb") as target, open(path, "rb") as source:
        shutil.copyfileobj(source, target, CHUNK)


@contextmanager
def _arriving(store: Store, sha256: str, temporary: Path) -> Iterator[None]:
    """A file comes to its place under its mark; what fails on the way leaves no mark."""
    place = _marked(store, sha256)
    try:
        with replacing(place, temporary):
            yield
    except BaseException:
        if not place.exists():
            settle(store, sha256)
        raise


def settle(store: Store, sha256: str) -> None:
    """A clip has the file of that content now."""
    _mark(store, sha256).unlink(missing_ok=True)


def sweep(store: Store) -> None:
    """Remove videos that came, and that no clip has for long: whoever was to add it is no more."""
    for mark in store.clips.glob(f"{MARK}*"):
        sha256 = mark.name.removeprefix(MARK)
        with suppress(OSError):
            if abs(time.time() - mark.stat().st_mtime) <= ABANDONED:
                continue
            with store.write() as connection:  # nobody adds it meanwhile
                wanted = select(schema.clips.c.id).where(schema.clips.c.sha256 == sha256)
                if connection.scalar(wanted) is None:
                    place_of(store, sha256).unlink(missing_ok=True)
                mark.unlink()


def _marked(store: Store, sha256: str) -> Path:
    """The place of that content, marked before it is taken; a file that is there already belongs to a clip."""
    place = place_of(store, sha256)
    if not place.exists():
        _mark(store, sha256).touch()
    return place


def _mark(store: Store, sha256: str) -> Path:
    return store.clips / f"{MARK}{sha256}"


def place_of(store: Store, sha256: str) -> Path:
    """Where the file of that content lies."""
    return store.clips / f"{sha256}.mp4"
