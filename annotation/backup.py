"""Online backups, verified and rotated; restoring one; checking that everything is whole."""

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import exists, func, select, text

from annotation import schema
from annotation.database import clear_errors
from annotation.errors import BadInput, Damaged, NotFound
from annotation.files import digest, new_name, replacing, sweep
from annotation.paths import shown, why_not_made, why_not_read
from annotation.records import get_revision
from annotation.store import Store
from annotation.video import VideoError, examine

KEEP: Final = 10  # backups before the oldest goes
LOGS: Final = ("-wal", "-shm")  # what SQLite writes beside a database


def backup(store: Store, name: str = "studio", keep: int = KEEP) -> Path:
    """Copy the database in use to `backups/<name>-<time>.db`, verify the copy, drop the oldest.

    On PostgreSQL use its own tools: raises `BadInput`.
    """
    if store.file is None:
        raise BadInput("The database is on a server: back it up there (pg_dump).")
    with clear_errors():
        store.backups.mkdir(parents=True, exist_ok=True)
        place = _free_name(store.backups, name)
        temporary = new_name(store.backups)
        with replacing(place, temporary):
            copy(store.file, temporary)
            verify(temporary)
        for old in list_backups(store, name)[keep:]:
            old.unlink(missing_ok=True)
    return place


def list_backups(store: Store, name: str = "studio") -> list[Path]:
    """Backups of that name, newest first; those of a clock that was ahead last."""
    now = f"{name}-{_stamp(time.time() + 1)}"
    found = store.backups.glob(f"{name}-[0-9]*.db")
    return sorted(found, key=lambda path: (path.name <= now, path.name), reverse=True)


