"""What a user asks for, checked before any work is done."""

from dataclasses import dataclass, field

from annotation.taxonomy import HANDS, PATTERNS
from model.options import between, check_options, one_of
from model.scene import U8


@dataclass(frozen=True)
class Request:
    """One clip to make; InputError for values out of range. A line here is an option of every door."""

    pattern: str = field(
        metadata=one_of(
            PATTERNS,
            refusal="There is no pattern {value}; the nearest is {nearest}.",
            help="`python -m model patterns` lists the 18",
        ),
    )
    engine: str = field(
        default="physics",
        metadata=one_of(
            ("physics", "interanimate"), help="{choices}", refusal="There is no engine {value}; choose {choices}."
        ),
    )
    seed: int = field(default=0, metadata=between(0, 2**32 - 1, help="another seed, another hand and way"))
    size: int = field(
        default=512, metadata=between(256, 1024, multiple_of=16, unit="px", help="side of the picture in px")
    )
    seconds: float = field(
        default=3.0, metadata=between(1.5, 8.0, step=0.5, help="how long the clip is, {low} to {high} s")
    )
    fps: int = field(default=24, metadata=between(8, 60, help="frames a second, {low} to {high}"))
    intensity: float = field(
        default=1.0, metadata=between(0.2, 1.5, step=0.1, help="{low} a light touch .. {high} a firm press")
    )
    hand: str = field(
        default="auto",
        metadata=one_of(
            ("auto", *HANDS), help="{choices} (the subject's)", refusal="The hand is {choices}, not {value}."
        ),
    )
    camera: str = field(
        default="phone",
        metadata=one_of(
            ("still", "phone", "webcam"),
            help="{choices}: filmed with it; still to measure",
            refusal="The camera is {choices}, not {value}.",
        ),
    )
    sleeve: str = field(
        default="auto",
        metadata=one_of(
            ("auto", "bare", "long"),
            help="{choices}; auto: as the person is dressed",
            refusal="The sleeve is {choices}, not {value}.",
        ),
    )
    steps: int = field(default=4, metadata=between(1, 50, help="of denoising (interanimate)"))
    follow: str = field(
        default="maps",  # how much of the simulation is followed: maps all, joints and masks, or the pattern only
        metadata=one_of(
            ("maps", "joints", "pattern"),
            help="{choices}: how much guidance (interanimate)",
            refusal="Follow {choices}, not {value}.",
        ),
    )

    def __post_init__(self) -> None:
        check_options(self)

    @property
    def frames(self) -> int:
        """Number of frames of the clip."""
        return round(self.seconds * self.fps)


@dataclass(frozen=True)
class Progress:
    """How far a clip is: yielded while it is made."""

    stage: str  # scan, motion, contact, render, denoise, label; of a film: look
    fraction: float  # of the whole, 0..1
    preview: U8 | None = None  # (h, w, 3): the moment of contact, as soon as there is one
