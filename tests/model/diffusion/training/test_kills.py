"""Training that is killed at any of its writes goes on from its last whole state, and nothing is left over."""

import json
import shutil
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from diffusion_samples import SMALL, options_of

from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.network.identity import IdentityEncoder
from model.diffusion.training import train
from model.diffusion.training.run import Run, TrainingProgress, prepare_folder
from model.diffusion.training.state import find_states, tidy
from model.errors import InputError
from model.files import PART, part_of
from tests.kills import kills, survives, watching

STEPS = 2


class Machine:
    """What `Run` asks of accelerate and of the average, with a number for all weights."""

    is_main_process = True
    device = torch.device("cpu")

    def __init__(self) -> None:
        self.weights = 0

    def save_state(self, path: str) -> None:
        Path(path).mkdir(parents=True, exist_ok=True)
        (Path(path) / "model.json").write_text(str(self.weights))
        (Path(path) / "optimizer.json").write_text(str(self.weights))

    def load_state(self, path: str) -> None:
        numbers = {(Path(path) / f"{name}.json").read_text() for name in ("model", "optimizer")}
        (self.weights,) = map(int, numbers)

    def wait_for_everyone(self) -> None:
        pass

    def state_dict(self) -> dict[str, int]:
        return {"weights": self.weights}

    def load_state_dict(self, state: dict[str, int]) -> None:
        assert state["weights"] == self.weights


def run_through(output: Path, resume: bool) -> list[int]:
    """A run of so many steps, whose steps take no time; the steps that it made."""
    options = options_of("no data", output, resume=resume)
    prepare_folder(options)
    tidy(output)
    machine: Any = Machine()
    pipeline: Any = SimpleNamespace(identity=IdentityEncoder(**SMALL.identity))
    run = Run(options, SMALL, machine, pipeline, None, None, machine, output)
    progress = (run.resume() if resume else None) or TrainingProgress()
    made = []
    while progress.step < STEPS:
        machine.weights += 1
        progress = replace(progress, step=progress.step + 1)
        run.log({"step": progress.step})
        denoiser = output / PART / "denoiser"
        denoiser.mkdir(parents=True)
        (denoiser / "weights.json").write_text(str(machine.weights))
        run.save(progress)
        made.append(progress.step)
    return made


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def require_end(output: Path, left: set[str]) -> None:
    """The run came to its end, everything in it is of the last step, and nothing else is there."""
    assert (
        (output / "state" / "model.json").read_text()
        == (output / "denoiser" / "weights.json").read_text()
        == str(STEPS)
    )
    assert json.loads((output / "training.json").read_text())["step"] == STEPS
    assert [place.name for place in find_states(output)] == ["state"]
    assert listing(output) == left


def go_on(output: Path) -> list[int]:
    """Resume a run; begin it where it was killed before its folder was there."""
    try:
        return run_through(output, resume=True)
    except InputError:
        assert not output.exists() or not any(output.iterdir())
        return run_through(output, resume=False)


def test_a_run_killed_at_any_write_goes_on_from_its_last_whole_state(tmp_path: Path) -> None:
    whole, output = tmp_path / "whole", tmp_path / "run"
    assert run_through(whole, resume=False) == [1, 2]
    left, killed = listing(whole), 0
    for last in kills(output, lambda: run_through(output, False), lambda: shutil.rmtree(output, ignore_errors=True)):
        killed += 1
        states = [json.loads((place / "progress.json").read_text()) for place in find_states(output)]
        assert len(states) <= 1
        saved = states[0]["progress"]["step"] if states else 0
        if states:  # weights and state are of one save at every moment
            assert int(part_of(output, "denoiser").joinpath("weights.json").read_text()) == saved
        survives(output, last * 7 % 40, lambda: go_on(output))  # a resume may be killed as well
        go_on(output)
        require_end(output, left)
    assert killed > 40


