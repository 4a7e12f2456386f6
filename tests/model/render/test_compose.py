"""The last step of a picture: what is left alone, what is blended, darkened and given grain, pixel by pixel."""

from typing import Any

import numpy as np
import pytest

from model.optics import SHADOW_TINT, TO_DISPLAY, TO_LINEAR
from model.render.compose import Grain, Layer, Photo, Tone, finish_frame

H, W = 24, 32
PHOTO = np.random.default_rng(0).integers(0, 256, (H, W, 3), np.uint8)
ALL = np.ones((H, W), np.float32)
QUIET = np.zeros((8, 8), np.float32)
ABSENT = np.zeros((0, 0, 4), np.float32)
TONE = Tone(TO_LINEAR, TO_DISPLAY, SHADOW_TINT)


def finished(photo: np.ndarray = PHOTO, **parts: Any) -> np.ndarray:
    """The picture of a photo on which nothing lies, but for the `parts` given."""
    given = {"shading": ALL, "light": ALL, "hand": ABSENT, "at": (0, 0), "grain": QUIET, "roll": (0, 0)} | parts
    return finish_frame(
        Photo(photo, given["shading"], given["light"]), Layer(given["hand"], *given["at"]),
        Grain(given["grain"], *given["roll"]), TONE,
    )  # fmt: skip


def grey(level: int) -> np.ndarray:
    return np.full((H, W, 3), level, np.uint8)


def square(colour: tuple[float, float, float], alpha: float) -> np.ndarray:
    """A premultiplied layer of 6 × 10 px."""
    return np.tile(np.array([*(alpha * np.array(colour)), alpha], np.float32), (6, 10, 1))


def display(linear: np.ndarray | float) -> np.ndarray:
    return 255 * np.clip(linear, 0, 1) ** (1 / 2.2)


def test_a_photo_that_nothing_touches_comes_out_bit_for_bit() -> None:
    grain = np.full((8, 8), 40, np.float32)
    assert (finished(grain=grain) == PHOTO).all()
    assert (finished(hand=square((1, 1, 1), 0.0), at=(5, 5), grain=grain) == PHOTO).all()


def test_only_pixels_under_the_layer_change() -> None:
    out = finished(hand=square((0.9, 0.1, 0.4), 1.0), at=(20, 4), grain=np.full((8, 8), 3, np.float32))
    box = np.zeros((H, W), bool)
    box[4:10, 20:30] = True
    assert (out[~box] == PHOTO[~box]).all() and (out[box] != PHOTO[box]).any(axis=1).all()


def test_a_layer_that_hangs_over_the_edge_is_cut() -> None:
    out = finished(grey(0), hand=square((1, 1, 1), 1.0), at=(-4, -2))
    assert (out[:4, :6] == 255).all() and not out[4:].any() and not out[:, 6:].any()
    out = finished(grey(0), hand=square((1, 1, 1), 1.0), at=(W - 3, H - 2))
    assert (out[-2:, -3:] == 255).all() and not out[:-2].any() and not out[:, :-3].any()


@pytest.mark.parametrize("alpha", [0.25, 0.5, 0.8])
def test_layers_are_blended_in_linear_light(alpha: float) -> None:
    colour = (0.7, 0.3, 0.05)
    out = finished(grey(128), hand=square(colour, alpha), at=(0, 0))[0, 0]
    under = (128 / 255) ** 2.2
    assert out == pytest.approx(display((1 - alpha) * under + alpha * np.array(colour)), abs=0.75)


def test_what_covers_all_hides_all() -> None:
    colour = np.array([0.7, 0.3, 0.05])
    out = finished(hand=square(tuple(colour), 1.0), at=(3, 3))[3:9, 3:13]
    assert (out == out[0, 0]).all() and out[0, 0] == pytest.approx(display(colour), abs=0.75)


def test_every_level_survives_the_way_to_light_and_back() -> None:
    """Light that is left but for a hair is worked out, and comes to the same level."""
    ramp = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    almost = np.full((1, 256), 1 - 1e-6, np.float32)
    out = finished(ramp, shading=np.ones((1, 256), np.float32), light=almost)
    assert np.abs(out.astype(int) - ramp).max() <= 1 and (out[:, 16:] == ramp[:, 16:]).all()


def test_a_shadow_takes_blue_before_red() -> None:
    """Skin that loses a third of its light: red loses the least, or it would read as a bruise."""
    out = finished(grey(180), light=np.full((H, W), 2 / 3, np.float32))[5, 5]
    under = (180 / 255) ** 2.2
    assert out == pytest.approx(display(under * (1 - np.array([0.90, 1.01, 1.06]) / 3)), abs=0.75)
    assert out[0] > out[1] > out[2]


def test_relighting_brightens_every_channel_alike_and_darkens_as_a_shadow_does() -> None:
    bright = finished(grey(120), shading=np.full((H, W), 1.3, np.float32))[5, 5]
    assert bright == pytest.approx(display(1.3 * (120 / 255) ** 2.2 * np.ones(3)), abs=0.75)
    dark = finished(grey(120), shading=np.full((H, W), 0.7, np.float32))
    assert (dark == finished(grey(120), light=np.full((H, W), 0.7, np.float32))).all()
    both = finished(grey(120), shading=np.full((H, W), 0.7, np.float32), light=np.full((H, W), 0.5, np.float32))[5, 5]
    assert both == pytest.approx(display((120 / 255) ** 2.2 * (1 - 0.65 * np.array([0.90, 1.01, 1.06]))), abs=0.75)
    assert (finished(grey(250), shading=np.full((H, W), 1.4, np.float32)) == 255).all()  # and clips


def test_grain_lies_on_the_hand_by_how_much_of_it_is_seen() -> None:
    grain = np.random.default_rng(1).normal(size=(8, 8)).astype(np.float32) * 9
    rolled = np.roll(grain, (-3, -5), (0, 1))
    tiled = np.tile(rolled, (H // 8, W // 8))[4:10, 7:17]
    for alpha in (1.0, 0.5):
        layer = square((0.2, 0.2, 0.2), alpha)
        plain, grainy = (
            finished(grey(90), hand=layer, at=(7, 4), grain=noise, roll=(3, 5)).astype(float)[4:10, 7:17]
            for noise in (QUIET, grain)
        )
        added = (grainy - plain).mean(axis=2)
        assert added == pytest.approx(alpha * tiled, abs=1.0)
        assert np.abs(added - alpha * tiled).mean() < 0.35
    shadow = finished(grey(90), light=0.5 * ALL, grain=grain)
    assert (shadow == shadow[0, 0]).all()  # the photo has grain of its own
