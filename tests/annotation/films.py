"""Videos as cameras, browsers and programs write them; each frame carries its number as white squares."""

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

WIDE, HIGH, FRAMES, BITS, CELL = 96, 64, 24, 6, 12
ONE = 1 << 16  # 1 in a display matrix
QUARTER = [0, ONE, 0, -ONE, 0, 0, 0, 0, 1 << 30]  # to the right, as a phone that is held upright writes it
BACK = [0, -ONE, 0, ONE, 0, 0, 0, 0, 1 << 30]
HALF = [-ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30]
MIRROR = [-ONE, 0, 0, 0, ONE, 0, 0, 0, 1 << 30]
FALL = [ONE, 0, 0, 0, -ONE, 0, 0, 0, 1 << 30]  # mirrored top to bottom
LEAN = [0, ONE, 0, ONE, 0, 0, 0, 0, 1 << 30]  # a quarter turn of the mirrored picture
UNEVEN = [int(k) for k in np.cumsum([0, *([20, 50, 20, 35] * 15)])]  # ticks of 1/600 s

# A name → how `film` makes it: what a browser shows as it is, and what is converted.
AS_IT_IS: dict[str, dict[str, Any]] = {
    "constant.mp4": {"options": {"bf": "0"}},
    "ntsc.mp4": {"rate": Fraction(30000, 1001)},
    "reordered.mp4": {"options": {"bf": "3", "b-pyramid": "normal"}},
    "sound.mp4": {"sound": True},
    "vp9.mp4": {"codec": "libvpx-vp9"},
}
CONVERTED: dict[str, dict[str, Any]] = {
    "uneven.mp4": {"stamps": UNEVEN, "clock": Fraction(1, 600)},
    "late.mp4": {"sound": True, "late": 45},
    "portrait.mp4": {"matrix": QUARTER},
    "selfie.mp4": {"matrix": MIRROR},
    "lean.mp4": {"matrix": LEAN},
    "wide.mp4": {"aspect": Fraction(4, 3)},
    "fragments.mp4": {"muxing": {"movflags": "frag_keyframe+empty_moov"}},
    "recorded.webm": {"codec": "libvpx", "muxing": {"live": "1"}},
    "uneven.webm": {"codec": "libvpx", "stamps": UNEVEN, "clock": Fraction(1, 600), "muxing": {"live": "1"}},
    "film.avi": {"codec": "mpeg4"},
    "reordered.avi": {},
    "film.ts": {},
    "film.flv": {},
    "film.mkv": {},
    "film.mov": {},
    "hevc.mp4": {"codec": "libx265", "options": {"x265-params": "log-level=none"}},
    "odd.webm": {"codec": "libvpx-vp9", "size": (WIDE + 1, HIGH - 1)},
}


def numbered(count: int, size: tuple[int, int] = (WIDE, HIGH)) -> Iterator[NDArray[np.uint8]]:
    """Pictures with their numbers along the top, bit 0 at the left; below, the left half is red."""
    for number in range(count):
        picture = np.full((size[1], size[0], 3), (60, 80, 200), np.uint8)
        picture[2 * CELL :, : size[0] // 2] = (200, 60, 60)
        picture[:CELL] = 40
        for bit in range(BITS):
            picture[:CELL, bit * CELL : (bit + 1) * CELL] = 255 * (number >> bit & 1)
        yield picture


def number_of(picture: NDArray[np.uint8]) -> int:
    """The number that a picture carries."""
    return sum(1 << bit for bit in range(BITS) if picture[CELL // 2, int((bit + 0.5) * CELL)].mean() > 127)


def film(
    path: Path,
    codec: str = "libx264",
    rate: Fraction = Fraction(30),
    stamps: Sequence[int] = (),
    clock: Fraction | None = None,
    matrix: list[int] | None = None,
    aspect: Fraction | None = None,
    sound: bool = False,
    late: int = 0,
    size: tuple[int, int] = (WIDE, HIGH),
    frames: int = FRAMES,
    options: dict[str, str] | None = None,
    muxing: dict[str, str] | None = None,
    pixels: str = "yuv420p",
    lay: Callable[[NDArray[np.uint8]], NDArray[np.uint8]] | None = None,
    picture: NDArray[np.uint8] | None = None,
) -> Path:
    """Write a video; `stamps` (of `clock`) or else `late` (frames) say when its frames are shown.

    With `lay` the numbered picture, or `picture` in every frame, lies as a camera holds it, for `matrix` to set it
    upright.
    """
    with av.open(str(path), "w", options=muxing or {}) as container:
        hum: Any = container.add_stream("aac", rate=48000, layout="mono") if sound else None
        stream: Any = container.add_stream(codec, rate=rate, options=options or {})
        stream.width, stream.height, stream.pix_fmt = *size, pixels
        clock = clock or 1 / rate
        stream.time_base = stream.codec_context.time_base = clock
        if aspect:
            stream.codec_context.sample_aspect_ratio = aspect
        if matrix:
            stream.set_display_matrix(matrix)
        if hum is not None:
            for start in range(0, 2 * 48000, 1024):
                noise = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), format="fltp", layout="mono")
                noise.sample_rate, noise.pts, noise.time_base = 48000, start, Fraction(1, 48000)
                container.mux(hum.encode(noise))
            container.mux(hum.encode())
        shown = size[::-1] if lay and lay(np.zeros((1, 2), np.uint8)).shape == (2, 1) else size
        for number, upright in enumerate(numbered(frames, shown) if picture is None else [picture] * frames):
            image = np.ascontiguousarray(lay(upright)) if lay else upright
            frame = av.VideoFrame.from_ndarray(image, format="rgb24")
            frame.time_base, frame.pts = clock, stamps[number] if stamps else number + late
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def cut(source: Path, target: Path, seconds: float) -> Path:
    """The rest of an MP4 from a time on, its packets copied from the key frame before and hidden by an edit list."""
    with av.open(str(source)) as whole, av.open(str(target), "w") as container:
        stream = whole.streams.video[0]
        copy = container.add_stream_from_template(stream)
        begin = round(seconds / stream.time_base)
        for packet in whole.demux(stream):
            if packet.size:
                packet.pts, packet.dts, packet.stream = packet.pts - begin, packet.dts - begin, copy
                container.mux(packet)
    return target
