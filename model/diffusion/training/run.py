"""One run under way: what its steps share, its folder, its log, and the state from which it goes on exactly."""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import torch
from accelerate import Accelerator
from diffusers.training_utils import EMAModel

from model.diffusion.network.identity import IdentityEncoder
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.training.config import Config
from model.diffusion.training.describe import describe_run
from model.diffusion.training.options import TrainingOptions
from model.diffusion.training.state import PROGRESS, find_states, keep_only, place_to_write, read_progress
from model.errors import InputError
from model.files import PART, commit, part_of, write_text

LOG: Final = "log.jsonl"
TRAINING: Final = "training.json"  # what the run is made of, and how far it is
MAY_CHANGE: Final = ("resume", "minutes", "workers", "output", "data", "measure_every", "measured_clips")


@dataclass(frozen=True)
class TrainingProgress:
    """How far a run is; written with every state."""

    step: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0  # of this process, without those that read ahead
    best: float | None = None  # dB, of the weights that are kept; None: nobody is held out to measure them on
    best_step: int = 0  # at which they were kept


@dataclass
class Run:
    """What the steps of one run share."""

    options: TrainingOptions
    config: Config
    accelerator: Accelerator
    pipeline: InterAnimatePipeline
    network: Any
    optimizer: Any
    average: EMAModel
    output: Path

    def save(self, progress: TrainingProgress) -> None:
        """Save the state from which the run goes on exactly, together with the weights that `measure` may have kept.

        All of it is there from one moment on; until then the last save is.
        """
        made = self.output / PART
        try:
            self.accelerator.save_state(str(place_to_write(self.output)))
            self.accelerator.wait_for_everyone()
            if self.accelerator.is_main_process:
                self._describe(made, place_to_write(self.output), progress)
                commit(self.output)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
        self.accelerator.wait_for_everyone()

    def _describe(self, made: Path, state: Path, progress: TrainingProgress) -> None:
        """Write what the state holds beside accelerate's, and what the run is."""
        torch.save(self.average.state_dict(), state / "average.pt")
        self.pipeline.identity.save_pretrained(state / "identity")
        about = {**describe_run(self.options, self.config, self.accelerator.device), **asdict(progress)}
        (made / TRAINING).write_text(json.dumps(about, indent=1) + "\n")
        told = {"progress": asdict(progress), "settings": _kept(self.options)}
        (state / PROGRESS).write_text(json.dumps(told))

    def resume(self) -> TrainingProgress | None:
        """Load the last whole state; None if the run was stopped before it saved one; InputError."""
        damage: Exception | None = None
        for place in find_states(self.output):
            state = read_progress(place)
            if state["settings"] != _kept(self.options):
                raise InputError(f"The run in {self.output} had other settings; resume it with the same.")
            try:
                progress = self._load(place, state)
            except Exception as error:  # of a file that is cut or missing, torch and safetensors raise many kinds
                damage = damage or error
                continue
            self.accelerator.wait_for_everyone()
            if self.accelerator.is_main_process:
                keep_only(self.output, place)
                _mend_log(self.output / LOG)
            self.accelerator.wait_for_everyone()
            return progress
        if damage is not None:
            raise InputError(f"The state in {self.output} is damaged: train into another folder.") from damage
        return None

    def _load(self, place: Path, state: dict[str, Any]) -> TrainingProgress:
        """Take everything from a state's folder."""
        self.accelerator.load_state(str(place))
        self.average.load_state_dict(torch.load(place / "average.pt", weights_only=True))
        identity = IdentityEncoder.from_pretrained(place / "identity")
        self.pipeline.identity.load_state_dict(identity.state_dict())
        return TrainingProgress(**state["progress"])

    def log(self, entry: dict[str, Any]) -> None:
        """Write a line of the log."""
        if self.accelerator.is_main_process:
            with open(self.output / LOG, "a") as file:
                rounded = {key: round(v, 5) if isinstance(v, float) else v for key, v in entry.items()}
                file.write(json.dumps(rounded) + "\n")


def _kept(options: TrainingOptions) -> dict[str, Any]:
    """The options that a run must be resumed with, as JSON keeps them."""
    kept = {**asdict(options), "switches": list(options.switches)}
    for name in MAY_CHANGE:
        del kept[name]
    return kept


def _mend_log(log: Path) -> None:
    """Drop lines that were cut when the run was killed, whatever was written behind them."""
    lines = log.read_text(errors="replace").splitlines()
    whole = [line for line in lines if _is_json(line)]
    if whole != lines:
        write_text(log, "".join(f"{line}\n" for line in whole))


def _is_json(line: str) -> bool:
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def prepare_folder(options: TrainingOptions) -> Path:
    """The run's folder, which can be written; InputError if it holds another run, or none to resume."""
    output = Path(options.output)
    if not options.resume and find_states(output):
        raise InputError(f"{output} holds a run: continue it with --resume, or name another folder.")
    if options.resume and not holds_run(output):
        raise InputError(f"There is no run to resume in {output}: leave --resume out.")
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / LOG).touch()
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror}. Name a folder that is writable.") from error
    return output


def holds_run(output: Path) -> bool:
    """Whether a run was begun in a folder, be it that it was stopped before it saved anything."""
    return (output / LOG).is_file() or bool(find_states(output))


def read_training(output: Path) -> dict[str, Any]:
    """What a run in a folder was, by its `training.json`; InputError."""
    try:
        about = json.loads(part_of(output, TRAINING).read_text())
        return {**about, "steps": int(about["step"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{output} has no whole {TRAINING}: train it first.") from error
