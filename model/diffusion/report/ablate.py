"""What each part of the model is worth: the same data, seed and steps without it.

    python -m model.diffusion.ablate DATASET_DIR -o FOLDER [--config tiny] [--minutes 30 | --steps 2000] […]

Every variant is trained into a folder of its own and measured on people never trained on, at each strength of
guidance. `regression` is the whole model that never learns to denoise, `composite` no network. With --minutes the
whole model trains so long, and the others take as many steps as it made. A run that was cut goes on with the same
command: variants that are done are kept, one that was begun is resumed. With --steps, several processes may share
the folder, each with an --only of its own. `ablation.json` and `ablation.md` grow.
"""

import argparse
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from annotation import console
from annotation.paths import why_no_folder, why_not_made
from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.report.evaluate import evaluate
from model.diffusion.report.table import Table, format_table
from model.diffusion.training.options import TrainingOptions
from model.diffusion.training.run import TRAINING, holds_run, read_training
from model.diffusion.training.train import train
from model.errors import InputError
from model.files import part_of, write_text

WHOLE: Final = "whole"
VARIANTS: Final[dict[str, dict[str, Any]]] = {
    WHOLE: {},
    "no_spatial_latents": {"switches": ("use_spatial_latents",)},
    "no_temporal_latents": {"switches": ("use_temporal_latents",)},
    "plain_cross_attention": {"switches": ("use_region_attention",)},
    "no_identity": {"switches": ("use_identity",)},
    "no_orthogonality": {"orthogonality": False},
    "regression": {"regression": 1.0},
}
STEPS: Final = 4  # of denoising in the table; regression takes one
REPORT, RESULT = "ablation", "result.json"


def ablate(options: TrainingOptions, folder: Path, names: list[str], clips: int) -> Iterator[tuple[str, Table]]:
    """Name and table of each variant as it is done; InputError."""
    if unknown := set(names) - VARIANTS.keys():
        raise InputError(f"There is no variant {min(unknown)[:40]!r}: choose of {', '.join(VARIANTS)}.")
    about = _begin(folder, options, clips)
    for name in sorted(names, key=list(VARIANTS).index):
        result = folder / name / RESULT
        if not result.exists():
            made = _measure_variant(name, options, folder, clips)
            write_text(result, json.dumps(made, indent=1) + "\n")
            report = {"about": about, "variants": _results(folder)}
            write_text(folder / f"{REPORT}.json", json.dumps(report, indent=1) + "\n")
            write_text(folder / f"{REPORT}.md", format_table(rows_of(report)) + "\n")
        yield name, json.loads(result.read_text())["table"]


def _measure_variant(name: str, options: TrainingOptions, folder: Path, clips: int) -> dict[str, Any]:
    """Train, or go on with, one variant, and measure it."""
    output = folder / name
    steps = options.steps if name == WHOLE else _steps_of_whole(options, folder)
    train(replace(options, output=str(output), steps=steps, resume=holds_run(output), **VARIANTS[name]))
    load_checkpoint.cache_clear()
    count = 1 if name == "regression" else STEPS
    table = evaluate(Path(options.data), load_checkpoint(str(output)), clips, (count,), base=name == WHOLE)
    return {"table": table, "training": read_training(output)}


def _steps_of_whole(options: TrainingOptions, folder: Path) -> int:
    """How many steps the others take; InputError if only the whole model's training could tell."""
    if options.steps:
        return options.steps
    if not part_of(folder / WHOLE, TRAINING).is_file():
        raise InputError(f"With --minutes, {WHOLE} comes first: its steps are what the others take.")
    return int(read_training(folder / WHOLE)["steps"])


def _begin(folder: Path, options: TrainingOptions, clips: int) -> dict[str, Any]:
    """What all variants have in common, kept in the folder; InputError if others were made with other settings."""
    about = {
        "data": Path(options.data).name, "config": options.config, "seed": options.seed, "steps": options.steps,
        "minutes": 0.0 if options.steps else options.minutes, "precision": options.precision, "clips": clips,
    }  # fmt: skip
    path = folder / "about.json"
    folder.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        write_text(path, json.dumps(about) + "\n")
    if json.loads(path.read_text()) != about:
        raise InputError(f"{folder} holds an ablation with other settings: repeat those, or name another folder.")
    return about


def _results(folder: Path) -> dict[str, Any]:
    """Of all variants that are done, by whichever process."""
    files = {name: folder / name / RESULT for name in VARIANTS}
    return {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}


def rows_of(report: dict[str, Any]) -> Table:
    """Strength → variant → figures, `composite` first."""
    rows: Table = {}
    for name, variant in report["variants"].items():
        for strength, methods in variant["table"].items():
            for method, figures in methods.items():
                rows.setdefault(strength, {})["composite" if method == "composite" else name] = figures
    order = ["composite", *VARIANTS]
    return {strength: {n: each[n] for n in order if n in each} for strength, each in rows.items()}


def main() -> int:
    """Train, measure, print; the exit status."""
    console.speak()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("data", type=console.path)
    parser.add_argument("-o", "--output", type=console.path, required=True)
    parser.add_argument("--config", default="tiny")
    length = parser.add_mutually_exclusive_group(required=True)
    length.add_argument("--steps", type=int, default=0, help="of training, each variant")
    length.add_argument("--minutes", type=float, default=0.0, help="of the whole model; the others take its steps")
    parser.add_argument("--clips", type=int, default=24, help="measured, of people never trained on")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--precision", choices=["no", "bf16"], default="", help="as `python -m model train` has it")
    parser.add_argument("--only", nargs="+", default=list(VARIANTS), metavar="VARIANT")
    options = parser.parse_args()
    chosen = TrainingOptions(
        str(options.data), "", options.config, options.minutes, options.steps, workers=options.workers,
        precision=options.precision,
    )  # fmt: skip

    def work() -> None:
        if why := why_no_folder(options.data) or why_not_made(options.output):
            raise InputError(why)
        for name, table in ablate(chosen, options.output, options.only, options.clips):
            print(f"{name}\n{format_table(table)}", flush=True)

    return console.run(work, (InputError,))
