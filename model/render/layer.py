"""The hand of one frame as a layer to lay over the photo: shaded, hidden where it is behind the face, blurred."""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from model.mesh.boxes import around
from model.mesh.normals import triangle_tangents
from model.render.blur import blur_layer, shutter_motion
from model.render.hand import WRAP, raster_hand, shade_hand, vertex_light
from model.render.occlusion import ambient
from model.render.photo import FaceLayer
from model.render.stage import HandView, Stage
from model.scene import F32, F64, I32

SELF_SKIP_MM = 2.5  # capsules this near are the point's own finger
SKY_MM = 14.0  # how far the sky over a point of the hand is looked at
BEHIND_MM = 1.2  # over this depth the hand fades behind the face's edge
SOLID = 0.6  # of FaceLayer.solid: from here on the face hides what is behind it
AIR_MM = 40.0  # from the face, over which nothing of it shows on the hand
GRID_PX = 4  # cell in which the nearest face is looked up


@dataclass(frozen=True)
class ShadedHand:
    """The hand at full sampling, before anything hides or blurs it."""

    rgba: F32  # (h·s, w·s, 4) linear
    depth: F32  # (h·s, w·s) mm
    index: I32  # (h·s, w·s) triangle or -1
    bary: F32  # (h·s, w·s, 2)


@dataclass(frozen=True)
class HandLayer:
    """The hand in one frame, cropped to its box; all zero-sized if it is out of the picture."""

    box: tuple[int, int, int, int]  # left, top, right, bottom px
    rgba: F32  # (h, w, 4) premultiplied, linear
    index: I32  # (h·s, w·s) triangle or -1, s samples a pixel
    bary: F32
    scale: int


def shade_view(stage: Stage, view: HandView, lit: F32) -> ShadedHand:
    """The hand lit by the photo's light; `lit` (h,) is the lamp's light left on its vertices."""
    assert view.box is not None
    simulation, model = stage.simulation, stage.model
    lamp = simulation.scan.light
    depth, index, bary = raster_hand(view.pixels, view.vertices[:, 2], model.triangles, stage.scale, view.box)
    normals = simulation.hand_normals[view.frame]
    half = lamp.direction + np.array([0.0, 0.0, -1.0])
    rgba = shade_hand(
        index, bary, model.triangles, normals, model.uv, model.uv_triangles, _hand_light(stage, view, normals, lit),
        triangle_tangents(view.vertices, model.triangles, model.uv, model.uv_triangles), stage.paint.colour,
        stage.paint.normal, lamp.direction, lamp.strength, lamp.colour, WRAP, half / np.linalg.norm(half),
    )  # fmt: skip
    return ShadedHand(rgba, depth, index, bary)


def lay_hand(stage: Stage, view: HandView, shaded: ShadedHand, face: FaceLayer) -> HandLayer:
    """The layer at the picture's resolution."""
    assert view.box is not None
    small = _seen(shaded.rgba, shaded.depth, face.depth, face.solid, view.box[0], view.box[1], stage.scale)
    small = _blurred(stage, view, small)
    small = cv2.GaussianBlur(small, (0, 0), max(0.8 * stage.simulation.scan.blur, 0.3))
    return HandLayer(view.box, small, shaded.index, shaded.bary, stage.scale)


@njit(cache=True, nogil=True, boundscheck=False)
def _seen(rgba: F32, depth: F32, face: F32, solid: F32, left: int, top: int, scale: int) -> F32:
    """The layer without what is behind the face, `scale` by `scale` samples a pixel averaged."""
    height, width = rgba.shape[0] // scale, rgba.shape[1] // scale
    out = np.zeros((height, width, 4), np.float32)
    share = np.float32(1.0 / (scale * scale))
    for i in range(height):
        for j in range(width):
            near = face[top + i, left + j] if solid[top + i, left + j] > SOLID else np.float32(1e9)
            for a in range(i * scale, (i + 1) * scale):
                for b in range(j * scale, (j + 1) * scale):
                    if rgba[a, b, 3] == 0.0:
                        continue
                    shown = min(max((near - depth[a, b] + BEHIND_MM) / BEHIND_MM, 0.0), 1.0)
                    weight = np.float32(shown) * share
                    for c in range(4):
                        out[i, j, c] += weight * rgba[a, b, c]
    return out


def _hand_light(stage: Stage, view: HandView, normals: F32, lit: F32) -> F32:
    """As vertex_light, of every vertex (h, 5)."""
    chosen = stage.samples.vertices
    sky = ambient(view.vertices[chosen], normals[chosen].astype(np.float64), view.bones, SKY_MM, SELF_SKIP_MM)
    sky = (sky[stage.samples.near] * stage.samples.weights).sum(axis=1)
    gap = _gap_to_face(stage, view)
    near = 1.0 - 0.45 * np.exp(-np.maximum(gap, 0) / 5.0)
    return vertex_light(0.28 + 0.72 * sky, lit, near)


def _gap_to_face(stage: Stage, view: HandView) -> F64:
    """Depth of air (h,) mm behind each hand vertex along the view, large where there is no face."""
    scan = stage.simulation.scan
    near = around(stage.simulation.face[view.frame], view.vertices, AIR_MM)
    face = stage.simulation.face[view.frame][near[scan.skirt[near] < 0.05]].astype(np.float64)
    height, width = scan.image.shape[:2]
    grid = np.full((height // GRID_PX + 1, width // GRID_PX + 1), 1e9, np.float32)
    place = (scan.camera.project(face) / GRID_PX).astype(int)
    inside = (place >= 0).all(axis=1) & (place[:, 0] < grid.shape[1]) & (place[:, 1] < grid.shape[0])
    np.minimum.at(grid, (place[inside, 1], place[inside, 0]), face[inside, 2])
    grid = cv2.erode(grid, np.ones((3, 3), np.uint8))
    here = np.clip((view.pixels / GRID_PX).astype(int), 0, [grid.shape[1] - 1, grid.shape[0] - 1])
    return np.asarray(grid[here[:, 1], here[:, 0]] - view.vertices[:, 2])


def _blurred(stage: Stage, view: HandView, layer: F32) -> F32:
    """The layer as a shutter sees it move."""
    hand, camera = stage.simulation.hand, stage.simulation.scan.camera
    assert view.box is not None
    some = slice(None, None, 97)
    before, after = (
        camera.project(hand[np.clip(view.frame + step, 0, len(hand) - 1), some].astype(np.float64)) for step in (-1, 1)
    )
    motion = shutter_motion(before, after)
    return layer if motion is None else blur_layer(layer, motion, view.box[0], view.box[1])
