"""One run under way: what its steps share, its folder, its log, and the state from which it goes on exactly."""

import json
import os
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
from model.errors import InputError

STATE: Final = "state"
PROGRESS: Final = "progress.json"  # in the state's folder
LOG: Final = "log.jsonl"
TRAINING: Final = "training.json"  # what the run is made of, and how far it is
MAY_CHANGE: Final = ("resume", "minutes", "workers", "output", "data", "measure_every", "measured_clips")


@dataclass(frozen=True)
class TrainingProgress:
    """How far a run is; written with every state."""

    step: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0  # of this process, without those that read ahead
    best: float = -1.0
    best_step: int = 0


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
        """State from which the run goes on exactly; the last one stays until this one is whole."""
        made, old = self.output / f"{STATE}.part", self.output / f"{STATE}.old"
        self.accelerator.save_state(str(made))
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            torch.save(self.average.state_dict(), made / "average.pt")
            self.pipeline.identity.save_pretrained(made / "identity")
            (made / PROGRESS).write_text(json.dumps({"progress": asdict(progress), "settings": _kept(self.options)}))
            about = {**describe_run(self.options, self.config, self.accelerator.device), **asdict(progress)}
            (self.output / TRAINING).write_text(json.dumps(about, indent=1) + "\n")
            if (self.output / STATE).exists():
                os.replace(self.output / STATE, old)
            os.replace(made, self.output / STATE)
            shutil.rmtree(old, ignore_errors=True)

    def resume(self) -> TrainingProgress:
        """Load the state that `save` wrote."""
        path = self.output / STATE / PROGRESS
        try:
            state = json.loads(path.read_text())
            if state["settings"] != _kept(self.options):
                raise InputError(f"The run in {self.output} had other settings; resume it with the same.")
            self.accelerator.load_state(str(self.output / STATE))
            self.average.load_state_dict(torch.load(self.output / STATE / "average.pt", weights_only=True))
            identity = IdentityEncoder.from_pretrained(self.output / STATE / "identity")
            self.pipeline.identity.load_state_dict(identity.state_dict())
            return TrainingProgress(**state["progress"])
        except (OSError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"There is no run to resume in {self.output}: leave --resume out.") from error

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


def prepare_folder(options: TrainingOptions) -> Path:
    """The run's folder, which can be written; InputError if it holds another run."""
    output = Path(options.output)
    if not options.resume and (output / STATE).exists():
        raise InputError(f"{output} holds a run: continue it with --resume, or name another folder.")
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / LOG).touch()
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror}. Name a folder that is writable.") from error
    return output


def read_training(output: Path) -> dict[str, Any]:
    """What a run in a folder was, by its `training.json`; InputError."""
    try:
        about = json.loads((output / TRAINING).read_text())
        return {**about, "steps": int(about["step"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{output} has no whole {TRAINING}: train it first.") from error
