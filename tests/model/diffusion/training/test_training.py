"""Training: it learns, it goes on exactly where it was stopped, and the command does both."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusion_samples import draw_sample, options_of, write_data

from model.__main__ import main
from model.diffusion import checkpoint
from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.crop import Box
from model.diffusion.network.identity import OnnxEncoder
from model.diffusion.network.spaces import PixelSpace
from model.diffusion.pipeline import noise_level
from model.diffusion.report.card import write_card
from model.diffusion.report.evaluate import evaluate
from model.diffusion.report.table import format_table
from model.diffusion.training import run, train
from model.diffusion.training.options import TrainingOptions
from model.diffusion.training.shards import write_shard
from model.diffusion.training.train import done_share, draw_sigmas
from model.diffusion.training.windows import Windows, make_window
from model.errors import InputError
from model.version import PHYSICS_VERSION

pytestmark = pytest.mark.usefixtures("tiny")


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "state" / "model.safetensors")


def test_resumed_is_as_uninterrupted(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train.train(options_of(data, tmp_path / "whole"))
    save, stopped = run.Run.save, []

    def stop(self: run.Run, progress: run.TrainingProgress) -> None:
        save(self, progress)
        stopped.append(progress.step)
        raise KeyboardInterrupt

    monkeypatch.setattr(run.Run, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        train.train(options_of(data, tmp_path / "cut"))
    monkeypatch.setattr(run.Run, "save", save)
    resumed = train.train(options_of(data, tmp_path / "cut", resume=True))
    assert stopped == [2] and resumed.step == whole.step == 4 and resumed.best == whole.best
    cut, uncut = _weights(tmp_path / "cut"), _weights(tmp_path / "whole")
    assert cut.keys() == uncut.keys()
    assert all(torch.equal(cut[name], uncut[name]) for name in cut)
    averages = [torch.load(tmp_path / name / "state" / "average.pt", weights_only=True) for name in ("cut", "whole")]
    for a, b in zip(averages[0]["shadow_params"], averages[1]["shadow_params"], strict=True):
        assert torch.equal(a, b)


def test_training_learns(data: str, tmp_path: Path) -> None:
    train.train(options_of(data, tmp_path / "run", steps=30, measure_every=30, regression=1.0))
    lines = [json.loads(line) for line in (tmp_path / "run" / "log.jsonl").read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert losses[-1] < 0.9 * losses[0]
    assert list((tmp_path / "run" / "logs").glob("events*")), "TensorBoard's curves"


def test_the_command_trains_a_checkpoint_that_loads_and_resumes(
    data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["train", data, "-o", str(tmp_path / "made"), "--steps", "2", "--workers", "0"]
    assert main(words) == 0
    assert "2 steps" in capsys.readouterr().out
    pipeline = load_checkpoint(str(tmp_path / "made"))
    table = evaluate(Path(data), pipeline, 1, (1,))
    assert set(table) == {"maps", "joints", "pattern"}
    assert set(table["maps"]) == {"composite", "1 steps"}
    assert "| maps | composite |" in format_table(table)
    assert main(words) == 2
    assert "--resume" in capsys.readouterr().err
    assert main([*words, "--resume"]) == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--config", "huge"], "choose tiny, base, full"),
        (["--resume"], "no run to resume"),
        (["--minutes", "0"], "minutes must be above 0"),
        (["--batch", "-1"], "cannot be below 0"),
    ],
)
def test_bad_settings_are_told(
    data: str, tmp_path: Path, words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", data, "-o", str(tmp_path / "made"), *words]) == 2
    assert message in capsys.readouterr().err


def test_no_data_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(tmp_path), "-o", str(tmp_path / "made")]) == 2
    assert "no train shards" in capsys.readouterr().err


@pytest.mark.parametrize("test", [None, 0], ids=["no shard", "an empty shard"])
def test_where_nobody_is_held_out_it_is_said_and_the_last_weights_are_kept(
    test: int | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, made = write_data(tmp_path / "data", test=test or 0), tmp_path / "made"
    if test is None:
        (data / "test-00000.tar").unlink()
    assert main(["train", str(data), "-o", str(made), "--steps", "1", "--workers", "0"]) == 0
    said = capsys.readouterr().out
    assert "Nobody is held out" in said and "not measured on unseen people" in said
    assert "Nobody is held out" in (made / "log.jsonl").read_text()
    load_checkpoint.cache_clear()
    assert load_checkpoint(str(made)).denoiser.sizes.use_identity
    card = write_card(made, london=False)
    assert "| held out | nobody" in card and "Not measured: nobody was held out." in card
    assert "the last, unmeasured, of step 1" in card and "the best" not in card


def test_where_everybody_is_held_out_nothing_is_trained(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_data(tmp_path / "data")
    (data / "train-00000.tar").unlink()
    assert main(["train", str(data), "-o", str(tmp_path / "made")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "nobody to learn from" in line and not (tmp_path / "made").exists()


def test_clips_of_which_none_will_do_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_shard(tmp_path / "train-00000.tar", [draw_sample(frames=3)], {"physics": PHYSICS_VERSION})
    assert main(["train", str(tmp_path), "-o", str(tmp_path / "made")]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "3 frames are too short" in line and not (tmp_path / "made").exists()


def test_what_is_wrong_with_a_clip_is_one_line_whoever_reads_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = write_data(tmp_path / "data")

    def damaged(_self: object, _number: int) -> None:
        raise InputError("Sample 1 is damaged: make its shard again.")

    monkeypatch.setattr(Windows, "__getitem__", damaged)
    assert main(["train", str(data), "-o", str(tmp_path / "made"), "--workers", "1", "--steps", "1"]) == 2
    assert capsys.readouterr().err == "error: Sample 1 is damaged: make its shard again.\n"


def test_a_run_ends_by_time_or_by_steps() -> None:
    options = TrainingOptions("", "", minutes=2)
    assert done_share(options, run.TrainingProgress(seconds=60)) == 0.5
    before = run.TrainingProgress(seconds=120)
    assert done_share(options, before, before) == 0.5  # resumed: two minutes more
    assert done_share(options, run.TrainingProgress(seconds=240), before) == 1
    assert done_share(replace(options, steps=10), run.TrainingProgress(step=5, seconds=1e9)) == 0.5


def test_noise_is_whole_in_regression_and_mixed_after() -> None:
    rng = np.random.default_rng(0)
    assert (draw_sigmas(rng, 8, True) == 1).all()
    mixed = draw_sigmas(rng, 3000, False)
    assert 0.28 < (mixed == 1).mean() < 0.39 and noise_level(0.1) <= mixed.min() < noise_level(1 / 8)  # as 8 steps need


def test_an_onnx_encoder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="onnxruntime|no ONNX file"):
        OnnxEncoder(tmp_path / "no.onnx")


class Halves:
    """A stand-in for an ONNX encoder: mean colours of the face's halves."""

    dim = 6

    def __init__(self, _path: str) -> None:
        pass

    def __call__(self, faces: torch.Tensor) -> torch.Tensor:
        halves = faces.unflatten(3, (2, -1)).mean(dim=(2, 4)).flatten(1)
        return torch.nn.functional.normalize(halves + 1e-3, dim=1)


def test_another_face_encoder_can_be_plugged_in(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(train, "OnnxEncoder", Halves)
    monkeypatch.setattr(checkpoint, "OnnxEncoder", Halves)
    train.train(options_of(data, tmp_path / "made", steps=1, face_encoder="faces.onnx"))
    inputs = make_window(draw_sample(), slice(0, 6), Box(16, 16, 32, 32), "maps", PixelSpace(), 0).inputs
    load_checkpoint.cache_clear()
    with pytest.raises(InputError, match="STUDIO_FACE_ENCODER"):
        load_checkpoint(str(tmp_path / "made"))(inputs, 1)
    load_checkpoint.cache_clear()
    monkeypatch.setenv("STUDIO_FACE_ENCODER", "faces.onnx")
    pipeline = load_checkpoint(str(tmp_path / "made"))
    assert pipeline.denoiser.sizes.identity_dim == 6
    assert pipeline(inputs, 1).frames.shape == (6, 3, 32, 32)
