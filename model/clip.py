"""What comes out: a clip with its labels, figures and origin, and the guidance behind it."""

from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.video.reformatter import Colorspace
from numpy.typing import NDArray

from annotation.labels import Labels
from model.errors import InputError
from model.files import replacing, require_room
from model.scene import F32, U8

BT709 = 1  # as H.264 numbers colour spaces


@dataclass(frozen=True)
class Guidance:
    """Per frame, what the simulation knows of the picture: (frames, height, width, …)."""

    hand_normals: NDArray[np.int8]  # (f, h, w, 3) unit × 127, camera axes, with the skin's relief; 0 outside hand_mask
    hand_albedo: U8  # (f, h, w, 3) display values of the hand's bare skin and nails, 0 outside hand_mask
    hand_depth: NDArray[np.float16]  # (f, h, w) mm from the face's mean depth, 0 where no hand is
    hand_parts: U8  # (f, h, w) 0 none, 1 + index into FINGERS, 7 forearm
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
        """Write H.264 mp4 that plays in every browser; appears whole or not at all."""
        save_video(self.frames, self.fps, path, comment=str(self.provenance.get("engine", "")))


def save_video(frames: U8, fps: int, path: str | Path, comment: str = "") -> None:
    """Encode (f, h, w, 3) RGB as yuv420p H.264, BT.709, moov first; InputError if `path` cannot be written."""
    try:
        require_room(path)
    except OSError as error:
        raise InputError(
            f"Cannot write {path}: {error.strerror}. Name a folder that exists and is writable."
        ) from error
    with replacing(path) as temporary:
        _encode(frames, fps, str(temporary), comment)


def _encode(frames: U8, fps: int, path: str, comment: str) -> None:
    height, width = frames.shape[1:3]
    with av.open(path, "w", options={"movflags": "+faststart"}) as container:
        container.metadata["comment"] = f"AI-generated: InterAnimate Studio {comment}".strip()
        stream = container.add_stream("libx264", rate=Fraction(fps), options={"preset": "veryfast", "crf": "16"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.thread_count = 2
        context.color_primaries = context.color_trc = context.colorspace = BT709
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
