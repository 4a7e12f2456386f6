"""What training minimises: the clean correction, weighted by region, and its change along time."""

import torch

from model.diffusion.network.latents import InteractionLatents

HAND, CONTACT = 1.0, 3.0  # added to the weight 1 of a pixel that is used
UNUSED = 0.05  # weight outside of what may change, so that the network is calm there
STEADY = 0.25  # of the change along time
ORTHOGONAL = 0.01
SOFT = 1e-3  # Charbonnier's epsilon


def region_weights(change: torch.Tensor, regions: torch.Tensor) -> torch.Tensor:
    """Weights (b, 1, f, h, w) of masks change (b, f, h, w) and regions (b, 3, f, h, w): hand, face, contact."""
    hand, contact = regions[:, 0], regions[:, 2]
    return (UNUSED + change * (1 + HAND * hand + CONTACT * contact))[:, None]


def denoising_loss(made: torch.Tensor, clean: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Weighted Charbonnier distance of corrections (b, c, f, h, w) and of their differences along time."""
    error = made.float() - clean
    loss = _mean(_charbonnier(error), weights)
    if error.shape[2] > 1:
        steady = error[:, :, 1:] - error[:, :, :-1]
        loss = loss + STEADY * _mean(_charbonnier(steady), (weights[:, :, 1:] + weights[:, :, :-1]) / 2)
    return loss


def latent_loss(latents: InteractionLatents) -> torch.Tensor:
    """Orthogonality, at its weight."""
    return ORTHOGONAL * latents.orthogonality_loss()


def _charbonnier(error: torch.Tensor) -> torch.Tensor:
    return (error.square() + SOFT**2).sqrt()


def _mean(values: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    return (values * weights).sum() / (weights.sum() * values.shape[1]).clamp_min(1e-6)
