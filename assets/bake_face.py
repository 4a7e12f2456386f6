"""Bake `face_shape.npz`: the mean face and the axes in which faces, poses and expressions differ.

`python assets/bake_face.py PHOTOS…` with frontal photos of many adults. The shipped file was made from the
Face Research Lab London Set (DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666, CC BY 4.0), 74 people.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

sys.path.insert(0, str(Path(__file__).parents[1]))

from model.body import LANDMARKS, LEFT_EYE_CORNERS, MOUTH, RIGHT_EYE_CORNERS
from model.errors import InputError
from model.face import load_photo, networks, scan
from model.face.expression import expressions
from model.face.landmarks import find_face
from model.face.pose import head_pose
from model.face.shape import ASSET, mean_shape
from model.face.topology import skirt_rings, topology
from model.mesh.raster import interpolate, rasterise
from model.scene import F64, I32, IPD_MM, U8, FaceScan

AXES = 32
TURNS = ((22, 0), (-22, 0), (36, 0), (-36, 0), (0, 18), (0, -18))  # yaw and pitch in degrees
IRIS_SPREAD = 1.04  # irises of people who look ahead are farther apart than the middles of their lids
UPPER_LIP = (0, 11, 12, 37, 267, 39, 269, 40, 270, 185, 409, 72, 302, 73, 303, 74, 304, 38, 268, 41, 271, 42,
             272, 183, 407, 184, 408, *MOUTH[0][1:-1])  # fmt: skip
LOWER_LIP = (15, 16, 17, 84, 314, 181, 405, 91, 321, 146, 375, 86, 316, 85, 315, 179, 403, 180, 404, 89, 319,
             90, 320, 96, 325, 77, 307, *MOUTH[1][1:-1])  # fmt: skip
CORNERS = (61, 291, 78, 308, 76, 306, 62, 292)


def main(paths: list[str]) -> None:
    """Write the asset: first the mean alone, then, with it, the axes."""
    photos = [load_photo(path) for path in paths]
    faces = [face[:LANDMARKS] for face in (networks.mesh(photo) for photo in photos) if face is not None]
    mean, mirror = mean_of(faces)
    old = dict(np.load(ASSET)) if ASSET.exists() else {}
    np.savez_compressed(ASSET, **{**old, "mean": mean.astype(np.float32), "mirror": mirror.astype(np.int16)})
    shapes = [shape for photo in photos for shape in shapes_of(photo)]
    rng = np.random.default_rng(0)
    shapes += [expressive(shape, rng) for shape in shapes]
    both = [*shapes, *[(s * [-1, 1, 1])[mirror] for s in shapes]]
    away = (np.array(both) - mean_shape()).reshape(len(both), -1)
    value, axis = np.linalg.eigh(away.T @ away / len(away))
    value, axis = value[::-1], axis[:, ::-1]
    np.savez_compressed(
        ASSET, mean=mean.astype(np.float32), mirror=mirror.astype(np.int16),
        axes=axis[:, :AXES].T.astype(np.float16), spread=np.sqrt(value[:AXES]).astype(np.float32),
        rest=np.float32(np.sqrt(value[AXES:].sum())),
    )  # fmt: skip


def aligned(source: F64, target: F64) -> F64:
    """The source (n, 3) moved, turned and scaled onto the target (Umeyama 1991)."""
    x, y = source - source.mean(axis=0), target - target.mean(axis=0)
    u, s, vt = np.linalg.svd(x.T @ y)
    sign = np.array([1.0, 1.0, np.sign(np.linalg.det(u @ vt))])
    return float((s * sign).sum() / (x**2).sum()) * x @ ((u * sign) @ vt) + target.mean(axis=0)


def mean_of(faces: list[F64]) -> tuple[F64, I32]:
    """Symmetric mean (468, 3) mm, upright and centred, and each landmark's partner (468,)."""
    mean = faces[0] - faces[0].mean(axis=0)
    for _ in range(5):
        mean = np.mean([aligned(face, mean) for face in faces], axis=0)
        mean -= mean.mean(axis=0)
    flipped = mean * [-1, 1, 1]
    for _ in range(4):
        distance = ((flipped[:, None] - mean[None]) ** 2).sum(axis=-1)
        mirror = linear_sum_assignment(distance)[1].astype(np.int32)
        flipped = aligned(mean * [-1, 1, 1], mean[mirror])
    for _ in range(20):
        mean = (aligned((mean * [-1, 1, 1])[mirror], mean) + mean) / 2
    right = np.linalg.svd(mean - mean[mirror])[2][0]
    right *= np.sign(right[0])
    back = np.array([0, 0, 1.0]) - right * right[2]
    back /= np.linalg.norm(back)
    mean = (mean - mean.mean(axis=0)) @ np.stack([right, np.cross(back, right), back]).T
    mean = (mean + mean[mirror] * [-1, 1, 1]) / 2
    lids = np.linalg.norm(mean[list(RIGHT_EYE_CORNERS)].mean(axis=0) - mean[list(LEFT_EYE_CORNERS)].mean(axis=0))
    return mean * IPD_MM / (IRIS_SPREAD * lids), mirror


