"""Clips and people forgotten for good: rows, files, exports, and what a database keeps of deleted rows.

The audit trail says that something was forgotten, not what or whose. Backups are other files: they are named, and
deleted where that is asked for.
"""

import shutil
import sqlite3
import time
from collections.abc import Collection, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import ColumnElement, Connection, Table, delete, insert, or_, select, text, update

from annotation import records, schema
from annotation.audit import log
from annotation.database import clear_errors
from annotation.errors import Locked, NotAllowed, NotFound
from annotation.files import CHUNK, sync
from annotation.people import require
from annotation.records import get_clip, get_revision, pack
from annotation.rights import sent
from annotation.store import Store
from annotation.values import STRANGER, SYSTEM

NOBODY: Final = "somebody"  # whose what forgotten people did on others' clips is
MOST_SENT: Final = 100  # of a person's clips that are listed
SCRUB: Final = "scrub"  # setting: since when (s since 1970) deleted rows may still be read in the file
PATIENCE: Final = 30  # s that a rebuild waits for others


def forget(store: Store, actor: str, clip_ids: Collection[int]) -> tuple[str, ...]:
    """Delete clips with all that is known of them (admin, and who sent them); the exports that went with them.

    Their files go first: whoever is stopped here does it again. Call `scrub` after it. Raises `NotFound`, `NotAllowed`.
    """
    with _writing(store) as connection:
        shas = {clip_id: _may_forget(connection, actor, clip_id) for clip_id in clip_ids}
        exports = _delete_files(store, shas.values())
        for clip_id in shas:
            _delete_rows(connection, clip_id)
        _note(connection, "a clip" if len(shas) == 1 else f"{len(shas)} clips")
    records.forget_documents()
    return exports


def forget_person(store: Store, actor: str, name: str) -> tuple[int, tuple[str, ...]]:
    """Forget the clips that a person sent or is the subject of, and their name on what they did for others (admin).

    How many clips, and the exports that went with them. Raises `NotFound`.
    """
    clips, people = schema.clips, schema.people
    with store.read() as connection:
        require(connection, actor, "admin")
        known = connection.scalar(select(people.c.name).where(people.c.name == name))
        subjects = _subjects(connection, name)
        of_theirs = select(clips.c.id).where(clips.c.subject.in_([name, *subjects]))
        own = [*_sent(connection, name), *connection.scalars(of_theirs)]
    if name in (SYSTEM, NOBODY) or (known is None and not own and not subjects):
        raise NotFound(f"There is nobody called {name}, and no clip of theirs.")
    for subject in subjects:
        _forget_consent(store, subject)
    exports = forget(store, actor, set(own)) if own else ()
    if known is not None:
        with _writing(store) as connection:
            _rename(connection, name)
            _note(connection, "a person")
        records.forget_documents()
    return len(set(own)), exports


def forget_subject(store: Store, name: str) -> tuple[int, tuple[str, ...]]:
    """Forget somebody who filmed themselves; how many clips, and the exports that went with them.

    The consent goes first: a clip that is being kept meanwhile finds nobody, and is not kept.
    """
    clips = schema.clips
    _forget_consent(store, name)
    with store.read() as connection:
        own = list(connection.scalars(select(clips.c.id).where(clips.c.subject == name)))
    return len(own), forget(store, SYSTEM, own) if own else ()


def sent_by(store: Store, actor: str) -> list[int]:
    """The clips that the person sent to review, the newest first."""
    with store.read() as connection:
        require(connection, actor)
        return [] if actor == STRANGER else _sent(connection, actor, MOST_SENT)


def scrub(store: Store) -> None:
    """Write the database anew without what was deleted, and empty its log; takes seconds for a gigabyte.

    Raises `Locked` where somebody else holds the database for long: then it is still due.
    """
    with clear_errors():
        if store.file is None:
            with store.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as server:
                for table in schema.metadata.sorted_tables:
                    server.execute(text(f"VACUUM FULL {table.name}"))
        else:
            with closing(sqlite3.connect(store.file, timeout=PATIENCE, isolation_level=None)) as file:
                file.execute("VACUUM")
            _empty_log(store.file)
    with store.write() as connection:
        connection.execute(schema.settings.delete().where(schema.settings.c.name == SCRUB))


