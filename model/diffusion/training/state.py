"""The state from which a run goes on exactly: a part of the run's folder, with whatever else is saved with it.

`model/files.py` brings all parts of a save into their places at once, so that a killed run has its last whole state.
Versions before that renamed two folders one after the other: where they were killed, one of those holds the state.
"""

import json
import os
import shutil
from pathlib import Path
from typing import Any, Final

from model.files import PART, WHOLE, discard, part_of, settle

STATE: Final = "state"
PROGRESS: Final = "progress.json"  # in the state's folder, written last
OLDER: Final = ("state.part", "state.old")  # where earlier versions left a state, or pieces of one


def find_states(output: Path) -> list[Path]:
    """Folders of whole states, the newest first; more than one only where an earlier version was killed."""
    first, last = (output / name for name in OLDER)
    known = [(place, read_progress(place)) for place in (first, part_of(output, STATE), last)]
    steps = [(int(told["progress"]["step"]), place) for place, told in known if told]
    return [place for _, place in sorted(steps, key=lambda each: -each[0])]


def read_progress(place: Path) -> dict[str, Any]:
    """What a state says of its run: `progress` and `settings`; empty if it is not whole."""
    try:
        told = json.loads((place / PROGRESS).read_text())
        int(told["progress"]["step"])
        dict(told["settings"])
        return dict(told)
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def tidy(output: Path) -> None:
    """End a save that was committed, remove one that was not, and pieces of earlier versions without a whole state."""
    discard(output)
    whole = find_states(output)
    for name in OLDER:
        if output / name not in whole:
            shutil.rmtree(output / name, ignore_errors=True)


def keep_only(output: Path, place: Path) -> None:
    """Make a folder that `find_states` found the run's state, and remove the others; it stays found all along."""
    if place.name in OLDER:
        (output / WHOLE).mkdir(exist_ok=True)
        os.replace(place, output / WHOLE / STATE)
        settle(output)
    for name in OLDER:
        shutil.rmtree(output / name, ignore_errors=True)


def place_to_write(output: Path) -> Path:
    """The folder in which the next state is written."""
    return output / PART / STATE
