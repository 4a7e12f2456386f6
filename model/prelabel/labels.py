"""Clip → predicted contact labels, for annotators to correct: MediaPipe's face and hands, and how the hand rests.

What it reaches on generated clips of 512 px and 72 frames, against their exact labels: on the 14 on which it
was tuned and, after the slash, on 8 of other people (two numbers were chosen with these in sight): temporal
IoU 0.90 / 0.87 (the ends err by two frames, unless the network loses the fingers), finger by frame IoU 0.82 /
0.74, a right region in 83 / 94 % of the common frames, the pattern in 93 / 75 %, the hand in all, polygon IoU
0.21 / 0.26: prints of a pad are 9 mm wide, and the network's fingertips err by 5. It is weakest at pinches,
where the network sees one finger, and with a hand that hovers still over the face, which it takes for a
touch. Films of real hands were not at hand.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from annotation.labels import Contact, Keyframe, Labels, check
from annotation.taxonomy import FINGERS, PATTERNS, REGIONS, category
from model.body import MIDDLE_KNUCKLE, TIPS, WRIST
from model.errors import InputError
from model.face.topology import topology
from model.patterns import GESTURES
from model.prelabel.cues import measure
from model.prelabel.ground import ground, places_of, vertices_under
from model.prelabel.rules import by_rules
from model.prelabel.touch import SAME_S, Touch, find_touches, split_by_region, touching_parts
from model.prelabel.track import FaceTrack, HandTrack, Sight, sights_of, track_face, track_hands
from model.prelabel.video import Film, read_film, read_starts
from model.request import Progress
from model.scene import F64

KEY_EVERY: Final = 3  # frames between keyframes
ALONG_MM, ACROSS_MM = 5.6, 4.6  # half axes of a pad's print
PALM_LARGER: Final = 2.5  # than a pad's print is a palm's
CORNERS: Final = 12
STILL_MM: Final = 14.0  # a touch that stays within this is a poke
SHORT_S: Final = 1.15  # a touch that moves and is shorter, or has three fingers, is a swipe


def prelabel(video: str | Path) -> Labels:
    """Labels predicted for a video; InputError if it cannot be read or shows no face."""
    *_, labels = prelabel_steps(read_film(Path(video)))
    assert isinstance(labels, Labels)
    return labels


def prelabel_steps(film: Film) -> Generator[Progress | Labels]:
    """Progress frame by frame, last the Labels; closing the iterator stops the work; InputError."""
    sights: list[Sight] = []
    with closing(sights_of(film.pictures)) as seen:
        for sight in seen:
            if sight is not None:
                sights.append(sight)
            yield Progress("look", len(sights) / film.facts.frames)
    yield _labels_of(film, sights)


def _labels_of(film: Film, sights: list[Sight]) -> Labels:
    """The labels that follow from what was seen; InputError if no face was."""
    facts, starts = film.facts, read_starts(film.facts)
    face = track_face(sights)
    if face is None:
        raise InputError(f"No face is found in {film.name}: the face must be seen from the front, and large enough.")
    hands = track_hands(sights, (facts.width, facts.height), starts)
    touches = [touch for hand in hands for touch in touches_of(face, hand, starts, max(facts.width, facts.height))]
    touches.sort(key=lambda touch: (touch.start, touch.finger))
    parts = [contact for touch in touches for contact in _contacts(face, touch, starts)]
    labels = Labels(
        pattern=nearest_pattern(touches, starts),
        fps=facts.fps,
        frames=len(sights),
        width=facts.width,
        height=facts.height,
        source="predicted",
        author="prelabel",
        contacts=tuple(replace(contact, id=f"c{i + 1}") for i, contact in enumerate(parts)),
    )
    return check(labels)


def touches_of(face: FaceTrack, hand: HandTrack, starts: F64, long_side: float) -> list[Touch]:
    """All touches of one hand."""
    cues = measure(face, hand, starts, long_side)
    likely = by_rules(cues, starts)
    places = places_of(hand, cues)
    frames = np.flatnonzero(touching_parts(likely, starts).any(axis=1)).astype(np.int32)
    return find_touches(hand, likely, places, vertices_under(face, places, frames), starts)


def _contacts(face: FaceTrack, touch: Touch, starts: F64) -> list[Contact]:
    """One contact per region that the touch passes."""
    prints = pad_prints(face, touch)
    return [
        Contact(
            id="c", hand="left" if touch.hand.left else "right", finger=FINGERS[touch.finger], region=REGIONS[region],
            start=start, end=end, confidence=touch.confidence,
            keyframes=tuple(Keyframe(f, _polygon(prints[f])) for f in sorted({*range(start, end, KEY_EVERY), end})),
        )
        for region, start, end in split_by_region(ground().region, touch, starts)
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


def nearest_pattern(touches: list[Touch], starts: F64) -> str:
    """The pattern that the touches look most like: its category by fingers, way and time, then the nearest place.

    The first of all patterns where nothing touches.
    """
    if not touches:
        return PATTERNS[0]
    longest = max(touches, key=lambda touch: starts[touch.end + 1] - starts[touch.start])
    together = [t for t in touches if t.hand is longest.hand and t.start <= longest.end and t.end >= longest.start]
    way = np.mean([ground().mean[t.vertices].mean(axis=0) for t in together], axis=0)
    kind = _category(longest, {t.finger for t in together}, starts)
    return min(
        (pattern for pattern in PATTERNS if category(pattern) == kind),
        key=lambda pattern: float(np.linalg.norm(_middle(pattern) - way)),
    )


def _category(touch: Touch, fingers: set[int], starts: F64) -> str:
    if {0, 1} <= fingers:
        return "pinch"
    quarters = [np.median(part, axis=0) for part in np.array_split(ground().mean[touch.vertices], 4)]  # against jitter
    travel = max(float(np.linalg.norm(a - b)) for a in quarters for b in quarters)
    if travel < STILL_MM:
        return "poke"
    short = starts[touch.end + 1] - starts[touch.start] < SHORT_S - SAME_S
    return "swipe" if len(fingers) > 2 or short else "stroke"


def _middle(pattern: str) -> F64:
    """Where a pattern is on the mean face (3,), mm."""
    shape = topology()
    landmarks = np.array([landmark for place in GESTURES[pattern].path for landmark in place])
    if "right-" in pattern:
        landmarks = shape.mirror[landmarks]
    return np.asarray(shape.mean[landmarks].mean(axis=0))
