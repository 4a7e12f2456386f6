"""Photos → a data set of labelled clips with all guidance, for training: `python -m model synthesize`.

The plan of all clips follows from the settings and the clip's number alone, and a shard is written whole or not
at all, so that a run can be stopped, continued, extended and spread over processes and machines.
"""

import json
import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np

from annotation.taxonomy import PATTERNS
from model.act import Cast, cast_hand, simulate
from model.contact.simulation import Simulation
from model.dataset.variation import vary_look
from model.diffusion.appearance import appearance_of
from model.diffusion.training.sample import Sample, mirror_sample
from model.diffusion.training.shards import SPLITS, shard_facts, split_of, write_shard
from model.errors import InputError
from model.face import load_photo, scan
from model.labelling import label_simulation
from model.mirror import mirror_image
from model.render.frames import render_frames, set_stage
from model.render.guidance import map_frame, stack_maps
from model.request import Request

CLIPS_PER_SHARD: Final = 8
PHOTOS: Final = (".jpg", ".jpeg", ".png", ".webp")
SETTINGS: Final = "dataset.json"

Said = Callable[[str], None]


@dataclass(frozen=True)
class Settings:
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
class Plan:
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
class Shard:
    """One file to make."""

    name: str
    plans: tuple[Plan, ...]


def synthesize(
    folder: Path, settings: Settings, clips: int, jobs: int = 1, ray: str = "", say: Said = print
) -> tuple[int, int]:
    """Make what is missing of a data set of `clips` clips; (shards made, shards there before); InputError."""
    check_settings(folder, settings)
    wanted = lay_shards(settings, clips)
    missing = [shard for shard in wanted if not is_made(folder, shard)]
    before = len(wanted) - len(missing)
    work = [(str(folder.resolve()), settings, shard) for shard in missing]
    for done, (name, made, skipped) in enumerate(_spread(work, jobs, ray), 1):
        say(f"{name}: {made} samples ({before + done} of {len(wanted)} shards)")
        for line in skipped:
            say(f"  left out {line}")
    return len(missing), before


def list_photos(paths: list[Path]) -> tuple[str, ...]:
    """Photos of files and folders, sorted; InputError if there is none."""
    found = []
    for path in paths:
        if path.is_dir():
            found += [file for file in sorted(path.rglob("*")) if file.suffix.lower() in PHOTOS]
        elif path.is_file():
            found.append(path)
        else:
            raise InputError(f"There is no photo or folder {path}: check the path.")
    if not found:
        raise InputError(f"There are no photos in {paths[0]}: JPEG, PNG or WebP files are looked for.")
    return tuple(str(file.resolve()) for file in found)


def person_of(photo: str) -> str:
    """Who is shown: the file's name up to the first `_`, as in `017_smiling.jpg`."""
    return Path(photo).stem.split("_", 1)[0]


def check_settings(folder: Path, settings: Settings) -> None:
    """Create the folder; InputError if it holds a data set made otherwise, or for settings out of range."""
    for pattern in settings.patterns:
        Request(pattern, size=settings.size, seconds=settings.seconds, fps=settings.fps)
    if not 0 <= settings.hold_out < 1:
        raise InputError(f"hold-out is a share of the people below 1, not {settings.hold_out}.")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / SETTINGS
        # Photos may move between machines: people and files' names are what a data set is made of.
        wanted = {**asdict(settings), "photos": [Path(photo).name for photo in settings.photos]}
        wanted = json.loads(json.dumps(wanted))
        if path.exists() and json.loads(path.read_text()) != wanted:
            raise InputError(f"{folder} holds a data set with other settings: name another folder, or delete it.")
        path.write_text(json.dumps(wanted, indent=1) + "\n")
    except (OSError, json.JSONDecodeError) as error:
        raise InputError(f"Cannot use {folder} as a data set's folder: {error}.") from error


def lay_shards(settings: Settings, clips: int) -> list[Shard]:
    """All clips in shards, each of one split; more clips add shards and fill the last ones."""
    plans = [plan_clip(settings, number) for number in range(clips)]
    shards = []
    for split in ("train", "test"):
        mine = [plan for plan in plans if plan.split == split]
        for k in range(0, len(mine), CLIPS_PER_SHARD):
            name = f"{split}-{k // CLIPS_PER_SHARD:05d}.tar"
            shards.append(Shard(name, tuple(mine[k : k + CLIPS_PER_SHARD])))
    return sorted(shards, key=lambda shard: shard.plans[0].number)


