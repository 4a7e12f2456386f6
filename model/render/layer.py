"""The hand of one frame as a layer to lay over the photo: shaded, hidden where it is behind the face, blurred."""

from dataclasses import dataclass
from typing import NamedTuple

import cv2
import numpy as np
from numba import njit

from model.mesh.boxes import around
from model.mesh.normals import triangle_tangents
from model.optics import MATT
from model.render.blur import blur_layer, shutter_motion
from model.render.crevice import crevice
from model.render.hand import HandMesh, Lamp, Raster, raster_hand, shade_hand, vertex_light
from model.render.occlusion import ambient
from model.render.photo import FaceLayer
from model.render.stage import HandView, Stage
from model.scene import F32, F64, FaceScan, Light

SELF_SKIP_MM = 2.5  # capsules this near are the point's own finger
SKY_MM = 14.0  # how far the sky over a point of the hand is looked at
SUNKEN_MM = 2.5  # by which a finger may be behind the skin and is still seen whole: it lies in its dent
BEHIND_MM = 0.7  # over this depth more the hand fades behind the face's edge
SOLID = 0.6  # of FaceLayer.solid: from here on the face hides what is behind it
AIR_MM = 40.0  # from the face, over which nothing of it shows on the hand
GRID_PX = 4  # cell in which the nearest face is looked up
NEAR_FACE, NEAR_FACE_MM = 0.28, 5.0  # light that the face takes from the hand it touches, and how far that reaches
SHUT_SKY = 0.28  # light left where other fingers shut out all of the sky
SOFTNESS, LEAST_BLUR_PX = 0.55, 0.3  # of the photo's blur that the hand is given
MESH_SKIRT = 0.05  # of the face mesh that counts as behind the hand
SOME = 97  # every so many vertices tell how the hand moves


@dataclass(frozen=True)
class ShadedHand:
    """The hand at full sampling, before anything hides or blurs it."""

    rgba: F32  # (h·s, w·s, 4) linear
    depth: F32  # (h·s, w·s) mm
    raster: Raster  # (h·s, w·s)


@dataclass(frozen=True)
class HandLayer:
    """The hand in one frame, cropped to its box; all zero-sized if it is out of the picture."""

    box: tuple[int, int, int, int]  # left, top, right, bottom px
    rgba: F32  # (h, w, 4) premultiplied, linear
    crevice: F32  # (h, w) light that it leaves on the skin beside it, 1 all
    raster: Raster  # (h·s, w·s), s samples a pixel
    scale: int


class Veil(NamedTuple):
    """What may hide the hand: the face in the picture, and where the hand's box begins in it."""

    depth: F32  # (H, W) mm
    solid: F32  # (H, W) 1 on the face
    left: int
    top: int


def shade_view(stage: Stage, view: HandView, lit: F32) -> ShadedHand:
    """The hand lit by the photo's light; `lit` (h,) is the lamp's light left on its vertices."""
    assert view.box is not None
    simulation, model = stage.simulation, stage.model
    depth, raster = raster_hand(view.pixels, view.vertices[:, 2], model.triangles, stage.scale, view.box)
    mesh = posed_mesh(stage, view.frame, view.vertices)
    light = _hand_light(stage, view, mesh.normals, lit)
    rgba = shade_hand(raster, mesh, light, stage.paint, lamp_of(simulation.scan.light, stage.shine, stage.colours))
    return ShadedHand(rgba, depth, raster)


def posed_mesh(stage: Stage, frame: int, vertices: F64) -> HandMesh:
    """The hand of a frame, its vertices (h, 3) mm, as shading needs it."""
    model = stage.model
    tangents = triangle_tangents(vertices, model.triangles, model.uv, model.uv_triangles)
    return HandMesh(model.triangles, stage.simulation.hand_normals[frame], model.uv, model.uv_triangles, tangents)


def lamp_of(light: Light, shine: float, colours: float) -> Lamp:
    """The photo's light, seen from the camera; in a grey photo no colour scatters further than another."""
    wrap = MATT.wrap.mean() + colours * (MATT.wrap - MATT.wrap.mean())
    half = light.direction + np.array([0.0, 0.0, -1.0])
    return Lamp(
        light.direction, half / np.linalg.norm(half), light.strength, light.colour, MATT._replace(wrap=wrap), shine
    )


def lay_hand(stage: Stage, view: HandView, shaded: ShadedHand, face: FaceLayer) -> HandLayer:
    """The layer at the picture's resolution."""
    assert view.box is not None
    veil = Veil(face.depth, face.solid, view.box[0], view.box[1])
    small = _seen(shaded.rgba, shaded.depth, veil, stage.scale)
    small = _blurred(stage, view, small)
    small = cv2.GaussianBlur(small, (0, 0), lens_blur(stage.simulation.scan))
    left, top, right, bottom = view.box
    small *= stage.simulation.scan.masks["content"][top:bottom, left:right, None]
    depth = shaded.depth[:: stage.scale, :: stage.scale]
    camera = stage.simulation.scan.camera
    line = crevice(small[..., 3], depth, face.depth[top:bottom, left:right], camera.mm_per_px)
    return HandLayer(view.box, small, line, shaded.raster, stage.scale)


def lens_blur(scan: FaceScan) -> float:
    """Standard deviation in px of the blur that the hand is given."""
    return max(SOFTNESS * scan.blur, LEAST_BLUR_PX)


@njit(cache=True, nogil=True, boundscheck=False)
def _seen(rgba: F32, depth: F32, veil: Veil, scale: int) -> F32:
    """The layer without what is behind the face, `scale` by `scale` samples a pixel averaged."""
    face, solid, left, top = veil
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
                    shown = min(max((near - depth[a, b] + SUNKEN_MM + BEHIND_MM) / BEHIND_MM, 0.0), 1.0)
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
    near = 1.0 - NEAR_FACE * np.exp(-np.maximum(gap, 0) / NEAR_FACE_MM)
    return vertex_light(SHUT_SKY + (1 - SHUT_SKY) * sky, lit, near, stage.simulation.scan.skin)


def _gap_to_face(stage: Stage, view: HandView) -> F64:
    """Depth of air (h,) mm behind each hand vertex along the view, large where there is no face."""
    scan = stage.simulation.scan
    near = around(stage.simulation.face[view.frame], view.vertices, AIR_MM)
    face = stage.simulation.face[view.frame][near[scan.skirt[near] < MESH_SKIRT]].astype(np.float64)
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
    some = slice(None, None, SOME)
    before, after = (
        camera.project(hand[np.clip(view.frame + step, 0, len(hand) - 1), some].astype(np.float64)) for step in (-1, 1)
    )
    motion = shutter_motion(before, after)
    return layer if motion is None else blur_layer(layer, motion, view.box[0], view.box[1])
