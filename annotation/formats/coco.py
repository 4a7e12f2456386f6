"""YouTube-VIS / COCO video JSON: a mask per contact and frame, as run lengths. `coco_read` reads.

Categories are the regions. Hand, finger, ends and the frames of the keyframes are in `attributes`. Readers of
COCO's images find each contact in the first frame that shows it: its `image_id`, `segmentation`, `bbox`, `area`.
"""

import json
from collections.abc import Iterable
from pathlib import PurePosixPath
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from annotation.formats.coco_read import read
from annotation.formats.entry import Entry
from annotation.labels import MAX_FRAMES, Contact, Labels, polygon_at
from annotation.outlines import encode
from annotation.polygons import mask
from annotation.taxonomy import REGIONS

__all__ = ["read", "write"]


def write(file: IO[str], entries: Iterable[Entry]) -> int:
    """Write the data set, one annotation at a time; how many clips."""
    categories = [{"id": i + 1, "name": region, "supercategory": "face"} for i, region in enumerate(REGIONS)]
    info = {"description": "Hand-face contacts; frames count from 0, attributes.start and end are included"}
    file.write(f'{{"info": {json.dumps(info)}, "categories": {json.dumps(categories)}, "annotations": [')
    videos: list[dict[str, Any]] = []
    images: dict[int, dict[str, Any]] = {}
    written = 0
    for video_id, entry in enumerate(entries, 1):
        labels = entry.labels
        assert isinstance(labels, Labels)
        videos.append(_video(video_id, entry, labels))
        for contact in labels.contacts:
            written += 1
            row = _annotation(written, video_id, contact, labels)
            image = _image(row["image_id"], videos[-1])
            images[image["id"]] = image
            file.write((",\n" if written > 1 else "\n") + json.dumps(row, separators=(",", ":")))
    file.write('],\n"images": [\n' + ",\n".join(json.dumps(image) for image in images.values()))
    file.write('],\n"videos": [\n' + ",\n".join(json.dumps(video) for video in videos) + "]}\n")
    return len(videos)


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


def _image(image_id: int, video: dict[str, Any]) -> dict[str, Any]:
    """The frame of an image's number."""
    frame = image_id - video["id"] * MAX_FRAMES
    size = {name: video[name] for name in ("width", "height")}
    return {"id": image_id, "file_name": video["file_names"][frame], **size, "video_id": video["id"], "frame_id": frame}


def _annotation(annotation_id: int, video_id: int, contact: Contact, labels: Labels) -> dict[str, Any]:
    segmentations: list[Any] = [None] * labels.frames
    boxes: list[Any] = [None] * labels.frames
    areas: list[Any] = [None] * labels.frames
    for frame in range(contact.start, contact.end + 1):
        polygon = polygon_at(contact, frame)
        if polygon is not None:
            segmentations[frame], boxes[frame], areas[frame] = _mask(mask(polygon, labels.width, labels.height))
    shown = next((frame for frame, area in enumerate(areas) if area), contact.start)
    nothing = _mask(np.zeros((labels.height, labels.width), bool))
    return {
        "id": annotation_id,
        "video_id": video_id,
        "category_id": REGIONS.index(contact.region) + 1,
        "iscrowd": 0,
        "width": labels.width,
        "height": labels.height,
        "length": labels.frames,
        "image_id": video_id * MAX_FRAMES + shown,
        "segmentation": segmentations[shown] or nothing[0],
        "bbox": boxes[shown] or nothing[1],
        "area": areas[shown] or 0,
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


def _mask(pixels: NDArray[np.bool_]) -> tuple[dict[str, Any], list[int], int]:
    """Run lengths, box (x, y, width, height) and area of a mask."""
    rows, columns = np.flatnonzero(pixels.any(1)), np.flatnonzero(pixels.any(0))
    box = [0, 0, 0, 0]
    if len(rows):
        x, y = int(columns[0]), int(rows[0])
        box = [x, y, int(columns[-1]) - x + 1, int(rows[-1]) - y + 1]
    return {"size": list(pixels.shape), "counts": encode(pixels)}, box, int(pixels.sum())
