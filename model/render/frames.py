"""All frames of a simulation, side by side on the machine's cores: photo below, hand above, grain over the hand."""

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import cv2
import numpy as np

from model.contact.simulation import Simulation
from model.hand import HandModel, load_textures, triangle_tangents
from model.render.blur import blur_layer, shutter_motion
from model.render.compose import TINT, TO_DISPLAY, TO_LINEAR, finish_frame
from model.render.hand import WRAP, HandPaint, paint_hand, raster_hand, shade_hand
from model.render.light import Samples, choose_samples
from model.render.occlusion import ambient, capsules, shadows
from model.render.photo import FaceLayer, PhotoPlate, prepare_plate, render_face
from model.scene import F32, F64, I32, U8

PAD_PX = 48  # room around the hand for its blur and shadow
SHADOW_REACH_MM = 60.0  # how far from the hand its shadow on the face is looked for
CLOTHES_SHADE, CLOTHES_GAP_MM = (
    0.16,
    30.0,
)  # darkening of clothes and neck under the arm, and how far it falls
OVERSAMPLE_TO = 768  # px: larger pictures take one sample a pixel
SELF_SKIP_MM = 2.5  # capsules this near are the point's own finger


@dataclass(frozen=True)
class HandLayer:
    """The hand in one frame, cropped to its box; all zero-sized if it is out of the picture."""

    box: tuple[int, int, int, int]  # left, top, right, bottom px
    rgba: F32  # (h, w, 4) premultiplied, linear
    index: I32  # (h·s, w·s) triangle or -1, s samples a pixel
    bary: F32
    scale: int


@dataclass(frozen=True)
class Rendered:
    """One finished frame and what it was made of."""

    image: U8
    face: FaceLayer
    hand: HandLayer | None


@dataclass(frozen=True)
class Stage:
    """Everything the frames of a clip share."""

    simulation: Simulation
    plate: PhotoPlate
    model: HandModel
    paint: HandPaint
    samples: Samples
    scale: int  # samples a pixel along each axis
    grain: F32  # (h, w) noise of the photo's strength in 8-bit levels, tiled with an offset per frame
    seed: int


def set_stage(simulation: Simulation, model: HandModel, seed: int) -> Stage:
    """Constants of a clip."""
    scan = simulation.scan
    height, width = scan.image.shape[:2]
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), max(0.5 * scan.blur, 0.4))
    grain = noise / noise.std() * scan.grain
    scale = 2 if height <= OVERSAMPLE_TO else 1
    paint = paint_hand(load_textures(), scan.skin, scale / scan.camera.mm_per_px)
    return Stage(simulation, prepare_plate(scan), model, paint, choose_samples(model), scale, grain, seed)


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
    simulation = stage.simulation
    scan = simulation.scan
    hand = simulation.hand[frame].astype(np.float64)
    bones = capsules(
        simulation.joints[frame].astype(np.float64),
        simulation.elbow[frame].astype(np.float64),
        simulation.hand_scale,
    )
    pixels = scan.camera.project(hand)
    box = _box(pixels, scan.image.shape)
    lit_face, lit_hand = _shadows(stage, frame, hand, box is not None)
    face = render_face(simulation, stage.plate, frame, lit_face, bones)
    if box is None:
        return Rendered(_compose(stage, frame, face, None), face, None)
    layer = _hand_layer(stage, frame, hand, pixels, box, bones, lit_hand, face)
    return Rendered(_compose(stage, frame, face, layer), face, layer)


