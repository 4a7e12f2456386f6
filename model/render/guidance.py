"""What the simulation knows of every pixel, as maps for the diffusion engine and for other programs."""

from dataclasses import dataclass

import cv2
import numpy as np

from model.body import LANDMARKS
from model.clip import Guidance
from model.mesh.raster import interpolate
from model.optics import GAMMA
from model.render.frames import Rendered
from model.render.hand import hand_surface
from model.render.layer import HandLayer, posed_mesh
from model.render.stage import Stage
from model.scene import F32, U8

SPREAD_PX = (3, 9, 27)
SEEN, ON_FACE = 0.02, 0.95  # coverage from which a pixel has a depth, and solidity from which it is face


@dataclass(frozen=True)
class FrameMaps:
    """One frame of Guidance."""

    hand_normals: np.ndarray  # (h, w, 3) int8
    hand_albedo: U8  # (h, w, 3)
    hand_depth: np.ndarray  # (h, w) float16 mm
    hand_parts: U8
    hand_mask: U8
    face_mask: U8
    contact_mask: U8
    shadow: U8
    flow: np.ndarray  # (h, w, 2) float16 px
    joints: np.ndarray  # (21, 2) float32 px


def map_frame(stage: Stage, frame: int, rendered: Rendered) -> FrameMaps:
    """Maps of one rendered frame."""
    simulation = stage.simulation
    height, width = rendered.image.shape[:2]
    normals, albedo = np.zeros((height, width, 3), np.int8), np.zeros((height, width, 3), np.uint8)
    depth = np.zeros((height, width), np.float16)
    parts, mask = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    layer = rendered.hand
    if layer is not None:
        left, top, right, bottom = layer.box
        index = np.ascontiguousarray(layer.raster.triangle[:: layer.scale, :: layer.scale])
        bary = np.ascontiguousarray(layer.raster.bary[:: layer.scale, :: layer.scale])
        seen = (index >= 0) & (layer.rgba[..., 3] > SEEN)
        box = np.s_[top:bottom, left:right]
        covered = np.round(np.clip(layer.rgba[..., 3], 0, 1) * 255).astype(np.uint8)
        surface = np.where(covered[..., None] > 0, _surface(stage, frame, layer), 0)
        normals[box] = np.round(surface[..., :3] * 127)
        albedo[box] = np.round(np.clip(surface[..., 3:], 0, 1) ** (1 / GAMMA) * 255)
        away = interpolate(stage.model.triangles, index, bary, simulation.hand[frame, :, 2:].astype(np.float32))
        depth[box] = np.where(seen, away[..., 0] - simulation.scan.vertices[:LANDMARKS, 2].mean(), 0)
        corner = stage.model.triangles[np.maximum(index, 0), 0]
        parts[box] = np.where(seen, stage.model.part[corner] + 1, 0)
        mask[box] = covered
    on_face = (rendered.face.solid > ON_FACE) & (mask < 128)
    return FrameMaps(
        hand_normals=normals,
        hand_albedo=albedo,
        hand_depth=depth,
        hand_parts=parts,
        hand_mask=mask,
        face_mask=np.where(on_face, 255, 0).astype(np.uint8),
        contact_mask=rendered.face.touch.astype(np.uint8),
        shadow=np.round(np.clip(rendered.face.light, 0, 1) * 255).astype(np.uint8),
        flow=rendered.face.flow.astype(np.float16),
        joints=simulation.scan.camera.project(simulation.joints[frame].astype(np.float64)).astype(np.float32),
    )


def _surface(stage: Stage, frame: int, layer: HandLayer) -> F32:
    """Normals and albedo (h, w, 6) of the hand's box, spread outwards as far as the shutter blurs the hand."""
    vertices = stage.simulation.hand[frame].astype(np.float64)
    surface = hand_surface(layer.raster, layer.scale, posed_mesh(stage, frame, vertices), stage.paint)
    for reach in SPREAD_PX:
        known = surface[..., 5] > 0
        near = cv2.blur(np.dstack([surface, known.astype(np.float32)]), (reach, reach))
        surface = np.where(known[..., None], surface, near[..., :6] / np.maximum(near[..., 6:], 1e-6))
    length = np.linalg.norm(surface[..., :3], axis=2, keepdims=True)
    return np.dstack([surface[..., :3] / np.maximum(length, 1e-6), surface[..., 3:]])


def stack_maps(frames: list[FrameMaps]) -> Guidance:
    """Guidance of a clip."""
    return Guidance(**{name: np.stack([getattr(f, name) for f in frames]) for name in FrameMaps.__dataclass_fields__})
