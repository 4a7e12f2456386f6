"""All frames of a simulation, side by side on the machine's cores: photo below, hand above, grain over the hand."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import cv2
import numpy as np

from model.body import SLEEVE_PART
from model.contact.simulation import Simulation
from model.hand import HandModel
from model.mesh.boxes import around
from model.optics import SHADOW_TINT, TO_DISPLAY, TO_LINEAR
from model.render.compose import Grain, Layer, Photo, Tone, finish_frame
from model.render.layer import HandLayer, lay_hand, lens_blur, shade_view
from model.render.match import colour_gain, pore_contrast, skin_wanted, with_pores
from model.render.occlusion import shadows
from model.render.photo import FaceLayer, render_face
from model.render.stage import HandView, Stage, plain_stage, view_hand
from model.scene import F32, U8

SHADOW, SHADOW_OF_LAMP = 0.16, 0.36  # light that a shadow takes away, and by how much more under a lamp of strength 1
FACE_BIAS_MM, HAND_BIAS_MM = 1.0, 3.0  # nearer than this a surface casts no shadow on itself
SHADOW_REACH_MM = 60.0  # how far from the hand its shadow on the face is looked for
CLOTHES_SHADE, CLOTHES_GAP_MM = 0.28, 24.0  # darkening of clothes and neck under the arm, and how far it falls
CLOTHES_CELL_PX = 4  # in which that is worked out
CLOTHES_BLUR, CLOTHES_BLUR_PX = 0.4, 0.5  # of how far it falls, and cells besides


@dataclass(frozen=True)
class Rendered:
    """One finished frame and what it was made of."""

    image: U8
    face: FaceLayer
    hand: HandLayer | None


def set_stage(simulation: Simulation, model: HandModel, seed: int) -> Stage:
    """Constants of a clip; the hand's colour is matched to the cheeks in the frame of the firmest touch."""
    stage = plain_stage(simulation, model, seed)
    wanted = skin_wanted(simulation.scan)
    view = view_hand(stage, firmest_frame(simulation))
    if wanted is None or view.box is None:
        return stage
    shaded = shade_view(stage, view, _shadows(stage, view)[1])
    index = shaded.raster.triangle
    bare = np.where(model.part[model.triangles[index, 0]] < SLEEVE_PART, index, -1)
    gain = np.append(colour_gain(model, bare, shaded.rgba, wanted), 1.0).astype(np.float32)
    side = stage.paint.colour.shape[1]
    skin, cloth = stage.paint.colour[:side] * gain, stage.paint.colour[side:]  # a sleeve's strip lies below
    contrast = pore_contrast(simulation.scan, shaded.rgba * gain, stage.scale, lens_blur(simulation.scan))
    colour = np.concatenate([with_pores(skin, contrast, stage.own), cloth])
    return replace(stage, paint=stage.paint._replace(colour=np.ascontiguousarray(colour, np.float32)))


def firmest_frame(simulation: Simulation) -> int:
    """The frame that says most: the firmest touch."""
    return int(np.argmax(simulation.dent.max(axis=1)))


def render_frames(stage: Stage, frames: list[int]) -> Iterator[Rendered]:
    """The frames in order; a few are worked on at once, and closing the generator stops them."""
    workers = min(os.cpu_count() or 1, 4)
    pool = ThreadPoolExecutor(workers)
    try:
        waiting = []
        for frame in frames:
            waiting.append(pool.submit(render_frame, stage, frame))
            if len(waiting) > 2 * workers:
                yield waiting.pop(0).result()
        for future in waiting:
            yield future.result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def render_frame(stage: Stage, frame: int) -> Rendered:
    """Photo, shadow, hand, grain."""
    view = view_hand(stage, frame)
    lit_face, lit_hand = _shadows(stage, view)
    face = render_face(stage.simulation, stage.plate, frame, lit_face, view.bones)
    if view.box is None:
        return Rendered(_compose(stage, frame, face, None), face, None)
    layer = lay_hand(stage, view, shade_view(stage, view, lit_hand), face)
    return Rendered(_compose(stage, frame, face, layer), face, layer)


def _shadows(stage: Stage, view: HandView) -> tuple[F32, F32]:
    """Light left on the face's and on the hand's vertices."""
    face = stage.simulation.face[view.frame].astype(np.float64)
    lit_face = np.ones(len(face), np.float32)
    if view.box is None:
        return lit_face, np.ones(len(view.vertices), np.float32)
    near = around(face, view.vertices, SHADOW_REACH_MM)
    lamp = stage.simulation.scan.light
    groups = [(face[near], FACE_BIAS_MM), (view.vertices, HAND_BIAS_MM)]
    on_face, on_hand = shadows(view.vertices, stage.model.triangles, lamp.direction, groups)
    # the lamp's share of the light is what its shadow takes away
    lit_face[near] = 1 - (1 - on_face) * (SHADOW + SHADOW_OF_LAMP * lamp.strength)
    return lit_face, on_hand


def _compose(stage: Stage, frame: int, face: FaceLayer, layer: HandLayer | None) -> U8:
    """The finished picture."""
    tint = (1 + stage.colours * (SHADOW_TINT - 1)).astype(np.float32)  # no tint in a grey photo
    tone = Tone(TO_LINEAR, TO_DISPLAY, tint)
    if layer is None:
        nothing = Layer(np.zeros((0, 0, 4), np.float32), 0, 0)
        return finish_frame(Photo(face.warped, face.shading, face.light), nothing, Grain(stage.grain, 0, 0), tone)
    light = np.minimum(face.light, _clothes_light(stage, face, layer))
    down, across = np.random.default_rng((stage.seed, frame)).integers(0, stage.grain.shape[0], 2)
    left, top, right, bottom = layer.box
    light[top:bottom, left:right] *= layer.crevice
    return finish_frame(
        Photo(face.warped, face.shading, light), Layer(layer.rgba, left, top),
        Grain(stage.grain, int(down), int(across)), tone,
    )  # fmt: skip


def _clothes_light(stage: Stage, face: FaceLayer, layer: HandLayer) -> F32:
    """Light (h, w) that the arm leaves on the person beyond the face mesh: an offset, blurred silhouette."""
    scan = stage.simulation.scan
    height, width = face.light.shape
    left, top, right, bottom = layer.box
    cell = CLOTHES_CELL_PX
    mask = np.zeros((height // cell, width // cell), np.float32)
    part = layer.rgba[::cell, ::cell, 3]
    y, x = top // cell, left // cell
    part = part[: mask.shape[0] - y, : mask.shape[1] - x]
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    reach = CLOTHES_GAP_MM / scan.camera.mm_per_px / cell
    move = np.array([[1, 0, -scan.light.direction[0] * reach], [0, 1, -scan.light.direction[1] * reach]], np.float32)
    fallen = cv2.warpAffine(mask, move, mask.shape[::-1])
    mask = cv2.GaussianBlur(fallen, (0, 0), CLOTHES_BLUR * reach + CLOTHES_BLUR_PX)
    shade = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return 1 - CLOTHES_SHADE * shade * (1 - face.solid) * stage.plate.movable * scan.masks["content"]
