"""Reads YouTube-VIS / COCO video JSON, ours and others': polygons, several a frame, run lengths of both kinds.

Others' name no pattern, rate or file: a video is known by the folder of its frames, which may be every n-th of
its frames; a gap in an instance ends the contact. Masks become outlines again, true to the raster.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, Final

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Lost, Problem, document, list_field, names_field, text_field, whole_field
from annotation.formats.shapes import box, joined
from annotation.formats.words import touch
from annotation.labels import MAX_FRAMES, MAX_SIDE, Contact, Keyframe, LabelError, Labels, check
from annotation.names import ANY_SUFFIX
from annotation.outlines import decode, outline
from annotation.polygons import Polygon
from annotation.taxonomy import FINGERS, HANDS
from annotation.video import Facts

_NUMBER: Final = re.compile(r"(\d{1,9})(?:\.\w+)?$")


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries; the line is the video's place in the list."""
    data = document(path)
    if not isinstance(data, dict):
        raise BadInput(f"{path.name}: not a COCO data set")
    where = f"{path.name}: "
    if "videos" not in data and "images" in data:
        raise BadInput(f"{path.name}: images without videos: export it as COCO video (YouTube-VIS)")
    names = {}
    for category in list_field(data, "categories", where):
        names[whole_field(category, "id", f"{where}categories: ")] = category.get("name")
    contacts: dict[int, list[Any]] = {}
    for annotation in [] if data.get("annotations") is None else list_field(data, "annotations", where):
        contacts.setdefault(whole_field(annotation, "video_id", f"{where}annotations: "), []).append(annotation)
    for number, video in enumerate(list_field(data, "videos", where), 1):
        try:
            yield _entry(number, video, contacts.pop(whole_field(video, "id", ""), []), names)
        except (BadInput, LabelError) as error:
            yield Problem(number, str(error))
    for video_id, left in contacts.items():
        yield Problem(0, f"{len(left)} annotations belong to video {video_id}, which is not in the file")


def _entry(number: int, video: Any, annotations: list[Any], names: dict[int, Any]) -> Entry:
    width = whole_field(video, "width", "", 1, MAX_SIDE)
    height = whole_field(video, "height", "", 1, MAX_SIDE)
    length = whole_field(video, "length", "", 1, MAX_FRAMES)
    file_name = text_field(video, "file_name")
    ours = bool(file_name and "pattern" in video)
    also: tuple[str, ...] = ()
    if not file_name:
        file_name, also = _folder(video)
    lost: dict[str, int] = {}
    instances = [
        (annotation, touched)
        for i, annotation in enumerate(annotations, 1)
        if (touched := _touch(annotation, names, f"contact {i}: ", lost)) is not None and _shows(annotation, lost)
    ]
    sampled = _numbers(video.get("file_names"), length)

    def labels(facts: Facts) -> Labels:
        frames = list(range(length))
        if (width, height) != (facts.width, facts.height):
            raise BadInput(f"masks of {width} x {height} for a video of {facts.width} x {facts.height}")
        if facts.frames != length:
            if sampled is None or sampled[-1] >= facts.frames:
                raise BadInput(f"labels of {length} frames for a video of {facts.frames}")
            frames = sampled
        made = tuple(_contacts(instances, frames, width, height))
        if not made and not ours:
            raise BadInput(f"none of its {len(instances)} instances shows anything in any frame")
        fps = video.get("fps")
        return Labels(
            text_field(video, "pattern"),
            facts.fps if fps is None else fps,
            facts.frames,
            facts.width,
            facts.height,
            text_field(video, "source") or "predicted",
            text_field(video, "author") or "coco",
            text_field(video, "state") or "unreviewed",
            made,
        )

    gone = tuple(Lost(count, what) for what, count in lost.items())
    if gone and not instances:
        raise BadInput("nothing of it can be kept: " + "; ".join(map(str, gone)))
    said = check(labels(Facts(length, video["fps"], width, height))) if ours and "fps" in video else None
    revision = whole_field({"revision": video.get("revision", 0)}, "revision", "")
    given = said or (labels if instances or ours else None)
    return Entry(number, file_name, given, None, revision, names_field(video), not ours, also, gone)


def _folder(video: Any) -> tuple[str, tuple[str, ...]]:
    """The file of a video that is named by its frames' folder only, and how else it may be called."""
    first = (video.get("file_names") or [""])[0]
    if not isinstance(first, str) or not re.search(r"[/\\]", first):
        raise BadInput("file_name is missing: the video has no name, and its frames no folder")
    folder = PurePosixPath(first.replace("\\", "/")).parent.as_posix()
    return f"{folder}.mp4", (f"{folder}{ANY_SUFFIX}",)


def _numbers(file_names: Any, length: int) -> list[int] | None:
    """The video's frames that the pictures are, by their names; None where they do not say."""
    if not isinstance(file_names, list) or len(file_names) != length:
        return None
    found = [_NUMBER.search(name) for name in file_names if isinstance(name, str)]
    numbers = [int(match[1]) for match in found if match is not None]
    if len(numbers) != length or any(b <= a for a, b in zip(numbers, numbers[1:], strict=False)):
        return None
    return numbers


