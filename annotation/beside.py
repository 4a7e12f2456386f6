"""The video that a row names, beside the file with the row: by its name in any Unicode form."""

import os
import re
import unicodedata
from pathlib import Path
from typing import Final

from annotation.errors import BadInput
from annotation.formats.entry import Entry
from annotation.names import ANY_SUFFIX, parts, same_end, shown, storable

VIDEOS: Final = (
    ".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi", ".ts", ".flv", ".mpg", ".mpeg", ".mts", ".m2ts",
    ".3gp", ".ogv", ".wmv",
)  # files that are taken for videos by their name  # fmt: skip
_DRIVE: Final = re.compile(r"[A-Za-z]:[\\/]")


def inside(folder: Path, name: str) -> Path:
    """The path of that relative name; raises `BadInput` where it would lie outside the folder."""
    if not name.strip():
        raise BadInput("file_name is missing")
    if storable(name) != name:
        raise BadInput(f"file_name {shown(name)!r} has characters that no name has")
    if name.startswith(("/", "\\")) or _DRIVE.match(name):
        raise BadInput(f"file_name {shown(name)!r} is not a path inside the folder, but one of a whole disk")
    pieces = [piece for piece in name.replace("\\", "/").split("/") if piece not in ("", ".")]
    if not pieces or ".." in pieces:
        raise BadInput(f"file_name {shown(name)!r} is not a path inside the folder")
    path = folder.joinpath(name if _is_file(folder / name) else "/".join(pieces))
    _refuse_outside(folder, path, name)
    return path


class Beside:
    """Files of a folder, looked up by names of other systems; each folder is listed once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._listed: dict[Path, dict[str, list[str]]] = {}

    def find(self, entry: Entry) -> Path | None:
        """The file that a row means, None where there is none; raises `BadInput` for a name that is no name."""
        if not entry.loose:
            path = inside(self.folder, entry.file_name)
            return path if _is_file(path) else self._walk(parts(entry.file_name), entry.file_name)
        for name in (entry.file_name, *entry.also):
            wanted = parts(name)
            for start in range(len(wanted)):  # the other program's folders may begin anywhere
                found = None if ".." in wanted[start:] else self._walk(wanted[start:], name)
                if found is not None:
                    return found
        return None

    def full_name(self, path: Path) -> str:
        """The file's name from its folder on, which tells it from others of that name."""
        try:
            within = path.relative_to(self.folder).as_posix()
        except ValueError:
            within = path.name
        return f"{self.folder.resolve().name}/{within}".lstrip("/")

    def _walk(self, wanted: tuple[str, ...], name: str) -> Path | None:
        path = self.folder
        for i, piece in enumerate(wanted):
            last = i + 1 == len(wanted)
            found = self._names(path, piece, last)
            if len(found) > 1:
                raise BadInput(f"{shown(name)} may be {' or '.join(map(repr, found[:3]))}: name it as it is written")
            if not found:
                return None
            path /= found[0]
        if not _is_file(path):
            return None
        _refuse_outside(self.folder, path, name)
        return path

    def _names(self, folder: Path, piece: str, last: bool) -> list[str]:
        """What is in the folder by that name."""
        if folder not in self._listed:
            listed: dict[str, list[str]] = {}
            try:
                there = sorted(os.listdir(folder))
            except OSError:
                there = []
            for each in there:
                listed.setdefault(unicodedata.normalize("NFC", storable(each)), []).append(each)
            self._listed[folder] = listed
        listed = self._listed[folder]
        if not (last and piece.endswith(ANY_SUFFIX)):
            return listed.get(piece, [])
        return [
            each
            for known, names in listed.items()
            if same_end(known, piece) and Path(known).suffix.lower() in VIDEOS
            for each in names
        ]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):  # a name that this system cannot have
        return False


def _refuse_outside(folder: Path, path: Path, name: str) -> None:
    try:
        there = path.resolve().is_relative_to(folder.resolve())
    except (OSError, RuntimeError, ValueError):
        return  # no file of this system
    if not there:
        raise BadInput(f"file_name {shown(name)!r} leads out of the folder")
