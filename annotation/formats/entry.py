"""One clip as a file of labels describes it, and the guards that every reader shares."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from annotation.errors import BadInput
from annotation.labels import MAX_BYTES, LabelError, Labels
from annotation.values import About
from annotation.video import Facts
from annotation.weight import too_heavy

MAX_DOCUMENT: Final = 1 << 30  # bytes of a file that is read as a whole
MAX_NAMES: Final = 1_000  # of one clip


@dataclass(frozen=True)
class Entry:
    """A clip's file, relative to the file that names it, and what is said about it."""

    line: int
    file_name: str
    labels: Labels | Callable[[Facts], Labels] | None  # a function where the video has to tell sizes
    about: About | None = None
    revision: int = 0
    names: tuple[str, ...] = ()  # all that the clip ever had
    loose: bool = False  # the file's name is a path as another program knows it
    also: tuple[str, ...] = ()  # what the name may be if not that
    lost: tuple["Lost", ...] = ()  # what of it cannot be kept, and why
    span: tuple[int, int] | None = None  # first and last frame that the labels speak of, if not of all
    asks: str = ""  # what to do where the name finds nothing
    times: tuple[float, ...] | None = None  # s, when each frame is shown; None for frame / fps


@dataclass(frozen=True)
class Lost:
    """Things of a row that cannot be kept."""

    count: int
    what: str

    def __str__(self) -> str:
        return f"{self.count} × {self.what}"


@dataclass(frozen=True)
class Problem:
    """A row that cannot be used, and why."""

    line: int
    message: str


def lines(path: Path, longest: int = MAX_BYTES) -> Iterator[tuple[int, bytes | Problem]]:
    """Numbered lines, blank ones left out; one that is too long is a `Problem`, and never in memory.

    One without an end, as of a file with a hole of a terabyte in it, is the last.
    """
    with open(path, "rb") as file:
        number = 0
        while line := file.readline(longest + 1):
            number += 1
            if len(line) > longest and not line.endswith(b"\n"):
                line, begin = b"", file.tell()
                while (rest := file.readline(2**16)) and not rest.endswith(b"\n"):
                    if file.tell() - begin > MAX_DOCUMENT:
                        yield (
                            number,
                            Problem(number, f"the line is longer than {MAX_DOCUMENT >> 30} GB: it is the last"),
                        )
                        return
                yield number, Problem(number, f"the line is longer than {longest // 2**20} MB")
            elif line.strip():
                yield number, line


def document(path: Path) -> Any:
    """The JSON of a whole file; raises `BadInput`."""
    size = path.stat().st_size
    if size > MAX_DOCUMENT:
        raise BadInput(f"{path.name} is larger than {MAX_DOCUMENT >> 30} GB: split it.")
    data = path.read_bytes()
    if too_heavy(data):
        raise BadInput(f"{path.name} has more parts than labels have: split it.")
    try:
        return json.loads(data, parse_constant=_refuse)
    except RecursionError:
        raise BadInput(f"{path.name}: nested too deeply") from None
    except UnicodeDecodeError:
        raise BadInput(f"{path.name}: not JSON: it is no UTF-8 text: save it as UTF-8") from None
    except (ValueError, LabelError) as error:
        raise BadInput(f"{path.name}: not JSON: {' '.join(str(error).split())[:120]}") from None


def text_field(row: dict[str, Any], name: str, where: str = "") -> str:
    """A text of a row, empty where it is missing; raises `BadInput`."""
    value = row.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise BadInput(f"{where}{name} is not a text")
    return value.strip()


def whole_field(row: Any, name: str, where: str, least: int = 0, most: int = 10**9) -> int:
    """A whole number of a row; raises `BadInput`."""
    value = row.get(name) if isinstance(row, dict) else None
    if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
        raise BadInput(f"{where}{name} is not a whole number from {least} to {most}")
    return value


def list_field(row: Any, name: str, where: str) -> list[Any]:
    """A list of a row; raises `BadInput`."""
    value = row.get(name) if isinstance(row, dict) else None
    if not isinstance(value, list):
        raise BadInput(f"{where}{name} is not a list")
    return value


def names_field(row: dict[str, Any]) -> tuple[str, ...]:
    """The names that a clip ever had, none where they are not said; raises `BadInput`."""
    names = row.get("names", [])
    if not isinstance(names, list) or len(names) > MAX_NAMES or not all(isinstance(name, str) for name in names):
        raise BadInput(f"names is not a list of at most {MAX_NAMES:,} texts")
    return tuple(names)


def _refuse(name: str) -> float:
    raise LabelError(f"{name} is not a number")
