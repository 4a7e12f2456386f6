"""A folder of videos without a manifest: each video in it, and in its folders, is a clip of which nothing is said."""

import os
from collections.abc import Iterator
from pathlib import Path

from annotation.beside import VIDEOS
from annotation.formats.entry import Entry
from annotation.values import About


def read(folder: Path) -> Iterator[Entry]:
    """An entry for each video, by name; what is hidden, and what the Mac adds to archives, is none."""
    for number, name in enumerate(sorted(_names(folder)), 1):
        yield Entry(number, name, None, About(""))


def _names(folder: Path) -> Iterator[str]:
    """Videos in a folder and below, relative to it; folders that are links are not followed."""
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__MACOSX"))]
        for name in files:
            if not name.startswith(".") and Path(name).suffix.lower() in VIDEOS:
                yield Path(place, name).relative_to(folder).as_posix()
