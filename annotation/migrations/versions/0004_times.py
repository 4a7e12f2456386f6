"""When a clip's frames are shown, where they come irregularly; and what a converted clip was before."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.add_column("clips", sa.Column("times", sa.Text(), nullable=True))
    op.add_column("clips", sa.Column("original", sa.Text(), nullable=True))
    op.add_column("clips", sa.Column("original_format", sa.Text(), nullable=False, server_default=""))
    op.create_index(op.f("ix_clips_original"), "clips", ["original"], unique=True)
