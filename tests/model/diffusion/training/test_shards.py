"""Data sets: what is written is read, the same samples are the same bytes, damage is told."""

import io
import json
import tarfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from diffusion_samples import SMALL, draw_sample, write_data

from model.clip import Guidance
from model.diffusion.training.encoding import decode_sample, encode_sample
from model.diffusion.training.sample import Sample, as_left_hand, mirror_sample
from model.diffusion.training.shards import index_shards, read_entry, read_metadata, read_shard, split_of, write_shard
from model.diffusion.training.windows import Windows
from model.errors import InputError


def same(a: Sample, b: Sample) -> None:
    """Assert that two samples are equal, flow to 1/64 px."""
    for name in Sample.__dataclass_fields__:
        x, y = getattr(a, name), getattr(b, name)
        if isinstance(x, np.ndarray):
            np.testing.assert_array_equal(x, y)
        elif not isinstance(x, Guidance):
            assert x == y, name
    for name in Guidance.__dataclass_fields__:
        np.testing.assert_allclose(getattr(a.guidance, name), getattr(b.guidance, name), atol=1 / 64, err_msg=name)


def test_a_shard_is_read_as_it_was_written(tmp_path: Path) -> None:
    samples = [draw_sample(i) for i in range(3)]
    assert write_shard(tmp_path / "train-00000.tar", samples, {"planned": [0, 1, 2]}) == 3
    for read, written in zip(read_shard(tmp_path / "train-00000.tar"), samples, strict=True):
        same(read, written)
    assert read_metadata(tmp_path / "train-00000.tar") == {"planned": [0, 1, 2]}
    for entry, written in zip(index_shards(tmp_path, "train"), samples, strict=True):
        same(read_entry(entry), written)


def test_the_same_samples_are_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.tar", "b.tar"):
        write_shard(tmp_path / name, [draw_sample()], {})
    assert (tmp_path / "a.tar").read_bytes() == (tmp_path / "b.tar").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tar", "b.tar"]


def test_a_shard_that_fails_leaves_nothing(tmp_path: Path) -> None:
    def broken() -> Any:
        yield draw_sample()
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_shard(tmp_path / "train-00000.tar", broken(), {})
    assert not list(tmp_path.iterdir())


def test_people_keep_their_split() -> None:
    people = [f"{i:03d}" for i in range(1000)]
    test = [person for person in people if split_of(person, 0.15) == "test"]
    assert 110 < len(test) < 190
    assert [person for person in people[:500] if split_of(person, 0.15) == "test"] == [p for p in test if p < "500"]
    assert not any(split_of(person, 0.0) == "test" for person in people)


def test_a_right_hand_becomes_a_left_hand_and_back() -> None:
    sample = draw_sample()
    other = mirror_sample(sample)
    assert other.pattern == "poke-right-cheek" and other.labels.contacts[0].hand == "right"
    same(as_left_hand(other), sample)
    assert as_left_hand(sample) is sample


def _change(members: dict[str, bytes], name: str, value: bytes) -> dict[str, bytes]:
    return {**members, name: value}


def _about(members: dict[str, bytes], **changes: Any) -> dict[str, bytes]:
    return _change(members, "json", json.dumps({**json.loads(members["json"]), **changes}).encode())


def _maps(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


HOSTILE = {
    "no json": lambda m: {k: v for k, v in m.items() if k != "json"},
    "not json": lambda m: _change(m, "json", b"{" * 10_000),
    "unknown pattern": lambda m: _about(m, pattern="slap"),
    "labels of another kind": lambda m: _about(m, labels=[1]),
    "appearance without end": lambda m: _about(m, appearance={"skin": [1e999, 0, 0], "direction": [0, 0, 1]}),
    "not a picture": lambda m: _change(m, "photo.png", b"GIF89a"),
    "a cut picture": lambda m: _change(m, "target.png", m["target.png"][:200]),
    "a huge picture": lambda m: _change(
        m, "photo.png", m["photo.png"][:16] + b"\x7f\xff\xff\xff" * 2 + m["photo.png"][24:]
    ),
    "frames that do not fit": lambda m: _change(m, "photo.png", m["target.png"]),
    "maps cut short": lambda m: _change(m, "maps.npz", m["maps.npz"][:300]),
    "pickled maps": lambda m: _change(m, "maps.npz", _maps(hand_mask=np.array([{}], dtype=object))),
    "maps of another shape": lambda m: _change(m, "maps.npz", _maps(hand_mask=np.zeros((1, 2, 2), np.uint8))),
}


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_damaged_and_hostile_samples_are_refused(change: Any) -> None:
    members = {name.partition(".")[2]: data for name, data in encode_sample(draw_sample())}
    with pytest.raises(InputError, match="is damaged"):
        decode_sample("000000-0", change(members))


@pytest.mark.parametrize("length", [0, 100, 700, 5000])
def test_a_cut_shard_is_told(tmp_path: Path, length: int) -> None:
    path = tmp_path / "train-00000.tar"
    write_shard(path, [draw_sample()], {})
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(InputError):
        list(read_shard(path)) and index_shards(tmp_path, "train")
        Windows(tmp_path, "train", SMALL, 0)[0]


def test_a_shard_with_links_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "train-00000.tar"
    with tarfile.open(path, "w") as tar:
        link = tarfile.TarInfo("000000-0.json")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(link)
    with pytest.raises(InputError, match="no file of a data set"):
        list(read_shard(path))
    assert index_shards(tmp_path, "train") == []


def test_windows_follow_from_their_number(tmp_path: Path) -> None:
    data = write_data(tmp_path)
    first, second = (Windows(data, "train", SMALL, seed=3) for _ in range(2))
    for number in (0, 5, 17):
        a, b = first[number], second[number]
        assert a.key == b.key and a.target.equal(b.target) and a.inputs.noise.equal(b.inputs.noise)
    assert {first[i].key for i in range(4)} == {f"{i:06d}-0" for i in range(4)}
    other = Windows(data, "train", SMALL, seed=4)
    assert any(not first[i].target.equal(other[i].target) for i in range(4))


def test_splits_do_not_share_people(tmp_path: Path) -> None:
    data = write_data(tmp_path)
    people = {split: {read_entry(entry).person for entry in index_shards(data, split)} for split in ("train", "test")}
    assert people["train"] and people["test"] and not people["train"] & people["test"]


def test_filmed_clips_are_never_given_maps(tmp_path: Path) -> None:
    write_shard(tmp_path / "train-00000.tar", [replace(draw_sample(), full=False)], {})
    windows = Windows(tmp_path, "train", SMALL, 0)
    assert {windows[i].inputs.strength for i in range(12)} == {1, 2}


def test_too_short_or_small_clips_are_told(tmp_path: Path) -> None:
    write_shard(tmp_path / "train-00000.tar", [draw_sample()], {})
    with pytest.raises(InputError, match="too short"):
        Windows(tmp_path, "train", replace(SMALL, window=9), 0)[0]
    with pytest.raises(InputError, match="too small"):
        Windows(tmp_path, "train", replace(SMALL, crop=96), 0)[0]
    with pytest.raises(InputError, match="no test shards"):
        Windows(tmp_path, "test", SMALL, 0)
