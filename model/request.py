"""What a user asks for, checked before any work is done."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Literal, get_args

from annotation.taxonomy import PATTERNS
from model.errors import InputError
from model.scene import U8

Engine = Literal["physics", "interanimate"]
HandChoice = Literal["auto", "left", "right"]
Follow = Literal["maps", "joints", "pattern"]


@dataclass(frozen=True)
class Request:
    """One clip to make; InputError for values out of range."""

    pattern: str
    engine: str = "physics"
    seed: int = 0
    size: int = 512  # px, 256 .. 1024, a multiple of 16
    seconds: float = 3.0  # 1.5 .. 8
    fps: int = 24  # 8 .. 60
    intensity: float = 1.0  # 0.2 a light touch .. 1.5 a firm press
    hand: str = "auto"
    steps: int = 4  # of denoising, 1 .. 50: the interanimate engine only, as is follow
    follow: str = "maps"  # how much of the simulation is followed: maps all, joints and masks, or the pattern only

    def __post_init__(self) -> None:
        if self.pattern not in PATTERNS:
            near = get_close_matches(str(self.pattern), PATTERNS, n=1, cutoff=0.0)[0]
            raise InputError(f"There is no pattern {str(self.pattern)[:40]!r}; the nearest is {near}.")
        if self.engine not in get_args(Engine):
            raise InputError(f"There is no engine {str(self.engine)[:40]!r}; choose physics or interanimate.")
        if self.hand not in get_args(HandChoice):
            raise InputError(f"The hand is auto, left or right, not {str(self.hand)[:40]!r}.")
        if self.follow not in get_args(Follow):
            raise InputError(f"Follow maps, joints or pattern, not {str(self.follow)[:40]!r}.")
        for name, low, high in (
            ("seed", 0, 2**32 - 1),
            ("size", 256, 1024),
            ("seconds", 1.5, 8.0),
            ("fps", 8, 60),
            ("intensity", 0.2, 1.5),
            ("steps", 1, 50),
        ):
            value = getattr(self, name)
            if not low <= value <= high:  # NaN fails too
                raise InputError(f"{name} must lie between {low} and {high}, not {value}.")
        if self.size % 16:
            raise InputError(f"size must be a multiple of 16: try {round(self.size / 16) * 16}.")

    @property
    def frames(self) -> int:
        """Number of frames of the clip."""
        return round(self.seconds * self.fps)


@dataclass(frozen=True)
class Progress:
    """How far a clip is: yielded while it is made."""

    stage: str  # scan, motion, contact, render, denoise, label
    fraction: float  # of the whole, 0..1
    preview: U8 | None = None  # (h, w, 3): the moment of contact, as soon as there is one
