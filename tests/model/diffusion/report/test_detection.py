"""What is told of generated frames by networks that look at them: against a stand-in for MediaPipe."""

import numpy as np
import pytest
from diffusion_samples import draw_guidance

from model.diffusion.report import detection


@pytest.fixture
def guidance():
    return draw_guidance(frames=6, size=64)


def test_a_hand_that_moved_and_one_that_is_lost(guidance, monkeypatch: pytest.MonkeyPatch) -> None:
    """Frames say by their first pixel where the stand-in finds the hand: 0 in place, n moved by n px, 255 nowhere."""
    face = np.zeros((478, 3))
    face[468, 0], face[473, 0] = 20, 41  # pupils 21 px apart: 3 mm a px

    def hands(frame: np.ndarray) -> list[np.ndarray]:
        index, moved = int(frame[0, 0, 1]), int(frame[0, 0, 0])
        return [] if moved == 255 else [guidance.joints[index] + [moved, 0.0]]

    monkeypatch.setattr(detection.networks, "hands", hands)
    monkeypatch.setattr(detection.networks, "mesh", lambda _frame: face)
    target = np.zeros((6, 64, 64, 3), np.uint8)
    target[:, 0, 0, 1] = np.arange(6)
    reference = detection.detect_reference(target[0], target, guidance)
    assert reference.frames == (3, 4, 5) and set(reference.fingers) == {1}, "the touching ones, by the index finger"
    same = detection.compare(reference, target)
    assert same == {"contact_found": 1, "hand_found": 1, "contact_mm": 0, "face_nme": 0}
    made = target.copy()
    made[:, 0, 0, 0] = 2
    made[5, 0, 0, 0] = 255
    figures = detection.compare(reference, made)
    assert figures["contact_mm"] == pytest.approx(6) and figures["hand_found"] == pytest.approx(2 / 3)


def test_another_hand_is_not_this_one() -> None:
    joints = np.random.default_rng(0).uniform(0, 40, (21, 2)).astype(np.float32)
    assert detection.nearest_hand(joints, []) is None
    assert detection.nearest_hand(joints, [joints + 30.0]) is None
    assert detection.nearest_hand(joints, [joints + 30.0, joints + 3.0]) is not None
