"""How good a checkpoint is on people it never saw, against physics' frames, region by region.

    python -m model.diffusion.evaluate DATASET_DIR CHECKPOINT... [--clips 24] [-o table.json]

Each strength of guidance has its row of every method: the composite without a network, one step (which is plain
regression) and several. PSNR in dB and SSIM in hand, contact and face; `warp`: mean error of the change from
frame to frame, 8-bit levels, where the picture may change; `flicker`: static-flicker score where nothing moves in
the reference, less the reference's; `detail`: fine contrast in the hand as a share of the reference's;
`identity`: cosine of the encoder's vectors of face and photo, less the reference's. perceive.py has the others.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
import torch
from skimage.metrics import structural_similarity

from model.diffusion.checkpoint import load_checkpoint
from model.diffusion.crop import Box, change_mask, interaction_box
from model.diffusion.network.guidance_channels import REGION_NAMES, STRENGTHS, find_place
from model.diffusion.network.identity import crop_face
from model.diffusion.network.spaces import Space
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.report.detection import Look, compare, look_at_reference
from model.diffusion.training.config import Config
from model.diffusion.training.describe import describe_data
from model.diffusion.training.sample import Sample
from model.diffusion.training.windows import (
    Entry,
    Window,
    as_left_hand,
    index_shards,
    make_window,
    person_and_pattern,
    read_entry,
)
from model.errors import InputError
from model.scene import F32, U8

Figures = dict[str, float]
Know = Callable[[torch.Tensor], torch.Tensor]  # faces (b, 3, 64, 64) → unit vectors
CHOOSING: Final = 3  # every so-manyth person of the test split
LEAST_PIXELS: Final = 16
STILL: Final = 1.5 / 255  # change from frame to frame up to which the reference stands still
COLUMNS: Final = (
    "hand_psnr", "hand_ssim", "contact_psnr", "contact_ssim", "face_psnr", "face_ssim", "warp", "flicker",
    "contact_mm", "contact_found", "hand_found", "face_nme", "identity", "detail",
)  # fmt: skip


@dataclass(frozen=True)
class Case:
    """A test clip, the crop of its interaction, and its window at each strength."""

    sample: Sample
    box: Box
    windows: tuple[Window, ...]
    look: Look


def touch_windows(folder: Path, config: Config, count: int, space: Space) -> list[Window]:
    """Fixed windows around the touch of `count` test clips at every strength, crops of the training's size.

    Their people are none of those that `evaluate` measures, where there are enough.
    """
    windows = []
    for sample in _samples(folder, count, choosing=True):
        for strength in STRENGTHS if sample.full else STRENGTHS[1:]:
            place, side = find_place(sample.guidance), config.crop
            height, width = sample.photo.shape[:2]
            left = int(np.clip(place.x - side / 2, 0, width - side))
            top = int(np.clip(place.y - side / 2, 0, height - side))
            box = Box(left, top, side, side)
            windows.append(make_window(sample, _touch(sample, config.window), box, strength, space, 0))
    return windows


def unseen_clips(folder: Path, pipeline: InterAnimatePipeline, count: int) -> Iterator[Case]:
    """Clips of the test split, whole, of people that training neither learnt from nor chose weights by."""
    for sample in _samples(folder, count):
        # one crop for all strengths, so that their figures speak of the same pixels
        box = interaction_box(change_mask(sample.guidance, "maps"), pipeline.denoiser.multiple)
        if box is None:
            continue
        everything, strengths = slice(0, len(sample.target)), STRENGTHS if sample.full else STRENGTHS[1:]
        windows = tuple(make_window(sample, everything, box, each, pipeline.space, 0) for each in strengths)
        yield Case(sample, box, windows, look_at_reference(sample.photo, sample.target, sample.guidance))


def measure_frames(made: F32, window: Window, know: Know) -> Figures:
    """Figures of frames made (f, h, w, 3) 0..1 against a window's target; a region that is not there is left out."""
    target = window.target.permute(1, 2, 3, 0).numpy()
    mixed = _blend(made, window)
    figures: Figures = {}
    for name, mask in zip(REGION_NAMES, window.regions.numpy() > 0.5, strict=True):
        used = mask & (window.change.numpy() > 0) if name != "face" else mask
        if used.sum() >= LEAST_PIXELS:
            figures[f"{name}_psnr"] = psnr(mixed[used], target[used])
            figures[f"{name}_ssim"] = float(_similarity(mixed, target)[used].mean())
    moved = np.diff(mixed, axis=0) - np.diff(target, axis=0)
    where = window.change.numpy()[1:] > 0
    if where.any():
        figures["warp"] = float(np.abs(moved)[where].mean() * 255)
    still = (np.abs(np.diff(target, axis=0)) < STILL).all(axis=(0, 3))
    if still.sum() >= LEAST_PIXELS:
        figures["flicker"] = _stillness(mixed, still) - _stillness(target, still)
    hand = window.regions[0].numpy() > 0.9
    if hand.sum() >= LEAST_PIXELS:
        figures["detail"] = _contrast(mixed, hand) / max(_contrast(target, hand), 1e-6)
    figures["identity"] = _likeness(mixed, window, know) - _likeness(target, window, know)
    return figures


