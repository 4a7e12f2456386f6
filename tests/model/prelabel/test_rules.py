"""The rules, one by one, on hands made of numbers."""

import numpy as np
import pytest
from tracked import PX_PER_MM, face_track, hand_at, hand_track, mesh, times

from annotation.taxonomy import FINGERS, REGIONS
from model.body import LEFT_EYE_CORNERS, OVAL
from model.prelabel.cues import measure
from model.prelabel.ground import ground, places_of, under
from model.prelabel.rules import OUTSIDE_MM, by_rules, parts_inside

FRAMES = 10
CHEEK = 425  # a landmark of the left cheek


def judged(hands, rate: float = 25.0) -> np.ndarray:
    """Which of any, thumb .. palm (7,) the rules say in the middle frame."""
    starts = times(len(hands), rate)
    cues = measure(face_track(len(hands)), hand_track(hands), starts, 640)
    return by_rules(cues, starts)[len(hands) // 2] > 0.5


def still(place: np.ndarray, **how):
    return [hand_at(place, **how)] * FRAMES


def named(said: np.ndarray) -> set[str]:
    return {FINGERS[k] for k in np.flatnonzero(said[1:])}


def test_an_index_finger_on_the_cheek_touches():
    said = judged(still(mesh()[CHEEK, :2]))
    assert said[0] and named(said) == {"index"}


@pytest.mark.parametrize(("ray", "tip"), [(2, 12), (3, 16), (4, 20)])
def test_any_finger_may_touch_alone(ray: int, tip: int):
    assert named(judged(still(mesh()[CHEEK, :2], tip=tip, stretched=(ray,)))) == {FINGERS[ray]}


def test_several_fingers_touch_together():
    said = named(judged(still(mesh()[CHEEK, :2] + [-10, -40], tip=12, stretched=(1, 2, 3))))
    assert {"index", "middle", "ring"} <= said


@pytest.mark.parametrize(("away", "touches"), [(-8.0, True), (1.0, True), (14.0, False)])
def test_the_outline_has_a_margin(away: float, touches: bool):
    face = mesh()
    side = face[454, :2]  # beside the left ear
    # of an index finger that comes from outside, all else is farther away
    hand = hand_at(side + [away * PX_PER_MM, 0])
    turned = hand.joints.copy()
    quarter = np.array([[0, 1], [-1, 0]])  # the finger points to the viewer's left
    turned[:, :2] = (turned[:, :2] - turned[8, :2]) @ quarter.T + turned[8, :2]
    world = hand.world.copy()
    world[:, :2] = world[:, :2] @ quarter.T
    hands = [type(hand)(turned, 1.0, world)] * FRAMES
    assert judged(hands)[0] == touches


def test_each_frame_has_its_own_outline():
    """A head that turns away leaves the finger beside it."""
    face = face_track(2)
    face.landmarks[1, :, 0] -= 60 * PX_PER_MM
    spot = mesh()[CHEEK, :2]
    cues = measure(face, hand_track([hand_at(spot)] * 2), times(2), 640)
    assert (parts_inside(cues)[:, 1] > -OUTSIDE_MM).tolist() == [True, False]


@pytest.mark.parametrize(("scale", "touches"), [(1.0, True), (0.8, True), (1.45, False), (0.5, False)])
def test_a_hand_must_be_about_as_far_as_the_face(scale: float, touches: bool):
    assert judged(still(mesh()[CHEEK, :2], scale=scale))[0] == touches


@pytest.mark.parametrize(("mm_s", "touches"), [(0, True), (120, True), (220, True), (900, False)])
def test_a_hand_that_rubs_touches_and_one_that_flies_past_does_not(mm_s: float, touches: bool):
    way = (np.arange(FRAMES) - FRAMES // 2)[:, None] * np.array([0.0, mm_s * PX_PER_MM / 25.0])
    said = judged([hand_at(mesh()[CHEEK, :2] + shift) for shift in way])
    assert said[0] == touches


def test_speed_counts_less_where_a_pixel_is_wide():
    """Half a pixel of jitter a frame is no speed: of a face of 40 px, or at 120 frames a second."""
    small, rate = 0.1, 60.0
    face = face_track(FRAMES)
    tiny = type(face)(face.landmarks * small, face.standing, face.to_mm / small, face.mm_per_px / small, face.seen)
    tiny.to_mm[:, :, 2] = face.to_mm[:, :, 2]
    shake = np.array([[0.0, 0.9 * (i // 2 % 2)] for i in range(FRAMES)])
    spots = [hand_at(mesh()[CHEEK, :2]) for _ in range(FRAMES)]
    hands = [type(h)(h.joints * small + [*s, 0.0], 1.0, h.world) for h, s in zip(spots, shake, strict=True)]
    cues = measure(tiny, hand_track(hands), times(FRAMES, rate), 640)
    assert cues.speed.max() > 100
    assert by_rules(cues, times(FRAMES, rate))[FRAMES // 2, 0] > 0.5


def test_what_is_no_hand_does_not_touch():
    hand = hand_at(mesh()[CHEEK, :2])
    rng = np.random.default_rng(0)
    imagined = type(hand)(hand.joints + rng.normal(0, 60, (21, 3)), 1.0, hand.world)
    imagined.joints[8, :2] = mesh()[CHEEK, :2]
    assert not judged([imagined] * FRAMES)[0]


def test_a_hand_that_is_not_seen_does_not_touch():
    hands = still(mesh()[CHEEK, :2])
    track = hand_track(hands)
    track.joints[:] = np.nan
    track.world[:] = np.nan
    assert by_rules(measure(face_track(FRAMES), track, times(FRAMES), 640), times(FRAMES)).max() == 0


def region_at(landmark_or_place) -> str:
    place = mesh()[landmark_or_place, :2] if isinstance(landmark_or_place, int) else landmark_or_place
    hand = hand_at(place)
    hand.joints[:, :2] += place - (hand.joints[8, :2] + 0.15 * (hand.joints[7, :2] - hand.joints[8, :2]))
    face, track = face_track(1), hand_track([hand])
    places = places_of(track, measure(face, track, times(1), 640))
    return REGIONS[ground().region[under(face, places, np.array([0]))[0][0, 1]]]


def test_the_region_is_what_lies_under_the_pad():
    assert region_at(CHEEK) == "left_cheek"
    assert region_at(151) == "forehead"
    assert region_at(199) == "chin"
    assert region_at(int(OVAL[26])) in ("right_jaw", "right_temple", "right_cheek")


def test_the_side_of_the_nose_is_nose():
    """A finger beside the nose lies against it: 4 mm from the wing, where the cheek begins."""
    wing = mesh()[358, :2]
    assert region_at(wing + [3.5 * PX_PER_MM, 0]) == "nose_tip"
    assert region_at(wing + [14 * PX_PER_MM, 0]) == "left_cheek"
    assert region_at(mesh()[list(LEFT_EYE_CORNERS), :2].mean(axis=0)) == "left_eye"
