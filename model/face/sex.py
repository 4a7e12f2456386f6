"""Whose hands fit a face: a man's are larger and rougher. Nothing else asks, and nothing of it is kept."""

from typing import Final

from model.face.age import asked
from model.scene import F64, U8

SIDE: Final = 32  # px that the network sees
MALE: Final = 1  # which of the two chances


def apparent_sex(photo: U8, landmarks: F64) -> float:
    """−1 a woman's face .. 1 a man's, by the landmarks (478, 2) or (478, 3) px of a photo; 2 ms."""
    return float(2 * asked("sex", photo, landmarks, SIDE)[MALE] - 1)