def verify(path: Path) -> None:
    """Raises `Damaged` unless the file is a whole database, `BadInput` unless it is one of ours."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            problems = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
            acting = connection.execute("SELECT name FROM sqlite_master WHERE type IN ('trigger', 'view')").fetchall()
    except sqlite3.DatabaseError as error:
        raise Damaged(f"{path.name} is not a database, or damaged: {error}") from None
    if problems != ["ok"]:
        raise Damaged(f"{path.name} is damaged: {problems[0]}")
    if not {"clips", "revisions", "alembic_version"} <= tables:
        raise BadInput(f"{path.name} is a database of something else.")
    if acting:
        raise BadInput(f"{path.name} does things by itself ({shown(acting[0][0])}), which no backup of ours does.")


def restore(data: Path, source: Path) -> Path | None:
    """Put a backup in place of the database; the app must not run. Gives where a copy of the present one is.

    Raises `BadInput`, `Damaged`. Whoever is killed here leaves the present database or the backup in its place.
    """
    if why := why_not_read(source, "backup") or why_not_made(data):
        raise BadInput(why)
    verify(source)
    with clear_errors():
        database = data / "studio.db"
        (data / "backups").mkdir(parents=True, exist_ok=True)
        sweep(data)
        sweep(data / "backups")
        temporary = new_name(data)
        with replacing(database, temporary):
            copy(source, temporary)
            verify(temporary)
            kept = _keep_present(database)
    return kept


def copy(source: Path, target: Path) -> None:
    """Copy a database with what its log holds, into one file that needs no log."""
    with (
        closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        closing(sqlite3.connect(target)) as copy,
    ):
        old.backup(copy)
        copy.execute("PRAGMA journal_mode = DELETE")


def check(store: Store, thorough: bool = False) -> list[str]:
    """What is wrong, a line each: database, files, parents, heads, contacts; with `thorough` every byte."""
    problems = list(_database_problems(store))
    problems += _reference_problems(store)
    problems += _file_problems(store, thorough)
    if thorough:
        problems += _document_problems(store)
    return problems


def _database_problems(store: Store) -> Iterator[str]:
    if store.file is None:
        return
    with store.read() as connection:
        for row in connection.execute(text("PRAGMA integrity_check(20)")):
            if row[0] != "ok":
                yield f"database: {row[0]}"
        for row in connection.execute(text("PRAGMA foreign_key_check")):
            yield f"database: row {row[1]} of {row[0]} names a row of {row[2]} that is not there"


def _reference_problems(store: Store) -> Iterator[str]:
    """Heads and parents that are not there, contacts out of range, revisions without a document."""
    clips, revisions, contacts = schema.clips, schema.revisions, schema.contacts
    with store.read() as connection:
        for name in ("head", "prelabel", "gold"):
            column = clips.c[name]
            there = exists().where(revisions.c.clip_id == clips.c.id, revisions.c.number == column)
            least = 1 if name == "gold" else 0
            for clip_id, number in connection.execute(select(clips.c.id, column).where(column >= least, ~there)):
                yield f"clip {clip_id}: its {name} is revision {number}, which is not there"
        older = revisions.alias("older")
        parent = exists().where(
            older.c.clip_id == revisions.c.clip_id,
            older.c.number == revisions.c.parent,
            older.c.number < revisions.c.number,
        )
        broken = select(revisions.c.clip_id, revisions.c.number).where(revisions.c.parent.is_not(None), ~parent)
        for clip_id, number in connection.execute(broken):
            yield f"clip {clip_id}: revision {number} has a broken parent"
        document = exists().where(schema.documents.c.revision_id == revisions.c.id)
        for clip_id, number in connection.execute(select(revisions.c.clip_id, revisions.c.number).where(~document)):
            yield f"clip {clip_id}: revision {number} has no labels"
        outside = (
            select(clips.c.id, revisions.c.number, contacts.c.contact)
            .join(revisions, revisions.c.id == contacts.c.revision_id)
            .join(clips, clips.c.id == revisions.c.clip_id)
            .where(contacts.c.last_frame >= clips.c.frames)
        )
        for clip_id, number, contact in connection.execute(outside):
            yield f"clip {clip_id}: revision {number}: contact {contact} ends after the clip"
        task = exists().where(schema.tasks.c.clip_id == clips.c.id, schema.tasks.c.slot == 0)
        for row in connection.execute(select(clips.c.id).where(~task)):
            yield f"clip {row[0]}: it is in no queue"


def _file_problems(store: Store, thorough: bool) -> Iterator[str]:
    """Missing, cut and orphaned videos."""
    known = set()
    with store.read() as connection:
        rows = connection.execute(select(schema.clips.c.id, schema.clips.c.sha256, schema.clips.c.bytes)).all()
    there = {entry.name: entry.stat().st_size for entry in os.scandir(store.clips) if entry.is_file()}
    for row in rows:
        name = f"{row.sha256}.mp4"
        known.add(name)
        if name not in there:
            yield f"clip {row.id}: its file {name} is missing"
        elif there[name] != row.bytes or (thorough and digest(store.clips / name)[0] != row.sha256):
            yield f"clip {row.id}: its file {name} is not what was stored"
        elif thorough and (why := _unlike(store.clips / name)):
            yield f"clip {row.id}: browsers may show it wrongly ({why}): from before such videos were converted"
    for name in sorted(set(there) - known):
        yield f"file clips/{name} belongs to no clip"


def _unlike(path: Path) -> str:
    """Why browsers do not show a stored video frame by frame; clips of before are as they were given."""
    try:
        return examine(path).unlike
    except VideoError as error:
        return str(error)


def _document_problems(store: Store) -> Iterator[str]:
    """Labels that cannot be read, or whose contacts are not the rows beside them."""
    revisions, contacts = schema.revisions, schema.contacts
    counted = select(func.count()).where(contacts.c.revision_id == revisions.c.id).scalar_subquery()
    with store.read() as connection:
        for row in connection.execute(select(revisions.c.clip_id, revisions.c.number, counted.label("contacts"))):
            try:
                labels = get_revision(connection, row.clip_id, row.number).labels
            except NotFound:  # said before: it has no labels
                continue
            except Damaged as error:
                yield f"clip {row.clip_id}: revision {row.number}: {error}"
                continue
            if len(labels.contacts) != row.contacts:
                yield f"clip {row.clip_id}: revision {row.number}: contacts are missing"


def _keep_present(database: Path) -> Path | None:
    """Copy the present database to the backups; where the copy is, None if there is nothing to copy."""
    if database.exists():
        _close_log(database)
    kept = _free_name(database.parent / "backups", "replaced")
    logs = [log for suffix in LOGS if (log := database.with_name(database.name + suffix)).exists()]
    present = [path for path in (database, *logs) if path.exists()]
    for path in present:
        temporary = new_name(kept.parent)
        with replacing(kept.with_name(kept.name + path.name.removeprefix(database.name)), temporary):
            shutil.copyfile(path, temporary)
    for log in logs:  # of a damaged database, else they are gone: the next one must not take them for its own
        log.unlink()
    return kept if present else None


def _close_log(database: Path) -> None:
    """Bring what is in the write-ahead log into the file; raises `Locked` where the app still runs."""
    try:
        with closing(sqlite3.connect(database, timeout=1)) as connection:
            connection.execute("PRAGMA locking_mode = EXCLUSIVE")
            connection.execute("BEGIN EXCLUSIVE")
            connection.execute("COMMIT")
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.DatabaseError as error:
        if (error.sqlite_errorcode & 0xFF) in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise


def _free_name(folder: Path, name: str) -> Path:
    """A name that sorts by time and is not taken."""
    while True:
        place = folder / f"{name}-{_stamp(time.time())}.db"
        if not place.exists():
            return place
        time.sleep(0.001)


def _stamp(now: float) -> str:
    """A time (s since 1970) as a text that sorts by it."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime(now))}-{int(now * 1000) % 1000:03}"
