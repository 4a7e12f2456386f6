"""Noise that moves with what it lies on: one field stuck to the photo, one to the hand, so that nothing shimmers."""

import numpy as np
import torch

from model.clip import Guidance
from model.scene import F32, F64

HAND = 64  # of 255: coverage from which a pixel's noise is the hand's


def shared_noise(guidance: Guidance, channels: int, strength: str, seed: int) -> torch.Tensor:
    """Standard normal noise (channels, f, h, w) for guidance (f, h, w): the photo's part moves with the flow, the
    hand's with the similarity that its joints follow. Without motion known it stands still."""
    rng = np.random.default_rng(seed)
    frames, height, width = guidance.hand_mask.shape
    still = rng.standard_normal((channels, height, width), np.float32)
    carried = rng.standard_normal((channels, height, width), np.float32)
    out = np.repeat(still[:, None], frames, axis=1)
    if strength == "pattern":
        return torch.from_numpy(out)
    rows, columns = np.mgrid[:height, :width]
    for i in range(frames):
        if strength == "maps":
            flow = guidance.flow[i].astype(np.float32)
            x = np.clip(np.rint(columns + flow[..., 0]), 0, width - 1).astype(int)
            y = np.clip(np.rint(rows + flow[..., 1]), 0, height - 1).astype(int)
            out[:, i] = still[:, y, x]
        hand = guidance.hand_mask[i] > HAND
        if hand.any():
            turn, shift = rigid_fit(guidance.joints[i], guidance.joints[0])
            places = np.stack([columns[hand], rows[hand]], axis=-1) @ turn.T + shift
            x, y = np.rint(places).astype(int).T
            out[:, i, hand] = carried[:, y % height, x % width]
    return torch.from_numpy(out)


def rigid_fit(moved: F32, first: F32) -> tuple[F64, F64]:
    """Rotation (2, 2) and shift (2,) that take `moved` (n, 2) nearest to `first` (Kabsch 1976).

    Without scale: magnified noise would repeat itself, and neighbours would no longer be independent.
    """
    a, b = moved.astype(np.float64), first.astype(np.float64)
    middle, goal = a.mean(axis=0), b.mean(axis=0)
    u, _, v = np.linalg.svd((a - middle).T @ (b - goal))
    flip = np.diag([1.0, np.sign(np.linalg.det(v.T @ u.T)) or 1.0])
    turn = v.T @ flip @ u.T
    return turn, goal - turn @ middle
