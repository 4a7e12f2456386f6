"""The hands of a clip, measured once; outlines that are carried on by the skin under them."""

import base64
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from films_of_pictures import write
from skimage.data import astronaut

from annotation.opening import open_store
from model.body import JOINTS, LANDMARKS, WITH_IRISES
from model.face.landmarks import find_face
from model.prelabel.track import SeenHand, Sight
from studio.review import carrying
from studio.review import hands as review_hands

SIDE, FRAMES, STEP = 320, 6, 4


def floats(text: str, *shape: int) -> np.ndarray:
    return np.frombuffer(base64.b64decode(text), "<f4").reshape(shape)


def test_pads_go_with_the_hand_that_is_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hand is told as it goes; it is put into what the networks say, which have tests of their own."""
    photo = np.ascontiguousarray(astronaut()[:SIDE, 80 : 80 + SIDE])
    face = np.zeros((WITH_IRISES, 3))
    face[:LANDMARKS] = find_face(photo).landmarks[:LANDMARKS]
    face[LANDMARKS:] = find_face(photo).landmarks[LANDMARKS:WITH_IRISES]
    grid = np.stack([np.arange(JOINTS) % 5 * 9.0, 60.0 - np.arange(JOINTS) // 5 * 12, np.zeros(JOINTS)], axis=1)
    sights = [
        Sight(face, [SeenHand(grid + [100 + STEP * k, 100, 0], 0.9, grid / 1000)] if k else []) for k in range(FRAMES)
    ]
    monkeypatch.setattr(review_hands, "look", lambda _: sights)
    store = open_store(tmp_path / "data")
    video = write(tmp_path / "a.mp4", [photo] * FRAMES)
    answer = json.loads(review_hands.hands(store, "a" * 64, video))
    assert (floats(answer["mm_per_px"], FRAMES) > 0).all()
    (hand,) = answer["hands"]
    pads = floats(hand["pads"], FRAMES, 6, 4)
    assert hand["left"] and np.isnan(pads[0, 0, 0]) and floats(hand["likely"], FRAMES, 7).shape == (FRAMES, 7)
    steps = np.diff(pads[2:-1, 0, 0])
    assert steps == pytest.approx([STEP] * len(steps), abs=1.5)
    assert np.linalg.norm(pads[2, :, 2:], axis=1) == pytest.approx(np.ones(6), abs=1e-4)
    monkeypatch.setattr(review_hands, "look", lambda _: pytest.fail("it was measured"))
    assert json.loads(review_hands.hands(store, "a" * 64, video)) == answer, "once, then kept"


def test_a_clip_without_a_face_or_that_is_too_long_has_no_hands(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    blank = write(tmp_path / "b.mp4", [np.full((SIDE, SIDE, 3), 90, np.uint8)] * 2)
    assert review_hands.told(blank)["hands"] == []
    monkeypatch.setattr(review_hands, "MAX_FRAMES", 1)
    monkeypatch.setattr(review_hands, "look", lambda _: pytest.fail("it takes too long"))
    assert review_hands.told(blank)["hands"] == []


def test_an_outline_goes_with_the_skin_under_it(tmp_path: Path) -> None:
    photo = astronaut()
    pictures = []
    for k in range(FRAMES):
        turn = cv2.getRotationMatrix2D((160, 160), 2.0 * k, 1.0)
        turn[:, 2] += (3.0 * k, 0)
        pictures.append(cv2.warpAffine(photo[:SIDE, 80 : 80 + SIDE], turn, (SIDE, SIDE)))
    video = write(tmp_path / "c.mp4", pictures)
    square = ((140.0, 120.0), (180.0, 120.0), (180.0, 160.0), (140.0, 160.0))
    found = carrying.carry(video, square, 1, FRAMES - 1)
    assert found[0] == square and len(found) == FRAMES - 1
    step = cv2.getRotationMatrix2D((160, 160), 2.0 * (FRAMES - 1), 1.0) @ np.vstack(
        [cv2.invertAffineTransform(np.array(cv2.getRotationMatrix2D((160, 160), 2.0, 1.0))), [0, 0, 1]]
    )
    truth = (np.asarray(square) - [3, 0]) @ step[:, :2].T + step[:, 2] + [3.0 * (FRAMES - 1), 0]
    assert np.abs(np.asarray(found[-1]) - truth).max() < 1.5, "px"


def test_an_outline_on_nothing_stays(tmp_path: Path) -> None:
    video = write(tmp_path / "d.mp4", [np.full((SIDE, SIDE, 3), 90, np.uint8)] * 3)
    square = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0))
    assert carrying.carry(video, square, 0, 2) == [square] * 3
