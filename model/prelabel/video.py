"""A video of outside origin → its frames, one after the other, upright."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import cv2
import numpy as np

from model.errors import InputError
from model.scene import U8

FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi"  # no playlists: those name other files and hosts
MAX_BYTES: Final = 500 * 2**20
MAX_FRAMES: Final = 3_000
MAX_SIDE: Final = 4_096  # px
LOOK_AT: Final = 640  # px, long side of what the networks are given


@dataclass(frozen=True)
class Facts:
    """A video as it is shown."""

    fps: float
    width: int
    height: int


@dataclass(frozen=True)
class Picture:
    """One upright frame: its pixels at the size of the networks, and its own size."""

    image: U8  # (h, w, 3)
    width: int
    height: int


def read_facts(path: Path) -> Facts:
    """Rate and size of a video; InputError if it is none or too large."""
    with _opened(path) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate or stream.guessed_rate
        if not rate or not 1 <= float(rate) <= 1000:
            raise InputError(f"{path.name} does not say how many frames a second it has: convert it to an MP4.")
        first = next(_decoded(container, path), None)
    if first is None:
        raise InputError(f"There is no picture in {path.name}.")
    turned = _quarter_turns(first) % 2
    width, height = (first.height, first.width) if turned else (first.width, first.height)
    return Facts(round(float(rate), 6), width, height)


def read_pictures(path: Path) -> Iterator[Picture]:
    """All frames in order; InputError where the file is damaged or too long."""
    with _opened(path) as container:
        size = None
        for count, frame in enumerate(_decoded(container, path), 1):
            if count > MAX_FRAMES:
                raise InputError(f"{path.name} is longer than {MAX_FRAMES} frames: cut it into shorter clips.")
            size = size or (frame.width, frame.height)
            if (frame.width, frame.height) != size:
                raise InputError(f"{path.name} changes its size on the way: convert it to an MP4 of one size.")
            image = np.ascontiguousarray(np.rot90(frame.to_ndarray(format="rgb24"), _quarter_turns(frame)))
            height, width = image.shape[:2]
            scale = LOOK_AT / max(height, width)
            if scale < 1:
                image = cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            yield Picture(np.asarray(image, np.uint8), width, height)


def _opened(path: Path) -> Any:
    """The container of a file of a known format, which may open no other file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise InputError(f"{path.name} is larger than {MAX_BYTES // 2**20} MB: cut it into shorter clips.")
        options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
        container = av.open(f"file:{path.resolve()}", options=options)
    except OSError as error:
        if not path.is_file():
            raise InputError(f"There is no video at {path}: check the path.") from None
        raise _unreadable(path) from error
    except (ValueError, UnicodeError) as error:
        raise _unreadable(path) from error
    video = container.streams.video
    too_large = bool(video) and max(video[0].codec_context.width, video[0].codec_context.height) > MAX_SIDE
    if not video or too_large:
        container.close()
        if too_large:
            raise InputError(f"{path.name} is wider or higher than {MAX_SIDE} px: make it smaller.")
        raise InputError(f"There is no picture in {path.name}.")
    return container


def _decoded(container: Any, path: Path) -> Iterator[Any]:
    try:
        for frame in container.decode(container.streams.video[0]):
            if max(frame.width, frame.height) > MAX_SIDE:
                raise InputError(f"{path.name} is wider or higher than {MAX_SIDE} px: make it smaller.")
            yield frame
    except (OSError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise _unreadable(path) from error


def _quarter_turns(frame: Any) -> int:
    """Counter-clockwise quarter turns that set a frame upright."""
    return round(frame.rotation / 90) % 4


def _unreadable(path: Path) -> InputError:
    return InputError(f"{path.name} is not a video that can be read, or is damaged: convert it to an MP4.")