def due(store: Store) -> float | None:
    """Since when (s since 1970) what was deleted may still be read in the database's file, None where it may not."""
    with store.read() as connection:
        return connection.scalar(select(schema.settings.c.value).where(schema.settings.c.name == SCRUB))


def stale_backups(store: Store) -> list[Path]:
    """Backups with a clip or a person that is no longer here, and those that cannot be read, by name."""
    columns = (schema.clips.c.sha256, schema.people.c.name, schema.subjects.c.name)
    with store.read() as connection:
        here = {str(column): set(connection.scalars(select(column))) for column in columns}
    found = sorted(path for path in store.backups.glob("*.db*") if path.is_file())
    return [path for path in found if _holds_more(path, here)]


def delete_backups(store: Store, actor: str) -> list[Path]:
    """Delete the `stale_backups` (admin); which these were."""
    with store.read() as connection:
        require(connection, actor, "admin")
    stale = stale_backups(store)
    with clear_errors():
        for path in stale:
            path.unlink(missing_ok=True)
        if stale:
            sync(store.backups)
    return stale


@contextmanager
def _writing(store: Store) -> Iterator[Connection]:
    """A write whose deleted rows are overwritten with zeros, where SQLite reaches them."""
    with store.write() as connection:
        sqlite = connection.dialect.name == "sqlite"
        if sqlite:
            connection.exec_driver_sql("PRAGMA secure_delete = ON")
        try:
            yield connection
        finally:
            if sqlite:  # the connection is used again
                connection.exec_driver_sql("PRAGMA secure_delete = OFF")


def _may_forget(connection: Connection, actor: str, clip_id: int) -> str:
    """The clip's checksum; raises unless it is an admin's to forget, or the person's own."""
    person = require(connection, actor)
    if person.role != "admin" and not sent(connection, actor, clip_id):
        raise NotAllowed("Only who sent a clip to review, and admins, withdraw it.")
    return get_clip(connection, clip_id, lock=True).sha256


def _sent(connection: Connection, name: str, most: int = -1) -> list[int]:
    """Clips that were sent from the Generate tab by that person, the newest first; imported ones are not theirs."""
    revisions, events = schema.revisions, schema.events
    query = (
        select(revisions.c.clip_id)
        .join(events, (events.c.clip_id == revisions.c.clip_id) & (events.c.action == "add"))
        .where(revisions.c.author == name, revisions.c.number == 1, events.c.person == name)
        .order_by(revisions.c.clip_id.desc())
    )
    return list(connection.scalars(query if most < 0 else query.limit(most)))


def _delete_rows(connection: Connection, clip_id: int) -> None:
    """Everything that names the clip, the clip last."""
    revisions, tasks = schema.revisions, schema.tasks
    of_revision = select(revisions.c.id).where(revisions.c.clip_id == clip_id)
    of_task = select(tasks.c.id).where(tasks.c.clip_id == clip_id)
    for table in (schema.contacts, schema.documents, schema.decisions):
        connection.execute(delete(table).where(table.c.revision_id.in_(of_revision)))
    connection.execute(delete(schema.skips).where(schema.skips.c.task_id.in_(of_task)))
    for table in (tasks, schema.events, schema.names, revisions):
        connection.execute(delete(table).where(table.c.clip_id == clip_id))
    connection.execute(delete(schema.clips).where(schema.clips.c.id == clip_id))


def _subjects(connection: Connection, name: str) -> list[str]:
    """The subjects that a name, or a login, stands for."""
    subjects = schema.subjects
    return list(
        connection.scalars(select(subjects.c.name).where(or_(subjects.c.name == name, subjects.c.login == name)))
    )


def _forget_consent(store: Store, subject: str) -> None:
    """Nobody of that pseudonym has agreed to anything here."""
    with _writing(store) as connection:
        connection.execute(delete(schema.subjects).where(schema.subjects.c.name == subject))
        _note(connection, "a consent")


def _note(connection: Connection, what: str) -> None:
    """The audit's line, without whose it was, and that the file is to be written anew."""
    log(connection, SYSTEM, "forgotten", detail=what)
    connection.execute(schema.settings.delete().where(schema.settings.c.name == SCRUB))
    connection.execute(insert(schema.settings).values(name=SCRUB, value=time.time()))


