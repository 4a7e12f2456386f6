"""Archives that people send: judged by their list before anything is unpacked, and held to it while it is.

What is unpacked are videos and the files that describe them, each below its folder; links, hidden files and all else
are left. A list that is too long, sizes that are too large and names that lead out refuse the whole archive.
"""

import shutil
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

from annotation.beside import VIDEOS
from annotation.errors import BadInput
from annotation.files import CHUNK
from annotation.names import parts, shown, storable
from annotation.video import MAX_BYTES

WANTED: Final = frozenset({*VIDEOS, ".csv", ".jsonl", ".json", ".xml"})
MOST_FILES: Final = 100_000
MOST_LIST: Final = 64 * 2**20  # bytes of the list of files, which is read as a whole
MOST_UNPACKED: Final = 64 * 2**30  # bytes of all files
LEFT_FREE: Final = 2**30  # bytes of the disk that stay
LONGEST_NAME: Final = 500  # characters of a path, and DEEPEST folders
DEEPEST: Final = 20
DAMAGED: Final = "It is not a zip file that can be read, or it is damaged: pack it again."
TOO_MANY: Final = f"There are more than {MOST_FILES:,} files in it: send several archives."
_END: Final = struct.Struct("<4s4H2LH")  # the end of a zip file's list
_END_64: Final = struct.Struct("<4sQ2H2L4Q")


def unpack(archive: Path, folder: Path) -> Iterator[int]:
    """Unpack what is wanted into a folder that is there; how many files so far. Raises `BadInput`."""
    _check_list(archive)
    try:
        with zipfile.ZipFile(archive) as zipped:
            members = _wanted(zipped, folder)
            for number, (member, path) in enumerate(members, 1):
                path.parent.mkdir(parents=True, exist_ok=True)
                with zipped.open(member) as source, open(path, "xb") as target:
                    _copy(source, target, member.file_size)
                yield number
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, struct.error) as error:
        raise BadInput(DAMAGED) from error
    except FileExistsError:
        raise BadInput("Two files in it have the same name on this machine: rename one.") from None


def _wanted(zipped: zipfile.ZipFile, folder: Path) -> list[tuple[zipfile.ZipInfo, Path]]:
    """The members to unpack and where each goes, judged by what the list says of them."""
    if len(zipped.infolist()) > MOST_FILES:
        raise BadInput(TOO_MANY)
    chosen: list[tuple[zipfile.ZipInfo, Path]] = []
    for member in zipped.infolist():
        if member.is_dir() or stat.S_ISLNK(member.external_attr >> 16):
            continue
        path = _inside(folder, member.filename)
        if path is None or path.suffix.lower() not in WANTED:
            continue
        if member.flag_bits & 1:
            raise BadInput("It is locked by a password: pack it without one.")
        if member.file_size > MAX_BYTES:
            raise BadInput(f"{shown(member.filename)} in it is larger than {MAX_BYTES // 2**30} GB.")
        chosen.append((member, path))
    total = sum(member.file_size for member, _ in chosen)
    if total > min(MOST_UNPACKED, shutil.disk_usage(folder).free - LEFT_FREE):
        raise BadInput(f"Unpacked it would take {total / 1e9:,.1f} GB, for which there is no room here.")
    return chosen


def _inside(folder: Path, name: str) -> Path | None:
    """Where a member goes; None for a hidden one. Raises `BadInput` for a name that leads out."""
    pieces = parts(name)
    if storable(name) != name or name.startswith(("/", "\\")) or ".." in pieces or ":" in (pieces or ("",))[0]:
        raise BadInput(f"A file in it is called {shown(name)!r}, which leads out of its folder: pack it again.")
    if len(name) > LONGEST_NAME or len(pieces) > DEEPEST or any(len(piece.encode()) > 250 for piece in pieces):
        raise BadInput(f"{shown(name)} in it lies too deep, or has too long a name.")
    if not pieces or any(piece.startswith((".", "__MACOSX")) for piece in pieces):
        return None
    return folder.joinpath(*pieces)


def _copy(source: IO[bytes], target: IO[bytes], size: int) -> None:
    """Copy as many bytes as the list says; raises `BadInput` where there are more."""
    left = size
    while chunk := source.read(CHUNK):
        left -= len(chunk)
        if left < 0:
            raise BadInput("A file in it is larger than its list says: pack it again.")
        target.write(chunk)


def _check_list(archive: Path) -> None:
    """Raises `BadInput` for a list that is too large to be read, or none."""
    with open(archive, "rb") as file:
        size = file.seek(0, 2)
        begin = file.seek(max(size - _END.size - 65_535, 0))
        tail = file.read()
        at = tail.rfind(b"PK\x05\x06")
        if at < 0 or len(tail) - at < _END.size:
            raise BadInput(DAMAGED)
        _, _, _, _, files, length, _, _ = _END.unpack_from(tail, at)
        if files == 0xFFFF or length == 0xFFFFFFFF:
            file.seek(max(begin + at - 20 - _END_64.size, 0))
            found = file.read(_END_64.size)
            if len(found) == _END_64.size and found.startswith(b"PK\x06\x06"):
                *_, files, length, _ = _END_64.unpack(found)
    if files > MOST_FILES:
        raise BadInput(TOO_MANY)
    if length > MOST_LIST:
        raise BadInput("The list of its files is too long: send several archives.")
