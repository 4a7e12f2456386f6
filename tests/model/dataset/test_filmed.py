"""Filmed clips with labels become samples that the same reader trains on."""

import json
from pathlib import Path

import numpy as np
import pytest
import skimage.data
from films import AS_IT_IS, CONVERTED, film

from annotation import clips, exporting, people
from annotation.labels import Labels
from annotation.opening import open_store
from annotation.values import About
from annotation.video import probe
from model.__main__ import main
from model.clip import Clip
from model.dataset.filmed import Film, draw_hand, kept_frames, read_films
from model.diffusion.training.shards import index_shards, read_entry
from model.generate import generate


@pytest.fixture(scope="module")
def clip() -> Clip:
    return generate(skimage.data.astronaut(), "poke-right-cheek", size=384, seconds=1.5, fps=16)


@pytest.fixture
def folder(clip: Clip, tmp_path: Path) -> Path:
    clip.save(tmp_path / "p7_a.mp4")
    rows = [
        {"file_name": "p7_a.mp4", "revision": 1, "split": "train", **clip.labels.to_json()},
        {"file_name": "missing.mp4", "split": "train", **clip.labels.to_json()},
        {"file_name": "../outside.mp4", **clip.labels.to_json()},
        {"file_name": "p7_a.mp4", "subject": "x", "pattern": "slap"},
    ]
    (tmp_path / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    return tmp_path


def test_a_folder_of_films_becomes_a_data_set(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["synthesize", str(folder), "-o", str(tmp_path / "made"), "--size", "256"]
    assert main(words) == 0
    said = capsys.readouterr().out
    assert "train-00000.tar: 1 samples" in said
    assert all(f"left out line {number}" in said for number in (2, 3, 4))
    (entry,) = index_shards(tmp_path / "made", "train")
    sample = read_entry(entry)
    assert not sample.full and sample.person == "p7" and sample.pattern == "poke-right-cheek"
    assert sample.target.shape[1:] == (256, 256, 3) and sample.fps <= 16
    touched = sample.guidance.contact_mask.any(axis=(1, 2))
    assert touched.any() and not touched.all()
    middle = int(np.flatnonzero(touched).mean())
    assert (sample.guidance.hand_mask[middle] > 0).mean() > 0.02
    assert (sample.guidance.face_mask[0] > 0).mean() > 0.05
    before = (tmp_path / "made" / "train-00000.tar").read_bytes()
    assert main(words) == 0
    assert (tmp_path / "made" / "train-00000.tar").read_bytes() == before


def test_frames_are_kept_at_a_regular_rate() -> None:
    kept, fps = kept_frames(np.arange(49) / 24, steady=True)
    assert (kept.tolist(), fps) == (list(range(0, 48, 2)), 12.0)
    uneven = np.array([0, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.9, 1.0])
    kept, fps = kept_frames(uneven, steady=False)
    assert fps == 8.0 and kept.tolist() == [0, 2, 5, 6, 6, 6, 6, 6]


def test_lines_are_read_or_told(folder: Path) -> None:
    films = list(read_films(folder, 0.1))
    assert [isinstance(film, Film) for film in films] == [True, True, False, False]
    assert "outside" in str(films[2]) and "line 4" in str(films[3])


def test_an_export_of_the_studio_is_taken_as_it_is(tmp_path: Path) -> None:
    """With its people, their splits, and the times of films whose frames came irregularly."""
    uneven = film(tmp_path / "uneven.mp4", **CONVERTED["uneven.mp4"])
    steady = film(tmp_path / "steady.mp4", **AS_IT_IS["constant.mp4"])
    store = open_store(tmp_path / "data")
    people.sign_in(store, "joe", new_role="admin")
    for path, who, split, state in (
        (uneven, "=eva", "test", "accepted"),
        (steady, "ben", "train", "accepted"),
        (film(tmp_path / "bad.mp4", frames=30), "ben", "train", "rejected"),
    ):
        facts = probe(path)
        labels = Labels("poke-nose", facts.fps, facts.frames, facts.width, facts.height, "annotator", "joe", state)
        clips.add(store, "joe", path, About("poke-nose", who, split=split), labels)
    exporting.export_folder(store, "joe", tmp_path / "out")
    first, second, third = read_films(tmp_path / "out", 0.5)
    assert isinstance(first, Film) and isinstance(second, Film)
    assert (first.person, first.split, first.times) == ("=eva", "test", probe(uneven).times)
    assert (second.person, second.split, second.times) == ("ben", "train", None)
    assert first.file.is_file() and probe(first.file).times is None, "the file itself has lost them"
    assert "was rejected" in str(third)
    store.close()


@pytest.mark.parametrize("times", [[0, 1], "abc", [0.0] * 24], ids=["few", "words", "standing"])
def test_times_that_cannot_be_are_told(folder: Path, clip: Clip, times: object) -> None:
    row = {"file_name": "p7_a.mp4", "times": times, **clip.labels.to_json()}
    (folder / "metadata.jsonl").write_text(json.dumps(row))
    (told,) = read_films(folder, 0.1)
    assert isinstance(told, str) and "times" in told


def test_a_drawn_hand_covers_its_joints() -> None:
    angles = np.linspace(0, 2, 21)
    joints = 40 + 20 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    mask = np.zeros((80, 80), np.uint8)
    draw_hand(mask, joints)
    x, y = np.round(joints).astype(int).T
    assert (mask[y, x] == 255).all()
