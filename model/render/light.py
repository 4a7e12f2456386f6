"""Slowly varying light on the hand is worked out on a tenth of its vertices."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from model.hand import HandModel
from model.scene import F32, I32

EVERY = 9  # of the vertices
NEIGHBOURS, NEAR_MM = 4, 0.5  # and the distance that is added, so that none takes all the weight
FACING_MM = 12.0  # how far apart opposite normals are taken to be


@dataclass(frozen=True)
class LightSamples:
    """Vertices that stand for their surroundings."""

    vertices: I32  # (s,)
    near: I32  # (n, 4) indices into `vertices` for every vertex
    weights: F32  # (n, 4) summing to 1


def choose_samples(model: HandModel) -> LightSamples:
    """Samples by place and normal, so that the two sides of a finger do not mix."""
    features = np.concatenate([model.vertices, FACING_MM * model.normals], axis=1)
    chosen = np.arange(0, len(features), EVERY, dtype=np.int32)
    gap, near = cKDTree(features[chosen]).query(features, k=NEIGHBOURS)
    weights = 1.0 / (gap + NEAR_MM)
    weights /= weights.sum(axis=1, keepdims=True)
    return LightSamples(chosen, near.astype(np.int32), weights.astype(np.float32))
