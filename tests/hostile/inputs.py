"""One hostile input: a seed of a kind, mutated. The same kind, seed number and place give the same bytes."""

import random
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from tests.hostile import label_seeds, media_seeds, mutators, structures

KEPT: Final = Path(__file__).with_name("kept")  # kind/name: inputs that failed once
SEEDS: Final = {
    "photo": media_seeds.photos,
    "video": media_seeds.videos,
    "labels": label_seeds.labels,
    "manifest": label_seeds.manifests,
}
KINDS: Final = tuple(SEEDS)


@dataclass(frozen=True)
class Input:
    """A file as somebody sends it."""

    kind: str
    name: str
    data: bytes
    how: str  # it was made


@lru_cache
def seeds(kind: str) -> dict[str, bytes]:
    """Whole files of a kind by their names, as programs write them."""
    return SEEDS[kind]()


def make(kind: str, seed: int, place: int) -> Input:
    """The input of a place in the endless row that a seed number stands for; the first are whole."""
    rng = random.Random(f"{kind} {seed} {place}")
    whole = seeds(kind)
    names = list(whole)
    if seed == 0 and place < len(names):
        return Input(kind, names[place], whole[names[place]], "whole")
    name = rng.choice(names)
    data, done = whole[name], []
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        chosen = structures.of(name) if rng.random() < 0.7 else ()
        mutate = rng.choice(chosen or mutators.BYTES)
        made = mutate(rng, data, whole[rng.choice(names)])
        if made is not None:
            data = made
            done.append(mutate.__name__)
    return Input(kind, name, data, f"{name}: {', '.join(done)}")


def kept(kind: str) -> list[Input]:
    """Inputs that failed once."""
    return [Input(kind, path.name, path.read_bytes(), "kept") for path in sorted(KEPT.glob(f"{kind}/*"))]
