"""People who film themselves: their consent, what they have to film, the hash of the code that withdraws it."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"

REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "subjects",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("login", sa.Text(), nullable=True),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("version", sa.Text(), nullable=False),
        sa.Column("consented", REAL, nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("skipped", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_subjects")),
        sa.UniqueConstraint("code", name=op.f("uq_subjects_code")),
        sa.UniqueConstraint("login", name=op.f("uq_subjects_login")),
        sqlite_strict=True,
    )