def shapes_of(photo: U8) -> list[F64]:
    """Upright shapes (468, 3) mm that Face Mesh sees in a photo and in turned pictures made of it."""
    found = scan(photo, 512)
    views = [photo, *[turned(found, yaw, pitch) for yaw, pitch in TURNS]]
    shapes = []
    for view in views:
        try:
            landmarks = find_face(view).landmarks[:LANDMARKS]
        except InputError:
            continue
        rotation, scale, shift = head_pose(landmarks)
        shapes.append((landmarks - shift) @ rotation / scale)
    return shapes


def turned(found: FaceScan, yaw: float, pitch: float) -> U8:
    """Picture of a scanned head turned in space, over its background."""
    centre = np.array([0.0, 0.0, 40.0])
    turn = Rotation.from_euler("yx", [yaw, pitch], degrees=True).as_matrix()
    vertices = (found.vertices - centre) @ turn.T + centre
    triangles = found.triangles[found.skirt[found.triangles].max(axis=1) < 0.77]
    x, y = found.camera.project(vertices).T.astype(np.float32)
    size = found.image.shape[0]
    _, index, bary = rasterise(triangles, x, y, vertices[:, 2].astype(np.float32), size, size)
    source = interpolate(triangles, index, bary, found.pixels.astype(np.float32) - 0.5)
    picture = cv2.remap(found.image, source[..., 0], source[..., 1], cv2.INTER_CUBIC)
    return np.where(index[..., None] >= 0, picture, found.background).astype(np.uint8)


def expressive(shape: F64, rng: np.random.Generator) -> F64:
    """The shape (468, 3) with lids, brows, cheeks, jaw and lips moved at random."""
    controls = np.concatenate([shape, skirt_rings(shape)])
    fields = expressions(controls, topology(), np.eye(3))
    result = shape.copy()
    for field in fields.values():
        if rng.random() < 0.35:
            result += rng.random() * field[:LANDMARKS]
    if rng.random() < 0.6:
        result = jaw_open(result, 22 * rng.random())
    if rng.random() < 0.25:  # pursed lips
        towards = result[[13, 14]].mean(axis=0) - result
        near = np.exp(-(towards**2).sum(axis=1) / 22**2)[:, None]
        result += near * rng.random() * (0.35 * towards * [1, 0.3, 0] - [0, 0, 4])
    return result


def jaw_open(shape: F64, degrees: float) -> F64:
    """The shape with the jaw turned about the line between the ears."""
    hinge = shape[[234, 454]].mean(axis=0) + [0, 8, 0]
    turn = Rotation.from_euler("x", -degrees, degrees=True).as_matrix()
    part = 1 / (1 + np.exp(-(shape[:, 1] - shape[[13, 14], 1].mean()) / 2))
    part[list(UPPER_LIP)], part[list(LOWER_LIP)], part[list(CORNERS)] = 0.08, 1.0, 0.5
    return shape + part[:, None] * ((shape - hinge) @ turn.T + hinge - shape)


if __name__ == "__main__":
    main(sys.argv[1:])
