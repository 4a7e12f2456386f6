"""The labels of one clip: contacts of fingers with regions of the face, as in `labels.json`.

Frames count from 0 and intervals include both ends. Polygons are in pixels of the clip, x to the right and
y down; the pixel in column i covers i .. i + 1. Left and right are the subject's.
"""

import json
import math
import re
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, replace
from numbers import Integral, Real
from pathlib import Path
from typing import Any, Final, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from annotation import taxonomy
from annotation.files import write_text
from annotation.polygons import Point, Polygon, interpolate, mask
from annotation.weight import too_heavy

State = Literal["unreviewed", "accepted", "corrected", "rejected"]
STATES: Final[tuple[State, ...]] = get_args(State)

SCHEMA: Final = 1
MAX_BYTES: Final = 16 * 2**20  # of one clip's labels as JSON
MAX_FRAMES: Final = 100_000
MAX_SIDE: Final = 16_384  # px
MAX_CONTACTS: Final = 1_000
MAX_POINTS: Final = 1_000  # of one polygon
MAX_ALL_POINTS: Final = 500_000  # of one clip
MARGIN: Final = 0.5  # how far a polygon may leave the picture, as a share of the picture's side

_ID = re.compile(r"[A-Za-z0-9_.:-]{1,64}")
_AUTHOR = re.compile(r"[^\x00-\x1f\x7f]{1,100}")


class LabelError(ValueError):
    """Labels that cannot be right: the message is one line that says where and why."""


@dataclass(frozen=True)
class Keyframe:
    """The touched area at one frame: a polygon of at least three points, px."""

    frame: int
    polygon: Polygon


@dataclass(frozen=True)
class Contact:
    """One finger on one region from frame `start` to frame `end`, both included."""

    id: str
    hand: str
    finger: str
    region: str
    start: int
    end: int
    confidence: float = 1.0
    keyframes: tuple[Keyframe, ...] = ()


@dataclass(frozen=True)
class Labels:
    """Everything that is said about one clip's contacts, by whom."""

    pattern: str
    fps: float  # the mean where frames come irregularly: their exact times are kept with the clip
    frames: int
    width: int
    height: int
    source: str
    author: str
    state: str = "unreviewed"
    contacts: tuple[Contact, ...] = ()
    unsure: tuple[tuple[int, int], ...] = ()  # first and last frames between which a prediction may well be wrong

    def to_json(self) -> dict[str, Any]:
        """The object of `labels.json`, plain numbers and lists."""
        return {
            "schema": SCHEMA,
            "pattern": self.pattern,
            "fps": _plain(self.fps),
            "frames": int(self.frames),
            "width": int(self.width),
            "height": int(self.height),
            "source": self.source,
            "author": self.author,
            "state": self.state,
            "contacts": [_contact_to_json(contact) for contact in self.contacts],
            **({"unsure": [[int(start), int(end)] for start, end in self.unsure]} if self.unsure else {}),
        }

    @classmethod
    def from_json(cls, value: str | bytes | Mapping[str, Any]) -> "Labels":
        """Labels of JSON text or of its object, checked; raises `LabelError`."""
        raw = parse(value) if isinstance(value, str | bytes) else value
        fields = _fields(
            raw,
            "labels",
            "schema pattern fps frames width height source author state contacts names unsure",
            optional=("state", "names", "unsure"),
        )
        fields.pop("names", None)  # of a line of the native JSONL: the clip's, not the labels'
        schema = fields.pop("schema")
        if isinstance(schema, bool) or schema != SCHEMA:
            raise LabelError(f"labels: schema {_short(schema)} is not known, {SCHEMA} is")
        raw_contacts = _items(fields.pop("contacts"), "contacts", MAX_CONTACTS)
        contacts = tuple(_contact(item, i) for i, item in enumerate(raw_contacts))
        raw_unsure = _items(fields.pop("unsure", []), "unsure", MAX_CONTACTS)
        unsure = tuple(tuple(_items(pair, "unsure: interval", 2)) for pair in raw_unsure)
        return check(cls(**fields, contacts=contacts, unsure=unsure))

    def text(self) -> str:
        """`to_json` as one compact line."""
        return json.dumps(self.to_json(), separators=(",", ":"), ensure_ascii=False, allow_nan=False)

    def write(self, path: str | Path) -> None:
        """Write `labels.json`, which appears whole or not at all."""
        write_text(path, self.text() + "\n")

    @classmethod
    def read(cls, path: str | Path) -> "Labels":
        """Labels of a `labels.json`; raises `LabelError`, OSError."""
        with open(path, "rb") as file:
            return cls.from_json(file.read(MAX_BYTES + 1))


def polygon_at(contact: Contact, frame: int) -> Polygon | None:
    """The touched area at a frame, interpolated between keyframes; None outside or without keyframes."""
    keys = contact.keyframes
    if not keys or not contact.start <= frame <= contact.end:
        return None
    after = bisect_right(keys, frame, key=lambda key: key.frame)
    if after == 0:
        return keys[0].polygon
    before = keys[after - 1]
    if after == len(keys) or before.frame == frame:
        return before.polygon
    share = (frame - before.frame) / (keys[after].frame - before.frame)
    return interpolate(before.polygon, keys[after].polygon, share)


