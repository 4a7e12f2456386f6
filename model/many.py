"""Clips of many photos and patterns into one folder, which `datasets` and `python -m annotation import` read."""

import json
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from annotation.paths import why_not_made
from annotation.taxonomy import PATTERNS
from model.dataset.plan import list_photos
from model.errors import InputError
from model.generate import generate
from model.options import spells_out
from model.request import Request

LIST: Final = "metadata.jsonl"  # of the folder, a line a clip: its file_name, its labels


@dataclass(frozen=True)
class Made:
    """One clip of many: the how manieth, of what, and where it lies; `error` says why there is none."""

    number: int  # counts from 1
    total: int
    photo: Path
    pattern: str
    seed: int
    clip: Path
    seconds: float  # that it took; 0 where it was there before
    error: str = ""


@spells_out(Request)
def generate_many(
    photos: str | Path | Sequence[str | Path],
    patterns: str | Sequence[str],
    output: str | Path,
    *,
    seeds: int = 1,
    **options: Any,
) -> Iterator[Made]:
    """Make clips of photos (files, folders of them) doing patterns (names, or "all"), one after the other.

    Each lies in the folder `output` as PHOTO-PATTERN-SEED.mp4, with its labels as a line of `metadata.jsonl`. What is
    there is not made again. `seeds` counts from `seed` on. A photo that will not do is told of, and the others go on:

        for made in generate_many("portraits/", ["poke-nose", "stroke-chin"], "clips/"):
            print(f"{made.number} of {made.total}: {made.clip.name} {made.error}")

    Raises `model.InputError` for options, patterns and folders that cannot be, before anything is made.
    """
    names = _chosen(patterns)
    first = int(options.pop("seed", 0))
    if seeds < 1:
        raise InputError("seeds must be at least 1.")
    for pattern in names:
        Request(pattern, seed=first + seeds - 1, **options)
    given = [photos] if isinstance(photos, str | Path) else list(photos)
    found = list_photos([Path(photo) for photo in given])
    folder = Path(output)
    if why := why_not_made(folder):
        raise InputError(why)
    folder.mkdir(parents=True, exist_ok=True)
    wanted = [(Path(p), name, seed) for p in found for name in names for seed in range(first, first + seeds)]
    return _make(folder, wanted, options)


def _make(folder: Path, wanted: list[tuple[Path, str, int]], options: dict[str, Any]) -> Iterator[Made]:
    there = _listed(folder)
    for number, (photo, pattern, seed) in enumerate(wanted, 1):
        target, start, error = folder / f"{photo.stem}-{pattern}-{seed}.mp4", time.monotonic(), ""
        if target.name in there and target.is_file():
            yield Made(number, len(wanted), photo, pattern, seed, target, 0.0)
            continue
        try:
            clip = generate(photo, pattern, seed=seed, **options)
            clip.save(target)
            with open(folder / LIST, "a", encoding="utf-8") as file:
                file.write(json.dumps({"file_name": target.name, **clip.labels.to_json()}) + "\n")
        except InputError as wrong:
            error = str(wrong)
        yield Made(number, len(wanted), photo, pattern, seed, target, time.monotonic() - start, error)


def _chosen(patterns: str | Sequence[str]) -> list[str]:
    if isinstance(patterns, str):
        return list(PATTERNS) if patterns == "all" else patterns.split(",")
    return list(patterns)


def _listed(folder: Path) -> set[str]:
    """The files that the folder's list names; a line that was cut is dropped, so that the next one is whole."""
    place = folder / LIST
    if not place.is_file():
        return set()
    lines = place.read_text(encoding="utf-8").splitlines(keepends=True)
    whole = [line for line in lines if line.endswith("\n")]
    if whole != lines:
        place.write_text("".join(whole), encoding="utf-8")
    return {str(json.loads(line)["file_name"]) for line in whole}
