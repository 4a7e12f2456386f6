"""What a video file is: frames, rate, size. By PyAV."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import av

from annotation.errors import BadInput
from annotation.labels import MAX_FRAMES, MAX_SIDE

PLAYABLE: Final = ("h264", "vp8", "vp9", "vpx", "av1", "dav1d", "aom")


@dataclass(frozen=True)
class Facts:
    """A video's frames, frames per second, and size in pixels."""

    frames: int
    fps: float
    width: int
    height: int


def probe(path: Path) -> Facts:
    """Facts of a video, its frames counted; raises `BadInput` where it cannot be read."""
    try:
        with av.open(str(path), mode="r", format=None, metadata_errors="replace") as container:
            if not container.streams.video:
                raise BadInput(f"{path.name}: there is no video in it")
            stream = container.streams.video[0]
            if stream.codec_context.name.removeprefix("lib").split("-")[0] not in PLAYABLE:
                raise BadInput(
                    f"{path.name}: browsers do not play {stream.codec_context.name[:20]}: convert it to H.264"
                )
            next(container.decode(stream))  # a broken file is not taken for a video
            container.seek(0)
            rate = stream.average_rate or stream.guessed_rate
            width, height = stream.codec_context.width, stream.codec_context.height
            frames = _count(container, stream)
    except (av.error.FFmpegError, OSError, ValueError, StopIteration) as error:
        if isinstance(error, OSError) and not path.exists():
            raise BadInput(f"{path.name}: there is no such file") from None
        raise BadInput(f"{path.name}: not a video that can be read") from None
    if not rate or not 1 <= float(rate) <= 1000:
        raise BadInput(f"{path.name}: the frame rate is not known")
    if not (1 <= width <= MAX_SIDE and 1 <= height <= MAX_SIDE):
        raise BadInput(f"{path.name}: {width} x {height} pixels")
    if not frames:
        raise BadInput(f"{path.name}: not one frame can be read")
    return Facts(frames, round(float(rate), 6), width, height)


def _count(container: "av.container.InputContainer", stream: "av.VideoStream") -> int:
    """Frames, by their packets."""
    frames = 0
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        frames += 1
        if frames > MAX_FRAMES:
            raise BadInput(f"longer than {MAX_FRAMES} frames")
    return frames
