"""Files of a clip: they play everywhere, and are written whole or not at all."""

from pathlib import Path

import av
import numpy as np
import pytest
from clips import FRAMES, poke

from model import InputError
from model import clip as files
from model.clip import Guidance, save_video

BT709 = 1


def test_the_video_plays_in_every_browser(tmp_path: Path):
    poke().save(tmp_path / "clip.mp4")
    with av.open(str(tmp_path / "clip.mp4")) as container:
        stream = container.streams.video[0]
        context = stream.codec_context
        assert (context.name, context.pix_fmt) == ("h264", "yuv420p")
        assert (context.width, context.height, stream.average_rate, stream.frames) == (256, 256, 12, FRAMES)
        assert (context.color_primaries, context.color_trc, context.colorspace) == (BT709,) * 3
        decoded = np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(stream)])
    assert decoded.shape == poke().frames.shape
    assert np.abs(decoded.astype(int) - poke().frames).mean() < 4


def test_the_video_starts_before_it_is_loaded_and_says_what_it_is(tmp_path: Path):
    poke().save(tmp_path / "clip.mp4")
    data = (tmp_path / "clip.mp4").read_bytes()
    assert 0 < data.index(b"moov") < data.index(b"mdat")
    assert b"AI-generated" in data


def test_colours_are_bt709(tmp_path: Path):
    red = np.full((4, 64, 64, 3), (200, 60, 40), np.uint8)
    save_video(red, 24, tmp_path / "red.mp4")
    with av.open(str(tmp_path / "red.mp4")) as container:
        luma = next(container.decode(video=0)).to_ndarray()[:64]
    assert abs(luma.mean() - (16 + 219 / 255 * (0.2126 * 200 + 0.7152 * 60 + 0.0722 * 40))) < 2


def test_a_broken_save_leaves_the_old_file_and_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    target = tmp_path / "clip.mp4"
    target.write_bytes(b"old")

    def half(_frames: np.ndarray, _fps: int, path: str, _comment: str) -> None:
        Path(path).write_bytes(b"half a film")
        raise OSError("disk full")

    monkeypatch.setattr(files, "_encode", half)
    with pytest.raises(OSError, match="disk full"):
        poke().save(target)
    assert target.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_folder_that_is_not_there_is_named(tmp_path: Path):
    with pytest.raises(InputError, match="nowhere"):
        poke().save(tmp_path / "nowhere" / "clip.mp4")


def test_guidance_comes_back_from_its_file(tmp_path: Path):
    maps = poke().guidance
    assert maps is not None
    maps.save(tmp_path / "guidance.npz")
    with np.load(tmp_path / "guidance.npz", allow_pickle=False) as file:
        again = Guidance(**dict(file))
    assert all(np.array_equal(value, getattr(again, name)) for name, value in vars(maps).items())
