"""Figures of the frames themselves: is it still the person, is what should be still, still."""

from collections.abc import Callable

import cv2
import numpy as np
from scipy.spatial import cKDTree
from skimage.color import deltaE_ciede2000, rgb2lab

from model.body import LANDMARKS, LEFT_PUPIL, RIGHT_PUPIL
from model.contact.simulation import Simulation
from model.face import networks
from model.render.match import bare_cheeks
from model.scene import F64, U8, FaceScan

LOOKED_AT = 6  # frames in which the face is found again
RING_MM = 30.0  # landmarks nearer than this to the contact are meant to move
STILL_LEVELS = 255.0
COVERED_PX, HAND_EVERY = 8, 7  # of a vertex of the hand, of which every so many are looked at
SHADOW_PX = 61  # width around the hand within which its shadow may fall
RIM_PX = 9  # width of the kernel that takes the hand's rim, mixed with the photo, away
LEAST_SKIN = 40  # pixels of a kind from which a colour is taken


def identity_nme(simulation: Simulation, frames: U8, find_landmarks: Callable[[U8], F64 | None]) -> float | None:
    """Median landmark error over inter-pupillary distance, head motion and expression taken out.

    `find_landmarks` maps a picture to (478, 2) px or None. None if the face was found in no frame.
    """
    scan = simulation.scan
    ring = np.linalg.norm(scan.vertices[:LANDMARKS, None] - simulation.motion.path[None], axis=2).min(axis=1) > RING_MM
    pupils = scan.landmarks[[RIGHT_PUPIL, LEFT_PUPIL]]
    distance = float(np.linalg.norm(pupils[0] - pupils[1]))
    rest = scan.camera.project(scan.vertices[:LANDMARKS])
    errors = []
    for frame in np.linspace(0, len(frames) - 1, LOOKED_AT).round().astype(int):
        found = find_landmarks(frames[frame])
        if found is None:
            continue
        moved = scan.camera.project(simulation.face[frame, :LANDMARKS].astype(np.float64)) - rest
        seen = ring & _uncovered(simulation, frame)
        expected = scan.landmarks[:LANDMARKS] + moved
        errors.append(float(np.median(_aligned_error(found[:LANDMARKS][seen], expected[seen]))) / distance)
    return float(np.median(errors)) if errors else None


def _uncovered(simulation: Simulation, frame: int) -> np.ndarray:
    """Landmarks (468,) that the hand does not hide: farther than COVERED_PX from the projected hand."""
    camera = simulation.scan.camera
    hand = camera.project(simulation.hand[frame, ::HAND_EVERY].astype(np.float64))
    place = camera.project(simulation.face[frame, :LANDMARKS].astype(np.float64))
    return np.asarray(cKDTree(hand).query(place)[0] > COVERED_PX)


def _aligned_error(found: F64, expected: F64) -> F64:
    """Distances (n,) after the best similarity transform of `found` onto `expected` (Umeyama 1991)."""
    a, b = found - found.mean(axis=0), expected - expected.mean(axis=0)
    u, s, vt = np.linalg.svd(a.T @ b)
    flip = np.diag([1.0, np.sign(np.linalg.det(u @ vt))])
    scale = (s * np.diag(flip)).sum() / (a**2).sum()
    return np.linalg.norm(scale * a @ u @ flip @ vt - b, axis=1)


def static_flicker(frames: U8, still: np.ndarray) -> float | None:
    """(255 − mean absolute difference of consecutive frames) / 255 over pixels `still` (h, w); None without any."""
    if not still.any():
        return None
    mask, values = still.astype(np.uint8), 3.0 * still.sum()
    change = [cv2.norm(a, b, cv2.NORM_L1, mask) / values for a, b in zip(frames[:-1], frames[1:], strict=True)]
    return float((STILL_LEVELS - np.mean(change)) / STILL_LEVELS)


def still_pixels(movable: np.ndarray, hand_masks: U8) -> np.ndarray:
    """Pixels (h, w) that nothing may change: background which no hand and no shadow of it comes near to."""
    covered = (hand_masks.max(axis=0) > 0).astype(np.uint8)
    return (movable <= 0) & (cv2.dilate(covered, np.ones((SHADOW_PX, SHADOW_PX), np.uint8)) == 0)


def find_face_quickly(picture: U8) -> F64 | None:
    """Landmarks (478, 2) px of a picture known to show a face, None if it is not found."""
    found = networks.mesh(picture)
    return None if found is None else np.asarray(found[:, :2], dtype=np.float64)


def background_change(frames: U8, photo: U8, still: np.ndarray) -> int | None:
    """Largest difference in levels of any frame from the photo over pixels `still` (h, w); None without any."""
    if not still.any():
        return None
    mask = still.astype(np.uint8)
    return int(max(cv2.norm(frame, photo, cv2.NORM_INF, mask) for frame in frames))


def skin_delta_e(scan: FaceScan, frame: U8, hand: U8) -> float | None:
    """CIEDE2000 between the median colours of the hand in `frame` and the cheeks in the photo, where well lit.

    `hand` (h, w) is 1 where the hand covers the frame; None where too little of either is seen.
    """
    cheeks = bare_cheeks(scan)
    inner = cv2.erode(hand, np.ones((RIM_PX, RIM_PX), np.uint8), borderValue=0) > 0
    if len(cheeks) < LEAST_SKIN or inner.sum() < LEAST_SKIN:
        return None
    return float(deltaE_ciede2000(_lit_median(cheeks), _lit_median(frame[inner])))


def _lit_median(colours: U8) -> F64:
    """Median CIELAB (3,) of the brighter half of colours (n, 3)."""
    lab = rgb2lab(colours[None] / 255.0)[0]
    return np.asarray(np.median(lab[lab[:, 0] >= np.median(lab[:, 0])], axis=0))