def psnr(made: F32, target: F32) -> float:
    """Of values 0..1, dB, at most 80."""
    return float(min(-10 * np.log10(max(np.mean((made - target) ** 2), 1e-8)), 80.0))


@torch.no_grad()
def evaluate(
    folder: Path, pipeline: InterAnimatePipeline, clips: int, steps: tuple[int, ...] = (1, 4, 8), base: bool = True
) -> dict[str, dict[str, Figures]]:
    """Mean figures by strength and method: `composite`, if `base`, and `N steps`."""
    found: dict[str, dict[str, list[Figures]]] = {}
    for case in unseen_clips(folder, pipeline, clips):
        for window in case.windows:
            rows = found.setdefault(STRENGTHS[window.inputs.strength], {})
            made = {"composite": window.inputs.base[:3].permute(1, 2, 3, 0).numpy()} if base else {}
            for count in steps:
                made[f"{count} steps"] = pipeline(window.inputs, count).frames.permute(0, 2, 3, 1).numpy(force=True)
            for name, frames in made.items():
                seen = compare(case.look, _whole(frames, window, case))
                rows.setdefault(name, []).append({**measure_frames(frames, window, pipeline.know), **seen})
    return {strength: {name: mean_figures(each) for name, each in rows.items()} for strength, rows in found.items()}


def _whole(made: F32, window: Window, case: Case) -> U8:
    """Whole frames (f, h, w, 3) with what was made in the crop; outside it nothing happens."""
    frames = case.sample.target.copy()
    rows, columns = case.box.slices
    frames[:, rows, columns] = (np.clip(_blend(made, window), 0, 1) * 255 + 0.5).astype(np.uint8)
    return frames


def mean_figures(rows: list[Figures]) -> Figures:
    """Mean of each figure over the rows that have it."""
    names = sorted({name for row in rows for name in row})
    return {name: round(float(np.mean([row[name] for row in rows if name in row])), 4) for name in names}


