"""Free clips → the weights of `model.prelabel.fingers`, with their card: `python -m model fit`.

Looked at with the same networks as any film; people are held out in turn, so that every figure is of unseen ones.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from model.errors import InputError
from model.files import write_text
from model.prelabel.cues import measure
from model.prelabel.fingers import CARD, WEIGHTS, likelihoods, told_of
from model.prelabel.track import SeenHand, Sight, look, track_face, track_hands
from model.prelabel.video import read_film, read_starts
from model.scene import F64

FOLDS: Final = 4
LIKELY: Final = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)  # thresholds that are tried
HELD: Final = 1e-3  # weight by which large weights are held down
OWN_MM: Final = 60.0  # as near to the true joints is the hand that was simulated


@dataclass(frozen=True)
class Seen:
    """Frames of one clip in which a hand touches."""

    told: F64  # (n, 5, k)
    touches: NDArray[np.bool_]  # (n, 5)
    person: str
    pattern: bool  # it shows one of the patterns


def fit_folder(folder: Path, output: Path, said: Callable[[str], None] = print) -> None:
    """Fit the weights on the clips of a folder, and write them with their card; InputError."""
    seen = [one for path in sorted(folder.glob("*.npz")) if (one := see_clip(path)) is not None]
    if len({one.person for one in seen}) < FOLDS:
        raise InputError(f"Clips of at least {FOLDS} people are needed, in which something touches.")
    weights, likely, figures = fit_weights(seen)
    output.mkdir(parents=True, exist_ok=True)
    write_text(output / WEIGHTS, json.dumps({"likely": likely, "weights": weights.round(4).tolist()}) + "\n")
    write_text(output / CARD, card_of(seen, likely, figures))
    said(f"{len(seen)} clips; of unseen people: finger F1 {figures['all']:.2f}")


def see_clip(path: Path) -> Seen | None:
    """What the networks see of one clip while something touches; None where they see too little."""
    film = read_film(path.with_suffix(".mp4"))
    with np.load(path, allow_pickle=False) as truth:
        touches, joints = truth["touches"], truth["joints"].astype(np.float64)
        person, pattern = str(truth["person"]), str(truth["pattern"])
    sights = look(film.pictures)
    size = film.facts.width, film.facts.height
    return seen_of(sights, read_starts(film.facts), size, joints, touches, person, bool(pattern))


def seen_of(
    sights: list[Sight], starts: F64, size: tuple[int, int], joints: F64, touches: NDArray[np.bool_], person: str,
    pattern: bool,
) -> Seen | None:  # fmt: skip
    """The frames in which a hand that lies at the true joints (f, 21, 2) touches by `touches` (f, 6)."""
    face = track_face(sights)
    hands: list[SeenHand] = [hand for sight in sights for hand in sight.hands]
    if face is None or not hands:
        return None
    told, true = [], []
    for hand in track_hands(sights, size, starts):
        away = np.linalg.norm(hand.joints[..., :2] - joints, axis=2).mean(axis=1) * face.mm_per_px
        on = touches.any(axis=1) & np.isfinite(away)
        if on.any() and float(np.nanmedian(away)) < OWN_MM:
            told.append(told_of(measure(face, hand, starts, max(size)))[on])
            true.append(touches[on, :5])
    return Seen(np.concatenate(told), np.concatenate(true), person, pattern) if told else None


def fit_weights(seen: list[Seen]) -> tuple[F64, float, dict[str, float]]:
    """Weights on all clips, the threshold and the figures by people held out in turn; clips count alike."""
    told, true = np.concatenate([one.told for one in seen]), np.concatenate([one.touches for one in seen])
    people = sorted({one.person for one in seen})
    fold = np.concatenate([np.full(len(one.told), people.index(one.person) % FOLDS) for one in seen])
    pattern = np.concatenate([np.full(len(one.told), one.pattern) for one in seen])
    counts = np.concatenate([np.full(len(one.told), 1.0 / len(one.told)) for one in seen])
    for kind in (True, False):  # patterns and free touches count alike, too
        counts[pattern == kind] /= max(counts[pattern == kind].sum(), 1e-9)
    likely = np.zeros(true.shape)
    for k in range(FOLDS):
        if (fold == k).any():
            likely[fold == k] = likelihoods(
                told[fold == k], _fitted(told[fold != k], true[fold != k], counts[fold != k])
            )
    best = max(LIKELY, key=lambda least: finger_f1(_said(likely, least), true, counts))
    said = _said(likely, best)
    figures = {"all": finger_f1(said, true, counts)}
    for name, own in (("pattern", pattern), ("free", ~pattern)):
        figures[name] = finger_f1(said[own], true[own], counts[own])
    return _fitted(told, true, counts), best, figures


def _said(likely: F64, least: float) -> NDArray[np.bool_]:
    return np.asarray((likely > least) | (likely == likely.max(axis=1, keepdims=True)))


def _fitted(told: F64, true: NDArray[np.bool_], counts: F64) -> F64:
    """Logistic weights (k,) of what is told (n, 5, k), frames weighted by `counts` (n,)."""
    x, y = told.reshape(-1, told.shape[2]), true.reshape(-1).astype(float)
    w = np.repeat(counts / counts.sum(), told.shape[1])

    def loss(weights: F64) -> tuple[float, F64]:
        logit = x @ weights
        value = float(w @ (np.logaddexp(0, logit) - y * logit)) + HELD * float(weights @ weights)
        return value, x.T @ (w * (1 / (1 + np.exp(-logit)) - y)) + 2 * HELD * weights

    return np.asarray(minimize(loss, np.zeros(x.shape[1]), jac=True, method="L-BFGS-B").x)


def finger_f1(said: NDArray[np.bool_], true: NDArray[np.bool_], counts: F64) -> float:
    """F1 of fingers (n, 5), frames weighted by `counts` (n,)."""
    w = counts[:, None]
    hit, both = (w * (said & true)).sum(), (w * said).sum() + (w * true).sum()
    return float(2 * hit / both) if both else 0.0


def card_of(seen: Iterable[Seen], likely: float, figures: dict[str, float]) -> str:
    """What the weights are, in words."""
    clips = list(seen)
    people, frames = len({one.person for one in clips}), sum(len(one.told) for one in clips)
    return f"""# Which fingers touch: weights of the pre-labeller

Logistic weights on how each finger of a touching hand is held ({WEIGHTS}; `model/prelabel/fingers.py` reads them).
Learnt by `python -m model fit` on {len(clips)} simulated clips ({frames} frames with a touch) of {people} people made
by `python -m model touches`, seen through MediaPipe's networks. No picture, only landmarks; no filmed person.

Finger F1 where something touches, people held out in turn, clips counted alike: {figures["all"]:.2f} of all,
{figures["pattern"]:.2f} of the patterns, {figures["free"]:.2f} of free touches (any finger, palm, knuckles, anywhere).
A finger is said from a likelihood of {likely:g} on.

The faces of the clips that made the shipped weights: Face Research Lab London Set (DeBruine & Jones, 2017, figshare,
doi 10.6084/m9.figshare.5047666.v5, CC BY 4.0). None of its pictures is kept here.
"""
