"""A flat face and a ball for a hand: what touch does to them is known from geometry."""

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse as sparse
from shapes import plane, sphere

from model.body import JOINTS
from model.hand import HandModel, load_hand
from model.mesh.normals import vertex_normals
from model.motion.motion import Motion, PosedHand
from model.scene import NO_REGION, Camera, FaceScan, Light

SIZE, MM_PER_PX = 128, 1.0  # of the picture
NAMES = (
    *(f"{kind}_{side}" for kind in ("blink", "squint", "wince", "smile", "brow_raise") for side in ("left", "right")),
    "brow_lower", "nose_scrunch", "lips_part", "lips_close", "lips_press", "mouth_aside", "jaw",
    "manner_1", "manner_2", "manner_3",
)  # fmt: skip
FRONT = np.array([0.0, 0.0, -1.0])  # towards the camera


def flat_face(half: float = 60.0, spacing: float = 2.0, **fields: Any) -> FaceScan:
    """A square of cheek at z = 0 in a grey photo, lit from the front; `fields` replace those of the scan."""
    vertices, triangles = plane(half, spacing)
    return face_of(vertices, triangles, **fields)


def face_of(vertices: np.ndarray, triangles: np.ndarray, **fields: Any) -> FaceScan:
    """The scan of a mesh that is cheek all over."""
    n = len(vertices)
    camera = Camera(SIZE, SIZE, MM_PER_PX)
    whole, none = np.ones((SIZE, SIZE), np.float32), np.zeros((SIZE, SIZE), np.float32)
    scan = FaceScan(
        image=np.full((SIZE, SIZE, 3), 128, np.uint8),
        background=np.full((SIZE, SIZE, 3), 128, np.uint8),
        camera=camera,
        landmarks=np.zeros((478, 2), np.float32),
        controls=vertices,
        subdivision=sparse.identity(n, format="csr"),
        vertices=vertices,
        triangles=triangles,
        normals=vertex_normals(vertices, triangles),
        pixels=camera.project(vertices),
        region=np.full(n, NO_REGION, np.uint8),
        softness=np.ones(n),
        depth_limit=np.full(n, 20.0),
        skirt=np.zeros(n),
        rigid=np.zeros(n),
        expressions={name: np.zeros((n, 3)) for name in NAMES},
        rotation=np.eye(3),
        masks={
            "person": whole, "skin": whole, "hair": none, "eyes": none, "mouth": none, "glasses": none, "beard": none,
            "content": whole,
        },
        light=Light(FRONT, 0.5, np.ones(3)),
        skin=np.array([0.5, 0.3, 0.2]),
        grain=1.5,
        blur=0.5,
    )  # fmt: skip
    return replace(scan, **fields)


def motion_of(frames: int, fps: int = 24, **fields: Any) -> Motion:
    """A motion that touches the middle of the face in every frame; `fields` replace its own."""
    motion = Motion(
        fps=fps,
        fingers=("index",),
        regions=("left_cheek",),
        angles=np.zeros((frames, 24)),
        rotation=np.repeat(np.eye(3)[None], frames, axis=0),
        position=np.zeros((frames, 3)),
        pads=np.zeros((frames, 1, 3)),
        grip=np.zeros(frames, bool),
        squeeze=False,
        press=np.ones(frames),
        friction=0.5,
        path=np.zeros((1, 3)),
        expressions={},
        head=np.zeros((frames, 6)),
    )
    return replace(motion, **fields)


def ball_track(centres: np.ndarray, radius: float, rings: int = 32) -> PosedHand:
    """A ball in place of a hand, led along centres (f, 3) mm."""
    vertices, _ = sphere(radius, rings)
    moved = (vertices[None] + centres[:, None]).astype(np.float32)
    normals = np.repeat((vertices / radius)[None], len(centres), axis=0).astype(np.float32)
    joints = np.repeat(centres[:, None], JOINTS, axis=1).astype(np.float32)
    return PosedHand(moved, normals, joints, np.tile(np.float32([40.0, 200.0, -60.0]), (len(centres), 1)))


def ball_hand(radius: float, rings: int = 32, part: int = 1) -> HandModel:
    """A hand's mesh that is a ball, all of one part."""
    vertices, triangles = sphere(radius, rings)
    parts = np.full(len(vertices), part, np.uint8)
    return replace(load_hand(), vertices=vertices, normals=vertices / radius, triangles=triangles, part=parts)


def pressing(depths: np.ndarray | list[float], radius: float) -> np.ndarray:
    """Centres (f, 3) of a ball whose lowest point is `depths` mm inside the flat face."""
    return np.outer(np.asarray(depths, float) - radius, [0.0, 0.0, 1.0])
