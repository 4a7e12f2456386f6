"""Case → figures: what each stage of the physics makes, thinned until it is small."""

import hashlib
import json
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from model.clip import Guidance
from model.contact.labelling import label_simulation, measure_curves, touched_areas
from model.contact.simulation import Simulation
from model.face.scan import scan_at
from model.face.topology import topology
from model.generate import simulate
from model.metrics.penetration import measure_overlap
from model.mirror import mirror_image
from model.motion.cast import cast_hand
from model.render.frames import firmest_frame, render_frames, set_stage
from model.render.guidance import map_frame, stack_maps
from model.scene import FaceScan
from tests.golden.cases import Case, landmarks_of, photo_of

Figures = dict[str, NDArray[Any]]

VERTICES: Final = 200  # of the scan
THINNED, EVERY = 13, 3  # of vertices and frames, those whose way is kept
COARSE, PAINT = 48, 24  # px, side of the pictures that are kept, and of the hand's texture
BESIDE, LEAST = 8, 300  # px around the hand, and pixels from which a mean is taken


def figures_of(case: Case) -> Figures:
    """Figures of one case by name, `stage.figure`; arrays whose first axis are frames where there are frames."""
    cast = cast_hand(case.request)
    photo, landmarks = photo_of(case.face), landmarks_of(case.face)
    if cast.flipped:
        photo, landmarks = mirror_image(photo), _mirrored(landmarks, photo.shape[1])
    scan = scan_at(photo, landmarks, case.request.size)
    simulation, hand = simulate(scan, cast, case.request)
    stage = set_stage(simulation, hand, case.request.seed)
    rendered = list(render_frames(stage, list(range(case.request.frames))))
    frames = np.stack([one.image for one in rendered])
    maps = stack_maps([map_frame(stage, i, one) for i, one in enumerate(rendered)])
    overlap = measure_overlap(simulation, hand.triangles)
    curves = measure_curves(simulation, overlap.gap)
    labels = label_simulation(simulation, cast.pattern).to_json()
    for contact in labels["contacts"]:
        contact["keyframes"] = [k | {"polygon": _box(k["polygon"])} for k in contact["keyframes"]]
    figures = {
        **_scan(scan),
        **_motion(simulation),
        **_contact(simulation),
        "contact.overlap": np.stack([overlap.hand_depth, overlap.face_depth, np.minimum(overlap.gap, 200)], axis=1),
        "contact.depth": np.stack(list(curves.depth.values()), axis=1),
        **_pictures(frames, firmest_frame(simulation)),
        **_touched(frames, maps),
        "render.paint": 255 * cv2.resize(stage.paint.colour, (PAINT, PAINT), interpolation=cv2.INTER_AREA),
        **_maps(maps),
        "labels.contacts": np.array(json.dumps(labels["contacts"])),
    }
    return {name: _narrow(values) for name, values in figures.items()}


def _narrow(values: NDArray[Any]) -> NDArray[Any]:
    """Floats as float32, rounded to a ten-thousandth so that they compress."""
    return np.round(values, 4).astype(np.float32) if values.dtype.kind == "f" else values


def _mirrored(landmarks: NDArray[Any], width: int) -> NDArray[Any]:
    """Landmarks (478, 3) of the mirrored photo."""
    from model.face.landmarks import mirror_order

    turned = landmarks[mirror_order()]
    turned[:, 0] = width - turned[:, 0]
    return turned


def _scan(scan: FaceScan) -> Figures:
    n = _spread(len(scan.vertices))
    return {
        "scan.vertices": scan.vertices[n],
        "scan.tissue": np.stack([scan.softness[n], scan.depth_limit[n], scan.rigid[n], scan.skirt[n]], axis=1),
        "scan.light": np.concatenate([scan.light.direction * scan.light.strength, scan.skin, [scan.grain, scan.blur]]),
        "scan.expressions": np.stack([np.linalg.norm(e, axis=1).mean() for e in scan.expressions.values()]),
        "scan.masks": np.array([mask.mean() for mask in scan.masks.values()]),
    }


