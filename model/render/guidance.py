"""What the simulation knows of every pixel, as maps for the diffusion engine and for other programs."""

from dataclasses import dataclass

import numpy as np

from model.clip import Guidance
from model.render.frames import Rendered
from model.render.raster import interpolate
from model.render.stage import Stage
from model.scene import U8


@dataclass(frozen=True)
class FrameMaps:
    """One frame of Guidance."""

    hand_normals: np.ndarray  # (h, w, 3) int8
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
    normals, depth = np.zeros((height, width, 3), np.int8), np.zeros((height, width), np.float16)
    parts, mask = np.zeros((height, width), np.uint8), np.zeros((height, width), np.uint8)
    layer = rendered.hand
    if layer is not None:
        left, top, right, bottom = layer.box
        index = np.ascontiguousarray(layer.index[:: layer.scale, :: layer.scale])
        bary = np.ascontiguousarray(layer.bary[:: layer.scale, :: layer.scale])
        values = np.column_stack([simulation.hand_normals[frame], simulation.hand[frame, :, 2]]).astype(np.float32)
        maps = interpolate(stage.model.triangles, index, bary, values)
        seen = (index >= 0) & (layer.rgba[..., 3] > 0.02)
        box = np.s_[top:bottom, left:right]
        length = np.linalg.norm(maps[..., :3], axis=2, keepdims=True) + 1e-6
        normals[box] = np.where(seen[..., None], np.round(maps[..., :3] / length * 127), 0).astype(np.int8)
        zero = simulation.scan.vertices[:468, 2].mean()
        depth[box] = np.where(seen, maps[..., 3] - zero, 0).astype(np.float16)
        corner = stage.model.triangles[np.maximum(index, 0), 0]
        parts[box] = np.where(seen, stage.model.part[corner] + 1, 0)
        mask[box] = np.round(np.clip(layer.rgba[..., 3], 0, 1) * 255).astype(np.uint8)
    on_face = (rendered.face.solid > 0.95) & (mask < 128)
    return FrameMaps(
        hand_normals=normals,
        hand_depth=depth,
        hand_parts=parts,
        hand_mask=mask,
        face_mask=np.where(on_face, 255, 0).astype(np.uint8),
        contact_mask=rendered.face.touch.astype(np.uint8),
        shadow=np.round(np.clip(rendered.face.light, 0, 1) * 255).astype(np.uint8),
        flow=rendered.face.flow.astype(np.float16),
        joints=simulation.scan.camera.project(simulation.joints[frame].astype(np.float64)).astype(np.float32),
    )


def stack_maps(frames: list[FrameMaps]) -> Guidance:
    """Guidance of a clip."""
    return Guidance(**{name: np.stack([getattr(f, name) for f in frames]) for name in FrameMaps.__dataclass_fields__})
