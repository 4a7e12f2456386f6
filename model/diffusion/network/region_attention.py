"""Region attention: latents read from the pixels of a region, and that region's pixels read from the latents.

Static latents with the masks already among the inputs gained nothing in a first experiment; so they first
gather what the region shows of this clip, and only then write back. Output layers start at zero: an untrained
layer changes nothing.
"""

import torch
from torch import nn
from torch.nn import functional

LEAST = 1e-4  # of a mask: outside a region its pixels count this little when latents read


class CrossAttention(nn.Module):
    """Multi-head attention of `query` (b, q, dq) to `context` (b, k, dk), weighted by `weight` (b, q, k) if given."""

    def __init__(self, query_dim: int, context_dim: int, heads: int, head_dim: int) -> None:
        super().__init__()
        inner = heads * head_dim
        self.heads = heads
        self.to_q = nn.Linear(query_dim, inner, bias=False)
        self.to_k = nn.Linear(context_dim, inner, bias=False)
        self.to_v = nn.Linear(context_dim, inner, bias=False)
        self.to_out = nn.Linear(inner, query_dim)

    def forward(self, query: torch.Tensor, context: torch.Tensor, weight: torch.Tensor | None = None) -> torch.Tensor:
        """(b, q, dq)."""
        q, k, v = (self.split(x) for x in (self.to_q(query), self.to_k(context), self.to_v(context)))
        bias = None if weight is None else weight.clamp_min(LEAST).log()[:, None].to(q.dtype)
        out = functional.scaled_dot_product_attention(q, k, v, attn_mask=bias)
        return self.to_out(self.join(out))

    def split(self, x: torch.Tensor) -> torch.Tensor:
        """(b, n, heads · e) → (b, heads, n, e)."""
        return x.unflatten(2, (self.heads, -1)).transpose(1, 2)

    def join(self, x: torch.Tensor) -> torch.Tensor:
        """Back from `split`."""
        return x.transpose(1, 2).flatten(2)


def zeroed(layer: nn.Linear) -> nn.Linear:
    """The layer with weights and bias at zero."""
    nn.init.zeros_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer


class RegionAttention(nn.Module):
    """Adds to features what the latents say, in each region by its own query and only as far as its mask reaches.

    With `masked=False` it is plain cross-attention to the latents: every region is the whole picture (ablation).
    """

    def __init__(self, channels: int, dim: int, groups: int, head_dim: int, regions: int = 3, masked: bool = True):
        super().__init__()
        heads = max(dim // head_dim, 1)
        self.masked = masked
        self.norm = nn.GroupNorm(groups, channels)
        self.region = nn.Parameter(torch.zeros(regions, dim))
        self.read = CrossAttention(dim, channels, heads, head_dim)
        self.norm_latents = nn.LayerNorm(dim)
        self.think = nn.Sequential(nn.LayerNorm(dim), nn.Linear(dim, 2 * dim), nn.GELU(), nn.Linear(2 * dim, dim))
        self.write = CrossAttention(channels, dim, heads, head_dim)
        self.write.to_out = zeroed(self.write.to_out)

    def forward(self, features: torch.Tensor, latents: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Features (b, c, h, w) with latents (n, d) under masks (b, r, h', w') 0..1 of each region."""
        batch, channels, height, width = features.shape
        masks = functional.adaptive_avg_pool2d(masks.to(features.dtype), (height, width)).flatten(2)
        if not self.masked:
            masks = torch.ones_like(masks)
        pixels = self.norm(features).flatten(2).transpose(1, 2)
        known = self._read(latents, pixels, masks)
        written = self._write(pixels, known, masks)
        return features + written.transpose(1, 2).reshape(batch, channels, height, width)

    def _read(self, latents: torch.Tensor, pixels: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """Latents (b, r, n, d) that have read their region's pixels (b, p, c) under masks (b, r, p)."""
        asked = (latents + self.region[:, None]).flatten(0, 1).expand(len(pixels), -1, -1)  # (b, r·n, d)
        weight = masks.repeat_interleave(len(latents), dim=1)
        known = asked + self.read(self.norm_latents(asked), pixels, weight)
        return (known + self.think(known)).unflatten(1, (-1, len(latents)))

    def _write(self, pixels: torch.Tensor, known: torch.Tensor, masks: torch.Tensor) -> torch.Tensor:
        """What pixels (b, p, c) take from each region's latents, weighted by its mask: projected once for all."""
        layer = self.write
        q = layer.split(layer.to_q(pixels))
        total = torch.zeros((), dtype=q.dtype, device=q.device)
        for region, mask in zip(known.unbind(1), masks.unbind(1), strict=True):
            k, v = layer.split(layer.to_k(region)), layer.split(layer.to_v(region))
            total = total + layer.join(functional.scaled_dot_product_attention(q, k, v)) * mask[..., None]
        bias = layer.to_out.bias * masks.sum(dim=1)[..., None]
        return functional.linear(total, layer.to_out.weight) + bias
