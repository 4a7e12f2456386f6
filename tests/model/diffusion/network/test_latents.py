"""The interaction latents stay independent."""

import torch

from model.diffusion.network.latents import InteractionLatents


def test_latents_start_orthogonal() -> None:
    assert InteractionLatents(8, 6, 16).orthogonality_loss() < 1e-10


def test_equal_latents_cost_one_each_set_and_scale_costs_nothing() -> None:
    latents = InteractionLatents(4, 4, 8)
    with torch.no_grad():
        latents.spatial.copy_(torch.ones(4, 8))
        latents.temporal *= 100
    assert torch.isclose(latents.orthogonality_loss(), torch.tensor(1.0), atol=1e-5)


def test_descent_makes_latents_orthogonal() -> None:
    torch.manual_seed(0)
    latents = InteractionLatents(8, 8, 16)
    with torch.no_grad():
        latents.spatial.copy_(torch.randn(8, 16) + 1)
    before = float(latents.orthogonality_loss().detach())
    optimizer = torch.optim.Adam(latents.parameters(), lr=0.05)
    for _ in range(150):
        optimizer.zero_grad()
        latents.orthogonality_loss().backward()
        optimizer.step()
    assert float(latents.orthogonality_loss().detach()) < before / 100
