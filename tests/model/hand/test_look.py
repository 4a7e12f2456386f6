"""How hands look: each person's own, in the skin's colours, with nails, and without what the person has not."""

from dataclasses import replace

import numpy as np
import pytest

from model.hand import Character, HandTextures, Person, albedo_map, draw_character, gloss_map, paint_textures
from model.hand.asset import ASSETS
from model.hand.atlas import load_atlas

SIDE = 384
LIGHT, DARK = np.array([0.60, 0.37, 0.27]), np.array([0.115, 0.058, 0.034])


def textures_of(person: Person, seed: int = 1) -> HandTextures:
    return paint_textures(draw_character(person, seed), SIDE)


def back_of(textures: HandTextures) -> np.ndarray:
    """Where there is back of the hand without a nail."""
    y = load_atlas(SIDE).points[..., 1]
    return (textures.palm < 0.05) & (textures.nail == 0) & textures.covered & (y > 10) & (y < 90)


def fine(image: np.ndarray, where: np.ndarray) -> np.ndarray:
    """What of an image is finer than 4 texels, centred."""
    import cv2

    out = (image - cv2.GaussianBlur(image, (0, 0), 4))[where]
    return np.asarray(out - out.mean())


def test_the_model_says_what_it_was_computed_from() -> None:
    with np.load(ASSETS / "hand_look.npz") as file:
        credit = str(file["credit"])
    assert "MakeHuman" in credit and "CC0" in credit and "Hafnia" in credit and "MIT" in credit
    assert (ASSETS / "hand_look.npz").stat().st_size < 2e6


def test_equal_people_and_seeds_have_equal_hands() -> None:
    one, two = textures_of(Person(who=7)), textures_of(Person(who=7))
    for name in vars(one):
        assert np.array_equal(getattr(one, name), getattr(two, name))


@pytest.mark.parametrize("other", [(Person(who=8), 1), (Person(who=7), 2)], ids=["another person", "another clip"])
def test_hands_differ_in_all_but_their_anatomy(other: tuple[Person, int]) -> None:
    one, two = textures_of(Person(who=7)), textures_of(*other)
    where = back_of(one) & back_of(two)
    for name in ("melanin", "blood"):
        a, b = (fine(getattr(x, name), where) for x in (one, two))
        assert abs(np.corrcoef(a, b)[0, 1]) < 0.4


def test_age_shows_and_beards_go_with_hair() -> None:
    young = [draw_character(Person(age=20), seed) for seed in range(30)]
    old = [draw_character(Person(age=70), seed) for seed in range(30)]
    child = draw_character(Person(age=6), 0)
    for name in ("wrinkles", "veins", "tendons"):
        assert np.mean([getattr(c, name) for c in old]) > 1.4 * np.mean([getattr(c, name) for c in young])
    assert child.veins == child.tendons == child.spots == 0
    assert all(c.hair == 0 for c in young + old)
    assert draw_character(Person(age=30, beard=0.4), 0).hair > 0.1
    for man in (Person(beard=0.4), Person(sex=0.9)):
        assert min(draw_character(man, seed).sex for seed in range(30)) > 0
    assert max(draw_character(Person(sex=-0.9), seed).sex for seed in range(30)) < 0


@pytest.mark.parametrize(("tone", "least"), [(LIGHT, 1.0), (DARK, 1.9)], ids=["light", "dark"])
def test_palms_are_lighter_than_backs_and_most_so_on_dark_skin(tone: np.ndarray, least: float) -> None:
    textures = textures_of(Person(dark=1.0 if tone is DARK else 0.0))
    albedo = albedo_map(textures, tone)
    bright, back = albedo.mean(2), back_of(textures)
    palm = (textures.palm > 0.95) & textures.covered
    assert np.median(bright[palm]) > least * np.median(bright[back])
    assert np.median(bright[back]) == pytest.approx(np.mean(tone), rel=0.15)
    hue = [np.median(albedo[where, 0] / albedo[where, 2]) for where in (palm, back)]
    assert hue[0] < hue[1]  # and less saturated


def test_from_back_to_palm_is_a_slow_way() -> None:
    """No hard edge: the palm's colour comes over some millimetres."""
    textures, atlas = textures_of(Person(dark=1.0)), load_atlas(SIDE)
    inner = textures.covered & np.roll(textures.covered, 1, 1) & (atlas.points[..., 1] > 0) & (atlas.inner > 0.3)
    jump = np.abs(textures.palm - np.roll(textures.palm, 1, 1))[inner] / atlas.spacing[..., 0][inner]
    assert np.percentile(jump, 99.5) < 0.25  # of the whole way, a mm


def test_nails_are_pinker_than_skin_and_shine_and_end_before_the_finger_does() -> None:
    character = draw_character(Person(who=3), 3)
    textures, atlas = paint_textures(character, SIDE), load_atlas(SIDE)
    albedo, gloss = albedo_map(textures, LIGHT), gloss_map(textures)
    plate = (textures.nail > 0.95) & (textures.edge < 0.05) & (textures.lunula < 0.05)
    back = back_of(textures)
    pink = [np.median(albedo[where, 0] / albedo[where, 1]) for where in (plate, back)]
    assert pink[0] > 1.02 * pink[1]
    assert np.median(gloss[plate]) > np.median(gloss[back]) + 0.3
    for tip in atlas.fingertips:
        nail = textures.nail.ravel()[tip.texels] > 0.5
        assert 10 < nail.sum() < 0.4 * len(nail)
        assert tip.local[nail, 1].max() < tip.local[:, 1].max() - 0.5


def test_nails_vary_by_person() -> None:
    sizes = [(textures_of(Person(who=who)).nail > 0.5).sum() for who in range(6)]
    assert np.ptp(sizes) > 0.05 * np.mean(sizes)


def test_a_grey_photo_has_a_grey_hand() -> None:
    albedo = albedo_map(textures_of(Person()), np.full(3, 0.3))
    assert np.abs(albedo - albedo.mean(axis=2, keepdims=True)).max() < 1e-3 * albedo.max()


def test_hair_is_on_the_arm_and_not_on_the_palm() -> None:
    bare = draw_character(Person(beard=0.4), 0)
    with_hair, without = (paint_textures(replace(bare, hair=h), SIDE).melanin for h in (1.0, 0.0))
    atlas, textures = load_atlas(SIDE), paint_textures(bare, SIDE)
    more = with_hair - without
    arm = textures.covered & (atlas.points[..., 1] < -30) & (textures.palm < 0.05)
    fingers = textures.covered & (atlas.points[..., 1] > 90)
    assert more[arm].mean() > 0.003
    assert more[fingers].max() < 1e-6


def character_of(who: int) -> Character:
    return draw_character(Person(who=who), 0)


def test_relief_is_unit_and_flat_off_the_hand() -> None:
    textures = paint_textures(character_of(1), SIDE)
    assert np.allclose(np.linalg.norm(textures.normal, axis=2), 1, atol=1e-5)
    assert (textures.normal[~textures.covered] == [0, 0, 1]).all()
