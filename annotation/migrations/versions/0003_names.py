"""Every name of a clip; lines of manifests are known by what they say, no longer by the manifest's text."""

import unicodedata
from hashlib import sha256
from pathlib import PurePosixPath

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    op.create_table(
        "names",
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("tail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_names_clip_id")),
        sa.PrimaryKeyConstraint("clip_id", "position", name=op.f("pk_names")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_names_tail"), "names", ["tail"])
    connection = op.get_bind()
    clips = sa.table("clips", sa.column("id", sa.Integer), sa.column("file_name", sa.Text))
    names = sa.table(
        "names",
        sa.column("clip_id", sa.Integer),
        sa.column("position", sa.Integer),
        sa.column("name", sa.Text),
        sa.column("tail", sa.Text),
    )
    found = connection.execute(sa.select(clips.c.id, clips.c.file_name)).all()
    rows = [{"clip_id": row.id, "position": 1, "name": row.file_name, "tail": _tail(row.file_name)} for row in found]
    for start in range(0, len(rows), 1000):
        connection.execute(sa.insert(names), rows[start : start + 1000])
    op.drop_table("imported")


def _tail(name: str) -> str:
    last = unicodedata.normalize("NFC", name).replace("\\", "/").rstrip("/").split("/")[-1]
    return sha256(PurePosixPath(last).stem.encode()).hexdigest()[:32]
