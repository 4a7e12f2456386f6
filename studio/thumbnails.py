"""The picker's moving pictures, made from our own clips: `python -m studio.thumbnails [PATTERN…]`.

A film is 20 frames side by side in one WebP file; the page steps through it, so that it can also stand still.
"""

import argparse
import sys
from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from PIL import Image

from annotation import console
from annotation.paths import why_not_made
from annotation.taxonomy import PATTERNS
from model import generate
from model.clip import Clip
from model.errors import InputError
from model.face import check
from model.files import replacing
from model.request import Request
from model.scene import U8
from studio import engine
from studio.components.picker import PICTURES

FRAMES: Final = 20
REST: Final = 10  # the frame that is shown at rest: the middle of the contact
SIDE: Final = 128  # px
ROOM: Final = 1.75  # side of the picture in heights of the face
SEED: Final = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the films of the patterns, of all without a name; the exit status."""
    console.speak()
    parser = argparse.ArgumentParser(prog="python -m studio.thumbnails", description=(__doc__ or "").split(":")[0])
    parser.add_argument("patterns", nargs="*", metavar="PATTERN", help="whose pictures are made (default: all)")
    options = parser.parse_args(arguments)
    return console.run(lambda: make(options.patterns or PATTERNS), (InputError,))


def make(patterns: Sequence[str]) -> None:
    """Make the films of some patterns; InputError."""
    for pattern in patterns:
        Request(pattern)
    if why := why_not_made(PICTURES):
        raise InputError(why)
    PICTURES.mkdir(parents=True, exist_ok=True)
    photo = engine.example()
    for pattern in patterns:
        clip = generate(photo, pattern, seed=SEED, camera="still")  # a film that repeats must not jump
        window = close_up(clip.frames[0])
        film = np.concatenate([small(clip.frames[k][window]) for k in moments(clip)], axis=1)
        with replacing(PICTURES / f"{pattern}.webp") as temporary:
            Image.fromarray(film).save(temporary, quality=72, method=6)
        print(pattern, flush=True)


def close_up(frame: U8) -> tuple[slice, slice]:
    """A square around the face in a frame (h, w, 3), within it."""
    left, top, right, bottom = check(frame).box
    height, width = frame.shape[:2]
    side = min(round(ROOM * (bottom - top)), height, width)
    x = int(np.clip((left + right - side) / 2, 0, width - side))
    y = int(np.clip((top + bottom - side) / 2, 0, height - side))
    return slice(y, y + side), slice(x, x + side)


def small(picture: U8) -> U8:
    """A picture (n, n, 3) at the film's size."""
    return np.asarray(cv2.resize(picture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), dtype=np.uint8)


def moments(clip: Clip) -> list[int]:
    """The frames of a film: from the hand's arrival to its leaving, half a second around the contact."""
    start = min(contact.start for contact in clip.labels.contacts)
    end = max(contact.end for contact in clip.labels.contacts)
    first = max(0, start - clip.fps // 2)
    last = min(len(clip.frames) - 1, end + clip.fps // 2)
    before = np.linspace(first, (start + end) / 2, REST, endpoint=False)
    after = np.linspace((start + end) / 2, last, FRAMES - REST)
    return [round(k) for k in (*before, *after)]


if __name__ == "__main__":
    sys.exit(main())
