"""Filmed clips with labels → the data set that synthesized clips make: InterHF's kind of folder, for training.

A folder holds `metadata.jsonl` beside its videos: native JSONL (a line a clip: its labels and `file_name`), with
`subject` and `split` if they are known; an export of the studio is one, and says them in its `manifest.csv`. Frames
that came irregularly are taken at the `times` of the film that was given. What was rejected is left out. Of a filmed
clip no normals, albedo, depth, shadow and flow are known; joints and masks come from hand and face tracking, contacts
from the labels.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from annotation.labels import LabelError, Labels, mask_at, parse
from annotation.paths import why_not_read
from annotation.taxonomy import FINGERS, PATTERNS
from model.body import JOINTS, LINKS, OVAL, PALM
from model.clip import Guidance
from model.dataset.plan import CLIPS_PER_SHARD
from model.diffusion.appearance import estimate_appearance
from model.diffusion.training.sample import SPLITS, Sample
from model.diffusion.training.shards import read_metadata, split_of, write_shard
from model.errors import InputError
from model.prelabel.track import HandTrack, look, track_face, track_hands
from model.prelabel.video import APP, read_pictures, read_starts, read_video
from model.scene import F64, U8

LIST: Final = "metadata.jsonl"
MANIFEST: Final = "manifest.csv"
BESIDE: Final = ("revision", "environment", "device")  # what a line says besides, and nothing here asks for
AROUND: Final = 2.6  # side of the crop over the face's height
MIDDLE: Final = 0.45  # of the crop's height: where the face's middle comes to lie
THICK: Final = 0.3  # of the palm's breadth: how thick a finger is drawn
FASTEST: Final = 12.0  # frames a second that are kept


@dataclass(frozen=True)
class Film:
    """A line of the list."""

    line: int
    file: Path
    labels: Labels
    person: str
    split: str
    times: tuple[float, ...] | None = None  # (frames,) s, when each was shown in the film that was given


def is_filmed(folder: Path) -> bool:
    """Whether a folder holds filmed clips with labels."""
    return not why_not_read(folder / LIST)


def read_films(folder: Path, hold_out: float) -> Iterator[Film | str]:
    """The list's lines, or a sentence that says what is wrong with one."""
    told = _told(folder / MANIFEST)
    with open(folder / LIST, "rb") as file:
        for number, line in enumerate(file, 1):
            try:
                yield _film(folder, number, line, told, hold_out)
            except (LabelError, InputError) as error:
                yield f"line {number}: {error}"


def _told(manifest: Path) -> dict[str, dict[str, str]]:
    """Subject and split by file name, as an export's manifest says; none where there is no manifest."""
    if why_not_read(manifest):
        return {}
    with open(manifest, encoding="utf-8-sig", errors="replace", newline="") as file:
        try:
            rows = [row for row in csv.DictReader(file) if row.get("file_name")]
        except csv.Error as error:
            raise InputError(f"{manifest.name} cannot be read: {error}.") from error
    wanted = ("subject", "split")
    return {row["file_name"]: {name: (row.get(name) or "").removeprefix("'") for name in wanted} for row in rows}


def _film(folder: Path, number: int, line: bytes, told: dict[str, dict[str, str]], hold_out: float) -> Film:
    row = parse(line)
    if not isinstance(row, dict) or not isinstance(row.get("file_name"), str):
        raise InputError("file_name is missing.")
    name = row.pop("file_name")
    known = told.get(name, {})
    subject = str(row.pop("subject", "") or known.get("subject", ""))
    split = row.pop("split", None) or known.get("split")
    times = row.pop("times", None)
    labels = Labels.from_json({key: value for key, value in row.items() if key not in BESIDE})
    if labels.state == "rejected":
        raise InputError(f"{name[:80]} was rejected.")
    file = (folder / name).resolve()
    if not file.is_relative_to(folder.resolve()):
        raise InputError(f"{name[:60]} lies outside of the folder.")
    person = subject or Path(name).stem.split("_", 1)[0]
    if labels.pattern not in PATTERNS:
        raise InputError("it shows none of the patterns, which the network learns.")
    split = split if split in SPLITS else split_of(person, hold_out)
    return Film(number, file, labels, person, split, None if times is None else _times(times, labels.frames))


