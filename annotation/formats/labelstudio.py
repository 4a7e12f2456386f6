"""Label Studio's JSON, in only, as pre-labels: `timelinelabels` and boxes that are followed through a video.

Its frames count from 1, its ends are included. A label names a region, and a finger and a hand where it can:
`left_cheek`, `left_cheek index`, `left_cheek/index/left`. Without them it is the index finger of the region's own
side. Of several answers the one marked as ground truth is taken, else the newest; cancelled ones never.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Lost, Problem, document, list_field, whole_field
from annotation.formats.shapes import box, turned
from annotation.formats.words import touch
from annotation.labels import MAX_CONTACTS, Contact, Keyframe, Labels
from annotation.taxonomy import OF_CLIPS
from annotation.video import Facts

_UPLOADED: Final = re.compile(r"[0-9a-f]{8}-(?=.)")  # what Label Studio puts before the name of an upload
_VIDEO: Final = re.compile(r"\.(mp4|m4v|mov|webm|mkv|avi|ogv|ts|flv)$", re.IGNORECASE)


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries of an export; the line is the task's place in the list. The pattern is `data.pattern`, if said."""
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
        raise BadInput("data is missing: export it as JSON, not as JSON-MIN")
    names = video_names(_video(data))
    lost: dict[str, int] = {}
    answer = _answer(task, lost)
    results = [] if answer is None else list_field(answer, "result", "")
    pattern = _pattern(data, results)
    drafts = tuple(_contacts(results, lost))
    gone = tuple(Lost(count, what) for what, count in lost.items())
    if answer is not None and results and not drafts:
        raise BadInput("nothing of it can be kept: " + "; ".join(map(str, gone)))

    def labels(facts: Facts) -> Labels:
        contacts = tuple(_fitted(contact, size, facts) for contact, size in drafts)
        size = (facts.fps, facts.frames, facts.width, facts.height)
        return Labels(pattern, *size, "predicted", "label-studio", "unreviewed", contacts)

    given = None if answer is None else labels
    return Entry(number, names[0], given, loose=True, also=names[1:], lost=gone)


def video_names(url: str) -> tuple[str, ...]:
    """What the file behind a task's URL is called, the likeliest first."""
    parsed = urlsplit(url if "://" in url or url.startswith("/") else "/" + url.replace("#", "%23").replace("?", "%3F"))
    query = parse_qs(parsed.query)
    if parsed.path.rstrip("/").endswith("local-files") and "d" in query:
        return (query["d"][0],)
    path = unquote(parsed.path)
    folder, _, name = path.rpartition("/")
    plain = _UPLOADED.sub("", name, count=1)
    if "upload" in folder.split("/"):  # its folder is the project's number
        return (plain, name) if plain != name else (name,)
    return (path.lstrip("/"),)


def _video(data: dict[str, Any]) -> str:
    """The task's video: under the usual names, else the one text that looks like a video."""
    usual = next((data[name] for name in ("video", "video_url", "file_name") if name in data), None)
    if usual is None:
        looks = [text for text in data.values() if isinstance(text, str) and _VIDEO.search(text)]
        usual = looks[0] if len(looks) == 1 else None
    if not isinstance(usual, str) or not usual.strip():
        raise BadInput("data.video is missing")
    return usual.strip()


def _pattern(data: dict[str, Any], results: list[Any]) -> str:
    """The pattern, as data or as a choice; empty where it is not said."""
    said = data.get("pattern")
    for result in results:
        value = result.get("value") if isinstance(result, dict) and result.get("type") == "choices" else None
        choices = value.get("choices") if isinstance(value, dict) else None
        if isinstance(choices, list):
            said = next((choice for choice in choices if choice in OF_CLIPS), said)
    if said in (None, ""):
        return ""
    if said not in OF_CLIPS:
        raise BadInput(f"data.pattern {str(said)[:40]!r} is not one of the patterns: {', '.join(OF_CLIPS)}")
    return str(said)


def _answer(task: Any, lost: dict[str, int]) -> Any:
    """The annotation to take, else a prediction; None where there is neither. The others are counted."""
    answers = [a for a in _answers(task, "annotations", "completions") if not a.get("was_cancelled")]
    chosen = max(answers, key=lambda a: (bool(a.get("ground_truth")), *_age(a)), default=None)
    others = [a for a in answers if a is not chosen and a.get("result") != (chosen or {}).get("result")]
    if others:
        lost["other answer: only one is taken, ground truth first, then the newest"] = len(others)
    return chosen or max(_answers(task, "predictions"), key=_age, default=None)


