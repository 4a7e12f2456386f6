"""ActivityNet JSON, out only: segments in seconds, from the first frame's start to the last one's end.

The seconds are those of the video that was given, as a player shows it; a converted clip keeps them beside it.
"""

import json
from collections.abc import Iterable
from typing import IO

from annotation.formats.entry import Entry
from annotation.labels import Labels
from annotation.taxonomy import REGIONS
from annotation.video import starts


def write(file: IO[str], entries: Iterable[Entry]) -> int:
    """Write the database clip by clip; how many."""
    taxonomy = [{"nodeId": 0, "nodeName": "Root", "parentId": None, "parentName": None}]
    taxonomy += [
        {"nodeId": i + 1, "nodeName": region, "parentId": 0, "parentName": "Root"} for i, region in enumerate(REGIONS)
    ]
    file.write(f'{{"version": "InterAnimate 1", "taxonomy": {json.dumps(taxonomy)}, "database": {{')
    written = 0
    for entry in entries:
        file.write(",\n" if written else "\n")
        file.write(f"{json.dumps(entry.file_name)}: {json.dumps(_clip(entry))}")
        written += 1
    file.write("}}\n")
    return written


def _clip(entry: Entry) -> dict[str, object]:
    labels = entry.labels
    assert isinstance(labels, Labels)
    split = entry.about.split if entry.about else ""
    at = [round(time, 6) for time in starts(labels.fps, labels.frames, entry.times)]
    return {
        "names": list(entry.names),
        "duration": at[-1],
        "subset": {"train": "training", "val": "validation", "test": "testing"}.get(split, split),
        "annotations": [
            {
                "label": contact.region,
                "finger": contact.finger,
                "hand": contact.hand,
                "segment": [at[contact.start], at[contact.end + 1]],
            }
            for contact in labels.contacts
        ],
    }
