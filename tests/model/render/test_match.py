"""The hand's colour and roughness follow the photo's skin."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from flat import SIZE, flat_face

from annotation.taxonomy import REGIONS
from model.hand import exposure_of, load_hand, person_of
from model.optics import TO_LINEAR
from model.render.match import bare_neck, colour_gain, pore_contrast, skin_wanted, with_pores
from model.scene import FaceScan

SKIN, DARKER = (200, 150, 125), (180, 132, 108)
HALF = SIZE // 2


def person(neck: tuple[int, int, int] = SKIN, shirt: tuple[int, int, int] = (40, 60, 160)) -> FaceScan:
    """Cheeks in the upper half, a neck below them, a shirt at the sides of it."""
    face = flat_face(55.0, 2.0)
    cheek = np.where(face.pixels[:, 1] < HALF, REGIONS.index("left_cheek"), 255).astype(np.uint8)
    image = np.full((SIZE, SIZE, 3), SKIN, np.uint8)
    image[HALF:] = shirt
    image[HALF:, HALF - 25 : HALF + 25] = neck
    landmarks = np.zeros((478, 2), np.float32)
    landmarks[152], landmarks[168] = (HALF, HALF), (HALF, HALF - 60)  # chin and sellion
    return replace(face, image=image, region=cheek, landmarks=landmarks)


def test_the_hand_lies_between_cheek_and_neck() -> None:
    cheek, neck = TO_LINEAR[list(SKIN)], TO_LINEAR[list(DARKER)]
    wanted = skin_wanted(person(DARKER))
    assert wanted is not None
    assert (wanted < cheek).all() and (wanted > neck).all()
    assert skin_wanted(person()) == pytest.approx(cheek, rel=1e-3)


@pytest.mark.parametrize("neck", [(40, 60, 160), (25, 18, 15), (250, 250, 250)], ids=["scarf", "shadow", "collar"])
def test_what_is_no_skin_is_no_neck(neck: tuple[int, int, int]) -> None:
    assert len(bare_neck(person(neck))) == 0
    assert skin_wanted(person(neck)) == pytest.approx(TO_LINEAR[list(SKIN)], rel=1e-3)


def test_without_bare_cheeks_nothing_is_wanted() -> None:
    scan = person()
    masked = replace(scan, masks={**scan.masks, "beard": np.ones((SIZE, SIZE), np.float32)})
    assert skin_wanted(masked) is None


def test_the_gain_brings_the_back_of_the_hand_to_what_is_wanted() -> None:
    model = load_hand()
    back = int(np.flatnonzero(model.normals[model.triangles[:, 0], 2] > 0.9)[0])
    index = np.full((40, 40), back, np.int32)
    rgba = np.tile(np.array([0.2, 0.1, 0.05, 1.0], np.float32), (40, 40, 1))
    wanted = np.array([0.3, 0.14, 0.06])
    assert rgba[0, 0, :3] * colour_gain(model, index, rgba, wanted) == pytest.approx(wanted, rel=1e-5)
    assert colour_gain(model, np.full((40, 40), -1, np.int32), rgba, wanted).tolist() == [1, 1, 1]


def test_a_dark_photo_is_not_dark_skin() -> None:
    scan = flat_face(image=np.full((SIZE, SIZE, 3), 220, np.uint8))
    dim = flat_face(image=np.full((SIZE, SIZE, 3), 70, np.uint8), skin=0.12 * scan.skin)
    dark = replace(scan, skin=0.12 * scan.skin)  # but its eyes are bright
    assert exposure_of(scan) == 1 and exposure_of(dim) < 0.2
    assert person_of(scan).dark < 0.2 and person_of(dim).dark < 0.4
    assert person_of(dark).dark > 0.8


def test_both_ways_round_it_is_the_same_person() -> None:
    scan = person()
    shaded = scan.image.copy()
    shaded[:, :HALF] //= 2
    one, two = (person_of(replace(scan, image=np.ascontiguousarray(i))) for i in (shaded, shaded[:, ::-1]))
    assert one.who == two.who != person_of(scan).who


def rough_face(levels: float) -> FaceScan:
    noise = cv2.GaussianBlur(np.random.default_rng(0).normal(size=(SIZE, SIZE)).astype(np.float32), (0, 0), 1.0)
    grey = 150 + levels * noise / noise.std()
    return flat_face(image=np.repeat(grey[..., None], 3, axis=2).astype(np.uint8), grain=0.5)


def test_smooth_faces_have_smooth_hands_and_rough_ones_rough() -> None:
    hand = np.tile(np.array([0.3, 0.3, 0.3, 1.0], np.float32), (SIZE, SIZE, 1))
    contrasts = [pore_contrast(rough_face(levels), hand, 1, 0.5) for levels in (0.0, 2.0, 4.0)]
    assert contrasts[0] == 0 < 0.01 < contrasts[1] < contrasts[2]
    assert contrasts[2] == pytest.approx(2 * contrasts[1], rel=0.15)


def test_pores_are_the_hand_s_own_and_leave_its_hue() -> None:
    plain = np.tile(np.array([0.4, 0.2, 0.1, 0.3], np.float32), (256, 256, 1))
    one, same, other = (with_pores(plain, 0.1, seed) for seed in (1, 1, 2))
    assert np.array_equal(one, same) and not np.array_equal(one, other)
    assert one[..., 3] == pytest.approx(plain[..., 3])
    assert one[..., 0] / one[..., 1] == pytest.approx(np.full((256, 256), 2.0), rel=1e-4)
    assert with_pores(plain, 0.0, 1) is plain
