"""What training sees: windows of clips, cropped around the interaction, at random strength, light and noise.

Everything about window `n` follows from the seed and `n` alone, so that a run continues exactly where it was
stopped, whatever the number of workers; many processes take every so-manyth batch.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import Dataset

from model.clip import Guidance
from model.diffusion.appearance import triple
from model.diffusion.crop import Box, change_mask, crop_guidance, take_frames
from model.diffusion.network.guidance_channels import TouchPrior, find_prior, region_masks
from model.diffusion.network.spaces import PixelSpace, Space
from model.diffusion.pipeline import Inputs
from model.diffusion.prepare import prepare_inputs
from model.diffusion.training.config import Config
from model.diffusion.training.sample import Sample, as_left_hand
from model.diffusion.training.shards import frames_and_side, index_shards, read_entry
from model.errors import InputError
from model.optics import GAMMA

TOUCHING = 0.8  # share of the windows in which the hand touches, where the clip has a touch
AROUND_HAND = 0.6  # share of the crops around some pixel of the hand; the others are around the touched place
SHIFT = 6  # a crop's side over the standard deviation of its middle's place
BRIGHTER, TINTED = 0.12, 0.05  # standard deviation of other light's logarithm: of all channels, and of each alone


@dataclass(frozen=True)
class Window:
    """A training example."""

    inputs: Inputs
    target: torch.Tensor  # (3, f, h, w) 0..1
    change: torch.Tensor  # (f, h, w) 0..1: where the network's picture will be used
    regions: torch.Tensor  # (3, f, h, w) true masks of hand, face, contact, whatever the strength
    key: str
    person: str


class Windows(Dataset[Window]):
    """Window `n` of an endless, seeded stream over the samples of a split."""

    def __init__(self, folder: Path, split: str, config: Config, seed: int, space: Space | None = None) -> None:
        known = index_shards(folder, split)
        if not known:
            raise InputError(f"The {split} shards in {folder} are empty: were all photos refused?")
        sizes = [frames_and_side(entry) for entry in known]
        fits = [frames >= config.window and side >= config.crop for frames, side in sizes]
        self.entries = [entry for entry, fit in zip(known, fits, strict=True) if fit]
        self.left_out = len(known) - len(self.entries)
        if not self.entries:
            raise InputError(_why_none_fits(sizes, config))
        self.config, self.seed, self.space = config, seed, space or PixelSpace()

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, number: int) -> Window:
        turn, place = divmod(number, len(self.entries))
        order = np.random.default_rng((self.seed, turn, 7)).permutation(len(self.entries))
        sample = as_left_hand(read_entry(self.entries[int(order[place])]))
        rng = np.random.default_rng((self.seed, number))
        return cut_window(_relight(sample, rng), self.config, rng, self.space)


def _why_none_fits(sizes: list[tuple[int, int]], config: Config) -> str:
    """What is wrong with clips of so many frames and px, none of which holds a window."""
    longest, largest = (max(values) for values in zip(*sizes, strict=True))
    if longest < config.window:
        return f"Clips of {longest} frames are too short: this configuration takes {config.window} at a time."
    return f"Pictures of {largest} px are too small for crops of {config.crop} px: synthesize larger."


def cut_window(sample: Sample, config: Config, rng: np.random.Generator, space: Space) -> Window:
    """A random window and crop of a sample at a strength drawn by the configuration's odds."""
    odds = {name: share for name, share in config.strengths.items() if sample.full or name != "maps"}
    names = list(odds)
    strength = str(rng.choice(names, p=np.array(list(odds.values())) / sum(odds.values())))
    span = _span(sample.guidance, config.window, rng)
    box = _box(sample.guidance, find_prior(sample.guidance), span, config.crop, rng)
    return make_window(sample, span, box, strength, space, int(rng.integers(2**31)))


