"""How each verdict was reached, older verdicts as far as they are known; indexes for statistics."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "decisions",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("task", sa.Text(), nullable=False),
        sa.Column("verdict", sa.Text(), nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("seconds", REAL, nullable=True),
        sa.Column("changes", sa.Integer(), nullable=False),
        sa.Column("score", REAL, nullable=True),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_decisions_revision_id")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_decisions")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_decisions_person_task_verdict_seconds_changes_score"),
        "decisions",
        ["person", "task", "verdict", "seconds", "changes", "score"],
    )
    op.create_index(op.f("ix_decisions_created"), "decisions", ["created"])
    # A verdict of before counts as one change where it was a correction: what changed was not kept.
    op.execute(
        "INSERT INTO decisions (revision_id, person, task, verdict, created, seconds, changes, score)"
        " SELECT id, author,"
        " CASE branch WHEN 0 THEN 'annotate' WHEN 1 THEN 'second' ELSE 'gold' END,"
        " kind, created, NULL,"
        " CASE WHEN kind = 'corrected' THEN 1 ELSE 0 END, NULL"
        " FROM revisions WHERE kind IN ('accepted', 'corrected', 'rejected')"
    )
    op.add_column("tasks", sa.Column("previous", sa.Text(), nullable=True))
    op.add_column("tasks", sa.Column("done_by", sa.Text(), nullable=True))
    op.execute("UPDATE tasks SET done_by = person WHERE status = 'done'")
    _indexes()


def _indexes() -> None:
    op.drop_index("ix_clips_state_pattern_source_split_flagged_gold", "clips")
    op.create_index(
        "ix_clips_progress",
        "clips",
        ["state", "pattern", "source", "split", "flagged", "gold", "regions"],
    )
    op.create_index(op.f("ix_clips_subject"), "clips", ["subject"])
    op.drop_index("ix_tasks_person_status", "tasks")
    op.create_index(op.f("ix_tasks_person_status_clip_id"), "tasks", ["person", "status", "clip_id"])
    lost = sa.text("kind = 'conflict'")
    op.create_index(
        "ix_revisions_conflicts",
        "revisions",
        ["clip_id", "number"],
        sqlite_where=lost,
        postgresql_where=lost,
    )
