"""The words of the project: patterns, regions, fingers, hands. Left and right are the subject's."""

from typing import Final, Literal, get_args

Hand = Literal["left", "right"]
Finger = Literal["thumb", "index", "middle", "ring", "little", "palm"]
Category = Literal["pinch", "poke", "stroke", "swipe"]
Source = Literal["simulated", "predicted", "annotator"]
Region = Literal[
    "forehead", "left_temple", "right_temple", "left_brow", "right_brow", "left_eye", "right_eye",
    "nose_bridge", "nose_tip", "left_cheek", "right_cheek", "upper_lip", "lower_lip", "chin",
    "left_jaw", "right_jaw",
]  # fmt: skip
Pattern = Literal[
    "pinch-left-cheek", "pinch-right-cheek", "pinch-nose", "pinch-chin",
    "poke-left-cheek", "poke-right-cheek", "poke-forehead", "poke-nose", "poke-chin",
    "stroke-left-cheek", "stroke-right-cheek", "stroke-forehead", "stroke-nose", "stroke-chin",
    "swipe-left-cheek", "swipe-right-cheek", "swipe-forehead", "swipe-lips",
]  # fmt: skip

HANDS: Final[tuple[Hand, ...]] = get_args(Hand)
FINGERS: Final[tuple[Finger, ...]] = get_args(Finger)
CATEGORIES: Final[tuple[Category, ...]] = get_args(Category)
REGIONS: Final[tuple[Region, ...]] = get_args(Region)
PATTERNS: Final[tuple[Pattern, ...]] = get_args(Pattern)
NO_PATTERN: Final = "none"  # of a clip in which something else happens than one of them, as in most natural footage
OF_CLIPS: Final[tuple[str, ...]] = (*PATTERNS, NO_PATTERN)  # what labels may say
SOURCES: Final[tuple[Source, ...]] = get_args(Source)


def category(pattern: str) -> str:
    """Category of a pattern: `poke-left-cheek` is a `poke`."""
    return pattern.split("-", 1)[0]


def mirrored(word: str) -> str:
    """The same pattern, region or hand on the other side of the body; words without a side stay."""
    for here, there in (("left", "right"), ("right", "left")):
        if here in word.replace("-", "_").split("_"):
            return word.replace(here, there)
    return word
