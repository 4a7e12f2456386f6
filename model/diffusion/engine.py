"""Photo and guidance → frames, by denoising: the `interanimate` engine."""

import logging
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from math import log2

import cv2
import numpy as np
import torch

from annotation.taxonomy import PATTERNS
from model.clip import Guidance
from model.diffusion.appearance import Appearance, estimate_appearance
from model.diffusion.checkpoint import load_checkpoint, physics_note
from model.diffusion.composite import linear_layers, to_display
from model.diffusion.crop import Box, change_mask, interaction_box, reduce_guidance, take_frames
from model.diffusion.network.guidance_channels import STRENGTHS, find_prior
from model.diffusion.pipeline import Inputs, InterAnimatePipeline
from model.diffusion.prepare import prepare_inputs
from model.errors import InputError
from model.request import Request
from model.scene import F32, U8

log = logging.getLogger(__name__)

MAX_STEPS = 50
FINEST = 0.4  # of a denoised pixel: relief finer than that is not corrected by the network, and would stand out
Callback = Callable[[float, U8 | None], None]


@dataclass(frozen=True)
class Denoised:
    """How far the work is; `preview` is the moment that says most, `frames` come last."""

    fraction: float
    preview: U8 | None = None  # (h, w, 3)
    frames: U8 | None = None  # (f, h, w, 3)


def interanimate_frames(
    photo: U8, guidance: Guidance, request: Request, checkpoint: str, *, appearance: Appearance | None = None,
    steps: int = 4, strength: str = "maps", seed: int = 0, callback: Callback | None = None,
) -> U8:  # fmt: skip
    """Frames (f, h, w, 3) of a photo (h, w, 3) under guidance of its size, a left hand; InputError.

    `strength` is how much of the guidance is followed: maps, joints or pattern. The callback gets the share
    done and, after every step, a preview.
    """
    pipeline = load_checkpoint(checkpoint)
    if note := physics_note(pipeline):
        log.warning(note)
    frames = None
    for now in denoise_clip(photo, guidance, request, pipeline, appearance, steps, strength, seed):
        if callback is not None:
            callback(now.fraction, now.preview)
        frames = now.frames
    assert frames is not None
    return frames


def _check_pattern(pattern: str, pipeline: InterAnimatePipeline) -> None:
    """InputError for a pattern that the network has never seen."""
    if PATTERNS.index(pattern) >= pipeline.denoiser.sizes.patterns:
        raise InputError(
            f"The checkpoint was made before {pattern} was a pattern: choose the physics engine, or train a new one."
        )


def denoise_clip(
    photo: U8, guidance: Guidance, request: Request, pipeline: InterAnimatePipeline,
    appearance: Appearance | None = None, steps: int = 4, strength: str = "maps", seed: int = 0,
) -> Iterator[Denoised]:  # fmt: skip
    """As `interanimate_frames`, step by step; closing the iterator stops the work."""
    check_choices(steps, strength)
    _check_pattern(request.pattern, pipeline)
    appearance = appearance or estimate_appearance(photo, guidance.face_mask[0])
    factor = reduction(photo.shape[1], pipeline.settings.picture)
    small = reduce_guidance(guidance, factor)
    height, width = small.hand_mask.shape[1:]
    mask = change_mask(small, strength)
    box = interaction_box(mask, pipeline.denoiser.multiple * pipeline.space.factor)
    scene = _Scene(photo, guidance, appearance, strength, factor)
    if box is None:
        yield Denoised(1.0, frames=np.stack([_base_frame(scene, i) for i in range(len(mask))]))
        return
    count = len(mask)
    inputs = prepare_inputs(
        cv2.resize(photo, (width, height), interpolation=cv2.INTER_AREA) if factor > 1 else photo,
        small, find_prior(small), appearance, box, pipeline.space,
        pattern=request.pattern, intensity=request.intensity, strength=strength,
        times=np.arange(count, dtype=np.float32) / request.fps, phase=clip_phase(count), seed=seed,
    )  # fmt: skip
    inputs = replace(inputs, change=torch.from_numpy(np.ascontiguousarray(mask[:, *box.slices])))
    moment = int(np.argmax((guidance.contact_mask > 0).sum(axis=(1, 2))))
    for step in pipeline.denoise(inputs, steps):
        if step.frames is None:
            yield Denoised(step.fraction)
        elif step.number < steps - 1:
            one = _finish(scene, moment, _correction(step.frames[moment].numpy(force=True), inputs, moment), mask, box)
            yield Denoised(step.fraction, one)
        else:
            made = step.frames.numpy(force=True)
            done = [_finish(scene, i, _correction(made[i], inputs, i), mask, box) for i in range(count)]
            yield Denoised(1.0, done[moment], np.stack(done))


def check_choices(steps: int, strength: str) -> None:
    """InputError unless steps and strength are possible."""
    if not 1 <= steps <= MAX_STEPS:
        raise InputError(f"steps must lie between 1 and {MAX_STEPS}, not {steps}.")
    if strength not in STRENGTHS:
        raise InputError(f"There is no guidance {str(strength)[:40]!r}: choose {', '.join(STRENGTHS)}.")


def reduction(width: int, picture: int) -> int:
    """By which power of two a picture is denoised smaller, so that a hand is about as large as in training."""
    return int(2 ** max(round(log2(width / picture)), 0))


def clip_phase(frames: int) -> F32:
    """0 .. 1 through a clip (f,)."""
    return np.linspace(0, 1, frames, dtype=np.float32)


@dataclass(frozen=True)
class _Scene:
    photo: U8
    guidance: Guidance
    appearance: Appearance
    strength: str
    factor: int


def _base(scene: _Scene, frame: int) -> F32:
    """The composite (h, w, 3) 0..1 at full resolution."""
    one = take_frames(scene.guidance, slice(frame, frame + 1))
    height, width = scene.photo.shape[:2]
    whole = Box(0, 0, width, height)
    soft = FINEST * scene.factor if scene.factor > 1 else 0.0
    return to_display(linear_layers(scene.photo, one, scene.appearance, whole, scene.strength, soft)[0][0])


def _base_frame(scene: _Scene, frame: int) -> U8:
    return (_base(scene, frame) * 255 + 0.5).astype(np.uint8)


def _correction(made: F32, inputs: Inputs, frame: int) -> F32:
    """What the network changes (h, w, 3) in its crop."""
    return (made - inputs.base[:3, frame].numpy()).transpose(1, 2, 0)


def _finish(scene: _Scene, frame: int, correction: F32, mask: F32, box: Box) -> U8:
    """The composite at full resolution, corrected inside the interaction and nowhere else."""
    picture = _base(scene, frame)
    change = correction * mask[frame][box.slices][..., None]
    if scene.factor > 1:
        size = (box.width * scene.factor, box.height * scene.factor)
        change = cv2.resize(change, size, interpolation=cv2.INTER_CUBIC)
        # cubic weights reach beyond the mask, where nothing may change
        inside = cv2.resize((mask[frame][box.slices] > 0).astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
        change *= inside[..., None]
    top, left = box.top * scene.factor, box.left * scene.factor
    picture[top : top + change.shape[0], left : left + change.shape[1]] += change
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
