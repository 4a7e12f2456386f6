"""The learnable interaction latents: what the model knows of interactions when guidance does not say it.

After InterAnimate (arXiv 2504.10905): spatial latents `L_s` (n × d) for topology and texture of hand, face and
contact, temporal latents `L_t` (m × d) for the motion. The paper gives neither n, m, d nor the loss's form.
"""

import torch
from torch import nn


class InteractionLatents(nn.Module):
    """`spatial` (n, d) and `temporal` (m, d), orthogonal at the start."""

    def __init__(self, spatial: int, temporal: int, dim: int) -> None:
        super().__init__()
        self.spatial = nn.Parameter(_orthogonal(spatial, dim))
        self.temporal = nn.Parameter(_orthogonal(temporal, dim))

    def orthogonality_loss(self) -> torch.Tensor:
        """Mean squared cosine between different latents, of both sets: 0 when all are independent."""
        return _overlap(self.spatial) + _overlap(self.temporal)


def _orthogonal(count: int, dim: int) -> torch.Tensor:
    """Rows (count, dim) of unit length, orthogonal to one another as far as dim allows."""
    rows = torch.empty(count, dim)
    return nn.init.orthogonal_(rows) if not rows.is_meta else rows


def _overlap(latents: torch.Tensor) -> torch.Tensor:
    count = latents.shape[0]
    if count < 2:
        return latents.new_zeros(())
    unit = nn.functional.normalize(latents.float(), dim=1)
    cosine = unit @ unit.T
    apart = cosine - torch.diag(torch.diagonal(cosine))
    return apart.square().sum() / (count * (count - 1))
