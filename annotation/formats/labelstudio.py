"""Label Studio's `timelinelabels`, in only, as pre-labels. Its frames count from 1, its ends are included.

A label names a region, and a finger and a hand where it can: `left_cheek`, `left_cheek index`,
`left_cheek/index/left`. Without them it is the index finger of the region's own side.
"""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote, urlsplit

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Problem, document, list_field, whole_field
from annotation.labels import MAX_CONTACTS, Contact, Labels
from annotation.taxonomy import FINGERS, HANDS, PATTERNS, REGIONS
from annotation.video import Facts


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries of an export; the line is the task's place in the list. The pattern is `data.pattern`."""
    tasks = document(path)
    if not isinstance(tasks, list):
        raise BadInput(f"{path.name}: not a list of tasks")
    for number, task in enumerate(tasks, 1):
        try:
            yield _entry(number, task)
        except BadInput as error:
            yield Problem(number, str(error))


def _entry(number: int, task: Any) -> Entry:
    data = task.get("data") if isinstance(task, dict) else None
    if not isinstance(data, dict):
        raise BadInput("data is missing")
    video = next((data[name] for name in ("video", "video_url", "file_name") if name in data), None)
    if not isinstance(video, str):
        raise BadInput("data.video is missing")
    pattern = data.get("pattern")
    if pattern not in PATTERNS:
        raise BadInput("data.pattern is not one of the patterns")
    contacts = tuple(_contacts(task))
    ends = max((contact.end for contact in contacts), default=0)

    def labels(facts: Facts) -> Labels:
        if ends >= facts.frames:
            raise BadInput(f"a segment ends at frame {ends + 1} of {facts.frames}")
        size = (facts.fps, facts.frames, facts.width, facts.height)
        return Labels(pattern, *size, "predicted", "label-studio", "unreviewed", contacts)

    return Entry(number, PurePosixPath(unquote(urlsplit(video).path)).name, labels)


def _contacts(task: Any) -> Iterator[Contact]:
    answers = [*(task.get("annotations") or []), *(task.get("predictions") or [])][:1]
    made = 0
    for answer in answers:
        for result in list_field(answer, "result", ""):
            if not isinstance(result, dict) or result.get("type") != "timelinelabels":
                continue
            value = result.get("value")
            for segment in list_field(value, "ranges", "value."):
                start = whole_field(segment, "start", "range.", 1)
                end = whole_field(segment, "end", "range.", start)
                for word in list_field(value, "timelinelabels", "value."):
                    made += 1
                    if made > MAX_CONTACTS:
                        raise BadInput(f"more than {MAX_CONTACTS} segments")
                    region, finger, hand = _words(word)
                    yield Contact(f"c{made}", hand, finger, region, start - 1, end - 1)


def _words(label: Any) -> tuple[str, str, str]:
    parts = re.split(r"[\s/,:;|]+", label.strip().lower()) if isinstance(label, str) else []
    region = next((part for part in parts if part in REGIONS), None)
    if region is None:
        raise BadInput(f"label {str(label)[:60]!r} names no region")
    finger = next((part for part in parts if part in FINGERS), "index")
    side = "right" if region.startswith("right") else "left"
    return region, finger, next((part for part in parts if part in HANDS), side)