@pytest.mark.parametrize(
    "names",
    [("state.part", "state.old"), ("state.part", "state"), ("state", "state.old"), ("state.old",)],
    ids=" ".join,
)
def test_what_earlier_versions_left_is_resumed_and_cleared(names: tuple[str, ...], tmp_path: Path) -> None:
    """They wrote state.part, moved state to state.old and state.part to state, and were killed in between."""
    first, output = tmp_path / "first", tmp_path / "run"
    run_through(first, resume=False)
    left = listing(first)

    def prepare() -> None:
        shutil.rmtree(output, ignore_errors=True)
        output.mkdir()
        (output / "log.jsonl").write_text('{"step": 1}\n')
        for age, name in enumerate(names):  # the newest first
            shutil.copytree(first / "state", output / name)
            for file in ("model.json", "optimizer.json"):
                (output / name / file).write_text(str(1 - age))
            torch.save({"weights": 1 - age}, output / name / "average.pt")
            told = json.loads((output / name / "progress.json").read_text())
            told["progress"]["step"] = 1 - age
            (output / name / "progress.json").write_text(json.dumps(told))

    for _ in kills(output, lambda: run_through(output, resume=True), prepare):
        assert run_through(output, resume=True) in ([2], [])
        require_end(output, left)
    with pytest.raises(InputError, match="continue it with --resume"):
        prepare()
        run_through(output, resume=False)


def test_pieces_of_an_earlier_version_are_no_state(tmp_path: Path) -> None:
    run_through(tmp_path, resume=False)
    left = listing(tmp_path)
    shutil.copytree(tmp_path / "state", tmp_path / "state.part")
    (tmp_path / "state.part" / "progress.json").write_text('{"progress": {"st')
    shutil.copytree(tmp_path / "state", tmp_path / "state.old")
    (tmp_path / "state.old" / "model.json").unlink()
    assert run_through(tmp_path, resume=True) == []
    require_end(tmp_path, left)


def test_a_damaged_state_is_told_and_kept(tmp_path: Path) -> None:
    run_through(tmp_path, resume=False)
    (tmp_path / "state" / "optimizer.json").write_text("9")
    with pytest.raises(InputError, match="damaged"):
        run_through(tmp_path, resume=True)
    assert (tmp_path / "state" / "model.json").exists()


def test_a_line_of_the_log_that_was_cut_is_dropped(tmp_path: Path) -> None:
    run_through(tmp_path, resume=False)
    log = tmp_path / "log.jsonl"
    log.write_text(log.read_text() + '{"step": 3, "lo')
    run_through(tmp_path, resume=True)
    assert [json.loads(line)["step"] for line in log.read_text().splitlines()] == [1, 2]


def _train_killed(data: str, tmp_path: Path, shares: list[float] | None) -> None:
    """Kill real training at writes at these shares of the whole, or at each, and hold the end against the whole's."""
    with watching(tmp_path / "whole") as watch:
        whole = train.train(options_of(data, tmp_path / "whole"))
    expected = torch.load(tmp_path / "whole" / "state" / "average.pt", weights_only=True)["shadow_params"]
    weights = load_checkpoint(str(tmp_path / "whole")).denoiser.state_dict()
    left = {name for name in listing(tmp_path / "whole") if not name.startswith("logs")}
    output = tmp_path / "cut"
    for last in range(watch.count) if shares is None else [int(share * watch.count) for share in shares]:
        shutil.rmtree(output, ignore_errors=True)
        assert not survives(output, last, lambda: train.train(options_of(data, output)))
        resume = output.exists() and any(output.iterdir())
        done = train.train(options_of(data, output, resume=resume))
        assert (done.step, done.best, done.best_step) == (whole.step, whole.best, whole.best_step)
        made = torch.load(output / "state" / "average.pt", weights_only=True)["shadow_params"]
        assert all(torch.equal(a, b) for a, b in zip(made, expected, strict=True))
        load_checkpoint.cache_clear()
        kept = load_checkpoint(str(output)).denoiser.state_dict()
        assert all(torch.equal(kept[name], weights[name]) for name in weights)
        assert {name for name in listing(output) if not name.startswith("logs")} == left


@pytest.mark.usefixtures("tiny")
def test_training_that_is_killed_ends_as_if_it_had_not_been(data: str, tmp_path: Path) -> None:
    _train_killed(data, tmp_path, [0.97])


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_training_that_is_killed_at_any_write_ends_as_if_it_had_not_been(data: str, tmp_path: Path) -> None:
    _train_killed(data, tmp_path, None)
