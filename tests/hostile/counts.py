"""How many rows and contacts a file has, counted without the readers that are tested; None where nobody can count."""

import csv
import io
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any
from xml.etree import ElementTree

AREAS = ("polygon", "box", "ellipse", "mask")


@dataclass
class Count:
    """Rows, and by the number of a row how many things in it must become contacts or be named."""

    rows: int
    at_least: bool = False  # there may be more
    contacts: dict[int, int] = field(default_factory=dict)


def count(name: str, data: bytes) -> Count | None:
    """What a file has, by its name and content."""
    try:
        match name.rpartition(".")[2]:
            case "jsonl":
                return _lines(data)
            case "csv":
                return _table(data)
            case "xml":
                return _cvat(ElementTree.fromstring(data))
            case "json":
                whole = json.loads(data)
                return _vis(whole) if isinstance(whole, dict) else _label_studio(whole)
    except (ValueError, RecursionError, ElementTree.ParseError, LookupError, TypeError, AttributeError):
        return None
    return None


def _lines(data: bytes) -> Count:
    rows = [(number, line) for number, line in enumerate(data.split(b"\n"), 1) if line.strip()]
    contacts = {}
    for number, line in rows:
        try:
            row = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(row, dict) and isinstance(row.get("contacts"), list):
            contacts[number] = len(row["contacts"])
    return Count(len(rows), contacts=contacts)


def _table(data: bytes) -> Count:
    """Rows under the header; of a broken row each line may be told of."""
    text = data.decode("utf-8-sig")
    rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(cell.strip() for cell in row)]
    return Count(max(len(rows) - 1, 0), at_least=True)


def _cvat(root: Any) -> Count:
    tasks = [each for meta in root.iter("meta") for each in meta.iter() if each.tag in ("task", "job")]
    lines = {task.findtext("id", "").strip(): number for number, task in reversed(list(enumerate(tasks, 1)))}
    contacts = dict.fromkeys(lines.values(), 0)
    for track in root.iter("track"):
        shown = [shape for shape in track if shape.tag != "attribute" and shape.get("outside") != "1"]
        line = lines.get(track.get("task_id", ""), 1) if track.get("task_id") else 1
        contacts[line] = contacts.get(line, 0) + bool(shown)
    return Count(len(tasks), contacts=contacts)


def _vis(whole: dict[str, Any]) -> Count:
    ids = [video["id"] for video in whole["videos"]]
    belong = [annotation["video_id"] for annotation in whole.get("annotations") or []]
    contacts: dict[int, int] = {}
    for number, video in enumerate(ids, 1):
        contacts[number] = belong.count(video) if video not in ids[: number - 1] else 0
    return Count(len(ids) + len(set(belong) - set(ids)), contacts=contacts)


def _label_studio(tasks: list[Any]) -> Count:
    """At least one thing for each result of the answer that is taken, where only one is there."""
    contacts = {}
    for number, task in enumerate(tasks, 1):
        answers = task.get("annotations") if isinstance(task, dict) else None
        if isinstance(answers, list) and len(answers) == 1 and not answers[0].get("was_cancelled"):
            contacts[number] = sum(map(_things, answers[0].get("result") or []))
    return Count(len(tasks), contacts=contacts)


def _things(result: Any) -> int:
    value = result.get("value") or {}
    if result.get("type") == "timelinelabels":
        return _length(value.get("ranges")) * _length(value.get("timelinelabels"))
    return 1


def _length(value: Iterable[Any] | None) -> int:
    return len(value) if isinstance(value, list) else 1
