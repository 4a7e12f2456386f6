"""Denoising of a clip: every step over all windows, overlaps averaged, from noise that moves with the picture.

    for step in pipeline.denoise(inputs, steps=4): step.frames   # (f, 3, h, w) 0..1, clearer each time

`InterAnimatePipeline(...)` with `callback_on_step_end` does the same in diffusers' manner.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Any, TypeVar

import numpy as np
import torch
from diffusers.pipelines.pipeline_utils import DiffusionPipeline
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from diffusers.utils import BaseOutput

from model.diffusion.crop import Box, interaction_box
from model.diffusion.network.denoiser import Conditions, InterAnimateDenoiser
from model.diffusion.network.identity import IdentityEncoder
from model.diffusion.network.spaces import Space, space_of
from model.errors import InputError

Share = TypeVar("Share", float, np.ndarray)


@dataclass(frozen=True)
class Inputs:
    """One clip's interaction crop as tensors; sides are multiples of the denoiser's."""

    base: torch.Tensor  # (6, f, h, w) composite and warped photo, 0..1
    guidance: torch.Tensor  # (CHANNELS, f, h, w)
    masks: torch.Tensor  # (3, f, h, w)
    noise: torch.Tensor  # (c, f, h, w) of the sample's channels and size
    face: torch.Tensor  # (3, 64, 64) -1..1: who is shown
    pattern: int
    intensity: float
    strength: int
    times: torch.Tensor  # (f,) s
    phase: torch.Tensor  # (f,) 0..1
    change: torch.Tensor | None = None  # (f, h, w) above 0 where the result is used; None: everywhere


@dataclass(frozen=True)
class Step:
    """What is known after a window: `frames` only at the end of a step."""

    fraction: float
    frames: torch.Tensor | None = None  # (f, 3, h, w) 0..1, the clean picture as now predicted
    number: int = 0  # of the step
    time: int = 1000  # the scheduler's


@dataclass
class InterAnimateOutput(BaseOutput):
    """The denoised crop (f, 3, h, w), 0..1."""

    frames: torch.Tensor


def noise_level(left: Share) -> Share:
    """Share of noise where `left` of the way (1 .. 0) is to go.

    Corrections are small beside the noise, and show only where little of it is left: most steps are spent there.
    """
    return left**2


def lay_windows(frames: int, length: int, overlap: int) -> list[tuple[int, int]]:
    """Spans of `length` frames (or all, if fewer) that cover the clip and overlap by at least `overlap`."""
    if frames <= length:
        return [(0, frames)]
    count = -(-(frames - overlap) // (length - overlap))
    starts = [round(k * (frames - length) / (count - 1)) for k in range(count)]
    return [(start, start + length) for start in starts]


def window_weights(length: int, overlap: int, first: bool, last: bool) -> torch.Tensor:
    """Weights (length,) that fade in and out over the overlap, except at the clip's ends; all above 0."""
    weights = torch.ones(length)
    ramp = (torch.arange(min(overlap, length)) + 1) / (overlap + 1)
    if not first:
        weights[: len(ramp)] = torch.minimum(weights[: len(ramp)], ramp)
    if not last:
        weights[-len(ramp) :] = torch.minimum(weights[-len(ramp) :], ramp.flip(0))
    return weights


