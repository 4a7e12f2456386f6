"""Data sets as tar files that can be streamed: `train-00000.tar`, `test-00000.tar`, … (WebDataset's layout).

A shard's first member is `shard.json`; then, for every sample, KEY.json, KEY.photo.png, KEY.target.png (frames
one below the other) and KEY.maps.npz. Files appear whole or not at all. Nothing read from a shard is executed:
PNG, JSON and plain arrays only.
"""

import hashlib
import io
import json
import os
import tarfile
import tempfile
import zipfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import cv2
import numpy as np

from annotation.labels import LabelError, Labels
from annotation.taxonomy import PATTERNS
from model.clip import Guidance
from model.diffusion.appearance import read_appearance
from model.diffusion.training.sample import Sample
from model.errors import InputError
from model.scene import U8

SPLITS: Final = ("train", "test")
FLOW_STEPS: Final = 32  # per px: flow is kept to 1/32 px
MAX_MEMBER: Final = 512 * 2**20  # bytes
MAX_SIDE: Final = 4096
MAX_FRAMES: Final = 4096
BAD_DATA: Final = (
    OSError, EOFError, KeyError, TypeError, ValueError, IndexError, AttributeError,
    tarfile.TarError, zipfile.BadZipFile, LabelError, cv2.error, MemoryError,
)  # fmt: skip
_TYPES: Final[dict[str, tuple[Any, tuple[int, ...]]]] = {
    "hand_normals": (np.int8, (3,)),
    "hand_albedo": (np.uint8, (3,)),
    "hand_depth": (np.float16, ()),
    "hand_parts": (np.uint8, ()),
    "hand_mask": (np.uint8, ()),
    "face_mask": (np.uint8, ()),
    "contact_mask": (np.uint8, ()),
    "shadow": (np.uint8, ()),
    "flow": (np.int16, (2,)),
}


def split_of(person: str, hold_out: float) -> str:
    """The split of a person, the same for ever: by the hash of the name."""
    share = int.from_bytes(hashlib.sha256(person.encode()).digest()[:8], "big") / 2**64
    return "test" if share < hold_out else "train"


def write_shard(path: Path, samples: Iterable[Sample], about: Any) -> int:
    """Write samples as one tar, `about` (a function or a JSON value) as its `shard.json`; the number written."""
    handle, temporary = tempfile.mkstemp(suffix=".part", dir=path.parent)
    os.close(handle)
    count = 0
    try:
        members: list[tuple[str, bytes]] = []
        for sample in samples:
            members += encode_sample(sample)
            count += 1
        facts = about() if callable(about) else about
        with tarfile.open(temporary, "w", format=tarfile.USTAR_FORMAT) as tar:
            for name, data in [("shard.json", json.dumps(facts, sort_keys=True).encode()), *members]:
                member = tarfile.TarInfo(name)  # no time, no owner: the same samples are the same bytes
                member.size = len(data)
                tar.addfile(member, io.BytesIO(data))
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    finally:
        Path(temporary).unlink(missing_ok=True)
    return count


def encode_sample(sample: Sample) -> list[tuple[str, bytes]]:
    """Names and bytes of a sample's members."""
    about = {
        "person": sample.person, "split": sample.split, "pattern": sample.pattern,
        "intensity": sample.intensity, "fps": sample.fps, "full": sample.full,
        "appearance": sample.appearance.to_json(), "labels": sample.labels.to_json(),
    }  # fmt: skip
    frames, height, width = sample.target.shape[:3]
    maps = {name: getattr(sample.guidance, name) for name in _TYPES if name != "flow"}
    flow = np.round(sample.guidance.flow.astype(np.float32) * FLOW_STEPS).clip(-32767, 32767).astype(np.int16)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **maps, flow=flow, joints=sample.guidance.joints.astype(np.float32))
    return [
        (f"{sample.key}.json", json.dumps(about, sort_keys=True).encode()),
        (f"{sample.key}.photo.png", _png(sample.photo)),
        (f"{sample.key}.target.png", _png(sample.target.reshape(frames * height, width, 3))),
        (f"{sample.key}.maps.npz", buffer.getvalue()),
    ]


def decode_sample(key: str, members: dict[str, bytes]) -> Sample:
    """The sample of its members by suffix; InputError where they cannot be one."""
    try:
        return _decode(key, members)
    except BAD_DATA as error:
        raise InputError(f"Sample {key[:60]} is damaged ({_short(error)}): make its shard again.") from error


