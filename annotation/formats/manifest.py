"""A folder of videos with a manifest, CSV or JSONL: file_name, pattern, and InterHF's other fields.

Columns: file_name, pattern, subject, environment, device, split, consent; others become provenance.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Problem, lines, text_field
from annotation.formats.flat import safe_cell
from annotation.labels import LabelError, parse
from annotation.values import About

COLUMNS: Final = ("file_name", "pattern", "subject", "environment", "device", "split", "consent")
LONGEST_LINE: Final = 2**20
MOST_LINES: Final = 50  # of one row, whose cells may have ends of lines in quotes


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries of a manifest, without labels."""
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    for number, row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        try:
            if isinstance(row.get("contacts"), list):
                raise BadInput("it has contacts, of which a manifest does not speak: import it as native")
            yield Entry(number, _named(row), None, about(row))
        except BadInput as error:
            yield Problem(number, str(error))


def about(row: dict[str, Any]) -> About:
    """What a row of a manifest says of a clip."""
    rest = {name: value for name, value in row.items() if name not in COLUMNS and value not in (None, "")}
    return About(**{name: text_field(row, name) for name in COLUMNS[1:]}, provenance=rest)


def write(file: io.TextIOBase, rows: Iterable[tuple[str, About]]) -> None:
    """Write a CSV manifest; cells that a spreadsheet would run are quoted."""
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for file_name, what in rows:
        cells = [what.pattern, what.subject, what.environment, what.device, what.split, what.consent]
        writer.writerow([safe_cell(cell) for cell in (file_name, *cells)])


def _named(row: dict[str, Any]) -> str:
    name = text_field(row, "file_name")
    if not name:
        raise BadInput("file_name is missing")
    return name


def _json_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    for number, line in lines(path, LONGEST_LINE):
        if isinstance(line, Problem):
            yield number, line
            continue
        try:
            row = parse(line)
        except LabelError as error:
            yield number, Problem(number, str(error))
            continue
        yield number, row if isinstance(row, dict) else Problem(number, "not an object")


def _csv_rows(path: Path) -> Iterator[tuple[int, dict[str, Any] | Problem]]:
    """Rows by the number of their first line; raises `BadInput` where the first row is no header."""
    rows = _cells(path)
    _, header = next(rows, (0, None))
    if header is None:
        return
    if isinstance(header, Problem):
        raise BadInput(f"{path.name}: the first line is {header.message}")
    header = [cell.strip() for cell in header]
    if not {"file_name", "pattern"} <= set(header):
        raise BadInput(f"{path.name}: the first line has no columns file_name and pattern")
    for number, cells in rows:
        if isinstance(cells, Problem):
            yield number, cells
        elif len(cells) != len(header):
            yield number, Problem(number, f"{len(cells)} cells under {len(header)} columns")
        else:
            # What `safe_cell` put before a formula is no part of the text.
            plain = (cell[1:] if safe_cell(cell[1:]) == cell else cell for cell in cells)
            yield number, dict(zip(header, plain, strict=True))


def _cells(path: Path) -> Iterator[tuple[int, list[str] | Problem]]:
    """Rows with the number of their first line. One that ends within quotes goes on in the next lines, if that helps:
    a lost quotation mark spoils its own line only."""
    waiting: list[tuple[int, bytes | Problem]] = []
    source = _table_lines(path)
    first = True
    while waiting or (waiting := list(islice(source, 1))):
        number, line = waiting.pop(0)
        cells = _parsed(line, number, first)
        if cells is None:
            waiting += islice(source, MOST_LINES - 1 - len(waiting))
            cells = Problem(number, "not CSV: a quotation mark is not closed")
            for count in range(1, len(waiting) + 1):
                more = [each for _, each in waiting[:count]]
                if not isinstance(line, bytes) or not all(isinstance(each, bytes) for each in more):
                    break
                whole = _parsed(b"".join([line, *more]), number, first)  # type: ignore[list-item]
                if isinstance(whole, list):
                    cells, waiting = whole, waiting[count:]
                    break
        first = False
        yield number, cells


def _table_lines(path: Path) -> Iterator[tuple[int, bytes | Problem]]:
    """Numbered lines; spreadsheets of old end them with a carriage return."""
    more = 0
    for number, line in lines(path, LONGEST_LINE):
        if isinstance(line, Problem) or b"\r" not in line.rstrip(b"\r\n"):
            yield number + more, line
            continue
        pieces = line.splitlines(keepends=True)
        yield from ((number + more + k, piece) for k, piece in enumerate(pieces) if piece.strip())
        more += len(pieces) - 1


def _parsed(line: bytes | Problem, number: int, first: bool) -> list[str] | Problem | None:
    """The cells of a row, None where a quotation mark waits for its other."""
    if isinstance(line, Problem):
        return line
    try:
        text = line.decode("utf-8-sig" if first else "utf-8")
    except UnicodeDecodeError:
        return Problem(number, "not CSV: it is no UTF-8 text, as which it has to be saved")
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
    except csv.Error as error:
        if "unexpected end of data" in str(error):
            return None
        return Problem(number, f"not CSV: {error}")
    return rows[0] if len(rows) == 1 else Problem(number, "not CSV: a line ends where none is expected to")
