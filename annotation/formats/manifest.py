"""A folder of videos with a manifest, CSV or JSONL: file_name, pattern, and InterHF's other fields.

Columns: file_name, pattern, subject, environment, device, split, consent; others become provenance.
"""

import csv
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Problem, lines, text_field
from annotation.formats.flat import safe_cell
from annotation.labels import LabelError, parse
from annotation.values import About

COLUMNS: Final = ("file_name", "pattern", "subject", "environment", "device", "split", "consent")
LONGEST_LINE: Final = 2**20


def read(path: Path) -> Iterator[Entry | Problem]:
    """Entries of a manifest, without labels."""
    rows = _csv_rows(path) if path.suffix.lower() == ".csv" else _json_rows(path)
    for number, row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        try:
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
    header: list[str] | None = None
    for number, line in lines(path, LONGEST_LINE):
        if isinstance(line, Problem):
            yield number, line
            continue
        try:
            cells = next(csv.reader([line.decode("utf-8-sig" if header is None else "utf-8")], strict=True))
        except (csv.Error, UnicodeDecodeError, StopIteration) as error:
            yield number, Problem(number, f"not CSV: {error}")
            continue
        if header is None:
            header = [cell.strip() for cell in cells]
            if "file_name" not in header or "pattern" not in header:
                raise BadInput(f"{path.name}: the first line has no columns file_name and pattern")
            continue
        if len(cells) != len(header):
            yield number, Problem(number, f"{len(cells)} cells under {len(header)} columns")
            continue
        # What `safe_cell` put before a formula is no part of the text.
        yield (
            number,
            {n: c[1:] if safe_cell(c[1:]) == c else c for n, c in zip(header, cells, strict=True)},
        )
