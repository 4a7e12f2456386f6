"""What is wrong with a photo is said in one sentence; people are not refused."""

import re
from pathlib import Path

import cv2
import numpy as np
import pytest
from faces import drawn_face, padded, portrait, resized, scanned
from skimage.data import astronaut, cat, coffee

from model.errors import InputError
from model.face import CHILD, check, load_photo, scan
from model.face.age import under_age
from model.face.landmarks import find_face
from model.face.quality import doubt
from model.scene import U8


def refused(photo: U8) -> str:
    """The sentence that `check` and `scan` refuse a photo with."""
    with pytest.raises(InputError) as first:
        check(photo)
    with pytest.raises(InputError) as second:
        scan(photo, 256)
    message = str(first.value)
    assert message == str(second.value)
    assert message.endswith(".") and message.count(". ") == 0 and ":" in message
    return message


def test_finds_the_face_and_its_pose() -> None:
    found = check(astronaut())
    x0, y0, x1, y1 = found.box
    assert (170, 60, 260, 170) < (x0, y0, x1, y1) < (190, 80, 280, 190)
    assert found.landmarks.shape == (478, 2)
    assert abs(found.yaw) < 6 and abs(found.pitch) < 10 and abs(found.roll) < 8


@pytest.mark.parametrize("long_side", [200, 450, 2000, 4000])
def test_finds_the_same_landmarks_at_any_size(long_side: int) -> None:
    photo = resized(portrait(), long_side)
    scale = long_side / 300
    away = np.linalg.norm(check(photo).landmarks / scale - check(portrait()).landmarks, axis=1)
    assert away.mean() < 0.02 * 108  # of the face's height


def test_finds_a_small_face_in_a_large_photo() -> None:
    photo = padded(resized(portrait(), 200), 1500, 1300, 900, 900)
    found = check(photo)
    assert 1500 < found.box[0] < found.box[2] < 1700
    assert any("soft" in note for note in found.notes)


@pytest.mark.parametrize("turn", [-25, 25])
def test_takes_a_tilted_head(turn: float) -> None:
    matrix = cv2.getRotationMatrix2D((150, 130), turn, 0.8)
    photo = cv2.warpAffine(portrait(), matrix, (300, 300), borderMode=cv2.BORDER_REPLICATE)
    assert check(photo).roll == pytest.approx(check(portrait()).roll - turn, abs=4)


@pytest.mark.parametrize(
    "change",
    [
        lambda p: (255 * (p / 255.0) ** 2.2).astype(np.uint8),
        lambda p: (255 * (p / 255.0) ** 0.5).astype(np.uint8),
        lambda p: np.repeat(p.mean(axis=2, keepdims=True), 3, axis=2).astype(np.uint8),
        lambda p: cv2.GaussianBlur(p, (0, 0), 2.0),
        lambda p: np.clip(p * np.linspace(1.4, 0.3, p.shape[1])[None, :, None], 0, 255).astype(np.uint8),
        lambda p: cv2.imdecode(cv2.imencode(".jpg", p, [cv2.IMWRITE_JPEG_QUALITY, 15])[1], cv2.IMREAD_COLOR),
        lambda p: np.ascontiguousarray(p[:, ::-1]),
    ],
    ids=["dark", "bright", "grey", "blurred", "lit from a side", "compressed", "mirrored"],
)
def test_does_not_refuse_a_person_for_the_photo(change) -> None:  # type: ignore[no-untyped-def]
    photo = change(portrait())
    check(photo)
    assert doubt(find_face(photo)) < 0.8


def test_takes_the_largest_of_two_faces_and_says_so() -> None:
    small = padded(resized(portrait(), 200), 50, 50, 0, 100)
    photo = np.concatenate([small, portrait()], axis=1)
    found = check(photo)
    assert found.box[0] > 300
    assert "Two faces: the largest is used." in found.notes
    assert "Two faces: the largest is used." in scan(photo, 256).notes


