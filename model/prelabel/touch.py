"""From likelihoods frame by frame to touches: which part touches from when to when, where, and how sure that is."""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d

from model.prelabel.track import HandTrack
from model.scene import F64, I32

LIKELY: Final = 0.5  # from which a part touches
FINGER_LIKELY: Final = 0.5  # of the touching parts, those that are said
CALMER: Final = 0.68  # factor on the logit that makes likelihoods frequencies, on simulated clips that mean to touch
UNSURE: Final = (0.25, 0.75)  # likelihoods between which nothing is sure
VOTE_S: Final = 0.2  # over which frames are averaged: five of 25 a second
SAME_S: Final = 1e-6  # times that differ by less are the same
LEAST_S: Final = 0.12  # of a contact, and of its time on one region
CLOSED_S: Final = 0.25  # gaps in a contact of one part up to this are closed
LEAST_SURE, MOST_SURE = 0.02, 0.98  # confidence of any touch


@dataclass(frozen=True)
class Touch:
    """One part of a hand that touches, from one frame to another, both included."""

    hand: HandTrack
    finger: int  # index into FINGERS
    start: int
    end: int
    vertices: I32  # (end - start + 1,) of the ground
    regions: NDArray[np.bool_]  # (end - start + 1, 16) that it touches
    places: F64  # (f, 2) px of the part, of all frames of the film
    confidence: float


def touching_parts(likely: F64, starts: F64) -> NDArray[np.bool_]:
    """Which parts touch (f, 6) by likelihoods (f, 7): of any part, then of each; `starts` (f + 1,) s."""
    smooth = voted(likely, starts)
    on = intervals_of(smooth[:, 0] > LIKELY, starts)
    out = np.zeros((len(likely), likely.shape[1] - 1), bool)
    for start, end in on:
        part = smooth[start : end + 1, 1:]
        said = part > FINGER_LIKELY
        for k in range(said.shape[1]):
            said[:, k] = _steadied(said[:, k], starts[start : end + 2])
        mute = ~said.any(axis=1)
        said[mute, int(part[mute].sum(axis=0).argmax()) if mute.any() else 0] = True
        out[start : end + 1] = said
    return out


def voted(likely: F64, starts: F64) -> F64:
    """Likelihoods (f, k) averaged over VOTE_S: a majority."""
    frames = round(VOTE_S / float(np.median(np.diff(starts))))
    return np.asarray(uniform_filter1d(likely, max(frames // 2 * 2 + 1, 1), axis=0, mode="nearest"))


def calibrated(likely: F64 | np.float64) -> F64:
    """How often it is true what is said to be so likely (Platt 1999): it errs by 5 % on people that it did not see."""
    held = np.clip(likely, 1e-6, 1 - 1e-6)
    return np.asarray(1 / (1 + ((1 - held) / held) ** CALMER))


def intervals_of(on: NDArray[np.bool_], starts: F64) -> list[tuple[int, int]]:
    """First and last frame of what lasts, short gaps closed."""
    return runs(_steadied(on, starts))


def _steadied(on: NDArray[np.bool_], starts: F64) -> NDArray[np.bool_]:
    """The same (f,) without short gaps, then without what is too short."""
    out = on.copy()
    for start, end in runs(~out):
        if start > 0 and end < len(out) - 1 and starts[end + 1] - starts[start] < LEAST_S - SAME_S:
            out[start : end + 1] = True
    for start, end in runs(out):
        if starts[end + 1] - starts[start] < LEAST_S - SAME_S:
            out[start : end + 1] = False
    return out


def runs(on: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and last index of every run of True."""
    edges = np.diff(np.concatenate([[0], on.astype(int), [0]]))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(int(start), int(stop) - 1) for start, stop in zip(starts, stops, strict=True)]


def find_touches(
    hand: HandTrack, likely: F64, places: F64, under: tuple[I32, NDArray[np.bool_]], starts: F64
) -> list[Touch]:
    """All touches of one hand by likelihoods (f, 7), places (f, 6, 2) px, vertices and regions under them."""
    parts, out = touching_parts(likely, starts), []
    smooth = voted(likely, starts)
    for part in range(parts.shape[1]):
        for start, end in runs(parts[:, part]):
            sure = float(np.mean(np.minimum(smooth[start : end + 1, 0], 1.0)))
            there = _filled(under[0][start : end + 1, part])
            confidence = round(float(np.clip(calibrated(np.float64(sure)), LEAST_SURE, MOST_SURE)), 3)
            out.append(
                Touch(
                    hand,
                    part,
                    start,
                    end,
                    under[0][start + there, part],
                    under[1][start + there, part],
                    places[:, part],
                    confidence,
                )
            )
    return out


def _filled(vertices: I32) -> I32:
    """The nearest index (n,) at which there is a vertex."""
    there = np.flatnonzero(vertices >= 0)
    if not len(there):
        return np.arange(len(vertices), dtype=np.int32)
    here = np.arange(len(vertices))
    after = np.clip(np.searchsorted(there, here), 0, len(there) - 1)
    before = np.clip(after - 1, 0, None)
    nearer = np.abs(there[before] - here) <= np.abs(there[after] - here)
    return np.asarray(np.where(nearer, there[before], there[after]), np.int32)


def unsure_intervals(likely: list[F64], starts: F64) -> list[tuple[int, int]]:
    """Intervals in which nobody can be sure that something touches, of all hands' likelihoods (f, 7)."""
    if not likely:
        return []
    most = calibrated(np.max([one[:, 0] for one in likely], axis=0))
    return intervals_of((most > UNSURE[0]) & (most < UNSURE[1]), starts)


def region_runs(touch: Touch, starts: F64) -> list[tuple[int, int, int]]:
    """Region, first and last frame of the parts of a touch; glances are left out where another region is touched."""
    own = starts[touch.start : touch.end + 2]
    held = np.stack([_steadied(column, own) for column in touch.regions.T], axis=1)
    bare = ~held.any(axis=1)
    held[bare] = touch.regions[bare]
    held[bare, int(touch.regions.sum(axis=0).argmax())] = True
    parts = [
        (region, touch.start + start, touch.start + end)
        for region in np.flatnonzero(held.any(axis=0)).tolist()
        for start, end in runs(_steadied(held[:, region], own))
    ]
    whole = (int(touch.regions.sum(axis=0).argmax()), touch.start, touch.end)
    return sorted(parts, key=lambda part: part[1:]) or [whole]
