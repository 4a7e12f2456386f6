"""What sets one person's hands apart, drawn from what the photo tells of the person and from the clip's seed."""

from dataclasses import dataclass
from typing import Final
from zlib import crc32

import numpy as np

from annotation.taxonomy import REGIONS
from model.optics import SKIN_BRIGHTNESS, TO_LINEAR
from model.scene import FaceScan

from .texture import darkness

GROWN: Final = 16.0  # years, from which hands are an adult's
YOUNG, OLD = 24.0, 70.0  # years, from which hands begin to show age, and at which they show all of it
LOOKED, BEARDED, SEX_VARIES = 0.8, 0.7, 0.2  # of a hand's sex: by the face, by a beard, and how much hands differ
BEARD_FROM, BEARD_SPAN = 0.08, 0.15  # share of the lower face under hair, from which it is a beard
TOWARDS_CAMERA: Final = np.array([0.0, 0.0, -1.0])
BRIGHTEST, WELL_LIT, LEAST_EXPOSED = 99.3, 0.45, 0.12  # percentile, and the linear light that it is in a good photo
SHOWN, ENOUGH = 0.5, 300  # of a mask, and pixels from which a percentile is taken
WHO_PX: Final = 4  # every so many pixels of the photo tell who it is
SEED: Final = 0x48414E44  # so that a clip's other draws are not these


@dataclass(frozen=True)
class Person:
    """What the photo tells."""

    age: float = 30.0  # years
    sex: float = 0.0  # −1 the face looks a woman's .. 1 a man's
    beard: float = 0.0  # share of chin and jaw that hair covers
    dark: float = 0.0  # 0 light skin .. 1 dark
    who: int = 0  # differs from photo to photo, so that two people's clips of one seed differ


@dataclass(frozen=True)
class Character:
    """Strengths of what shows on one hand; 1 is plain to see."""

    seed: int  # of what lies where
    sex: float  # −1 a woman's .. 1 a man's
    age: float  # 0 young .. 1 old
    dark: float  # 0 light skin .. 1 dark
    years: float
    folds: float
    wrinkles: float
    veins: float
    tendons: float
    knuckles: float
    flush: float
    blotches: float
    photographs: float
    pores: float
    freckles: float
    spots: float
    hair: float


def person_of(scan: FaceScan) -> Person:
    """Age, sex, beard and tone of the person in a photo; the same for the mirrored photo."""
    lower = np.isin(scan.region, [REGIONS.index(name) for name in ("chin", "left_jaw", "right_jaw")])
    height, width = scan.image.shape[:2]
    x, y = np.clip(scan.pixels[lower].astype(int), 0, [width - 1, height - 1]).T
    seen = scan.skin * scan.light.shade(TOWARDS_CAMERA)
    rows = scan.image[::WHO_PX].astype(np.uint16)
    who = crc32((rows + rows[:, ::-1]).tobytes())
    beard = float(scan.masks["beard"][y, x].mean()) if lower.any() else 0.0
    return Person(scan.age, scan.sex, beard, darkness(seen / exposure_of(scan)), who)


def exposure_of(scan: FaceScan) -> float:
    """How bright the photo is, 1 for a well exposed one: by the brightest of skin and eyes, which shine alike."""
    bright = scan.image[(scan.masks["skin"] > SHOWN) | (scan.masks["eyes"] > SHOWN)]
    if len(bright) < ENOUGH:
        return 1.0
    seen = np.percentile(TO_LINEAR[bright] @ SKIN_BRIGHTNESS, BRIGHTEST)
    return float(np.clip(seen / WELL_LIT, LEAST_EXPOSED, 1.0))


def draw_character(person: Person, seed: int) -> Character:
    """The hand of a person: equal seeds, equal hands."""
    rng = np.random.default_rng((seed, person.who, SEED))
    beard = float(np.clip((person.beard - BEARD_FROM) / BEARD_SPAN, 0, 1))
    looked = LOOKED * person.sex
    sex = float(np.clip(looked + beard * (BEARDED - looked) + SEX_VARIES * rng.normal(), -1, 1))
    grown = float(np.clip((person.age - 8) / (GROWN - 8), 0, 1))
    old = float(np.clip((person.age - YOUNG) / (OLD - YOUNG), 0, 1))

    def vary(usual: float, spread: float, least: float = 0.0) -> float:
        return float(grown * max(usual + spread * rng.normal(), least))

    return Character(
        seed=int(rng.integers(2**32)), sex=sex, age=old, dark=person.dark, years=person.age,
        folds=0.35 + vary(0.25 + 0.2 * old, 0.12),
        wrinkles=0.45 + vary(0.45 + 0.4 * old + 0.08 * sex, 0.10),
        veins=vary(0.30 + 0.25 * sex + 0.55 * old, 0.14, 0.02),
        tendons=vary(0.40 + 0.2 * sex + 0.35 * old, 0.14, 0.02),
        knuckles=0.3 + vary(0.4 + 0.1 * sex + 0.15 * old, 0.12),
        flush=0.3 + vary(0.35, 0.22),
        blotches=0.4 + vary(0.35, 0.15),
        photographs=0.55 + vary(0.35 + 0.2 * old, 0.12),
        pores=0.5 + vary(0.4 + 0.15 * sex + 0.2 * old, 0.12),
        freckles=float(rng.random() < 0.3) * (1 - person.dark) * vary(0.5, 0.2),
        spots=vary(1.2 * (old - 0.45), 0.2),
        hair=beard * vary(0.6, 0.25),
    )  # fmt: skip
