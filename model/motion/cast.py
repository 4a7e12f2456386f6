"""Scan and request → motion: one gesture of the left hand on one face, chosen by the seed."""

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from annotation.taxonomy import mirrored
from model.body import CHIN, LANDMARKS, SELLION
from model.face.topology import topology
from model.hand import HandModel, draw_character, dress, fit_hand, load_hand, person_of
from model.motion.motion import Motion
from model.motion.place import Way, lay_ways
from model.motion.plan import gesture_frame, plan_motion
from model.motion.solve import surroundings_of
from model.motion.timing import choose_timing
from model.motion.trajectory import Script
from model.patterns import GESTURES
from model.request import Request
from model.scene import FaceScan

UNDER_MM = 75.0  # below the picture: where the leading fingertip waits, other fingers reach higher


@dataclass(frozen=True)
class Cast:
    """Who plays: which hand, and the pattern as the simulation's left hand knows it."""

    flipped: bool  # the photo is mirrored, because the right hand acts
    pattern: str  # in the simulated (perhaps mirrored) picture
    crosses: bool  # the hand reaches over to the other side


def cast_hand(request: Request) -> Cast:
    """Left hand for the left side, right hand (most people's) for the right and the middle, unless the user chose."""
    place = request.pattern.split("-", 1)[1]
    hand = request.hand
    if hand == "auto":
        hand = "left" if place.startswith("left") else "right"
    flipped = hand == "right"
    pattern = mirrored(request.pattern) if flipped else request.pattern
    return Cast(flipped, pattern, "right-" in pattern)


def build_hand(scan: FaceScan, seed: int) -> HandModel:
    """A hand that fits the face."""
    length = float(np.linalg.norm(scan.vertices[CHIN] - scan.vertices[SELLION]))
    character = draw_character(person_of(scan), seed)
    return fit_hand(load_hand(), length, character.sex, character.age, seed=seed, years=character.years)


def move_hand(scan: FaceScan, cast: Cast, request: Request) -> tuple[HandModel, Motion]:
    """The hand and its way to the face; deterministic in scan, pattern and seed."""
    rng = np.random.default_rng((request.seed, crc32(request.pattern.encode())))
    model = build_hand(scan, request.seed)
    gesture = GESTURES[mirrored(cast.pattern) if cast.crosses else cast.pattern]
    mirror = {i: int(j) for i, j in enumerate(topology().mirror[:LANDMARKS])} if cast.crosses else None
    across = gesture_frame(gesture, cast.crosses).apply([1.0, 0.0, 0.0]) * [1.0, 1.0, 0.0]
    ways = lay_ways(scan, gesture, across, mirror, rng)
    script = Script(
        gesture, ways, choose_timing(gesture.act, rng, closes=gesture.close > 0), request.intensity, cast.crosses, rng,
        _below(scan, ways),
    )  # fmt: skip
    motion = plan_motion(scan, model, surroundings_of(scan), script, request.fps, request.frames)
    return (dress(model, request.seed) if sleeved(scan, request.sleeve) else model), motion


def sleeved(scan: FaceScan, sleeve: str) -> bool:
    """Whether the arm has a sleeve: as asked for, or as the garment in the photo says."""
    return sleeve == "long" or (sleeve == "auto" and scan.garment is not None and scan.garment.collared)


def _below(scan: FaceScan, ways: list[Way]) -> float:
    """How far in mm a hand that touches at the ways must go down to be out of the picture, fingers and all."""
    touch = np.concatenate([way.points for way in ways]).mean(axis=0)
    edge = scan.camera.unproject(np.array([[0.0, scan.camera.height]]), touch[2:])[0, 1]
    return float(max(edge - touch[1], 0.0)) + UNDER_MM
