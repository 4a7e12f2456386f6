"""The photo, deformed and relit: every frame is one remap of the original picture, never of another frame."""

from dataclasses import dataclass

import cv2
import numpy as np

from model.contact.simulation import Simulation
from model.render.occlusion import ambient, proximity
from model.render.raster import interpolate, rasterise, vertex_normals
from model.scene import F32, F64, FaceScan

GAMMA = 2.2
TINT = np.array([0.72, 1.04, 1.18])  # darkening of skin by channel: equal channels read as a bruise


@dataclass(frozen=True)
class FaceLayer:
    """The picture without the hand."""

    linear: F32  # (h, w, 3) linear RGB
    flow: F32  # (h, w, 2) px: this(x) shows photo(x + flow)
    depth: F32  # (h, w) mm, 1e9 where there is no face mesh
    solid: F32  # (h, w) 1 on the face .. 0 on the outer ring and beyond
    touch: F32  # (h, w) 0 none, 1 + finger
    light: F32  # (h, w) light left by the hand's shadow and nearness, 1 all


@dataclass(frozen=True)
class PhotoPlate:
    """What stays the same in every frame."""

    linear: F32  # (h, w, 3) linear RGB of the photo
    movable: F32  # (h, w) 1 on the person .. 0 on the background, which stays where it is
    rest_shade: F64  # (n,) brightness of the unmoved mesh
    grid: F32  # (h, w, 2) pixel coordinates


def linearise(image: np.ndarray) -> F32:
    """Display uint8 to linear RGB 0..1."""
    table = ((np.arange(256) / 255.0) ** GAMMA).astype(np.float32)
    return table[image]


def prepare_plate(scan: FaceScan) -> PhotoPlate:
    """Constants of a scan's picture."""
    height, width = scan.image.shape[:2]
    person = cv2.dilate(scan.masks["person"], np.ones((9, 9), np.uint8))
    person = cv2.GaussianBlur(person, (0, 0), max(width / 128, 2))
    movable = np.clip((person - 0.15) / 0.5, 0, 1)
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return PhotoPlate(
        linear=linearise(scan.image),
        movable=(movable * movable * (3 - 2 * movable)).astype(np.float32),
        rest_shade=scan.light.shade(vertex_normals(scan.vertices, scan.triangles)),
        grid=np.stack([columns, rows], axis=-1),
    )


def render_face(simulation: Simulation, plate: PhotoPlate, frame: int, lit: F32, bones: F64) -> FaceLayer:
    """The photo under the skin's displacement in `frame`; `lit` (n,) shadow on vertices, `bones` capsules (k, 7)."""
    scan = simulation.scan
    vertices = simulation.face[frame].astype(np.float64)
    normals = vertex_normals(vertices, scan.triangles)
    channels = _vertex_channels(simulation, plate, frame, vertices, normals, lit, bones)
    height, width = scan.image.shape[:2]
    pixels = scan.camera.project(vertices).astype(np.float32)
    x, y = np.ascontiguousarray(pixels[:, 0]), np.ascontiguousarray(pixels[:, 1])
    depth, index, bary = rasterise(scan.triangles, x, y, vertices[:, 2].astype(np.float32), height, width)
    maps = interpolate(scan.triangles, index, bary, channels)
    inside = (index >= 0).astype(np.float32)
    # vertex coordinates count pixel corners, remap counts pixel centres
    flow = (maps[..., :2] - 0.5 - plate.grid) * (inside * plate.movable)[..., None]
    source = plate.grid + flow
    warped = cv2.remap(plate.linear, source[..., 0], source[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    shading = np.where(index >= 0, maps[..., 2], 1.0)[..., None]
    light = np.where(index >= 0, maps[..., 3], 1.0)
    dark = 1.0 - (1.0 - light[..., None]) * TINT.astype(np.float32)
    return FaceLayer(
        linear=np.maximum(warped, 0.0) * shading * dark,
        flow=flow,
        depth=depth,
        solid=np.where(index >= 0, 1.0 - maps[..., 4], 0.0).astype(np.float32),
        touch=_touched(simulation, frame, index),
        light=light.astype(np.float32),
    )


def _vertex_channels(
    simulation: Simulation, plate: PhotoPlate, frame: int, vertices: F64, normals: F64, lit: F32, bones: F64
) -> F32:
    """Rest pixel x, y; relighting; light left by the hand; skirt: (n, 5)."""
    scan = simulation.scan
    ratio = np.clip(scan.light.shade(normals) / plate.rest_shade, 0.65, 1.4)
    near = np.flatnonzero(_box_gap(vertices, bones) < 45.0)
    light = lit.astype(np.float64)
    if len(near):
        sky = ambient(vertices[near], normals[near], bones, 18.0, -1e9)
        close = proximity(vertices[near], bones, 6.0)
        light[near] *= (0.45 + 0.55 * sky) * (1.0 - 0.26 * close)
    light = 1.0 - (1.0 - light) * (1.0 - scan.skirt) ** 0.5
    return np.column_stack([scan.pixels, ratio, light, scan.skirt]).astype(np.float32)


def _box_gap(points: F64, bones: F64) -> F64:
    """Distance (n,) to the box around the capsules."""
    ends = np.concatenate([bones[:, :3], bones[:, 3:6]])
    low, high = ends.min(axis=0) - bones[:, 6].max(), ends.max(axis=0) + bones[:, 6].max()
    return np.linalg.norm(np.maximum(np.maximum(low - points, points - high), 0), axis=1)


def _touched(simulation: Simulation, frame: int, index: np.ndarray) -> F32:
    """The finger that touches each pixel's triangle: at least two of its corners."""
    corners = simulation.touch[frame][simulation.scan.triangles]
    both = np.where((corners > 0).sum(axis=1) >= 2, corners.max(axis=1), 0).astype(np.float32)
    return np.where(index >= 0, both[np.maximum(index, 0)], 0.0).astype(np.float32)
