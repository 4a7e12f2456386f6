"""Light and colour: display and linear values, brightness, the tints of skin, and the terms of a hand under a lamp.

The renderer draws by them, and the network's coarse composite repeats them: a change here changes clips, so the
physics engine's version (`model/version.py`) goes up with it.
"""

from typing import Final, NamedTuple

import numpy as np

from model.scene import F32, F64, U8

GAMMA: Final = 2.2  # of the pictures: display = linear ** (1 / GAMMA)
STEPS: Final = 8192  # of the table from linear to display
TO_LINEAR: Final[F32] = ((np.arange(256) / 255.0) ** GAMMA).astype(np.float32)
TO_DISPLAY: Final[F32] = (255.0 * (np.arange(STEPS + 1) / STEPS) ** (1 / GAMMA)).astype(np.float32)

LUMINANCE: Final[F64] = np.array([0.2126, 0.7152, 0.0722])  # of linear RGB (ITU-R BT.709)
SKIN_BRIGHTNESS: Final[F64] = np.array([0.3, 0.6, 0.1])  # of linear RGB, red weighted up: skins are told apart by it

SHADOW_TINT: Final[F32] = np.array([0.90, 1.01, 1.06], np.float32)  # skin's darkening by channel: equal is a bruise
# The same as the coarse composite has it, to which shipped weights are corrections: to be one with the above when new
# weights are trained.
COARSE_SHADOW_TINT: Final[F32] = np.array([0.72, 1.04, 1.18], np.float32)


class MattSkin(NamedTuple):
    """How a matt hand takes the light of a lamp of strength s: 1 − s · dimmed + s · lamp · (wrapped cosine)."""

    wrap: F64  # (3,) light that bleeds past the terminator, by channel
    leak: float  # share of the lamp's light that bounces into its shadow
    dimmed: float  # what a lamp of strength 1 takes from the light all around
    lamp: float  # and what it gives
    least: float  # of the light that is left anywhere


MATT: Final = MattSkin(wrap=np.array([0.30, 0.22, 0.16]), leak=0.3, dimmed=0.62, lamp=2.1, least=0.06)


def srgb_to_linear(image: U8) -> F32:
    """Linear RGB 0..1 of 8-bit sRGB (IEC 61966-2-1): what a photo means, where GAMMA is what a clip is drawn by."""
    value = np.arange(256) / 255
    table = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    return np.asarray(table[image])
