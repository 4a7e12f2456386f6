"""The denoiser as a network: values, batches, saving, switches."""

from dataclasses import fields, replace
from pathlib import Path

import pytest
import torch
from diffusion_samples import SMALL, draw_conditions, small_denoiser

from model.diffusion.network.denoiser import Conditions, InterAnimateDenoiser
from model.diffusion.training.config import BASE, CONFIGS, FULL, measure_config

TIME = torch.tensor([1000.0, 400.0])


@torch.no_grad()
def test_expected_slice() -> None:
    sample, conditions = draw_conditions()
    made = small_denoiser()(sample, TIME, conditions).sample
    assert made.shape == sample.shape
    expected = torch.tensor(EXPECTED)
    torch.testing.assert_close(made[0, 0, 0, :3, :3].flatten(), expected, atol=2e-3, rtol=0)


EXPECTED = [0.4154, 0.1148, 0.7792, 0.3038, -0.2525, 0.6952, -0.2796, 1.0638, 0.0353]


@torch.no_grad()
def test_a_batch_is_its_clips_one_by_one() -> None:
    sample, conditions = draw_conditions()
    network = small_denoiser()
    both = network(sample, TIME, conditions).sample
    for i in range(2):
        one = Conditions(**{f.name: getattr(conditions, f.name)[i : i + 1] for f in fields(Conditions)})
        torch.testing.assert_close(network(sample[i : i + 1], TIME[i : i + 1], one).sample[0], both[i])


@torch.no_grad()
def test_saved_and_loaded_is_equal(tmp_path: Path) -> None:
    sample, conditions = draw_conditions()
    network = small_denoiser()
    network.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    again = InterAnimateDenoiser.from_pretrained(tmp_path).eval()
    assert torch.equal(again(sample, TIME, conditions).sample, network(sample, TIME, conditions).sample)


@torch.no_grad()
def test_an_untrained_denoiser_corrects_nothing() -> None:
    sample, conditions = draw_conditions()
    assert not InterAnimateDenoiser(**SMALL.denoiser)(sample, TIME, conditions).sample.any()


@pytest.mark.parametrize(
    "name", ["base", "guidance", "masks", "identity", "pattern", "intensity", "strength", "times", "phase"]
)
@torch.no_grad()
def test_every_condition_counts(name: str) -> None:
    sample, conditions = draw_conditions()
    network = small_denoiser()
    value = getattr(conditions, name)
    other = replace(conditions, **{name: value.roll(1, 0) if name in ("pattern", "strength") else value * 0.5})
    made, again = network(sample, TIME, conditions).sample, network(sample, TIME, other).sample
    assert (made - again).abs().max() > 1e-5


@pytest.mark.parametrize(
    ("switch", "part"),
    [("use_spatial_latents", "regions"), ("use_temporal_latents", "motions.0.write"), ("use_motion", "motions")],
)
def test_a_part_that_is_off_has_no_layers(switch: str, part: str) -> None:
    on, off = small_denoiser(), small_denoiser(**{switch: False})
    assert any(part in name for name in on.state_dict())
    assert not any(part in name for name in off.state_dict())


@torch.no_grad()
def test_without_id_preserver_the_person_does_not_count() -> None:
    sample, conditions = draw_conditions()
    network = small_denoiser(use_identity=False)
    other = replace(conditions, identity=-conditions.identity)
    assert torch.equal(network(sample, TIME, conditions).sample, network(sample, TIME, other).sample)


@torch.no_grad()
def test_without_motion_frames_do_not_see_each_other() -> None:
    sample, conditions = draw_conditions()
    network = small_denoiser(use_motion=False)
    other = sample.clone()
    other[:, :, 1] += 1
    made, again = network(sample, TIME, conditions).sample, network(other, TIME, conditions).sample
    torch.testing.assert_close(made[:, :, 0], again[:, :, 0])
    assert (small_denoiser()(other, TIME, conditions).sample[:, :, 0] - made[:, :, 0]).abs().max() > 0


def test_gradient_checkpointing_gives_the_same_gradients() -> None:
    sample, conditions = draw_conditions()
    plain, saving = small_denoiser().train(), small_denoiser().train()
    saving.enable_gradient_checkpointing()
    for network in (plain, saving):
        network(sample, TIME, conditions).sample.square().mean().backward()
    for (name, a), b in zip(plain.named_parameters(), saving.parameters(), strict=True):
        if a.grad is not None:
            torch.testing.assert_close(a.grad, b.grad, msg=name)


def test_sizes_are_measured_without_memory() -> None:
    sizes = {name: measure_config(config) for name, config in CONFIGS.items()}
    assert 2 < sizes["tiny"]["denoiser"] < 8
    assert 100 < sizes["base"]["denoiser"] < 300
    assert 860 < sizes["full"]["denoiser"] < 1500  # Stable Diffusion 1.5 has 860 and its motion modules 417
    assert sizes["full"]["autoencoder"] == pytest.approx(83.65, abs=0.1)
    assert BASE.autoencoder is None and FULL.autoencoder is not None