def decode_face(members: dict[str, bytes]) -> tuple[str, U8, U8]:
    """Person, photo (h, w, 3) and the face's mask (h, w), ten times faster than all of a sample; InputError."""
    try:
        photo = _picture(members["photo.png"])
        with np.load(io.BytesIO(members["maps.npz"]), allow_pickle=False) as arrays:
            face = arrays["face_mask"].max(axis=0)
        if face.shape != photo.shape[:2] or face.dtype != np.uint8:
            raise ValueError("photo and mask differ in size")
        return str(json.loads(members["json"])["person"]), photo, face
    except BAD_DATA as error:
        raise InputError(f"A sample is damaged ({_short(error)}): make its shard again.") from error


def _decode(key: str, members: dict[str, bytes]) -> Sample:
    about = json.loads(members["json"])
    photo, strip = _picture(members["photo.png"]), _picture(members["target.png"])
    height, width = photo.shape[:2]
    frames, rest = divmod(len(strip), height)
    if rest or strip.shape[1] != width or not 0 < frames <= MAX_FRAMES:
        raise ValueError("frames and photo differ in size")
    if about["split"] not in SPLITS or about["pattern"] not in PATTERNS:
        raise ValueError("unknown split or pattern")
    return Sample(
        key=key,
        person=str(about["person"]),
        split=about["split"],
        pattern=about["pattern"],
        intensity=float(about["intensity"]),
        fps=float(about["fps"]),
        photo=photo,
        target=strip.reshape(frames, height, width, 3),
        guidance=_maps(members["maps.npz"], (frames, height, width)),
        appearance=read_appearance(about["appearance"]),
        labels=Labels.from_json(about["labels"]),
        full=bool(about["full"]),
    )


def _maps(data: bytes, size: tuple[int, int, int]) -> Guidance:
    """Guidance of an npz whose arrays have exactly the types and shapes that `size` asks for."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        if sum(entry.file_size for entry in archive.infolist()) > MAX_MEMBER:
            raise ValueError("maps are too large")
    with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
        maps = {name: arrays[name] for name in (*_TYPES, "joints")}
    for name, (kind, tail) in _TYPES.items():
        if maps[name].dtype != kind or maps[name].shape != (*size, *tail):
            raise ValueError(f"{name} is {maps[name].dtype} {maps[name].shape}")
    if maps["joints"].shape != (size[0], 21, 2) or not np.isfinite(maps["joints"]).all():
        raise ValueError("joints are not (f, 21, 2) numbers")
    maps["flow"] = (maps["flow"].astype(np.float32) / FLOW_STEPS).astype(np.float16)
    return Guidance(**maps)


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
                if name == "shard":
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
        raise InputError(f"{path} is damaged ({_short(error)}): delete it and make it again.") from error


def shard_facts(path: Path) -> Any:
    """The `shard.json` of a shard, None if there is no whole one."""
    try:
        with tarfile.open(path, "r|") as tar:
            member = tar.next()
            file = tar.extractfile(member) if member is not None and member.name == "shard.json" else None
            return json.loads(file.read()) if file is not None else None
    except (OSError, EOFError, ValueError, tarfile.TarError):
        return None


def list_shards(folder: Path, split: str) -> list[Path]:
    """The shards of a split in their order; InputError if there is none."""
    found = sorted(folder.glob(f"{split}-*.tar"))
    if not found:
        raise InputError(f"There are no {split} shards in {folder}: make some with `python -m model synthesize`.")
    return found


def _png(image: U8) -> bytes:
    done, data = cv2.imencode(".png", image[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 3])
    assert done
    return data.tobytes()


def _picture(data: bytes) -> U8:
    """RGB of a PNG of a sensible size, looked up in its header before it is decoded."""
    if data[:8] != b"\x89PNG\r\n\x1a\n":
        raise ValueError("not a PNG")
    width, height = int.from_bytes(data[16:20], "big"), int.from_bytes(data[20:24], "big")
    if not (0 < width <= MAX_SIDE and 0 < height <= MAX_SIDE * MAX_FRAMES and width * height <= MAX_MEMBER):
        raise ValueError(f"a picture of {width} x {height}")
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR)
    if image is None:
        raise ValueError("a damaged PNG")
    return np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))


def _short(error: BaseException) -> str:
    text = str(error).split("\n", 1)[0][:80]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