class InterAnimatePipeline(DiffusionPipeline):
    """Denoiser, identity encoder, scheduler and, for latent sizes, an autoencoder."""

    model_cpu_offload_seq = "identity->denoiser->vae"  # type: ignore[assignment]
    _optional_components = ["vae"]
    _callback_tensor_inputs = ["latents"]

    def __init__(
        self,
        denoiser: InterAnimateDenoiser,
        identity: IdentityEncoder,
        scheduler: FlowMatchEulerDiscreteScheduler,
        vae: Any = None,
        window: int = 8,
        overlap: int = 2,
        picture: int = 256,
        plugged: bool = False,
        physics: int | None = None,  # version of the engine whose pictures were learnt; None: not known
    ) -> None:
        super().__init__()
        self.register_modules(denoiser=denoiser, identity=identity, scheduler=scheduler, vae=vae)
        self.register_to_config(window=window, overlap=overlap, picture=picture, plugged=plugged, physics=physics)
        self.encoder: Callable[[torch.Tensor], torch.Tensor] | None = None  # in place of ours, where one is plugged in

    @property
    def settings(self) -> Any:
        """Window, overlap and picture size."""
        return self.config

    @property
    def space(self) -> Space:
        """Where corrections live: pixels, or an autoencoder's latents."""
        return space_of(self.vae)

    @torch.no_grad()
    def embed(self, faces: torch.Tensor) -> torch.Tensor:
        """Unit vectors (b, d) of faces (b, 3, 64, 64) in -1..1: who is shown; InputError without a plugged encoder."""
        if not self.settings.plugged:
            return self.identity(faces.to(self.identity.device, self.identity.dtype))
        if self.encoder is None:
            raise InputError("This checkpoint was trained with an ONNX face encoder: name it in STUDIO_FACE_ENCODER.")
        return self.encoder(faces)

    @torch.no_grad()
    def __call__(
        self,
        inputs: Inputs,
        num_inference_steps: int = 4,
        callback_on_step_end: Callable[[Any, int, int, dict[str, Any]], Any] | None = None,
    ) -> InterAnimateOutput:
        """The clip's crop; the callback gets the predicted frames as `latents` after every step."""
        frames = None
        for step in self.denoise(inputs, num_inference_steps):
            if step.frames is None:
                continue
            frames = step.frames
            if callback_on_step_end is not None:
                callback_on_step_end(self, step.number, step.time, {"latents": frames})
        assert frames is not None
        return InterAnimateOutput(frames)

    def denoise(self, inputs: Inputs, steps: int = 4) -> Iterator[Step]:
        """Progress window by window, pictures step by step; closing the iterator stops the work."""
        space, device = self.space, self.denoiser.device
        with torch.no_grad():
            base = space.encode(inputs.base, device)
            identity = self.embed(inputs.face[None].to(device))
        scheduler = FlowMatchEulerDiscreteScheduler.from_config(self.scheduler.config)  # state of this clip only
        scheduler.set_timesteps(sigmas=[noise_level(1 - k / steps) for k in range(steps)], device=device)
        x = inputs.noise[None].to(device, torch.float32)
        frames = x.shape[2]
        spans = lay_windows(frames, self.settings.window, self.settings.overlap)
        boxes = [used_box(inputs, x.shape[3:], slice(*span), self.denoiser.multiple) for span in spans]
        for i, time in enumerate(scheduler.timesteps):
            clean, total = torch.zeros_like(x), torch.zeros(x.shape[2:], device=device)
            for k, (span, box) in enumerate(zip(spans, boxes, strict=True)):
                if box is not None:
                    weights = window_weights(
                        span[1] - span[0], self.settings.overlap, span[0] == 0, span[1] == frames
                    ).to(device)[:, None, None]  # fmt: skip
                    here = (slice(*span), *box.slices)
                    made = self._window(
                        x[:, :, *here], time, window_of(inputs, x.shape[3:], *here), base[:, *here], identity
                    )
                    clean[:, :, *here] += made * weights
                    total[*here] += weights
                yield Step((i + (k + 1) / len(spans)) / steps)
            clean = clean / total.clamp_min(1e-3)  # where no window looked, nothing is corrected
            sigma = scheduler.sigmas[i]
            x = scheduler.step((x - clean) / sigma, time, x, return_dict=False)[0]
            yield Step((i + 1) / steps, space.decode(clean[0], base, inputs.base), i, int(time))

    @torch.no_grad()
    def _window(
        self, x: torch.Tensor, time: torch.Tensor, inputs: Inputs, base: torch.Tensor, identity: torch.Tensor
    ) -> torch.Tensor:
        """Clean correction (1, c, f, h, w) of one window's inputs and encoded base, float32."""
        conditions = join_conditions([inputs], base[None], identity)
        device, dtype = self.denoiser.device, self.denoiser.dtype
        conditions = Conditions(**{f.name: getattr(conditions, f.name).to(device) for f in fields(Conditions)})
        return self.denoiser(x.to(dtype), time.expand(1), conditions).sample.float()


def used_box(inputs: Inputs, size: torch.Size, frames: slice, multiple: int) -> Box | None:
    """The part of a sample of `size` (h, w) that is used in some frames: all if that is not said, None if none is."""
    if inputs.change is None:
        return Box(0, 0, size[1], size[0])
    used = torch.nn.functional.adaptive_max_pool2d(inputs.change[frames].float(), (size[0], size[1]))
    return interaction_box(used.numpy(force=True), multiple)


def window_of(inputs: Inputs, size: torch.Size, frames: slice, rows: slice, columns: slice) -> Inputs:
    """Some frames of a part of the inputs, the part in px of a sample of `size` (h, w)."""
    scale = inputs.guidance.shape[-1] // size[1]
    here = (frames, slice(rows.start * scale, rows.stop * scale), slice(columns.start * scale, columns.stop * scale))
    return Inputs(
        base=inputs.base[:, *here],
        guidance=inputs.guidance[:, *here],
        masks=inputs.masks[:, *here],
        noise=inputs.noise[:, frames, rows, columns],
        face=inputs.face,
        pattern=inputs.pattern,
        intensity=inputs.intensity,
        strength=inputs.strength,
        times=inputs.times[frames],
        phase=inputs.phase[frames],
    )


def join_conditions(inputs: list[Inputs], base: torch.Tensor, identity: torch.Tensor) -> Conditions:
    """Conditions of a batch of windows of one size; `base` (b, …) in the sample's space, `identity` (b, d)."""
    return Conditions(
        base=base,
        guidance=torch.stack([each.guidance for each in inputs]),
        masks=torch.stack([each.masks for each in inputs]),
        identity=identity,
        pattern=torch.tensor([each.pattern for each in inputs]),
        intensity=torch.tensor([each.intensity for each in inputs], dtype=torch.float32),
        strength=torch.tensor([each.strength for each in inputs]),
        times=torch.stack([each.times for each in inputs]),
        phase=torch.stack([each.phase for each in inputs]),
    )
