"""How far people agree on where and when a face is touched.

Cohen (1960), A coefficient of agreement for nominal scales. Krippendorff (2011), Computing Krippendorff's
alpha-reliability. Intervals include both ends; an IoU of two empty sets is 1.
"""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import nan
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.labels import Contact, polygon_at
from annotation.polygons import iou
from annotation.taxonomy import FINGERS, REGIONS

Annotation = Sequence[Contact]  # one person's contacts of one clip
POLYGON_FRAMES: Final = 5  # of each pair of contacts are compared by area
BATCH: Final = 256  # clips counted at once
_NAMES: Final[tuple[str, ...]] = (*REGIONS, *FINGERS)


@dataclass(frozen=True)
class Agreement:
    """Agreement on one region or finger; NaN where nothing was there to compare."""

    kappa: float  # Cohen's, per frame, over all pairs of people
    alpha: float  # Krippendorff's, nominal, per frame
    temporal_iou: float  # mean over clips and pairs in which somebody saw it
    polygon_iou: float  # mean over matched contacts
    boundary_error: float  # frames, mean over both ends of matched contacts
    frames: int  # in which anybody saw it
    contacts: int  # matched


@dataclass
class _Means:
    """Sums and numbers of summands, one for each of `_NAMES`."""

    total: NDArray[np.float64] = field(default_factory=lambda: np.zeros(len(_NAMES)))
    number: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(_NAMES), np.int64))

    def of(self, rows: NDArray[np.intp]) -> float:
        """The mean over some rows, NaN without summands."""
        number = int(self.number[rows].sum())
        return float(self.total[rows].sum()) / number if number else nan


@dataclass
class _Sums:
    """What is summed up over clips, a row for each of `_NAMES`."""

    table: NDArray[np.int64] = field(default_factory=lambda: np.zeros((len(_NAMES), 2, 2), np.int64))
    coincidences: NDArray[np.float64] = field(default_factory=lambda: np.zeros((len(_NAMES), 2, 2)))
    frames: NDArray[np.int64] = field(default_factory=lambda: np.zeros(len(_NAMES), np.int64))
    temporal: _Means = field(default_factory=_Means)
    polygon: _Means = field(default_factory=_Means)
    boundary: _Means = field(default_factory=_Means)


def agreement(clips: Iterable[tuple[int, Sequence[Annotation]]]) -> dict[str, Agreement]:
    """Agreement by region, by finger and "all", over each clip's (frames, annotations of several people)."""
    sums = _Sums()
    alike: dict[tuple[int, int], list[NDArray[np.bool_]]] = {}  # clips of as many people and frames
    for frames, annotations in clips:
        if len(annotations) < 2:
            continue
        seen = np.stack([_presence(contacts, frames) for contacts in annotations])
        alike.setdefault((len(annotations), frames), []).append(seen)
        for a, b in combinations(annotations, 2):
            _add_pair(a, b, sums)
    for batch in alike.values():
        for i in range(0, len(batch), BATCH):
            _add_frames(np.stack(batch[i : i + BATCH]), sums)
    regions = np.arange(len(REGIONS))
    report = {name: _finish(sums, np.array([i])) for i, name in enumerate(_NAMES)}
    return report | {"all": _finish(sums, regions)}


def similarity(a: Annotation, b: Annotation) -> float:
    """Mean temporal IoU over the (hand, finger, region) that either saw: 1 the same, 0 nothing in common."""
    ours, theirs = _frame_sets(a), _frame_sets(b)
    cells = {*ours, *theirs}
    if not cells:
        return 1.0
    return sum(_set_iou(ours.get(cell, set()), theirs.get(cell, set())) for cell in cells) / len(cells)


def cohen_kappa(table: NDArray[np.integer]) -> float:
    """κ of the square table of what two people said of the same units; NaN where both said one thing only."""
    counts = np.asarray(table, float)
    total = counts.sum()
    if total == 0:
        return nan
    observed = np.trace(counts) / total
    expected = float(counts.sum(0) @ counts.sum(1)) / total**2
    return nan if expected >= 1 else float((observed - expected) / (1 - expected))


def krippendorff_alpha(
    units: Iterable[Sequence[Hashable]], distance: Callable[[Hashable, Hashable], float] | None = None
) -> float:
    """α of units, each the values that its raters gave (missing ones left out); nominal by default."""
    distance = distance or (lambda a, b: float(a != b))
    lists = [list(values) for values in units if len(values) >= 2]
    words = sorted({value for values in lists for value in values}, key=repr)
    index = {word: i for i, word in enumerate(words)}
    coincidences = np.zeros((len(words), len(words)))
    for values in lists:
        counts = np.bincount([index[value] for value in values], minlength=len(words)).astype(float)
        coincidences += (np.outer(counts, counts) - np.diag(counts)) / (len(values) - 1)
    delta = np.array([[distance(a, b) for b in words] for a in words]).reshape(len(words), len(words))
    return _alpha(coincidences, delta)


