"""Clip → predicted contact labels, for annotators to correct: MediaPipe's face and hands, and how they lie.

On 265 simulated clips of 120 to 420 px (`python -m model touches`), on which the thresholds were chosen, against their
exact truth: frames with a touch F1 0.84 where a pattern is done and 0.79 where any part touches anywhere; the first and
last frame err by 1 in the median. What landmarks tell is weak against a hand that hovers: where near misses were meant,
half of the frames 10 to 20 mm away are called touch and one in six beyond 70 mm; where a hand comes to do a pattern,
7 % from 40 to 70 mm and 1 % beyond.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from annotation.labels import Contact, Keyframe, Labels, check
from annotation.taxonomy import FINGERS, REGIONS
from model.body import MIDDLE_KNUCKLE, TIPS, WRIST
from model.prelabel.pattern import nearest_pattern
from model.prelabel.reading import Reading, look_steps, reading_of
from model.prelabel.touch import Touch, region_runs, unsure_intervals
from model.prelabel.track import FaceTrack
from model.prelabel.video import Film, read_film
from model.request import Progress
from model.scene import F64

AUTHOR: Final = "prelabel"
KEY_EVERY: Final = 3  # frames between keyframes
ALONG_MM, ACROSS_MM = 5.6, 4.6  # half axes of a pad's print
PALM_LARGER: Final = 2.5  # than a pad's print is a palm's
CORNERS: Final = 12


def prelabel(video: str | Path) -> Labels:
    """Labels predicted for a video; InputError if it cannot be read or shows no face."""
    *_, labels = prelabel_steps(read_film(Path(video)))
    assert isinstance(labels, Labels)
    return labels


def prelabel_steps(film: Film) -> Generator[Progress | Labels]:
    """Progress frame by frame, last the Labels; closing the iterator stops the work; InputError."""
    with closing(look_steps(film)) as steps:
        for step in steps:
            yield step if isinstance(step, Progress) else labels_of(reading_of(film, step))


def labels_of(reading: Reading) -> Labels:
    """The labels that follow from what was read."""
    parts = [contact for touch in reading.touches for contact in _contacts(reading.face, touch, reading.starts)]
    labels = Labels(
        pattern=nearest_pattern(reading.touches, reading.starts),
        fps=reading.facts.fps,
        frames=len(reading.face.seen),
        width=reading.facts.width,
        height=reading.facts.height,
        source="predicted",
        author=AUTHOR,
        contacts=tuple(replace(contact, id=f"c{i + 1}") for i, contact in enumerate(parts)),
        unsure=tuple(unsure_intervals(reading.likely, reading.starts)),
    )
    return check(labels)


def _contacts(face: FaceTrack, touch: Touch, starts: F64) -> list[Contact]:
    """One contact per region that the touch passes."""
    prints = pad_prints(face, touch)
    return [
        Contact(
            id="c", hand="left" if touch.hand.left else "right", finger=FINGERS[touch.finger], region=REGIONS[region],
            start=start, end=end, confidence=touch.confidence,
            keyframes=tuple(Keyframe(f, _polygon(prints[f])) for f in sorted({*range(start, end, KEY_EVERY), end})),
        )
        for region, start, end in region_runs(touch, starts)
    ]  # fmt: skip


def pad_prints(face: FaceTrack, touch: Touch) -> F64:
    """Outlines (f, 12, 2) px of a part on the skin: an ellipse along it; where it was last seen if hidden."""
    centre = touch.places
    tip, before = (TIPS[touch.finger], TIPS[touch.finger] - 1) if touch.finger < len(TIPS) else (MIDDLE_KNUCKLE, WRIST)
    along = touch.hand.joints[:, tip, :2] - touch.hand.joints[:, before, :2]
    there = np.flatnonzero(np.isfinite(centre).all(axis=1))
    frames = np.arange(len(centre))
    centre, along = (
        np.stack([np.interp(frames, there, value[there, k]) for k in (0, 1)], axis=1) for value in (centre, along)
    )
    along /= np.linalg.norm(along, axis=1, keepdims=True) + 1e-9
    across = along[:, ::-1] * [-1, 1]
    angle = np.arange(CORNERS) * 2 * np.pi / CORNERS
    larger = 1.0 if touch.finger < len(TIPS) else PALM_LARGER
    shape = larger * ALONG_MM * np.cos(angle)[None, :, None] * along[:, None]
    shape = shape + larger * ACROSS_MM * np.sin(angle)[None, :, None] * across[:, None]
    return np.asarray(centre[:, None] + shape / face.mm_per_px[:, None, None])


def _polygon(points: F64) -> tuple[tuple[float, float], ...]:
    return tuple((round(float(x), 1), round(float(y), 1)) for x, y in points)
