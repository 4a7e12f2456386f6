"""What one training run is asked to do, checked before any work is done."""

from dataclasses import dataclass, replace

from model.diffusion.training.config import Config, find_config
from model.errors import InputError

SWITCHES = {"use_spatial_latents", "use_temporal_latents", "use_region_attention", "use_identity", "use_motion"}


@dataclass(frozen=True)
class TrainingOptions:
    """One run. Without `steps` it ends after `minutes`; a run of given steps is the same wherever it was cut."""

    data: str
    output: str
    config: str = "tiny"
    minutes: float = 30.0
    steps: int = 0
    seed: int = 0
    resume: bool = False
    regression: float = 0.6  # share of the run before flow matching
    measure_every: int = 250  # steps
    measured_clips: int = 6
    workers: int = 1
    batch: int = 0  # windows a step and process; 0 takes the configuration's
    precision: str = ""  # no, bf16; "" chooses bf16 where a GPU is
    switches: tuple[str, ...] = ()  # parts of the denoiser switched off, as use_motion: for ablations
    orthogonality: bool = True
    face_encoder: str = ""  # ONNX file in place of our own identity encoder


def configure(options: TrainingOptions) -> Config:
    """The configuration with the parts that are switched off; InputError."""
    config = find_config(options.config)
    if unknown := set(options.switches) - SWITCHES:
        raise InputError(f"There is no part {min(unknown)[:40]!r}: choose of {', '.join(sorted(SWITCHES))}.")
    if options.minutes <= 0 and options.steps <= 0:
        raise InputError("Nothing to train: minutes must be above 0.")
    if options.batch < 0 or options.workers < 0:
        raise InputError("batch and workers cannot be below 0.")
    denoiser = {**config.denoiser, **dict.fromkeys(options.switches, False)}
    return replace(config, denoiser=denoiser, batch=options.batch or config.batch)
