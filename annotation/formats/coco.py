"""YouTube-VIS / COCO video JSON: a mask per contact and frame, as run lengths. Both ways.

Categories are the regions. Hand, finger, ends and the frames of the keyframes are in `attributes`; without
them the ends are the first and last frame that has a mask. Masks become outlines again, true to the raster.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import IO, Any

import numpy as np

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Problem, document, list_field, text_field, whole_field
from annotation.labels import MAX_FRAMES, MAX_SIDE, Contact, Keyframe, LabelError, Labels, check, polygon_at
from annotation.outlines import decode, encode, outline
from annotation.polygons import Polygon, mask
from annotation.taxonomy import REGIONS


def write(file: IO[str], entries: Iterable[Entry]) -> int:
    """Write the data set, one annotation at a time; how many clips."""
    categories = [{"id": i + 1, "name": region, "supercategory": "face"} for i, region in enumerate(REGIONS)]
    info = {"description": "Hand-face contacts; frames count from 0, attributes.start and end are included"}
    file.write(f'{{"info": {json.dumps(info)}, "categories": {json.dumps(categories)}, "annotations": [')
    videos: list[dict[str, Any]] = []
    written = 0
    for video_id, entry in enumerate(entries, 1):
        labels = entry.labels
        assert isinstance(labels, Labels)
        videos.append(_video(video_id, entry, labels))
        for contact in labels.contacts:
            written += 1
            row = _annotation(written, video_id, contact, labels)
            file.write((",\n" if written > 1 else "\n") + json.dumps(row, separators=(",", ":")))
    file.write('],\n"videos": [\n' + ",\n".join(json.dumps(video) for video in videos) + "]}\n")
    return len(videos)


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries; the line is the video's place in the list."""
    data = document(path)
    if not isinstance(data, dict):
        raise BadInput(f"{path.name}: not a COCO data set")
    where = f"{path.name}: "
    names = {}
    for category in list_field(data, "categories", where):
        names[whole_field(category, "id", f"{where}categories: ")] = category.get("name")
    contacts: dict[int, list[Any]] = {}
    for annotation in list_field(data, "annotations", where):
        contacts.setdefault(whole_field(annotation, "video_id", f"{where}annotations: "), []).append(annotation)
    for number, video in enumerate(list_field(data, "videos", where), 1):
        try:
            yield _entry(number, video, contacts.get(whole_field(video, "id", ""), []), names)
        except (BadInput, LabelError) as error:
            yield Problem(number, str(error))


def _video(video_id: int, entry: Entry, labels: Labels) -> dict[str, Any]:
    stem = PurePosixPath(entry.file_name).with_suffix("").as_posix()
    return {
        "id": video_id,
        "width": labels.width,
        "height": labels.height,
        "length": labels.frames,
        "file_names": [f"{stem}/{frame:05}.jpg" for frame in range(labels.frames)],
        "file_name": entry.file_name,
        "names": list(entry.names),
        "revision": entry.revision,
        "fps": labels.fps,
        "pattern": labels.pattern,
        "source": labels.source,
        "author": labels.author,
        "state": labels.state,
    }


def _annotation(annotation_id: int, video_id: int, contact: Contact, labels: Labels) -> dict[str, Any]:
    segmentations: list[Any] = [None] * labels.frames
    boxes: list[Any] = [None] * labels.frames
    areas: list[Any] = [None] * labels.frames
    for frame in range(contact.start, contact.end + 1):
        polygon = polygon_at(contact, frame)
        if polygon is None:
            continue
        pixels = mask(polygon, labels.width, labels.height)
        segmentations[frame] = {"size": [labels.height, labels.width], "counts": encode(pixels)}
        rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
        areas[frame] = int(pixels.sum())
        boxes[frame] = [0, 0, 0, 0]
        if len(rows):
            x, y = int(columns[0]), int(rows[0])
            boxes[frame] = [x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1]
    return {
        "id": annotation_id,
        "video_id": video_id,
        "category_id": REGIONS.index(contact.region) + 1,
        "iscrowd": 0,
        "width": labels.width,
        "height": labels.height,
        "length": labels.frames,
        "segmentations": segmentations,
        "bboxes": boxes,
        "areas": areas,
        "attributes": {
            "contact": contact.id,
            "hand": contact.hand,
            "finger": contact.finger,
            "start": contact.start,
            "end": contact.end,
            "confidence": contact.confidence,
            "keyframes": [key.frame for key in contact.keyframes],
        },
    }


