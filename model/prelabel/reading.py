"""What is read from a film before anything is called by its name: face, hands, how likely they touch, the touches."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass

import numpy as np

from annotation.video import Facts
from model.errors import InputError
from model.prelabel.cues import measure
from model.prelabel.ground import places_of, under
from model.prelabel.rules import by_rules
from model.prelabel.touch import Touch, find_touches, touching_parts
from model.prelabel.track import FaceTrack, HandTrack, Sight, sights_of, track_face, track_hands
from model.prelabel.video import Film, read_starts
from model.request import Progress
from model.scene import F64


@dataclass(frozen=True)
class Reading:
    """All of a film."""

    facts: Facts
    starts: F64  # (f + 1,) s of the frames, and the end of the last
    face: FaceTrack
    likely: list[F64]  # of each hand (f, 7): likelihood that any part touches, and each as in FINGERS
    touches: list[Touch]  # in order


def look_steps(film: Film) -> Generator[Progress | list[Sight]]:
    """Progress frame by frame, last what was seen in all of them; closing the iterator stops the work; InputError."""
    sights: list[Sight] = []
    with closing(sights_of(film.pictures)) as seen:
        for sight in seen:
            if sight is not None:
                sights.append(sight)
            yield Progress("look", len(sights) / film.facts.frames)
    yield sights


def reading_of(film: Film, sights: list[Sight]) -> Reading:
    """What follows from what was seen; InputError if no face was."""
    facts, starts = film.facts, read_starts(film.facts)
    face = track_face(sights)
    if face is None:
        raise InputError(f"No face is found in {film.name}: the face must be seen from the front, and large enough.")
    hands = track_hands(sights, (facts.width, facts.height), starts)
    likely, touches = [], []
    for hand in hands:
        own, found = _touches_of(face, hand, starts, max(facts.width, facts.height))
        likely.append(own)
        touches += found
    touches.sort(key=lambda touch: (touch.start, touch.finger))
    return Reading(facts, starts, face, likely, touches)


def _touches_of(face: FaceTrack, hand: HandTrack, starts: F64, long_side: float) -> tuple[F64, list[Touch]]:
    """Likelihoods (f, 7) and touches of one hand."""
    cues = measure(face, hand, starts, long_side)
    likely = by_rules(cues, starts)
    places = places_of(hand, cues)
    frames = np.flatnonzero(touching_parts(likely, starts).any(axis=1)).astype(np.int32)
    return likely, find_touches(hand, likely, places, under(face, places, frames), starts)
