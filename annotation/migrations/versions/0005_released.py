"""Which clips people who are not logged in may label: none, until an admin says so."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.add_column("clips", sa.Column("released", sa.Integer(), nullable=False, server_default="0"))
    chosen = sa.text("released = 1")
    op.create_index("ix_clips_released", "clips", ["id"], sqlite_where=chosen, postgresql_where=chosen)