def _motion(simulation: Simulation) -> Figures:
    motion = simulation.motion
    return {
        "motion.angles": motion.angles,
        "motion.position": motion.position,
        "motion.rotation": motion.rotation.reshape(len(motion.press), 9),
        "motion.head": motion.head * [1, 1, 1, 100, 100, 100],  # mm, and mm 100 mm away from the pivot
        "motion.expressions": np.stack(list(motion.expressions.values()), axis=1),
        "motion.press": np.stack([motion.press, motion.grip.astype(np.float64)], axis=1),
    }


def _contact(simulation: Simulation) -> Figures:
    scan = simulation.scan
    n = np.flatnonzero(topology().skirt < 0.5)[::THINNED]  # vertices that the scan had before it was refined
    return {
        "contact.vertices": np.array([len(scan.vertices), (np.abs(simulation.dent).max(axis=0) > 0.1).sum()]),
        "contact.displacement": simulation.face[::EVERY, n].astype(np.float64) - scan.vertices[n],
        "contact.joints": simulation.joints,
        "contact.elbow": simulation.elbow,
        "contact.touched": touched_areas(simulation).sum(axis=2),
    }


def _pictures(frames: NDArray[np.uint8], firmest: int) -> Figures:
    """Means, contrasts and fine detail of every frame, coarse pictures of three, and a hash of all."""
    grey = [cv2.cvtColor(frame, cv2.COLOR_RGB2GRAY).astype(np.float32) for frame in frames]
    shown = frames[[firmest // 2, firmest, (firmest + len(frames)) // 2]]
    return {
        "render.mean": frames.mean(axis=(1, 2)),
        "render.contrast": frames.std(axis=(1, 2)),
        "render.detail": np.array([cv2.Laplacian(one, cv2.CV_32F).std() for one in grey]),
        "render.coarse": np.stack([cv2.resize(f, (COARSE, COARSE), interpolation=cv2.INTER_AREA) for f in shown]),
        "render.hash": np.array(hashlib.sha256(frames.tobytes()).hexdigest()),
    }


def _touched(frames: NDArray[np.uint8], maps: Guidance) -> Figures:
    """Means over the hand, over the face beside it, and of the deep shade there: a whole picture would hide them."""
    hand, beside, shade = [], [], []
    for frame, mask, face, light in zip(frames, maps.hand_mask, maps.face_mask, maps.shadow, strict=True):
        near = (cv2.dilate(mask, np.ones((2 * BESIDE + 1, 2 * BESIDE + 1), np.uint8)) > 128) & (face > 0)
        for kept, where in ((hand, mask > 250), (beside, near)):
            kept.append(frame[where].mean(axis=0) if where.sum() > LEAST else np.zeros(3))
        shade.append(100 * ((1 - light[near] / 255.0) ** 2).mean() if near.sum() > LEAST else 0.0)
    return {"render.hand": np.stack(hand), "render.beside": np.stack(beside), "render.shade": np.array(shade)}


def _maps(maps: Guidance) -> Figures:
    """Means and contrasts over the picture of every map in every frame."""
    out = {}
    for name, values in vars(maps).items():
        flat = np.asarray(values, np.float64).reshape(len(values), -1)
        out[f"guidance.{name}"] = np.stack([flat.mean(axis=1), flat.std(axis=1)], axis=1)
    return out


def _spread(count: int) -> NDArray[np.int_]:
    """Indices, evenly spread over `count`."""
    return np.unique(np.linspace(0, count - 1, min(VERTICES, count)).round().astype(int))


def _box(polygon: list[list[float]]) -> list[float]:
    """Left, top, right, bottom and area of a polygon, px."""
    points = np.array(polygon, np.float32)
    low, high = points.min(axis=0), points.max(axis=0)
    return [round(float(v), 2) for v in (*low, *high, cv2.contourArea(points))]