def _alpha(coincidences: NDArray[np.float64], delta: NDArray[np.float64]) -> float:
    """1 - observed / expected disagreement; NaN without variation."""
    totals = coincidences.sum(0)
    n = totals.sum()
    expected = float((np.outer(totals, totals) * delta).sum())
    if n < 2 or expected == 0:
        return nan
    return 1.0 - (n - 1) * float((coincidences * delta).sum()) / expected


def matched(a: Annotation, b: Annotation) -> list[tuple[Contact, Contact]]:
    """Contacts of the same hand, finger and region that overlap in time, each once, longest overlap first."""
    pairs = []
    for x in a:
        for y in b:
            if (x.hand, x.finger, x.region) == (y.hand, y.finger, y.region):
                overlap = min(x.end, y.end) - max(x.start, y.start) + 1
                if overlap > 0:
                    pairs.append((overlap, x, y))
    pairs.sort(key=lambda pair: (-pair[0], pair[1].id, pair[2].id))
    used_x: set[str] = set()
    used_y: set[str] = set()
    result = []
    for _, x, y in pairs:
        if x.id not in used_x and y.id not in used_y:
            used_x.add(x.id)
            used_y.add(y.id)
            result.append((x, y))
    return result


def _presence(contacts: Annotation, frames: int) -> NDArray[np.bool_]:
    """Whether each region, then each finger, is in contact (names, frames)."""
    there = np.zeros((len(_NAMES), frames), bool)
    for contact in contacts:
        for name in (contact.region, contact.finger):
            there[_NAMES.index(name), contact.start : contact.end + 1] = True
    return there


def _add_frames(seen: NDArray[np.bool_], sums: _Sums) -> None:
    """Count who saw what, seen (clips, people, names, frames)."""
    clips, people, _, frames = seen.shape
    k = seen.sum(1, dtype=np.int16)  # how many saw it, by clip, name and frame
    none, *some = ((k == number).sum((0, 2)) for number in range(people + 1))
    for number, units in enumerate((none, *some)):
        ones, mixed = number * (number - 1), number * (people - number)
        zeros = (people - number) * (people - number - 1)
        sums.coincidences += units[:, None, None] * np.array([[zeros, mixed], [mixed, ones]]) / (people - 1)
    sums.frames += clips * frames - none
    for a, b in combinations(range(people), 2):
        both = (seen[:, a] & seen[:, b]).sum(2)  # (clips, names)
        only_a, only_b = seen[:, a].sum(2) - both, seen[:, b].sum(2) - both
        union = both + only_a + only_b
        sums.table += np.stack([frames - union, only_b, only_a, both], 2).sum(0).reshape(-1, 2, 2)
        sums.temporal.total += (both / np.maximum(union, 1)).sum(0)
        sums.temporal.number += (union > 0).sum(0)


def _add_pair(a: Annotation, b: Annotation, sums: _Sums) -> None:
    """Boundaries and areas of the contacts that two people both saw."""
    for x, y in matched(a, b):
        rows = [_NAMES.index(x.region), _NAMES.index(x.finger)]
        sums.boundary.total[rows] += (abs(x.start - y.start) + abs(x.end - y.end)) / 2
        sums.boundary.number[rows] += 1
        areas = _polygon_iou(x, y)
        if areas is not None:
            sums.polygon.total[rows] += areas
            sums.polygon.number[rows] += 1


def _polygon_iou(x: Contact, y: Contact) -> float | None:
    if not (x.keyframes and y.keyframes):
        return None
    first, last = max(x.start, y.start), min(x.end, y.end)
    values = []
    for frame in sorted({round(first + i * (last - first) / (POLYGON_FRAMES - 1)) for i in range(POLYGON_FRAMES)}):
        p, q = polygon_at(x, frame), polygon_at(y, frame)
        if p is not None and q is not None:
            values.append(iou(p, q))
    return sum(values) / len(values) if values else None


def _finish(sums: _Sums, rows: NDArray[np.intp]) -> Agreement:
    """Some rows taken together."""
    return Agreement(
        kappa=cohen_kappa(sums.table[rows].sum(0)),
        alpha=_alpha(sums.coincidences[rows].sum(0), 1.0 - np.eye(2)),
        temporal_iou=sums.temporal.of(rows),
        polygon_iou=sums.polygon.of(rows),
        boundary_error=sums.boundary.of(rows),
        frames=int(sums.frames[rows].sum()),
        contacts=int(sums.boundary.number[rows].sum()),
    )


def _frame_sets(contacts: Annotation) -> dict[tuple[str, str, str], set[int]]:
    sets: dict[tuple[str, str, str], set[int]] = {}
    for contact in contacts:
        cell = (contact.hand, contact.finger, contact.region)
        sets.setdefault(cell, set()).update(range(contact.start, contact.end + 1))
    return sets


def _set_iou(a: set[int], b: set[int]) -> float:
    return len(a & b) / len(a | b)
