"""What a synthesized data set is made of: its options, and the plan of every clip and shard.

The plan follows from the options and a clip's number alone, so that a run can be stopped, continued and extended.
"""

import json
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from annotation.paths import shown, why_no_folder, why_not_read
from annotation.taxonomy import PATTERNS
from model.diffusion.training.sample import SPLITS
from model.diffusion.training.shards import MANIFEST, split_of
from model.errors import InputError
from model.files import write_text
from model.request import Request
from model.version import PHYSICS_VERSION

CLIPS_PER_SHARD: Final = 8
PHOTOS: Final = (".jpg", ".jpeg", ".png", ".webp")
SOFTEST, FIRMEST = 0.4, 1.4  # intensities, drawn evenly between them
AS_THE_PATTERN: Final = 0.8  # share of the clips whose hand the pattern chooses; the others' is drawn


@dataclass(frozen=True)
class SynthesisOptions:
    """What a data set is made of, apart from the number of its clips."""

    photos: tuple[str, ...]
    patterns: tuple[str, ...] = PATTERNS
    size: int = 256  # px
    seconds: float = 1.5
    fps: int = 8
    looks: int = 2  # of every simulated clip of the train split: as photographed, and varied
    hold_out: float = 0.15  # share of the people whose clips are the test split
    seed: int = 0


@dataclass(frozen=True)
class ClipPlan:
    """One clip to make."""

    number: int
    photo: str
    person: str
    split: str
    pattern: str
    intensity: float
    hand: str
    seed: int


@dataclass(frozen=True)
class ShardPlan:
    """One file to make."""

    name: str
    plans: tuple[ClipPlan, ...]


def list_photos(paths: list[Path]) -> tuple[str, ...]:
    """Photos of files and folders, sorted; InputError if there is none."""
    found = []
    for path in paths:
        if (why := why_not_read(path, "photo or folder")) and why_no_folder(path):
            raise InputError(why)
        if path.is_dir():
            found += [file for file in sorted(path.rglob("*")) if file.suffix.lower() in PHOTOS]
        else:
            found.append(path)
    if not found:
        raise InputError(f"There are no photos in {shown(paths[0])}: JPEG, PNG or WebP files are looked for.")
    return tuple(str(file.resolve()) for file in found)


def person_of(photo: str) -> str:
    """Who is shown: the file's name up to the first `_`, as in `017_smiling.jpg`."""
    return Path(photo).stem.split("_", 1)[0]


def check_options(folder: Path, options: SynthesisOptions) -> None:
    """Create the folder; InputError if it holds a data set made otherwise, or for options out of range."""
    for pattern in options.patterns:
        Request(pattern, size=options.size, seconds=options.seconds, fps=options.fps)
    if not 0 <= options.hold_out < 1:
        raise InputError(f"hold-out is a share of the people below 1, not {options.hold_out}.")
    # Photos may move between machines: people and files' names are what a data set is made of.
    wanted = {**asdict(options), "photos": [Path(photo).name for photo in options.photos]}
    wanted = {**json.loads(json.dumps(wanted)), "physics": PHYSICS_VERSION}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / MANIFEST
        if path.exists():
            _check_same(folder, json.loads(path.read_text()), wanted)
        write_text(path, json.dumps(wanted, indent=1) + "\n")
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(f"Cannot use {folder} as a data set's folder: {error}.") from error


def _check_same(folder: Path, held: Any, wanted: dict[str, Any]) -> None:
    """InputError unless a folder's manifest is of the data set wanted, by this version of the physics engine."""
    if not isinstance(held, dict) or {**held, "physics": 0} != {**wanted, "physics": 0}:
        raise InputError(f"{folder} holds a data set with other settings: name another folder, or delete it.")
    version = held.get("physics")
    if version != wanted["physics"]:
        known = "a version of the physics engine that it does not name" if version is None else f"physics {version}"
        raise InputError(
            f"{folder} holds clips of {known}, and version {wanted['physics']} runs here: name another folder, or "
            "delete it."
        )


def plan_shards(options: SynthesisOptions, clips: int) -> list[ShardPlan]:
    """All clips in shards, each of one split; more clips add shards and fill the last ones."""
    plans = [plan_clip(options, number) for number in range(clips)]
    shards = []
    for split in SPLITS:
        mine = [plan for plan in plans if plan.split == split]
        for k in range(0, len(mine), CLIPS_PER_SHARD):
            name = f"{split}-{k // CLIPS_PER_SHARD:05d}.tar"
            shards.append(ShardPlan(name, tuple(mine[k : k + CLIPS_PER_SHARD])))
    return sorted(shards, key=lambda shard: shard.plans[0].number)


def plan_clip(options: SynthesisOptions, number: int) -> ClipPlan:
    """The clip of a number: every photo once, then every photo again in another order; all patterns in each split."""
    rng = np.random.default_rng((options.seed, number))
    turn, place = divmod(number, len(options.photos))
    people, splits, order = _order(options, turn)
    photo = int(order[place])
    split = splits[photo]
    rank = turn * splits.count(split) + sum(splits[other] == split for other in order[:place])
    again, which = divmod(rank, len(options.patterns))
    patterns = np.random.default_rng((options.seed, again, 2 + SPLITS.index(split))).permutation(options.patterns)
    intensity = round(float(rng.uniform(SOFTEST, FIRMEST)), 2)
    hand = "auto" if rng.random() < AS_THE_PATTERN else str(rng.choice(["left", "right"]))
    return ClipPlan(
        number, options.photos[photo], people[photo], split, str(patterns[which]), intensity, hand,
        int(rng.integers(2**31)),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _order(options: SynthesisOptions, turn: int) -> tuple[list[str], list[str], list[int]]:
    """Person and split of every photo, and the order of the photos in a turn."""
    people = [person_of(photo) for photo in options.photos]
    splits = [split_of(person, options.hold_out) for person in people]
    return people, splits, np.random.default_rng((options.seed, turn, 1)).permutation(len(people)).tolist()