def mask_at(contact: Contact, frame: int, width: int, height: int) -> NDArray[np.bool_] | None:
    """Touched pixels (height, width) at a frame, or None where there is no polygon."""
    polygon = polygon_at(contact, frame)
    return None if polygon is None else mask(polygon, width, height)


def mirrored(labels: Labels) -> Labels:
    """Labels of the mirrored clip: left and right exchanged, x → width - x."""
    contacts = tuple(
        replace(
            contact,
            hand=taxonomy.mirrored(contact.hand),
            region=taxonomy.mirrored(contact.region),
            keyframes=tuple(
                Keyframe(key.frame, tuple((labels.width - x, y) for x, y in key.polygon)) for key in contact.keyframes
            ),
        )
        for contact in labels.contacts
    )
    return replace(labels, pattern=taxonomy.mirrored(labels.pattern), contacts=contacts)


def check(labels: Labels) -> Labels:
    """The same labels, every number plain; raises `LabelError` where one cannot be right."""
    _one_of(labels.pattern, taxonomy.OF_CLIPS, "pattern")
    _one_of(labels.source, taxonomy.SOURCES, "source")
    _one_of(labels.state, STATES, "state")
    if not isinstance(labels.author, str) or not _AUTHOR.fullmatch(labels.author):
        raise LabelError("author: not a name of 1 to 100 printable characters")
    fps = _number(labels.fps, "fps", 1, 1000)
    frames = _integer(labels.frames, "frames", 1, MAX_FRAMES)
    width = _integer(labels.width, "width", 1, MAX_SIDE)
    height = _integer(labels.height, "height", 1, MAX_SIDE)
    if len(labels.contacts) > MAX_CONTACTS:
        raise LabelError(f"contacts: {len(labels.contacts)}, more than {MAX_CONTACTS}")
    seen: set[str] = set()
    checked = []
    for contact in labels.contacts:
        if not isinstance(contact.id, str) or not _ID.fullmatch(contact.id):
            raise LabelError(f"contact {_short(contact.id)}: the id is not 1 to 64 of A-Z a-z 0-9 _ . : -")
        if contact.id in seen:
            raise LabelError(f"contact {contact.id}: the id is used twice")
        seen.add(contact.id)
        checked.append(_check_contact(contact, frames, width, height))
    if sum(len(key.polygon) for contact in checked for key in contact.keyframes) > MAX_ALL_POINTS:
        raise LabelError(f"contacts: more than {MAX_ALL_POINTS} polygon points in all")
    unsure = tuple(_check_interval(pair, frames) for pair in labels.unsure)
    return replace(labels, fps=fps, frames=frames, width=width, height=height, contacts=tuple(checked), unsure=unsure)


def parse(text: str | bytes) -> Any:
    """JSON of outside origin: bounded size, no NaN; raises `LabelError`."""
    if len(text) > MAX_BYTES:
        raise LabelError(f"not JSON labels: longer than {MAX_BYTES // 2**20} MB")
    if too_heavy(text):
        raise LabelError("not JSON labels: too many parts")
    try:
        return json.loads(text, parse_constant=_refuse_constant)
    except LabelError:
        raise
    except RecursionError:
        raise LabelError("not JSON labels: nested too deeply") from None
    except UnicodeDecodeError:
        raise LabelError("not JSON: it is no UTF-8 text") from None
    except ValueError as error:
        raise LabelError(f"not JSON: {_one_line(error)}") from None


def _check_interval(pair: tuple[int, ...], frames: int) -> tuple[int, int]:
    """First and last frame of an interval that may be unsure."""
    if len(pair) != 2:
        raise LabelError(f"unsure: {_short(pair)} is not a first and a last frame")
    start = _integer(pair[0], "unsure: start", 0, frames - 1)
    end = _integer(pair[1], "unsure: end", 0, frames - 1)
    if end < start:
        raise LabelError(f"unsure: end {end} is before start {start}")
    return start, end


def _check_contact(contact: Contact, frames: int, width: int, height: int) -> Contact:
    where = f"contact {contact.id}"
    _one_of(contact.hand, taxonomy.HANDS, f"{where}: hand")
    _one_of(contact.finger, taxonomy.FINGERS, f"{where}: finger")
    _one_of(contact.region, taxonomy.REGIONS, f"{where}: region")
    start = _integer(contact.start, f"{where}: start", 0, frames - 1)
    end = _integer(contact.end, f"{where}: end", 0, frames - 1)
    if end < start:
        raise LabelError(f"{where}: end {end} is before start {start}")
    confidence = _number(contact.confidence, f"{where}: confidence", 0, 1)
    keyframes = []
    last = start - 1
    for key in contact.keyframes:
        frame = _integer(key.frame, f"{where}: keyframe", start, end)
        if frame <= last:
            raise LabelError(f"{where}: keyframe {frame} follows keyframe {last}")
        last = frame
        polygon = _check_polygon(key.polygon, f"{where}: keyframe {frame}", width, height)
        keyframes.append(Keyframe(frame, polygon))
    return replace(contact, start=start, end=end, confidence=confidence, keyframes=tuple(keyframes))


