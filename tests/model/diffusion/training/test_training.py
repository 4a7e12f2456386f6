"""Training: it learns, it goes on exactly where it was stopped, and the command does both."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from diffusion_samples import SMALL, draw_sample, small_pipeline, write_data

from model.__main__ import main
from model.diffusion import checkpoint
from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.crop import Box
from model.diffusion.network.identity import IdentityEncoder, OnnxEncoder
from model.diffusion.network.spaces import PixelSpace
from model.diffusion.pipeline import noise_level
from model.diffusion.report.ablate import ablate, rows_of
from model.diffusion.report.card import copy_shipped, write_card
from model.diffusion.report.evaluate import evaluate, format_table, measure_frames, psnr, touch_windows, unseen_clips
from model.diffusion.report.evaluate import main as evaluate_command
from model.diffusion.training import config, train
from model.diffusion.training.identity_training import contrast
from model.diffusion.training.losses import denoising_loss, region_weights
from model.diffusion.training.shards import write_shard
from model.diffusion.training.train import Settings, done_share, draw_sigmas
from model.diffusion.training.windows import make_window
from model.errors import InputError


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(config.CONFIGS, "tiny", replace(SMALL, rate=5e-3, strengths={"maps": 1.0}))
    monkeypatch.setattr(train, "WARM_UP", 5)
    torch.set_num_threads(1)


@pytest.fixture
def data(tmp_path: Path) -> str:
    return str(write_data(tmp_path / "data"))


def _settings(data: str, output: Path, **changes: object) -> Settings:
    base = Settings(data, str(output), steps=4, workers=0, measure_every=2, measured_clips=1)
    return replace(base, **changes)  # type: ignore[arg-type]


def _weights(folder: Path) -> dict[str, torch.Tensor]:
    from safetensors.torch import load_file

    return load_file(folder / "state" / "model.safetensors")


def test_resumed_is_as_uninterrupted(data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = train.train(_settings(data, tmp_path / "whole"))
    save, stopped = train._Run.save, []

    def stop(self: train._Run, progress: train.Progress) -> None:
        save(self, progress)
        stopped.append(progress.step)
        raise KeyboardInterrupt

    monkeypatch.setattr(train._Run, "save", stop)
    with pytest.raises(KeyboardInterrupt):
        train.train(_settings(data, tmp_path / "cut"))
    monkeypatch.setattr(train._Run, "save", save)
    resumed = train.train(_settings(data, tmp_path / "cut", resume=True))
    assert stopped == [2] and resumed.step == whole.step == 4 and resumed.best == whole.best
    cut, uncut = _weights(tmp_path / "cut"), _weights(tmp_path / "whole")
    assert cut.keys() == uncut.keys()
    assert all(torch.equal(cut[name], uncut[name]) for name in cut)
    averages = [torch.load(tmp_path / name / "state" / "average.pt", weights_only=True) for name in ("cut", "whole")]
    for a, b in zip(averages[0]["shadow_params"], averages[1]["shadow_params"], strict=True):
        assert torch.equal(a, b)


def test_training_learns(data: str, tmp_path: Path) -> None:
    train.train(_settings(data, tmp_path / "run", steps=30, measure_every=30, regression=1.0))
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


def test_who_chooses_the_weights_is_not_measured(tmp_path: Path) -> None:
    patterns = ("poke-nose", "poke-chin", "pinch-nose")
    samples = [
        replace(draw_sample(k, person=f"p{k // 3}", split="test"), key=f"{k:06d}-0", pattern=patterns[k % 3])
        for k in range(12)
    ]
    write_shard(tmp_path / "test-00000.tar", samples, {})
    choosing = {window.person for window in touch_windows(tmp_path, SMALL, 12, PixelSpace())}
    cases = [case.sample for case in unseen_clips(tmp_path, small_pipeline(), 12)]
    assert choosing == {"p0", "p3"} and {sample.person for sample in cases} == {"p1", "p2"}
    assert {sample.pattern for sample in cases[:3]} == set(patterns)  # few clips are still of all patterns


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


def test_a_run_ends_by_time_or_by_steps() -> None:
    settings = Settings("", "", minutes=2)
    assert done_share(settings, train.Progress(seconds=60)) == 0.5
    assert done_share(replace(settings, steps=10), train.Progress(step=5, seconds=1e9)) == 0.5


def test_noise_is_whole_in_regression_and_mixed_after() -> None:
    rng = np.random.default_rng(0)
    assert (draw_sigmas(rng, 8, True) == 1).all()
    mixed = draw_sigmas(rng, 3000, False)
    assert 0.28 < (mixed == 1).mean() < 0.39 and noise_level(0.1) <= mixed.min() < noise_level(1 / 8)  # as 8 steps need


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
    assert contrast(apart, labels) < contrast(mixed, labels) - 1


def test_figures_of_the_target_itself_are_perfect() -> None:
    window = make_window(draw_sample(), slice(0, 6), Box(0, 0, 64, 64), "maps", PixelSpace(), 0)
    window = replace(window, change=torch.ones_like(window.change))
    made = window.target.permute(1, 2, 3, 0).numpy()
    figures = measure_frames(made, window, IdentityEncoder(**SMALL.identity))
    assert figures["hand_psnr"] == figures["contact_psnr"] == figures["face_psnr"] == 80
    assert figures["hand_ssim"] == pytest.approx(1) and figures["detail"] == pytest.approx(1)
    assert figures["warp"] == 0 and figures["identity"] == 0
    assert psnr(np.zeros(4, np.float32), np.full(4, 0.1, np.float32)) == pytest.approx(20)


def test_an_onnx_encoder_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="onnxruntime|no ONNX file"):
        OnnxEncoder(tmp_path / "no.onnx")


def test_variants_without_a_part_are_trained_and_measured_and_a_cut_run_goes_on(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings, made = _settings(data, tmp_path, steps=1, measure_every=9), tmp_path / "made"
    assert list(dict(ablate(settings, made, ["whole"], 1))) == ["whole"]
    trained = []
    monkeypatch.setattr(
        "model.diffusion.report.ablate.train", lambda s: trained.append(Path(s.output).name) or train.train(s)
    )
    done = dict(ablate(settings, made, ["regression", "no_identity", "whole"], 1))
    assert trained == ["no_identity", "regression"], "whole was done before"
    assert set(done["whole"]["joints"]) == {"composite", "4 steps"}
    assert set(done["no_identity"]["joints"]) == {"4 steps"} and set(done["regression"]["joints"]) == {"1 steps"}
    assert not load_checkpoint(str(made / "no_identity")).denoiser.sizes.use_identity
    rows = rows_of(json.loads((made / "ablation.json").read_text()))
    assert set(rows) == {"maps", "joints", "pattern"}
    assert list(rows["maps"]) == ["composite", "whole", "no_identity", "regression"]
    assert "| maps | no_identity |" in (made / "ablation.md").read_text()
    with pytest.raises(InputError, match="other settings"):
        list(ablate(replace(settings, steps=2), made, ["whole"], 1))


def test_with_minutes_the_others_take_as_many_steps_as_the_whole(data: str, tmp_path: Path) -> None:
    settings = _settings(data, tmp_path, steps=0, minutes=0.02)
    with pytest.raises(InputError, match="whole comes first"):
        list(ablate(settings, tmp_path / "made", ["no_identity"], 1))
    list(ablate(settings, tmp_path / "made", ["whole", "no_orthogonality"], 1))
    report = json.loads((tmp_path / "made" / "ablation.json").read_text())["variants"]
    assert report["whole"]["training"]["steps"] == report["no_orthogonality"]["training"]["steps"] > 0


def test_the_card_says_what_was_measured_and_what_was_not(data: str, tmp_path: Path) -> None:
    run, shipped = tmp_path / "run", tmp_path / "shipped"
    train.train(_settings(data, run, steps=2))
    copy_shipped(run, shipped)
    assert {path.name for path in shipped.iterdir()} == {
        "denoiser", "identity", "scheduler", "model_index.json", "training.json", "training.jsonl",
    }  # fmt: skip
    card = write_card(shipped, london=False)
    assert "2 steps of 2 windows of 4 frames" in card and "4 samples of 4 clips, 3 people" in card
    assert card.count("Not measured.") == 2 and "Ablations have not been run" in card and "London" not in card
    good, bad = {"hand_psnr": 30.0, "warp": 2.0}, {"hand_psnr": 29.0, "warp": 1.0, "hand_found": 0.5}
    tables = {"run": {"maps": {"4 steps": bad, "composite": good}}}
    measured = {"clips": 5, "people": 2, "patterns": 4, "data": {"test": {"clips": 99}}, "tables": tables}
    (shipped / "evaluation.json").write_text(json.dumps(measured))
    variants = {"whole": {"table": {"maps": {"4 steps": good}}}, "no_identity": {"table": {"maps": {"4 steps": bad}}}}
    for variant in variants.values():
        variant["training"] = {"steps": 7}
    (shipped / "ablation.json").write_text(json.dumps({"about": {"clips": 5}, "variants": variants}))
    card = write_card(shipped, london=True)
    assert "5 whole clips of 4 patterns and 2 people" in card and "found in 50% of the frames" in card
    assert "nearer in hand (29.0 dB against 30.0)" in card
    assert "for 7 steps" in card and "| maps | – | – | – | 1 of 2 | – | – |" in card
    assert "maps, the whole model is not ahead of no_identity: at this length" in card
    assert "--clips 99\n    python -m model.diffusion.evaluate data run -o run/evaluation.json --clips 5" in card
    assert "ablate data -o ablation --steps 2 --clips 5" in card
    assert "London Set" in card and "resumed for longer" not in card
    rates = [(40, 0.1), (60, 0.3), (70, 0.1), (80, 0.2), (90, 0.1)]  # warming up, falling, risen again after step 70
    log = "".join(json.dumps({"step": step, "rate": rate}) + "\n" for step, rate in rates)
    (shipped / "training.jsonl").write_text(log)
    assert "resumed for longer: the rate rises again at step 80." in write_card(shipped, london=True)
    rates = [(60, 0.3), (70, 0.2), (80, 0.1), (70, 0.2), (80, 0.1)]  # cut, and gone on from what was saved at step 60
    log = "".join(json.dumps({"step": step, "rate": rate}) + "\n" for step, rate in rates)
    (shipped / "training.jsonl").write_text(log)
    assert "resumed for longer" not in write_card(shipped, london=True)
    (shipped / "training.jsonl").write_text("{cut")
    with pytest.raises(InputError, match=r"training\.jsonl is damaged"):
        write_card(shipped, london=True)


def test_a_report_says_what_was_measured(data: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run, report = tmp_path / "run", tmp_path / "evaluation.json"
    train.train(_settings(data, run, steps=1))
    assert evaluate_command([data, str(run), "--clips", "1", "--steps", "1", "-o", str(report)]) == 0
    said = json.loads(report.read_text())
    assert (said["clips"], said["people"], said["patterns"]) == (1, 1, 1)
    assert said["data"]["train"]["clips"] == 4 and "1 steps" in said["tables"]["run"]["maps"]
    assert evaluate_command([str(tmp_path / "nothing"), str(run)]) == 2
    assert "error:" in capsys.readouterr().err


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
    train.train(_settings(data, tmp_path / "made", steps=1, face_encoder="faces.onnx"))
    inputs = make_window(draw_sample(), slice(0, 6), Box(16, 16, 32, 32), "maps", PixelSpace(), 0).inputs
    load_checkpoint.cache_clear()
    with pytest.raises(InputError, match="STUDIO_FACE_ENCODER"):
        load_checkpoint(str(tmp_path / "made"))(inputs, 1)
    load_checkpoint.cache_clear()
    monkeypatch.setenv("STUDIO_FACE_ENCODER", "faces.onnx")
    pipeline = load_checkpoint(str(tmp_path / "made"))
    assert pipeline.denoiser.sizes.identity_dim == 6
    assert pipeline(inputs, 1).frames.shape == (6, 3, 32, 32)
