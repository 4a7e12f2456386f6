"""Native JSONL: a line a clip, `labels.json` plus `file_name`, `revision` and the clip's `names`. Lossless.

A clip whose frames come irregularly has `times` too: when each was shown in the video that was given, in seconds.

Called `metadata.jsonl` and lying beside the videos, `datasets` reads it as a video folder. Frames count
from 0 and intervals include both ends.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Any, Final

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Problem, lines, names_field
from annotation.labels import LabelError, Labels, parse

LONGEST_S: Final = 1e7  # of a video


def write(file: IO[str], entries: Iterable[Entry]) -> int:
    """Write entries with complete labels; how many."""
    written = 0
    for entry in entries:
        assert isinstance(entry.labels, Labels)
        row = {"file_name": entry.file_name, "revision": entry.revision, **entry.labels.to_json()}
        if entry.names:
            row["names"] = list(entry.names)
        if entry.times is not None:
            row["times"] = list(entry.times)
        file.write(json.dumps(row, separators=(",", ":"), ensure_ascii=False, allow_nan=False) + "\n")
        written += 1
    return written


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries of a JSONL file, line by line."""
    for number, line in lines(path):
        if isinstance(line, Problem):
            yield line
            continue
        try:
            yield _entry(number, line)
        except (LabelError, BadInput) as error:
            yield Problem(number, str(error))


def _entry(number: int, line: bytes) -> Entry:
    row = parse(line)
    if not isinstance(row, dict):
        raise BadInput("not an object")
    file_name, revision = row.pop("file_name", None), row.pop("revision", 0)
    names = names_field(row)
    if not isinstance(file_name, str):
        raise BadInput("file_name is missing or not a text")
    if isinstance(revision, bool) or not isinstance(revision, int) or not 0 <= revision < 2**31:
        raise BadInput("revision is not a whole number")
    times = row.pop("times", None)
    labels = Labels.from_json(row)
    known = None if times is None else _times(times, labels.frames)
    return Entry(number, file_name, labels, None, revision, names, times=known)


def _times(raw: Any, frames: int) -> tuple[float, ...]:
    """When each frame is shown, s."""
    if not isinstance(raw, list) or len(raw) != frames or not all(type(time) in (int, float) for time in raw):
        raise BadInput(f"times are not a list of {frames} numbers")
    if not all(0 <= a < b < LONGEST_S for a, b in zip(raw, raw[1:] + [LONGEST_S - 1], strict=True)):
        raise BadInput("times do not increase from 0 on")
    return tuple(float(time) for time in raw)
