"""Bring a database up to today's tables by Alembic, after a backup."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from annotation.backup import backup
from annotation.errors import BadInput
from annotation.store import Store

MIGRATIONS: Final = Path(__file__).parent / "migrations"


def upgrade(store: Store) -> None:
    """Run the migrations that are missing; raises `BadInput` for a database newer than this program."""
    scripts = ScriptDirectory.from_config(_config())
    newest = scripts.get_current_head()
    with store.read() as connection:
        current = version(connection)
    if current == newest:
        return
    if current is not None:
        if current not in {script.revision for script in scripts.walk_revisions()}:
            raise BadInput("The database was made by a newer version of this program: update the program.")
        if store.file is not None:  # a server is backed up by its own tools
            backup(store, f"before-upgrade-from-{current}")
    with store.write() as connection:
        if version(connection) != newest:  # else another process has done it meanwhile
            config = _config()
            config.attributes["connection"] = connection
            command.upgrade(config, "head")


def version(connection: Connection) -> str | None:
    """The migration that the database is at, None for an empty one."""
    return MigrationContext.configure(connection).get_current_revision()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
