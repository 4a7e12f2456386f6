"""What training minimises and by what it is measured: losses and figures of known pictures."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusion_samples import SMALL, draw_sample

from model.diffusion.crop import Box
from model.diffusion.network.identity import IdentityEncoder
from model.diffusion.network.spaces import PixelSpace
from model.diffusion.training.figures import measure_frames, psnr
from model.diffusion.training.identity_training import contrastive_loss
from model.diffusion.training.losses import denoising_loss, region_weights
from model.diffusion.training.windows import make_window


def test_the_loss_looks_at_the_interaction() -> None:
    change, regions = torch.zeros(1, 2, 4, 4), torch.zeros(1, 3, 2, 4, 4)
    change[..., :2], regions[:, 2, ..., 0] = 1, 1
    weights = region_weights(change, regions)
    clean = torch.zeros(1, 3, 2, 4, 4)
    errors = []
    for column in (0, 1, 3):
        made = clean.clone()
        made[..., column] = 1
        errors.append(float(denoising_loss(made, clean, weights)))
    contact, interaction, outside = errors
    assert contact > 3 * interaction > 30 * outside


def test_flicker_costs_more_than_a_steady_error() -> None:
    weights, clean = torch.ones(1, 1, 4, 2, 2), torch.zeros(1, 3, 4, 2, 2)
    steady = clean + 0.5
    flicker = steady * torch.tensor([1.0, -1, 1, -1])[None, None, :, None, None]
    assert denoising_loss(flicker, clean, weights) > 1.3 * denoising_loss(steady, clean, weights)


def test_the_identity_loss_wants_people_apart() -> None:
    labels = torch.tensor([0, 0, 1, 1])
    apart = torch.tensor([[1.0, 0], [1, 0], [0, 1], [0, 1]])
    mixed = torch.tensor([[1.0, 0], [0, 1], [1, 0], [0, 1]])
    assert contrastive_loss(apart, labels) < contrastive_loss(mixed, labels) - 1


def test_figures_of_the_target_itself_are_perfect() -> None:
    window = make_window(draw_sample(), slice(0, 6), Box(0, 0, 64, 64), "maps", PixelSpace(), 0)
    window = replace(window, change=torch.ones_like(window.change))
    made = window.target.permute(1, 2, 3, 0).numpy()
    figures = measure_frames(made, window, IdentityEncoder(**SMALL.identity))
    assert figures["hand_psnr"] == figures["contact_psnr"] == figures["face_psnr"] == 80
    assert figures["hand_ssim"] == pytest.approx(1) and figures["detail"] == pytest.approx(1)
    assert figures["warp"] == 0 and figures["identity"] == 0
    assert psnr(np.zeros(4, np.float32), np.full(4, 0.1, np.float32)) == pytest.approx(20)
