"""Weights to begin with: seeded, or of others, as Stable Diffusion's blocks fit the `full` configuration by name."""

from typing import Any

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

from annotation.taxonomy import PATTERNS
from model.diffusion.network.denoiser import InterAnimateDenoiser
from model.diffusion.network.identity import IdentityEncoder
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.training.config import Config
from model.errors import InputError


def build_pipeline(config: Config, seed: int) -> InterAnimatePipeline:
    """A pipeline of a configuration with seeded weights, from Hub weights where the configuration names some."""
    torch.manual_seed(seed)
    denoiser = InterAnimateDenoiser(**config.denoiser, patterns=len(PATTERNS))
    identity = IdentityEncoder(**config.identity)
    if config.start_from:
        initialise(denoiser, config.start_from)
    return InterAnimatePipeline(
        denoiser, identity, FlowMatchEulerDiscreteScheduler(), make_autoencoder(config),
        window=config.window, overlap=max(config.window // 4, 1), picture=config.picture,
    )  # fmt: skip


def initialise(denoiser: InterAnimateDenoiser, source: str) -> float:
    """Copy what fits of a Hub repository's or folder's `unet`; the share of the denoiser's parameters; InputError."""
    try:
        unet = UNet2DConditionModel.from_pretrained(source, subfolder="unet", use_safetensors=True)
    except Exception as error:  # network, permission and name have classes of their own in several packages
        raise InputError(f"Cannot get the weights of {source[:80]}: check the name and the network.") from error
    return copy_fitting(denoiser, unet.state_dict())


@torch.no_grad()
def copy_fitting(denoiser: InterAnimateDenoiser, weights: dict[str, torch.Tensor]) -> float:
    """Copy tensors of the same name and shape; of `conv_in` the channels of the sample. The share copied."""
    copied = 0
    own = denoiser.state_dict()
    for name, value in own.items():
        given = weights.get(name)
        if given is None:
            continue
        if given.shape == value.shape and not name.startswith("conv_out"):
            value.copy_(given)
            copied += value.numel()
        elif name == "conv_in.weight" and given.shape[0] == value.shape[0] and given.shape[2:] == value.shape[2:]:
            value[:, : given.shape[1]] = given
            copied += given.numel()
    return copied / sum(value.numel() for value in own.values())


def make_autoencoder(config: Config) -> Any:
    """The configuration's autoencoder, with the weights of `start_from` if it names some; None for pixels."""
    if config.autoencoder is None:
        return None
    if not config.start_from:
        return AutoencoderKL(**config.autoencoder).eval().requires_grad_(False)
    try:
        vae = AutoencoderKL.from_pretrained(config.start_from, subfolder="vae", use_safetensors=True)
    except Exception as error:
        raise InputError(f"Cannot get the autoencoder of {config.start_from}: check the network.") from error
    return vae.eval().requires_grad_(False)
