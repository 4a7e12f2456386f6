"""Bring clips and labels in: row by row, resumable, nothing half-imported.

A row is one transaction: its clip, pre-label and task are all there or none is. Rows that are in are known by
the manifest's content and their line, so that an import that was stopped goes on where it was.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, select, update

from annotation import schema
from annotation.audit import log
from annotation.clips import NewClip, insert_clip, keep, prepare
from annotation.database import clear_errors
from annotation.errors import BadInput
from annotation.files import digest
from annotation.formats import coco, cvat, labelstudio, manifest, native
from annotation.formats.entry import Entry, Problem, document, inside, lines
from annotation.labels import Labels
from annotation.people import require
from annotation.records import clip_of, get_clip, get_revision, region_bits, uncertainty
from annotation.saving import add_revision
from annotation.store import Store
from annotation.tasks import ADJUDICATION_SLOT
from annotation.taxonomy import PATTERNS
from annotation.values import About, Clip
from annotation.video import Facts, probe

FORMATS: Final = ("folder", "native", "coco", "cvat", "labelstudio")
MOST_PROBLEMS: Final = 1_000  # that are listed; all are counted
Row = Entry | Problem


@dataclass
class Report:
    """What an import did."""

    added: int = 0
    relabelled: int = 0  # clips that were here and got these labels
    same: int = 0  # clips and labels that were here
    failed: int = 0
    problems: list[Problem] = field(default_factory=list)

    @property
    def rows(self) -> int:
        return self.added + self.relabelled + self.same + self.failed


def import_file(
    store: Store,
    actor: str,
    source: str | Path,
    format: str = "",
    *,
    strict: bool = False,
    progress: Callable[[Report], None] | None = None,
) -> Report:
    """Import a folder with its manifest, or a file of labels (admin). Videos lie relative to the file.

    A bad row is reported and left out; with `strict` one bad row refuses all, before anything is imported.
    Raises `BadInput` for a file that cannot be used at all.
    """
    path, kind = _what(Path(source), format)
    with store.read() as connection:
        require(connection, actor, "admin")
    with clear_errors():
        manifest_sha256 = digest(path)[0]
        if strict:
            _refuse_bad(store, path, kind)
        report = Report()
        done = _done(store, manifest_sha256)
        for row in _rows(path, kind):
            if row.line in done:
                report.same += 1
                continue
            try:
                if isinstance(row, Problem):
                    raise BadInput(row.message)
                _import_row(store, actor, path, manifest_sha256, row, report)
            except BadInput as error:
                report.failed += 1
                if len(report.problems) < MOST_PROBLEMS:
                    report.problems.append(Problem(row.line, str(error)))
            if progress is not None:
                progress(report)
    with store.write() as connection:
        counts = f"{report.added} added, {report.relabelled} relabelled, {report.failed} refused"
        log(connection, actor, "import", detail=f"{path.name}: {counts}")
    return report


def _what(source: Path, format: str) -> tuple[Path, str]:
    """The file to read and its format."""
    if format and format not in FORMATS:
        raise BadInput(f"{format!r} is not a format: {', '.join(FORMATS)}.")
    if source.is_dir():
        for name, kind in (
            ("metadata.jsonl", "native"),
            ("manifest.csv", "folder"),
            ("manifest.jsonl", "folder"),
        ):
            if (source / name).is_file() and format in ("", kind):
                return source / name, kind
        raise BadInput(f"{source} has no manifest.csv, manifest.jsonl or metadata.jsonl.")
    if not source.is_file():
        raise BadInput(f"There is no file {source}.")
    return source, format or _guess(source)


def _guess(path: Path) -> str:
    """The format of a file, by its name and then its content."""
    suffix = path.suffix.lower()
    if suffix == ".xml":
        return "cvat"
    if suffix == ".csv":
        return "folder"
    if suffix == ".jsonl":
        _, first = next(lines(path), (0, b""))
        return "native" if isinstance(first, bytes) and b'"contacts"' in first else "folder"
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
    elif kind == "coco":
        yield from coco.read(path)
    elif kind == "cvat":
        yield from cvat.read(path)
    elif kind == "labelstudio":
        yield from labelstudio.read(path)
    else:
        beside = path.with_name("manifest.csv")
        known: dict[str, About] = {}
        if beside.is_file():
            for row in manifest.read(beside):
                if isinstance(row, Entry) and row.about is not None:
                    known[row.file_name] = row.about
        for row in native.read(path):
            yield replace(row, about=known.get(row.file_name)) if isinstance(row, Entry) else row


def _refuse_bad(store: Store, path: Path, kind: str) -> None:
    """Raises `BadInput` with the first bad row, and how many there are."""
    bad, first = 0, ""
    for row in _rows(path, kind):
        try:
            if isinstance(row, Problem):
                raise BadInput(row.message)
            _prepared(store, path, row)
        except BadInput as error:
            bad += 1
            first = first or f"line {row.line}: {error}"
    if bad:
        raise BadInput(f"{path.name}: {first}" + (f" (and {bad - 1} more)" if bad > 1 else ""))


@dataclass(frozen=True)
class _Prepared:
    """A row that can be imported: a new video, or a clip that is here."""

    video: Path | None
    known: Clip | None
    facts: Facts
    about: About
    labels: Labels


def _prepared(store: Store, path: Path, entry: Entry) -> _Prepared:
    """What a row brings, its labels fitted to its video; raises `BadInput`."""
    video = inside(path.parent, entry.file_name)
    known = None
    if video.is_file():
        facts = probe(video)
    else:
        with store.read() as connection:
            known = _known(connection, entry.file_name)
        if known is None:
            raise BadInput(f"there is no file {entry.file_name[:200]}")
        facts = Facts(known.frames, known.fps, known.width, known.height)
    labels = entry.labels(facts) if callable(entry.labels) else entry.labels
    if labels is not None and not labels.pattern:
        described = known or entry.about
        if described is None:
            raise BadInput(f"pattern is missing: one of {', '.join(PATTERNS)}")
        labels = replace(labels, pattern=described.pattern)
    about = entry.about or About(labels.pattern if labels else "")
    return _Prepared(None if known else video, known, facts, about, prepare(about, facts, labels))


def _import_row(store: Store, actor: str, path: Path, manifest_sha256: str, entry: Entry, report: Report) -> None:
    row = _prepared(store, path, entry)
    new = None
    if row.video is not None:
        sha256, size = digest(row.video)
        keep(store, row.video, sha256)
        new = NewClip(sha256, size, entry.file_name, row.facts, row.about, row.labels)
    with store.write() as connection:
        if new is not None:
            clip, added = insert_clip(connection, new, author=actor)
        else:
            assert row.known is not None
            clip, added = get_clip(connection, row.known.id, lock=True), False
        if added:
            report.added += 1
        elif entry.labels is not None and _relabel(connection, actor, clip, row.labels):
            report.relabelled += 1
        else:
            report.same += 1
        connection.execute(insert(schema.imported).values(manifest=manifest_sha256, line=entry.line, clip_id=clip.id))


def _relabel(connection: Connection, actor: str, clip: Clip, labels: Labels) -> bool:
    """Give a clip that nobody touched other labels; False where it has them, `BadInput` after a review."""
    head = get_revision(connection, clip.id, clip.head)
    if head.labels == labels:
        return False
    if head.kind != "import":
        raise BadInput(f"clip {clip.id} has been worked on since: its labels stay")
    saved = add_revision(connection, actor, clip, labels, "import")
    tasks = schema.tasks
    connection.execute(
        update(schema.clips).where(schema.clips.c.id == clip.id).values(prelabel=saved.number, source=labels.source)
    )
    connection.execute(
        update(tasks)
        .where(tasks.c.clip_id == clip.id, tasks.c.slot < ADJUDICATION_SLOT)
        .values(
            pattern=labels.pattern,
            source=labels.source,
            regions=region_bits(labels),
            uncertainty=uncertainty(labels),
            status="open" if labels.state == "unreviewed" else "done",
        )
    )
    return True


def _known(connection: Connection, file_name: str) -> Clip | None:
    """A clip that is here by its content's name (`clips/<sha256>.mp4`), else by its own, if unique."""
    clips = schema.clips
    stem = Path(file_name).stem
    row = connection.execute(select(clips).where(clips.c.sha256 == stem)).first()
    if row is not None:
        return clip_of(row)
    names = {file_name, Path(file_name).name}
    rows = connection.execute(select(clips).where(clips.c.file_name.in_(names)).limit(2)).all()
    if len(rows) > 1:
        raise BadInput(f"{file_name[:200]} is the name of several clips")
    return clip_of(rows[0]) if rows else None


def _done(store: Store, manifest_sha256: str) -> set[int]:
    """Lines of a file that are in."""
    table = schema.imported
    with store.read() as connection:
        return set(connection.scalars(select(table.c.line).where(table.c.manifest == manifest_sha256)))
