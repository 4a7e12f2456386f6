"""The hand's colour matched to the cheeks in this photo: the fitted light is first-order, cheeks and hands are not.

Both are compared where they are well lit; palms stay as much lighter than backs as the textures say.
"""

import numpy as np

from annotation.taxonomy import REGIONS
from model.hand import HandModel
from model.optics import SKIN_BRIGHTNESS, TO_LINEAR
from model.scene import F32, F64, I32, U8, FaceScan

GAIN_RANGE = (0.72, 1.45)
SKIN, NO_BEARD, NO_GLASSES = 0.5, 0.3, 0.3  # of the masks: where a cheek is bare
BACK_Z = 0.2  # of a normal of the flat hand, from which a vertex belongs to its back
ENOUGH = 300  # pixels or vertices from which a median is taken


def cheek_colour(scan: FaceScan) -> F64 | None:
    """Linear RGB (3,) of the cheeks' brighter half in the photo; None where too little bare skin is seen."""
    cheeks = bare_cheeks(scan)
    return _bright_median(TO_LINEAR[cheeks]) if len(cheeks) >= ENOUGH else None


def bare_cheeks(scan: FaceScan) -> U8:
    """Colours (n, 3) of the photo at the cheeks' vertices that neither beard nor glasses cover."""
    cheek = np.isin(scan.region, [REGIONS.index("left_cheek"), REGIONS.index("right_cheek")])
    height, width = scan.image.shape[:2]
    place = np.clip(scan.pixels[cheek].astype(int), 0, [width - 1, height - 1])
    masks = scan.masks
    bare = (masks["skin"] > SKIN) & (masks["beard"] < NO_BEARD) & (masks["glasses"] < NO_GLASSES)
    place = place[bare[place[:, 1], place[:, 0]]]
    return scan.image[place[:, 1], place[:, 0]]


def colour_gain(model: HandModel, index: I32, rgba: F32, wanted: F64) -> F64:
    """Factors (3,) on the hand's albedo that bring the back of the hand, as rendered unmatched, to `wanted`.

    index (h, w) and rgba (h, w, 4) as the hand was shaded, before blur; ones where too little of it is seen.
    """
    corner = model.triangles[np.maximum(index, 0), 0]
    back = (index >= 0) & (model.normals[corner, 2] > BACK_Z)
    seen = back if back.sum() >= ENOUGH else index >= 0
    if seen.sum() < ENOUGH:
        return np.ones(3)
    return np.clip(wanted / _bright_median(rgba[seen, :3]), *GAIN_RANGE)


def _bright_median(colours: F32) -> F64:
    """Median (3,) of the brighter half of linear RGB (n, 3)."""
    bright = colours @ SKIN_BRIGHTNESS
    return np.asarray(np.median(colours[bright >= np.median(bright)], axis=0), dtype=np.float64)
