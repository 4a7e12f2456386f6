"""What each part of the model is worth: the same data, seed and steps without it.

    python -m model.diffusion.ablate DATASET_DIR -o FOLDER [--config tiny] [--steps 2000] [--only no_identity …]

Every variant is trained (or resumed) into a folder of its own and measured on people never trained on, at each
strength of guidance; `regression` is the whole model that never learns to denoise, `composite` no network.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.evaluate import evaluate, format_table
from model.diffusion.train import STATE, Settings, train
from model.errors import InputError

VARIANTS: Final[dict[str, dict[str, Any]]] = {
    "whole": {},
    "no_spatial_latents": {"switches": ("use_spatial_latents",)},
    "no_temporal_latents": {"switches": ("use_temporal_latents",)},
    "plain_cross_attention": {"switches": ("use_region_attention",)},
    "no_identity": {"switches": ("use_identity",)},
    "no_orthogonality": {"orthogonality": False},
    "regression": {"regression": 1.0},
}


def ablate(settings: Settings, folder: Path, names: list[str], clips: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and table of each variant as it is done; `table.json` in the folder grows with them."""
    if unknown := set(names) - VARIANTS.keys():
        raise InputError(f"There is no variant {min(unknown)[:40]!r}: choose of {', '.join(VARIANTS)}.")
    tables: dict[str, Any] = {}
    for name in names:
        output = folder / name
        resume = (output / STATE).exists()
        train(replace(settings, output=str(output), resume=resume, **VARIANTS[name]))
        load_checkpoint.cache_clear()
        steps = (1,) if name == "regression" else (1, 4, 8)
        tables[name] = evaluate(Path(settings.data), load_checkpoint(str(output)), clips, steps)
        (folder / "table.json").write_text(json.dumps(tables, indent=1) + "\n")
        yield name, tables[name]


def main() -> None:
    """Train, measure, print."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--config", default="tiny")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--only", nargs="+", default=list(VARIANTS))
    options = parser.parse_args()
    settings = Settings(str(options.data), "", options.config, steps=options.steps, workers=options.workers)
    for name, table in ablate(settings, options.output, options.only, options.clips):
        print(f"{name}\n{format_table(table)}", flush=True)


if __name__ == "__main__":
    main()
