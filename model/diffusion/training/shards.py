"""Data sets as tar files that can be streamed: `train-00000.tar`, `test-00000.tar`, … (WebDataset's layout).

A shard's first member is `__shard__`, what is known of all its samples: the clips planned and left out and the version
of the physics engine, or the films. It is JSON, and its name has no suffix: `webdataset` and `datasets` pass it by.
Then, for every sample, KEY.json, KEY.photo.png, KEY.target.png (frames one below the other) and KEY.maps.npz. Files
appear whole or not at all.
"""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from model.diffusion.training.encoding import MAX_MEMBER, decode_sample, encode_sample, short
from model.diffusion.training.sample import Sample
from model.errors import InputError
from model.files import replacing

ABOUT: Final = "__shard__"  # called `shard.json` before November 2026
MANIFEST: Final = "dataset.json"  # beside the shards: what the data set is made of
Metadata = dict[str, Any]


@dataclass(frozen=True)
class Entry:
    """Where a sample lies: its members' offsets and sizes in a shard."""

    shard: Path
    key: str
    members: dict[str, tuple[int, int]]


def split_of(person: str, hold_out: float) -> str:
    """The split of a person, the same for ever: by the hash of the name."""
    share = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64
    return "test" if share < hold_out else "train"


def write_shard(path: Path, samples: Iterable[Sample], metadata: Metadata | Callable[[], Metadata]) -> int:
    """Write samples as one tar, `metadata` (if a function, asked when they are done) as `__shard__`; their number."""
    count = 0
    with replacing(path) as temporary:
        members: list[tuple[str, bytes]] = []
        for sample in samples:
            members += encode_sample(sample)
            count += 1
        about = metadata() if callable(metadata) else metadata
        with tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in [(ABOUT, json.dumps(about, sort_keys=True).encode()), *members]:
                member = tarfile.TarInfo(name)  # no time, no owner: the same samples are the same bytes
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
    return count


def read_shard(path: Path) -> Iterator[Sample]:
    """The samples of a shard in its order, read once from front to end; InputError."""
    key = ""
    members: dict[str, bytes] = {}
    try:
        with tarfile.open(path, "r|") as tar:
            for member in tar:
                name, _, suffix = member.name.partition(".")
                if not member.isfile() or member.size > MAX_MEMBER:
                    raise InputError(f"{path.name}: {member.name[:60]} is no file of a data set.")
                if name in (ABOUT, "shard"):
                    continue
                if name != key and members:
                    yield decode_sample(key, members)
                    members = {}
                file = tar.extractfile(member)
                assert file is not None
                key, members[suffix] = name, file.read()
            if members:
                yield decode_sample(key, members)
    except (OSError, EOFError, tarfile.TarError) as error:
        raise InputError(f"{path} is damaged ({short(error)}): delete it and make it again.") from error


def read_metadata(path: Path) -> Metadata | None:
    """The `__shard__` of a shard, None if there is no whole one."""
    try:
        with tarfile.open(path, "r|") as tar:
            member = tar.next()
            if (
                member is None
                or member.name not in (ABOUT, "shard.json")
                or not member.isfile()
                or member.size > MAX_MEMBER
            ):
                return None
            file = tar.extractfile(member)
            metadata = json.loads(file.read()) if file is not None else None
            return metadata if isinstance(metadata, dict) else None
    except (OSError, EOFError, ValueError, RecursionError, tarfile.TarError):
        return None


def list_shards(folder: Path, split: str) -> list[Path]:
    """The shards of a split in their order; InputError if there is none."""
    found = sorted(folder.glob(f"{split}-*.tar"))
    if not found:
        raise InputError(f"There are no {split} shards in {folder}: make some with `python -m model synthesize`.")
    return found


def index_shards(folder: Path, split: str) -> list[Entry]:
    """All samples of a split, by the headers alone; InputError for damaged shards."""
    entries: dict[tuple[str, str], Entry] = {}
    for shard in list_shards(folder, split):
        try:
            with tarfile.open(shard) as tar:
                for member in tar:
                    key, _, suffix = member.name.partition(".")
                    if key not in (ABOUT, "shard") and member.isfile():
                        entry = entries.setdefault((shard.name, key), Entry(shard, key, {}))
                        entry.members[suffix] = (member.offset_data, member.size)
        except (OSError, EOFError, tarfile.TarError) as error:
            raise InputError(f"{shard} is damaged ({error}): delete it and make it again.") from error
    return list(entries.values())


def read_entry(entry: Entry) -> Sample:
    """One sample; InputError if it is damaged."""
    return decode_sample(entry.key, read_members(entry))


def read_members(entry: Entry, wanted: tuple[str, ...] = ()) -> dict[str, bytes]:
    """A sample's members by suffix, all or those wanted."""
    with open(entry.shard, "rb") as file:
        members = {}
        for suffix, (offset, size) in entry.members.items():
            if not wanted or suffix in wanted:
                file.seek(offset)
                members[suffix] = file.read(size)
    return members


def frames_and_side(entry: Entry) -> tuple[int, int]:
    """How many frames a clip has, and its shorter side in px, without the pictures; InputError if it is damaged."""
    with _whole(entry):
        labels = _about(entry)["labels"]
        return int(labels["frames"]), min(int(labels["width"]), int(labels["height"]))


def person_and_pattern(entry: Entry) -> tuple[str, str]:
    """Who is shown and what is done, without the pictures; InputError if the sample is damaged."""
    with _whole(entry):
        about = _about(entry)
        return str(about["person"]), str(about["pattern"])


def _about(entry: Entry) -> Metadata:
    about: Metadata = json.loads(read_members(entry, ("json",))["json"])
    return about


@contextmanager
def _whole(entry: Entry) -> Iterator[None]:
    """InputError where what is read of a sample is not there, or is of another kind."""
    try:
        yield
    except (OSError, KeyError, TypeError, ValueError) as error:
        raise InputError(f"Sample {entry.key[:60]} is damaged: make its shard again.") from error
