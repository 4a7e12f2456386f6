"""The body below the face moves: it breathes, the shoulder rises with the arm, the neck goes with the head.

A few smooth fields of displacement, laid down once a clip on a coarse grid; a frame is their weighted sum. Places are
millimetres from the chin. Shoulders and chest move up and inward only, and nothing at the picture's lower border: so
neither background nor body is uncovered that the photo lacks.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from model.body import CHIN, LANDMARKS
from model.contact.simulation import Simulation
from model.motion.reaction import NECK
from model.scene import F32, F64, FaceScan

CELL_PX: Final = 8  # of the grid
SHOULDER: Final = (132.0, 72.0)  # to the arm's side, below the chin
SHOULDER_SPREAD: Final = (90.0, 72.0)
SHOULDER_UP_MM, SHOULDER_IN_MM, OTHER_SHOULDER = 13.0, 4.5, 0.16  # at the end of a reach; share of the other one
COLLAR, COLLAR_SPREAD, COLLAR_MM = (38.0, 78.0), (50.0, 38.0), 3.0  # cloth that the arm draws to its side
BREATH_MM, BREATH_S = 1.9, (3.2, 4.6)
BREATH_FROM_MM, BREATH_TO_MM = 20.0, 120.0  # below the chin: from where to where the chest's rise grows
NECK_FROM_MM, NECK_PEAK_MM, NECK_TO_MM, NECK_WIDE_MM = 0.0, 42.0, 115.0, 70.0  # below the chin, and to each side
NECK_SHARE: Final = 0.45  # of the chin's way, beyond what the mesh's outer rings carry
VARIES: Final = (0.75, 1.25)  # factor that seeds draw for shoulder and breath
EARLIER_S: Final = 0.08  # than the hand the shoulder moves
FULL_PX, NONE_PX = 6.0, 24.0  # outside the person, of a picture of 512: how far all moves along, and nothing
DESIGNED_PX: Final = 512
BORDER_PX: Final = 40.0  # of such a picture, from its border: where what is beyond would be drawn in, less moves


@dataclass(frozen=True)
class Body:
    """What moves below the face, and how much of it in each frame."""

    modes: F32  # (k, rows, columns, 2) px, on the grid
    strength: F32  # (f, k)
    reach: F32  # (h − top, w) 1 on the person .. 0 on the background
    top: int  # first row of the picture that moves


def prepare_body(simulation: Simulation, seed: int) -> Body:
    """Fields and strengths of one clip."""
    scan, motion = simulation.scan, simulation.motion
    rng = np.random.default_rng((seed, len(motion.press)))
    height, width = scan.image.shape[:2]
    top = int(np.clip(scan.landmarks[CHIN, 1] + BREATH_FROM_MM / 4 / scan.camera.mm_per_px, 0, height - 1))
    top -= top % CELL_PX
    shoulder, breath = rng.uniform(*VARIES, 2)
    fields = np.stack([shoulder * _shoulder(scan, top), breath * _breath(scan, top), *_neck(scan, top)])
    strength = np.column_stack([_raised(motion.position, motion.fps), _breathing(len(motion.press), motion.fps, rng)])
    chin = _chin_way(scan, motion.head)[:, :2]
    return Body(
        modes=(fields / scan.camera.mm_per_px).astype(np.float32),
        strength=np.column_stack([strength, chin]).astype(np.float32),
        reach=_reach(scan)[top:],
        top=top,
    )


def displace(source: F32, body: Body, frame: int) -> None:
    """Lay the body's displacement over a backward map (h, w, 2), in place."""
    height, width = body.reach.shape
    field = np.tensordot(body.strength[frame], body.modes, axes=1)
    wide = cv2.resize(field, (width, height), interpolation=cv2.INTER_LINEAR)
    for axis in range(2):
        source[body.top :, :, axis] -= wide[..., axis] * body.reach


