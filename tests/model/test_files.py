"""Files are there as a whole or not at all, wherever their writer is killed."""

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from diffusion_samples import draw_sample, small_pipeline

from model.clip import save_video
from model.dataset.plan import SynthesisOptions, check_options
from model.diffusion.checkpoint import load_checkpoint, save_checkpoint
from model.diffusion.training.shards import write_shard
from model.files import changing, part_of, replacing, write_text
from tests.kills import kills, survives, watching


def _video(place: Path) -> None:
    save_video(np.zeros((2, 16, 16, 3), np.uint8), 12, place)


def _guidance(place: Path) -> None:
    draw_sample().guidance.save(place)


def _shard(place: Path) -> None:
    write_shard(place, [draw_sample()], {})


def _text(place: Path) -> None:
    write_text(place, "new")


def _labels(place: Path) -> None:
    draw_sample().labels.write(place)


@pytest.mark.parametrize(
    ("name", "write"),
    [("a.mp4", _video), ("a.npz", _guidance), ("a.tar", _shard), ("a.json", _text), ("l.json", _labels)],
)
def test_a_killed_write_leaves_the_old_file_or_the_new(name: str, write, tmp_path: Path) -> None:
    place = tmp_path / name
    write(place)
    new = place.read_bytes()

    def prepare() -> None:
        place.write_bytes(b"old")

    killed = 0
    for _ in kills(tmp_path, lambda: write(place), prepare):
        killed += 1
        assert place.read_bytes() in (b"old", new)
    assert killed >= 2 and place.read_bytes() == new
    if write is not _labels:  # annotation's own are removed when the store is opened
        assert list(tmp_path.iterdir()) == [place], "what killed writers left is gone after the next write"


def test_two_writers_of_one_file_do_not_meet(tmp_path: Path) -> None:
    place = tmp_path / "a.json"
    with replacing(place) as first:
        with replacing(place) as second:
            second.write_text("second")
        first.write_text("first")
    assert place.read_text() == "first" and list(tmp_path.iterdir()) == [place]


def test_links_and_devices_stay_what_they_are(tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(tmp_path / "file")
    write_text(tmp_path / "link", "text")
    assert (tmp_path / "link").is_symlink() and (tmp_path / "file").read_text() == "text"
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    write_text(tmp_path / "pipe", "told")
    assert os.read(reader, 9) == b"told"
    os.close(reader)


def test_names_as_long_as_may_be_are_written(tmp_path: Path) -> None:
    for name in ("n" * 255, "ü" * 127, "n" * 251 + ".mp4"):
        write_text(tmp_path / name, "text")
        assert (tmp_path / name).read_text() == "text"


def test_parts_of_a_folder_change_together(tmp_path: Path) -> None:
    folder = tmp_path / "folder"

    def prepare() -> None:
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "a").mkdir(parents=True)
        for name in ("a/1", "a/2", "b", "other"):
            (folder / name).write_text("old")

    def change() -> None:
        with changing(folder) as made:
            (made / "a").mkdir()
            for name in ("a/1", "b", "c"):
                (made / name).write_text("new")

    found = set()
    for _ in kills(folder, change, prepare):
        texts = {(part_of(folder, "a") / "1").read_text(), part_of(folder, "b").read_text()}
        assert len(texts) == 1 and part_of(folder, "other").read_text() == "old"
        found |= texts
    assert found == {"old", "new"}
    assert {path.name for path in folder.rglob("*")} == {"a", "1", "b", "c", "other"}


def test_a_killed_save_of_a_checkpoint_leaves_the_old_weights_or_the_new(tmp_path: Path) -> None:
    saved, found = tmp_path / "saved", []
    pipelines = [small_pipeline(seed=seed) for seed in (0, 1)]
    values = [pipeline.denoiser.conv_in.weight.half().float() for pipeline in pipelines]
    save_checkpoint(pipelines[0], saved)
    with watching(saved) as watch:
        save_checkpoint(pipelines[0], saved)
    for before in (watch.count - 3, 5, 1):  # the last writes bring the parts into their places
        assert not survives(saved, watch.count - before, lambda: save_checkpoint(pipelines[1], saved))
        load_checkpoint.cache_clear()
        weight = load_checkpoint(str(saved)).denoiser.conv_in.weight
        found.append([bool((weight == value).all()) for value in values].index(True))
    assert found[0] == 0 and found[-1] == 1 and found == sorted(found)
    save_checkpoint(pipelines[0], saved)
    assert {path.name for path in saved.iterdir()} == {"denoiser", "identity", "scheduler", "model_index.json"}


def test_a_data_set_whose_making_was_killed_at_once_can_be_made(tmp_path: Path) -> None:
    options = SynthesisOptions(("a.jpg",))
    for _ in kills(tmp_path / "data", lambda: check_options(tmp_path / "data", options), lambda: None):
        pass
    check_options(tmp_path / "data", options)
    assert [path.name for path in (tmp_path / "data").iterdir()] == ["dataset.json"]
