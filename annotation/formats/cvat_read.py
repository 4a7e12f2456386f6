"""Reads CVAT's XML 1.1, for video and for images, as tasks, jobs and projects are exported.

A track is a contact for each stretch in which it is not outside; of images, the shapes of one label in
consecutive frames are.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from annotation.errors import BadInput
from annotation.formats.cvat_tasks import Image, Shape, Task, Track, number, number_frames, whole
from annotation.formats.entry import MAX_DOCUMENT, Entry, Lost, Problem
from annotation.formats.shapes import box, ellipse, joined, mask_outline
from annotation.formats.words import touch
from annotation.labels import MAX_BYTES, MAX_FRAMES, MAX_POINTS, MAX_SIDE, Contact, Keyframe, LabelError, Labels, check
from annotation.polygons import Polygon
from annotation.taxonomy import FINGERS, HANDS
from annotation.video import Facts

AREAS: Final = ("polygon", "box", "ellipse", "mask")
_FRAME_NAME: Final = re.compile(r"frame_(\d{1,9})(?:\.\w+)?$")  # what CVAT calls a frame of a video
UNNAMED: Final = ". The file does not say which video it is of: call it like the video, a.xml for a.mp4"


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries; the line is the task's place in the file."""
    tasks = _tasks(path)
    number_frames(tasks)
    for line, task in enumerate(tasks, 1):
        try:
            yield _entry(line, task, path)
        except (LabelError, BadInput) as error:
            yield Problem(line, task.problem or str(error))


def _tasks(path: Path) -> list[Task]:
    if path.stat().st_size > MAX_DOCUMENT:
        raise BadInput(f"{path.name} is larger than {MAX_DOCUMENT >> 30} GB: split it.")
    tasks: list[Task] = []
    root = None
    try:
        for event, element in iterparse(path, events=("start", "end"), forbid_dtd=True):
            if event == "start":
                root = element if root is None else root
            elif element.tag in ("task", "job"):
                tasks.append(_task(element))
            elif element.tag == "meta":
                _complete(tasks, element)
            elif element.tag in ("track", "image"):
                _add(tasks, element)
                if root is not None:
                    root.clear()
    except DefusedXmlException:
        raise BadInput(f"{path.name}: XML with entities or a DTD is not read") from None
    except (ParseError, LookupError, ValueError) as error:  # among them an encoding that nobody knows
        raise BadInput(f"{path.name}: not XML: {error}") from None
    if not tasks:
        raise BadInput(f"{path.name}: not CVAT 1.1: it has no task and no job")
    for before, task in zip(tasks, tasks[1:], strict=False):
        task.offset = before.offset + before.size
    return tasks


def _task(element: Any) -> Task:
    text = {child.tag: (child.text or "").strip() for child in element if len(child) == 0}
    task = Task(text.get("id", ""), text | _original_size(element))
    try:
        task.size = whole(text.get("size", ""), "size")
        if not 1 <= task.size <= MAX_FRAMES:
            raise BadInput(f"size {task.size} is outside 1 .. {MAX_FRAMES}")
        task.start = whole(text.get("start_frame") or "0", "start_frame")
        step = re.search(r"step\s*=\s*(\d{1,6})", text.get("frame_filter", ""))
        task.step = max(int(step[1]), 1) if step else 1
        whole(text.get("revision", "0"), "revision")
    except BadInput as error:
        task.problem = str(error)
    return task


def _complete(tasks: list[Task], meta: Any) -> None:
    """What a job's, and some versions' task's, export says beside it."""
    if len(tasks) == 1:
        said = {"source": (meta.findtext("source") or "").strip(), **_original_size(meta)}
        tasks[0].words = {name: text for name, text in said.items() if text} | {
            name: text for name, text in tasks[0].words.items() if text
        }


def _original_size(element: Any) -> dict[str, str]:
    size = element.find("original_size")
    return {} if size is None else {name: (size.findtext(name) or "").strip() for name in ("width", "height")}


