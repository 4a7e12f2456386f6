"""Figures of the frames themselves: is it still the person, is what should be still, still."""

import cv2
import numpy as np

from model.contact.simulation import Simulation
from model.face import networks
from model.scene import F64, U8

LOOKED_AT = 6  # frames in which the face is found again
RING_MM = 30.0  # landmarks nearer than this to the contact are meant to move
STILL_LEVELS = 255.0


def identity_nme(simulation: Simulation, frames: U8, find_landmarks) -> float | None:  # noqa: ANN001
    """Median landmark error over inter-pupillary distance, head motion and expression taken out.

    `find_landmarks` maps a picture to (478, 2) px or None. None if the face was found in no frame.
    """
    scan = simulation.scan
    ring = np.linalg.norm(scan.vertices[:468, None] - simulation.motion.path[None], axis=2).min(axis=1) > RING_MM
    pupils = scan.landmarks[[468, 473]]
    distance = float(np.linalg.norm(pupils[0] - pupils[1]))
    rest = scan.camera.project(scan.vertices[:468])
    errors = []
    for frame in np.linspace(0, len(frames) - 1, LOOKED_AT).round().astype(int):
        found = find_landmarks(frames[frame])
        if found is None:
            continue
        moved = scan.camera.project(simulation.face[frame, :468].astype(np.float64)) - rest
        seen = ring & _uncovered(simulation, frame)
        expected = scan.landmarks[:468] + moved
        errors.append(float(np.median(_aligned_error(found[:468][seen], expected[seen]))) / distance)
    return float(np.median(errors)) if errors else None


def _uncovered(simulation: Simulation, frame: int) -> np.ndarray:
    """Landmarks (468,) that the hand does not hide: farther than 8 px from every projected hand vertex."""
    camera = simulation.scan.camera
    hand = camera.project(simulation.hand[frame, ::7].astype(np.float64))
    place = camera.project(simulation.face[frame, :468].astype(np.float64))
    return np.linalg.norm(place[:, None] - hand[None], axis=2).min(axis=1) > 8


def _aligned_error(found: F64, expected: F64) -> F64:
    """Distances (n,) after the best similarity transform of `found` onto `expected` (Umeyama 1991)."""
    a, b = found - found.mean(axis=0), expected - expected.mean(axis=0)
    u, s, vt = np.linalg.svd(a.T @ b)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    scale = (s * np.diag(flip)).sum() / (a**2).sum()
    return np.linalg.norm(scale * a @ u @ flip @ vt - b, axis=1)


def static_flicker(frames: U8, still: np.ndarray) -> float | None:
    """(255 − mean absolute difference of consecutive frames) / 255 over pixels `still` (h, w); None if there are none."""
    if not still.any():
        return None
    small = [frame[still].astype(np.int16) for frame in frames]
    change = np.mean([np.abs(b - a).mean() for a, b in zip(small[:-1], small[1:], strict=True)])
    return float((STILL_LEVELS - change) / STILL_LEVELS)


def still_pixels(movable: np.ndarray, hand_masks: U8) -> np.ndarray:
    """Pixels (h, w) that nothing may change: background which no hand and no shadow of it comes near to."""
    covered = (hand_masks.max(axis=0) > 0).astype(np.uint8)
    return (movable <= 0) & (cv2.dilate(covered, np.ones((61, 61), np.uint8)) == 0)


def find_face_quickly(picture: U8) -> F64 | None:
    """Landmarks (478, 2) px of a picture known to show a face, None if it is not found."""
    found = networks.mesh(picture)
    return None if found is None else np.asarray(found[:, :2], dtype=np.float64)
