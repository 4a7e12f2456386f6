"""Photos → a data set of labelled clips with all guidance, for training: `python -m model synthesize`.

A shard is written whole or not at all, so that a run can be stopped, continued, extended and spread over processes
and machines.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from model.contact.labelling import label_simulation
from model.contact.simulation import Simulation
from model.dataset.distribute import distribute
from model.dataset.plan import ClipPlan, ShardPlan, SynthesisOptions, check_options, plan_shards
from model.dataset.variation import vary_scan
from model.diffusion.appearance import appearance_of
from model.diffusion.training.sample import Sample, mirror_sample
from model.diffusion.training.shards import read_metadata, write_shard
from model.errors import InputError
from model.face import load_photo, scan
from model.generate import simulate
from model.hand import HandModel
from model.mirror import mirror_image
from model.motion.cast import Cast, cast_hand
from model.render.frames import render_frames, set_stage
from model.render.guidance import map_frame, stack_maps
from model.request import Request
from model.version import PHYSICS_VERSION

Said = Callable[[str], None]


def synthesize(
    folder: Path, options: SynthesisOptions, clips: int, jobs: int = 1, ray: str = "", say: Said = print
) -> tuple[int, int]:
    """Make what is missing of a data set of `clips` clips; (shards made, shards there before); InputError."""
    check_options(folder, options)
    wanted = plan_shards(options, clips)
    missing = [shard for shard in wanted if not is_made(folder, shard)]
    before = len(wanted) - len(missing)
    work = [(str(folder.resolve()), options, shard) for shard in missing]
    for done, (name, made, skipped) in enumerate(distribute(make_shard, work, jobs, ray), 1):
        say(f"{name}: {made} samples ({before + done} of {len(wanted)} shards)")
        for line in skipped:
            say(f"  left out {line}")
    return len(missing), before


def is_made(folder: Path, shard: ShardPlan) -> bool:
    """Whether the shard is there, whole, with exactly these clips, by this version of the physics engine."""
    made = read_metadata(folder / shard.name)
    return made is not None and all(made.get(name) == value for name, value in _describe(shard).items())


def make_shard(folder: str, options: SynthesisOptions, shard: ShardPlan) -> tuple[str, int, list[str]]:
    """Make one shard; its name, the number of samples, and what was left out and why."""
    skipped: list[str] = []

    samples = _samples(options, shard, skipped)
    made = write_shard(Path(folder) / shard.name, samples, lambda: {**_describe(shard), "skipped": skipped})
    return shard.name, made, skipped


def _describe(shard: ShardPlan) -> dict[str, Any]:
    """What a shard says of itself, before it is known what had to be left out."""
    return {"planned": [plan.number for plan in shard.plans], "physics": PHYSICS_VERSION}


def _samples(options: SynthesisOptions, shard: ShardPlan, skipped: list[str]) -> Iterator[Sample]:
    for plan in shard.plans:
        try:
            yield from make_samples(options, plan)
        except InputError as error:
            skipped.append(f"clip {plan.number} of {Path(plan.photo).name}: {error}")


def make_samples(options: SynthesisOptions, plan: ClipPlan) -> Iterator[Sample]:
    """One simulated clip in its looks, the right hand's turned back as the photo shows it; InputError."""
    request = Request(
        plan.pattern, seed=plan.seed, size=options.size, seconds=options.seconds, fps=options.fps,
        intensity=plan.intensity, hand=plan.hand,
    )  # fmt: skip
    cast = cast_hand(request)
    picture = load_photo(plan.photo)
    scanned = scan(mirror_image(picture) if cast.flipped else picture, request.size)
    simulation, model = simulate(scanned, cast, request)
    for variant in range(options.looks if plan.split == "train" else 1):
        shown = simulation
        if variant:
            rng = np.random.default_rng((plan.seed, variant))
            shown = replace(simulation, scan=vary_scan(simulation.scan, rng))
        yield _render(shown, model, plan, cast, variant)


def _render(simulation: Simulation, model: HandModel, plan: ClipPlan, cast: Cast, variant: int) -> Sample:
    stage = set_stage(simulation, model, plan.seed)
    frames, maps = [], []
    for i, rendered in enumerate(render_frames(stage, list(range(len(simulation.face))))):
        frames.append(rendered.image)
        maps.append(map_frame(stage, i, rendered))
    sample = Sample(
        key=f"{plan.number:06d}-{variant}",
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
