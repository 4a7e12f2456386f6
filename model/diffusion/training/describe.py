"""What a training run was made of, as plain values for its model card."""

import json
import os
import platform
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import torch

from model.diffusion.training.config import Config
from model.diffusion.training.options import TrainingOptions
from model.diffusion.training.physics import simulated_versions
from model.diffusion.training.sample import SPLITS
from model.diffusion.training.shards import MANIFEST, index_shards, person_and_pattern
from model.errors import InputError


def describe_run(options: TrainingOptions, config: Config, device: torch.device) -> dict[str, Any]:
    """Options, data, hardware and date of a run."""
    return {
        "config": config.name,
        "seed": options.seed,
        "regression": options.regression,
        "orthogonality": options.orthogonality,
        "switched_off": list(options.switches),
        "crop": config.crop,
        "window": config.window,
        "picture": config.picture,
        "batch": config.batch,
        "rate": config.rate,
        "precision": options.precision,
        "strengths": config.strengths,
        "data": describe_data(Path(options.data)),
        "hardware": describe_hardware(device),
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def describe_data(folder: Path) -> dict[str, Any]:
    """Samples, clips and people of each split, and how the clips were made where shards and `dataset.json` tell."""
    about: dict[str, Any] = {}
    for split in SPLITS:
        try:
            entries = index_shards(folder, split)
        except InputError:
            continue
        people: dict[str, int] = defaultdict(int)
        for entry in entries:
            people[person_and_pattern(entry)[0]] += 1
        clips = len({entry.key.rpartition("-")[0] for entry in entries})
        about[split] = {"samples": len(entries), "clips": clips, "people": len(people)}
    path = folder / MANIFEST
    if path.exists():
        made = json.loads(path.read_text())
        about |= {name: made[name] for name in ("size", "seconds", "fps", "looks", "seed") if name in made}
    versions = simulated_versions(folder)
    if len(versions) == 1:
        about["physics"] = versions.pop()  # None: not written down
    return about


def describe_hardware(device: torch.device) -> str:
    """In words: the GPU, or the processor and how many of its cores were used."""
    if device.type == "cuda":
        return f"{torch.cuda.device_count()} × {torch.cuda.get_device_name(device)}"
    return f"{processor_name()}, {torch.get_num_threads()} threads on {os.cpu_count()} cores, no GPU"


def processor_name() -> str:
    """The processor's model, where the system tells it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()
