"""Where the 16 regions are in every frame of a clip: measured once, then kept beside the clip."""

import base64
import json
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from annotation.files import new_name, replacing, sweep
from annotation.store import Store
from annotation.video import examine, pictures
from model.body import LANDMARKS
from model.errors import InputError
from model.face import networks
from model.face.landmarks import find_face
from model.face.regions import MIDLINE, OUTLINES
from model.face.shape import mirror_landmarks
from model.scene import F64, U8

VERSION: Final = 2
SIDE: Final = 256  # px of the crop that the network sees
CROP: Final = 1.9  # side of the crop, in parts of the face's height
LOOK_EVERY: Final = 6  # frames between searches while there is no face
LEFT_CHEEK: Final = (
    464, 343, 437, 420, 429, 358, 327, 391, 322, 410, 287, 432, 434, 416, 433, 401, 361, 323, 454, 447,
    345, 340, 446, 261, 448, 449, 450, 451, 452, 453,
)  # fmt: skip
_working = threading.Lock()  # one clip at a time: the network is single, and saves come first


def track(store: Store, sha256: str, video: Path) -> bytes:
    """JSON: `regions` (name → indices), `points` (base64 int16 of (frames, points, 2)), px = value * `scale`.

    `points` is null where no face was found. Raises `VideoError`, OSError.
    """
    return kept(store.data / "tracks" / f"{sha256}.{VERSION}.json", video, _working, measure)


def kept(place: Path, video: Path, working: threading.Lock, measured: Callable[[Path], dict[str, Any]]) -> bytes:
    """What is measured of a video as JSON, once, then read from `place`. One at a time holds `working`."""
    if place.is_file():
        return place.read_bytes()
    with working:
        if place.is_file():
            return place.read_bytes()
        text = json.dumps(measured(video)).encode()
        if video.is_file():  # else the clip was withdrawn meanwhile
            _keep(place, text)
    return text


def measure(video: Path) -> dict[str, Any]:
    """The track of a video, as `track` says."""
    outlines = region_outlines()
    used = sorted({index for outline in outlines.values() for index in outline})
    position = {index: i for i, index in enumerate(used)}
    found = follow(picture.image for picture in pictures(examine(video)))
    points = None if found is None else found[:, used]
    scale = 1.0 if points is None else max(float(np.abs(points).max()), 1.0) / 32_000
    return {
        "regions": {name: [position[i] for i in outline] for name, outline in outlines.items()},
        "scale": scale,
        "points": None
        if points is None
        else base64.b64encode(np.round(points / scale).astype("<i2").tobytes()).decode(),
    }


def region_outlines() -> dict[str, tuple[int, ...]]:
    """Landmarks around each region; where two overlap, the first holds the place."""
    partner = mirror_landmarks()
    outlines: dict[str, tuple[int, ...]] = {}
    for name, outline in {**OUTLINES, "cheek": LEFT_CHEEK}.items():
        other = tuple(int(partner[i]) for i in outline)
        if name in MIDLINE:
            outlines[name] = (*outline, *reversed(other))
        else:
            outlines[f"left_{name}"], outlines[f"right_{name}"] = outline, other
    return outlines


def follow(frames: Iterator[U8]) -> F64 | None:
    """Landmarks (frames, 468, 2) px, calmed and filled in over time; None where no frame shows a face."""
    seen: list[F64 | None] = []
    last: F64 | None = None
    for number, frame in enumerate(frames):
        if last is None and number % LOOK_EVERY == 0:
            last = _search(frame)
        elif last is not None:
            last = _near(frame, last)
        seen.append(last)
    known = [number for number, points in enumerate(seen) if points is not None]
    if not known:
        return None
    values = np.stack([points for points in seen if points is not None]).reshape(len(known), -1)
    every = np.arange(len(seen))
    filled = np.stack([np.interp(every, known, column) for column in values.T], axis=1)
    padded = np.pad(filled, ((1, 1), (0, 0)), mode="edge")
    calm = (padded[:-2] + 2 * padded[1:-1] + padded[2:]) / 4
    return calm.reshape(len(seen), -1, 2)


def _search(frame: U8) -> F64 | None:
    try:
        return find_face(frame).landmarks[:LANDMARKS, :2]
    except InputError:
        return None


def _near(frame: U8, last: F64) -> F64 | None:
    """The face where it was in the frame before, or None."""
    centre = (last.min(axis=0) + last.max(axis=0)) / 2
    side = CROP * float(np.ptp(last[:, 1]))
    zoom = SIDE / side
    offset = SIDE / 2 - centre * zoom
    matrix = np.array([[zoom, 0, offset[0]], [0, zoom, offset[1]]])
    crop = cv2.warpAffine(frame, matrix, (SIDE, SIDE), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE)
    points = networks.mesh(np.asarray(crop, dtype=np.uint8))
    return None if points is None else (points[:LANDMARKS, :2] - offset) / zoom


def _keep(place: Path, text: bytes) -> None:
    """Write under a temporary name, then rename; a disk that cannot take it is no reason to stop."""
    try:
        place.parent.mkdir(exist_ok=True)
        sweep(place.parent)
        temporary = new_name(place.parent)
        with replacing(place, temporary):
            temporary.write_bytes(text)
    except OSError:
        return
