"""Which fingers of a hand that touches do so: logistic weights on how each is held, learnt on simulated clips.

The weights are few numbers in `assets/prelabel/fingers.json`, made by `python -m model fit`, with their card beside
them.
"""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from model.body import MIDDLE_KNUCKLE, TIPS
from model.prelabel.cues import Cues
from model.scene import F64

FOLDER: Final = Path(__file__).parents[2] / "assets" / "prelabel"
WEIGHTS, CARD = "fingers.json", "README.md"
TOLD: Final = (
    "behind", "bent_back", "stretched", "inside", "beside", "reach", "over", "others_stretched",
)  # fmt: skip
BENDS: Final = (3, 6, 10, 14, 18)  # joints at which fingers bend most
OVER_MM: Final = -5.0  # inside the outline, from which a finger is over the face
LONGEST: Final = 9.0  # palms' lengths: farther than anything on a hand


@dataclass(frozen=True)
class FingerWeights:
    """Of a logit per finger: of what is told, for four fingers alike and for the thumb, then a bias of each."""

    weights: F64  # (2 · len(TOLD) + 5,)
    likely: float  # from which a finger is said


@lru_cache(maxsize=1)
def finger_weights() -> FingerWeights:
    """Those that ship."""
    told = json.loads((FOLDER / WEIGHTS).read_text())
    return FingerWeights(np.array(told["weights"]), float(told["likely"]))


def touching_fingers(cues: Cues) -> F64:
    """Likelihood (f, 5) that each finger touches, given that the hand does."""
    return likelihoods(told_of(cues), finger_weights().weights)


def likelihoods(told: F64, weights: F64) -> F64:
    """Likelihoods (f, 5) of what is told (f, 5, 2 · len(TOLD) + 5)."""
    return np.asarray(1 / (1 + np.exp(-np.clip(told @ weights, -30, 30))))


def told_of(cues: Cues) -> F64:
    """What is told of each finger (f, 5, 2 · len(TOLD) + 5); 0 where the hand is not seen.

    Lengths are in palms, depths from the camera, by the hand's own world landmarks.
    """
    tips = cues.shape[:, list(TIPS)]
    depth, bend = tips[..., 2], cues.shape[:, list(BENDS), 2]
    over = np.maximum(cues.pads, cues.inside[:, [tip - 1 for tip in TIPS]]) > OVER_MM
    deepest = np.where(over.any(axis=1), np.where(over, depth, -LONGEST).max(axis=1), depth.max(axis=1))
    apart = np.linalg.norm(tips[:, :, None] - tips[:, None], axis=3) + LONGEST * np.eye(5)
    others = (cues.stretched[:, 1:] > 0.85).mean(axis=1)
    told = np.stack(
        [
            np.clip(depth - deepest[:, None], -1.5, 0.5),
            depth - bend,
            np.clip(4 * (cues.stretched - 0.8), -2, 1),
            np.clip(cues.pads / 20, -1.5, 1.5),
            np.clip(apart.min(axis=2), 0, 1),
            np.linalg.norm(tips - cues.shape[:, MIDDLE_KNUCKLE, None], axis=2) - 1,
            over.astype(float),
            np.repeat(others[:, None], 5, axis=1),
        ],
        axis=2,
    )
    thumb = np.zeros((5, 1))
    thumb[0] = 1
    own = np.broadcast_to(np.eye(5), (len(told), 5, 5))
    out = np.concatenate([told * (1 - thumb), told * thumb, own], axis=2)
    return np.where(np.isfinite(out).all(axis=(1, 2), keepdims=True), out, 0.0)