def _times(raw: Any, frames: int) -> tuple[float, ...]:
    """When each frame is shown, s, increasing; InputError."""
    if not isinstance(raw, list) or len(raw) != frames or not all(type(time) in (int, float) for time in raw):
        raise InputError(f"times are not a list of {frames} numbers.")
    if not all(a < b for a, b in pairwise(raw)):
        raise InputError("times do not increase.")
    return tuple(map(float, raw))


def convert_films(folder: Path, output: Path, size: int, hold_out: float) -> Iterator[str]:
    """Write the shards that are missing; a line of text for each, and for each film left out."""
    films: list[Film] = []
    for film in read_films(folder, hold_out):
        if isinstance(film, str):
            yield f"left out {film}"
        else:
            films.append(film)
    try:
        output.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror}. Name a folder that is writable.") from error
    for split in SPLITS:
        mine = [film for film in films if film.split == split]
        for k in range(0, len(mine), CLIPS_PER_SHARD):
            yield from _convert(output / f"{split}-{k // CLIPS_PER_SHARD:05d}.tar", mine[k : k + CLIPS_PER_SHARD], size)


def _convert(path: Path, films: list[Film], size: int) -> Iterator[str]:
    metadata = {"size": size, "filmed": [[film.line, film.file.name] for film in films]}
    if read_metadata(path) == json.loads(json.dumps(metadata)):
        return
    skipped: list[str] = []

    def samples() -> Iterator[Sample]:
        for film in films:
            try:
                yield film_sample(film, size)
            except InputError as error:
                skipped.append(f"left out line {film.line}: {error}")

    made = write_shard(path, samples(), metadata)
    yield from [f"{path.name}: {made} samples", *skipped]


def film_sample(film: Film, size: int) -> Sample:
    """One filmed clip as a sample of `size` px; its first frame serves as the photo; InputError."""
    video, labels = read_video(film.file, APP), film.labels
    width, height = video.facts.width, video.facts.height
    if (width, height, video.facts.frames) != (labels.width, labels.height, labels.frames):
        raise InputError(
            f"{film.file.name} is {width} x {height} x {video.facts.frames}, its labels are of another clip."
        )
    sights = look(read_pictures(video))
    face = track_face(sights)
    if face is None:
        raise InputError(f"No face was found in {film.file.name}.")
    facts = video.facts if film.times is None else replace(video.facts, times=film.times)
    starts = read_starts(facts)
    kept, fps = kept_frames(starts, facts.times is None)
    crop = _crop_map(face.landmarks, size)
    pictures = [picture.image for picture in read_pictures(video)]
    frames = np.stack([_warp(pictures[i], crop * [[width / pictures[i].shape[1]] * 2 + [1]] * 2, size) for i in kept])
    hand = _acting_hand(film, track_hands(sights, (width, height), starts))
    guidance = _guidance(film, face.landmarks[kept], hand, kept, crop, size)
    return Sample(
        key=f"{film.line:06d}-0", person=film.person, split=film.split, pattern=labels.pattern, intensity=1.0,
        fps=fps, photo=frames[0], target=frames,
        guidance=guidance, appearance=estimate_appearance(frames[0], guidance.face_mask[0]),
        labels=_kept_labels(labels, kept, fps, size), full=False,
    )  # fmt: skip


def kept_frames(starts: F64, steady: bool) -> tuple[NDArray[np.int_], float]:
    """Frames at a regular rate near `FASTEST`, and that rate, of a film whose frames begin at `starts` (f + 1,) s.

    Where they come irregularly, the one that is shown at each time.
    """
    frames = len(starts) - 1
    mean = round(float(frames / (starts[-1] - starts[0])), 6)
    if steady:
        step = max(round(mean / FASTEST), 1)
        return np.arange(0, frames, step), mean / step
    rate = min(mean, FASTEST)
    times = np.arange(starts[0], starts[-1], 1 / rate)
    return np.searchsorted(starts[:-1], times + 1e-6, side="right") - 1, rate


