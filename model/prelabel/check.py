"""Clip and pattern → was it done: what a challenge asks of whoever sits before the camera."""

from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import asdict, dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np

from annotation.taxonomy import FINGERS, PATTERNS, REGIONS, category, mirrored
from model.errors import InputError
from model.patterns import GESTURES, Gesture
from model.prelabel.pattern import travel
from model.prelabel.reading import Reading, readings
from model.prelabel.touch import LIKELY, Touch, voted
from model.prelabel.video import Film, read_film
from model.request import Progress
from model.scene import F64

Why = Literal[
    "", "face lost", "no touch", "too short", "wrong side", "other place", "other finger", "other motion"
]  # fmt: skip

FACE_SEEN: Final = 0.6  # share of the frames in which there must be a face
LEAST_S: Final = {"pinch": 0.25, "poke": 0.2, "stroke": 0.25, "swipe": 0.12}  # of the touch, by category
ON_PLACE: Final = 0.6  # share of its time that a touch must be where it belongs: 19 of 20 simulated patterns are
ALSO_ON: Final = 0.3  # share from which a region is named, and the other side is the wrong one
MOVED_MM, STILL_MM = 5.0, 40.0  # a stroke moves at least so far, a poke at most
JAW: Final = {"left_cheek": "left_jaw", "right_cheek": "right_jaw"}  # where a finger on the cheek may reach


@dataclass(frozen=True)
class Verdict:
    """Whether a pattern was done, and what was seen instead."""

    pattern: str
    done: bool
    sure: float  # 0..1 how sure that answer is
    why: Why  # empty if it was done
    sentence: str
    hand: str = ""
    fingers: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    start: int | None = None  # first and last frame of the touch
    end: int | None = None

    def to_json(self) -> dict[str, Any]:
        """The object that the command prints."""
        return asdict(self) | {"fingers": list(self.fingers), "regions": list(self.regions)}


@dataclass(frozen=True)
class Act:
    """Touches of one hand that belong together."""

    touches: tuple[Touch, ...]
    start: int
    end: int
    seconds: float
    confidence: float


def check_clip(video: str | Path, pattern: str) -> Verdict:
    """Whether a pattern was done in a video; InputError if it cannot be read, or there is no such pattern."""
    require_pattern(pattern)
    *_, verdict = check_steps(read_film(Path(video)), pattern)
    assert isinstance(verdict, Verdict)
    return verdict


def require_pattern(pattern: str) -> None:
    """InputError unless there is such a pattern."""
    if pattern not in PATTERNS:
        near = get_close_matches(pattern, PATTERNS, n=1, cutoff=0.0)[0]
        raise InputError(f"There is no pattern {pattern}; the nearest is {near}.")


def check_steps(
    film: Film, pattern: str, heed: Callable[[Reading], None] | None = None
) -> Generator[Progress | Verdict]:
    """Progress frame by frame, last the Verdict; closing the iterator stops the work; InputError.

    `heed` is told what is read of each part of the film.
    """
    require_pattern(pattern)
    seen, verdicts = 0, list[Verdict]()
    with closing(readings(film)) as steps:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                seen += int(step.face.seen.sum())
                verdicts.append(judge(step, pattern))
                if heed is not None:
                    heed(step)
    yield verdict_of(film, pattern, seen, verdicts)


def verdict_of(film: Film, pattern: str, seen: int, verdicts: Sequence[Verdict]) -> Verdict:
    """The verdict on a film in which a face is seen in so many frames, by those on its parts: the best."""
    if not verdicts or seen < FACE_SEEN * film.facts.frames:
        return Verdict(pattern, False, 0.9, "face lost", "The face was not seen: look into the camera.")
    return max(verdicts, key=_rank)


def _rank(verdict: Verdict) -> tuple[bool, float]:
    return verdict.done, verdict.sure if verdict.done else _lasts(verdict)


def judge(reading: Reading, pattern: str) -> Verdict:
    """The verdict on what was read: of all touches, the best."""
    gesture = GESTURES[pattern]
    acts = acts_of(reading)
    if not acts:
        return Verdict(pattern, False, _nothing_sure(reading), "no touch", "No touch was seen.")
    verdicts = [_verdict(act, gesture, pattern, reading.first) for act in acts]
    return max(verdicts, key=_rank)


def _lasts(verdict: Verdict) -> int:
    return 0 if verdict.start is None or verdict.end is None else verdict.end - verdict.start