def _box(pixels: F64, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The hand's box in the picture, None if it is outside."""
    low = np.floor(pixels.min(axis=0)).astype(int) - PAD_PX
    high = np.ceil(pixels.max(axis=0)).astype(int) + PAD_PX
    left, top = max(low[0], 0), max(low[1], 0)
    right, bottom = min(high[0], shape[1]), min(high[1], shape[0])
    inside = (pixels[:, 0] > 0) & (pixels[:, 0] < shape[1]) & (pixels[:, 1] > 0) & (pixels[:, 1] < shape[0])
    return (int(left), int(top), int(right), int(bottom)) if inside.any() else None


def _shadows(stage: Stage, frame: int, hand: F64, visible: bool) -> tuple[F32, F32]:
    """Light left on the face's and on the hand's vertices."""
    face = stage.simulation.face[frame].astype(np.float64)
    lit_face = np.ones(len(face), np.float32)
    if not visible:
        return lit_face, np.ones(len(hand), np.float32)
    low, high = hand.min(axis=0) - SHADOW_REACH_MM, hand.max(axis=0) + SHADOW_REACH_MM
    near = np.flatnonzero(((face > low) & (face < high)).all(axis=1))
    towards = stage.simulation.scan.light.direction
    on_face, on_hand = shadows(hand, stage.model.triangles, towards, [(face[near], 1.0), (hand, 3.0)])
    lit_face[near] = 1 - (1 - on_face) * _cast(stage)
    return lit_face, on_hand


def _cast(stage: Stage) -> float:
    """How dark the lamp's shadow is: the share of light that comes from the lamp."""
    strength = stage.simulation.scan.light.strength
    return 0.16 + 0.36 * strength


def _hand_layer(
    stage: Stage,
    frame: int,
    hand: F64,
    pixels: F64,
    box: tuple[int, int, int, int],
    bones: F64,
    lit: F32,
    face: FaceLayer,
) -> HandLayer:
    simulation, model = stage.simulation, stage.model
    scan, lamp = simulation.scan, simulation.scan.light
    depth, index, bary = raster_hand(pixels, hand[:, 2], model.triangles, stage.scale, box)
    normals = simulation.hand_normals[frame]
    light = _hand_light(stage, frame, hand, normals.astype(np.float64), bones, lit)
    half = lamp.direction + np.array([0.0, 0.0, -1.0])
    rgba = shade_hand(
        index, bary, model.triangles, normals, model.uv, model.uv_triangles, light,
        triangle_tangents(hand, model.triangles, model.uv, model.uv_triangles), stage.paint.colour, stage.paint.normal,
        lamp.direction, lamp.strength, lamp.colour, WRAP, half / np.linalg.norm(half),
    )  # fmt: skip
    left, top, right, bottom = box
    near = np.repeat(
        np.repeat(np.where(face.solid > 0.6, face.depth, 1e9)[top:bottom, left:right], stage.scale, 0),
        stage.scale,
        1,
    )
    rgba *= np.clip((near - depth + 1.2) / 1.2, 0, 1)[..., None]
    small = cv2.resize(rgba, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    small = _blurred(stage, frame, small, box)
    small = cv2.GaussianBlur(small, (0, 0), max(0.8 * scan.blur, 0.3))
    return HandLayer(box, small, index, bary, stage.scale)


def _hand_light(stage: Stage, frame: int, hand: F64, normals: F64, bones: F64, lit: F32) -> F32:
    """Open sky, lamp's light left, nearness to the face for every vertex (h, 3)."""
    chosen = stage.samples.vertices
    sky = ambient(hand[chosen], normals[chosen], bones, 14.0, SELF_SKIP_MM)
    sky = (sky[stage.samples.near] * stage.samples.weights).sum(axis=1)
    face = stage.simulation.face[frame]
    gap = _gap_to_face(stage, hand, face)
    near = 1.0 - 0.35 * np.exp(-np.maximum(gap, 0) / 4.0)
    return np.column_stack([0.35 + 0.65 * sky, lit, near]).astype(np.float32)


def _gap_to_face(stage: Stage, hand: F64, face: F32) -> F64:
    """Depth of air (h,) mm behind each hand vertex along the view, large where there is no face."""
    camera = stage.simulation.scan.camera
    height, width = stage.simulation.scan.image.shape[:2]
    step = 4
    grid = np.full((height // step + 1, width // step + 1), 1e9, np.float32)
    solid = stage.simulation.scan.skirt < 0.05
    place = (camera.project(face[solid].astype(np.float64)) / step).astype(int)
    inside = (place >= 0).all(axis=1) & (place[:, 0] < grid.shape[1]) & (place[:, 1] < grid.shape[0])
    np.minimum.at(grid, (place[inside, 1], place[inside, 0]), face[solid][inside, 2])
    grid = cv2.erode(grid, np.ones((3, 3), np.uint8))
    here = np.clip((camera.project(hand) / step).astype(int), 0, [grid.shape[1] - 1, grid.shape[0] - 1])
    return grid[here[:, 1], here[:, 0]] - hand[:, 2]


def _blurred(stage: Stage, frame: int, layer: F32, box: tuple[int, int, int, int]) -> F32:
    hand, camera = stage.simulation.hand, stage.simulation.scan.camera
    before, after = max(frame - 1, 0), min(frame + 1, len(hand) - 1)
    some = slice(None, None, 97)
    motion = shutter_motion(
        camera.project(hand[before, some].astype(np.float64)),
        camera.project(hand[after, some].astype(np.float64)),
    )
    return layer if motion is None else blur_layer(layer, motion, box[0], box[1])


def _compose(stage: Stage, frame: int, face: FaceLayer, layer: HandLayer | None) -> U8:
    """The finished picture."""
    if layer is None:
        nothing = np.zeros((0, 0, 4), np.float32)
        return finish_frame(
            face.warped,
            face.shading,
            face.light,
            nothing,
            0,
            0,
            stage.grain,
            0,
            0,
            TO_LINEAR,
            TO_DISPLAY,
            TINT,
        )
    light = np.minimum(face.light, _clothes_light(stage, face, layer))
    shift = np.random.default_rng((stage.seed, frame)).integers(0, stage.grain.shape[0], 2)
    return finish_frame(
        face.warped, face.shading, light, layer.rgba, layer.box[0], layer.box[1], stage.grain, int(shift[0]),
        int(shift[1]), TO_LINEAR, TO_DISPLAY, TINT,
    )  # fmt: skip


def _clothes_light(stage: Stage, face: FaceLayer, layer: HandLayer) -> F32:
    """Light (h, w) that the arm leaves on the person beyond the face mesh: an offset, blurred silhouette."""
    scan = stage.simulation.scan
    height, width = face.light.shape
    left, top, right, bottom = layer.box
    mask = np.zeros((height // 4, width // 4), np.float32)
    part = layer.rgba[::4, ::4, 3]
    y, x = top // 4, left // 4
    part = part[: mask.shape[0] - y, : mask.shape[1] - x]
    mask[y : y + part.shape[0], x : x + part.shape[1]] = part
    reach = CLOTHES_GAP_MM / scan.camera.mm_per_px / 4
    move = np.array([[1, 0, -scan.light.direction[0] * reach], [0, 1, -scan.light.direction[1] * reach]], np.float32)
    mask = cv2.GaussianBlur(cv2.warpAffine(mask, move, mask.shape[::-1]), (0, 0), 0.4 * reach + 0.5)
    shade = cv2.resize(mask, (width, height), interpolation=cv2.INTER_LINEAR)
    return 1 - CLOTHES_SHADE * shade * (1 - face.solid) * stage.plate.movable
