"""Region attention changes only what its masks allow, and learns only from what they show."""

import pytest
import torch

from model.diffusion.network.region_attention import RegionAttention


@pytest.fixture
def layer() -> RegionAttention:
    torch.manual_seed(0)
    layer = RegionAttention(16, 8, 4, 8)
    torch.nn.init.normal_(layer.write.to_out.weight)
    return layer


@pytest.fixture
def scene() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Features, latents, and masks that leave the lower half free."""
    torch.manual_seed(1)
    masks = torch.zeros(2, 3, 8, 8)
    masks[:, 0, :4, :4] = 1
    masks[:, 1, :4, 4:] = 0.5
    return torch.randn(2, 16, 8, 8), torch.randn(4, 8), masks


def test_an_untrained_layer_changes_nothing(scene: tuple) -> None:
    features, latents, masks = scene
    assert torch.equal(RegionAttention(16, 8, 4, 8)(features, latents, masks), features)


def test_nothing_outside_the_masks_changes(layer: RegionAttention, scene: tuple) -> None:
    features, latents, masks = scene
    change = (layer(features, latents, masks) - features).abs().amax(dim=1)
    assert change[:, 4:].max() == 0
    assert change[:, :4].min() > 0


def test_half_a_mask_is_half_the_change(layer: RegionAttention, scene: tuple) -> None:
    features, latents, masks = scene
    only = torch.zeros_like(masks)
    only[:, 1] = 1
    whole = layer(features, latents, only) - features
    half = layer(features, latents, only / 2) - features
    torch.testing.assert_close(half, whole / 2)


def test_a_region_reads_its_own_pixels(layer: RegionAttention, scene: tuple) -> None:
    features, latents, masks = scene
    layer.norm = torch.nn.Identity()  # statistics of the whole picture would carry the change
    other = features.clone()
    other[:, :, 4:] += 5
    made, again = layer(features, latents, masks), layer(other, latents, masks)
    torch.testing.assert_close(made[:, :, :4], again[:, :, :4], atol=5e-3, rtol=0)


def test_plain_cross_attention_reaches_everything(scene: tuple) -> None:
    features, latents, masks = scene
    layer = RegionAttention(16, 8, 4, 8, masked=False)
    torch.nn.init.normal_(layer.write.to_out.weight)
    assert (layer(features, latents, masks) - features).abs().amax(dim=1).min() > 0
