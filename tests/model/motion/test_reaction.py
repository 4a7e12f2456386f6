"""How the person answers a press that is known: head, lids, brow, by time."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pytest
from flat import FRONT, face_of
from mean_face import mean_face
from shapes import plane
from steady import Steady

from model.face.smile import mean_smile
from model.motion.lids import blink
from model.motion.reaction import NECK, react
from model.patterns import GESTURES
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


AWAY = np.full((300, 21, 3), 1e3)  # joints of a hand that comes near to no eye
POKE = GESTURES["poke-left-cheek"]


@dataclass(frozen=True)
class Answer:
    expressions: dict[str, np.ndarray]
    head: np.ndarray  # (f, 6)


def answer(
    press: np.ndarray, touch: Any = (40.0, 60.0, 0.0), rng: np.random.Generator | None = None, **parts: Any
) -> Answer:
    given = {"normal": FRONT, "pull": (0.0, 0.0, 0.0), "gesture": POKE, "joints": AWAY, "scan": SCAN} | parts
    gesture = replace(given["gesture"], pull=tuple(given["pull"]))
    return Answer(
        *react(given["scan"], gesture, np.array(touch), given["normal"], press, given["joints"], TIME, rng or Steady())
    )


def pushed(press: np.ndarray, **parts: Any) -> np.ndarray:
    """Motion of the head (f, 6) by the touch alone, without the sway that is always there."""
    return answer(press, **parts).head - answer(0 * press, **parts).head


def shown(press: np.ndarray, seed: int | None = None, **parts: Any) -> dict[str, np.ndarray]:
    """Expressions by the touch alone, without what an idle face does."""
    both = [
        answer(p, rng=None if seed is None else np.random.default_rng(seed), **parts).expressions
        for p in (press, 0 * press)
    ]
    return {name: both[0][name] - both[1][name] for name in both[0]}


def test_the_head_yields_along_the_push_and_returns() -> None:
    head = pushed(STEP)
    assert head[TIME < 0.5] == pytest.approx(0)
    held = (TIME > 1.5) & (TIME < 1.75)
    assert head[held, :3] == pytest.approx(np.tile([0.0, 0.0, 5.0], (held.sum(), 1)), abs=0.01)  # mm, into the face
    assert np.abs(head[TIME > 2.6]).max() < 0.01


def test_the_head_turns_about_the_neck_as_the_push_turns_it() -> None:
    turn = pushed(STEP)[TIME.searchsorted(1.7), 3:]
    arm = np.array([40.0, 60.0, 0.0]) - (SCAN.vertices[:468].mean(axis=0) + NECK)
    assert np.linalg.norm(turn) == pytest.approx(0.052, abs=2e-4)
    moved = np.cross(turn, arm)  # of the touched place
    assert moved @ -FRONT > 0  # with the push
    assert turn @ arm == pytest.approx(0, abs=1e-6) and turn @ FRONT == pytest.approx(0, abs=1e-6)


def test_the_neck_is_critically_damped() -> None:
    """x(t) = 1 - (1 + t/τ) e^(-t/τ) after a step, with τ = 90 ms; it never swings over."""
    after = TIME[(TIME >= 0.5) & (TIME < 1.7)] - 0.5 + 1 / FPS
    seen = pushed(STEP)[(TIME >= 0.5) & (TIME < 1.7), 2] / 5.0
    assert seen == pytest.approx(1 - (1 + after / 0.09) * np.exp(-after / 0.09), abs=0.045)
    assert seen.max() < 1.0 + 1e-6 and (np.diff(seen) >= -1e-9).all()


def test_the_answer_does_not_depend_on_the_frame_rate() -> None:
    """Between two frames the press is that of the second."""
    held = STEP[np.minimum((np.arange(300) + 7) // 8 * 8, 296)]
    slow = react(SCAN, POKE, np.zeros(3), FRONT, STEP[::8], AWAY[::8], TIME[::8], Steady())[1][:, 2]
    assert slow == pytest.approx(answer(held, touch=(0.0, 0.0, 0.0)).head[::8, 2], abs=0.01)


def test_a_strong_pull_draws_the_head_and_a_weak_one_does_not() -> None:
    held = TIME.searchsorted(1.7)
    assert pushed(STEP, pull=(0.0, 3.0, -4.5))[held, :3] == pytest.approx(
        5.0 * 0.8 * np.array([0.0, 3.0, -4.5]) / np.hypot(3.0, 4.5), abs=0.01
    )
    assert pushed(STEP, pull=(0.0, 2.0, -3.0))[held, :3] == pytest.approx([0, 0, 5.0], abs=0.01)


def test_the_head_sways_a_little_from_where_the_photo_has_it() -> None:
    for seed in range(5):
        sway = answer(0 * TIME, rng=np.random.default_rng(seed)).head
        assert not sway[0].any()
        size = np.abs(sway).max(axis=0)
        assert (size <= 4 * np.array([1.5, 1.0, 0.8, 0.0060, 0.0085, 0.0050])).all() and size[0] > 0.1
        assert np.abs(np.diff(sway[:, :3], axis=0)).max() * FPS < 8  # mm/s: slow


def test_eyes_blink_before_a_touch_beside_them() -> None:
    near = answer(STEP, touch=LEFT_EYE + [0.0, 40.0, 0.0]).expressions["blink_left"]
    first = TIME[near > 0]
    assert first[0] == pytest.approx(0.5 - 0.155 + 0.01, abs=0.011)
    assert near[TIME.searchsorted(0.5)] == pytest.approx(1, abs=0.01)  # shut when the finger arrives
    far = answer(STEP, touch=LEFT_EYE + [0.0, 80.0, 0.0]).expressions["blink_left"]
    assert not far[TIME < 1.6].any()


def test_a_blink_takes_two_or_three_frames_down_and_four_up() -> None:
    t = np.arange(24) / 24
    shut = blink(t, 0.26)
    assert shut.max() > 0.98 and shut.min() == 0
    closed = np.flatnonzero(shut > 0.98)
    assert 2 <= int((shut[: closed[0]] > 0).sum()) <= 3
    assert 3 <= int((shut[closed[-1] + 1 :] > 0).sum()) <= 4


def test_both_eyes_blink_as_one_and_once_more_later() -> None:
    found = answer(STEP, touch=LEFT_EYE).expressions
    assert (found["blink_left"] == found["blink_right"]).all()
    later = found["blink_left"][TIME > 0.9]
    assert TIME[TIME > 0.9][later > 0][0] == pytest.approx(0.5 + 0.7 + 0.45 + 0.01, abs=0.011)


def test_no_finger_comes_to_an_open_eye() -> None:
    """The lids are shut before it is there, for as long as it is; the other eye's go along."""
    joints = AWAY.copy()
    there = (TIME > 0.9) & (TIME < 1.3)
    joints[there] = LEFT_EYE + np.linspace([0.0, 0.0, -9.0], [40.0, 90.0, -60.0], 21)
    found = answer(STEP, touch=(40.0, 80.0, 0.0), joints=joints).expressions
    assert found["blink_left"][there].min() > 0.99
    assert found["blink_left"][(TIME > 0.84) & (TIME < 0.9)].min() > 0.9
    assert found["blink_right"][there].min() > 0.8
    assert not found["blink_left"][TIME < 0.6].any()


