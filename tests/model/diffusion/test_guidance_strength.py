"""What each strength of guidance shows, and what it must not; noise and composite follow the same rule."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from diffusion_samples import draw_guidance, draw_sample

from model.clip import Guidance
from model.diffusion.composite import composite, soften_hand
from model.diffusion.crop import Box, change_mask, interaction_box, reduce_guidance
from model.diffusion.network.guidance_channels import CHANNELS, find_prior, guidance_tensors
from model.diffusion.network.noise import rigid_fit, shared_noise
from model.diffusion.network.spaces import PixelSpace
from model.diffusion.prepare import prepare_inputs

HIDDEN = {
    "joints": ("hand_normals", "hand_albedo", "hand_depth", "hand_parts", "shadow", "flow"),
    "pattern": ("hand_normals", "hand_albedo", "hand_depth", "hand_parts", "shadow", "flow", "hand_mask", "joints"),
}
WHOLE = Box(0, 0, 64, 64)


def scramble(guidance: Guidance, names: tuple[str, ...]) -> Guidance:
    """Other values in some maps."""
    rng = np.random.default_rng(0)
    return replace(guidance, **{name: rng.permuted(getattr(guidance, name), axis=1) for name in names})


@pytest.mark.parametrize("strength", HIDDEN)
def test_hidden_maps_do_not_reach_the_network(strength: str) -> None:
    sample = draw_sample()
    made = []
    for guidance in (sample.guidance, scramble(sample.guidance, HIDDEN[strength])):
        inputs = prepare_inputs(
            sample.photo, guidance, find_prior(sample.guidance), sample.appearance, WHOLE, PixelSpace(),
            pattern=sample.pattern, intensity=1.0, strength=strength, times=np.arange(6), phase=np.arange(6),
            seed=0,
        )  # fmt: skip
        made.append([inputs.base, inputs.guidance, inputs.masks, inputs.noise, change_mask(guidance, strength)])
    for a, b in zip(*made, strict=True):
        np.testing.assert_array_equal(a, b)


def test_every_map_counts_at_full_strength() -> None:
    sample = draw_sample()
    guidance, place = sample.guidance, find_prior(sample.guidance)

    def tensors(maps: Guidance) -> torch.Tensor:
        base, _ = composite(sample.photo, maps, sample.appearance, WHOLE, "maps")
        channels, _ = guidance_tensors(maps, place, "maps", 64)
        return torch.cat([torch.from_numpy(base.transpose(0, 3, 1, 2)), channels], dim=1)

    plain = tensors(guidance)
    assert plain.shape == (6, 3 + CHANNELS, 64, 64)
    for name in Guidance.__dataclass_fields__:
        assert not torch.equal(plain, tensors(scramble(guidance, (name,)))), name


def test_channels_are_about_one() -> None:
    channels, masks = guidance_tensors(draw_guidance(), find_prior(draw_guidance()), "maps", 64)
    assert channels.abs().max() <= 2
    assert masks.min() >= 0 and masks.max() <= 1


def test_the_composite_of_an_untouched_photo_is_the_photo() -> None:
    sample = draw_sample()
    still = replace(
        sample.guidance, hand_mask=np.zeros_like(sample.guidance.hand_mask), flow=np.zeros_like(sample.guidance.flow),
        shadow=np.full_like(sample.guidance.shadow, 255),
    )  # fmt: skip
    base, warped = composite(sample.photo, still, sample.appearance, WHOLE, "maps")
    np.testing.assert_allclose(base[2], sample.photo / 255, atol=2e-3)
    np.testing.assert_array_equal(base, warped)


def test_a_crop_of_the_composite_is_the_composite_of_the_crop() -> None:
    from model.diffusion.crop import crop_guidance

    sample, box = draw_sample(), Box(16, 8, 32, 48)
    whole, _ = composite(sample.photo, sample.guidance, sample.appearance, WHOLE, "maps")
    part, _ = composite(sample.photo, crop_guidance(sample.guidance, box), sample.appearance, box, "maps")
    np.testing.assert_allclose(part, whole[:, 8:56, 16:48], atol=1e-5)


def test_a_soft_hand_loses_its_relief_and_takes_nothing_from_around() -> None:
    rng = np.random.default_rng(0)
    mask = draw_guidance().hand_mask
    rough = (rng.uniform(0.4, 0.6, (*mask.shape, 3)) * (mask > 0)[..., None]).astype(np.float32)
    soft = soften_hand(rough, mask, 1.0)[mask > 0]
    assert soft.std() < 0.5 * rough[mask > 0].std()
    assert soft.min() >= rough[mask > 0].min()


def test_a_lit_hand_is_brighter_towards_the_light() -> None:
    sample = draw_sample()
    light = replace(sample.appearance, direction=(1.0, 0.0, 0.0), strength=0.8)
    base, _ = composite(sample.photo, sample.guidance, light, WHOLE, "maps")
    normals, hand = sample.guidance.hand_normals[3], sample.guidance.hand_mask[3] > 0
    assert base[3][hand & (normals[..., 0] > 60)].mean() > base[3][hand & (normals[..., 0] < -60)].mean() + 0.1


def test_the_box_holds_all_that_may_change() -> None:
    mask = change_mask(draw_guidance(), "maps")
    box = interaction_box(mask, 16)
    assert box is not None and box.width % 16 == box.height % 16 == 0
    mask[(slice(None), *box.slices)] = 0
    assert not mask.any()
    assert interaction_box(mask, 16) is None


def test_reduced_guidance_keeps_its_kinds_and_lengths() -> None:
    guidance = draw_guidance()
    small = reduce_guidance(guidance, 2)
    for name in Guidance.__dataclass_fields__:
        assert getattr(small, name).dtype == getattr(guidance, name).dtype, name
    assert small.hand_mask.shape == (6, 32, 32)
    np.testing.assert_allclose(small.joints, guidance.joints / 2)
    assert small.flow.max() == guidance.flow.max() / 2
    on_hand = small.hand_mask > 0
    assert np.allclose(np.linalg.norm(small.hand_normals[on_hand].astype(float), axis=1), 127, atol=2)
    assert (small.hand_albedo[on_hand] == [210, 160, 140]).all()  # nothing of the void around it is mixed in


@pytest.mark.parametrize("strength", ["maps", "joints", "pattern"])
def test_noise_is_standard_normal(strength: str) -> None:
    noise = shared_noise(draw_guidance(), 8, strength, 0)
    assert noise.shape == (8, 6, 64, 64)
    assert abs(float(noise.mean())) < 0.03 and abs(float(noise.std()) - 1) < 0.03
    assert torch.equal(noise, shared_noise(draw_guidance(), 8, strength, 0))


def test_noise_stands_still_where_nothing_moves_and_moves_with_the_hand() -> None:
    guidance = draw_guidance()
    shift = np.round(guidance.joints[:, 0, 0] - guidance.joints[0, 0, 0]).astype(int)
    guidance = replace(
        guidance, joints=guidance.joints[:1] + np.stack([shift, 0 * shift], -1)[:, None].astype(np.float32)
    )
    noise = shared_noise(guidance, 4, "maps", 0)
    still = (guidance.hand_mask == 0).all(axis=0) & (guidance.flow == 0).all(axis=(0, 3))
    assert torch.equal(noise[:, 0, still], noise[:, 5, still])
    row, column = 32, int(guidance.joints[0, :, 0].mean())
    here = [noise[:, i, row, column + shift[i]] for i in range(6)]
    assert all(torch.equal(here[0], each) for each in here)


def test_follow_finds_a_turn_and_a_shift() -> None:
    rng = np.random.default_rng(0)
    points, angle = rng.normal(size=(21, 2)).astype(np.float32), 0.4
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    found, shift = rigid_fit(points, (points @ turn.T + [3, -2]).astype(np.float32))
    np.testing.assert_allclose(found, turn, atol=1e-5)
    np.testing.assert_allclose(shift, [3, -2], atol=1e-4)