def format_table(table: dict[str, dict[str, Figures]]) -> str:
    """The table as Markdown."""
    known = {name for rows in table.values() for row in rows.values() for name in row}
    names = [name for name in COLUMNS if name in known]
    lines = ["| guidance | method | " + " | ".join(names) + " |", "|" + "---|" * (len(names) + 2)]
    for strength, rows in table.items():
        for method, row in rows.items():
            cells = [f"{row[name]:.3f}" if name in row else "–" for name in names]
            lines.append(f"| {strength} | {method} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def _samples(folder: Path, count: int, choosing: bool = False) -> Iterator[Sample]:
    for entry in _choose(folder, count, choosing):
        yield as_left_hand(read_entry(entry))


def _choose(folder: Path, count: int, choosing: bool = False) -> list[Entry]:
    """Test clips, all patterns in turn: of the people who choose weights in training, or of the others, who measure."""
    entries = index_shards(folder, "test")
    known = [person_and_pattern(entry) for entry in entries]
    people = sorted({person for person, _ in known})
    wanted = people[::CHOOSING] if choosing else [p for k, p in enumerate(people) if k % CHOOSING] or people
    times: Counter[str] = Counter()
    ranked: list[tuple[int, int, Entry]] = []
    for entry, (person, pattern) in zip(entries, known, strict=True):
        if person in wanted:
            ranked.append((times[pattern], len(ranked), entry))
            times[pattern] += 1
    return [entry for *_, entry in sorted(ranked, key=lambda each: each[:2])[:count]]


def _touch(sample: Sample, length: int) -> slice:
    """The window around the firmest touch."""
    area = (sample.guidance.contact_mask > 0).sum(axis=(1, 2))
    start = int(np.clip(int(np.argmax(area)) - length // 2, 0, max(len(area) - length, 0)))
    return slice(start, start + length)


def _blend(made: F32, window: Window) -> F32:
    """As the engine composes: the network's picture only where it may change."""
    base = window.inputs.base[:3].permute(1, 2, 3, 0).numpy()
    return np.asarray(base + (made - base) * window.change.numpy()[..., None])


def _similarity(made: F32, target: F32) -> F32:
    """SSIM (f, h, w) of each pixel's surroundings."""
    maps = [
        structural_similarity(a, b, channel_axis=2, data_range=1.0, full=True)[1].mean(axis=2)
        for a, b in zip(made, target, strict=True)
    ]
    return np.asarray(np.stack(maps), np.float32)


def _stillness(frames: F32, mask: np.ndarray) -> float:
    """The static-flicker score of a mask (h, w): 1 where nothing changes from frame to frame."""
    return 1 - float(np.abs(np.diff(frames, axis=0))[:, mask].mean())


def _contrast(frames: F32, mask: np.ndarray) -> float:
    """Standard deviation of fine detail (below about 2 px) in a mask."""
    fine = np.stack([frame - cv2.GaussianBlur(frame, (0, 0), 1.2) for frame in frames])
    return float(fine[mask].std())


def _likeness(frames: F32, window: Window, know: Know) -> float:
    """Cosine of the face in the window's middle frame and the photo's."""
    middle = len(frames) // 2
    face = window.regions[1, middle].numpy() > 0.5
    picture = (np.clip(frames[middle], 0, 1) * 255).astype(np.uint8)
    vectors = know(torch.stack([crop_face(picture, face), window.inputs.face])).detach()
    return float((vectors[0] * vectors[1]).sum())


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the table of each checkpoint, and write the report; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("dataset", type=Path)
    parser.add_argument("checkpoint", nargs="+")
    parser.add_argument("--clips", type=int, default=24)
    parser.add_argument("--steps", type=int, nargs="+", default=[1, 4, 8])
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args(arguments)
    tables = {}
    try:
        for name in options.checkpoint:
            table = evaluate(options.dataset, load_checkpoint(name), options.clips, tuple(options.steps))
            tables[Path(name).name] = table
            print(f"{name}\n{format_table(table)}")
        if options.output:
            report = _describe(options.dataset, options.clips) | {"tables": tables}
            options.output.write_text(json.dumps(report, indent=1) + "\n")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


def _describe(folder: Path, count: int) -> dict[str, Any]:
    """What was measured: clips, their people and patterns, and the data set that they are of."""
    people, patterns = zip(*map(person_and_pattern, _choose(folder, count)), strict=True)
    return {
        "clips": len(people), "people": len(set(people)), "patterns": len(set(patterns)), "data": describe_data(folder),
    }  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