@pytest.mark.parametrize(
    ("photo", "says"),
    [
        (coffee(), "No face"),
        (cat(), "face"),
        (np.full((300, 300, 3), 127, np.uint8), "No face"),
        (np.random.default_rng(0).integers(0, 256, (300, 300, 3), dtype=np.uint8), "No face"),
        (np.ascontiguousarray(np.rot90(portrait())), "turn the photo upright"),
        (np.ascontiguousarray(portrait()[::-1, ::-1]), "turn the photo upright"),
        (padded(resized(portrait(), 100), 200, 200, 200, 200), "px high"),
        (np.ascontiguousarray(portrait()[:, 155:]), "cut off|No face|covered|person"),
        (np.ascontiguousarray(portrait()[100:]), "cut off|No face"),
    ],
    ids=[
        "coffee",
        "cat",
        "grey",
        "noise",
        "on its side",
        "upside down",
        "small",
        "half a face",
        "no forehead",
    ],
)
def test_says_what_is_wrong(photo: U8, says: str) -> None:
    assert re.search(says, refused(photo))


def test_refuses_a_drawing() -> None:
    assert "face" in refused(drawn_face())


@pytest.mark.parametrize("colour", [(120, 170, 200), (25, 25, 28), (240, 240, 240)], ids=["blue", "black", "white"])
def test_refuses_a_face_behind_a_mask(colour: tuple[int, int, int]) -> None:
    photo = astronaut()
    landmarks = check(photo).landmarks
    outline = landmarks[[123, 50, 6, 280, 352, 361, 397, 379, 152, 150, 172, 132]]
    cv2.fillPoly(photo, [outline.astype(np.int32)], colour)
    assert "covered" in refused(photo)


def test_refuses_a_hand_on_the_face_and_says_where(hand_on_face: Path) -> None:
    photo = load_photo(hand_on_face)
    assert "take your hand from your face" in refused(photo)
    for picture, left in ((photo, 196), (np.ascontiguousarray(photo[:, ::-1]), 384 - 310)):
        with pytest.raises(InputError) as error:
            check(picture)
        assert error.value.place == pytest.approx((left, 156, left + 114, 311), abs=25)


def test_a_hand_beside_the_face_is_no_hand_on_it(hand_on_face: Path) -> None:
    """The same hand, cut out with what is around it, stands two hands' breadths away."""
    photo = padded(portrait(), 0, 300, 0, 0)
    photo[60:280, 400:560] = load_photo(hand_on_face)[160:380, 224:384]
    check(photo)


def test_asks_about_parents_for_a_child_only(monkeypatch: pytest.MonkeyPatch) -> None:
    found = find_face(astronaut())
    assert under_age(astronaut(), found.landmarks) < 0.02
    assert not check(astronaut()).child
    monkeypatch.setattr("model.face.age.under_age", lambda *_: 0.6)
    asked = check(astronaut())
    assert asked.child and CHILD in asked.notes
    assert CHILD in scan(astronaut(), 256).notes


def test_the_age_does_not_depend_on_size_or_place() -> None:
    usual = under_age(astronaut(), find_face(astronaut()).landmarks)
    for photo in (resized(astronaut(), 1200), padded(astronaut(), 300, 100, 50, 0)):
        assert under_age(photo, find_face(photo).landmarks) == pytest.approx(usual, abs=0.01)


def test_refuses_a_face_turned_too_far() -> None:
    """A landmark set turned by 50° in space stands for the photo."""
    from dataclasses import replace

    from scipy.spatial.transform import Rotation

    from model.face.quality import check_face

    photo = padded(portrait(), 200, 200)
    found = find_face(photo)
    centre = found.landmarks.mean(axis=0)
    for angle in (50, -50):
        turned = (found.landmarks - centre) @ Rotation.from_euler("y", angle, degrees=True).as_matrix().T + centre
        with pytest.raises(InputError, match="turned .* to the side"):
            check_face(photo, replace(found, landmarks=turned))


def test_says_nothing_on_the_terminal() -> None:
    import subprocess
    import sys

    code = "from skimage.data import astronaut; from model.face import scan; scan(astronaut(), 256)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_is_safe_from_many_threads() -> None:
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(8) as pool:
        boxes = set(pool.map(lambda _: check(portrait()).box, range(16)))
    assert len(boxes) == 1
    assert scanned().notes is not None
