"""What one free clip shows: which part of the hand comes how near to which place, and what it does there."""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from annotation.taxonomy import FINGERS
from model.body import RAYS
from model.hand import ANGLES, LIMITS
from model.scene import F64

Part = Literal["pads", "tips", "palm", "knuckles"]
Act = Literal["rest", "tap", "rub", "pat", "hover", "pass"]

PARTS: Final[dict[Part, float]] = {"pads": 0.58, "tips": 0.12, "palm": 0.16, "knuckles": 0.14}  # how often
ACTS: Final[dict[Act, float]] = {"rest": 0.30, "tap": 0.17, "rub": 0.28, "pat": 0.13, "pass": 0.12}
GROUPS: Final[dict[tuple[str, ...], int]] = {  # how often, beside each other: people rest and rub with several fingers
    ("index",): 3, ("middle",): 1, ("ring",): 1, ("little",): 1, ("thumb",): 1, ("thumb", "index"): 2,
    ("index", "middle"): 3, ("middle", "ring"): 2, ("ring", "little"): 1, ("index", "middle", "ring"): 4,
    ("middle", "ring", "little"): 3, ("index", "middle", "ring", "little"): 5,
}  # fmt: skip
NEAR_MISS: Final = 0.4  # share of the clips in which nothing touches
GAPS_MM: Final = (3.0, 100.0)  # of a near miss, drawn evenly in the logarithm
FRAMES: Final = 20
RATES: Final = (10, 12, 15, 20)


@dataclass(frozen=True)
class FreeTouch:
    """One clip to make; lengths in mm, times in seconds."""

    part: Part
    fingers: tuple[str, ...]  # that are meant to touch, the leading one first; none of palm and knuckles
    act: Act
    gap: float  # 0 where it touches, else how near it comes
    angles: F64  # (24,) degrees
    fps: int
    begins: float  # when it is there, may lie before the clip
    ends: float  # when it goes, may lie after the clip
    swing: float  # how far a tap lifts, how far a rub goes
    hertz: float  # of taps and rubs
    towards: float  # direction of a rub on the skin, rad
    seed: int


def draw_touch(seed: int) -> FreeTouch:
    """The clip of a number; the same number gives the same clip."""
    rng = np.random.default_rng((seed, 12))
    part: Part = rng.choice(list(PARTS), p=list(PARTS.values()))
    act: Act = rng.choice(list(ACTS), p=list(ACTS.values()))
    often = np.array(list(GROUPS.values())) / sum(GROUPS.values())
    fingers = list(GROUPS)[rng.choice(len(GROUPS), p=often)] if part in ("pads", "tips") else ()
    if part == "tips":
        fingers = fingers[:1]
    gap = float(np.exp(rng.uniform(*np.log(GAPS_MM)))) if rng.random() < NEAR_MISS else 0.0
    fps = int(rng.choice(RATES))
    length = FRAMES / fps
    begins = float(rng.uniform(-0.5, 0.45)) * length
    ends = begins + float(rng.uniform(0.4, 1.3)) * length
    swing = float(rng.uniform(8, 35) if act in ("tap", "pat") else rng.uniform(4, 28))
    return FreeTouch(
        part, fingers, act, gap, draw_angles(part, fingers, rng), fps, begins, ends, swing,
        float(rng.uniform(0.7, 3.5)), float(rng.uniform(0, 2 * np.pi)), seed,
    )  # fmt: skip


def draw_angles(part: Part, fingers: tuple[str, ...], rng: np.random.Generator) -> F64:
    """Joint angles (24,) of a hand held so that this part can touch: what touches is stretched, the rest as it may."""
    idle, much = rng.uniform(0, 1), rng.uniform(0.3, 1.0)
    bent = {"pads": (18, 22, 12), "tips": (25, 42, 28), "palm": (10, 16, 9), "knuckles": (66, 88, 45)}[part]
    out = np.zeros(len(ANGLES))
    for i, name in enumerate(ANGLES):
        ray, _, joint = name.partition("_")
        if ray in RAYS[1:] and joint in ("mcp", "pip", "dip"):
            row = ("mcp", "pip", "dip").index(joint)
            stretched = ray in fingers or part in ("palm", "knuckles")
            mean = bent[row] * rng.uniform(0.6, 1.3) if stretched else ((20, 26, 14)[row] + idle * (42, 58, 36)[row])
            out[i] = mean + rng.normal(0, 5)
        elif joint == "spread":
            out[i] = rng.normal(2, 4)
    thumb = np.array([8, 14, 10, 12, 14]) + much * (np.array([14, 18, 14, 10, 20]) if "thumb" not in fingers else 4)
    out[3:8] = thumb + rng.normal(0, 5, 5)
    out[:3] = rng.normal(0, (16, 9, 18))
    return np.clip(out, LIMITS[:, 0], LIMITS[:, 1])


def height_curve(touch: FreeTouch, t: F64, rng: np.random.Generator) -> tuple[F64, F64]:
    """How high (f,) mm the hand is over its nearest place, and how far (f,) 0..1 it is away, at times `t` (f,) s."""
    takes = rng.uniform(0.18, 0.5, 2)
    away = 1 - _ramp((t - touch.begins + takes[0]) / takes[0]) * (1 - _ramp((t - touch.ends) / takes[1]))
    lifted = np.zeros(len(t))
    if touch.act in ("tap", "pat"):
        wave = np.clip(1.6 * np.sin(2 * np.pi * touch.hertz * (t - touch.begins)) + 0.3, 0, None)
        lifted = touch.swing * wave * (1 - away)
    height = touch.gap + lifted + 26.0 * away
    if touch.gap:
        height = height + 0.12 * touch.gap * np.sin(2 * np.pi * 0.4 * t + rng.uniform(0, 6))
    return np.asarray(height, np.float64), np.asarray(away, np.float64)


def slide_curve(touch: FreeTouch, t: F64, rng: np.random.Generator) -> F64:
    """How far (f, 2) mm the hand is moved over the skin, along and across its way."""
    along = np.zeros(len(t))
    if touch.act == "rub":
        along = touch.swing * np.sin(2 * np.pi * touch.hertz / 2 * t)
    elif touch.act == "pass":
        along = rng.choice([-1, 1]) * (t - t.mean()) * rng.uniform(30, 160)
    across = rng.uniform(-0.3, 0.3) * along + rng.uniform(0, 3) * np.sin(2 * np.pi * touch.hertz * t)
    return np.stack([along, across], axis=1)


def finger_number(name: str) -> int:
    """Index into FINGERS, which is the ray's too."""
    return FINGERS.index(name)


def _ramp(x: F64) -> F64:
    """0 → 1 with minimum jerk."""
    s = np.clip(x, 0, 1)
    return np.asarray(s**3 * (10 - 15 * s + 6 * s**2))
