"""What contact hands to rendering, labels and metrics: both surfaces in every frame."""

from dataclasses import dataclass

from model.motion.motion import Motion
from model.scene import F32, U8, FaceScan


@dataclass(frozen=True)
class Simulation:
    """A left hand touching a face, in camera millimetres; the scan's mesh is refined where they meet."""

    scan: FaceScan
    motion: Motion
    face: F32  # (f, n, 3) mm
    hand: F32  # (f, h, 3) mm
    hand_normals: F32  # (f, h, 3)
    joints: F32  # (f, 21, 3) mm, MediaPipe's order
    elbow: F32  # (f, 3) mm
    touch: U8  # (f, n) 0 none, 1 + index into FINGERS of what touches the vertex
    dent: F32  # (f, n) mm that the touch moved the skin inward
    hand_scale: float  # 1 for a hand of 187 mm
