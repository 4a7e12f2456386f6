"""old/v1.db is a store as the first migration made it: two reviewed clips, one conflict, a comment."""

import shutil
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from annotation import backup, clips, revisions, schema, statistics
from annotation.errors import BadInput
from annotation.opening import open_store

OLD = Path(__file__).parent / "old" / "v1.db"
TABLES = (
    "people",
    "clips",
    "revisions",
    "documents",
    "contacts",
    "tasks",
    "skips",
    "events",
    "settings",
)


def rows(path: Path) -> dict[str, list[tuple]]:
    """Everything that the first tables hold."""
    with sqlite3.connect(path) as connection:
        return {
            name: connection.execute(f"SELECT {', '.join(columns)} FROM {name} ORDER BY 1, 2").fetchall()
            for name, columns in first_columns().items()
        }


def first_columns() -> dict[str, list[str]]:
    """The tables of the old database and their columns."""
    with sqlite3.connect(OLD) as connection:
        return {name: [row[1] for row in connection.execute(f"PRAGMA table_info({name})")] for name in TABLES}


@pytest.fixture
def data(tmp_path):
    """A data folder with the old database."""
    (tmp_path / "data").mkdir()
    shutil.copyfile(OLD, tmp_path / "data" / "studio.db")
    return tmp_path / "data"


def test_an_old_database_becomes_todays_without_loss(data):
    before = rows(data / "studio.db")
    store = open_store(data)
    assert rows(data / "studio.db") == before
    assert all(before[name] for name in ("clips", "revisions", "documents", "contacts", "events"))
    work = {w.person: w for w in statistics.progress(store, "system").work}
    assert (work["anna"].decided, work["anna"].corrected, work["anna"].rejected) == (2, 1, 1)
    assert [c.state for c in clips.find(store, "system")] == ["corrected", "rejected", "unreviewed"]
    assert len(revisions.conflicts(store, "system")) == 1
    assert [line for line in backup.check(store, thorough=True) if "is missing" not in line] == []
    store.close()


def test_it_is_backed_up_first(data):
    before = rows(data / "studio.db")
    open_store(data).close()
    (kept,) = (data / "backups").glob("before-upgrade-from-0001-*.db")
    assert rows(kept) == before
    open_store(data).close()
    assert len(list((data / "backups").iterdir())) == 1  # and only then


@pytest.mark.parametrize("old", [True, False])
def test_migrations_make_the_tables_that_the_code_names(data, tmp_path, old):
    store = open_store(data if old else tmp_path / "new")
    with store.read() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    store.close()


def test_a_database_of_a_later_version_is_left_alone(data):
    with sqlite3.connect(data / "studio.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = rows(data / "studio.db")
    with pytest.raises(BadInput, match="newer"):
        open_store(data)
    assert rows(data / "studio.db") == before
