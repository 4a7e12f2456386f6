"""The denoiser: a U-Net over frames with region attention to spatial latents, motion layers with temporal
latents, and cross-attention to identity tokens. It predicts the clean correction of the composite.

Names and layout of ResNet and attention blocks are those of diffusers' UNet2DConditionModel, so that Stable
Diffusion's weights fit where the sizes do. Each part of the paper can be switched off by configuration.
"""

# ruff: noqa: ARG002 - arguments of a configured network are read back from its configuration

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.controlnets.controlnet import ControlNetConditioningEmbedding
from diffusers.models.embeddings import IPAdapterFaceIDImageProjection, TimestepEmbedding, Timesteps
from diffusers.models.modeling_utils import ModelMixin
from diffusers.utils import BaseOutput
from torch import nn
from torch.nn import functional

from model.diffusion.network.blocks import Shared, make_level, plan_channels
from model.diffusion.network.guidance_channels import CHANNELS, STRENGTHS
from model.diffusion.network.latents import InteractionLatents
from model.diffusion.network.motion import CLOCK, encode_time

BASE_CHANNELS = 6  # composite and warped photo, RGB each


@dataclass
class DenoiserOutput(BaseOutput):
    """The clean correction (b, c, f, h, w)."""

    sample: torch.Tensor


@dataclass(frozen=True)
class Conditions:
    """What the denoiser is told, b clips of f frames."""

    base: torch.Tensor  # (b, 6, f, h, w) composite and warped photo, in the sample's space or -1..1
    guidance: torch.Tensor  # (b, CHANNELS, f, h, w)
    masks: torch.Tensor  # (b, 3, f, h, w) hand, face, contact
    identity: torch.Tensor  # (b, identity_dim)
    pattern: torch.Tensor  # (b,) index into PATTERNS
    intensity: torch.Tensor  # (b,)
    strength: torch.Tensor  # (b,) index into STRENGTHS
    times: torch.Tensor  # (b, f) s from the clip's start
    phase: torch.Tensor  # (b, f) 0 .. 1 through the clip


