"""One sample as the bytes of its members, and back: PNG, JSON and plain arrays only, none of which is executed."""

import io
import json
import tarfile
import zipfile
from typing import Any, Final

import cv2
import numpy as np

from annotation.labels import LabelError, Labels
from annotation.taxonomy import PATTERNS
from model.body import JOINTS
from model.clip import Guidance
from model.diffusion.appearance import read_appearance
from model.diffusion.training.sample import SPLITS, Sample
from model.errors import InputError
from model.scene import U8

FLOW_STEPS: Final = 32  # per px: flow is kept to 1/32 px
MAX_MEMBER: Final = 512 * 2**20  # bytes
MAX_SIDE: Final = 4096  # px
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
        raise InputError(f"Sample {key[:60]} is damaged ({short(error)}): make its shard again.") from error


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
        raise InputError(f"A sample is damaged ({short(error)}): make its shard again.") from error


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
    if maps["joints"].shape != (size[0], JOINTS, 2) or not np.isfinite(maps["joints"]).all():
        raise ValueError("joints are not (f, 21, 2) numbers")
    maps["flow"] = (maps["flow"].astype(np.float32) / FLOW_STEPS).astype(np.float16)
    return Guidance(**maps)


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


def short(error: BaseException) -> str:
    """The kind of an error and the beginning of its first line."""
    text = str(error).split("\n", 1)[0][:80]
    return f"{type(error).__name__}: {text}" if text else type(error).__name__
