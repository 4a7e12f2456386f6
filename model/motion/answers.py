"""What the face does about a touch: which muscles, how much, from when on. It begins before the contact.

Strengths are of FaceScan.expressions. "own" is the touched side, "other" the other one; a touch of the middle is half
of each side's. People differ: the seed draws how much, how early, which of two ways, and how the face idles.
"""

from dataclasses import dataclass
from typing import Final, Literal

import numpy as np

from model.body import LANDMARKS
from model.face.muscles import teeth_shown
from model.face.smile import smile_of
from model.motion.timing import ramp
from model.scene import F64, FaceScan

Kind = Literal["poke", "pinch", "stroke", "swipe"]
Strengths = dict[str, float]

LEAD_S, MOUTH_LATER_S = (0.16, 0.22), 0.03  # before the contact the answer begins; the mouth's after the brows'
BRACED: Final = 0.7  # of the answer is there when the finger arrives
SEEN_S: Final = 0.02  # after it the bracing is whole
SETTLED_S, SETTLED = 0.6, 0.78  # the answer falls to this share while the touch goes on, with this time constant
FADES_S: Final = (0.22, 0.42)  # time constant after the touch
PEOPLE, MUSCLES = (1.15, 1.65), (0.75, 1.25)  # factors that seeds draw: of all of the answer, of each muscle
SOFT_MAX: Final = 5.0  # exponent by which bracing passes into pressing
LARGEST: Final = 1.25  # press that a face answers at most
SMILE_EASES: Final[dict[Kind, float]] = {"poke": 0.92, "pinch": 0.95, "stroke": 0.80, "swipe": 0.90}  # of it
EASES_VARIES: Final = (0.9, 1.1)  # factor of it that seeds draw
MOST_SMILE: Final = 1.35  # that is read from a photo
LIPS_EASE: Final = 0.92  # of a smile's easing that brings the lips together
EASES_S, EASED_S = (0.34, 0.46), 0.10  # before the contact a smile begins to go, and after it is gone
COMES_BACK_S, COMES_BACK = (0.7, 1.0), (0.45, 0.75)  # how long it takes to return after the touch, and how much of it
AMUSED, AMUSED_UNDER, AMUSED_S = (0.25, 0.6), 0.35, (0.45, 0.75)  # smile after a touch, of whom, how soon it is there
IDLE: Final[Strengths] = {
    "smile": 0.035, "brow_raise": 0.09, "mouth_aside": 0.07, "manner_1": 0.10, "manner_2": 0.08, "manner_3": 0.08,
    "lips_press": 0.10,
}  # fmt: skip
IDLE_HZ: Final = 0.12, 0.55

OF_REGION: Final[dict[str, tuple[Strengths, ...]]] = {  # ways to answer a poke; the seed chooses one
    "cheek": (
        {"wince_own": 0.75, "squint": 0.30, "mouth_away": 0.60, "lips_press": 0.45, "brow_lower": 0.41},
        {"wince_own": 0.50, "smile_own": 0.30, "smile": 0.22, "squint": 0.30, "mouth_away": 0.30, "brow_raise": 0.41},
    ),
    "nose": (
        {"nose_scrunch": 0.95, "squint": 0.5, "brow_lower": 0.61, "lips_press": 0.25},
        {"nose_scrunch": 0.75, "squint": 0.45, "smile": 0.28, "brow_raise": 0.41},
    ),
    "forehead": (
        {"brow_raise": 1.08, "lips_press": 0.35, "squint": 0.1},
        {"brow_lower": 1.15, "squint": 0.45, "mouth_away": 0.25, "lips_press": 0.3},
    ),
    "chin": (
        {"lips_part": 0.1, "jaw": 0.12, "brow_raise": 0.47},
        {"lips_press": 0.8, "brow_lower": 0.47, "squint": 0.3, "mouth_away": 0.25},
    ),
    "jaw": ({"wince_own": 0.4, "mouth_away": 0.5, "jaw": 0.2, "brow_lower": 0.34},),
    "lips": (
        {"lips_part": 0.65, "jaw": 0.4, "brow_raise": 0.41, "smile": -0.12},
        {"lips_part": 0.45, "jaw": 0.3, "brow_lower": 0.34, "squint": 0.25, "smile": 0.12},
    ),
    "eye": ({"squint": 0.4, "brow_lower": 0.68, "wince_own": 0.3},),
}
OF_KIND: Final[dict[Kind, tuple[float, Strengths]]] = {  # how much of that, and what besides
    "poke": (1.0, {}),
    "pinch": (1.1, {"squint": 0.2, "lips_press": 0.2, "brow_lower": 0.20}),
    "stroke": (0.72, {"half": 0.12, "smile": 0.28, "brow_raise": 0.2}),
    "swipe": (0.8, {"half": 0.08, "smile": 0.2, "brow_raise": 0.16}),
}
PARTS: Final = {
    "cheek": "cheek", "nose_tip": "nose", "nose_bridge": "nose", "forehead": "forehead", "temple": "forehead",
    "brow": "forehead", "chin": "chin", "jaw": "jaw", "upper_lip": "lips", "lower_lip": "lips", "eye": "eye",
}  # fmt: skip
LIDS: Final = 0.55  # of what the tables say of the lids: eyes that droop look tired, not touched
EARLY: Final = ("brow", "squint", "half", "nose")  # what begins first


