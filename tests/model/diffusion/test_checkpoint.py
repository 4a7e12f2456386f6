"""Checkpoints come back equal, in small shards; damaged and hostile ones are refused with one sentence."""

import json
import pickle
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from diffusion_samples import draw_sample, small_pipeline
from safetensors.torch import load_file, save_file

from model.diffusion import checkpoint
from model.diffusion.checkpoint import SHIPPED, find_checkpoint, load_checkpoint, physics_note, save_checkpoint
from model.diffusion.crop import Box
from model.diffusion.network.spaces import PixelSpace
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.training.windows import make_window
from model.errors import InputError
from model.version import PHYSICS_VERSION

WEIGHTS = "diffusion_pytorch_model.safetensors"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    save_checkpoint(small_pipeline(), tmp_path / "saved")
    load_checkpoint.cache_clear()
    return tmp_path / "saved"


def test_a_checkpoint_comes_back_equal(saved: Path) -> None:
    inputs = make_window(draw_sample(), slice(0, 6), Box(16, 16, 32, 32), "maps", PixelSpace(), 0).inputs
    pipeline = small_pipeline()
    for network in (pipeline.denoiser, pipeline.identity):
        network.load_state_dict({name: value.half().float() for name, value in network.state_dict().items()})
    ours, diffusers = load_checkpoint(str(saved)), InterAnimatePipeline.from_pretrained(saved)
    wanted = pipeline(inputs, 2).frames
    assert torch.equal(ours(inputs, 2).frames, wanted)
    torch.testing.assert_close(diffusers(inputs, 2).frames, wanted, atol=1e-5, rtol=0)
    assert (ours.settings.window, ours.settings.overlap, ours.settings.picture) == (4, 2, 64)


def test_large_networks_are_kept_in_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkpoint, "SHARD", "10KB")
    save_checkpoint(small_pipeline(), tmp_path / "saved")
    assert len(list((tmp_path / "saved" / "denoiser").glob("*.safetensors"))) > 2
    made = load_checkpoint(str(tmp_path / "saved")).denoiser.state_dict()
    for name, value in small_pipeline().denoiser.state_dict().items():
        assert torch.equal(made[name], value.half().float()), name


def test_weights_are_kept_in_half_precision_and_used_in_single(saved: Path) -> None:
    kept = load_file(saved / "denoiser" / WEIGHTS)
    assert {value.dtype for value in kept.values()} == {torch.float16}
    loaded, original = load_checkpoint(str(saved)).denoiser, small_pipeline().denoiser
    assert loaded.dtype == original.dtype == torch.float32
    for name, value in original.state_dict().items():
        torch.testing.assert_close(loaded.state_dict()[name], value, rtol=1e-3, atol=1e-6)


def test_saving_leaves_the_pipeline_as_it_was(tmp_path: Path) -> None:
    pipeline = small_pipeline()
    save_checkpoint(pipeline, tmp_path / "saved")
    before = small_pipeline().denoiser.state_dict()
    assert all(torch.equal(value, before[name]) for name, value in pipeline.denoiser.state_dict().items())


def test_saving_again_replaces_the_weights_and_keeps_the_rest(saved: Path) -> None:
    (saved / "README.md").write_text("card")
    save_checkpoint(small_pipeline(seed=1), saved)
    assert (saved / "README.md").read_text() == "card"
    made = load_checkpoint(str(saved)).denoiser.conv_in.weight
    assert torch.equal(made, small_pipeline(seed=1).denoiser.conv_in.weight.half().float())
    assert [path.name for path in saved.parent.iterdir()] == ["saved"]


def test_the_version_of_the_physics_engine_is_kept_and_another_is_told(tmp_path: Path) -> None:
    for version, words in ((PHYSICS_VERSION, None), (PHYSICS_VERSION - 1, "learnt from version"), (None, "not say")):
        pipeline = small_pipeline()
        pipeline.register_to_config(physics=version)
        save_checkpoint(pipeline, tmp_path / str(version))
        note = physics_note(load_checkpoint(str(tmp_path / str(version))))
        assert words in note if words else note == ""


def test_a_checkpoint_from_before_versions_is_used_and_told(saved: Path) -> None:
    index = json.loads((saved / "model_index.json").read_text())
    del index["physics"]
    (saved / "model_index.json").write_text(json.dumps(index))
    assert "does not say" in physics_note(load_checkpoint(str(saved)))


def test_the_shipped_checkpoint_says_what_it_learnt_from() -> None:
    index, training = (json.loads((SHIPPED / f"{name}.json").read_text()) for name in ("model_index", "training"))
    assert load_checkpoint(str(SHIPPED)).settings.physics == index["physics"] == training["data"]["physics"] == 2


def _edit(path: Path, **changes: object) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def _tensors(folder: Path, change: Callable[[dict], object]) -> None:
    tensors = load_file(folder / "denoiser" / WEIGHTS)
    change(tensors)
    save_file(tensors, folder / "denoiser" / WEIGHTS)


