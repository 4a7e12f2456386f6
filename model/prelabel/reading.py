"""What is read from a film before anything is called by its name: face, hands, how likely they touch, the touches.

A long film is read in parts, so that memory does not grow with its length; one ends where no hand is seen, if it can.
"""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass
from typing import Final

import numpy as np

from annotation.video import Facts
from model.errors import InputError
from model.prelabel.cues import measure
from model.prelabel.ground import places_of, under
from model.prelabel.rules import by_rules
from model.prelabel.touch import Touch, find_touches, touching_parts
from model.prelabel.track import BRIDGED_S, FaceTrack, HandTrack, Sight, sights_of, track_face, track_hands
from model.prelabel.video import Film, read_starts
from model.request import Progress
from model.scene import F64

NO_FACE: Final = "No face is found in {name}: the face must be seen from the front, and large enough."
SEVERAL: Final = "several faces"  # stage of looking where there are others than the main one
PART: Final = 1_800  # frames that are read at once; up to twice as many where hands are always there
QUIET_S: Final = BRIDGED_S + 0.1  # without a hand: what comes then is another touch


@dataclass(frozen=True)
class Part:
    """What was seen in a part of a film, from frame `first` on."""

    first: int
    sights: list[Sight]


@dataclass(frozen=True)
class Reading:
    """A film, or a part of it from frame `first` on; other frames count from there."""

    facts: Facts  # of the whole film
    first: int
    starts: F64  # (f + 1,) s of the frames, and the end of the last
    face: FaceTrack
    likely: list[F64]  # of each hand (f, 7): likelihood that any part touches, and each as in FINGERS
    touches: list[Touch]  # in order


def readings(film: Film) -> Generator[Progress | Reading]:
    """Progress frame by frame, and a Reading of each part with a face; closing it stops the work; InputError."""
    with closing(look_steps(film)) as steps:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            elif any(sight.face is not None for sight in step.sights):
                yield reading_of(film, step.sights, step.first)


def look_steps(film: Film) -> Generator[Progress | Part]:
    """Progress frame by frame, and what was seen, part by part."""
    first, sights, starts = 0, list[Sight](), read_starts(film.facts)
    with closing(sights_of(film.pictures)) as seen:
        for sight in seen:
            if sight is not None:
                sights.append(sight)
            stage = SEVERAL if sights and sights[-1].others else "look"
            yield Progress(stage, (first + len(sights)) / film.facts.frames)
            if len(sights) >= PART and (len(sights) >= 2 * PART or _quiet(sights, starts[first:])):
                yield Part(first, sights)
                first, sights = first + len(sights), []
    if sights:
        yield Part(first, sights)


def _quiet(sights: list[Sight], starts: F64) -> bool:
    """Whether no hand was seen for a while; `starts` s of their frames, and the next one's."""
    since = int(np.searchsorted(starts, starts[len(sights)] - QUIET_S))
    return not any(sight.hands for sight in sights[since:])


def reading_of(film: Film, sights: list[Sight], first: int = 0) -> Reading:
    """What follows from what was seen from a frame on; InputError if no face was."""
    facts, starts = film.facts, read_starts(film.facts)[first : first + len(sights) + 1]
    face = track_face(sights)
    if face is None:
        raise InputError(NO_FACE.format(name=film.name))
    hands = track_hands(sights, (facts.width, facts.height), starts)
    likely, touches = [], []
    for hand in hands:
        own, found = _touches_of(face, hand, starts, max(facts.width, facts.height))
        likely.append(own)
        touches += found
    touches.sort(key=lambda touch: (touch.start, touch.finger))
    return Reading(facts, first, starts, face, likely, touches)


def _touches_of(face: FaceTrack, hand: HandTrack, starts: F64, long_side: float) -> tuple[F64, list[Touch]]:
    """Likelihoods (f, 7) and touches of one hand."""
    cues = measure(face, hand, starts, long_side)
    likely = by_rules(cues, starts)
    places = places_of(hand, cues)
    frames = np.flatnonzero(touching_parts(likely, starts).any(axis=1)).astype(np.int32)
    return likely, find_touches(hand, likely, places, under(face, places, frames), starts)