def _answers(task: Any, *names: str) -> list[dict[str, Any]]:
    found: Any = next((task[name] for name in names if task.get(name)), [])
    if not isinstance(found, list) or not all(isinstance(answer, dict) for answer in found):
        raise BadInput(f"{names[0]} is not a list of answers")
    return found


def _age(answer: dict[str, Any]) -> tuple[str, int]:
    """What grows with time: ISO dates do as texts."""
    when = answer.get("updated_at") or answer.get("created_at")
    number = answer.get("id")
    return (when if isinstance(when, str) else "", number if isinstance(number, int) else 0)


def _contacts(results: list[Any], lost: dict[str, int]) -> Iterator[tuple[Contact, dict[str, Any] | None]]:
    """Contacts, in frames from 0; with the box's result where they have one, whose keyframes wait for the size."""
    made = 0
    for result in results:
        kind = result.get("type") if isinstance(result, dict) else None
        value = result.get("value") if isinstance(result, dict) else None
        found: list[tuple[Contact, dict[str, Any] | None]]
        if kind == "timelinelabels":
            found = [(contact, None) for contact in _of_timeline(value)]
        elif kind in ("videorectangle", "videoellipse") and isinstance(value, dict):
            found = [(contact, value) for contact in _of_box(value, str(kind))]
        else:
            chosen = value.get("choices") if isinstance(value, dict) else None
            if not (kind == "choices" and isinstance(chosen, list) and any(word in OF_CLIPS for word in chosen)):
                what = f"result of type {str(kind)[:40]!r}"
                lost[what] = lost.get(what, 0) + 1
            continue
        for contact, size in found:
            made += 1
            if made > MAX_CONTACTS:
                raise BadInput(f"more than {MAX_CONTACTS} segments")
            yield replace(contact, id=f"c{made}"), size


def _of_timeline(value: Any) -> Iterator[Contact]:
    for segment in list_field(value, "ranges", "value."):
        start = whole_field(segment, "start", "range.", 1)
        end = whole_field(segment, "end", "range.", start)
        for word in list_field(value, "timelinelabels", "value."):
            yield _touched(word, start - 1, end - 1)


def _of_box(value: dict[str, Any], kind: str) -> Iterator[Contact]:
    """A contact for each stretch of a box's keyframes; one that is not enabled ends it, -1 is the video's end."""
    words = value.get("labels") or value.get("videorectangle") or []
    if not isinstance(words, list) or not words:
        raise BadInput(f"a {kind} has no label")
    sequence = list_field(value, "sequence", f"{kind}.")
    frames = [whole_field(key, "frame", f"{kind}.sequence.", 1) for key in sequence]
    for word in words:
        start = None
        for key, frame in sorted(zip(sequence, frames, strict=True), key=lambda pair: pair[1]):
            start = frame if start is None else start
            if key.get("enabled") is False:
                yield _touched(word, start - 1, frame - 1)
                start = None
        if start is not None:
            yield _touched(word, start - 1, -1)


def _touched(label: Any, start: int, end: int) -> Contact:
    region, finger, hand = touch(label)
    if not region:
        raise BadInput(f"label {str(label)[:60]!r} names no region")
    side = "right" if region.startswith("right") else "left"
    return Contact("", hand or side, finger or "index", region, start, end)


def _fitted(contact: Contact, value: dict[str, Any] | None, facts: Facts) -> Contact:
    """The contact in a video, with its box's keyframes; raises `BadInput` where it is longer."""
    end = facts.frames - 1 if contact.end < 0 else contact.end
    if end >= facts.frames or contact.start > end:
        raise BadInput(f"a segment ends at frame {max(end, contact.start) + 1} of {facts.frames}")
    if value is None:
        return contact
    count = value.get("framesCount")
    if isinstance(count, int) and count > 0 and abs(count - facts.frames) > 1:
        raise BadInput(f"boxes on {count} frames for a video of {facts.frames}: set frameRate in the Video tag")
    keys = {}
    for key in value["sequence"]:
        if contact.start <= key["frame"] - 1 <= end:
            x, y, width, height = (_share(key, name) for name in ("x", "y", "width", "height"))
            left, top = x * facts.width, y * facts.height
            area = box(left, top, left + width * facts.width, top + height * facts.height)
            keys[key["frame"] - 1] = turned(area, (left, top), 100 * _share(key, "rotation"))
    return replace(contact, end=end, keyframes=tuple(Keyframe(frame, area) for frame, area in sorted(keys.items())))


def _share(key: dict[str, Any], name: str) -> float:
    """A figure in percent, as a share."""
    value = key.get(name, 0)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise BadInput(f"{name} of a box is not a number")
    return float(value) / 100
