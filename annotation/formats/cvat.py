"""CVAT for video 1.1 XML, both ways: a task a clip, a track a contact, as CVAT exports a project.

A track's label is the region; finger, hand, contact and confidence are attributes. A polygon with
outside="1" ends a contact. CVAT draws nothing before the first keyframe: where a contact starts earlier, or
has no polygon, the one shown meanwhile has the attribute `held`, and is no keyframe when it is read again.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape, quoteattr

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import ParseError, iterparse

from annotation.errors import BadInput
from annotation.formats.entry import MAX_DOCUMENT, Entry, Problem
from annotation.labels import MAX_POINTS, Contact, Keyframe, LabelError, Labels, check
from annotation.polygons import Polygon
from annotation.taxonomy import FINGERS, HANDS, REGIONS


def write(file: IO[str], entries: Collection[Entry]) -> int:
    """Write a project; how many clips. CVAT wants the tasks first: `entries` is gone through twice."""
    file.write('<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n<version>1.1</version>\n')
    file.write("<meta><project><name>InterAnimate</name><tasks>\n")
    written = 0
    for task_id, entry in enumerate(entries, 1):
        written = task_id
        _write_task(file, task_id, entry)
    file.write("</tasks><labels>\n")
    for region in REGIONS:
        file.write(f"<label><name>{region}</name><type>polygon</type><attributes>")
        for name, words in (("finger", FINGERS), ("hand", HANDS)):
            values = "\n".join(words)
            file.write(
                f"<attribute><name>{name}</name><mutable>False</mutable>"
                f"<input_type>select</input_type><values>{values}</values></attribute>"
            )
        file.write("</attributes></label>\n")
    file.write("</labels></project></meta>\n")
    track_id = 0
    for task_id, entry in enumerate(entries, 1):
        assert isinstance(entry.labels, Labels)
        for contact in entry.labels.contacts:
            _write_track(file, track_id, task_id, contact, entry.labels)
            track_id += 1
    file.write("</annotations>\n")
    return written


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries of a task's or a project's export; the line is the task's place in the file."""
    if path.stat().st_size > MAX_DOCUMENT:
        raise BadInput(f"{path.name} is larger than {MAX_DOCUMENT >> 30} GB: split it.")
    tasks: list[_Task] = []
    try:
        for _, element in iterparse(path, events=("end",), forbid_dtd=True):
            if element.tag == "task":
                tasks.append(_Task.of(element))
            elif element.tag == "track":
                _add_track(tasks, element)
                element.clear()
    except ParseError as error:
        raise BadInput(f"{path.name}: not XML: {error}") from None
    except DefusedXmlException:
        raise BadInput(f"{path.name}: XML with entities or a DTD is not read") from None
    if not tasks:
        raise BadInput(f"{path.name}: not CVAT for video 1.1: it has no task")
    for number, task in enumerate(tasks, 1):
        if task.problem:
            yield Problem(number, task.problem)
            continue
        try:
            yield Entry(number, task.file_name, check(task.labels()), None, task.revision)
        except (LabelError, BadInput) as error:
            yield Problem(number, str(error))


@dataclass
class _Task:
    """A task while its tracks are read."""

    id: str
    file_name: str
    frames: int
    words: dict[str, str]
    revision: int = 0
    contacts: list[Contact] = field(default_factory=list)
    problem: str = ""

    @classmethod
    def of(cls, element: Any) -> "_Task":
        text = {child.tag: (child.text or "").strip() for child in element if len(child) == 0}
        size = element.find("original_size")
        for name in ("width", "height"):
            text[name] = (size.findtext(name) or "").strip() if size is not None else ""
        name = text.get("source_file") or text.get("source") or text.get("name") or ""
        task = cls(text.get("id", ""), name, 0, text)
        try:
            task.frames = _whole(text.get("size", ""), "size")
            task.revision = _whole(text.get("revision", "0"), "revision")
        except BadInput as error:
            task.problem = str(error)
        return task

    def labels(self) -> Labels:
        words = self.words
        return Labels(
            words.get("pattern", ""),
            _number(words.get("fps") or "24", "fps"),
            self.frames,
            _whole(words["width"], "width"),
            _whole(words["height"], "height"),
            words.get("label_source") or "predicted",
            words.get("author") or "cvat",
            words.get("state") or "unreviewed",
            tuple(self.contacts),
        )


def _write_task(file: IO[str], task_id: int, entry: Entry) -> None:
    labels = entry.labels
    assert isinstance(labels, Labels)
    words = {
        "id": task_id,
        "name": entry.file_name,
        "size": labels.frames,
        "mode": "interpolation",
        "source_file": entry.file_name,
        "revision": entry.revision,
        "fps": labels.fps,
        "pattern": labels.pattern,
        "label_source": labels.source,
        "author": labels.author,
        "state": labels.state,
    }
    file.write("<task>" + "".join(f"<{tag}>{escape(str(text))}</{tag}>" for tag, text in words.items()))
    size = f"<width>{labels.width}</width><height>{labels.height}</height>"
    file.write(f"<original_size>{size}</original_size></task>\n")


