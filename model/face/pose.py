"""Head pose from landmarks: the rotation that brings the mean face onto them."""

import numpy as np

from model.body import STEADY
from model.face.shape import mean_shape
from model.scene import F64


def head_pose(landmarks: F64) -> tuple[F64, float, F64]:
    """Rotation (3, 3), scale and shift (3,): landmarks ≈ scale · mean @ rotation.T + shift, over 33 steady ones.

    The rotation's columns are the head's right-of-viewer, down and back axes.
    """
    index = list(STEADY)
    return similarity(mean_shape()[index], landmarks[index])


def similarity(source: F64, target: F64) -> tuple[F64, float, F64]:
    """Rotation (d, d), scale and shift (d,) of points (n, d): target ≈ scale · source @ rotation.T + shift.

    Least squares (Umeyama 1991).
    """
    x, y = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(x.T @ y)
    sign = np.ones(len(s))
    sign[-1] = np.sign(np.linalg.det(u @ vt))
    rotation = (u * sign) @ vt
    scale = float((s * sign).sum() / (x**2).sum())
    shift = target.mean(axis=0) - scale * source.mean(axis=0) @ rotation
    return rotation.T, scale, shift


def yaw_pitch_roll(rotation: F64) -> tuple[float, float, float]:
    """Yaw (+ towards the viewer's right), pitch (+ down), roll (+ clockwise as seen) in degrees."""
    back = rotation[:, 2]
    yaw = np.degrees(np.arctan2(-back[0], back[2]))
    pitch = np.degrees(np.arcsin(np.clip(-back[1], -1, 1)))
    roll = np.degrees(np.arctan2(rotation[1, 0], rotation[0, 0]))
    return float(yaw), float(pitch), float(roll)
