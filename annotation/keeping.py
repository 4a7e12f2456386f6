"""A video → its file in the store: as it is where browsers show it frame by frame, else converted, once."""

import shutil
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import or_, select

from annotation import schema
from annotation.converting import convert
from annotation.files import CHUNK, digest, new_name, replacing
from annotation.store import Store
from annotation.video import Video


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

    A file that was converted before is not again.
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
        with replacing(place_of(store, made), temporary):
            pass
    finally:
        temporary.unlink(missing_ok=True)
    return Kept(made, size, sha256, video.format, video.unlike)


def _copy(store: Store, path: Path, sha256: str) -> None:
    """Copy a video to its place under a temporary name, make sure it is on the disk, rename it."""
    place = place_of(store, sha256)
    if place.exists():
        return
    temporary = new_name(store.clips)
    with replacing(place, temporary), open(temporary, "xb") as target, open(path, "rb") as source:
        shutil.copyfileobj(source, target, CHUNK)


def place_of(store: Store, sha256: str) -> Path:
    """Where the file of that content lies."""
    return store.clips / f"{sha256}.mp4"