def plan_clip(settings: Settings, number: int) -> Plan:
    """The clip of a number: every photo once, then every photo again in another order; all patterns in each split."""
    rng = np.random.default_rng((settings.seed, number))
    turn, place = divmod(number, len(settings.photos))
    people, splits, order = _turn(settings, turn)
    photo = int(order[place])
    split = splits[photo]
    rank = turn * splits.count(split) + sum(splits[other] == split for other in order[:place])
    again, which = divmod(rank, len(settings.patterns))
    patterns = np.random.default_rng((settings.seed, again, 2 + SPLITS.index(split))).permutation(settings.patterns)
    intensity = round(float(rng.uniform(0.4, 1.4)), 2)
    hand = "auto" if rng.random() < 0.8 else str(rng.choice(["left", "right"]))
    return Plan(
        number, settings.photos[photo], people[photo], split, str(patterns[which]), intensity, hand,
        int(rng.integers(2**31)),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _turn(settings: Settings, turn: int) -> tuple[list[str], list[str], list[int]]:
    """Person and split of every photo, and the order of the photos in a turn."""
    people = [person_of(photo) for photo in settings.photos]
    splits = [split_of(person, settings.hold_out) for person in people]
    return people, splits, np.random.default_rng((settings.seed, turn, 1)).permutation(len(people)).tolist()


def is_made(folder: Path, shard: Shard) -> bool:
    """Whether the shard is there, whole, with exactly these clips."""
    facts = shard_facts(folder / shard.name)
    return isinstance(facts, dict) and facts.get("planned") == [plan.number for plan in shard.plans]


def make_shard(folder: str, settings: Settings, shard: Shard) -> tuple[str, int, list[str]]:
    """Make one shard; its name, the number of samples, and what was left out and why."""
    skipped: list[str] = []

    def facts() -> dict[str, Any]:
        return {"planned": [plan.number for plan in shard.plans], "skipped": skipped}

    samples = _samples(settings, shard, skipped)
    return shard.name, write_shard(Path(folder) / shard.name, samples, facts), skipped


def _samples(settings: Settings, shard: Shard, skipped: list[str]) -> Iterator[Sample]:
    for plan in shard.plans:
        try:
            yield from make_samples(settings, plan)
        except InputError as error:
            skipped.append(f"clip {plan.number} of {Path(plan.photo).name}: {error}")


def make_samples(settings: Settings, plan: Plan) -> Iterator[Sample]:
    """One simulated clip in its looks, the right hand's turned back as the photo shows it; InputError."""
    request = Request(
        plan.pattern, seed=plan.seed, size=settings.size, seconds=settings.seconds, fps=settings.fps,
        intensity=plan.intensity, hand=plan.hand,
    )  # fmt: skip
    cast = cast_hand(request)
    picture = load_photo(plan.photo)
    scanned = scan(mirror_image(picture) if cast.flipped else picture, request.size)
    simulation, model = simulate(scanned, cast, request)
    for look in range(settings.looks if plan.split == "train" else 1):
        shown = simulation
        if look:
            rng = np.random.default_rng((plan.seed, look))
            shown = replace(simulation, scan=vary_look(simulation.scan, rng))
        yield _render(shown, model, plan, cast, look)


def _render(simulation: Simulation, model: Any, plan: Plan, cast: Cast, look: int) -> Sample:
    stage = set_stage(simulation, model, plan.seed)
    frames, maps = [], []
    for i, rendered in enumerate(render_frames(stage, list(range(len(simulation.face))))):
        frames.append(rendered.image)
        maps.append(map_frame(stage, i, rendered))
    sample = Sample(
        key=f"{plan.number:06d}-{look}",
        person=plan.person,
        split=plan.split,
        pattern=cast.pattern,
        intensity=plan.intensity,
        fps=float(simulation.motion.fps),
        photo=simulation.scan.image,
        target=np.stack(frames),
        guidance=stack_maps(maps),
        appearance=appearance_of(simulation.scan),
        labels=label_simulation(simulation, cast.pattern),
    )
    return mirror_sample(sample) if cast.flipped else sample


def _spread(work: list[tuple[str, Settings, Shard]], jobs: int, ray: str) -> Iterator[tuple[str, int, list[str]]]:
    """The shards as they are finished: here, in processes of this machine, or on a Ray cluster."""
    if ray:
        yield from _spread_by_ray(work, ray)
    elif jobs <= 1 or len(work) <= 1:
        for item in work:
            yield make_shard(*item)
    else:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        with ProcessPoolExecutor(jobs) as pool:
            for future in as_completed([pool.submit(make_shard, *item) for item in work]):
                yield future.result()


def _spread_by_ray(work: list[tuple[str, Settings, Shard]], address: str) -> Iterator[tuple[str, int, list[str]]]:
    """By the workers of a cluster (`local` starts one here); photos and folder must be on storage all can reach."""
    try:
        import ray
    except ImportError as error:
        raise InputError("Ray is not installed: `pip install ray`, or leave --ray out.") from error
    try:
        ray.init(address=address, ignore_reinit_error=True, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise InputError(f"There is no Ray cluster at {address}: start one with `ray start --head`.") from error
    task = ray.remote(make_shard)
    waiting = [task.remote(*item) for item in work]
    while waiting:
        done, waiting = ray.wait(waiting)
        yield ray.get(done[0])
