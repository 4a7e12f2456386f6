"""The baked arm and hand.

Hand frame, in mm: origin at the wrist, x radial (to the thumb), y distal, z dorsal; the subject's left hand.
Bone frames: columns are the flexion axis (radial), the bone's direction (distal), dorsal.
Made by `assets/bake_hand.py`; the credit is in the file and in `HandModel.credit`.
"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

import numpy as np

from model.scene import F32, F64, I32, U8

ASSETS: Final = Path(__file__).resolve().parents[2] / "assets"


@dataclass(frozen=True)
class HandModel:
    """Mesh, skeleton and shape axes of one hand at rest, in the hand frame."""

    vertices: F64  # (n, 3) mm
    normals: F64  # (n, 3) unit, outward
    triangles: I32  # (t, 3) counter-clockwise from outside; open only at the end of the upper arm
    uv: F32  # (m, 2) 0..1, v downwards, of texture corners
    uv_triangles: I32  # (t, 3) the texture corners of each triangle
    bone_index: I32  # (n, 4) into model.body.BONES
    bone_weight: F32  # (n, 4) summing to 1
    knuckle_bone: I32  # (n,) finger bone whose flexion raises the knuckle under this vertex
    knuckle_height: F32  # (n,) mm at 90 degrees
    part: U8  # (n,) index into FINGERS, FOREARM_PART or SLEEVE_PART
    parents: I32  # (18,) parent bone, −1 for the palm
    joints: F64  # (18, 3) mm, where each bone begins
    frames: F64  # (18, 3, 3) rest frames
    fingertips: F64  # (5, 3) mm, where the last bones end
    pad: I32  # (5,) vertex in the middle of each fingertip's pad
    tip: I32  # (5,) vertex that touches first in a poke
    axes: tuple[
        str, ...
    ]  # names of the shape axes: sex (−1 female, 1 male), age (0 .. 1 old), build (−1 thin, 1 heavy)
    shape_vertices: F32  # (a, n, 3) mm at 1
    shape_joints: F32  # (a, 18, 3) mm at 1
    length: float  # mm from the wrist to the tip of the straight middle finger
    credit: str


@lru_cache(maxsize=1)
def load_hand() -> HandModel:
    """The adult mean hand of `assets/hand.npz`."""
    with np.load(ASSETS / "hand.npz", allow_pickle=False) as file:
        data = {name: file[name] for name in file.files}
    return HandModel(
        vertices=data["vertices"].astype(np.float64),
        normals=data["normals"].astype(np.float64),
        triangles=data["triangles"],
        uv=data["uv"],
        uv_triangles=data["uv_triangles"],
        bone_index=data["bone_index"].astype(np.int32),
        bone_weight=data["bone_weight"],
        knuckle_bone=data["knuckle_bone"].astype(np.int32),
        knuckle_height=data["knuckle_height"],
        part=data["part"],
        parents=data["parents"].astype(np.int32),
        joints=data["joints"],
        frames=data["frames"],
        fingertips=data["fingertips"],
        pad=data["pad"],
        tip=data["tip"],
        axes=tuple(str(name) for name in data["axes"]),
        shape_vertices=data["shape_vertices"].astype(np.float32),
        shape_joints=data["shape_joints"],
        length=float(data["length"]),
        credit=str(data["credit"]),
    )
