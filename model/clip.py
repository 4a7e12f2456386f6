"""What comes out: a clip with its labels, figures and origin, and the guidance behind it."""

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from annotation.labels import Labels
from annotation.paths import why_not_written
from model.encoders import encoder_of
from model.errors import InputError
from model.files import replacing
from model.scene import F32, U8


@dataclass(frozen=True)
class Guidance:
    """Per frame, what the simulation knows of the picture: (frames, height, width, …)."""

    hand_normals: NDArray[np.int8]  # (f, h, w, 3) unit × 127, camera axes, with the skin's relief; 0 outside hand_mask
    hand_albedo: U8  # (f, h, w, 3) display values of the hand's bare skin and nails, 0 outside hand_mask
    hand_depth: NDArray[np.float16]  # (f, h, w) mm from the face's mean depth, 0 where no hand is
    hand_parts: U8  # (f, h, w) 0 none, 1 + index into FINGERS, 7 forearm, 8 sleeve
    hand_mask: U8  # (f, h, w) coverage 0..255, motion blur included
    face_mask: U8  # (f, h, w) 255 where the visible surface is the face
    contact_mask: U8  # (f, h, w) 0 none, 1 + index into FINGERS of the finger that touches
    shadow: U8  # (f, h, w) light that the hand leaves on the rest, 255 all
    flow: NDArray[np.float16]  # (f, h, w, 2) px: frame(x) shows photo(x + flow)
    joints: F32  # (f, 21, 2) px, MediaPipe's order

    def save(self, path: str | Path) -> None:
        """Write as compressed npz; appears whole or not at all."""
        with replacing(path) as temporary, open(temporary, "wb") as file:
            np.savez_compressed(file, **{k: np.asarray(v) for k, v in asdict(self).items()})


@dataclass(frozen=True)
class Curves:
    """Per frame, what a strip chart shows; distances in mm, areas in mm²."""

    depth: dict[str, F32]  # region → (f,) deepest indentation
    area: dict[str, F32]  # region → (f,) touched area
    gap: F32  # (f,) hand to face, 0 while they touch
    speed: F32  # (f,) fingertip, mm/s


@dataclass(frozen=True)
class Clip:
    """A generated clip: `frames` (f, h, w, 3) uint8 RGB."""

    frames: U8
    fps: int
    labels: Labels
    metrics: dict[str, Any]
    provenance: dict[str, Any]
    curves: Curves
    guidance: Guidance | None = None
    joints: F32 | None = None  # (f, 21, 2) px of the hand, MediaPipe's order

    def save(self, path: str | Path) -> None:
        """Write what the suffix says: .mp4 (H.264, plays in every browser), .webm, .gif, .webp; whole or not at all."""
        save_video(self.frames, self.fps, path, comment=str(self.provenance.get("engine", "")))


def save_video(frames: U8, fps: int, path: str | Path, comment: str = "") -> None:
    """Encode (f, h, w, 3) RGB as the suffix says; InputError for another suffix, or if `path` cannot be written."""
    encoder_of(path)
    if why := why_not_written(path):
        raise InputError(why)
    with replacing(path) as temporary:
        _encode(frames, fps, str(temporary), comment)


def _encode(frames: U8, fps: int, path: str, comment: str) -> None:
    encoder_of(path)(frames, fps, path, f"AI-generated: InterAnimate Studio {comment}".strip())