def _delete_files(store: Store, shas: Collection[str]) -> tuple[str, ...]:
    """Delete what is kept under a clip's checksum, and exports that name it; the names of these exports."""
    for sha in shas:
        for path in store.data.glob(f"*/*{sha}*"):
            path.unlink(missing_ok=True)
    wanted = [sha.encode() for sha in shas]
    gone = [entry for entry in sorted(store.exports.iterdir()) if _names_one(entry, wanted)] if wanted else []
    for entry in gone:
        shutil.rmtree(entry) if entry.is_dir() else entry.unlink(missing_ok=True)
    for folder in (store.clips, store.exports):
        sync(folder)
    return tuple(entry.name for entry in gone)


def _names_one(entry: Path, wanted: list[bytes]) -> bool:
    """Whether an export, a file or a folder, has one of these in its text or among its files."""
    files = [path for path in entry.rglob("*") if path.is_file()] if entry.is_dir() else [entry]
    return any(any(sha.decode() in path.name for sha in wanted) or _reads_one(path, wanted) for path in files)


def _reads_one(path: Path, wanted: list[bytes]) -> bool:
    if path.suffix == ".mp4":  # named by its content
        return False
    rest, most = b"", max(map(len, wanted))
    with open(path, "rb") as file:
        while chunk := file.read(CHUNK):
            rest = rest[-most:] + chunk
            if any(sha in rest for sha in wanted):
                return True
    return False


def _rename(connection: Connection, name: str) -> None:
    """Nobody's name on what a person did, and no person of that name."""
    people, tasks, skips, events = schema.people, schema.tasks, schema.skips, schema.events
    if connection.scalar(select(people.c.name).where(people.c.name == NOBODY)) is None:
        connection.execute(insert(people).values(name=NOBODY, role="annotator", active=0, created=time.time()))
    _sign_anew(connection, name)
    connection.execute(delete(skips).where(skips.c.person == name))
    connection.execute(update(tasks).where(tasks.c.person == name).values(lease=None, lease_until=None))
    for table, column in (
        (schema.revisions, "author"), (schema.decisions, "person"), (events, "person"),
        (tasks, "person"), (tasks, "previous"), (tasks, "done_by"),
        (tasks, "assigned"),
    ):  # fmt: skip
        _replace(connection, table, table.c[column], name)
    connection.execute(delete(events).where(events.c.action == "set role", _begins(events.c.detail, f"{name}: ")))
    connection.execute(delete(people).where(people.c.name == name))


def _replace(connection: Connection, table: Table, column: ColumnElement[str], name: str) -> None:
    connection.execute(update(table).where(column == name).values({column: NOBODY}))


def _begins(column: ColumnElement[str], words: str) -> ColumnElement[bool]:
    return column.startswith(words, autoescape=True)


def _sign_anew(connection: Connection, name: str) -> None:
    """Labels name their author too: those of every clip that the person saved a revision of."""
    revisions, documents = schema.revisions, schema.documents
    theirs = select(revisions.c.clip_id).where(revisions.c.author == name)
    rows = connection.execute(
        select(revisions.c.id, revisions.c.clip_id, revisions.c.number).where(revisions.c.clip_id.in_(theirs))
    ).all()
    for row in rows:
        labels = get_revision(connection, row.clip_id, row.number).labels
        if labels.author == name:
            signed = pack(replace(labels, author=NOBODY))
            connection.execute(update(documents).where(documents.c.revision_id == row.id).values(labels=signed))


def _holds_more(path: Path, here: dict[str, set[str]]) -> bool:
    """Whether a backup has more than these in a `table.column`; what cannot be read may have anything."""
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro&immutable=1", uri=True)) as file:
            tables = {row[0] for row in file.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
            for place, known in here.items():
                table, _, column = place.partition(".")
                if table == "subjects" and table not in tables:  # it is of before there were any
                    continue
                if not {row[0] for row in file.execute(f"SELECT {column} FROM {table}")} <= known:
                    return True
    except sqlite3.DatabaseError:
        return True
    return False


def _empty_log(file: Path) -> None:
    """Bring the write-ahead log into the file and cut it; raises `Locked` while others read what was before."""
    with closing(sqlite3.connect(file, timeout=PATIENCE, isolation_level=None)) as connection:
        busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    if busy:
        raise Locked("The database is busy: what was deleted may still be read in its file. Try again.")