def _write_track(file: IO[str], track_id: int, task_id: int, contact: Contact, labels: Labels) -> None:
    source = "manual" if labels.source == "annotator" else "auto"
    file.write(f'<track id="{track_id}" label="{contact.region}" source="{source}" task_id="{task_id}">\n')
    attributes = {
        "finger": contact.finger,
        "hand": contact.hand,
        "contact": contact.id,
        "confidence": repr(contact.confidence),
    }
    keyframes = list(contact.keyframes)
    picture = ((0.0, 0.0), (float(labels.width), 0.0), (float(labels.width), float(labels.height)))
    if not keyframes or keyframes[0].frame > contact.start:
        shown = keyframes[0].polygon if keyframes else picture
        _write_polygon(file, contact.start, shown, attributes | {"held": "true"})
    for key in keyframes:
        _write_polygon(file, key.frame, key.polygon, attributes)
    if contact.end + 1 < labels.frames:
        last = keyframes[-1].polygon if keyframes else picture
        _write_polygon(file, contact.end + 1, last, attributes, outside=True)
    file.write("</track>\n")


def _write_polygon(
    file: IO[str], frame: int, polygon: Polygon, attributes: dict[str, str], outside: bool = False
) -> None:
    points = ";".join(f"{x!r},{y!r}" for x, y in polygon)
    file.write(
        f'<polygon frame="{frame}" keyframe="1" outside="{int(outside)}" occluded="0" points="{points}" z_order="0">'
    )
    for name, value in attributes.items():
        file.write(f"<attribute name={quoteattr(name)}>{escape(value)}</attribute>")
    file.write("</polygon>\n")


def _add_track(tasks: list[_Task], element: Any) -> None:
    """The contacts of a track, one for each stretch in which it is not outside."""
    wanted = element.get("task_id")
    task = next((t for t in tasks if t.id == wanted), None) if wanted else (tasks[0] if tasks else None)
    if task is None or task.problem:
        return
    try:
        task.contacts.extend(_contacts(element, task))
    except BadInput as error:
        task.problem = f"track {element.get('id', '?')[:20]}: {error}"


def _contacts(track: Any, task: _Task) -> Iterator[Contact]:
    start: int | None = None
    keyframes: list[Keyframe] = []
    attributes: dict[str, str] = {}
    part = 0
    shapes = [shape for shape in track if shape.tag in ("polygon", "box")]
    if len(shapes) > task.frames:
        raise BadInput(f"{len(shapes)} shapes for {task.frames} frames")
    for shape in sorted(shapes, key=lambda shape: _whole(shape.get("frame", ""), "frame")):
        frame = _whole(shape.get("frame", ""), "frame")
        if shape.get("outside") == "1":
            if start is not None:
                yield _contact(track, attributes, task, part, start, frame - 1, keyframes)
                start, keyframes, part = None, [], part + 1
            continue
        own = {a.get("name", ""): (a.text or "").strip() for a in shape if a.tag == "attribute"}
        attributes = own or attributes
        start = frame if start is None else start
        if shape.get("keyframe", "1") == "1" and own.get("held") != "true":
            keyframes.append(Keyframe(frame, _points(shape)))
    if start is not None:
        yield _contact(track, attributes, task, part, start, task.frames - 1, keyframes)


def _contact(
    track: Any,
    attributes: dict[str, str],
    task: _Task,
    part: int,
    start: int,
    end: int,
    keyframes: list[Keyframe],
) -> Contact:
    for name in ("finger", "hand"):
        if not attributes.get(name):
            raise BadInput(f"the attribute {name} is missing")
    contact = attributes.get("contact") or f"t{track.get('id', len(task.contacts))}"
    return Contact(
        f"{contact}.{part}" if part else contact,
        attributes["hand"],
        attributes["finger"],
        track.get("label", ""),
        start,
        end,
        _number(attributes.get("confidence") or "1", "confidence"),
        tuple(keyframes),
    )


def _points(shape: Any) -> Polygon:
    if shape.tag == "box":
        x0, y0, x1, y1 = (_number(shape.get(name, ""), name) for name in ("xtl", "ytl", "xbr", "ybr"))
        return ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    pairs = shape.get("points", "").split(";", MAX_POINTS + 1)
    points = []
    for pair in pairs:
        x, comma, y = pair.partition(",")
        if not comma:
            raise BadInput(f"points {pair[:40]!r}")
        points.append((_number(x, "point"), _number(y, "point")))
    return tuple(points)


def _whole(text: str, name: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(f"{name} {text[:40]!r} is not a whole number")
    return int(text)


def _number(text: str, name: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{name} {text[:40]!r} is not a number") from None
