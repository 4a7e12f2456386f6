"""Paths that people give: shown on one line, and judged before the work.

Nothing here says what a file is for: a function gives a sentence of what is wrong, empty where nothing is, and whoever
asked raises its own error.
"""

import os
import stat
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import Final

LONGEST: Final = 160  # characters of a path in a message
# Suffixes that promise a kind of file: another kind is not written under them.
PROMISES: Final = frozenset({
    ".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".gif", ".webp", ".avif", ".png", ".jpg", ".jpeg", ".bmp", ".tif",
    ".tiff", ".heic", ".svg", ".mp3", ".wav", ".pdf", ".html", ".htm", ".csv", ".tsv", ".xls", ".xlsx", ".xml", ".yaml",
    ".yml", ".toml", ".md", ".py", ".db", ".sqlite", ".parquet", ".npz", ".npy", ".zip", ".tar", ".gz", ".7z", ".onnx",
    ".safetensors", ".pt", ".json", ".jsonl",
})  # fmt: skip


def shown(path: str | Path) -> str:
    """A path for a message: on one line, printable, its middle left out where it is long."""
    text = one_line(str(path)) or "''"
    return text if len(text) <= LONGEST else f"{text[: LONGEST // 2]}…{text[-LONGEST // 2 :]}"


def one_line(text: str) -> str:
    """Text without ends of lines and other characters that steer a terminal; bytes that are no text as `\\xff`."""
    plain = "".join(f"\\x{ord(c) - 0xDC00:02x}" if 0xDC80 <= ord(c) <= 0xDCFF else c for c in text)
    return "".join(c if c.isprintable() or c in "\u00a0\u202f" else repr(c)[1:-1] for c in plain)


def why_not_read(path: str | Path, what: str = "file") -> str:
    """Why there is no such file to read; `what` it is meant to be, as "photo"."""
    mode, why = _mode(path, what)
    return why or ("" if stat.S_ISREG(mode) else f"{shown(path)} is not a file: give the path of one {what}.")


def why_no_folder(path: str | Path, what: str = "folder") -> str:
    """Why there is no such folder to read."""
    mode, why = _mode(path, what)
    return why or ("" if stat.S_ISDIR(mode) else f"{shown(path)} is not a folder: give the path of one.")


def why_not_made(folder: str | Path) -> str:
    """Why no folder can be made there, or files in the one that is there."""
    try:
        where = Path(os.path.realpath(_named(folder)))
        while not _exists(where):
            where = where.parent
        if not where.is_dir():
            return f"{shown(folder)} cannot be a folder: {shown(where)} is a file. Name another."
        with tempfile.TemporaryFile(dir=where):
            return ""
    except (OSError, ValueError) as error:
        return _unwritable(folder, error)


def why_not_written(path: str | Path, suffixes: Sequence[str] = ()) -> str:
    """Why no file can be written there; `suffixes` are those of its kind, others that promise a kind are refused."""
    try:
        target = Path(os.path.realpath(_named(path)))
        suffix = Path(path).suffix.lower()
        if suffixes and suffix in PROMISES and suffix not in suffixes:
            return f"{shown(path)} would not be what its name says: name it {' or '.join(suffixes)}."
        if _exists(target):
            mode = target.stat().st_mode
            if stat.S_ISDIR(mode):
                return f"{shown(path)} is a folder. Name a file in it."
            if _is_nothing(target):
                return ""
            if not stat.S_ISREG(mode):
                return f"{shown(path)} is a device or a pipe, not a file. Name a file."
        if not target.parent.is_dir():
            return f"There is no folder {shown(Path(path).parent)}. Create it, or name another."
        with tempfile.TemporaryFile(dir=target.parent):
            return ""
    except (OSError, ValueError) as error:
        return _unwritable(path, error)


def same_file(a: str | Path, b: str | Path) -> bool:
    """Whether both lead to one file, or would."""
    try:
        here, there = (os.path.realpath(path) for path in (a, b))
        both = os.path.exists(here) and os.path.exists(there)
        return not _is_nothing(Path(here)) and (here == there or (both and os.path.samefile(here, there)))
    except (OSError, ValueError):
        return str(a) == str(b)


def why_not_together(outputs: Mapping[str, str | Path | None], inputs: Iterable[str | Path] = ()) -> str:
    """Why some outputs, by what they are of, cannot be written beside each other: one would overwrite another."""
    given = {name: path for name, path in outputs.items() if path is not None}
    for (a, here), (b, there) in combinations(given.items(), 2):
        if same_file(here, there):
            return f"{a} and {b} are both {shown(there)}: name two files."
    for name, path in given.items():
        if any(same_file(path, source) for source in inputs):
            return f"{name} is {shown(path)}, which is read: name another file."
    return ""


def _mode(path: str | Path, what: str) -> tuple[int, str]:
    """The mode of what is there, or why there is nothing."""
    try:
        return os.stat(_named(path)).st_mode, ""
    except FileNotFoundError:
        return 0, f"There is no {what} at {shown(path)}: check the path."
    except (OSError, ValueError) as error:
        return 0, f"There can be no {what} at {shown(path)} ({_reason(error)}): check the path."


def _named(path: str | Path) -> str | Path:
    """The path; ValueError where it is no name, or `-`, which some programs take for the terminal."""
    if str(path) in ("", "-"):
        raise ValueError("it names no file; ./- would" if str(path) == "-" else "it is empty")
    return path


def _exists(path: Path) -> bool:
    """Whether something is there; OSError where nothing can be."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def _is_nothing(path: Path) -> bool:
    """Whether it is the device that forgets what is written to it."""
    return str(path) == os.devnull


def _unwritable(path: str | Path, error: Exception) -> str:
    return f"Cannot write {shown(path)}: {_reason(error)}. Name a folder that is writable, and a file in it."


def _reason(error: Exception) -> str:
    """What the system says against a path."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return "it has a null character" if "null" in str(error) else str(error)
