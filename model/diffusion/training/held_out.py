"""Clips of the test split: of some people they choose weights in training, of the others they measure."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from model.diffusion.crop import Box
from model.diffusion.network.guidance_channels import STRENGTHS, find_prior
from model.diffusion.network.spaces import Space
from model.diffusion.training.config import Config
from model.diffusion.training.sample import Sample, as_left_hand
from model.diffusion.training.shards import Entry, index_shards, person_and_pattern, read_entry
from model.diffusion.training.windows import Window, make_window
from model.errors import InputError

CHOOSING: Final = 3  # every so-manyth person of the test split chooses weights
NOBODY: Final = "Nobody is held out: the newest weights are kept, and how good they are on unseen people is not known."


def holds_out(folder: Path) -> bool:
    """Whether a data set has clips of people to test on; InputError for damaged shards."""
    return any(folder.glob("test-*.tar")) and bool(index_shards(folder, "test"))


def require_people(folder: Path) -> None:
    """InputError if all people of a data set are held out."""
    if any(folder.glob("test-*.tar")) and not any(folder.glob("train-*.tar")):
        raise InputError(
            f"All people in {folder} are held out, so there is nobody to learn from: synthesize clips of more people, "
            "or with a smaller --hold-out."
        )


def touch_windows(folder: Path, config: Config, count: int, space: Space) -> list[Window]:
    """Fixed windows around the touch of `count` test clips at every strength, crops of the training's size.

    Their people are none of those that `evaluate` measures, where there are enough.
    """
    windows = []
    for sample in held_out_samples(folder, count, choosing=True):
        for strength in STRENGTHS if sample.full else STRENGTHS[1:]:
            prior, side = find_prior(sample.guidance), config.crop
            height, width = sample.photo.shape[:2]
            left = int(np.clip(prior.x - side / 2, 0, width - side))
            top = int(np.clip(prior.y - side / 2, 0, height - side))
            box = Box(left, top, side, side)
            windows.append(make_window(sample, _around_touch(sample, config.window), box, strength, space, 0))
    return windows


def held_out_samples(folder: Path, count: int, choosing: bool = False) -> Iterator[Sample]:
    for entry in choose_entries(folder, count, choosing):
        yield as_left_hand(read_entry(entry))


def choose_entries(folder: Path, count: int, choosing: bool = False) -> list[Entry]:
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


def _around_touch(sample: Sample, length: int) -> slice:
    """The window around the firmest touch."""
    area = (sample.guidance.contact_mask > 0).sum(axis=(1, 2))
    start = int(np.clip(int(np.argmax(area)) - length // 2, 0, max(len(area) - length, 0)))
    return slice(start, start + length)