def _add(tasks: list[Task], element: Any) -> None:
    """Give a track or an image to its task."""
    wanted = element.get("task_id")
    task = next((each for each in tasks if each.id == wanted), None) if wanted else tasks[0] if tasks else None
    if task is None:
        raise BadInput(f"{element.tag} {element.get('id', '?')[:20]} belongs to no task of the file")
    if task.problem:
        return
    where = f"{element.tag} {element.get('id', '?')[:20]}"
    try:
        if element.tag == "track":
            _add_track(task, element)
        else:
            _add_image(task, element)
    except (BadInput, ValueError) as error:
        task.problem = f"{where}: {error}"


def _add_track(task: Task, track: Any) -> None:
    label = track.get("label", "")
    shapes = []
    kinds = {shape.tag for shape in track if shape.tag not in (*AREAS, "attribute")}
    if kinds:
        task.lose(f"{' and '.join(sorted(kinds))} track of label {label[:40]!r}: only areas are kept")
    for shape in track:
        if shape.tag in AREAS:
            shapes.append(_shape(shape, whole(shape.get("frame", ""), "frame")))
    if len(shapes) > task.size + 1:
        raise BadInput(f"{len(shapes)} shapes for {task.size} frames")
    if shapes:
        task.tracks.append(Track(track.get("id") or str(len(task.tracks)), label, sorted(shapes, key=_frame_of)))


def _frame_of(shape: Shape) -> int:
    return shape.frame


def _add_image(task: Task, image: Any) -> None:
    frame = whole(image.get("id", ""), "image id")
    named = _FRAME_NAME.search(image.get("name", ""))
    for shape in image:
        label = shape.get("label", "")
        if shape.tag in AREAS:
            task.images.append(Image(frame, int(named[1]) if named else None, label, _shape(shape, frame)))
        elif shape.tag != "attribute":
            task.lose(f"{shape.tag} of label {label[:40]!r}: only areas are kept")


def _shape(shape: Any, frame: int) -> Shape:
    attributes = {a.get("name", ""): (a.text or "").strip() for a in shape if a.tag == "attribute"}
    outside = shape.get("outside") == "1"
    shown = shape.get("keyframe", "1") == "1" and not outside and attributes.get("held") != "true"
    return Shape(frame, outside, _polygon(shape) if shown else None, attributes)


def _polygon(shape: Any) -> Polygon | None:
    """The area of a shape; raises `BadInput`, ValueError."""

    def numbers(*names: str) -> list[float]:
        return [number(shape.get(name, ""), name) for name in names]

    turned = number(shape.get("rotation") or "0", "rotation")
    if shape.tag == "box":
        x0, y0, x1, y1 = numbers("xtl", "ytl", "xbr", "ybr")
        return box(x0, y0, x1, y1, turned)
    if shape.tag == "ellipse":
        cx, cy, rx, ry = numbers("cx", "cy", "rx", "ry")
        return ellipse(cx, cy, rx, ry, turned)
    if shape.tag == "mask":
        left, top, width, height = (whole(shape.get(name, ""), name) for name in ("left", "top", "width", "height"))
        runs = shape.get("rle", "")
        if len(runs) > MAX_BYTES:
            raise BadInput("a mask of too many runs")
        return mask_outline([whole(run.strip(), "rle") for run in runs.split(",")], left, top, width, height)
    points = []
    for pair in shape.get("points", "").split(";", MAX_POINTS + 1):
        x, comma, y = pair.partition(",")
        if not comma:
            raise BadInput(f"points {pair[:40]!r}")
        points.append((number(x, "point"), number(y, "point")))
    return tuple(points)


