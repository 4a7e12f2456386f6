"""A clip's file is what its name says: pictures, times, and the sentence that says what made it."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from model import InputError
from model.clip import save_video
from model.encoders import ENCODERS, gif_starts

ABOUT = "AI-generated: InterAnimate Studio physics"
SIDE = 64


def moving(count: int) -> np.ndarray:
    """Pictures (f, h, w, 3) of a smooth slope, over which a square moves; no two are the same."""
    rows, columns = np.mgrid[:SIDE, :SIDE]
    slope = np.stack([120 + rows, 90 + columns, 100 + (rows + columns) / 2], axis=-1).astype(np.uint8)
    frames = np.stack([slope] * count)
    for k, frame in enumerate(frames):
        frame[20:32, k % 50 : k % 50 + 12] = (220, 180, 40)
    return frames


def pillow(path: Path) -> tuple[list[int], np.ndarray]:
    """How long each picture of a GIF or WebP is shown, ms, and the pictures."""
    lasting, pictures = [], []
    with Image.open(path) as image:
        for k in range(image.n_frames):
            image.seek(k)
            image.load()
            lasting.append(round(image.info["duration"]))
            pictures.append(np.asarray(image.convert("RGB")))
        assert image.info["loop"] == 0
    return lasting, np.stack(pictures)


@pytest.mark.parametrize("fps", [8, 12, 24, 30, 50])
@pytest.mark.parametrize(("suffix", "clock", "error"), [(".gif", 10, 6), (".webp", 1, 6)])
def test_a_picture_that_moves_does_not_drift(suffix: str, clock: int, error: float, fps: int, tmp_path: Path):
    frames = moving(3 * fps)
    save_video(frames, fps, tmp_path / f"a{suffix}", "physics")
    lasting, pictures = pillow(tmp_path / f"a{suffix}")
    assert len(lasting) == len(frames)
    ends = np.cumsum(lasting)
    assert np.abs(ends - 1000 * np.arange(1, len(frames) + 1) / fps).max() <= clock / 2 + 1e-6
    assert ends[-1] == 3000
    assert np.abs(pictures.astype(int) - frames).mean() < error


def test_a_gif_of_a_fast_clip_is_not_played_slowly(tmp_path: Path):
    """Browsers show what is to last less than 20 ms for 100."""
    frames = moving(90)
    save_video(frames, 60, tmp_path / "a.gif")
    lasting, pictures = pillow(tmp_path / "a.gif")
    assert min(lasting) >= 20 and sum(lasting) == 1500 and len(pictures) == 75
    for k, start in gif_starts(90, 60).items():
        assert 0 <= Fraction(start, 100) - Fraction(k, 60) < Fraction(1, 60)


def test_a_gif_has_no_bands(tmp_path: Path):
    """256 colours that fit the clip, mixed: over a few pixels the slope is the slope."""
    frames = moving(12)
    save_video(frames, 12, tmp_path / "a.gif")
    _, pictures = pillow(tmp_path / "a.gif")

    def blurred(picture: np.ndarray) -> np.ndarray:
        return picture[40:].reshape(3, 8, 8, 8, 3).mean(axis=(1, 3))

    assert np.abs(blurred(pictures[-1].astype(float)) - blurred(frames[-1].astype(float))).max() < 3
    assert len(np.unique(pictures[0].reshape(-1, 3), axis=0)) > 100


@pytest.mark.parametrize(("name", "codec"), [("a.mp4", "h264"), ("A.MP4", "h264"), ("a.webm", "vp9"), ("a.gif", "gif")])
def test_a_video_has_its_frames_rate_and_size(name: str, codec: str, tmp_path: Path):
    save_video(moving(36), 24, tmp_path / name, "physics")
    with av.open(str(tmp_path / name)) as container:
        stream = container.streams.video[0]
        times = [frame.time for frame in container.decode(stream)]
        assert (stream.codec_context.name, stream.width, stream.height, len(times)) == (codec, SIDE, SIDE, 36)
        assert np.abs(np.array(times) - np.arange(36) / 24).max() < 0.0051
        assert ABOUT in {key.lower(): value for key, value in container.metadata.items()}["comment"]


def test_a_webp_says_what_made_it(tmp_path: Path):
    save_video(moving(4), 8, tmp_path / "a.webp", "physics")
    with Image.open(tmp_path / "a.webp") as image:
        assert (image.format, image.is_animated, image.getexif()[0x010E]) == ("WEBP", True, ABOUT)


@pytest.mark.parametrize("suffix", ENCODERS)
def test_a_single_frame_is_a_clip_too(suffix: str, tmp_path: Path):
    save_video(moving(1), 24, tmp_path / f"a{suffix}")
    assert (tmp_path / f"a{suffix}").stat().st_size > 100


@pytest.mark.parametrize("name", ["a.mov", "a.avi", "a", "a.png", "a.mp4.txt"])
def test_other_names_are_refused_and_nothing_is_written(name: str, tmp_path: Path):
    with pytest.raises(InputError, match=r"\.mp4, \.webm, \.gif or \.webp"):
        save_video(moving(2), 8, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
