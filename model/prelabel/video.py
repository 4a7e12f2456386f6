"""A video of outside origin → its frames at the size of the networks; `annotation.video` says what its frames are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from annotation.video import Video, VideoError, examine, pictures, starts
from model.errors import InputError
from model.scene import F64, U8

MAX_FRAMES: Final = 3_000  # each takes a tenth of a second
LOOK_AT: Final = 640  # px, long side of what the networks are given


@dataclass(frozen=True)
class Picture:
    """One upright frame: its pixels at the size of the networks, and its own size."""

    image: U8  # (h, w, 3)
    width: int
    height: int


def read_video(path: Path) -> Video:
    """What a video is; InputError if it is none or too large."""
    try:
        return examine(path, MAX_FRAMES)
    except VideoError as error:
        raise InputError(str(error)) from error


def read_starts(video: Video) -> F64:
    """When each frame begins, and then when the last one ends (f + 1,) s."""
    return np.array(starts(video.facts.fps, video.facts.frames, video.facts.times))


def read_pictures(video: Video) -> Iterator[Picture]:
    """All frames in order; InputError where the file is damaged."""
    try:
        for picture in pictures(video):
            image = picture.image
            height, width = image.shape[:2]
            scale = LOOK_AT / max(height, width)
            if scale < 1:
                image = np.asarray(cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            yield Picture(image, width, height)
    except VideoError as error:
        raise InputError(str(error)) from error
