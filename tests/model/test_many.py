"""Clips of many photos and patterns in one call: told of one by one, whole, gone on with."""

import inspect
import json
from pathlib import Path

import pytest
from clips import made as one_clip
from PIL import Image

from annotation.labels import Labels
from model import InputError, generate, generate_many, many
from model.__main__ import main
from model.options import options_of
from model.request import Request


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "portraits"
    folder.mkdir()
    for name in ("ann.png", "ben.png"):
        Image.new("RGB", (64, 64)).save(folder / name)
    return folder


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str, int]]:
    """A stand-in for the engine: a clip that was made before; what was asked for."""
    asked: list[tuple[str, str, int]] = []

    def made(photo: Path, pattern: str, *, seed: int, **_: object):
        asked.append((photo.stem, pattern, seed))
        if photo.stem == "ben" and pattern == "poke-nose":
            raise InputError("No face was found.")
        return one_clip(Request("poke-left-cheek", size=256, seconds=1.5, fps=12, camera="still"))

    monkeypatch.setattr(many, "generate", made)
    return asked


def test_all_photos_do_all_patterns_and_what_will_not_do_is_told(photos: Path, tmp_path: Path, quick: list) -> None:
    out = tmp_path / "clips"
    steps = list(generate_many(photos, ["poke-nose", "poke-chin"], out, seed=3, seeds=2))
    assert [step.number for step in steps] == list(range(1, 9)) and {step.total for step in steps} == {8}
    assert [step.clip.name for step in steps if step.error] == ["ben-poke-nose-3.mp4", "ben-poke-nose-4.mp4"]
    lines = [json.loads(line) for line in (out / "metadata.jsonl").read_text().splitlines()]
    assert [line.pop("file_name") for line in lines] == [step.clip.name for step in steps if not step.error]
    assert Labels.from_json(lines[0]).contacts and all(step.clip.is_file() for step in steps if not step.error)
    quick.clear()
    again = list(generate_many(photos, "poke-nose,poke-chin", out, seed=3, seeds=2))
    assert len(quick) == 2 and sum(step.seconds == 0 for step in again) == 6  # only what failed is tried again


def test_a_line_that_was_cut_is_made_again(photos: Path, tmp_path: Path) -> None:
    out = tmp_path / "clips"
    list(generate_many(photos / "ann.png", "poke-chin", out, seeds=2))
    whole = (out / "metadata.jsonl").read_text()
    (out / "metadata.jsonl").write_text(whole[:-30])
    list(generate_many(photos / "ann.png", "poke-chin", out, seeds=2))
    assert (out / "metadata.jsonl").read_text() == whole


@pytest.mark.parametrize(
    "wrong", [{"patterns": "poke-knee"}, {"photos": "nowhere"}, {"seeds": 0}, {"size": 3}, {"output": "a.txt"}]
)
def test_what_cannot_be_is_said_before_anything_is_made(photos: Path, tmp_path: Path, quick: list, wrong: dict) -> None:
    (tmp_path / "a.txt").write_text("x")
    given = {"photos": photos, "patterns": "poke-nose", "output": tmp_path / "out"} | wrong
    if "output" in wrong:
        given["output"] = tmp_path / "a.txt"
    with pytest.raises(InputError):
        generate_many(**given)
    assert not quick and not (tmp_path / "out").exists()


def test_the_command_says_each(photos: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch) -> None:
    real = many.generate
    monkeypatch.setattr(many, "generate", lambda photo, pattern, seed, **_: real(photo, pattern, seed=seed))
    assert main(["generate", str(photos), "--pattern", "poke-nose,poke-chin", "-o", str(tmp_path / "clips")]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("1 of 4 ann-poke-nose-0.mp4: ") and "No face" in lines[2]
    assert lines[-1].endswith("3 clips, 1 could not be made")
    wrong = [
        "generate",
        str(photos),
        "--pattern",
        "all",
        "-o",
        str(tmp_path / "c"),
        "--labels",
        str(tmp_path / "l.json"),
    ]
    assert main(wrong) == 2


@pytest.mark.parametrize("function", [generate, generate_many])
def test_every_option_stands_in_the_signature_and_is_said(function) -> None:
    said = inspect.getdoc(function) or ""
    for name, option in options_of(Request).items():
        assert f"    {name}: " in said
        if name != "pattern":
            assert inspect.signature(function).parameters[name].default == option.default