class InterAnimateDenoiser(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Noisy correction and conditions → clean correction; sizes in config.py."""

    _supports_gradient_checkpointing = True

    @register_to_config
    def __init__(
        self,
        sample_channels: int = 3,
        guidance_scale: int = 1,  # picture px per sample px of the guidance: 8 with an autoencoder
        channels: tuple[int, ...] = (32, 64, 96, 128),
        layers: int = 1,
        patch: int = 2,  # px folded into channels along each side
        groups: int = 8,
        head_dim: int = 32,
        attention_levels: tuple[int, ...] = (3,),
        region_levels: tuple[int, ...] = (1, 2, 3),
        motion_levels: tuple[int, ...] = (2, 3),
        latent_dim: int = 64,
        spatial_latents: int = 16,
        temporal_latents: int = 16,
        token_dim: int = 64,
        identity_dim: int = 128,
        identity_tokens: int = 4,
        use_spatial_latents: bool = True,
        use_temporal_latents: bool = True,
        use_region_attention: bool = True,  # False: plain cross-attention to the latents
        use_identity: bool = True,
        use_motion: bool = True,
        patterns: int = 18,  # the first of PATTERNS, that it learnt: as many as there were before this was kept
    ) -> None:
        super().__init__()
        self.gradient_checkpointing = False
        width = channels[0] * 4
        base = sample_channels // 3 * BASE_CHANNELS if guidance_scale == 1 else sample_channels * 2
        inputs = sample_channels + base + (CHANNELS if guidance_scale == 1 else 0)
        self.conv_in = nn.Conv2d(inputs * patch * patch, channels[0], 3, padding=1)
        if guidance_scale > 1:
            self.guide = ControlNetConditioningEmbedding(channels[0], CHANNELS, (16, 32, 96, 256))
        self.time_proj = Timesteps(channels[0], flip_sin_to_cos=True, downscale_freq_shift=0)
        self.time_embedding = TimestepEmbedding(channels[0], width)
        self.pattern = nn.Embedding(patterns, width)
        self.strength = nn.Embedding(len(STRENGTHS), width)
        self.moment = nn.Linear(2 * CLOCK, width)  # intensity and phase
        self.latents = InteractionLatents(spatial_latents, temporal_latents, latent_dim)
        self.identity_projection = IPAdapterFaceIDImageProjection(identity_dim, token_dim, 1, identity_tokens)
        self.blank = nn.Parameter(torch.zeros(1, 1, token_dim))  # the token of nobody
        down, mid, up = plan_channels(channels, layers)
        config, last = dict(self.config), len(channels) - 1
        self.down_blocks = nn.ModuleList(make_level(config, width, k, pairs, "down") for k, pairs in enumerate(down))
        self.mid_block = make_level(config, width, last, mid, "mid")
        self.up_blocks = nn.ModuleList(make_level(config, width, last - k, pairs, "up") for k, pairs in enumerate(up))
        self.conv_norm_out = nn.GroupNorm(groups, channels[0])
        self.conv_out = nn.Conv2d(channels[0], sample_channels * patch * patch, 3, padding=1)
        nn.init.zeros_(self.conv_out.weight)
        nn.init.zeros_(self.conv_out.bias)  # type: ignore[arg-type]

    @property
    def sizes(self) -> Any:
        """The configuration's entries as attributes."""
        return self.config

    @property
    def multiple(self) -> int:
        """Sides of a sample must be a multiple of this."""
        return int(self.sizes.patch) * 2 ** (len(self.sizes.channels) - 1)

    def forward(
        self, sample: torch.Tensor, timestep: torch.Tensor, conditions: Conditions, return_dict: bool = True
    ) -> DenoiserOutput | tuple[torch.Tensor]:
        """Sample (b, c, f, h, w), timestep (b,) 0..1000 → the clean correction."""
        frames = sample.shape[2]
        embedding = self._embed(timestep, conditions, frames).to(sample.dtype)
        masks = _fold(conditions.masks)
        tokens = self._tokens(conditions.identity.to(sample.dtype), frames)
        x = self._enter(sample, conditions)
        shared = Shared(embedding, tokens, masks, conditions.times, frames, self.latents)
        skips = [x]
        for block in self.down_blocks:
            x, made = self._run(block, x, shared, [])
            skips += made
        x, _ = self._run(self.mid_block, x, shared, [])
        for block in self.up_blocks:
            mine = [skips.pop() for _ in block.resnets]  # type: ignore[union-attr]
            x, _ = self._run(block, x, shared, mine)
        x = self.conv_out(functional.silu(self.conv_norm_out(x)))
        x = functional.pixel_shuffle(x, self.sizes.patch) if self.sizes.patch > 1 else x
        out = x.unflatten(0, (-1, frames)).transpose(1, 2)
        return DenoiserOutput(out) if return_dict else (out,)

    def _run(
        self, block: Any, x: torch.Tensor, shared: Shared, skips: list[torch.Tensor]
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        if torch.is_grad_enabled() and self.gradient_checkpointing:
            return self._gradient_checkpointing_func(block, x, shared, skips)  # type: ignore[misc]
        return block(x, shared, skips)

    def _enter(self, sample: torch.Tensor, conditions: Conditions) -> torch.Tensor:
        """Everything that has pixels, folded and joined (b·f, c, h, w)."""
        parts = [sample, conditions.base.to(sample.dtype)]
        guided = conditions.guidance.to(sample.dtype)
        if self.sizes.guidance_scale == 1:
            parts.append(guided)
        x = _fold(torch.cat(parts, dim=1))
        x = functional.pixel_unshuffle(x, self.sizes.patch) if self.sizes.patch > 1 else x
        x = self.conv_in(x)
        return x + self.guide(_fold(guided)) if self.sizes.guidance_scale > 1 else x

    def _embed(self, timestep: torch.Tensor, conditions: Conditions, frames: int) -> torch.Tensor:
        """Time of denoising, pattern, strength, intensity and phase of each frame (b·f, width)."""
        dtype = self.conv_in.weight.dtype
        clip = self.time_embedding(self.time_proj(timestep).to(dtype))
        clip = clip + self.pattern(conditions.pattern) + self.strength(conditions.strength)
        moment = torch.cat(
            [
                encode_time(conditions.intensity)[:, None].expand(-1, frames, -1),
                encode_time(conditions.phase),
            ],
            dim=-1,
        )
        return (clip[:, None] + self.moment(moment.to(dtype))).flatten(0, 1)

    def _tokens(self, identity: torch.Tensor, frames: int) -> torch.Tensor:
        """Identity tokens (b·f, t, d); the blank one where the ID Preserver is off."""
        blank = self.blank.expand(len(identity), -1, -1).to(identity.dtype)
        tokens = blank
        if self.sizes.use_identity:
            tokens = torch.cat([self.identity_projection(identity), blank], dim=1)
        return tokens.repeat_interleave(frames, dim=0)


def _fold(x: torch.Tensor) -> torch.Tensor:
    """(b, c, f, h, w) → (b·f, c, h, w)."""
    return x.transpose(1, 2).flatten(0, 1)
