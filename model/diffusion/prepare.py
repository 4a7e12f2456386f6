"""From photo and guidance to the network's tensors: the same for training and for use."""

import numpy as np
import torch

from annotation.taxonomy import PATTERNS
from model.clip import Guidance
from model.diffusion.appearance import Appearance
from model.diffusion.composite import composite
from model.diffusion.crop import Box, crop_guidance, crop_prior, reduce_guidance
from model.diffusion.network.guidance_channels import STRENGTHS, TouchPrior, guidance_tensors
from model.diffusion.network.identity import crop_face
from model.diffusion.network.noise import shared_noise
from model.diffusion.network.spaces import Space
from model.diffusion.pipeline import Inputs
from model.scene import F32, U8


def prepare_inputs(
    photo: U8,
    guidance: Guidance,
    prior: TouchPrior,
    appearance: Appearance,
    box: Box,
    space: Space,
    *,
    pattern: str,
    intensity: float,
    strength: str,
    times: F32,
    phase: F32,
    seed: int,
) -> Inputs:
    """Tensors of the box; `guidance` and `prior` are of the whole picture, times and phase of its frames."""
    inside = crop_guidance(guidance, box)
    base, warped = composite(photo, inside, appearance, box, strength)
    channels, masks = guidance_tensors(inside, crop_prior(prior, box), strength, photo.shape[1])
    count, frames, height, width = space.noise_shape(len(times), box.height, box.width)
    scaled = reduce_guidance(inside, box.width // width)
    noise = shared_noise(scaled, count, strength, seed)
    assert noise.shape == (count, frames, height, width)
    return Inputs(
        base=torch.from_numpy(np.concatenate([base, warped], axis=-1).transpose(3, 0, 1, 2).copy()),
        guidance=channels.transpose(0, 1),
        masks=masks.transpose(0, 1),
        noise=noise,
        face=crop_face(photo, prior.face > 0.5),
        pattern=PATTERNS.index(pattern),
        intensity=intensity,
        strength=STRENGTHS.index(strength),
        times=torch.from_numpy(np.asarray(times, np.float32)),
        phase=torch.from_numpy(np.asarray(phase, np.float32)),
    )
