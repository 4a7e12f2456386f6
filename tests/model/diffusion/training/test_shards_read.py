"""Shards as `webdataset` and `datasets` read them, with the README's own lines."""

from pathlib import Path

import numpy as np
import pytest
from diffusion_samples import draw_sample

from model.diffusion.training.shards import read_metadata, read_shard, write_shard


@pytest.fixture
def shard(tmp_path: Path) -> Path:
    samples = [draw_sample()]
    write_shard(tmp_path / "train-00000.tar", samples, {"size": 64})
    return tmp_path / "train-00000.tar"


def test_webdataset_reads_them(shard: Path) -> None:
    import webdataset

    (sample,) = webdataset.WebDataset(str(shard), shardshuffle=False, empty_check=False).decode("rgb8")
    exact = next(iter(read_shard(shard)))
    assert sample["__key__"] == exact.key and sample["json"]["pattern"] == exact.pattern
    assert (sample["photo.png"] == exact.photo).all()
    assert sample["target.png"].reshape(exact.target.shape).tolist() == exact.target.tolist()


def test_datasets_reads_them(shard: Path, tmp_path: Path) -> None:
    import datasets

    files = {"train": str(shard)}
    read = datasets.load_dataset("webdataset", data_files=files, split="train", streaming=True, cache_dir=str(tmp_path))
    (sample,) = list(read)
    exact = next(iter(read_shard(shard)))
    assert sample["__key__"] == exact.key and sample["json"]["pattern"] == exact.pattern
    assert (np.asarray(sample["photo.png"]) == exact.photo).all()


def test_what_is_known_of_all_stands_first_and_by_its_old_name_too(shard: Path) -> None:
    assert read_metadata(shard) == {"size": 64}
    raw = shard.read_bytes()
    assert raw.startswith(b"__shard__\0")
    old = shard.with_name("train-00001.tar")
    old.write_bytes(_renamed(raw))
    assert read_metadata(old) == {"size": 64} and len(list(read_shard(old))) == len(list(read_shard(shard)))


def _renamed(raw: bytes) -> bytes:
    """The shard with its first member called as before."""
    head = bytearray(raw[:512])
    head[:100] = b"shard.json".ljust(100, b"\0")
    head[148:156] = b" " * 8
    head[148:156] = b"%06o\0 " % sum(head)
    return bytes(head) + raw[512:]
