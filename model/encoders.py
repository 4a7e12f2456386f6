"""The kinds of file that a clip is written as: MP4, WebM, GIF, WebP. Each plays in every browser and says what it is.

A file's times do not drift: each frame begins where it should, rounded to what the kind can say.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from av.filter import Graph
from av.video.reformatter import Colorspace
from PIL import Image

from annotation.paths import shown
from model.errors import InputError
from model.scene import U8

BT709: Final = 1  # as H.264 and VP9 number colour spaces
DESCRIPTION: Final = 0x010E  # EXIF's ImageDescription
CENTISECOND: Final = Fraction(1, 100)  # GIF's clock
LEAST_CS: Final = 2  # that a GIF's frame may last: browsers show a shorter one for ten
# A palette of the whole clip, fitted to its colours; only what changes is dithered anew, so that nothing flickers.
PALETTE: Final = (
    ("palettegen", "stats_mode=full:reserve_transparent=1"),
    ("paletteuse", "dither=sierra2_4a:diff_mode=rectangle"),
)


def encode_mp4(frames: U8, fps: int, path: str, about: str) -> None:
    """H.264, yuv420p, BT.709, the index before the pictures."""
    options = {"preset": "veryfast", "crf": "16"}
    _encode_video(frames, fps, path, about, "libx264", options, {"movflags": "+faststart"})


def encode_webm(frames: U8, fps: int, path: str, about: str) -> None:
    """VP9, yuv420p, BT.709."""
    options = {"deadline": "good", "cpu-used": "4", "crf": "20", "b": "0", "row-mt": "1"}
    _encode_video(frames, fps, path, about, "libvpx-vp9", options, {})


def _encode_video(
    frames: U8, fps: int, path: str, about: str, codec: str, options: dict[str, str], muxing: dict[str, str]
) -> None:
    height, width = frames.shape[1:3]
    with av.open(path, "w", options=muxing) as container:
        container.metadata["comment"] = about
        stream: Any = container.add_stream(codec, rate=Fraction(fps), options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        context = stream.codec_context
        context.thread_count = 2
        context.color_primaries = context.color_trc = context.colorspace = BT709
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture = picture.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
            container.mux(stream.encode(picture))
        container.mux(stream.encode())


def encode_gif(frames: U8, fps: int, path: str, about: str) -> None:
    """A GIF that repeats, 256 colours; of a rate above 50 some frames are left out, as it cannot be faster."""
    height, width = frames.shape[1:3]
    starts = gif_starts(len(frames), fps)
    end = round(Fraction(len(frames), fps) / CENTISECOND)
    delay = str(max(end - max(starts.values()), LEAST_CS))
    with av.open(path, "w", options={"loop": "0", "final_delay": delay}) as container:
        stream: Any = container.add_stream("gif", rate=Fraction(100))
        stream.width, stream.height, stream.pix_fmt = width, height, "pal8"
        stream.time_base = stream.codec_context.time_base = CENTISECOND
        for picture, start in zip(_in_256_colours([frames[k] for k in starts], fps), starts.values(), strict=True):
            picture.pts, picture.time_base = start, CENTISECOND
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    _comment_gif(Path(path), about)


def gif_starts(frames: int, fps: int) -> dict[int, int]:
    """The frames that a GIF shows, and when each begins, in hundredths of a second."""
    fastest = 100 // LEAST_CS
    if fps > fastest:
        count = -(-frames * fastest // fps)
        return {slot * fps // fastest: slot * LEAST_CS for slot in range(count)}
    return {frame: round(Fraction(frame, fps) / CENTISECOND) for frame in range(frames)}


def _in_256_colours(frames: list[U8], fps: int) -> Iterator[Any]:
    """The pictures in the colours that fit them all best."""
    height, width = frames[0].shape[:2]
    graph: Any = Graph()
    source = graph.add_buffer(width=width, height=height, format="rgb24", time_base=Fraction(1, fps))
    split, (make, use) = graph.add("split"), (graph.add(*words) for words in PALETTE)
    sink = graph.add("buffersink")
    source.link_to(split)
    split.link_to(use, 0, 0)
    split.link_to(make, 1, 0)
    make.link_to(use, 0, 1)
    use.link_to(sink)
    graph.configure()
    for number, frame in enumerate(frames):
        picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
        picture.pts, picture.time_base = number, Fraction(1, fps)
        source.push(picture)
    source.push(None)
    for _ in frames:
        yield sink.pull()


def _comment_gif(path: Path, about: str) -> None:
    """Put a comment behind the colours of a GIF, where its encoder writes none."""
    data = path.read_bytes()
    colours = 3 * 2 ** ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    text = about.encode("ascii", "replace")[:255]
    at = 13 + colours
    path.write_bytes(data[:at] + b"\x21\xfe" + bytes([len(text)]) + text + b"\0" + data[at:])


def encode_webp(frames: U8, fps: int, path: str, about: str) -> None:
    """An animated WebP that repeats; its clock has milliseconds."""
    starts = [round(1000 * Fraction(frame, fps)) for frame in range(len(frames) + 1)]
    lasting = [b - a for a, b in pairwise(starts)]
    first, *rest = (Image.fromarray(np.ascontiguousarray(frame)) for frame in frames)
    exif = Image.Exif()
    exif[DESCRIPTION] = about
    first.save(
        path, "WEBP", save_all=True, append_images=rest, duration=lasting, loop=0, quality=82, method=2, exif=exif
    )  # fmt: skip


ENCODERS: Final[dict[str, Callable[[U8, int, str, str], None]]] = {
    ".mp4": encode_mp4,
    ".webm": encode_webm,
    ".gif": encode_gif,
    ".webp": encode_webp,
}


def encoder_of(path: str | Path) -> Callable[[U8, int, str, str], None]:
    """What writes the kind of clip that a path's suffix names, in either case; InputError for another."""
    encoder = ENCODERS.get(Path(path).suffix.lower())
    if encoder is None:
        suffix = Path(path).suffix
        what = f"no clip is written as {shown(suffix)}" if suffix else "its name does not say what kind of file it is"
        raise InputError(f"{shown(path)}: {what}: name it {', '.join(list(ENCODERS)[:-1])} or {list(ENCODERS)[-1]}.")
    return encoder
