"""Clip → predicted contact labels, for annotators to correct: MediaPipe's face and hands, and how they lie.

On 265 simulated clips of 120 to 420 px (`python -m model touches`), on which the thresholds were chosen, against their
exact truth: frames with a touch F1 0.84 where a pattern is done and 0.79 where any part touches anywhere; the first and
last frame err by 1 in the median. What landmarks tell is weak against a hand that hovers: where near misses were meant,
half of the frames 10 to 20 mm away are called touch and one in six beyond 70 mm; where a hand comes to do a pattern,
7 % from 40 to 70 mm and 1 % beyond.
"""

from collections.abc import Generator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from annotation.labels import MAX_CONTACTS, Contact, Keyframe, Labels, check
from annotation.taxonomy import FINGERS, REGIONS
from model.body import MIDDLE_KNUCKLE, TIPS, WRIST
from model.errors import InputError
from model.prelabel.pattern import nearest_pattern
from model.prelabel.reading import NO_FACE, Reading, readings
from model.prelabel.touch import Touch, region_runs, unsure_intervals
from model.prelabel.track import FaceTrack
from model.prelabel.video import Film, read_film
from model.request import Progress
from model.scene import F64

AUTHOR: Final = "prelabel"
KEY_EVERY, KEY_S = 3, 0.1  # frames and seconds between keyframes, at least
ALONG_MM, ACROSS_MM = 5.6, 4.6  # half axes of a pad's print
PALM_LARGER: Final = 2.5  # than a pad's print is a palm's
CORNERS: Final = 12


def prelabel(video: str | Path) -> Labels:
    """Labels predicted for a video; InputError if it cannot be read or shows no face."""
    *_, labels = prelabel_steps(read_film(Path(video)))
    assert isinstance(labels, Labels)
    return labels


@dataclass(frozen=True)
class Said:
    """What is said of a part of a film; its frames are those of the film."""

    contacts: tuple[Contact, ...]
    unsure: tuple[tuple[int, int], ...]
    pattern: str
    seconds: float  # of its longest touch


def prelabel_steps(film: Film) -> Generator[Progress | Labels]:
    """Progress frame by frame, last the Labels; closing the iterator stops the work; InputError."""
    said = []
    with closing(readings(film)) as steps:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                said.append(said_of(step))
    if not said:
        raise InputError(NO_FACE.format(name=film.name))
    yield labels_of(film, said)


def said_of(reading: Reading) -> Said:
    """What follows from what was read, in the words of labels."""
    first, starts = reading.first, reading.starts
    every = max(KEY_EVERY, round(reading.facts.fps * KEY_S))
    contacts = [c for touch in reading.touches for c in _contacts(reading.face, touch, starts, every)]
    return Said(
        tuple(moved(contact, first) for contact in contacts),
        tuple((start + first, end + first) for start, end in unsure_intervals(reading.likely, starts)),
        nearest_pattern(reading.touches, starts),
        max((float(starts[touch.end + 1] - starts[touch.start]) for touch in reading.touches), default=0.0),
    )


def labels_of(film: Film, said: Sequence[Said]) -> Labels:
    """The labels of a film by what is said of its parts, in order; InputError where it is too much."""
    contacts, unsure = list[Contact](), list[tuple[int, int]]()
    for part in said:
        contacts = _joined(contacts, part.contacts)
        for start, end in part.unsure:
            before = unsure.pop() if unsure and unsure[-1][1] + 1 >= start else (start, end)
            unsure.append((before[0], end))
    if len(contacts) > MAX_CONTACTS:
        raise InputError(f"{film.name} has more than {MAX_CONTACTS} contacts: cut it into shorter clips.")
    facts = film.facts
    pattern = max(said, key=lambda part: part.seconds).pattern
    numbered = tuple(replace(contact, id=f"c{i + 1}") for i, contact in enumerate(contacts))
    return check(
        Labels(
            pattern, facts.fps, facts.frames, facts.width, facts.height, "predicted", AUTHOR,
            contacts=numbered, unsure=tuple(unsure),
        )
    )  # fmt: skip


def _joined(before: list[Contact], after: Sequence[Contact]) -> list[Contact]:
    """Contacts of a part and of the next one: what goes on over the cut is one."""
    out = list(before)
    for contact in after:
        same = (contact.hand, contact.finger, contact.region, contact.start - 1)
        place = next((i for i, c in enumerate(before) if (c.hand, c.finger, c.region, c.end) == same), None)
        if place is None:
            out.append(contact)
        else:
            keys, sure = before[place].keyframes + contact.keyframes, min(before[place].confidence, contact.confidence)
            out[place] = replace(before[place], end=contact.end, keyframes=keys, confidence=sure)
    return out


def moved(contact: Contact, by: int) -> Contact:
    """The same so many frames later."""
    keys = tuple(replace(key, frame=key.frame + by) for key in contact.keyframes)
    return replace(contact, start=contact.start + by, end=contact.end + by, keyframes=keys)


def _contacts(face: FaceTrack, touch: Touch, starts: F64, every: int) -> list[Contact]:
    """One contact per region that the touch passes, with an outline for each `every` frames."""
    prints = pad_prints(face, touch)
    return [
        Contact(
            id="c", hand="left" if touch.hand.left else "right", finger=FINGERS[touch.finger], region=REGIONS[region],
            start=start, end=end, confidence=touch.confidence,
            keyframes=tuple(Keyframe(f, _polygon(prints[f])) for f in sorted({*range(start, end, every), end})),
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