def _entry(line: int, task: Task, path: Path) -> Entry:
    if task.problem:
        raise BadInput(task.problem)
    words = task.words
    contacts = tuple(_contacts(task))
    lost = tuple(Lost(count, what) for what, count in task.lost.items())
    if lost and not contacts:
        raise BadInput("nothing of it can be kept: " + "; ".join(map(str, lost)))
    width, height = (whole(words[name], name) if words.get(name) else 0 for name in ("width", "height"))
    fps = number(words["fps"], "fps") if words.get("fps") else 0.0

    def labels(facts: Facts) -> Labels:
        if (width and width != facts.width) or (height and height != facts.height) or task.last >= facts.frames:
            raise BadInput(
                f"labels of frames {task.start} to {task.last} of {width} x {height} for a video of"
                f" {facts.frames} frames of {facts.width} x {facts.height}"
            )
        return Labels(
            words.get("pattern", ""),
            fps or facts.fps,
            facts.frames,
            facts.width,
            facts.height,
            words.get("label_source") or "predicted",
            words.get("author") or "cvat",
            words.get("state") or "unreviewed",
            contacts,
        )

    if task.ours:
        whole_clip = check(labels(Facts(task.size, fps, width, height)))
        names = tuple(word for word in words.get("names", "").split("\n") if word)
        return Entry(line, words["source_file"], whole_clip, None, int(words.get("revision", "0")), names, lost=lost)
    source, title = words.get("source", ""), words.get("name", "")
    names = (source,) if source else (title, f"{title}.*") if title else (f"{path.stem}.mp4", f"{path.stem}.*")
    return Entry(
        line,
        names[0],
        labels if contacts else None,
        loose=True,
        also=names[1:],
        lost=lost,
        span=(task.start, task.last),
        asks="" if source or title else UNNAMED,
    )


def _contacts(task: Task) -> Iterator[Contact]:
    """A contact for each stretch of a track in which it is not outside."""
    for track in [*map(task.placed, task.tracks), *_tracks_of_images(task)]:
        part, attributes = 0, dict[str, str]()
        stretch: list[Shape] = []
        for shape in [*track.shapes, Shape(task.last + task.step, True, None, {})]:
            if not shape.outside:
                stretch.append(shape)
                attributes = shape.attributes or attributes
            elif stretch:
                contact = _contact(task, track, attributes, stretch, shape.frame - task.step)
                if contact is not None:
                    yield replace(contact, id=f"{contact.id}.{part}" if part else contact.id)
                stretch, part = [], part + 1


def _tracks_of_images(task: Task) -> Iterator[Track]:
    """The shapes of one label and its attributes, those in one frame as one area, outside where there is none."""
    by_name = task.named
    found: dict[tuple[str, ...], dict[int, list[Shape]]] = {}
    for image in task.images:
        frame = image.name if by_name else task.frame(image.id)
        if frame is None:
            raise BadInput(f"image {image.id} is not among its frames {task.start} to {task.last}")
        kind = (image.label, *sorted(f"{key}={value}" for key, value in image.shape.attributes.items()))
        found.setdefault(kind, {}).setdefault(frame, []).append(image.shape)
    for i, (kind, frames) in enumerate(found.items()):
        shapes: list[Shape] = []
        for frame, together in sorted(frames.items()):
            if frame - task.step not in frames and shapes:
                shapes.append(Shape(shapes[-1].frame + task.step, True, None, {}))
            area = _area([shape.polygon for shape in together if shape.polygon is not None])
            shapes.append(Shape(frame, False, area, together[0].attributes))
        shapes.append(Shape(shapes[-1].frame + task.step, True, None, {}))
        yield Track(f"i{i}", kind[0], shapes)


def _area(parts: list[Polygon]) -> Polygon | None:
    """One area of several, wherever in the picture they lie."""
    far = max((x for part in parts for x, _ in part), default=0.0)
    low = max((y for part in parts for _, y in part), default=0.0)
    if len(parts) > 1 and not (far <= 2 * MAX_SIDE and low <= 2 * MAX_SIDE):
        raise BadInput("an area outside the picture")
    return joined(parts, max(int(far) + 2, 1), max(int(low) + 2, 1))


def _contact(task: Task, track: Track, attributes: dict[str, str], stretch: list[Shape], end: int) -> Contact | None:
    region, finger, hand = touch(track.label, attributes)
    if not region:
        task.lose(f"label {track.label[:40]!r} is no region of the face")
        return None
    for name, word, words in (("finger", finger, FINGERS), ("hand", hand, HANDS)):
        if not word:
            raise BadInput(
                f"label {track.label[:40]!r}: the attribute {name} is missing: give it to the labels in CVAT,"
                f" as one of {', '.join(words)}"
            )
    return Contact(
        attributes.get("contact") or track.id,
        hand,
        finger,
        region,
        stretch[0].frame,
        end,
        number(attributes.get("confidence") or "1", "confidence"),
        tuple(Keyframe(shape.frame, shape.polygon) for shape in stretch if shape.polygon is not None),
    )