def _check_polygon(polygon: Polygon, where: str, width: int, height: int) -> Polygon:
    if not 3 <= len(polygon) <= MAX_POINTS:
        raise LabelError(f"{where}: a polygon of {len(polygon)} points, not 3 to {MAX_POINTS}")
    near_x, far_x = -MARGIN * width, (1 + MARGIN) * width
    near_y, far_y = -MARGIN * height, (1 + MARGIN) * height
    points: list[Point] = []
    for point in polygon:
        if len(point) != 2:
            raise LabelError(f"{where}: a point of {len(point)} numbers, not 2")
        x, y = point
        if type(x) is not float or type(y) is not float or not (near_x <= x <= far_x and near_y <= y <= far_y):
            x = _number(x, f"{where}: x", near_x, far_x)
            y = _number(y, f"{where}: y", near_y, far_y)
        points.append((x, y))
    return tuple(points)


def _contact(raw: Any, position: int) -> Contact:
    where = f"contact {position + 1}"
    fields = _fields(
        raw,
        where,
        "id hand finger region start end confidence keyframes",
        optional=("confidence", "keyframes"),
    )
    keyframes = []
    for item in _items(fields.pop("keyframes", []), f"{where}: keyframes", MAX_FRAMES):
        key = _fields(item, f"{where}: keyframe", "frame polygon")
        points = _items(key["polygon"], f"{where}: polygon", MAX_POINTS)
        polygon = tuple(tuple(_items(point, f"{where}: point", 2)) for point in points)
        keyframes.append(Keyframe(key["frame"], polygon))
    return Contact(**fields, keyframes=tuple(keyframes))


def _contact_to_json(contact: Contact) -> dict[str, Any]:
    return {
        "id": contact.id,
        "hand": contact.hand,
        "finger": contact.finger,
        "region": contact.region,
        "start": int(contact.start),
        "end": int(contact.end),
        "confidence": float(contact.confidence),
        "keyframes": [
            {"frame": int(key.frame), "polygon": [[float(x), float(y)] for x, y in key.polygon]}
            for key in contact.keyframes
        ],
    }


def _fields(raw: Any, where: str, names: str, optional: tuple[str, ...] = ()) -> dict[str, Any]:
    """The object's fields, none unknown and none missing."""
    if not isinstance(raw, Mapping):
        raise LabelError(f"{where}: not an object but {_short(raw)}")
    known = names.split()
    for name in raw:
        if name not in known:
            raise LabelError(f"{where}: unknown field {_short(name)}")
    for name in known:
        if name not in raw and name not in optional:
            raise LabelError(f"{where}: {name} is missing")
    return dict(raw)


def _items(raw: Any, where: str, most: int) -> list[Any] | tuple[Any, ...]:
    if not isinstance(raw, list | tuple):
        raise LabelError(f"{where}: not a list but {_short(raw)}")
    if len(raw) > most:
        raise LabelError(f"{where}: {len(raw)} items, more than {most}")
    return raw


def _one_of(value: Any, words: tuple[str, ...], where: str) -> None:
    if not isinstance(value, str) or value not in words:
        raise LabelError(f"{where}: {_short(value)} is not one of {', '.join(words)}")


def _integer(value: Any, where: str, least: int, most: int) -> int:
    if type(value) is not int and (isinstance(value, bool) or not isinstance(value, Integral)):
        raise LabelError(f"{where}: {_short(value)} is not a whole number")
    whole = int(value)
    if not least <= whole <= most:
        raise LabelError(f"{where}: {_short(whole)} is outside {least} .. {most}")
    return whole


def _number(value: Any, where: str, least: float, most: float) -> float:
    if type(value) is not float and (isinstance(value, bool) or not isinstance(value, Real)):
        raise LabelError(f"{where}: {_short(value)} is not a number")
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not least <= number <= most:  # NaN fails every comparison
        raise LabelError(f"{where}: {_short(value)} is outside {least:g} .. {most:g}")
    return number


def _plain(value: float) -> float | int:
    """24.0 as 24, 29.97 as it is."""
    return int(value) if math.isfinite(value) and value == int(value) else float(value)


def _refuse_constant(name: str) -> float:
    raise LabelError(f"not JSON labels: {name} is not a number")


def _short(value: Any) -> str:
    if isinstance(value, int) and abs(value) >= 10**30:
        return "a number that is far too large"
    if isinstance(value, Mapping | list | tuple):
        return "an object" if isinstance(value, Mapping) else "a list"
    text = json.dumps(value, default=repr) if isinstance(value, str | float | int | None) else type(value).__name__
    return text if len(text) <= 60 else text[:57] + "..."


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split())[:120]
