"""What a training run was made of, as plain facts for its model card."""

import json
import os
import platform
from collections import defaultdict
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch

from model.diffusion.training.config import Config
from model.diffusion.training.windows import index_shards, person_and_pattern
from model.errors import InputError

if TYPE_CHECKING:
    from model.diffusion.training.train import Settings


def describe_run(settings: "Settings", config: Config, device: torch.device) -> dict[str, Any]:
    """Settings, data, hardware and date of a run."""
    return {
        "config": config.name,
        "seed": settings.seed,
        "regression": settings.regression,
        "orthogonality": settings.orthogonality,
        "switched_off": list(settings.switches),
        "crop": config.crop,
        "window": config.window,
        "picture": config.picture,
        "batch": config.batch,
        "rate": config.rate,
        "precision": settings.precision,
        "strengths": config.strengths,
        "data": describe_data(Path(settings.data)),
        "hardware": describe_hardware(device),
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }


def describe_data(folder: Path) -> dict[str, Any]:
    """Samples, clips and people of each split, and how the clips were made where `dataset.json` tells."""
    facts: dict[str, Any] = {}
    for split in ("train", "test"):
        try:
            entries = index_shards(folder, split)
        except InputError:
            continue
        people: dict[str, int] = defaultdict(int)
        for entry in entries:
            people[person_and_pattern(entry)[0]] += 1
        clips = len({entry.key.rpartition("-")[0] for entry in entries})
        facts[split] = {"samples": len(entries), "clips": clips, "people": len(people)}
    path = folder / "dataset.json"
    if path.exists():
        made = json.loads(path.read_text())
        facts |= {name: made[name] for name in ("size", "seconds", "fps", "looks", "seed") if name in made}
    return facts


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
