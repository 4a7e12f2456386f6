"""Denoising whole clips: windows, steps, callbacks; and the code path of the latent configuration."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.models.unets.unet_2d_condition import UNet2DConditionModel
from diffusion_samples import SMALL, draw_sample, small_denoiser, small_pipeline

from model.diffusion.crop import Box
from model.diffusion.network.spaces import LatentSpace, PixelSpace
from model.diffusion.pipeline import Inputs, InterAnimatePipeline, lay_windows, used_box, window_of, window_weights
from model.diffusion.training.initialise import copy_fitting
from model.diffusion.training.windows import make_window


@pytest.fixture
def inputs() -> Inputs:
    return replace(
        make_window(draw_sample(), slice(0, 6), Box(16, 16, 32, 32), "maps", PixelSpace(), 0).inputs, change=None
    )


def test_expected_slice(inputs: Inputs) -> None:
    made = small_pipeline()(inputs, 2).frames
    assert made.shape == (6, 3, 32, 32)
    torch.testing.assert_close(made[3, 0, 14:17, 14:17].flatten(), torch.tensor(EXPECTED), atol=2e-3, rtol=0)
    assert torch.equal(made, small_pipeline()(inputs, 2).frames)


EXPECTED = [0.9644, 0.7780, 0.8161, 0.7981, 0.8570, 0.9037, 0.9681, 0.7088, 0.8907]


@pytest.mark.parametrize(("frames", "length", "overlap"), [(72, 8, 2), (9, 8, 2), (8, 8, 2), (3, 8, 2), (17, 4, 1)])
def test_windows_cover_the_clip_and_overlap(frames: int, length: int, overlap: int) -> None:
    spans = lay_windows(frames, length, overlap)
    assert spans[0][0] == 0 and spans[-1][1] == frames
    assert all(end - start == min(length, frames) for start, end in spans)
    assert all(before[1] - after[0] >= overlap for before, after in zip(spans, spans[1:], strict=False))
    assert len(spans) <= -(-frames // (length - overlap))


def test_every_frame_has_weight() -> None:
    assert window_weights(8, 2, first=False, last=False).tolist() == pytest.approx(
        [1 / 3, 2 / 3, 1, 1, 1, 1, 2 / 3, 1 / 3]
    )
    assert window_weights(8, 2, first=True, last=True).tolist() == [1.0] * 8


def test_windows_do_not_show_in_a_denoiser_of_single_frames(inputs: Inputs) -> None:
    short, whole = small_pipeline(use_motion=False), small_pipeline(use_motion=False)
    whole.register_to_config(window=6)
    torch.testing.assert_close(short(inputs, 2).frames, whole(inputs, 2).frames, atol=1e-5, rtol=1e-5)


def test_a_window_is_part_of_its_clip(inputs: Inputs) -> None:
    part = window_of(inputs, inputs.noise.shape[2:], slice(2, 5), slice(8, 24), slice(0, 16))
    assert part.base.shape[1:] == part.noise.shape[1:] == (3, 16, 16) and len(part.times) == 3
    assert torch.equal(part.guidance[:, 0], inputs.guidance[:, 2, 8:24, :16])


def test_only_what_is_used_is_denoised(inputs: Inputs) -> None:
    """Windows without any use are left out, the others are as small as their part that is used."""
    pipeline = small_pipeline()
    everywhere = torch.ones(inputs.noise.shape[1:])
    whole = pipeline(replace(inputs, change=everywhere), 2).frames
    assert torch.equal(whole, pipeline(replace(inputs, change=None), 2).frames)
    change = torch.zeros_like(everywhere)
    assert torch.equal(pipeline(replace(inputs, change=change), 2).frames, inputs.base[:3].transpose(0, 1)), (
        "nothing is used: the composite stays"
    )
    change[:, 3:13, 10:14] = 1
    made = pipeline(replace(inputs, change=change), 2).frames
    box = used_box(replace(inputs, change=change), change.shape[1:], slice(0, 4), pipeline.denoiser.multiple)
    assert box is not None and box.width <= 8 and box.height <= 16
    corrected = (made != inputs.base[:3].transpose(0, 1)).any(dim=(0, 1))
    assert corrected[3:13, 10:14].any() and not corrected[:, 20:].any()


def test_the_callback_sees_every_step(inputs: Inputs) -> None:
    seen = []
    pipeline = small_pipeline()
    made = pipeline(inputs, 3, callback_on_step_end=lambda _p, i, t, now: seen.append((i, t, now["latents"]))).frames
    assert [(i, t) for i, t, _ in seen] == [(0, 1000), (1, 444), (2, 111)], "the noise left is the square of the way"
    assert torch.equal(seen[-1][2], made)


def test_closing_the_iterator_stops_the_work(inputs: Inputs, monkeypatch: pytest.MonkeyPatch) -> None:
    pipeline, calls = small_pipeline(), []
    window = InterAnimatePipeline._window
    monkeypatch.setattr(InterAnimatePipeline, "_window", lambda *a: calls.append(1) or window(*a))
    steps = pipeline.denoise(inputs, 8)
    next(steps)
    steps.close()
    assert len(calls) == 1


def test_two_clips_at_once_do_not_mix(inputs: Inputs) -> None:
    pipeline = small_pipeline()
    other = replace(inputs, noise=-inputs.noise)
    alone = pipeline(inputs, 2).frames
    both = zip(pipeline.denoise(inputs, 2), pipeline.denoise(other, 2), strict=True)
    *_, (last, _) = both
    assert torch.equal(last.frames, alone)


def test_half_precision_is_near(inputs: Inputs) -> None:
    half = small_pipeline()
    for network in (half.denoiser, half.identity):
        torch.nn.Module.to(network, dtype=torch.bfloat16)
    made = half(inputs, 2).frames
    assert made.dtype == torch.float32
    assert (made - small_pipeline()(inputs, 2).frames).abs().mean() < 5e-3


def test_the_latent_configuration_runs() -> None:
    torch.manual_seed(0)
    vae = AutoencoderKL(
        block_out_channels=(8, 8, 8, 8), down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4, latent_channels=4, norm_num_groups=4,
    ).eval()  # fmt: skip
    denoiser = small_denoiser(sample_channels=4, guidance_scale=8, patch=1)
    pixels = small_pipeline()
    pipeline = InterAnimatePipeline(denoiser, pixels.identity, pixels.scheduler, vae, window=4, overlap=2, picture=64)
    assert isinstance(pipeline.space, LatentSpace)
    window = make_window(draw_sample(), slice(0, 6), Box(0, 0, 64, 64), "maps", pipeline.space, 0)
    assert window.inputs.noise.shape == (4, 6, 8, 8)
    made = pipeline(window.inputs, 2).frames
    assert made.shape == (6, 3, 64, 64) and torch.isfinite(made).all()
    base = pipeline.space.encode(window.inputs.base, torch.device("cpu"))
    clean = pipeline.space.correct(window.target, base, window.inputs.base)
    again = pipeline.space.decode(clean, base, window.inputs.base)
    direct = vae.decode(vae.encode(window.target.transpose(0, 1) * 2 - 1).latent_dist.mode()).sample
    np.testing.assert_allclose(again, (direct / 2 + 0.5).clamp(0, 1).detach(), atol=1e-4)


def test_weights_of_stable_diffusions_layout_fit() -> None:
    unet = UNet2DConditionModel(
        block_out_channels=(16, 32), layers_per_block=2, cross_attention_dim=16, norm_num_groups=8,
        attention_head_dim=8,
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"), up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
    )  # fmt: skip
    sizes = {**SMALL.denoiser, "channels": (16, 32), "layers": 2, "groups": 8, "attention_levels": (0,)}
    denoiser = small_denoiser(**{**sizes, "sample_channels": 4, "guidance_scale": 8, "patch": 1})
    assert copy_fitting(denoiser, unet.state_dict()) > 0.3  # the rest is guidance, regions and motion
    missing = [
        name
        for name in unet.state_dict()
        if name not in denoiser.state_dict() or unet.state_dict()[name].shape != denoiser.state_dict()[name].shape
    ]
    assert missing == ["conv_in.weight"]
    assert torch.equal(denoiser.conv_in.weight[:, :4], unet.conv_in.weight)