def make_window(sample: Sample, span: slice, box: Box, strength: str, space: Space, seed: int) -> Window:
    """Tensors of some frames of a box of a sample."""
    guidance, prior = take_frames(sample.guidance, span), find_prior(sample.guidance)
    count = len(sample.target)
    inputs = prepare_inputs(
        sample.photo, guidance, prior, sample.appearance, box, space,
        pattern=sample.pattern, intensity=sample.intensity, strength=strength,
        times=np.arange(count, dtype=np.float32)[span] / np.float32(sample.fps),
        phase=np.linspace(0, 1, count, dtype=np.float32)[span], seed=seed,
    )  # fmt: skip
    rows, columns = box.slices
    target = sample.target[span][:, rows, columns].transpose(3, 0, 1, 2) / np.float32(255)
    masks = true_regions(crop_guidance(guidance, box), sample.photo.shape[1])
    change = torch.from_numpy(change_mask(guidance, strength)[:, rows, columns].copy())
    inputs = replace(inputs, change=change)
    return Window(inputs, torch.from_numpy(target), change, masks, sample.key, sample.person)


def true_regions(guidance: Guidance, picture: int) -> torch.Tensor:
    """Masks (3, f, h, w) of hand, face and contact as they are, for weights and figures."""
    blank = TouchPrior(0, 0, np.zeros(guidance.hand_mask.shape[1:], np.float32))
    return torch.from_numpy(region_masks(guidance, blank, "joints", picture)).transpose(0, 1)


def _span(guidance: Guidance, length: int, rng: np.random.Generator) -> slice:
    """Frames of a window, mostly one with a touch; InputError if the clip is shorter."""
    frames = len(guidance.hand_mask)
    if frames < length:
        raise InputError(f"Clips of {frames} frames are too short: this configuration takes {length} at a time.")
    start = int(rng.integers(frames - length + 1))
    touched = np.flatnonzero((guidance.contact_mask > 0).any(axis=(1, 2)))
    if len(touched) and rng.random() < TOUCHING:
        start = int(np.clip(rng.choice(touched) - rng.integers(length), 0, frames - length))
    return slice(start, start + length)


def _box(guidance: Guidance, prior: TouchPrior, span: slice, side: int, rng: np.random.Generator) -> Box:
    """A crop around the touched place or some of the hand."""
    height, width = guidance.hand_mask.shape[1:]
    if min(height, width) < side:
        raise InputError(f"Pictures of {width} x {height} px are too small for crops of {side} px: synthesize larger.")
    x, y = prior.x, prior.y
    rows, columns = np.nonzero(guidance.hand_mask[span].max(axis=0) > 127)
    if len(rows) and rng.random() < AROUND_HAND:
        chosen = int(rng.integers(len(rows)))
        x, y = float(columns[chosen]), float(rows[chosen])
    shift = rng.normal(0, side / SHIFT, 2)
    left = int(np.clip(x + shift[0] - side / 2, 0, width - side))
    top = int(np.clip(y + shift[1] - side / 2, 0, height - side))
    return Box(left, top, side, side)


def _relight(sample: Sample, rng: np.random.Generator) -> Sample:
    """The clip in other light: photo, frames and skin colour change together."""
    gain = np.exp(rng.normal(0, BRIGHTER) + rng.normal(0, TINTED, 3)).astype(np.float32)
    table = (np.arange(256, dtype=np.float32)[:, None] / 255) ** GAMMA * gain
    table = (np.clip(table, 0, 1) ** np.float32(1 / GAMMA) * 255 + 0.5).astype(np.uint8)[None]  # (1, 256, 3)
    guidance, shape = sample.guidance, sample.target.shape
    rows = (-1, *shape[2:])
    return replace(
        sample,
        photo=cv2.LUT(sample.photo, table),
        target=cv2.LUT(sample.target.reshape(rows), table).reshape(shape),
        guidance=replace(guidance, hand_albedo=cv2.LUT(guidance.hand_albedo.reshape(rows), table).reshape(shape)),
        appearance=replace(sample.appearance, skin=triple(np.asarray(sample.appearance.skin) * gain)),
    )