def _nothing_sure(reading: Reading) -> float:
    """How sure it is that nothing touches."""
    most = max((float(voted(one, reading.starts)[:, 0].max()) for one in reading.likely), default=0.0)
    return round(max(1 - most, LIKELY), 3)


def acts_of(reading: Reading) -> list[Act]:
    """Touches of one hand that overlap or follow each other at once."""
    acts: list[list[Touch]] = []
    for touch in sorted(reading.touches, key=lambda touch: touch.start):
        for act in acts:
            if act[0].hand is touch.hand and touch.start <= max(other.end for other in act) + 1:
                act.append(touch)
                break
        else:
            acts.append([touch])
    return [_act(act, reading.starts) for act in acts]


def _act(touches: list[Touch], starts: F64) -> Act:
    start, end = min(touch.start for touch in touches), max(touch.end for touch in touches)
    confidence = max(touch.confidence for touch in touches)
    return Act(tuple(touches), start, end, float(starts[end + 1] - starts[start]), confidence)


def _verdict(act: Act, gesture: Gesture, pattern: str, first: int) -> Verdict:
    wanted = _wanted(gesture, pattern)
    own = _share(act, wanted)
    why = _why(act, gesture, pattern, own)
    hand = "left" if act.touches[0].hand.left else "right"
    fingers = tuple(name for name in FINGERS if any(FINGERS[touch.finger] == name for touch in act.touches))
    regions = tuple(name for name in REGIONS if _share(act, {name}) >= ALSO_ON)
    sure = act.confidence * (0.5 + 0.5 * min(own, 1.0)) if not why else act.confidence
    return Verdict(
        pattern, not why, round(float(sure), 3), why, _sentence(why, gesture, fingers, regions), hand, fingers,
        regions, first + act.start, first + act.end,
    )  # fmt: skip


def _wanted(gesture: Gesture, pattern: str) -> set[str]:
    """Regions that a pattern may touch; `GESTURES` tells of the left side."""
    regions: set[str] = set(gesture.regions)
    if "right" in pattern.split("-"):
        regions = {mirrored(region) for region in regions}
    return regions | {JAW[region] for region in regions if region in JAW}


def _why(act: Act, gesture: Gesture, pattern: str, own: float) -> Why:
    """What is wrong with a touch, the first thing that is; empty if nothing is."""
    kind = category(pattern)
    if act.seconds < LEAST_S[kind]:
        return "too short"
    if own < ON_PLACE:
        other = {mirrored(region) for region in _wanted(gesture, pattern)}
        return "wrong side" if _share(act, other) >= ALSO_ON else "other place"
    if not _right_fingers({FINGERS[touch.finger] for touch in act.touches}, gesture, kind):
        return "other finger"
    longest = max(act.touches, key=lambda touch: touch.end - touch.start)
    moved = travel(longest)
    if (kind == "poke" and moved > STILL_MM) or (kind in ("stroke", "swipe") and moved < MOVED_MM):
        return "other motion"
    return ""


def _right_fingers(fingers: set[str], gesture: Gesture, kind: str) -> bool:
    """A pinch needs its thumb and another finger; of the others, one of the pattern's is enough."""
    if kind == "pinch":
        return "thumb" in fingers and bool(fingers & {"index", "middle"})
    return bool(fingers & set(gesture.fingers))


def _share(act: Act, regions: set[str]) -> float:
    """Share of an act's frames in which any of its touches is in one of the regions."""
    inside = np.zeros(act.end - act.start + 1, bool)
    numbers = [REGIONS.index(region) for region in regions if region in REGIONS]
    for touch in act.touches:
        here = touch.regions[:, numbers].any(axis=1)
        inside[touch.start - act.start : touch.end - act.start + 1] |= here
    return float(inside.mean())


def _sentence(why: Why, gesture: Gesture, fingers: tuple[str, ...], regions: tuple[str, ...]) -> str:
    """What to tell the person."""
    seen = f"{_listed(fingers)} on {_listed(tuple(name.replace('_', ' ') for name in regions)) or 'the face'}"
    return {
        "": f"Done: {seen}.",
        "too short": f"The touch was too short: {seen}. Stay a little longer.",
        "wrong side": f"That is the other side: {seen}.",
        "other place": f"That is another place: {seen}.",
        "other finger": f"Those are other fingers: {seen}; {_listed(gesture.fingers)} were asked for.",
        "other motion": f"The place is right, the motion is another: {seen}.",
    }[why]


def _listed(words: tuple[str, ...]) -> str:
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)
