"""`python -m model` as people and scripts call it: files, exit codes, one clear line."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS
from model import __main__ as command_line
from model.__main__ import main

ROOT = Path(__file__).parents[2]


def test_a_photo_becomes_a_clip_with_all_its_files(photo_file: Path, tmp_path: Path):
    files = {name: tmp_path / name for name in ("clip.mp4", "labels.json", "metrics.json", "guidance.npz")}
    done = subprocess.run(
        [
            sys.executable, "-m", "model", "generate", str(photo_file), "--pattern", "stroke-left-cheek",
            "--size", "256", "--seconds", "1.5", "--fps", "8", "-o", str(files["clip.mp4"]),
            "--labels", str(files["labels.json"]), "--metrics", str(files["metrics.json"]),
            "--guidance", str(files["guidance.npz"]),
        ],
        cwd=ROOT, capture_output=True, text=True, timeout=300,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "12 frames" in done.stdout
    assert Labels.read(files["labels.json"]).pattern == "stroke-left-cheek"
    assert json.loads(files["metrics.json"].read_text())["touchness"] == 1.0
    with np.load(files["guidance.npz"], allow_pickle=False) as maps:
        assert maps["hand_mask"].shape == (12, 256, 256)
    assert files["clip.mp4"].stat().st_size > 5_000


def test_bad_input_ends_with_two_and_one_line(tmp_path: Path):
    (tmp_path / "words.jpg").write_text("no photo")
    done = subprocess.run(
        [sys.executable, "-m", "model", "generate", str(tmp_path / "words.jpg"), "--pattern", "poke-nose",
         "-o", str(tmp_path / "clip.mp4")],
        cwd=ROOT, capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    assert done.returncode == 2 and done.stdout == ""
    assert done.stderr.startswith("error: words.jpg") and done.stderr.count("\n") == 1
    assert not (tmp_path / "clip.mp4").exists()


def refused(capsys: pytest.CaptureFixture[str], *arguments: object) -> str:
    """The one line that a command ends with, which must end with 2."""
    assert main([str(argument) for argument in arguments]) == 2
    out, err = capsys.readouterr()
    assert out == "" and err.count("\n") == 1
    return err


def test_an_unknown_pattern_names_the_nearest(capsys: pytest.CaptureFixture[str], photo_file: Path, tmp_path: Path):
    line = refused(capsys, "generate", photo_file, "--pattern", "poke-left-cheak", "-o", tmp_path / "a.mp4")
    assert "poke-left-cheek" in line


@pytest.mark.parametrize("option", ["-o", "--labels", "--metrics", "--guidance"])
def test_a_path_that_cannot_be_written_is_told_before_the_work(
    option: str, capsys: pytest.CaptureFixture[str], photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    monkeypatch.setattr(sys.modules["model.generate"], "generate_steps", work)
    outputs = {"-o": tmp_path / "clip.mp4", option: tmp_path / "nowhere" / "file"}
    arguments = [part for pair in outputs.items() for part in pair]
    assert "nowhere" in refused(capsys, "generate", photo_file, "--pattern", "poke-nose", *arguments)
    outputs[option] = tmp_path
    arguments = [part for pair in outputs.items() for part in pair]
    assert "is a folder" in refused(capsys, "generate", photo_file, "--pattern", "poke-nose", *arguments)
    assert list(tmp_path.iterdir()) == []


def test_patterns_are_listed(capsys: pytest.CaptureFixture[str]):
    assert main(["patterns"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("\t")[0] for line in lines] == list(PATTERNS)
    assert {line.split("\t")[1] for line in lines} == {"pinch", "poke", "stroke", "swipe"}


def test_prelabel_refuses_what_is_no_film(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "a.mp4").write_text("no film")
    assert "a.mp4" in refused(capsys, "prelabel", tmp_path / "a.mp4", "-o", tmp_path / "labels.json")
    assert "nowhere" in refused(capsys, "prelabel", tmp_path / "a.mp4", "-o", tmp_path / "nowhere" / "l.json")
    assert not (tmp_path / "labels.json").exists()


def test_evaluate_without_one_good_photo_ends_with_two(capsys: pytest.CaptureFixture[str], tmp_path: Path):
    (tmp_path / "words.jpg").write_text("no photo")
    out = tmp_path / "report.json"
    assert main(["evaluate", str(tmp_path / "words.jpg"), "--patterns", "poke-nose", "-o", str(out)]) == 2
    told = capsys.readouterr()
    assert "words.jpg" in told.out and told.err.count("\n") == 1
    assert json.loads(out.read_text())["skipped"][0]["photo"].endswith("words.jpg")
    wrong = ["evaluate", tmp_path / "words.jpg", "-o", out]
    assert "nearest is poke-nose" in refused(capsys, *wrong, "--patterns", "poke-noses")
    assert "at least 1" in refused(capsys, *wrong, "--jobs", "0")


def test_our_own_fault_ends_with_one(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch):
    def broken(_options: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(command_line, "list_patterns", broken)
    assert main(["patterns"]) == 1
    assert capsys.readouterr().err.splitlines()[-1] == "error: ZeroDivisionError: oh"


def test_a_command_must_be_named():
    with pytest.raises(SystemExit) as ended:
        main([])
    assert ended.value.code == 2
