"""CVAT for video 1.1 XML, both ways: a task a clip, a track a contact, as CVAT exports a project.

A track's label is the region; finger, hand, contact and confidence are attributes. A polygon with
outside="1" ends a contact. Frames between the keyframes are written too, as CVAT does it. CVAT draws nothing
before the first keyframe: where a contact starts earlier, or has no polygon, the one shown meanwhile has the
attribute `held`, and is no keyframe when it is read again.
Frames are numbered on from task to task, so that no two clips share one. `cvat_read` reads.
"""

from collections.abc import Collection
from typing import IO
from xml.sax.saxutils import escape, quoteattr

from annotation.formats.cvat_read import read
from annotation.formats.entry import Entry
from annotation.labels import Contact, Labels, polygon_at
from annotation.polygons import Polygon
from annotation.taxonomy import FINGERS, HANDS, REGIONS

__all__ = ["read", "write"]


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
    track_id, offset = 0, 0
    for task_id, entry in enumerate(entries, 1):
        assert isinstance(entry.labels, Labels)
        for contact in entry.labels.contacts:
            _write_track(file, track_id, task_id, offset, contact, entry)
            track_id += 1
        offset += entry.labels.frames
    file.write("</annotations>\n")
    return written


def _write_task(file: IO[str], task_id: int, entry: Entry) -> None:
    labels = entry.labels
    assert isinstance(labels, Labels)
    words = {
        "id": task_id,
        "name": entry.file_name,
        "size": labels.frames,
        "mode": "interpolation",
        "overlap": 0,
        "subset": _subset(entry),
        "start_frame": 0,
        "stop_frame": labels.frames - 1,
        "frame_filter": "",
        "source": entry.names[0] if entry.names else entry.file_name,
        "source_file": entry.file_name,
        "names": "\n".join(entry.names),
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


def _subset(entry: Entry) -> str:
    """The clip's split; CVAT calls none "default"."""
    return (entry.about.split if entry.about else "") or "default"


def _write_track(file: IO[str], track_id: int, task_id: int, offset: int, contact: Contact, entry: Entry) -> None:
    labels = entry.labels
    assert isinstance(labels, Labels)
    source = "manual" if labels.source == "annotator" else "auto"
    subset = quoteattr(_subset(entry))
    file.write(
        f'<track id="{track_id}" label="{contact.region}" source="{source}" task_id="{task_id}" subset={subset}>\n'
    )
    attributes = {
        "finger": contact.finger,
        "hand": contact.hand,
        "contact": contact.id,
        "confidence": repr(contact.confidence),
    }
    keys = {key.frame for key in contact.keyframes}
    shown: Polygon = ((0.0, 0.0), (float(labels.width), 0.0), (float(labels.width), float(labels.height)))
    for frame in range(contact.start, contact.end + 1):
        shown = polygon_at(contact, frame) or shown
        first = frame == contact.start and frame not in keys
        said = attributes | {"held": "true"} if first else attributes
        _write_polygon(file, offset + frame, shown, said, key=first or frame in keys)
    if contact.end + 1 < labels.frames:
        _write_polygon(file, offset + contact.end + 1, shown, attributes, outside=True)
    file.write("</track>\n")


def _write_polygon(
    file: IO[str], frame: int, polygon: Polygon, attributes: dict[str, str], *, key: bool = True, outside: bool = False
) -> None:
    points = ";".join(f"{x!r},{y!r}" for x, y in polygon)
    state = f'keyframe="{int(key)}" outside="{int(outside)}" occluded="0"'
    file.write(f'<polygon frame="{frame}" {state} points="{points}" z_order="0">')
    for name, value in attributes.items():
        file.write(f"<attribute name={quoteattr(name)}>{escape(value)}</attribute>")
    file.write("</polygon>\n")
