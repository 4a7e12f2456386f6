"""Figures against kept figures: how far each has moved, and how far it may without anything having changed."""

import json
from typing import Any, Final

import numpy as np

from tests.golden.figures import Figures

# What sums in another order or the instructions of another machine move, with room: noise of a ten-thousandth of a
# pixel on the landmarks moves a fifth of it. By the longest prefix of a figure's name, in the figure's unit.
ALLOWED: Final[dict[str, float]] = {
    "scan.": 0.002,
    "motion.": 0.002,
    "motion.angles": 0.02,  # degrees
    "motion.position": 0.02,  # mm
    "contact.displacement": 0.02,
    "contact.depth": 0.01,
    "contact.joints": 0.02,
    "contact.elbow": 0.02,
    "contact.overlap": 0.005,
    "contact.touched": 1.5,  # mm²: what one vertex stands for
    "contact.vertices": 3,
    "guidance.": 0.05,  # levels, a dozen pixels' worth
    "guidance.flow": 0.001,  # px
    "guidance.hand_parts": 0.002,
    "guidance.contact_mask": 0.002,
    "labels.": 0.3,  # px
    "render.": 0.01,  # levels
    "render.hand": 0.05,
    "render.beside": 0.05,
    "render.paint": 0.02,
    "render.shade": 0.08,  # hundredths of all light, squared
    "render.coarse": 2,
    "render.hash": 1,  # told, never asked for: equal frames are a matter of one machine
}


def change(name: str, before: Any, after: Any) -> float:
    """Largest difference of a figure in its own unit; infinite where shape or words differ."""
    if name == "labels.contacts":
        return _labels_change(json.loads(str(before)), json.loads(str(after)))
    if before.shape != after.shape:
        return float("inf")
    if before.dtype.kind == "U":
        return 0.0 if str(before) == str(after) else 1.0
    return float(np.abs(before.astype(np.float64) - after.astype(np.float64)).max(initial=0.0))


def _labels_change(before: list[dict[str, Any]], after: list[dict[str, Any]]) -> float:
    """Largest difference in px of the outlines' boxes; infinite where a contact or its frames differ."""
    words = ("hand", "finger", "region", "start", "end")
    if [[c[w] for w in words] for c in before] != [[c[w] for w in words] for c in after]:
        return float("inf")
    worst = 0.0
    for old, new in zip(before, after, strict=True):
        boxes = [{k["frame"]: k["polygon"][:4] for k in c["keyframes"]} for c in (old, new)]
        if boxes[0].keys() != boxes[1].keys():
            return float("inf")
        worst = max(worst, *(abs(a - b) for f in boxes[0] for a, b in zip(boxes[0][f], boxes[1][f], strict=True)))
    return worst


def allowed(name: str) -> float:
    """How far a figure may move."""
    return ALLOWED[max((prefix for prefix in ALLOWED if name.startswith(prefix)), key=len)]


def changes(before: Figures, after: Figures) -> dict[str, float]:
    """Every figure → how far it moved; infinite where it is new or gone."""
    names = sorted({*before, *after})
    return {n: change(n, before[n], after[n]) if n in before and n in after else float("inf") for n in names}
