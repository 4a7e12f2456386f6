"""Figures of many clips: photos × patterns × seeds in worker processes, held against the bars of the project.

Measured beyond Clip.metrics, by networks that know nothing of the simulation: MediaPipe Hands and Face Mesh
on every third frame; and by the labels: whether the touched region is the pattern's.
"""

import os
import resource
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np
from PIL import Image

from annotation.labels import Labels, polygon_at
from annotation.taxonomy import PATTERNS, mirrored
from model.clip import Clip
from model.errors import InputError
from model.evaluation.report import report
from model.face import networks
from model.files import replacing
from model.generate import generate_steps
from model.patterns import GESTURES
from model.request import Request
from model.scene import F32, F64, U8

EVERY: Final = 3  # frames from one that the networks are shown to the next
MARGIN_PX: Final = 2  # a joint nearer to the edge is not wholly in view
FOUND_WITHIN: Final = 0.25  # mean joint error, of the hand's diagonal, up to which a found hand is this one
LONGEST_STEM: Final = 120  # bytes of a photo's name in that of a sheet
SHEET_FRAMES: Final = 12
SHEET_SIDE: Final = 256  # px of one frame on a sheet


@dataclass(frozen=True)
class EvaluationTask:
    """One clip to make and measure."""

    photo: str
    request: Request
    sheet: str | None  # PNG to write


def evaluate(
    photos: list[Path], patterns: list[str], *, engine: str = "physics", seeds: int = 1, jobs: int = 1,
    size: int = 512, sheets: Path | None = None,
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """A row per clip as it is done, last the report; a photo that fails is a row with `error`."""
    stems = _stems(photos)
    tasks = [
        EvaluationTask(str(photo), request, _sheet(sheets, stem, request))
        for photo, stem in zip(photos, stems, strict=True)
        for pattern in patterns
        for request in [Request(pattern, engine=engine, seed=seed, size=size, camera="still") for seed in range(seeds)]
    ]
    rows = []
    for row in _measured(tasks, jobs):
        rows.append(row)
        yield row
    rows.sort(key=lambda row: (row["photo"], PATTERNS.index(row["pattern"]), row["seed"]))
    yield report(rows, photos)


def _stems(photos: list[Path]) -> list[str]:
    """What the sheets of each photo are called by: its name, short enough and no other photo's."""
    short = [os.fsencode(photo.stem)[:LONGEST_STEM].decode("utf-8", "replace") for photo in photos]
    return [stem if short.count(stem) == 1 else f"{number}-{stem}" for number, stem in enumerate(short, 1)]


def _sheet(folder: Path | None, stem: str, request: Request) -> str | None:
    return None if folder is None else str(folder / f"{stem}-{request.pattern}-{request.seed}.png")


def _measured(tasks: list[EvaluationTask], jobs: int) -> Iterator[dict[str, Any]]:
    """Rows of the tasks in the order in which they are done, each from a process with one thread."""
    refused: dict[str, dict[str, Any]] = {}
    pool = ProcessPoolExecutor(jobs, mp_context=get_context("spawn"), initializer=_start)
    try:
        for done in as_completed([pool.submit(measure, task) for task in tasks]):
            row = done.result()
            if not row["refused"] or refused.setdefault(row["photo"], row) is row:
                yield row
    except BrokenProcessPool as error:
        raise RuntimeError("a worker process was killed, likely for memory: try fewer --jobs") from error
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def _start() -> None:
    """Settings of a worker: clips run side by side, so that one needs no second thread."""
    cv2.setNumThreads(1)


def measure(task: EvaluationTask) -> dict[str, Any]:
    """Row of one clip; `error` in place of figures where it failed, `refused` where the photo is at fault."""
    request = task.request
    row: dict[str, Any] = {"photo": task.photo, "pattern": request.pattern, "seed": request.seed}
    row |= {"refused": False, "error": None}
    try:
        clip = _clip(task.photo, request)
        memory = peak_mb()  # before the networks that only detect are loaded
        figures = {**clip.metrics, **detect(clip), "region_share": region_share(clip.labels), "peak_mb": memory}
        if task.sheet:
            write_sheet(clip.frames, task.sheet)
    except InputError as error:
        return row | {"refused": True, "error": str(error)}
    except Exception as error:
        return row | {"error": f"{type(error).__name__}: {error}"}
    return row | {"hand": clip.provenance["hand"], **figures}


def _clip(photo: str, request: Request) -> Clip:
    *_, last = generate_steps(photo, request)
    assert isinstance(last, Clip)
    return last


def peak_mb() -> float:
    """Most memory that this process has held so far, MB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def region_share(labels: Labels) -> float:
    """Share of contact frames whose largest labelled area is in the pattern's regions; 0 without contact."""
    meant = pattern_regions(labels.pattern)
    touched = [_main_region(labels, frame) for frame in range(labels.frames)]
    hits = [region in meant for region in touched if region]
    return float(np.mean(hits)) if hits else 0.0


def pattern_regions(pattern: str) -> tuple[str, ...]:
    """Regions that a pattern is about, on its own side of the face."""
    regions = GESTURES[pattern].regions
    return tuple(mirrored(region) for region in regions) if "right-" in pattern else regions


def _main_region(labels: Labels, frame: int) -> str | None:
    areas: dict[str, float] = {}
    for contact in labels.contacts:
        polygon = polygon_at(contact, frame)
        if contact.start <= frame <= contact.end:
            area = cv2.contourArea(np.array(polygon, np.float32)) if polygon else 0.0
            areas[contact.region] = areas.get(contact.region, 0.0) + area
    return max(areas, key=lambda region: areas[region]) if areas else None


def detect(clip: Clip) -> dict[str, Any]:
    """What MediaPipe's networks find in every third frame."""
    side = np.array(clip.frames.shape[2:0:-1])
    seen, faces = [], []
    for frame in range(0, len(clip.frames), EVERY):
        faces.append(networks.mesh(clip.frames[frame]) is not None)
        if clip.joints is not None and in_view(clip.joints[frame], side):
            seen.append(hand_error(clip.joints[frame], networks.hands(clip.frames[frame])))
    found = [error for error in seen if error is not None]
    return {
        "hand_frames": len(seen),
        "hand_found": len(found) / len(seen) if seen else None,
        "hand_error": float(np.median(found)) if found else None,
        "face_found": float(np.mean(faces)),
    }


def in_view(joints: F32, side: np.ndarray) -> bool:
    """Whether all joints (21, 2) px lie in a picture of `side` (width, height)."""
    return bool(((joints > MARGIN_PX) & (joints < side - MARGIN_PX)).all())


def hand_error(joints: F32, found: list[F64]) -> float | None:
    """Mean joint error of the nearest found hand, of the hand's diagonal; None if none is this hand."""
    diagonal = float(np.linalg.norm(np.ptp(joints, axis=0)))
    errors = [float(np.linalg.norm(hand - joints, axis=1).mean()) / diagonal for hand in found]
    near = min(errors, default=np.inf)
    return near if near <= FOUND_WITHIN else None


def write_sheet(frames: U8, path: str) -> None:
    """Twelve frames of a clip on one PNG, by time."""
    chosen = np.linspace(0, len(frames) - 1, SHEET_FRAMES).round().astype(int)
    small = [cv2.resize(frames[i], (SHEET_SIDE, SHEET_SIDE), interpolation=cv2.INTER_AREA) for i in chosen]
    rows = [np.hstack(small[i : i + 4]) for i in range(0, SHEET_FRAMES, 4)]
    with replacing(path) as temporary:
        Image.fromarray(np.vstack(rows)).save(temporary)
