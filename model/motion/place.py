"""Where on this face a gesture goes: landmarks to points and normals on the scan, varied by the seed."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from annotation.taxonomy import FINGERS
from model.patterns import Gesture, Place
from model.scene import F64, FaceScan

SPREAD_MM, MOST_SPREADS = 3.0, 1.2  # standard deviation by which seeds move a gesture over the face, and how many
DEPTH_COUNTS = 0.3  # of a millimetre in the picture, where the nearest skin is looked for
PITCH_MM = 17.5  # between the middles of neighbouring fingertips
NORMAL_MM = 9.0  # normals are means over this radius: a finger feels the cheek, not a pore


@dataclass(frozen=True)
class Way:
    """One finger's way over the face."""

    finger: str
    points: F64  # (k, 3) mm on the skin
    normals: F64  # (k, 3) outward


def lay_ways(
    scan: FaceScan, gesture: Gesture, across: F64, mirror: dict[int, int] | None, rng: np.random.Generator
) -> list[Way]:
    """Ways of all fingers; they lie side by side along `across` (3,), to the index finger's side.

    `mirror` maps landmarks to the other side where the left hand crosses the face.
    """
    skin = np.flatnonzero((scan.skirt < 1e-6) & (scan.rigid < 0.5))
    tree = cKDTree(scan.vertices[skin])
    shift = np.clip(rng.normal(size=2), -MOST_SPREADS, MOST_SPREADS) * SPREAD_MM
    # the thumb stays on its own side of the index finger, also where the places are mirrored
    path = gesture.path[::-1] if mirror and gesture.close else gesture.path
    rough = np.array([_mean_place(scan, place, mirror) for place in path])
    rough[:, :2] += shift
    ways = []
    for i, finger in enumerate(gesture.fingers):
        own = rough[i : i + 1] if gesture.close else rough + _beside(gesture.fingers, finger) * across
        points, normals = zip(*(_on_skin(scan, skin, tree, point) for point in own), strict=True)
        ways.append(Way(finger, np.array(points), np.array(normals)))
    return ways


def _beside(fingers: tuple[str, ...], finger: str) -> float:
    """Offset in mm of a finger from the middle of those that touch."""
    ranks = [FINGERS.index(name) for name in fingers]
    return float(np.mean(ranks) - FINGERS.index(finger)) * PITCH_MM


def _mean_place(scan: FaceScan, place: Place, mirror: dict[int, int] | None) -> F64:
    indices = [mirror[i] for i in place] if mirror else list(place)
    return scan.vertices[indices].mean(axis=0)


def _on_skin(scan: FaceScan, skin: np.ndarray, tree: cKDTree, point: F64) -> tuple[F64, F64]:
    """Nearest point of the skin as seen from the front, and the mean normal around it."""
    flat = scan.vertices[skin] - point
    nearest = skin[np.argmin(np.linalg.norm(flat * [1.0, 1.0, DEPTH_COUNTS], axis=1))]
    foot = scan.vertices[nearest]
    around = skin[tree.query_ball_point(foot, NORMAL_MM)]
    normal = scan.normals[around].mean(axis=0)
    return foot, normal / np.linalg.norm(normal)


def along(way: Way, share: float) -> tuple[F64, F64]:
    """Point and unit normal at a share 0..1 of the way (Catmull-Rom through its places)."""
    count = len(way.points)
    if count == 1:
        return way.points[0], way.normals[0]
    position = np.clip(share, 0, 1) * (count - 1)
    i = min(int(position), count - 2)
    t = position - i
    normal = (1 - t) * way.normals[i] + t * way.normals[i + 1]
    return _catmull_rom(way.points, i, t), normal / np.linalg.norm(normal)


def _catmull_rom(points: F64, i: int, t: float) -> F64:
    a, b = points[i], points[i + 1]
    before = points[i - 1] if i > 0 else 2 * a - b
    after = points[i + 2] if i + 2 < len(points) else 2 * b - a
    return 0.5 * (
        2 * a + (b - before) * t + (2 * before - 5 * a + 4 * b - after) * t**2 + (3 * a - before - 3 * b + after) * t**3
    )
