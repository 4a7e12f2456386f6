"""When things happen: minimum-jerk phases of a clip, varied by the seed."""

from dataclasses import dataclass

import numpy as np

from model.scene import F64

# Shares of the clip, and what seeds may add to them
TOUCH, TOUCH_VARIES = 0.29, (-0.035, 0.045)
LENGTH_VARIES, LAST_RELEASE = (0.92, 1.1), 0.80  # of a gesture's own length, and when it must be over
FIRM_AFTER, EASE_BEFORE = (0.065, 0.095), (0.06, 0.085)  # the first contact, the last contact
GONE_AFTER, LAST_GONE = (0.27, 0.33), 1.10  # the last contact; beyond the clip's end the hand is still in view


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
    touch = TOUCH + rng.uniform(*TOUCH_VARIES)
    length = act * rng.uniform(*LENGTH_VARIES)
    release = min(touch + length, LAST_RELEASE)
    firm = touch + rng.uniform(*FIRM_AFTER)
    ease = release - rng.uniform(*EASE_BEFORE)
    return Timing(touch, firm, ease, release, min(release + rng.uniform(*GONE_AFTER), LAST_GONE))