PATTERNS_SHOW = [
    ("poke-nose", "nose_scrunch"), ("poke-forehead", "brow"), ("swipe-lips", "lips_part"), ("swipe-lips", "jaw"),
    ("poke-left-cheek", "wince_left"), ("pinch-left-cheek", "wince_left"), ("stroke-left-cheek", "wince_left"),
    ("pinch-nose", "nose_scrunch"),
]  # fmt: skip


@pytest.mark.parametrize(("pattern", "muscle"), PATTERNS_SHOW)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_touch_has_an_answer_of_its_own(pattern: str, muscle: str, seed: int) -> None:
    found = shown(STEP, seed, gesture=GESTURES[pattern], scan=mean_face(), touch=(45.0, 20.0, -20.0))
    assert max(np.abs(curve).max() for name, curve in found.items() if name.startswith(muscle)) > 0.2


def test_the_answer_begins_before_the_touch_peaks_with_it_and_goes() -> None:
    """Two to four frames of a film before; what is left a second after it is little."""
    for seed in range(6):
        curve = shown(STEP, seed, scan=mean_face(), touch=(45.0, 20.0, -20.0))["wince_left"]
        peak = curve.max()
        first = TIME[curve > 0.03 * peak][0]
        assert 0.5 - 5 / 24 < first < 0.5 - 2 / 24
        assert 0.4 * peak < curve[TIME.searchsorted(0.49)] < 0.9 * peak
        assert curve[TIME.searchsorted(0.52)] > 0.9 * peak
        assert 0.6 * peak < curve[TIME.searchsorted(1.7)] < 0.9 * peak  # it settles in the hold
        assert curve[TIME.searchsorted(2.75)] < 0.12 * peak


