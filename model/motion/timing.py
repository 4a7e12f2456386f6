"""When things happen: minimum-jerk phases of a clip, varied by the seed."""

from dataclasses import dataclass

import numpy as np

from model.scene import F64


@dataclass(frozen=True)
class Timing:
    """Moments as shares of the clip."""

    touch: float  # first contact
    firm: float  # full pressure
    ease: float  # pressure begins to fall
    release: float  # last contact
    gone: float  # the hand is back down


def minimum_jerk(x: F64 | float) -> F64:
    """0 → 1 with zero speed and acceleration at both ends (Flash and Hogan 1985)."""
    s = np.clip(x, 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s**2), dtype=np.float64)


def ramp(t: F64 | float, start: float, end: float) -> F64:
    """Minimum-jerk step from `start` to `end`."""
    return minimum_jerk((np.asarray(t, dtype=np.float64) - start) / (end - start))


def choose_timing(act: float, rng: np.random.Generator) -> Timing:
    """Timing of a gesture whose contact takes the share `act`: seeds vary start, length and haste."""
    touch = 0.29 + rng.uniform(-0.035, 0.045)
    length = act * rng.uniform(0.92, 1.1)
    release = min(touch + length, 0.80)
    firm = touch + rng.uniform(0.065, 0.095)
    ease = release - rng.uniform(0.06, 0.085)
    return Timing(touch, firm, ease, release, min(release + rng.uniform(0.27, 0.33), 1.10))
