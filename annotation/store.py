"""The open store: its folder, its database, and transactions on it. `opening` opens one."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Engine

from annotation.database import WRITE, clear_errors
from annotation.errors import Locked

WRITER_WAIT: Final = 10.0  # s


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