def test_a_firm_touch_shows_more_than_a_gentle_one_and_on_its_side() -> None:
    place = {"scan": mean_face(), "touch": (45.0, 20.0, -20.0)}
    gentle, firm = (shown(press * STEP, 1, **place) for press in (0.4, 1.0))
    assert firm["wince_left"].max() > 2 * gentle["wince_left"].max() > 0
    assert firm["wince_left"].max() > 3 * firm["wince_right"].max()
    assert shown(3 * STEP, 1, **place)["wince_left"].max() < 1.3 * firm["wince_left"].max()  # and no grimace


def test_a_smile_eases_under_the_touch_and_a_neutral_mouth_has_none_to_ease() -> None:
    neutral = mean_face()
    smiling = replace(neutral, controls=neutral.controls.copy())
    smiling.controls[:468] += mean_smile()
    eased = {
        name: shown(STEP, 0, scan=scan, gesture=GESTURES["poke-forehead"], touch=(0.0, -60.0, -30.0))
        for name, scan in (("neutral", neutral), ("smiling", smiling))
    }
    assert eased["smiling"]["smile_left"].min() < eased["neutral"]["smile_left"].min() - 0.3
    assert eased["smiling"]["lips_close"].max() > eased["neutral"]["lips_close"].max() + 0.25


def test_people_differ() -> None:
    found = [shown(STEP, seed, scan=mean_face(), touch=(45.0, 20.0, -20.0)) for seed in range(8)]
    sizes = {tuple(round(float(np.abs(curve).max()), 3) for curve in each.values()) for each in found}
    assert len(sizes) == 8
    again = shown(STEP, 3, scan=mean_face(), touch=(45.0, 20.0, -20.0))
    assert all((again[name] == found[3][name]).all() for name in again)


def test_an_idle_face_moves_a_little_from_where_the_photo_has_it() -> None:
    found = answer(0 * TIME, scan=mean_face(), rng=np.random.default_rng(2)).expressions
    moving = [curve for name, curve in found.items() if not name.startswith("blink")]
    assert all(curve[0] == 0 for curve in moving)
    assert 0.02 < max(np.abs(curve).max() for curve in moving) < 0.45
    assert max(np.abs(np.diff(curve)).max() * FPS for curve in moving) < 1.2  # slow


def test_lids_that_are_shut_do_not_squint() -> None:
    found = answer(STEP, touch=LEFT_EYE + [0.0, 40.0, 0.0]).expressions
    blinking = found["blink_left"] > 0.999
    assert blinking.any() and found["squint_left"][blinking] == pytest.approx(0, abs=2e-3)
    assert found["squint_left"].max() > 0.2
