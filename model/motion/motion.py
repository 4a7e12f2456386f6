"""What motion hands to contact: the driven hand and the reacting head, frame by frame."""

from dataclasses import dataclass

from numpy.typing import NDArray

from annotation.taxonomy import Finger, Region
from model.scene import F32, F64


@dataclass(frozen=True)
class Motion:
    """A left hand's way to a face, in the head's frame of the photo."""

    fps: int
    fingers: tuple[Finger, ...]  # that touch
    regions: tuple[Region, ...]  # that the pattern is about
    angles: F64  # (f, 24) degrees, model.hand.pose.ANGLES
    rotation: F64  # (f, 3, 3) palm to camera axes
    position: F64  # (f, 3) mm, wrist
    pads: F64  # (f, k, 3) mm, middles of the pads that touch
    grip: NDArray  # (f,) bool: the fingers hold the skin
    squeeze: bool  # a grip presses from both sides, as on a nose
    press: F64  # (f,) 0..1 how firmly the face is meant to be touched
    friction: float  # Coulomb coefficient
    path: F64  # (k, 3) mm: where on the face the fingers go
    expressions: dict[str, F64]  # name of FaceScan.expressions → (f,) strength
    head: F64  # (f, 6) mm and radians: how the head, and the hand with it, moves in the camera's frame


@dataclass(frozen=True)
class PosedHand:
    """The hand of every frame."""

    vertices: F32  # (f, h, 3) mm
    normals: F32  # (f, h, 3)
    joints: F32  # (f, 21, 3) mm, MediaPipe's order
    elbow: F32  # (f, 3) mm
