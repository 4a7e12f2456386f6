"""Layers along time: each place looks at itself in the other frames and at the temporal latents.

Places in time are seconds, not frame numbers, so that clips of any frame rate mean the same. Every output
starts at zero: single frames can be learnt first, time later.
"""

import math

import torch
from torch import nn

from model.diffusion.network.region_attention import CrossAttention, zeroed

SLOWEST, FASTEST = 0.5, 64.0  # rad/s of the coarsest and the finest clock
CLOCK = 32  # numbers that tell a time: sine and cosine of every clock


class TimeMixing(nn.Module):
    """Each channel and place sees the frame before and the one after: cheap enough for every scale."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.mix = nn.Conv1d(channels, channels, 3, padding=1, groups=channels)
        nn.init.zeros_(self.mix.weight)
        nn.init.zeros_(self.mix.bias)  # type: ignore[arg-type]

    def forward(self, features: torch.Tensor, frames: int) -> torch.Tensor:
        """Features (b·f, c, h, w)."""
        weight = self.mix.weight[:, 0]  # (c, 3)
        mixing = torch.einsum("ck,kfg->cfg", weight, _neighbours(frames).to(weight))
        x = features.unflatten(0, (-1, frames)).flatten(3)  # (b, f, c, h·w)
        mixed = torch.matmul(mixing, x.transpose(1, 2)) + self.mix.bias[:, None, None]  # type: ignore[index]
        return features + mixed.transpose(1, 2).reshape(features.shape)


def _neighbours(frames: int) -> torch.Tensor:
    """Matrices (3, f, f) that take the frame before, itself and the one after; the ends take themselves."""
    place = torch.arange(frames)
    near = torch.stack([place - 1, place, place + 1]).clamp(0, frames - 1)
    return nn.functional.one_hot(near, frames).float()


class MotionLayer(nn.Module):
    """Self-attention along time, then attention to temporal latents that first read the hand's own course."""

    def __init__(self, channels: int, dim: int, groups: int, head_dim: int, latents: bool = True) -> None:
        super().__init__()
        heads = max(channels // head_dim, 1)
        self.norm = nn.GroupNorm(groups, channels)
        self.clock = nn.Linear(CLOCK, channels)
        self.along = CrossAttention(channels, channels, heads, head_dim)
        self.along.to_out = zeroed(self.along.to_out)
        self.latents = latents
        if latents:
            self.read = CrossAttention(dim, channels, max(dim // head_dim, 1), head_dim)
            self.norm_latents = nn.LayerNorm(dim)
            self.write = CrossAttention(channels, dim, heads, head_dim)
            self.write.to_out = zeroed(self.write.to_out)

    def forward(
        self, features: torch.Tensor, temporal: torch.Tensor, times: torch.Tensor, masks: torch.Tensor
    ) -> torch.Tensor:
        """Features (b·f, c, h, w), temporal latents (m, d), times (b, f) s, masks (b·f, r, h', w')."""
        batch, frames = times.shape
        channels, height, width = features.shape[1:]
        clock = self.clock(encode_time(times).to(features.dtype))  # (b, f, c)
        x = self.norm(features).unflatten(0, (batch, frames)) + clock[..., None, None]
        places = x.permute(0, 3, 4, 1, 2).flatten(0, 2)  # (b·h·w, f, c)
        out = self.along(places, places)
        if self.latents:
            written = self.write(places.reshape(batch, -1, channels), self._read(x, temporal, masks))
            out = out + written.reshape(out.shape)
        out = out.unflatten(0, (batch, height, width)).permute(0, 3, 4, 1, 2).flatten(0, 1)
        return features + out

    def _read(self, x: torch.Tensor, temporal: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Latents (b, m, d) that have read the course of hand and contact in features (b, f, c, h, w)."""
        small = nn.functional.adaptive_avg_pool2d(masks.to(x.dtype), (x.shape[-2], x.shape[-1])).amax(
            dim=1, keepdim=True
        )
        small = small.unflatten(0, x.shape[:2])
        course = (x * small).sum(dim=(3, 4)) / small.sum(dim=(3, 4)).clamp_min(1e-2)  # (b, f, c)
        asked = temporal.expand(len(x), -1, -1)
        return asked + self.read(self.norm_latents(asked), course)


def encode_time(seconds: torch.Tensor) -> torch.Tensor:
    """Sines and cosines (…, CLOCK) of times (…) in seconds."""
    rates = torch.exp(torch.linspace(math.log(SLOWEST), math.log(FASTEST), CLOCK // 2, device=seconds.device))
    angles = seconds[..., None].float() * rates
    return torch.cat([angles.sin(), angles.cos()], dim=-1)
