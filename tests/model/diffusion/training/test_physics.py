"""A data set is trained on if one version of the physics engine made it, and that is today's; all else is told."""

from dataclasses import replace
from pathlib import Path

import pytest
from diffusion_samples import draw_sample, options_of, write_data

from model.diffusion.checkpoint import load_checkpoint, physics_note
from model.diffusion.report.evaluate import main as evaluate_command
from model.diffusion.training.describe import describe_data
from model.diffusion.training.physics import require_physics
from model.diffusion.training.run import read_training
from model.diffusion.training.shards import write_shard
from model.diffusion.training.train import train
from model.errors import InputError
from model.version import PHYSICS_VERSION


def test_another_version_is_refused_and_told_what_to_do(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = write_data(tmp_path / "data", physics=PHYSICS_VERSION - 1)
    with pytest.raises(InputError, match=f"made by version {PHYSICS_VERSION - 1} .* runs {PHYSICS_VERSION}: make"):
        train(options_of(str(old), tmp_path / "run"))
    assert evaluate_command([str(old), "nowhere"]) == 2
    assert "python -m model synthesize" in capsys.readouterr().err


@pytest.mark.parametrize(("first", "then", "named"), [(1, 2, "1 and 2"), (2, None, "2 and unknown")])
def test_clips_of_two_versions_are_not_mixed(tmp_path: Path, first: int, then: int | None, named: str) -> None:
    write_shard(tmp_path / "train-00000.tar", [draw_sample(0)], {"physics": first})
    write_shard(tmp_path / "test-00000.tar", [draw_sample(1, split="test")], {"physics": then})
    with pytest.raises(InputError, match=f"mixes clips of physics versions {named}"):
        require_physics(tmp_path)


@pytest.mark.usefixtures("tiny")
def test_a_set_that_does_not_say_is_told_of_and_so_is_its_checkpoint(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    data = write_data(tmp_path / "data", physics=None)
    train(options_of(str(data), tmp_path / "run", steps=1))
    assert "does not say which version of the physics engine" in caplog.text
    assert "does not say" in physics_note(load_checkpoint(str(tmp_path / "run")))


@pytest.mark.usefixtures("tiny")
def test_the_checkpoint_carries_the_version_of_its_data(data: str, tmp_path: Path) -> None:
    train(options_of(data, tmp_path / "run", steps=1))
    assert load_checkpoint(str(tmp_path / "run")).settings.physics == PHYSICS_VERSION
    assert read_training(tmp_path / "run")["data"]["physics"] == PHYSICS_VERSION


def test_films_are_of_no_version(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    film = replace(draw_sample(0), full=False)
    write_shard(tmp_path / "train-00000.tar", [film], {"filmed": [[1, "a.mp4"]], "size": 64})
    assert require_physics(tmp_path) is None and not caplog.text and "physics" not in describe_data(tmp_path)
    write_shard(tmp_path / "train-00001.tar", [draw_sample(1)], {"physics": PHYSICS_VERSION})
    assert require_physics(tmp_path) == PHYSICS_VERSION