def _entry(number: int, video: Any, annotations: list[Any], names: dict[int, Any]) -> Entry:
    width = whole_field(video, "width", "", 1, MAX_SIDE)
    height = whole_field(video, "height", "", 1, MAX_SIDE)
    frames = whole_field(video, "length", "", 1, MAX_FRAMES)
    file_name = text_field(video, "file_name")
    if not file_name:
        first = (video.get("file_names") or [""])[0]
        if not isinstance(first, str) or "/" not in first:
            raise BadInput("file_name is missing")
        file_name = PurePosixPath(first).parent.as_posix() + ".mp4"
    contacts = tuple(
        _contact(annotation, f"contact {i}: ", names, frames, width, height)
        for i, annotation in enumerate(annotations, 1)
    )
    labels = Labels(
        text_field(video, "pattern"),
        video.get("fps", 24),
        frames,
        width,
        height,
        text_field(video, "source") or "predicted",
        text_field(video, "author") or "coco",
        text_field(video, "state") or "unreviewed",
        contacts,
    )
    return Entry(number, file_name, check(labels), None, whole_field({"r": video.get("revision", 0)}, "r", ""))


def _contact(annotation: Any, where: str, names: dict[int, Any], frames: int, width: int, height: int) -> Contact:
    segmentations = list_field(annotation, "segmentations", where)
    if len(segmentations) != frames:
        raise BadInput(f"{where}{len(segmentations)} segmentations for {frames} frames")
    seen = [frame for frame, segmentation in enumerate(segmentations) if segmentation is not None]
    attributes = annotation.get("attributes")
    if not isinstance(attributes, dict):
        raise BadInput(f"{where}attributes.finger and attributes.hand are missing")
    start = attributes.get("start", seen[0] if seen else None)
    end = attributes.get("end", seen[-1] if seen else None)
    wanted = attributes.get("keyframes", seen)
    if not isinstance(wanted, list):
        raise BadInput(f"{where}attributes.keyframes is not a list")
    keyframes = []
    for frame in wanted:
        whole_field({"keyframe": frame}, "keyframe", where, 0, frames - 1)
        polygon = _polygon(segmentations[frame], f"{where}frame {frame}: ", width, height)
        if polygon is not None:
            keyframes.append(Keyframe(frame, polygon))
    return Contact(
        attributes.get("contact", f"c{annotation.get('id', 0)}"),
        attributes.get("hand", ""),
        attributes.get("finger", ""),
        names.get(whole_field(annotation, "category_id", where), ""),
        start,  # type: ignore[arg-type]  # `check` refuses what is no number
        end,  # type: ignore[arg-type]
        attributes.get("confidence", 1.0),
        tuple(keyframes),
    )


def _polygon(segmentation: Any, where: str, width: int, height: int) -> Polygon | None:
    """The outline of run lengths, or of the first of a list of polygons; None for nothing."""
    if segmentation is None:
        return None
    if isinstance(segmentation, list):
        flat = segmentation[0] if segmentation else []
        if not isinstance(flat, list) or len(flat) % 2:
            raise BadInput(f"{where}not a polygon")
        return tuple(zip(flat[::2], flat[1::2], strict=True))
    if not isinstance(segmentation, dict) or segmentation.get("size") != [height, width]:
        raise BadInput(f"{where}the mask's size is not {height} x {width}")
    counts = segmentation.get("counts")
    if not isinstance(counts, str | list):
        raise BadInput(f"{where}counts are missing")
    try:
        return outline(decode(counts, width, height))
    except ValueError as error:
        raise BadInput(f"{where}{error}") from None
