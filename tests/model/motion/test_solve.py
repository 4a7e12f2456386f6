"""The arm's pose for asked places: a real hand before a flat face."""

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pytest
from flat import FRONT, flat_face

from model.body import BONES
from model.hand import LIMITS, POINT, TWO_FINGERS, fingertips, landmarks, load_hand, pose_bones
from model.motion.residuals import elbow_at
from model.motion.solve import SHOULDER, Goal, Pose, Surroundings, hand_frame, solve_pose, surroundings_of

MODEL = load_hand()
FLAT = flat_face(120.0, 6.0)
BODY = Surroundings(FLAT.vertices, FLAT.normals, SHOULDER)
FRAME = hand_frame((-0.62, -0.66, 0.42), (0.45, -0.30, -0.84))


def goal(points: Any = ((25.0, 20.0, 0.0),), fingers: tuple[str, ...] = ("index",), **fields: Any) -> Goal:
    """A fingertip on the flat face, its pad or point facing it."""
    asked = Goal(
        fingers=fingers, points=np.array(points), facing=np.tile(-FRONT, (len(fingers), 1)), strict=1.6, tip=True,
        preset=POINT, rotation=FRAME, elbow_out=0.3,
    )  # fmt: skip
    return replace(asked, **fields)


def start(asked: Goal) -> Pose:
    """As a first guess has it: the hand straight before its goal."""
    return Pose(asked.rotation, asked.points[0] + asked.rotation.apply([0.0, -165.0, 20.0]), asked.preset)


def solved(asked: Goal, **fields: Any) -> Pose:
    return solve_pose(MODEL, fields.pop("body", BODY), asked, fields.pop("start", start(asked)), **fields)


@cache
def poke() -> Pose:
    return solved(goal())


def bones(pose: Pose) -> tuple[np.ndarray, np.ndarray]:
    return pose_bones(MODEL, pose.angles, pose.rotation.as_matrix(), pose.position)


def within_limits(pose: Pose) -> bool:
    return bool(((pose.angles >= LIMITS[:, 0] - 1.5) & (pose.angles <= LIMITS[:, 1] + 1.5)).all())


def elbow_error(pose: Pose, asked: Goal) -> float:
    """Degrees between the forearm and the way from wrist to elbow."""
    elbow = elbow_at(pose.position, SHOULDER, np.array([asked.elbow_out, 1.0, -0.10]))
    span = (elbow - pose.position) / np.linalg.norm(elbow - pose.position)
    return float(np.degrees(np.arccos(-bones(pose).rotation[BONES.index("forearm")][:, 1] @ span)))


@pytest.mark.parametrize("place", [(25.0, 20.0, 0.0), (-20.0, 30.0, 0.0), (30.0, -30.0, 0.0)])
def test_a_fingertip_is_put_where_asked_within_its_limits(place: tuple[float, float, float]) -> None:
    pose = solved(goal([place]))
    point, facing = (found[1] for found in fingertips(MODEL, bones(pose), tip=True))
    assert np.linalg.norm(point - place) < 1.0
    assert facing @ -FRONT > 0.8
    assert within_limits(pose)


def test_two_fingers_are_put_side_by_side() -> None:
    places = np.array([[16.0, 10.0, 0.0], [33.0, 8.0, 0.0]])
    asked = goal(
        places[::-1], ("index", "middle"), tip=False, preset=TWO_FINGERS,
        rotation=hand_frame((-0.40, -0.85, 0.30), (0.50, -0.12, -0.85)),
    )  # fmt: skip
    pose = solved(asked)
    pads = fingertips(MODEL, bones(pose))[0][[1, 2]]
    assert np.linalg.norm(pads - places[::-1], axis=1).max() < 1.5 and within_limits(pose)


def test_the_same_question_has_the_same_answer() -> None:
    again = solved(goal())
    assert (again.angles == poke().angles).all() and (again.position == poke().position).all()


