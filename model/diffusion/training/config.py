"""The model's named sizes. `python -m model.diffusion.training.config` prints their parameters and memory.

Why pixels and no autoencoder for `tiny` and `base`: the network only corrects a composite that carries the
photo's own texture, and an autoencoder would blur that texture and cost more than the denoising (decoding
16 frames of 256 px takes 4.7 s on two cores with the smallest one, eight steps of denoising 8.5 s). Pixels are
folded into channels instead (`patch`). `full` has Stable Diffusion 1.5's layout, so that its weights fit, and
with it that model's autoencoder.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL

from annotation.taxonomy import PATTERNS
from model.diffusion.network.denoiser import InterAnimateDenoiser
from model.diffusion.network.identity import IdentityEncoder
from model.errors import InputError


@dataclass(frozen=True)
class Config:
    """A size of the model and how it is trained."""

    name: str
    denoiser: dict[str, Any]
    identity: dict[str, Any]
    autoencoder: dict[str, Any] | None = None  # of diffusers' AutoencoderKL
    picture: int = 256  # px of the pictures trained on: larger ones are denoised at a whole fraction
    crop: int = 128  # px
    window: int = 8  # frames denoised together
    batch: int = 4  # windows a step and process
    rate: float = 6e-4  # learning rate
    identity_steps: int = 300  # of the identity encoder, trained first
    start_from: str = ""  # Hub name of a UNet2DConditionModel whose weights fit
    strengths: dict[str, float] = field(default_factory=lambda: {"maps": 0.6, "joints": 0.25, "pattern": 0.15})


TINY: Final = Config(
    name="tiny",
    denoiser={
        "channels": (32, 48, 80, 112),
        "layers": 1,
        "patch": 2,
        "groups": 8,
        "head_dim": 32,
        "attention_levels": (3,),
        "region_levels": (2, 3),
        "motion_levels": (3,),
        "latent_dim": 64,
        "spatial_latents": 16,
        "temporal_latents": 16,
        "token_dim": 64,
        "identity_dim": 128,
    },
    identity={"channels": (16, 32, 64, 128), "dim": 128},
    crop=96,
    batch=2,
)
BASE: Final = Config(
    name="base",
    denoiser={
        "channels": (128, 256, 384, 512),
        "layers": 2,
        "patch": 2,
        "groups": 32,
        "head_dim": 64,
        "attention_levels": (2, 3),
        "region_levels": (1, 2, 3),
        "motion_levels": (1, 2, 3),
        "latent_dim": 256,
        "spatial_latents": 64,
        "temporal_latents": 32,
        "token_dim": 256,
        "identity_dim": 256,
    },
    identity={"channels": (32, 64, 128, 256), "dim": 256},
    picture=512,
    crop=256,
    window=16,
    batch=2,
    rate=2e-4,
)
FULL: Final = Config(
    name="full",
    denoiser={
        "sample_channels": 4,
        "guidance_scale": 8,
        "channels": (320, 640, 1280, 1280),
        "layers": 2,
        "patch": 1,
        "groups": 32,
        "head_dim": 40,
        "attention_levels": (0, 1, 2),
        "region_levels": (0, 1, 2, 3),
        "motion_levels": (0, 1, 2, 3),
        "latent_dim": 768,
        "spatial_latents": 128,
        "temporal_latents": 64,
        "token_dim": 768,
        "identity_dim": 512,
    },
    identity={"channels": (64, 128, 256, 512), "dim": 512},
    autoencoder={
        "block_out_channels": (128, 256, 512, 512),
        "down_block_types": ("DownEncoderBlock2D",) * 4,
        "up_block_types": ("UpDecoderBlock2D",) * 4,
        "layers_per_block": 2,
        "latent_channels": 4,
        "sample_size": 512,
    },
    picture=512,
    crop=512,
    window=16,
    batch=1,
    rate=5e-5,
    start_from="stable-diffusion-v1-5/stable-diffusion-v1-5",
)
CONFIGS: Final = {config.name: config for config in (TINY, BASE, FULL)}


def find_config(name: str) -> Config:
    """The configuration of a name; InputError."""
    if name not in CONFIGS:
        raise InputError(f"There is no configuration {name[:40]!r}: choose {', '.join(CONFIGS)}.")
    return CONFIGS[name]


def measure_config(config: Config) -> dict[str, float]:
    """Millions of parameters by part, and GB for weights and for training, on the meta device: no memory is used."""
    with torch.device("meta"):
        parts: dict[str, torch.nn.Module] = {
            "denoiser": InterAnimateDenoiser(**config.denoiser, patterns=len(PATTERNS)),
            "identity": IdentityEncoder(**config.identity),
        }
        if config.autoencoder:
            parts["autoencoder"] = AutoencoderKL(**config.autoencoder)
    count = {name: sum(p.numel() for p in part.parameters()) for name, part in parts.items()}
    every = sum(count.values())
    # Training keeps weights, gradients, two moments and the average of the denoiser in float32.
    return {
        **{name: round(number / 1e6, 3) for name, number in count.items()},
        "bf16_gb": round(every * 2 / 1e9, 3),
        "training_gb": round((every * 4 + count["denoiser"] * 16) / 1e9, 3),
    }


if __name__ == "__main__":
    for each in CONFIGS.values():
        print(each.name, *(f"{key} {value}" for key, value in measure_config(each).items()))
