"""What a checkpoint is worth: figures of people it never saw, ablations, and the card that tells them."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from diffusion_samples import SMALL, draw_sample, options_of, small_pipeline

from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.network.spaces import PixelSpace
from model.diffusion.report.ablate import ablate, rows_of
from model.diffusion.report.card import copy_shipped, write_card
from model.diffusion.report.evaluate import main as evaluate_command
from model.diffusion.report.evaluate import unseen_clips
from model.diffusion.training import train
from model.diffusion.training.held_out import touch_windows
from model.diffusion.training.shards import write_shard
from model.errors import InputError

pytestmark = pytest.mark.usefixtures("tiny")


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


def test_variants_without_a_part_are_trained_and_measured_and_a_cut_run_goes_on(
    data: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options, made = options_of(data, tmp_path, steps=1, measure_every=9), tmp_path / "made"
    assert list(dict(ablate(options, made, ["whole"], 1))) == ["whole"]
    trained = []
    monkeypatch.setattr(
        "model.diffusion.report.ablate.train", lambda s: trained.append(Path(s.output).name) or train.train(s)
    )
    done = dict(ablate(options, made, ["regression", "no_identity", "whole"], 1))
    assert trained == ["no_identity", "regression"], "whole was done before"
    assert set(done["whole"]["joints"]) == {"composite", "4 steps"}
    assert set(done["no_identity"]["joints"]) == {"4 steps"} and set(done["regression"]["joints"]) == {"1 steps"}
    assert not load_checkpoint(str(made / "no_identity")).denoiser.sizes.use_identity
    rows = rows_of(json.loads((made / "ablation.json").read_text()))
    assert set(rows) == {"maps", "joints", "pattern"}
    assert list(rows["maps"]) == ["composite", "whole", "no_identity", "regression"]
    assert "| maps | no_identity |" in (made / "ablation.md").read_text()
    with pytest.raises(InputError, match="other settings"):
        list(ablate(replace(options, steps=2), made, ["whole"], 1))


def test_with_minutes_the_others_take_as_many_steps_as_the_whole(data: str, tmp_path: Path) -> None:
    options = options_of(data, tmp_path, steps=0, minutes=0.02)
    with pytest.raises(InputError, match="whole comes first"):
        list(ablate(options, tmp_path / "made", ["no_identity"], 1))
    list(ablate(options, tmp_path / "made", ["whole", "no_orthogonality"], 1))
    report = json.loads((tmp_path / "made" / "ablation.json").read_text())["variants"]
    assert report["whole"]["training"]["steps"] == report["no_orthogonality"]["training"]["steps"] > 0


def test_the_card_says_what_was_measured_and_what_was_not(data: str, tmp_path: Path) -> None:
    run, shipped = tmp_path / "run", tmp_path / "shipped"
    train.train(options_of(data, run, steps=2))
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
    train.train(options_of(data, run, steps=1))
    assert evaluate_command([data, str(run), "--clips", "1", "--steps", "1", "-o", str(report)]) == 0
    said = json.loads(report.read_text())
    assert (said["clips"], said["people"], said["patterns"]) == (1, 1, 1)
    assert said["data"]["train"]["clips"] == 4 and "1 steps" in said["tables"]["run"]["maps"]
    assert evaluate_command([str(tmp_path / "nothing"), str(run)]) == 2
    assert "error:" in capsys.readouterr().err
