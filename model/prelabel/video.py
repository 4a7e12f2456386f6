"""A video of outside origin → its frames at the size of the networks; `annotation.video` says what its frames are."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np

from annotation.paths import shown
from annotation.video import Bounds, Facts, Video, VideoError, examine, pictures, starts
from model.errors import InputError
from model.scene import F64, U8

MAX_FRAMES: Final = 75_000  # ten minutes of 120 a second; each takes a fifteenth of a second
APP: Final = Bounds(3_000, seconds=120, pixels=3_000 * 1920 * 1080)  # what a visitor may ask for
SHORT: Final = Bounds(900, seconds=10, pixels=900 * 1920 * 1080)  # what somebody films of themselves at once
LOOK_AT: Final = 640  # px, long side of what the networks are given


@dataclass(frozen=True)
class Picture:
    """One upright frame: its pixels at the size of the networks, and its own size."""

    image: U8  # (h, w, 3)
    width: int
    height: int


@dataclass(frozen=True)
class Film:
    """What is looked at: what the film is, and its frames in order; None stands for one that is not there yet."""

    name: str
    facts: Facts
    pictures: Iterator[Picture | None]


def read_film(path: Path) -> Film:
    """A film from a file; InputError if it is none or too large."""
    video = read_video(path)
    return Film(shown(path.name), video.facts, read_pictures(video))


def read_video(path: Path, most: Bounds | None = None) -> Video:
    """What a video is; InputError if it is none or too large: of more than MAX_FRAMES, where `most` says nothing."""
    try:
        return examine(path, most or Bounds(MAX_FRAMES))
    except VideoError as error:
        raise InputError(str(error)) from error


def read_starts(facts: Facts) -> F64:
    """When each frame begins, and then when the last one ends (f + 1,) s."""
    return np.array(starts(facts.fps, facts.frames, facts.times))


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
