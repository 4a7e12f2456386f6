"""The blocks of the denoiser's scales: ResNets as diffusers makes them, and after each the layers that attend."""

from dataclasses import dataclass
from typing import Any

import torch
from diffusers.models.resnet import Downsample2D, ResnetBlock2D, Upsample2D
from diffusers.models.transformers.transformer_2d import Transformer2DModel
from torch import nn

from model.diffusion.network.guidance_channels import REGION_NAMES
from model.diffusion.network.latents import InteractionLatents
from model.diffusion.network.motion import MotionLayer, TimeMixing
from model.diffusion.network.region_attention import RegionAttention

Pairs = list[tuple[int, int]]  # channels in and out of each ResNet
HEADS = 8  # of Stable Diffusion 1.5's attention, at every width


@dataclass
class Shared:
    """What every block of one evaluation shares."""

    embedding: torch.Tensor
    tokens: torch.Tensor
    masks: torch.Tensor
    times: torch.Tensor
    frames: int
    latents: InteractionLatents


class Level(nn.Module):
    """The blocks of one scale on the way down, in the middle or on the way up."""

    def __init__(self) -> None:
        super().__init__()
        self.resnets = nn.ModuleList()
        self.attentions = nn.ModuleList()
        self.regions = nn.ModuleList()
        self.mixings = nn.ModuleList()
        self.motions = nn.ModuleList()
        self.downsamplers = nn.ModuleList()
        self.upsamplers = nn.ModuleList()

    def forward(
        self, x: torch.Tensor, shared: Shared, skips: list[torch.Tensor]
    ) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Features, and what the way up will need of each layer."""
        made = []
        for i, resnet in enumerate(self.resnets):
            x = resnet(torch.cat([x, skips[i]], dim=1) if skips else x, shared.embedding)
            x = self._attend(x, shared, i)
            made.append(x)
        for layer in self.downsamplers:
            x = layer(x)
            made.append(x)
        for layer in self.upsamplers:
            x = layer(x)
        return x, made

    def _attend(self, x: torch.Tensor, shared: Shared, i: int) -> torch.Tensor:
        """The layers after ResNet `i`; between the middle's two ResNets stands one of each, as in diffusers."""
        if i < len(self.attentions):
            x = self.attentions[i](x, encoder_hidden_states=shared.tokens, return_dict=False)[0]
        if i < len(self.regions):
            x = self.regions[i](x, shared.latents.spatial, shared.masks)
        if i < len(self.mixings):
            x = self.mixings[i](x, shared.frames)
        if i < len(self.motions):
            x = self.motions[i](x, shared.latents.temporal, shared.times, shared.masks)
        return x


def plan_channels(channels: tuple[int, ...], layers: int) -> tuple[list[Pairs], Pairs, list[Pairs]]:
    """Channels in and out of every ResNet, in diffusers' order: down, middle, up."""
    down, skips, last = [], [channels[0]], channels[0]
    for level, each in enumerate(channels):
        pairs = []
        for _ in range(layers):
            pairs.append((last, each))
            last = each
            skips.append(each)
        if level < len(channels) - 1:
            skips.append(each)
        down.append(pairs)
    up = []
    for each in reversed(channels):
        pairs = []
        for _ in range(layers + 1):
            pairs.append((last + skips.pop(), each))
            last = each
        up.append(pairs)
    return down, [(channels[-1], channels[-1])] * 2, up


def make_level(config: dict[str, Any], width: int, level: int, pairs: Pairs, way: str) -> Level:
    """One scale of a configuration on one way, `down`, `mid` or `up`; `width` is the embedding's."""
    here, block = config["channels"][level], Level()
    for before, after in pairs:
        block.resnets.append(_make_resnet(config, width, before, after))
    for _ in range(1 if way == "mid" else len(pairs)):
        _add_attending(block, config, level, here, way == "mid")
    if way == "down" and level < len(config["channels"]) - 1:
        block.downsamplers.append(Downsample2D(here, use_conv=True, name="op"))
    if way == "up" and level > 0:
        block.upsamplers.append(Upsample2D(here, use_conv=True))
    return block


def _make_resnet(config: dict[str, Any], width: int, before: int, after: int) -> ResnetBlock2D:
    return ResnetBlock2D(
        in_channels=before, out_channels=after, temb_channels=width,
        groups=_groups(before, config["groups"]), groups_out=config["groups"], eps=1e-5,
    )  # fmt: skip


def _add_attending(block: Level, config: dict[str, Any], level: int, here: int, middle: bool) -> None:
    """Add one layer of each kind that the configuration has at this scale, for `here` channels."""
    sizes = (config["latent_dim"], config["groups"], config["head_dim"])
    if level in config["attention_levels"] or middle:
        heads = _heads(here, config)
        block.attentions.append(
            Transformer2DModel(
                heads, here // heads, in_channels=here, num_layers=1,
                norm_num_groups=config["groups"], cross_attention_dim=config["token_dim"],
            )
        )  # fmt: skip
    if config["use_spatial_latents"] and level in config["region_levels"]:
        block.regions.append(RegionAttention(here, *sizes, len(REGION_NAMES), config["use_region_attention"]))
    if config["use_motion"]:
        block.mixings.append(TimeMixing(here))
    if config["use_motion"] and level in config["motion_levels"]:
        block.motions.append(MotionLayer(here, *sizes, config["use_temporal_latents"]))


def _heads(channels: int, config: dict[str, Any]) -> int:
    """Stable Diffusion 1.5 has HEADS at every width; smaller sizes have as many as fit."""
    if config["guidance_scale"] > 1 and channels % HEADS == 0:
        return HEADS
    return max(channels // int(config["head_dim"]), 1)


def _groups(channels: int, groups: int) -> int:
    """The most groups up to `groups` that divide joined channels."""
    return next(g for g in range(groups, 0, -1) if channels % g == 0)