@dataclass(frozen=True)
class Touched:
    """The touch as a person feels and sees it coming."""

    kind: Kind
    regions: tuple[str, ...]
    own_left: float  # 0 on the subject's right side .. 1 on the left
    press: F64  # (f,) 0..1.5
    time: F64  # (f,) s
    start: float  # s, of the contact


def answer_touch(scan: FaceScan, touched: Touched, rng: np.random.Generator) -> dict[str, F64]:
    """Strength (f,) of every muscle; `half` is how far the lids sink."""
    amount, more = OF_KIND[touched.kind]
    ways = OF_REGION[PARTS.get(_sideless(touched.regions[0]), "cheek")]
    way = ways[int(rng.integers(len(ways)))]
    wanted = {name: amount * way.get(name, 0.0) + more.get(name, 0.0) for name in {**way, **more}}
    person, lead, fades = rng.uniform(*PEOPLE), rng.uniform(*LEAD_S), rng.uniform(*FADES_S)
    early, late = (_envelope(touched, after, fades) for after in (lead, lead - MOUTH_LATER_S))
    out: dict[str, F64] = {}
    room = 1 - float(np.clip(_smile(scan), 0, 1))  # who smiles already smiles no more
    wanted = {name: size * (room if name.startswith("smile") else 1) for name, size in wanted.items()}
    for name in sorted(wanted):
        strength = person * rng.uniform(*MUSCLES) * wanted[name] * (LIDS if name.startswith(("squint", "half")) else 1)
        _add(out, name, strength * (early if name.startswith(EARLY) else late), touched.own_left)
    _ease_smile(out, scan, touched, rng)
    for name, size in IDLE.items():
        _add(out, name, size * _idle(touched.time, rng), touched.own_left)
    return out


def _ease_smile(out: dict[str, F64], scan: FaceScan, touched: Touched, rng: np.random.Generator) -> None:
    """A smile goes while the hand comes, stays away in the touch and returns in part; a neutral face smiles after."""
    smile = float(np.clip(_smile(scan), 0, MOST_SMILE))
    share = min(SMILE_EASES[touched.kind] * rng.uniform(*EASES_VARIES), 1.0)
    begins, back, returns = rng.uniform(*EASES_S), rng.uniform(*COMES_BACK_S), rng.uniform(*COMES_BACK)
    amused, soon = rng.uniform(*AMUSED), rng.uniform(*AMUSED_S)
    felt = min(float(touched.press.max()), 1.0)
    time, last = touched.time, _last(touched)
    gone = ramp(time, touched.start - begins, touched.start + EASED_S) * (1 - returns * ramp(time, last, last + back))
    eased = felt * share * gone
    shown = max(teeth_shown(scan.controls), min(smile, 1.0))
    _add(out, "smile", -smile * eased, touched.own_left)
    _add(out, "lips_close", LIPS_EASE * shown * eased, touched.own_left)
    if smile < AMUSED_UNDER:
        _add(out, "smile", felt * amused * ramp(time, last - 0.1, last + soon), touched.own_left)


def _last(touched: Touched) -> float:
    """When (s) the touch ends."""
    felt = np.flatnonzero(touched.press > 0)
    return float(touched.time[felt[-1]]) if len(felt) else 0.0


def _smile(scan: FaceScan) -> float:
    return smile_of(scan.controls[:LANDMARKS])


def _sideless(region: str) -> str:
    return region.removeprefix("left_").removeprefix("right_")


def _envelope(touched: Touched, lead: float, fades: float) -> F64:
    """How much of the answer there is (f,): it braces, peaks with the press, settles in the hold, fades after it."""
    time, press = touched.time, np.minimum(touched.press, LARGEST)
    peak = float(press.max())
    last = _last(touched)
    braced = BRACED * peak * ramp(time, touched.start - lead, touched.start + SEEN_S) * (time <= last)
    level = (press**SOFT_MAX + braced**SOFT_MAX) ** (1 / SOFT_MAX)
    held = np.maximum(time - float(time[int(np.argmax(press))]), 0)
    level = level * (SETTLED + (1 - SETTLED) * np.exp(-held / SETTLED_S))
    keep = float(np.exp(-(time[1] - time[0]) / fades))
    for i in range(1, len(level)):
        level[i] = max(level[i], keep * level[i - 1])
    return np.asarray(level)


def _add(out: dict[str, F64], name: str, curve: F64, left: float) -> None:
    """Add a curve to the muscles that a name of the tables stands for."""
    if name == "mouth_away":
        shares = {"mouth_aside": 1 - 2 * left}
    elif name.endswith("_own"):
        stem = name.removesuffix("_own")
        shares = {f"{stem}_left": left, f"{stem}_right": 1 - left}
    elif name.endswith("_other"):
        stem = name.removesuffix("_other")
        shares = {f"{stem}_left": 1 - left, f"{stem}_right": left}
    elif name in ("smile", "squint", "brow_raise"):
        shares = {f"{name}_left": 1.0, f"{name}_right": 1.0}
    else:
        shares = {name: 1.0}
    for muscle, share in shares.items():
        out[muscle] = out.get(muscle, np.zeros(len(curve))) + share * curve


def _idle(time: F64, rng: np.random.Generator) -> F64:
    """Slow wandering (f,) of about unit size, from 0."""
    rate, phase = rng.uniform(*IDLE_HZ, 2), rng.uniform(0, 2 * np.pi, 2)
    wave = np.sin(2 * np.pi * rate * time[:, None] + phase).sum(axis=1)
    return np.asarray(wave - wave[0])
