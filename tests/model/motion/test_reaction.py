"""How the person answers a press that is known: head, lids, brow, by time."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from flat import FRONT, NAMES, face_of
from mean_face import mean_face
from shapes import plane
from steady import Steady

from model.motion.reaction import NECK, react
from model.scene import FaceScan

FPS = 100
TIME = np.arange(300) / FPS
EYES = {"left": (263, 362), "right": (33, 133)}  # landmarks of each eye's corners
LEFT_EYE, RIGHT_EYE = np.array([31.5, -20.0, 0.0]), np.array([-31.5, -20.0, 0.0])


def face() -> FaceScan:
    """A flat face of 26 × 26 vertices whose landmarks of the eyes lie 63 mm apart."""
    vertices, triangles = plane(50.0, 4.0)
    for side, eye in (("left", LEFT_EYE), ("right", RIGHT_EYE)):
        vertices[list(EYES[side])] = eye + [[-14.0, 0, 0], [14.0, 0, 0]]
    return face_of(vertices, triangles)


SCAN = face()
STEP = np.where((TIME >= 0.5) & (TIME < 1.75), 1.0, 0.0)  # a press that comes and goes at once


@dataclass(frozen=True)
class Answer:
    expressions: dict[str, np.ndarray]
    head: np.ndarray  # (f, 6)


def answer(
    press: np.ndarray, touch: Any = (40.0, 60.0, 0.0), rng: np.random.Generator | None = None, **parts: Any
) -> Answer:
    given = {"normal": FRONT, "pull": np.zeros(3)} | parts
    return Answer(*react(SCAN, np.array(touch), given["normal"], given["pull"], press, TIME, rng or Steady()))


def pushed(press: np.ndarray, **parts: Any) -> np.ndarray:
    """Motion of the head (f, 6) by the touch alone, without the sway that is always there."""
    return answer(press, **parts).head - answer(0 * press, **parts).head


def test_the_head_yields_along_the_push_and_returns() -> None:
    head = pushed(STEP)
    assert head[TIME < 0.5] == pytest.approx(0)
    held = (TIME > 1.5) & (TIME < 1.75)
    assert head[held, :3] == pytest.approx(np.tile([0.0, 0.0, 2.0], (held.sum(), 1)), abs=0.01)  # mm, into the face
    assert np.abs(head[TIME > 2.6]).max() < 0.01


def test_the_head_turns_about_the_neck_as_the_push_turns_it() -> None:
    turn = pushed(STEP)[TIME.searchsorted(1.7), 3:]
    arm = np.array([40.0, 60.0, 0.0]) - (SCAN.vertices[:468].mean(axis=0) + NECK)
    assert np.linalg.norm(turn) == pytest.approx(0.018, abs=1e-4)
    moved = np.cross(turn, arm)  # of the touched place
    assert moved @ -FRONT > 0  # with the push
    assert turn @ arm == pytest.approx(0, abs=1e-6) and turn @ FRONT == pytest.approx(0, abs=1e-6)


def test_the_neck_is_critically_damped() -> None:
    """x(t) = 1 - (1 + t/τ) e^(-t/τ) after a step, with τ = 90 ms; it never swings over."""
    after = TIME[(TIME >= 0.5) & (TIME < 1.7)] - 0.5 + 1 / FPS
    seen = pushed(STEP)[(TIME >= 0.5) & (TIME < 1.7), 2] / 2.0
    assert seen == pytest.approx(1 - (1 + after / 0.09) * np.exp(-after / 0.09), abs=0.045)
    assert seen.max() < 1.0 + 1e-6 and (np.diff(seen) >= -1e-9).all()


def test_the_answer_does_not_depend_on_the_frame_rate() -> None:
    """Between two frames the press is that of the second."""
    held = STEP[np.minimum((np.arange(300) + 7) // 8 * 8, 296)]
    slow = react(SCAN, np.zeros(3), FRONT, np.zeros(3), STEP[::8], TIME[::8], Steady())[1][:, 2]
    assert slow == pytest.approx(answer(held, touch=(0.0, 0.0, 0.0)).head[::8, 2], abs=0.01)


def test_a_strong_pull_draws_the_head_and_a_weak_one_does_not() -> None:
    held = TIME.searchsorted(1.7)
    assert pushed(STEP, pull=np.array([0.0, 3.0, -4.5]))[held, :3] == pytest.approx(
        2 * 0.8 * np.array([0.0, 3.0, -4.5]) / np.hypot(3.0, 4.5), abs=0.01
    )
    assert pushed(STEP, pull=np.array([0.0, 2.0, -3.0]))[held, :3] == pytest.approx([0, 0, 2.0], abs=0.01)


def test_the_head_sways_a_little_from_where_the_photo_has_it() -> None:
    for seed in range(5):
        sway = answer(0 * TIME, rng=np.random.default_rng(seed)).head
        assert not sway[0].any()
        size = np.abs(sway).max(axis=0)
        assert (size <= 4 * np.array([0.5, 0.35, 0.2, 0.0016, 0.0022, 0.0012])).all() and size[0] > 0.1
        assert np.abs(np.diff(sway[:, :3], axis=0)).max() * FPS < 4  # mm/s: slow


def test_eyes_blink_before_a_touch_beside_them() -> None:
    near = answer(STEP, touch=LEFT_EYE + [0.0, 40.0, 0.0]).expressions["blink_left"]
    first = TIME[near > 0]
    assert first[0] == pytest.approx(0.5 - 0.10 + 0.01, abs=0.011)  # a tenth of a second before
    assert near[TIME.searchsorted(0.4 + 0.08)] == pytest.approx(1, abs=0.02)
    far = answer(STEP, touch=LEFT_EYE + [0.0, 80.0, 0.0]).expressions["blink_left"]
    assert not far[TIME < 1.6].any()


def test_a_blink_closes_fast_and_opens_slowly() -> None:
    shut = answer(STEP, touch=LEFT_EYE).expressions["blink_left"][TIME < 0.9]
    t = TIME[TIME < 0.9] - 0.4
    assert (shut[(t <= 0) | (t >= 0.2)] < 1e-9).all()
    assert shut[np.isclose(t, 0.035, atol=0.006)] == pytest.approx(0.5, abs=0.2)
    assert (shut[(t > 0.069) & (t < 0.091)] > 0.99).all()
    assert np.interp(0.145, t, shut) == pytest.approx(0.5, abs=0.02)
    assert shut.max() <= 1 and shut.min() >= 0


def test_both_eyes_blink_as_one_and_once_more_later() -> None:
    found = answer(STEP, touch=LEFT_EYE).expressions
    assert (found["blink_left"] == found["blink_right"]).all()
    later = found["blink_left"][TIME > 0.9]
    assert TIME[TIME > 0.9][later > 0][0] == pytest.approx(0.5 + 0.7 + 0.45 + 0.01, abs=0.011)


def test_a_gentle_touch_moves_no_face_and_a_firm_one_winces_on_its_side() -> None:
    gentle = answer(0.5 * STEP).expressions
    assert not any(gentle[name].any() for name in NAMES if not name.startswith("blink"))
    held, touch = TIME.searchsorted(1.3), LEFT_EYE + [0.0, 70.0, 0.0]
    firm = {name: curve[held] for name, curve in answer(STEP, touch=touch).expressions.items()}
    share = (1 - 0.55) / 0.6  # of a full answer to a press of 1
    near, away = np.linalg.norm(touch - LEFT_EYE), np.linalg.norm(touch - RIGHT_EYE)
    own = 1 / (1 + np.exp((near - away) / 18.0))
    assert firm["brow_lower"] == pytest.approx(0.55 * share, abs=0.01)
    assert firm["wince_left"] == pytest.approx(0.55 * own * share, abs=0.01)
    assert firm["wince_right"] == pytest.approx(0.55 * (1 - own) * share, abs=0.01)
    assert firm["squint_left"] == pytest.approx((0.25 + 0.5 * own) * share, abs=0.01)
    assert firm["squint_left"] > firm["squint_right"] and firm["wince_left"] > 1.5 * firm["wince_right"]
    assert answer(3 * STEP).expressions["brow_lower"].max() == pytest.approx(0.55, abs=1e-3)  # and no more


def test_lids_that_are_shut_do_not_squint() -> None:
    found = answer(3 * STEP, touch=LEFT_EYE + [0.0, 70.0, 0.0]).expressions
    blinking = found["blink_left"] > 0.999
    assert blinking.any() and found["squint_left"][blinking] == pytest.approx(0, abs=1e-3)


def test_the_eyes_are_where_a_scan_has_them() -> None:
    scan = mean_face()
    eye = scan.vertices[list(EYES["left"])].mean(axis=0)
    assert 25 < eye[0] < 40  # the subject's left is the viewer's right
    found, _ = react(scan, eye + [0.0, 55.0, 0.0], FRONT, np.zeros(3), STEP, TIME, Steady())
    assert found["wince_left"].max() > 1.5 * found["wince_right"].max()
    assert found["blink_left"][TIME < 0.6].max() > 0.99