def test_a_start_beside_it_reaches_the_same_place() -> None:
    first = start(goal())
    pose = solved(goal(), start=replace(first, position=first.position + [15.0, -10.0, -8.0]))
    point = fingertips(MODEL, bones(pose), tip=True)[0][1]
    assert np.linalg.norm(point - goal().points[0]) < 1.0


def test_the_forearm_goes_to_the_elbow() -> None:
    assert elbow_error(poke(), goal()) < 20
    stiff = Pose(FRAME, start(goal()).position, POINT)
    assert elbow_error(poke(), goal()) < elbow_error(stiff, goal())
    low, lifted = poke(), solved(goal(elbow_out=1.4))
    raised = bones(lifted).rotation[BONES.index("forearm")][:, 1]
    assert elbow_error(lifted, goal(elbow_out=1.4)) < 20
    assert -raised[0] > -bones(low).rotation[BONES.index("forearm")][0, 1] + 0.05  # the elbow is farther to the side


def test_the_hand_is_held_as_the_gesture_holds_it() -> None:
    off = poke().rotation * FRAME.inv()
    assert np.degrees(off.magnitude()) < 20
    assert np.abs(poke().angles - POINT)[8:].max() < 25  # fingers


def test_other_fingers_keep_clear_of_the_face() -> None:
    """The thumb, which would run into it, is held as far as bones keep from skin."""

    def nearest(body: Surroundings) -> float:
        return float(landmarks(MODEL, bones(solved(goal(), body=body)))[[*range(1, 7), *range(9, 21)], 2].max())

    assert nearest(BODY) == pytest.approx(-14, abs=0.2)
    assert nearest(Surroundings(FLAT.vertices - [0.0, 0.0, 6.0], FLAT.normals, SHOULDER)) == pytest.approx(-20, abs=0.5)
    assert nearest(Surroundings(FLAT.vertices + [0.0, 0.0, 200.0], FLAT.normals, SHOULDER)) > -10  # nothing in its way


def test_a_joint_that_is_bent_too_far_is_brought_back() -> None:
    bent = POINT.copy()
    bent[9] = 60.0  # the index finger's spread, which ends at 18
    pose = solved(goal(preset=bent))
    assert within_limits(replace(pose, angles=np.where(np.arange(24) == 9, 0, pose.angles)))
    assert pose.angles[9] < 35


def test_an_anchor_holds_a_pose_to_where_it_began() -> None:
    asked = replace(goal(), points=goal().points + [6.0, 0.0, 0.0])
    free, held, fast = (solved(asked, start=poke(), anchor=anchor) for anchor in (0.0, 8.0, 60.0))
    moved = [np.linalg.norm(pose.position - poke().position) for pose in (free, held, fast)]
    assert moved[0] == pytest.approx(6.0, abs=1.0) and moved[0] > moved[1] + 0.5 > moved[2] + 0.5 and moved[2] < 2
    little = solved(asked, start=poke(), anchor=0.35)
    assert np.linalg.norm(fingertips(MODEL, bones(little), tip=True)[0][1] - asked.points[0]) < 0.3


def test_a_frame_points_and_faces_as_told() -> None:
    turn = hand_frame((0.0, -2.0, 0.0), (0.3, 0.5, -1.0)).as_matrix()
    assert turn[:, 1] == pytest.approx([0, -1, 0])
    assert turn[:, 2] == pytest.approx(np.array([0.3, 0, -1]) / np.hypot(0.3, 1))
    assert np.linalg.det(turn) == pytest.approx(1)


def test_the_body_is_a_coarse_face_and_a_shoulder() -> None:
    rim = (np.abs(FLAT.vertices[:, 0]) > 40).astype(float)
    body = surroundings_of(replace(FLAT, skirt=rim))
    assert np.abs(body.vertices[:, 0]).max() <= 40 and len(body.vertices) == np.ceil((rim == 0).sum() / 8)
    assert body.normals == pytest.approx(np.tile(FRONT, (len(body.vertices), 1)))
    assert body.shoulder == pytest.approx(FLAT.vertices[:468].mean(axis=0) + [165, 275, 95])