def _crop_map(landmarks: F64, size: int) -> F64:
    """Map (2, 3) from the film's px to a square crop of `size` px around the face's middle place."""
    outline = np.median(landmarks[:, list(OVAL), :2], axis=0)
    low, high = outline.min(axis=0), outline.max(axis=0)
    scale = size / (AROUND * (high[1] - low[1]))
    middle = (low + high) / 2
    return np.array([[scale, 0, size / 2 - scale * middle[0]], [0, scale, size * MIDDLE - scale * middle[1]]])


def _warp(image: U8, crop: F64, size: int) -> U8:
    flags = cv2.INTER_AREA if crop[0, 0] < 1 else cv2.INTER_CUBIC
    return np.asarray(cv2.warpAffine(image, crop, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def _acting_hand(film: Film, tracks: list[HandTrack]) -> HandTrack:
    """The hand that the labels speak of; InputError if no hand is found."""
    if not tracks:
        raise InputError(f"No hand was found in {film.file.name}.")
    left = not film.labels.contacts or film.labels.contacts[0].hand == "left"
    return max(tracks, key=lambda track: (track.left == left, int(track.seen.sum())))


def _guidance(film: Film, landmarks: F64, hand: HandTrack, kept: Any, crop: F64, size: int) -> Guidance:
    """Masks and joints; what is not known stays empty."""
    shape = (len(kept), size, size)
    masks = {name: np.zeros(shape, np.uint8) for name in ("hand", "face", "contact")}
    joints = np.zeros((len(kept), JOINTS, 2), np.float32)
    last = np.full((21, 2), -size, np.float64)  # out of the picture until the hand is seen
    for i, frame in enumerate(kept):
        outline = landmarks[i][list(OVAL), :2] @ crop[:, :2].T + crop[:, 2]
        cv2.fillConvexPoly(masks["face"][i], np.round(outline).astype(np.int32), 255)
        seen = not np.isnan(hand.joints[frame]).any()
        if seen:
            last = hand.joints[frame, :, :2] @ crop[:, :2].T + crop[:, 2]
            draw_hand(masks["hand"][i], last)
        joints[i] = last
        masks["face"][i][masks["hand"][i] > 127] = 0
        for contact in film.labels.contacts:
            area = mask_at(contact, int(frame), film.labels.width, film.labels.height)
            if area is not None:
                inside = cv2.warpAffine(np.asarray(area, np.uint8) * 255, crop, (size, size)) > 127
                masks["contact"][i][inside] = 1 + FINGERS.index(contact.finger)
    return Guidance(
        hand_normals=np.zeros((*shape, 3), np.int8), hand_albedo=np.zeros((*shape, 3), np.uint8),
        hand_depth=np.zeros(shape, np.float16),
        hand_parts=np.zeros(shape, np.uint8), hand_mask=masks["hand"], face_mask=masks["face"],
        contact_mask=masks["contact"], shadow=np.full(shape, 255, np.uint8), flow=np.zeros((*shape, 2), np.float16),
        joints=joints,
    )  # fmt: skip


def draw_hand(mask: U8, joints: F64) -> None:
    """Draw a hand's outline (h, w) from its joints (21, 2) px: the palm, and fingers as thick as hands have them."""
    points = np.clip(np.round(joints), -(2**14), 2**14).astype(np.int32)
    thick = max(round(float(np.linalg.norm(joints[5] - joints[17])) * THICK), 1)
    cv2.fillConvexPoly(mask, cv2.convexHull(points[list(PALM)]), 255)
    cv2.polylines(mask, [cv2.convexHull(points[list(PALM)])], True, 255, thick)
    for a, b in LINKS:
        cv2.line(mask, points[a].tolist(), points[b].tolist(), 255, thick)


def _kept_labels(labels: Labels, kept: NDArray[np.int_], fps: float, size: int) -> Labels:
    """Labels of the frames that are kept, without polygons: those are in the contact mask."""

    def last(frame: int) -> int:
        """The last one that is kept up to a frame."""
        return int(np.searchsorted(kept, frame, side="right")) - 1

    def first(frame: int) -> int:
        """The first one with the same picture."""
        return int(np.searchsorted(kept, kept[last(frame)]))

    contacts = tuple(
        replace(contact, start=first(contact.start), end=last(contact.end), keyframes=()) for contact in labels.contacts
    )
    return replace(labels, width=size, height=size, frames=len(kept), fps=fps, contacts=contacts)
