"""What a video is: its pictures as they are shown, upright, one after the other, and when. By PyAV; the one place.

A frame is what is shown at its presentation time: edit lists are heeded, and leading frames that cannot be decoded are
none. The size is that of the picture on the screen: turned and mirrored by the display matrix, its pixels square. A
rate is believed only if the times bear it out. Files come from anywhere: formats, sizes and lengths are bounded.
"""

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, NamedTuple

import av
import numpy as np
from av.sidedata.sidedata import Type as SideData
from numpy.typing import NDArray

from annotation.errors import BadInput
from annotation.labels import MAX_FRAMES
from annotation.paths import shown

FORMATS: Final = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,flv,asf,ogg"  # no playlists: they name others
MAX_BYTES: Final = 2 * 2**30
MAX_SIDE: Final = 8_192  # px
MAX_AREA: Final = 2**26  # px
MAX_PIXELS: Final = 2**35  # of all frames of a video that has to be decoded as a whole

MP4: Final = "mov,mp4,m4a,3gp,3g2,mj2"
OWN_ZERO: Final = (MP4, "matroska,webm", "ogg")  # their times count from the beginning of what is shown
CODECS: Final = ("h264", "vp9", "av1")  # that browsers play in an MP4
PIXELS: Final = ("yuv420p", "yuvj420p")
LEAST_FPS, MOST_FPS = 1.0, 1000.0  # that labels may have
JITTER: Final = 0.2  # of a frame, how far times of a constant rate may stray where the file's clock is coarse
TOO_LONG: Final = "{name} is longer than {seconds:.0f} s: cut it into shorter clips."
BACK_S: Final = 1.0  # a clock that jumps back by more has begun anew


class Bounds(NamedTuple):
    """How much of a video is looked at; longer and larger ones are refused, by their header where it tells."""

    frames: int = MAX_FRAMES
    seconds: float = math.inf
    pixels: float = math.inf  # of all frames


class VideoError(BadInput):
    """A video that cannot be used: one line that says why and what to do."""


@dataclass(frozen=True)
class Facts:
    """A video's frames, frames per second, size in pixels as shown, and its times where they are not `k / fps`."""

    frames: int
    fps: float  # the mean, at least 1, where `times` are given
    width: int
    height: int
    times: tuple[float, ...] | None = None  # (frames,) s from the beginning of the video, increasing