def _places(scan: FaceScan, top: int) -> tuple[F64, F64]:
    """Across and below the chin, mm, of the grid's cells (rows, columns)."""
    height, width = scan.image.shape[:2]
    rows, columns = -(-(height - top) // CELL_PX), -(-width // CELL_PX)
    y = (np.arange(rows) + 0.5) * (height - top) / rows + top
    x = (np.arange(columns) + 0.5) * width / columns
    chin = scan.landmarks[CHIN]
    across, below = np.meshgrid((x - chin[0]) * scan.camera.mm_per_px, (y - chin[1]) * scan.camera.mm_per_px)
    return across, below


def _hill(across: F64, below: F64, at: tuple[float, float], spread: tuple[float, float]) -> F64:
    return np.asarray(np.exp(-(((across - at[0]) / spread[0]) ** 2) - ((below - at[1]) / spread[1]) ** 2))


def _step(value: F64, low: float, high: float) -> F64:
    s = np.clip((value - low) / (high - low), 0, 1)
    return np.asarray(s * s * (3 - 2 * s))


def _shoulder(scan: FaceScan, top: int) -> F64:
    """The shoulder of the hand that acts rises and comes in, the cloth at the collar is drawn towards it."""
    across, below = _places(scan, top)
    own = _hill(across, below, SHOULDER, SHOULDER_SPREAD)
    other = OTHER_SHOULDER * _hill(-across, below, SHOULDER, SHOULDER_SPREAD)
    collar = COLLAR_MM * _hill(across, below, COLLAR, COLLAR_SPREAD)
    field = np.stack([-SHOULDER_IN_MM * (own - other) + collar, -SHOULDER_UP_MM * (own + other) - 0.5 * collar], -1)
    return np.asarray(field * _step(below, 0.0, BREATH_FROM_MM)[..., None])


def _breath(scan: FaceScan, top: int) -> F64:
    """The chest rises."""
    across, below = _places(scan, top)
    return np.stack([0 * across, -BREATH_MM * _step(below, BREATH_FROM_MM, BREATH_TO_MM)], -1)


def _neck(scan: FaceScan, top: int) -> tuple[F64, F64]:
    """The neck goes along with a chin that moves by 1 mm across, and down."""
    across, below = _places(scan, top)
    share = _step(below, NECK_FROM_MM, NECK_PEAK_MM) * (1 - _step(below, NECK_PEAK_MM, NECK_TO_MM))
    share = NECK_SHARE * share * np.exp(-((across / NECK_WIDE_MM) ** 2))
    return np.stack([share, 0 * share], -1), np.stack([0 * share, share], -1)


def _raised(wrist: F64, fps: int) -> F64:
    """0 arm down .. 1 up (f,), a little ahead of the wrist (f, 3)."""
    height = -wrist[:, 1]
    share = (height - height.min()) / max(float(np.ptp(height)), 1e-6)
    frames = np.arange(len(share))
    return np.asarray(np.interp(frames + EARLIER_S * fps, frames, share))


def _breathing(frames: int, fps: int, rng: np.random.Generator) -> F64:
    """0 .. 1 (f,)."""
    period, phase = rng.uniform(*BREATH_S), rng.uniform(0, 2 * np.pi)
    return np.asarray(0.5 - 0.5 * np.cos(2 * np.pi * np.arange(frames) / fps / period + phase))


def _chin_way(scan: FaceScan, head: F64) -> F64:
    """How far (f, 3) mm the head's motion (f, 6) takes the chin; small angles."""
    pivot = scan.vertices[:LANDMARKS].mean(axis=0) + NECK
    return np.asarray(head[:, :3] + np.cross(head[:, 3:], scan.vertices[CHIN] - pivot))


def _reach(scan: FaceScan) -> F32:
    """1 on the person and just beside it .. 0 on the background (h, w)."""
    scale = scan.image.shape[0] / DESIGNED_PX
    away = cv2.distanceTransform((scan.masks["person"] < 0.5).astype(np.uint8), cv2.DIST_L2, 3)
    reach = _step(-away.astype(np.float64), -NONE_PX * scale, -FULL_PX * scale)
    border = _step(np.arange(len(reach), 0, -1) - 0.5, 0.0, BORDER_PX * scale)
    return (reach * border[:, None]).astype(np.float32)
