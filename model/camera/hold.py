"""How a device is held and how it measures the light: the picture's way in every frame, drawn from the seed."""

from dataclasses import dataclass

import numpy as np

from model.camera.device import Device
from model.scene import F64

DRIFT_HZ = 0.12, 0.7  # of the arms and the breath
TREMOR_HZ = 3.5, 9.0  # of the hand (physiological tremor, about 8 Hz)
EXPOSURE_HZ = 0.08, 0.5
WAVES = 4  # sines in each movement
MOST = 2.0  # standard deviations that a movement may be away from its middle


@dataclass(frozen=True)
class Shot:
    """One recording."""

    places: F64  # (f, 2, 3) from a pixel of the recording to the picture that is filmed, px
    exposure: F64  # (f,) factor on the light


def hold(device: Device, frames: int, fps: float, side: int, seed: int) -> Shot:
    """A recording of pictures `side` px wide: scaled so much that their edge never shows."""
    rng = np.random.default_rng((seed, frames, side))
    time = np.arange(frames) / fps
    slow = np.stack([_wander(time, DRIFT_HZ, rng) for _ in range(4)])
    quick = np.stack([_wander(time, TREMOR_HZ, rng) for _ in range(2)])
    shift = (device.drift * slow[:2] + device.tremor * quick) * side
    roll, breath = device.roll * slow[2], device.breath * slow[3]
    reach = MOST * (2 * (device.drift + device.tremor) + device.roll + device.breath)
    scale = (1.0 - reach) * (1.0 + breath)
    cos, sin = scale * np.cos(roll), scale * np.sin(roll)
    middle = side / 2
    places = np.empty((frames, 2, 3))
    places[:, 0] = np.stack([cos, -sin, middle - (cos - sin) * middle + shift[0]], axis=1)
    places[:, 1] = np.stack([sin, cos, middle - (sin + cos) * middle + shift[1]], axis=1)
    return Shot(places, 1.0 + device.exposure * _wander(time, EXPOSURE_HZ, rng))


def _wander(time: F64, hertz: tuple[float, float], rng: np.random.Generator) -> F64:
    """A smooth random movement (f,) of unit standard deviation, within MOST."""
    rate, phase = rng.uniform(*hertz, WAVES), rng.uniform(0, 2 * np.pi, WAVES)
    wave = np.sin(2 * np.pi * rate * time[:, None] + phase).sum(axis=1) * np.sqrt(2 / WAVES)
    return np.asarray(np.clip(wave, -MOST, MOST))
