"""The engine: SQLite set up so that "saved" means saved, or PostgreSQL by URL.

SQLite runs in WAL mode with synchronous=FULL: a commit is on the disk before it is acknowledged. Writers
begin with BEGIN IMMEDIATE, since a transaction that reads and then writes cannot wait for a lock it lacks.
"""

import errno
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchModuleError

from annotation.errors import BadInput, Damaged, DiskFull, Locked, ReadOnly, StoreError

BUSY_MS: Final = 5_000  # how long to wait for another program's lock
WRITE: Final = "annotation_write"  # execution option: this transaction is going to write

_SQLITE_ERRORS: Final[dict[int, tuple[type[StoreError], str]]] = {
    sqlite3.SQLITE_BUSY: (Locked, "The database is locked by another program. Try again."),
    sqlite3.SQLITE_LOCKED: (Locked, "The database is locked by another program. Try again."),
    sqlite3.SQLITE_FULL: (DiskFull, "The disk is full: nothing was saved. Free some space, then try again."),
    sqlite3.SQLITE_READONLY: (ReadOnly, "The database is read-only: nothing was saved."),
    sqlite3.SQLITE_PERM: (ReadOnly, "The database may not be written: nothing was saved."),
    sqlite3.SQLITE_CANTOPEN: (ReadOnly, "The database cannot be opened: can its folder be written?"),
    sqlite3.SQLITE_CORRUPT: (Damaged, "The database is damaged. Restore a backup."),
    sqlite3.SQLITE_NOTADB: (Damaged, "The database file is not a database. Restore a backup."),
    sqlite3.SQLITE_IOERR: (DiskFull, "The disk could not be written (full or failing): nothing was saved."),
}
_OS_ERRORS: Final[dict[int, tuple[type[StoreError], str]]] = {
    errno.ENOSPC: (DiskFull, "The disk is full. Free some space, then try again."),
    errno.EDQUOT: (DiskFull, "The disk quota is used up. Free some space, then try again."),
    errno.EROFS: (ReadOnly, "The data folder is on a read-only disk."),
    errno.EACCES: (ReadOnly, "The data folder may not be written."),
    errno.EPERM: (ReadOnly, "The data folder may not be written."),
}


def make_engine(where: Path | str) -> Engine:
    """Engine of a SQLite file (path) or of a server (URL); raises `BadInput` for a URL of neither kind."""
    if isinstance(where, Path):
        url = URL.create("sqlite", database=str(where))
    else:
        try:
            url = make_url(where)
        except ArgumentError:
            raise BadInput("STUDIO_DATABASE_URL is not a database URL") from None
    if url.get_backend_name() == "postgresql":
        if url.drivername == "postgresql":
            url = url.set(drivername="postgresql+psycopg")
        try:
            return create_engine(url, pool_pre_ping=True)
        except (ImportError, NoSuchModuleError) as error:
            raise BadInput(f"PostgreSQL needs a driver: pip install 'psycopg[binary]' ({error})") from None
    if url.get_backend_name() != "sqlite":
        raise BadInput(f"{url.get_backend_name()} is not supported: use SQLite or PostgreSQL")
    engine = create_engine(url, connect_args={"timeout": BUSY_MS / 1000})
    event.listen(engine, "connect", _set_up_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


@contextmanager
def clear_errors() -> Iterator[None]:
    """Turn driver and file errors into `StoreError`s."""
    try:
        yield
    except (DBAPIError, sqlite3.Error, OSError) as error:
        clear = explain(error)
        if clear is None:
            raise
        raise clear from error


def explain(error: BaseException) -> StoreError | None:
    """The `StoreError` that says what a driver or file error means, or None for our own mistakes."""
    if isinstance(error, DBAPIError):
        if error.orig is None or isinstance(error.orig, sqlite3.Error | OSError):
            return explain(error.orig) if error.orig is not None else None
        state = getattr(error.orig, "sqlstate", None) or ""
        if state.startswith("53"):
            return DiskFull("The database server is out of room: nothing was saved.")
        if state in ("25006", "42501"):
            return ReadOnly("The database server refuses to write: nothing was saved.")
        if state == "23505":  # a unique row
            return Locked("Somebody did the same at the same moment. Try again.")
        if state in ("55P03", "57014", "40P01", "40001"):
            return Locked("The database is busy. Try again.")
        if error.connection_invalidated or state.startswith(("08", "57P")) or not state:
            return Locked("The database server does not answer. Try again.")
        return None
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        kind, message = _SQLITE_ERRORS.get((code or 0) & 0xFF, (None, ""))
        return kind(message) if kind else None
    if isinstance(error, OSError):
        kind, message = _OS_ERRORS.get(error.errno or 0, (None, ""))
        return kind(message) if kind else None
    return None


def _set_up_sqlite(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # transactions begin in `_begin_sqlite`
    connection.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    if connection.execute("PRAGMA journal_mode").fetchone()[0] != "wal":
        connection.execute("PRAGMA journal_mode = WAL")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA cache_size = -32000")  # KiB
    connection.execute("PRAGMA temp_store = MEMORY")


def _begin_sqlite(connection: Connection) -> None:
    write = connection.get_execution_options().get(WRITE, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")
