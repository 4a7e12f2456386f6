"""The open store: its folder, its database, and transactions on it.

store = open_store("data")          # or STUDIO_DATA, STUDIO_DATABASE_URL
people.sign_in(store, "anna", new_role="annotator")
work = queue.claim(store, "anna")
revisions.decide(store, "anna", work.clip.id, labels, "corrected", seen=work.seen, lease=work.lease)
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine, insert, select

from annotation import schema
from annotation.database import WRITE, clear_errors, make_engine
from annotation.errors import BadInput, Locked

SYSTEM: Final = "system"  # who acts on the command line
WRITER_WAIT: Final = 10.0  # s

DEFAULTS: Final[dict[str, float]] = {
    "lease_seconds": 900.0,
    "double_share": 0.0,  # of clips that two people label independently
    "gold_share": 0.0,  # of an annotator's clips that check the annotator
}


@dataclass(frozen=True)
class Store:
    """A data folder and its database. Safe to use from many threads."""

    data: Path
    engine: Engine
    _writer: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def clips(self) -> Path:
        return self.data / "clips"

    @property
    def backups(self) -> Path:
        return self.data / "backups"

    @property
    def exports(self) -> Path:
        return self.data / "exports"

    @property
    def file(self) -> Path | None:
        """The SQLite file, or None on a server."""
        return Path(self.engine.url.database or "") if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one state of everything."""
        with clear_errors(), self.engine.begin() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that is on the disk once the block is left; one at a time. Raises `StoreError`s."""
        if not self._writer.acquire(timeout=WRITER_WAIT):
            raise Locked("The database is busy. Try again.")
        try:
            with (
                clear_errors(),
                self.engine.connect().execution_options(**{WRITE: True}) as connection,
                connection.begin(),
            ):
                yield connection
        finally:
            self._writer.release()

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


def open_store(data: str | Path | None = None, url: str | None = None) -> Store:
    """Open the store, make it where there is none, bring an older one up to date after a backup."""
    from annotation import upgrade  # it imports Alembic, which nobody else needs

    folder = Path(data or os.environ.get("STUDIO_DATA") or "data")
    url = url or os.environ.get("STUDIO_DATABASE_URL")
    with clear_errors():
        if folder.exists() and not folder.is_dir():
            raise BadInput(f"{folder} is not a folder")
        for name in ("clips", "backups", "exports"):
            if not (folder / name).is_dir():
                (folder / name).mkdir(parents=True, exist_ok=True)
    store = Store(folder, make_engine(url or folder / "studio.db"))
    upgrade.upgrade(store)
    return store


def setting(connection: Connection, name: str) -> float:
    """A setting, or its default."""
    value = connection.scalar(select(schema.settings.c.value).where(schema.settings.c.name == name))
    return DEFAULTS[name] if value is None else float(value)


def put_setting(connection: Connection, name: str, value: float) -> None:
    """Change a setting."""
    connection.execute(schema.settings.delete().where(schema.settings.c.name == name))
    connection.execute(insert(schema.settings).values(name=name, value=value))


def log(
    connection: Connection,
    person: str,
    action: str,
    clip_id: int | None = None,
    revision: int | None = None,
    detail: str = "",
) -> None:
    """One line of the audit trail."""
    connection.execute(
        insert(schema.events).values(
            created=time.time(),
            person=person,
            action=action,
            clip_id=clip_id,
            revision=revision,
            detail=detail,
        )
    )
