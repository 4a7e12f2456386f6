"""Bring clips and labels in: row by row, resumable, nothing half-imported.

A row is one transaction: its clip, pre-label and task are all there or none is. Rows that are in are known by
their video's content and what they say, so that an import that was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from annotation.audit import log
from annotation.batches import Done, Row, carry_out_all
from annotation.beside import Beside
from annotation.database import clear_errors
from annotation.errors import BadInput
from annotation.formats import coco, cvat, films, labelstudio, manifest, native
from annotation.formats.entry import Entry, Problem, document, lines
from annotation.names import parts, shown, storable
from annotation.paths import why_no_folder, why_not_read
from annotation.people import require
from annotation.rows import Source, plan
from annotation.store import Store
from annotation.values import About

READERS: Final[dict[str, Callable[[Path], Iterator[Entry | Problem]]]] = {
    "folder": manifest.read,
    "videos": films.read,
    "native": native.read,
    "coco": coco.read,
    "cvat": cvat.read,
    "labelstudio": labelstudio.read,
}
FORMATS: Final = tuple(READERS)
NOTHING: Final = "{folder} has no video in it, and no manifest.csv, manifest.jsonl or metadata.jsonl."
MOST_PROBLEMS: Final = 1_000  # that are listed; all are counted


@dataclass
class Report:
    """What an import did, up to now."""

    each: str = "line"  # what a row is called, in words
    added: int = 0
    relabelled: int = 0  # clips that were here and got these labels, or this description
    same: int = 0  # clips and labels that were here
    failed: int = 0
    lost: int = 0  # what could not be kept of rows that are in
    converted: int = 0  # of those that were added
    problems: list[Problem] = field(default_factory=list)  # rows that were refused
    notes: list[Problem] = field(default_factory=list)  # what was lost of the others, and which were converted

    @property
    def rows(self) -> int:
        return self.added + self.relabelled + self.same + self.failed

    @property
    def unchanged(self) -> bool:
        """Whether all that came was here already."""
        return bool(self.same) and not (self.added or self.relabelled or self.failed)


def import_file(
    store: Store,
    actor: str,
    source: str | Path,
    format: str = "",
    *,
    strict: bool = False,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Import a folder of videos, or a file of labels (admin): `import_steps`, to its end."""
    report = Report()
    for report in import_steps(store, actor, source, format, strict=strict):
        if progress is not None and report.rows:
            progress(report)
    return report


def import_steps(
    store: Store, actor: str, source: str | Path, format: str = "", *, strict: bool = False
) -> Iterator[Report]:
    """Import a folder, with or without a manifest, or a file of labels (admin); how far it is, row by row.

    Videos lie relative to the file. A bad row is reported and left out; with `strict` one bad row refuses all, before
    anything is imported. What was told is in; closing the iterator stops the work. Raises `BadInput` for a file that
    cannot be used at all.
    """
    with store.read() as connection:
        require(connection, actor, "admin")  # before any file is looked for: who may not import learns nothing
    path, kind = _what(Path(source), format)
    with clear_errors():
        rows = Source(path, Beside(path if kind == "videos" else path.parent))
        if strict:
            _refuse_bad(store, rows, kind)
        report = Report(each="video" if kind == "videos" else "line")
        yield report
        for done in carry_out_all(store, actor, rows, _rows(path, kind)):
            _count(report, done)
            yield report
        if kind == "videos" and not report.rows:
            raise BadInput(NOTHING.format(folder=shown(str(path))))
    with store.write() as connection:
        counts = f"{report.added} added, {report.relabelled} relabelled, {report.failed} refused"
        log(connection, actor, "import", detail=f"{storable(path.name)}: {counts}")


def _what(source: Path, format: str) -> tuple[Path, str]:
    """The file to read and its format."""
    if format and format not in FORMATS:
        raise BadInput(f"{format!r} is not a format: {', '.join(FORMATS)}.")
    if not source.name:
        source = source.resolve()
        if source == source.parent:
            raise BadInput("Name the folder in which the videos lie, not the whole disk.")
    if not why_no_folder(source):
        for name, kind in (
            ("metadata.jsonl", "native"),
            ("manifest.csv", "folder"),
            ("manifest.jsonl", "folder"),
        ):
            if (source / name).is_file() and format in ("", kind):
                return source / name, kind
        if format in ("", "videos"):
            return source, "videos"
        raise BadInput(f"{shown(str(source))} has no manifest.csv, manifest.jsonl or metadata.jsonl.")
    if why := why_not_read(source):
        raise BadInput(why)
    return source, format or _guess(source)


def _guess(path: Path) -> str:
    """The format of a file, by its name and then its content."""
    suffix = path.suffix.lower()
    if suffix == ".xml":
        return "cvat"
    if suffix == ".csv":
        return "folder"
    if suffix == ".jsonl":
        speaks = any(isinstance(line, bytes) and b'"contacts"' in line for _, line in lines(path))
        return "native" if speaks else "folder"
    if suffix == ".json":
        data = document(path)
        if isinstance(data, dict) and "videos" in data:
            return "coco"
        if isinstance(data, list):
            return "labelstudio"
    raise BadInput(f"{path.name}: which format is it? Say so: {', '.join(FORMATS)}.")


def _rows(path: Path, kind: str) -> Iterator[Row]:
    """Rows of the file; labels of an exported folder get what its manifest says of their clips."""
    if kind == "folder":
        yield from manifest.read(path)
        return
    beside = path.with_name("manifest.csv")
    known: dict[tuple[str, ...], About] = {}
    if beside.is_file():
        for row in manifest.read(beside):
            if isinstance(row, Entry) and row.about is not None:
                known[parts(row.file_name)] = row.about
    for row in READERS[kind](path):
        yield replace(row, about=known.get(parts(row.file_name))) if isinstance(row, Entry) else row


def _count(report: Report, done: Done) -> None:
    """What became of a row, added to the report."""
    row = done.row
    if done.outcome is None:
        report.failed += 1
        if len(report.problems) < MOST_PROBLEMS:
            report.problems.append(Problem(row.line, done.words))
        return
    assert isinstance(row, Entry)
    setattr(report, done.outcome, getattr(report, done.outcome) + 1)
    report.converted += bool(done.words)
    report.lost += sum(lost.count for lost in row.lost)
    said = [f"not kept: {lost}" for lost in row.lost]
    for words in [*said, *([f"converted: {shown(row.file_name)}: {done.words}"] if done.words else [])]:
        if len(report.notes) < MOST_PROBLEMS:
            report.notes.append(Problem(row.line, words))


def _refuse_bad(store: Store, source: Source, kind: str) -> None:
    """Raises `BadInput` with the first bad row, and how many there are."""
    bad, first = 0, ""
    for row in _rows(source.path, kind):
        try:
            if isinstance(row, Problem):
                raise BadInput(row.message)
            plan(store, source, row)
        except BadInput as error:
            bad += 1
            first = first or f"line {row.line}: {error}"
    if bad:
        raise BadInput(f"{source.path.name}: {first}" + (f" (and {bad - 1} more)" if bad > 1 else ""))