class Bomb:
    """Leaves a trace if it is ever unpickled."""

    def __reduce__(self) -> tuple:
        return Path.touch, (Path("unpickled"),)


def _pickle(folder: Path) -> None:
    (folder / "denoiser" / WEIGHTS).unlink()
    (folder / "denoiser" / "diffusion_pytorch_model.bin").write_bytes(pickle.dumps(Bomb()))


def _index(folder: Path, name: str) -> None:
    weights = folder / "denoiser" / WEIGHTS
    weights.rename(folder.parent / "outside.safetensors")
    (folder / "denoiser" / f"{WEIGHTS}.index.json").write_text(json.dumps({"weight_map": {"conv_in.weight": name}}))


HOSTILE: dict[str, tuple[Callable[[Path], object], str]] = {
    "empty": (lambda f: shutil.rmtree(f) or f.mkdir(), "not a whole checkpoint"),
    "index not json": (lambda f: (f / "model_index.json").write_text("{"), "damaged"),
    "index nested deeply": (lambda f: (f / "model_index.json").write_text("[" * 100_000), "damaged"),
    "index of another pipeline": (lambda f: _edit(f / "model_index.json", _class_name="X"), "not an InterAnimate"),
    "a class of others": (lambda f: _edit(f / "model_index.json", denoiser=["os", "system"]), "not allowed"),
    "one more component": (lambda f: _edit(f / "model_index.json", evil=["os", "system"]), "unknown entry"),
    "a window of -1": (lambda f: _edit(f / "model_index.json", window=-1), "cannot be"),
    "an overlap of all": (lambda f: _edit(f / "model_index.json", overlap=4), "do not overlap"),
    "a physics of text": (lambda f: _edit(f / "model_index.json", physics="x"), "cannot be"),
    "a config of another class": (lambda f: _edit(f / "denoiser/config.json", _class_name="X"), "is not of a"),
    "a huge config": (lambda f: _edit(f / "denoiser/config.json", channels=[8, 10**9]), "cannot be"),
    "a deep config": (lambda f: _edit(f / "denoiser/config.json", channels=[8] * 1000), "not possible"),
    "many latents": (lambda f: _edit(f / "denoiser/config.json", spatial_latents=10**12), "cannot be"),
    "a config of text": (lambda f: _edit(f / "denoiser/config.json", layers="1"), "cannot be"),
    "an unknown entry": (lambda f: _edit(f / "denoiser/config.json", hook="x"), "unknown entry"),
    "other sizes": (lambda f: _edit(f / "denoiser/config.json", latent_dim=32), "does not belong"),
    "impossible sizes": (lambda f: _edit(f / "denoiser/config.json", groups=3), "does not make a network"),
    "cut weights": (lambda f: (f / "denoiser" / WEIGHTS).write_bytes(b"\x10" * 40), "damaged"),
    "no weights": (lambda f: (f / "denoiser" / WEIGHTS).unlink(), "no safetensors"),
    "pickled weights": (_pickle, "can run code"),
    "a tensor less": (lambda f: _tensors(f, lambda t: t.pop("conv_in.weight")), "missing"),
    "a tensor more": (lambda f: _tensors(f, lambda t: t.update(extra=torch.ones(1))), "does not belong"),
    "not a number": (lambda f: _tensors(f, lambda t: t["blank"].fill_(float("nan"))), "not numbers"),
    "a shard outside": (lambda f: _index(f, "../../outside.safetensors"), "not its own"),
    "a shard missing": (lambda f: _index(f, "a.safetensors"), "is missing"),
    "a scheduler of text": (lambda f: _edit(f / "scheduler/scheduler_config.json", num_train_timesteps="x"), "wrong"),
}


@pytest.mark.parametrize(("spoil", "message"), HOSTILE.values(), ids=HOSTILE.keys())
def test_damaged_and_hostile_checkpoints_are_refused(
    saved: Path, spoil: Callable[[Path], object], message: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(saved.parent)
    spoil(saved)
    with pytest.raises(InputError, match=message) as caught:
        load_checkpoint(str(saved))
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 400
    assert not Path("unpickled").exists()


@pytest.mark.parametrize("name", ["nowhere", "../nowhere/x", "a/b/c", "owner/", "owner/no such", "a?"])
def test_names_that_cannot_be_are_told(name: str) -> None:
    with pytest.raises(InputError, match="no checkpoint"):
        load_checkpoint(name)


def test_a_hub_name_that_cannot_be_had_is_told() -> None:
    with pytest.raises(InputError, match="Cannot get owner/model"):
        load_checkpoint("owner/model")


def test_the_environment_names_the_checkpoint(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path)
    monkeypatch.delenv("STUDIO_CHECKPOINT", raising=False)
    assert find_checkpoint() == ""
    monkeypatch.setenv("STUDIO_CHECKPOINT", "owner/model")
    assert find_checkpoint() == "owner/model"
