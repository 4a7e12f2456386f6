"""When things happen: minimum-jerk phases of a clip, varied by the seed."""

from dataclasses import dataclass

import numpy as np

from model.scene import F64

# Shares of the clip, and what seeds may add to them
TOUCH, TOUCH_VARIES = 0.29, (-0.035, 0.045)
LENGTH_VARIES, LAST_RELEASE = (0.9, 1.12), 0.69  # of a gesture's own length, and when it must be over
FIRM_AFTER, EASE_BEFORE = (0.06, 0.095), (0.055, 0.08)  # the first contact, the last contact
CLOSED_AFTER = (0.13, 0.17)  # the first contact: a pinch is firm once it has closed
GONE_AFTER, LAST_GONE = (0.30, 0.36), 1.03  # the last contact; at the clip's end the hand is all but there
SWELL, SWELLS = (0.06, 0.16), (0.8, 1.7)  # share by which a hold slackens, and how often while it lasts
SWELL_ENDS = 0.75  # of the hold, from where it dies away


@dataclass(frozen=True)
class Timing:
    """Moments as shares of the clip."""

    touch: float  # first contact
    firm: float  # full pressure
    ease: float  # pressure begins to fall
    release: float  # last contact
    gone: float  # the hand is back down
    swell: float = 0.0  # share of the pressure by which a hold slackens now and then
    swells: float = 1.0  # how often


def minimum_jerk(x: F64 | float) -> F64:
    """0 → 1 with zero speed and acceleration at both ends (Flash and Hogan 1985)."""
    s = np.clip(x, 0.0, 1.0)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s**2), dtype=np.float64)


def ramp(t: F64 | float, start: float, end: float) -> F64:
    """Minimum-jerk step from `start` to `end`."""
    return minimum_jerk((np.asarray(t, dtype=np.float64) - start) / (end - start))


def swelling(timing: Timing, t: F64) -> F64:
    """0 .. 1 how much (f,) a hold slackens: nobody presses with a constant force."""
    held = np.clip((t - timing.firm) / (timing.ease - timing.firm), 0.0, 1.0)
    waves = np.sin(np.pi * timing.swells * held) ** 2
    return np.asarray(timing.swell * waves * (1 - ramp(held, SWELL_ENDS, 1.0)))


def choose_timing(act: float, rng: np.random.Generator, closes: bool = False) -> Timing:
    """Timing of a gesture whose contact takes the share `act`: seeds vary start, length and haste."""
    touch = TOUCH + rng.uniform(*TOUCH_VARIES)
    length = act * rng.uniform(*LENGTH_VARIES)
    release = min(touch + length, LAST_RELEASE)
    firm = touch + rng.uniform(*(CLOSED_AFTER if closes else FIRM_AFTER))
    ease = release - rng.uniform(*EASE_BEFORE)
    gone = min(release + rng.uniform(*GONE_AFTER), LAST_GONE)
    return Timing(touch, firm, ease, release, gone, rng.uniform(*SWELL), rng.uniform(*SWELLS))
