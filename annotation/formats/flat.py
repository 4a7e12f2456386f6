"""Flat CSV, out only, a row a contact. Both frames are included; `fps` is the clip's, the mean where it varies.

`names` are those that the clip ever had, a JSON list.
"""

import csv
import json
from collections.abc import Iterable
from typing import IO, Final

from annotation.formats.entry import Entry
from annotation.labels import Labels

COLUMNS: Final = (
    "clip_id",
    "region",
    "finger",
    "start_frame",
    "end_frame",
    "state",
    "names",
    "hand",
    "confidence",
    "fps",
)


def write(file: IO[str], entries: Iterable[Entry]) -> int:
    """Write a row a contact; how many clips."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    written = 0
    for entry in entries:
        labels = entry.labels
        assert isinstance(labels, Labels)
        names = json.dumps(entry.names, ensure_ascii=False)
        for contact in labels.contacts:
            words = (contact.region, contact.finger, contact.start, contact.end, labels.state)
            more = (contact.hand, contact.confidence, labels.fps)
            writer.writerow([safe_cell(entry.file_name), *words, names, *more])
        written += 1
    return written


def safe_cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
