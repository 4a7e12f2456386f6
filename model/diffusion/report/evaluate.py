"""How good a checkpoint is on people it never saw, against physics' frames, region by region.

    python -m model.diffusion.evaluate DATASET_DIR CHECKPOINT... [--clips 24] [-o table.json]

Each strength of guidance has its row of every method: the composite without a network, one step (which is plain
regression) and several. training/figures.py and detection.py say what the figures are.
"""

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from annotation import console
from annotation.paths import shown, why_no_folder, why_not_written
from model.diffusion.checkpoint import load_checkpoint, physics_note
from model.diffusion.crop import Box, change_mask, interaction_box
from model.diffusion.network.guidance_channels import STRENGTHS
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.report.detection import Reference, compare, detect_reference
from model.diffusion.report.table import Table, format_table
from model.diffusion.training.describe import describe_data
from model.diffusion.training.figures import Figures, blend, mean_figures, measure_frames
from model.diffusion.training.held_out import choose_entries, held_out_samples
from model.diffusion.training.physics import require_physics
from model.diffusion.training.sample import Sample
from model.diffusion.training.shards import person_and_pattern
from model.diffusion.training.windows import Window, make_window
from model.errors import InputError
from model.files import write_text
from model.scene import F32, U8


@dataclass(frozen=True)
class HeldOutClip:
    """A test clip, the crop of its interaction, and its window at each strength."""

    sample: Sample
    box: Box
    windows: tuple[Window, ...]
    reference: Reference


def unseen_clips(folder: Path, pipeline: InterAnimatePipeline, count: int) -> Iterator[HeldOutClip]:
    """Clips of the test split, whole, of people that training neither learnt from nor chose weights by."""
    for sample in held_out_samples(folder, count):
        # one crop for all strengths, so that their figures speak of the same pixels
        box = interaction_box(change_mask(sample.guidance, "maps"), pipeline.denoiser.multiple)
        if box is None:
            continue
        everything, strengths = slice(0, len(sample.target)), STRENGTHS if sample.full else STRENGTHS[1:]
        windows = tuple(make_window(sample, everything, box, each, pipeline.space, 0) for each in strengths)
        yield HeldOutClip(sample, box, windows, detect_reference(sample.photo, sample.target, sample.guidance))


@torch.no_grad()
def evaluate(
    folder: Path, pipeline: InterAnimatePipeline, clips: int, steps: tuple[int, ...] = (1, 4, 8), base: bool = True
) -> Table:
    """Mean figures by strength and method: `composite`, if `base`, and `N steps`."""
    found: dict[str, dict[str, list[Figures]]] = {}
    for clip in unseen_clips(folder, pipeline, clips):
        for window in clip.windows:
            rows = found.setdefault(STRENGTHS[window.inputs.strength], {})
            made = {"composite": window.inputs.base[:3].permute(1, 2, 3, 0).numpy()} if base else {}
            for count in steps:
                made[f"{count} steps"] = pipeline(window.inputs, count).frames.permute(0, 2, 3, 1).numpy(force=True)
            for name, frames in made.items():
                seen = compare(clip.reference, _whole(frames, window, clip))
                rows.setdefault(name, []).append({**measure_frames(frames, window, pipeline.embed), **seen})
    return {strength: {name: mean_figures(each) for name, each in rows.items()} for strength, rows in found.items()}


def _whole(made: F32, window: Window, clip: HeldOutClip) -> U8:
    """Whole frames (f, h, w, 3) with what was made in the crop; outside it nothing happens."""
    frames = clip.sample.target.copy()
    rows, columns = clip.box.slices
    frames[:, rows, columns] = (np.clip(blend(made, window), 0, 1) * 255 + 0.5).astype(np.uint8)
    return frames


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of each checkpoint, and write the report; the exit status."""
    console.speak()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dataset", type=console.path)
    parser.add_argument("checkpoint", nargs="+")
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("-o", "--output", type=console.path)
    options = parser.parse_args(arguments)
    return console.run(lambda: _evaluate_all(options), (InputError,))


def _evaluate_all(options: argparse.Namespace) -> None:
    """Evaluate each checkpoint; InputError."""
    if why := why_no_folder(options.dataset) or (options.output and why_not_written(options.output, (".json",))):
        raise InputError(why)
    require_physics(options.dataset)
    tables = {}
    for name in options.checkpoint:
        pipeline = load_checkpoint(name)
        if note := physics_note(pipeline):
            print(note)
        table = evaluate(options.dataset, pipeline, options.clips, tuple(options.steps))
        tables[Path(name).name] = table
        print(f"{shown(name)}\n{format_table(table)}")
    if options.output:
        report = _describe(options.dataset, options.clips) | {"tables": tables}
        write_text(options.output, json.dumps(report, indent=1) + "\n")


def _describe(folder: Path, count: int) -> dict[str, Any]:
    """What was measured: clips, their people and patterns, and the data set that they are of."""
    people, patterns = zip(*map(person_and_pattern, choose_entries(folder, count)), strict=True)
    return {
        "clips": len(people), "people": len(set(people)), "patterns": len(set(patterns)), "data": describe_data(folder),
    }  # fmt: skip
