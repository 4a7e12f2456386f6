"""For whom a task is kept, and how soon it is wanted; indexes for the gallery."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"

ORDERS = {
    "id": ["id"],
    "uncertainty_id": ["uncertainty DESC", "id"],
    "disagreement_id": ["disagreement DESC", "id"],
    "pattern_id": ["pattern", "id"],
    "pattern_uncertainty_id": ["pattern", "uncertainty DESC", "id"],
}


def upgrade() -> None:
    op.add_column("tasks", sa.Column("assigned", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("priority", sa.Integer(), nullable=False, server_default="0"))
    free = sa.text("status = 'open' AND assigned IS NULL")
    for name, columns in ORDERS.items():
        op.drop_index(f"ix_tasks_open_{name}", "tasks")
        at = 1 if columns[0] == "pattern" else 0
        ordered = [*columns[:at], "priority DESC", *columns[at:]]
        op.create_index(
            f"ix_tasks_open_{name}",
            "tasks",
            [sa.literal_column(c) if " " in c else c for c in ordered],
            sqlite_where=free,
            postgresql_where=free,
        )
    kept = sa.text("status = 'open' AND assigned IS NOT NULL")
    op.create_index(
        "ix_tasks_assigned",
        "tasks",
        ["assigned", sa.literal_column("priority DESC"), "id"],
        sqlite_where=kept,
        postgresql_where=kept,
    )
    op.create_index("ix_tasks_done_by", "tasks", ["done_by"])
    op.create_index("ix_clips_uncertainty_id", "clips", ["uncertainty", "id"])
