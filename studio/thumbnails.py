"""The picker's moving pictures, made from our own clips: `python -m studio.thumbnails [PATTERN…]`.

A film is 20 frames side by side in one WebP file; the page steps through it, so that it can also stand still.
Frame 10 is the middle of the contact.
"""

import sys
from collections.abc import Sequence

import cv2
import numpy as np
from PIL import Image

from annotation.taxonomy import PATTERNS
from model import generate
from model.clip import Clip
from studio import engine
from studio.components.picker import PICTURES

FRAMES = 20
REST = 10  # the frame that is shown at rest
SIDE = 128  # px
SEED = 1


def main(patterns: Sequence[str]) -> int:
    """Make the films of the patterns, of all without a name."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    photo = engine.example()
    for pattern in patterns or PATTERNS:
        clip = generate(photo, pattern, seed=SEED, size=384)
        film = np.concatenate(
            [cv2.resize(clip.frames[k], (SIDE, SIDE), interpolation=cv2.INTER_AREA) for k in moments(clip)],
            axis=1,
        )
        Image.fromarray(film).save(PICTURES / f"{pattern}.webp", quality=72, method=6)
        print(pattern, flush=True)
    return 0


def moments(clip: Clip) -> list[int]:
    """The frames of a film: from the hand's arrival to its leaving, the middle of the contact at `REST`."""
    start = min(contact.start for contact in clip.labels.contacts)
    end = max(contact.end for contact in clip.labels.contacts)
    middle, last = (start + end) // 2, len(clip.frames) - 1
    first = max(0, start - clip.fps // 2)
    final = min(last, end + clip.fps // 2)
    before = np.linspace(first, middle, REST, endpoint=False)
    after = np.linspace(middle, final, FRAMES - REST)
    return [round(k) for k in (*before, *after)]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