@dataclass(frozen=True)
class Turn:
    """How the coded picture becomes the upright one: first transposed, then flipped."""

    transposed: bool = False
    across: bool = False  # flipped left to right
    down: bool = False  # flipped top to bottom

    def of(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """The upright picture (h, w, 3)."""
        image = image.swapaxes(0, 1) if self.transposed else image
        image = image[:, ::-1] if self.across else image
        return np.ascontiguousarray(image[::-1] if self.down else image)


@dataclass(frozen=True)
class Video:
    """A file as it is shown."""

    path: Path
    facts: Facts
    rate: Fraction  # as `facts.fps`, exactly
    stream: int  # which of the file's streams is the picture
    turn: Turn
    coded: tuple[int, int]  # px, width and height of a frame before it is set upright and its pixels are square
    format: str  # container and codec: "avi mpeg4"
    unlike: str  # why a browser does not show it frame by frame, exactly, as it is; empty where it does


@dataclass(frozen=True)
class Picture:
    """One frame as it is shown: which, when (s), and its pixels (h, w, 3)."""

    index: int
    time: float
    image: NDArray[np.uint8]


def probe(path: Path) -> Facts:
    """Facts of a video; raises `VideoError` where it cannot be read."""
    return examine(path).facts


def examine(path: Path, most: Bounds = Bounds()) -> Video:  # noqa: B008 (it cannot be changed)
    """What a video within some bounds is; raises `VideoError`.

    A file that browsers show as it is is not decoded beyond its first frame; all others are.
    """
    with _opened(path) as container, _readable(path):
        stream = _picture_stream(container, path)
        _check_header(container, stream, most, path)
        stream.codec_context.thread_count = 1  # threads take longer to start than one frame takes
        first = next(_frames(container, stream, path), None)
        if first is None:
            raise VideoError(f"{shown(path.name)}: there is no frame in it that can be read: convert it to an MP4.")
        turn, coded, stamp = _turn(first), (first.width, first.height), first.pts
        square = _square(*coded, stream.sample_aspect_ratio)
        unlike = _unlike(container, stream, first, turn)
        kind = f"{_container_name(container.format.name)} {stream.codec_context.name}"
        index, said = stream.index, (stream.average_rate, stream.guessed_rate)
        tick = float(stream.time_base or 0)
        times = None if unlike or stamp != 0 else _times_of_packets(container, stream, most, path)
    if times is None:
        times, irregular = _times_of_frames(path, index, most)
        unlike = unlike or irregular
    width, height = square[::-1] if turn.transposed else square
    _check_size(width, height, path)
    rate = _constant_rate(times, tick, said)
    early = times[0] <= max(tick, 1e-6)
    unlike = unlike or ("" if rate else "its frames do not come at one rate")
    unlike = unlike or ("" if early else f"its first frame comes at {times[0]:.2f} s")
    known, steady = rate or _mean_rate(times), rate is not None and early
    if times[-1] > most.seconds:
        raise VideoError(TOO_LONG.format(name=shown(path.name), seconds=most.seconds))
    facts = Facts(len(times), round(float(known), 6), width, height, None if steady else tuple(times))
    return Video(path, facts, known, index, turn, coded, kind, unlike)


def pictures(video: Video) -> Iterator[Picture]:
    """All frames as they are shown, in order; raises `VideoError` where the file is damaged or changes its size."""
    facts, name = video.facts, shown(video.path.name)
    times = starts(facts.fps, facts.frames, facts.times)
    width, height = (facts.height, facts.width) if video.turn.transposed else (facts.width, facts.height)
    index = -1
    with _opened(video.path) as container, _readable(video.path):
        stream = container.streams[video.stream]
        for index, frame in enumerate(_frames(container, stream, video.path)):
            if (frame.width, frame.height) != video.coded:
                raise VideoError(f"{name} changes its size on the way: convert it to an MP4 of one size.")
            if index >= facts.frames:
                raise VideoError(f"{name} has more frames than it says: convert it to an MP4.")
            image = frame.to_ndarray(format="rgb24", width=width, height=height)
            yield Picture(index, times[index], video.turn.of(np.asarray(image, np.uint8)))
    if index + 1 != facts.frames:
        raise VideoError(f"{name}: {index + 1} of {facts.frames} frames can be read: convert it to an MP4.")


def picture_at(path: Path, frame: int, fps: float) -> NDArray[np.uint8]:
    """One frame (h, w, 3) of a video that browsers show as it is, without those before its key frame; `VideoError`."""
    with _opened(path) as container, _readable(path):
        stream = container.streams.video[0]
        time = (frame + 0.5) / fps
        container.seek(int(time / stream.time_base), stream=stream)
        shown_then = None
        for found in container.decode(stream):
            if shown_then is not None and found.time is not None and found.time > time:
                break
            shown_then = found
        if shown_then is None:
            raise VideoError(f"{shown(path.name)}: there is no frame in it that can be read: convert it to an MP4.")
        return np.asarray(shown_then.to_ndarray(format="rgb24"), np.uint8)


def starts(fps: float, frames: int, times: Sequence[float] | None) -> list[float]:
    """When each frame begins, and then when the last one ends (frames + 1,) s."""
    if times is None:
        return [frame / fps for frame in range(frames + 1)]
    return [*times, times[-1] + 1 / fps]


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """The container of a file of a known format, which may open no other file."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise VideoError(f"{shown(path.name)} is larger than {MAX_BYTES // 2**30} GB: cut it into shorter clips.")
        if not path.is_file():
            raise VideoError(f"{shown(path.name)} is not a file: give the path of one video.")
    except (FileNotFoundError, NotADirectoryError):
        raise VideoError(f"{shown(path.name)}: there is no such file: check the path.") from None
    except (OSError, ValueError) as error:
        if isinstance(error, VideoError):
            raise
        raise VideoError(f"{shown(path.name)}: there can be no such file: check the path.") from None
    options = {"format_whitelist": FORMATS, "protocol_whitelist": "file"}
    with _readable(path), av.open(f"file:{path.resolve()}", options=options, metadata_errors="replace") as container:
        yield container


@contextmanager
def _readable(path: Path) -> Iterator[None]:
    """What PyAV finds wrong, in words."""
    try:
        yield
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise VideoError(
            f"{shown(path.name)} is not a video that can be read, or is damaged: convert it to an MP4."
        ) from error


def _picture_stream(container: Any, path: Path) -> Any:
    """The stream with the moving picture: no cover art, no thumbnails; the one that players take."""
    still = av.stream.Disposition.attached_pic | av.stream.Disposition.timed_thumbnails
    moving = [stream for stream in container.streams.video if not stream.disposition & still]
    if not moving:
        only = " but a still picture" if container.streams.video else ""
        raise VideoError(f"{shown(path.name)}: there is no video in it{only}.")
    stream = max(moving, key=lambda stream: bool(stream.disposition & av.stream.Disposition.default))
    context = stream.codec_context
    if context is None:
        raise VideoError(f"{shown(path.name)}: its codec is not known here: convert it to an MP4 with H.264.")
    _check_size(context.width, context.height, path)
    return stream


def _check_size(width: int, height: int, path: Path) -> None:
    if max(width, height) > MAX_SIDE or width * height > MAX_AREA:
        raise VideoError(
            f"{shown(path.name)}: {width} x {height} pixels: wider or higher than {MAX_SIDE} px: make it smaller."
        )


def _check_header(container: Any, stream: Any, most: Bounds, path: Path) -> None:
    """Refuse by what a file says of itself, before anything is decoded."""
    _check_length(stream.frames, stream.codec_context.width * stream.codec_context.height, most, path)
    if (container.duration or 0) / av.time_base > most.seconds:
        raise VideoError(TOO_LONG.format(name=shown(path.name), seconds=most.seconds))


def _check_length(frames: int, area: int, most: Bounds, path: Path) -> None:
    if frames > most.frames:
        raise VideoError(f"{shown(path.name)} is longer than {most.frames} frames: cut it into shorter clips.")
    if frames * area > most.pixels:
        raise VideoError(f"{shown(path.name)} is too long for its size: cut it into shorter clips.")


def _frames(container: Any, stream: Any, path: Path) -> Iterator[Any]:
    """Decoded frames in the order in which they are shown, from the first whole one on."""
    count = 0
    for packet in container.demux(stream):
        try:
            decoded = packet.decode()
        except av.error.InvalidDataError:
            if count or packet.size == 0:
                raise
            continue  # nothing to build on yet: the file was cut between its key frames
        for frame in decoded:
            if not count and frame.is_corrupt:
                continue
            count += 1
            _check_size(frame.width, frame.height, path)
            yield frame


def _turn(frame: Any) -> Turn:
    """By the display matrix (x' = a x + c y, y' = b x + d y; nine numbers of 4 bytes): the nearest of the 8 ways."""
    data = frame.side_data.get(SideData.DISPLAYMATRIX)
    if data is None:
        return Turn()
    a, b, _, c, d = np.frombuffer(bytes(data), np.int32)[:5].tolist()
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, a < 0, d < 0)
    return Turn(True, c < 0, b < 0)


def _square(width: int, height: int, aspect: Fraction | None) -> tuple[int, int]:
    """Width and height with square pixels, the larger of the two sizes that fit, as browsers do it."""
    if not aspect or aspect == 1:
        return width, height
    if aspect > 1:
        return max(round(width * aspect), 1), height
    return width, max(round(height / aspect), 1)


def _unlike(container: Any, stream: Any, frame: Any, turn: Turn) -> str:
    """Why a browser does not show the pictures as they are, whatever their times; empty where it does."""
    kind, codec = container.format.name, stream.codec_context.name.removeprefix("lib").split("-")[0]
    if kind != MP4 or container.metadata.get("major_brand", "").startswith("qt"):
        if kind in (MP4, "matroska,webm"):
            return f"not every browser shows {'QuickTime' if kind == MP4 else 'Matroska and WebM'} files frame by frame"
        return f"browsers do not play {_container_name(kind)} files"
    if {"dav1d": "av1", "aom": "av1", "vpx": "vp9"}.get(codec, codec) not in CODECS:
        return f"browsers do not play {codec[:20]}"
    if frame.format.name not in PIXELS:
        return f"not every browser shows pictures of the kind {frame.format.name[:20]}"
    if turn != Turn():
        return "it is turned or mirrored when it is shown"
    if stream.sample_aspect_ratio not in (None, 0, 1):
        return "its pixels are not square"
    if stream.index != container.streams.video[0].index:
        return "another picture comes before its video"
    return ""


def _times_of_packets(container: Any, stream: Any, most: Bounds, path: Path) -> list[float] | None:
    """When each frame is shown, without decoding; None where something is out of the ordinary, and one must look."""
    container.seek(0)
    area = stream.codec_context.width * stream.codec_context.height
    stamps: list[int] = []
    for packet in container.demux(stream):
        if packet.size == 0:
            continue
        if packet.is_discard or packet.pts is None:
            return None
        stamps.append(packet.pts)
        _check_length(len(stamps), area, most, path)
    ordered = sorted(stamps)
    whole = len(stamps) == stream.frames == len(set(stamps)) and stamps[0] == ordered[0] == 0
    return [round(float(stamp * stream.time_base), 6) for stamp in ordered] if whole else None


def _times_of_frames(path: Path, index: int, most: Bounds) -> tuple[list[float], str]:
    """When each frame is shown, by decoding all; and why the file cannot be shown as it is, empty if not by this."""
    stamps: list[int | None] = []
    with _opened(path) as container, _readable(path):
        stream = container.streams[index]
        for frame in _frames(container, stream, path):
            stamps.append(frame.pts)
            _check_length(len(stamps), frame.width * frame.height, most, path)
            if len(stamps) * frame.width * frame.height > MAX_PIXELS:
                raise VideoError(f"{shown(path.name)} is too long for its size: cut it into shorter clips.")
        rate = stream.average_rate or stream.guessed_rate
        tick = float(stream.time_base or (1 / rate if rate else 0))
        start = (container.start_time or 0) / av.time_base
        own = container.format.name in OWN_ZERO
        cut = "frames of it are not shown" if stream.frames else "it is written in fragments"
        cut = "" if len(stamps) == stream.frames else cut
    if not stamps:
        raise VideoError(f"{shown(path.name)}: there is no frame in it that can be read: convert it to an MP4.")
    if len({stamp for stamp in stamps if stamp is not None}) < min(len(stamps), 2):
        raise VideoError(f"{shown(path.name)} does not say when its frames are shown: convert it to an MP4.")
    times = _in_order(np.array([np.nan if stamp is None else stamp * tick for stamp in stamps]), tick)
    zero = min(float(times[0]), 0.0) if own else (float(times[0]) if container.format.name == "avi" else start)
    return [round(float(time), 6) for time in times - min(zero, float(times[0]))], cut


def _in_order(times: NDArray[np.float64], tick: float) -> NDArray[np.float64]:
    """Increasing times (f,) of frames in their order: gaps (NaN) filled, a clock that begins anew goes on.

    Some containers stamp frames in the order of decoding: the stamps are the right ones, in another order.
    """
    known = np.flatnonzero(np.isfinite(times))
    step = float(np.median(np.abs(np.diff(times[known])))) if len(known) > 1 else 0.0
    nearest = known[np.clip(np.searchsorted(known, np.arange(len(times))), 0, len(known) - 1)]
    times = np.where(np.isfinite(times), times, times[nearest] + (np.arange(len(times)) - nearest) * step)
    farthest = np.maximum.accumulate(times)
    for again in np.flatnonzero(times[1:] < farthest[:-1] - BACK_S) + 1:
        if times[again] < times[:again].max() - BACK_S:
            times[again:] += times[:again].max() + step - times[again]
    times = np.sort(times)
    least = max(tick / 2, 1e-6)
    for k in range(1, len(times)):
        times[k] = max(times[k], times[k - 1] + least)
    return times


def _constant_rate(times: Sequence[float], tick: float, said: tuple[Fraction | None, ...]) -> Fraction | None:
    """The rate that the times bear out to within the ticks of the file's clock, None where they come irregularly."""
    if len(times) < 2:
        rate = next((rate for rate in said if rate and 1 <= rate <= 240), Fraction(25))
        return Fraction(rate)
    seconds = np.asarray(times)
    mean = (len(times) - 1) / (seconds[-1] - seconds[0])
    if not LEAST_FPS * (1 - 1e-6) <= mean <= MOST_FPS * (1 + 1e-6):  # times are rounded
        return None
    usual = [Fraction(round(mean)), Fraction(round(mean * 1.001) * 1000, 1001), Fraction(round(mean * 2), 2)]
    exact = Fraction(round(mean * 1000), 1000)
    for rate in (*(Fraction(rate) for rate in said if rate), *usual, exact, Fraction(mean).limit_denominator(100_000)):
        if not LEAST_FPS <= rate <= MOST_FPS:
            continue
        strays = seconds - np.arange(len(times)) / float(rate)
        if np.ptp(strays) <= min(1.01 * tick, JITTER / float(rate)) + 2e-6:
            return rate
    return None


def _mean_rate(times: Sequence[float]) -> Fraction:
    """Frames a second in the mean, as labels may have it."""
    mean = (len(times) - 1) / (times[-1] - times[0]) if len(times) > 1 else LEAST_FPS
    return Fraction(round(min(max(mean, LEAST_FPS), MOST_FPS) * 1000), 1000)


def _container_name(format: str) -> str:
    """What people call a container."""
    names = {MP4: "MP4", "matroska,webm": "Matroska or WebM", "avi": "AVI", "mpegts": "MPEG-TS", "flv": "FLV"}
    return names.get(format, format.upper()[:20])
