"""Labels and curves of a simulated clip: exact, because the simulation knows what touches what."""

from dataclasses import dataclass

import cv2
import numpy as np

from annotation.labels import Contact, Keyframe, Labels
from annotation.taxonomy import FINGERS, REGIONS
from model.body import TIP_OF
from model.clip import Curves
from model.contact.simulation import Simulation
from model.mesh.areas import triangle_areas
from model.scene import F64, NO_REGION

KEY_EVERY = 3  # frames between keyframes
SHARE = 0.3  # of a finger's touched area that a region must hold for a contact of its own
LEAST_AREA_MM2 = 3.0  # smaller touches are grazes, not contacts
LEAST_FRAMES = 2
SAMPLES = 4  # per pixel when an outline is drawn
MOST_GAP_MM = 200.0  # that is kept of the gap between hand and face
OUTLINE_PX = 0.35  # how far a simplified polygon may leave the outline


@dataclass(frozen=True)
class Interval:
    """A finger on a region from one frame to another, both included."""

    finger: int
    region: int
    start: int
    end: int


def label_simulation(simulation: Simulation, pattern: str) -> Labels:
    """Contacts of the left hand, keyframed, of every finger and region."""
    areas = touched_areas(simulation)
    runs = contact_runs(areas)
    height, width = simulation.scan.image.shape[:2]
    return Labels(
        pattern=pattern,
        fps=simulation.motion.fps,
        frames=len(simulation.face),
        width=width,
        height=height,
        source="simulated",
        author="physics",
        state="unreviewed",
        contacts=tuple(_contact(simulation, run, f"c{i + 1}") for i, run in enumerate(runs)),
    )


def touched_areas(simulation: Simulation) -> F64:
    """Touched skin in mm²: (frames, fingers, regions)."""
    scan = simulation.scan
    areas = triangle_areas(scan.vertices, scan.triangles)
    share = np.bincount(scan.triangles.ravel(), np.repeat(areas / 3, 3), len(scan.vertices))
    out = np.zeros((len(simulation.touch), len(FINGERS), len(REGIONS)))
    for frame, codes in enumerate(simulation.touch):
        hit = np.flatnonzero((codes > 0) & (scan.region != NO_REGION))
        np.add.at(out[frame], (codes[hit] - 1, scan.region[hit]), share[hit])
    return out


def contact_runs(areas: F64) -> list[Interval]:
    """Intervals in which a region holds its share of what a finger touches, gaps of a frame closed."""
    whole = areas.sum(axis=2, keepdims=True)
    held = (areas >= np.maximum(SHARE * whole, LEAST_AREA_MM2)) & (whole > LEAST_AREA_MM2)
    runs = []
    for finger, region in zip(*np.nonzero(held.any(axis=0)), strict=True):
        on = held[:, finger, region].copy()
        on[1:-1] |= on[:-2] & on[2:]
        edges = np.diff(np.concatenate([[0], on.astype(int), [0]]))
        for start, stop in zip(np.flatnonzero(edges == 1), np.flatnonzero(edges == -1), strict=True):
            if stop - start >= LEAST_FRAMES:
                runs.append(Interval(int(finger), int(region), int(start), int(stop - 1)))
    return sorted(runs, key=lambda run: (run.start, run.finger, run.region))


def _contact(simulation: Simulation, run: Interval, name: str) -> Contact:
    frames = sorted({*range(run.start, run.end + 1, KEY_EVERY), run.end})
    outlines = {frame: outline(simulation, frame, run.finger, run.region) for frame in frames}
    keys = tuple(Keyframe(frame, polygon) for frame, polygon in outlines.items() if polygon is not None)
    return Contact(
        id=name, hand="left", finger=FINGERS[run.finger], region=REGIONS[run.region], start=run.start, end=run.end,
        confidence=1.0, keyframes=keys,
    )  # fmt: skip


def outline(simulation: Simulation, frame: int, finger: int, region: int) -> tuple[tuple[float, float], ...] | None:
    """Polygon in px of the skin that `finger` touches in `region`, None where it is less than a pixel."""
    scan = simulation.scan
    on = (simulation.touch[frame] == finger + 1) & (scan.region == region)
    triangles = scan.triangles[on[scan.triangles].sum(axis=1) >= 2]
    if not len(triangles):
        return None
    corners = scan.camera.project(simulation.face[frame][triangles].astype(np.float64))
    return _trace(corners)


def _trace(corners: F64) -> tuple[tuple[float, float], ...] | None:
    """Outline of the largest piece of triangles (t, 3, 2) px."""
    origin = np.floor(corners.min(axis=(0, 1))) - 2
    width, height = (np.ceil(corners.max(axis=(0, 1)) - origin) + 3).astype(int) * SAMPLES
    mask = np.zeros((height, width), np.uint8)
    for triangle in np.round((corners - origin) * SAMPLES).astype(np.int32):
        cv2.fillConvexPoly(mask, triangle, 255)
    mask = cv2.morphologyEx(mask, cv2.MORPH_CLOSE, np.ones((SAMPLES * 2 + 1,) * 2, np.uint8))
    pieces, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    piece = max(pieces, key=cv2.contourArea)
    points = cv2.approxPolyDP(piece, OUTLINE_PX * SAMPLES, True)[:, 0] / SAMPLES + origin
    if len(points) < 3:
        return None
    return tuple((round(float(x), 2), round(float(y), 2)) for x, y in points)


def measure_curves(simulation: Simulation, gap: F64) -> Curves:
    """Depth and area by region, gap and speed in every frame; `gap` (f,) mm from the overlap measure."""
    scan = simulation.scan
    areas = touched_areas(simulation).sum(axis=1)
    depth: dict[str, np.ndarray] = {}
    area: dict[str, np.ndarray] = {}
    for region in np.flatnonzero(areas.max(axis=0) > LEAST_AREA_MM2):
        name = REGIONS[region]
        own = np.flatnonzero(scan.region == region)
        depth[name] = np.maximum(simulation.dent[:, own].max(axis=1), 0).astype(np.float32)
        area[name] = areas[:, region].astype(np.float32)
    near = np.minimum(gap, MOST_GAP_MM).astype(np.float32)
    return Curves(depth, area, near, tip_speed(simulation).astype(np.float32))


def tip_speed(simulation: Simulation) -> F64:
    """Speed (f,) in mm/s of the first touching finger's tip."""
    tip = TIP_OF[simulation.motion.fingers[0]]
    way = np.linalg.norm(np.diff(simulation.joints[:, tip], axis=0), axis=1) * simulation.motion.fps
    return np.concatenate([way[:1], way])