def _touch(annotation: Any, names: dict[int, Any], where: str, lost: dict[str, int]) -> tuple[str, str, str] | None:
    """Region, finger and hand of an instance; None, and counted, where its category is no region."""
    attributes = annotation.get("attributes") if isinstance(annotation, dict) else None
    if attributes is not None and not isinstance(attributes, dict):
        raise BadInput(f"{where}attributes are not an object")
    category = whole_field(annotation, "category_id", where)
    if category not in names:
        raise BadInput(f"{where}there is no category {category}")
    region, finger, hand = touch(names[category], attributes)
    if not region:
        what = f"category {str(names[category])[:40]!r} is no region of the face"
        lost[what] = lost.get(what, 0) + 1
        return None
    for name, word, words in (("finger", finger, FINGERS), ("hand", hand, HANDS)):
        if not word:
            raise BadInput(
                f"{where}{name} is missing: say it in attributes.{name} or in the category's name"
                f' ("left_cheek index left"), as one of {", ".join(words)}'
            )
    return region, finger, hand


def _shows(annotation: Any, lost: dict[str, int]) -> bool:
    """Whether an instance says of a frame that it is in it; counted where it does not."""
    attributes, shapes = annotation.get("attributes") or {}, annotation.get("segmentations")
    shapes = annotation.get("bboxes") if shapes is None else shapes
    if not isinstance(shapes, list) or any(shapes) or {"start", "end"} <= set(attributes):
        return True
    what = "instance that never shows anything"
    lost[what] = lost.get(what, 0) + 1
    return False


def _contacts(
    instances: list[tuple[Any, tuple[str, str, str]]], frames: list[int], width: int, height: int
) -> Iterator[Contact]:
    """Contacts of instances; `frames` are the video's frames of the file's."""
    for i, (annotation, (region, finger, hand)) in enumerate(instances, 1):
        where = f"contact {i}: "
        attributes = annotation.get("attributes") or {}
        areas = _areas(annotation, where, len(frames), width, height)
        name = attributes.get("contact", f"c{annotation.get('id', i)}")
        confidence = attributes.get("confidence", 1.0)
        if "start" in attributes and "end" in attributes:
            wanted = attributes.get("keyframes", list(areas))
            if not isinstance(wanted, list):
                raise BadInput(f"{where}attributes.keyframes is not a list")
            for frame in wanted:
                whole_field({"keyframe": frame}, "keyframe", where, 0, len(frames) - 1)
            keys = tuple(Keyframe(frame, area) for frame in wanted if (area := areas.get(frame)) is not None)
            yield Contact(name, hand, finger, region, attributes["start"], attributes["end"], confidence, keys)
            continue
        for part, run in enumerate(_runs(sorted(areas))):
            keys = tuple(Keyframe(frames[frame], area) for frame in run if (area := areas[frame]) is not None)
            one = f"{name}.{part}" if part else name
            yield Contact(one, hand, finger, region, frames[run[0]], frames[run[-1]], confidence, keys)


def _runs(frames: list[int]) -> Iterator[list[int]]:
    """Frames in stretches without a gap."""
    run: list[int] = []
    for frame in frames:
        if run and frame != run[-1] + 1:
            yield run
            run = []
        run.append(frame)
    if run:
        yield run


def _areas(annotation: Any, where: str, length: int, width: int, height: int) -> dict[int, Polygon | None]:
    """The area of an instance in each frame that shows it, None where it covers no pixel."""
    name = "segmentations" if annotation.get("segmentations") is not None else "bboxes"
    shapes = list_field(annotation, name if annotation.get(name) is not None else "segmentations", where)
    if len(shapes) != length:
        raise BadInput(f"{where}{len(shapes)} {name} for {length} frames")
    found = {}
    for frame, shape in enumerate(shapes):
        if shape is None or shape == []:
            continue
        at = f"{where}frame {frame}: "
        found[frame] = _box(shape, at) if name == "bboxes" else _polygon(shape, at, width, height)
    return found


def _box(shape: Any, where: str) -> Polygon:
    if not isinstance(shape, list) or len(shape) != 4 or not all(isinstance(n, int | float) for n in shape):
        raise BadInput(f"{where}not a box of x, y, width, height")
    x, y, width, height = map(float, shape)
    return box(x, y, x + width, y + height)


def _polygon(shape: Any, where: str, width: int, height: int) -> Polygon | None:
    """The outline of run lengths, or of all polygons of a list; None for nothing."""
    if isinstance(shape, list):
        flat = [shape] if shape and not isinstance(shape[0], list) else shape
        return joined([_points(part, where, width, height) for part in flat], width, height)
    if not isinstance(shape, dict) or shape.get("size") != [height, width]:
        raise BadInput(f"{where}the mask's size is not {height} x {width}")
    counts = shape.get("counts")
    if not isinstance(counts, str | list):
        raise BadInput(f"{where}counts are missing")
    try:
        return outline(decode(counts, width, height))
    except ValueError as error:
        raise BadInput(f"{where}{error}") from None


def _points(part: Any, where: str, width: int, height: int) -> Polygon:
    """The points of x, y, x, y, …"""
    if not isinstance(part, list) or len(part) % 2 or not all(type(n) in (int, float) for n in part):
        raise BadInput(f"{where}not a polygon")
    if len(part) < 6:
        raise BadInput(f"{where}a polygon of {len(part) // 2} points, not 3 or more")
    if not all(-MAX_SIDE <= n <= 2 * MAX_SIDE for n in part):
        raise BadInput(f"{where}a polygon outside the picture of {width} x {height}")
    return tuple(zip(map(float, part[::2]), map(float, part[1::2]), strict=True))
