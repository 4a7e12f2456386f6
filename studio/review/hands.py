"""Where the parts of the hands are in every frame of a clip, and how likely each touches: kept beside the clip.

They are the pre-labeller's own, so that an outline that is placed by them is one that it would have said.
"""

import base64
import threading
from pathlib import Path
from typing import Any, Final

import numpy as np

from annotation.store import Store
from model.body import MIDDLE_KNUCKLE, TIPS, WRIST
from model.errors import InputError
from model.prelabel.cues import measure
from model.prelabel.ground import places_of
from model.prelabel.labels import ACROSS_MM, ALONG_MM, PALM_LARGER
from model.prelabel.rules import by_rules
from model.prelabel.track import FaceTrack, HandTrack, look, track_face, track_hands
from model.prelabel.video import read_film, read_starts
from model.scene import F64
from studio.review.tracks import kept

VERSION: Final = 1
MAX_FRAMES: Final = 3_000  # each takes a tenth of a second; of longer clips no hands are told
_working = threading.Lock()  # one clip at a time


def hands(store: Store, sha256: str, video: Path) -> bytes:
    """JSON: `mm_per_px` (frames,), `hands` with `left`, `pads`, `likely` and `speed`; arrays as base64 float32.

    `pads` (frames, 6, 4): px of each part's place, then its direction, NaN where there is none; `likely` (frames, 7):
    that any part touches, then each; `speed` (frames,) mm/s of the fastest pad over the face; `axes` are a pad's half
    axes, mm, and a palm is `palm` times as large. Raises OSError.
    """
    return kept(store.data / "tracks" / f"{sha256}.hands.{VERSION}.json", video, _working, told)


def told(video: Path) -> dict[str, Any]:
    """The hands of a video, as `hands` says."""
    found: dict[str, Any] = {"mm_per_px": None, "hands": [], "axes": [ALONG_MM, ACROSS_MM], "palm": PALM_LARGER}
    try:
        film = read_film(video)
        if film.facts.frames > MAX_FRAMES:
            return found
        sights = look(film.pictures)
    except InputError:
        return found
    face = track_face(sights)
    if face is None:
        return found
    starts, size = read_starts(film.facts), (film.facts.width, film.facts.height)
    found["mm_per_px"] = _text(face.mm_per_px)
    found["hands"] = [_told(face, hand, starts, max(size)) for hand in track_hands(sights, size, starts)]
    return found


def _told(face: FaceTrack, hand: HandTrack, starts: F64, long_side: float) -> dict[str, Any]:
    cues = measure(face, hand, starts, long_side)
    places = places_of(hand, cues)
    pads = np.concatenate([places, _directions(hand)], axis=2)
    speed = np.nanmax(np.where(np.isfinite(cues.pad_speed), cues.pad_speed, -1.0), axis=1)
    return {
        "left": bool(hand.left),
        "pads": _text(pads),
        "likely": _text(by_rules(cues, starts)),
        "speed": _text(np.where(speed < 0, np.nan, speed)),
    }


def _directions(hand: HandTrack) -> F64:
    """Where each part points (f, 6, 2), of length 1."""
    ends = [*TIPS, MIDDLE_KNUCKLE]
    along = hand.joints[:, ends, :2] - hand.joints[:, [*(tip - 1 for tip in TIPS), WRIST], :2]
    return np.asarray(along / (np.linalg.norm(along, axis=2, keepdims=True) + 1e-9))


def _text(values: F64) -> str:
    return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()
