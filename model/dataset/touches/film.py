"""A free clip filmed: frames as some camera keeps them, and per frame what the simulation knows of every part."""

from dataclasses import dataclass, replace
from typing import Final

import cv2
import numpy as np
from scipy.spatial import cKDTree

from annotation.taxonomy import FINGERS, PATTERNS, REGIONS, mirrored
from model.camera.record import record
from model.contact.collide import collide, pose
from model.contact.labelling import LEAST_AREA_MM2, touched_areas
from model.contact.simulation import Simulation
from model.dataset.touches.draw import draw_touch
from model.dataset.touches.moving import move_free
from model.dataset.touches.placing import skin_of
from model.dataset.variation import vary_scan
from model.generate import simulate
from model.hand import HandModel, dress
from model.motion.cast import build_hand, cast_hand, sleeved
from model.render.frames import render_frames, set_stage
from model.request import Request
from model.scene import F32, I32, NO_REGION, U8, FaceScan

EVERY: Final = 5  # vertices of the hand whose distance is measured
FAR_MM: Final = 150.0
MIRRORED: Final = 0.5  # share of the clips that show the right hand
VARIED, DRESSED = 0.75, 0.7  # share of the clips in another light and skin, and of the sleeves that are shown
SIDES: Final = (120, 420)  # px of the picture that is kept, drawn evenly in the logarithm
QUALITY: Final = (20, 36)  # crf of x264
SOFT_PX: Final = 0.8
GAMMAS: Final = 0.25  # standard deviation of the logarithm


@dataclass(frozen=True)
class FreeClip:
    """Frames with what is true of them; parts as in FINGERS."""

    frames: U8  # (f, h, w, 3)
    fps: int
    left: bool  # the hand that is seen
    touches: np.ndarray  # (f, 6) bool
    region: I32  # (f, 6) index into REGIONS of what is touched most, −1 where nothing is
    distance: F32  # (f, 6) mm to the face, at most FAR_MM
    joints: F32  # (f, 21, 2) px
    gap: float  # mm of the near miss that was meant, 0 of a touch
    pattern: str  # that was done, none in a free clip


def film_free(face: FaceScan, seed: int) -> FreeClip:
    """The free clip of a number on a face; InputError where the face does not do."""
    rng = np.random.default_rng((seed, 34))
    scan = vary_scan(face, rng) if rng.random() < VARIED else face
    touch, model = draw_touch(seed), build_hand(scan, seed)
    motion = move_free(scan, model, skin_of(scan), touch, rng)
    if sleeved(scan, "auto") and rng.random() < DRESSED:
        model = dress(model, seed)
    return _film(collide(pose(scan, model, motion)), model, touch.gap, seed, rng)


def film_pattern(face: FaceScan, seed: int) -> FreeClip:
    """A clip of one of the patterns by the left hand, in the same way."""
    rng = np.random.default_rng((seed, 56))
    scan = vary_scan(face, rng) if rng.random() < VARIED else face
    pattern = str(rng.choice(PATTERNS))
    request = Request(pattern, seed=seed, size=face.image.shape[0] // 16 * 16, seconds=2.0, fps=10, hand="left")
    simulation, model = simulate(scan, cast_hand(request), request)
    clip = _film(simulation, model, 0.0, seed, rng)
    return replace(clip, pattern=pattern if clip.left else mirrored(pattern))


def _film(simulation: Simulation, model: HandModel, gap: float, seed: int, rng: np.random.Generator) -> FreeClip:
    """One simulation as some camera sees it."""
    stage = set_stage(simulation, model, seed)
    frames = np.stack([shown.image for shown in render_frames(stage, list(range(len(simulation.face))))])
    areas = touched_areas(simulation)
    whole = areas.sum(axis=2)
    clip = FreeClip(
        frames=frames,
        fps=simulation.motion.fps,
        left=True,
        touches=whole > LEAST_AREA_MM2,
        region=np.where(whole > LEAST_AREA_MM2, areas.argmax(axis=2), -1).astype(np.int32),
        distance=distances(simulation, model),
        joints=simulation.scan.camera.project(simulation.joints.astype(np.float64)).astype(np.float32),
        gap=gap,
        pattern="",
    )
    return _filmed(_mirrored(clip) if rng.random() < MIRRORED else clip, rng)


def distances(simulation: Simulation, model: HandModel) -> F32:
    """Least distance (f, 6) mm between each part of the hand and the face without hair and neck."""
    own = simulation.scan.region != NO_REGION
    out = np.full((len(simulation.face), len(FINGERS)), FAR_MM, np.float32)
    for frame, (face, hand) in enumerate(zip(simulation.face, simulation.hand, strict=True)):
        tree = cKDTree(face[own])
        for part in range(len(FINGERS)):
            gap, _ = tree.query(hand[model.part == part][::EVERY], distance_upper_bound=FAR_MM)
            out[frame, part] = min(float(gap.min()), FAR_MM)
    return out


def _mirrored(clip: FreeClip) -> FreeClip:
    """The clip of the other hand."""
    other = np.array([REGIONS.index(mirrored(name)) for name in REGIONS] + [-1])
    joints = clip.joints * [-1, 1] + [clip.frames.shape[2], 0]
    return replace(
        clip, frames=np.ascontiguousarray(clip.frames[:, :, ::-1]), left=False,
        region=other[clip.region].astype(np.int32), joints=joints.astype(np.float32),
    )  # fmt: skip


def _filmed(clip: FreeClip, rng: np.random.Generator) -> FreeClip:
    """The clip smaller or larger, in other light, and as an encoder leaves it."""
    side = 2 * round(float(np.exp(rng.uniform(*np.log(SIDES)))) / 2)
    scale = side / clip.frames.shape[1]
    soft, gamma = rng.uniform(0, SOFT_PX), np.exp(rng.normal(0, GAMMAS))
    table = np.clip(255 * (np.arange(256) / 255.0) ** gamma, 0, 255).astype(np.uint8)
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    frames = np.empty((len(clip.frames), side, side, 3), np.uint8)
    for i, frame in enumerate(clip.frames):
        small = cv2.resize(frame, (side, side), interpolation=how)
        frames[i] = cv2.LUT(cv2.GaussianBlur(small, (0, 0), 0.05 + soft), table)
    record(frames, clip.fps, int(rng.integers(*QUALITY)))
    return replace(clip, frames=frames, joints=clip.joints * np.float32(scale))
