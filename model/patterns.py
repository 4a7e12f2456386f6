"""The 18 patterns as data, told for the left hand on the subject's left side or in the middle.

The paper names four categories and the number 18 (arXiv 2504.10905); the list and the gestures are ours. Places are
means of MediaPipe Face Mesh landmarks; directions are in camera axes (X viewer's right, Y down, Z away).
"""

from dataclasses import dataclass
from typing import Literal

from annotation.taxonomy import PATTERNS, Finger, Region, mirrored

Place = tuple[int, ...]  # landmarks whose mean is meant
Direction = tuple[float, float, float]


@dataclass(frozen=True)
class Gesture:
    """How one pattern is done."""

    fingers: tuple[Finger, ...]  # that touch, the leading one first
    path: tuple[Place, ...]  # of the middle of the fingers; a pinch has one place a finger instead
    regions: tuple[Region, ...]
    preset: Literal["POINT", "PINCH", "FLAT", "TWO_FINGERS"]  # model.hand.pose
    points: Direction  # where the hand points: wrist to knuckles
    back: Direction  # where its back faces
    depth: float  # mm of indentation at intensity 1, where the tissue allows it
    friction: float
    act: float  # share of the clip between the first and the last touch
    tip: bool = False  # the fingertip touches, not the pad
    pull: Direction = (0.0, 0.0, 0.0)  # mm that a pinch draws the skin
    close: float = 0.0  # mm that a pinch leaves between its pads
    squeeze: bool = False  # the pads come from opposite sides, as on a nose, and press on them
    facing: float = 1.6  # how strictly the pads face the skin
    elbow_out: float = 0.3  # how far the elbow is lifted to the side


_TOLD: dict[str, Gesture] = {
    "poke-left-cheek": Gesture(
        fingers=("index",), path=((425, 411, 427),), regions=("left_cheek",), preset="POINT", tip=True,
        points=(-0.62, -0.66, 0.42), back=(0.45, -0.30, -0.84), depth=9.5, friction=0.85, act=0.42,
    ),
    "stroke-left-cheek": Gesture(
        fingers=("index", "middle"), path=((280, 425, 347, 346), (425, 352), (411, 425), (427, 411, 416)),
        regions=("left_cheek",), preset="TWO_FINGERS",
        points=(-0.40, -0.85, 0.30), back=(0.50, -0.12, -0.85), depth=4.6, friction=0.5, act=0.44,
    ),
    "swipe-left-cheek": Gesture(
        fingers=("middle", "index", "ring"), path=((425, 427), (425, 411, 280), (411, 352), (352, 366, 411)),
        regions=("left_cheek",), preset="FLAT",
        points=(-0.52, -0.80, 0.28), back=(0.45, -0.16, -0.88), depth=3.5, friction=0.4, act=0.22,
    ),
    "pinch-left-cheek": Gesture(
        fingers=("thumb", "index"), path=((352, 280, 411), (427, 426, 425)),
        regions=("left_cheek",), preset="PINCH", facing=3.5,
        points=(-0.60, -0.72, 0.28), back=(-0.22, 0.38, -0.92), depth=1.8, friction=1.1, act=0.44,
        pull=(2.5, 1.0, -5.0), close=8.0, elbow_out=0.1,
    ),
    "pinch-nose": Gesture(
        fingers=("thumb", "index"), path=((440, 344, 438), (220, 115, 198)),
        regions=("nose_tip", "nose_bridge"), preset="PINCH",
        points=(-0.45, -0.85, 0.10), back=(-0.50, 0.30, -0.80), depth=4.0, facing=3.0,
        squeeze=True, friction=1.0, act=0.42,
        pull=(0.0, 2.0, -3.0), close=24.0,
    ),
    "pinch-chin": Gesture(
        fingers=("thumb", "index"), path=((262, 369, 396, 428), (32, 140, 171, 208)), regions=("chin",),
        preset="PINCH", facing=2.0,
        points=(-0.50, -0.80, 0.02), back=(-0.60, 0.30, -0.70), depth=1.8, elbow_out=0.4, friction=1.1, act=0.44,
        pull=(0.0, 3.0, -4.0), close=9.0,
    ),
    "poke-forehead": Gesture(
        fingers=("index",), path=((337, 299, 151),), regions=("forehead",), preset="POINT", tip=True,
        points=(-0.76, -0.58, 0.22), back=(-0.10, 0.22, -0.95), depth=2.0, friction=0.6, act=0.40, elbow_out=0.4,
    ),
    "poke-nose": Gesture(
        fingers=("index",), path=((4, 5, 4),), regions=("nose_tip",), preset="POINT", tip=True,
        points=(-0.56, -0.75, 0.32), back=(0.20, 0.00, -0.95), depth=3.4, friction=0.7, act=0.40, elbow_out=0.3,
    ),
    "poke-chin": Gesture(
        fingers=("index",), path=((199, 200, 428),), regions=("chin",), preset="POINT", tip=True,
        points=(-0.72, -0.62, 0.28), back=(0.10, 0.05, -0.95), depth=3.8, friction=0.7, act=0.40, elbow_out=0.5,
    ),
    "stroke-forehead": Gesture(
        fingers=("index", "middle"), path=((151, 10), (151, 337), (337, 299), (299, 332)), regions=("forehead",),
        preset="TWO_FINGERS",
        points=(-0.85, -0.42, 0.28), back=(0.15, -0.12, -0.97), depth=1.8, friction=0.45, act=0.44, elbow_out=0.55,
    ),
    "stroke-nose": Gesture(
        fingers=("index",), path=((6, 197), (197, 195), (195, 5), (5, 4)), regions=("nose_bridge", "nose_tip"),
        preset="POINT",
        points=(-0.54, -0.76, 0.28), back=(0.10, 0.05, -0.98), depth=1.6, friction=0.45, act=0.44, elbow_out=0.3,
    ),
    "stroke-chin": Gesture(
        fingers=("index", "middle"), path=((208, 171, 200), (200, 199), (199, 428), (262, 428, 369)),
        regions=("chin",), preset="TWO_FINGERS",
        points=(-0.60, -0.74, 0.24), back=(0.00, 0.05, -0.95), depth=2.4, friction=0.5, act=0.44, elbow_out=0.4,
    ),
    "swipe-forehead": Gesture(
        fingers=("middle", "index", "ring"), path=((10, 151, 338), (338, 337, 151), (338, 297, 299), (297, 332, 299)),
        regions=("forehead",), preset="FLAT",
        points=(-0.86, -0.40, 0.30), back=(0.20, -0.20, -0.95), depth=1.6, friction=0.35, act=0.26, elbow_out=1.2,
    ),
    "swipe-lips": Gesture(
        fingers=("index",), path=((37, 84), (0, 17, 37), (0, 17, 13), (0, 17, 267), (267, 314)),
        regions=("upper_lip", "lower_lip"), preset="POINT",
        points=(-0.70, -0.60, 0.30), back=(0.45, -0.34, -0.82), depth=2.4, friction=0.4, act=0.20, elbow_out=0.6,
    ),
}  # fmt: skip

GESTURES: dict[str, Gesture] = {
    name: _TOLD[mirrored(name) if "right" in name.split("-") else name] for name in PATTERNS
}
