"""The first tables: people, clips, revisions, tasks, the audit trail."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

REAL: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "clips",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("file_name", sa.Text(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("environment", sa.Text(), nullable=False),
        sa.Column("device", sa.Text(), nullable=False),
        sa.Column("split", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("fps", REAL, nullable=False),
        sa.Column("frames", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("gold", sa.Integer(), nullable=False),
        sa.Column("prelabel", sa.Integer(), nullable=False),
        sa.Column("head", sa.Integer(), nullable=False),
        sa.Column("regions", sa.Integer(), nullable=False),
        sa.Column("uncertainty", REAL, nullable=False),
        sa.Column("disagreement", REAL, nullable=True),
        sa.Column("created", REAL, nullable=False),
        sa.Column("updated", REAL, nullable=False),
        sa.Column("consent", sa.Text(), nullable=False),
        sa.Column("provenance", sa.Text(), nullable=False),
        sa.CheckConstraint("state in ('unreviewed', 'accepted', 'corrected', 'rejected')", name=op.f("ck_clips_state")),
        sa.CheckConstraint("frames > 0 and fps > 0 and width > 0 and height > 0", name=op.f("ck_clips_size")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_clips")),
        sa.UniqueConstraint("sha256", name=op.f("uq_clips_sha256")),
        sqlite_strict=True,
    )
    op.create_index(
        op.f("ix_clips_state_pattern_source_split_flagged_gold"),
        "clips",
        ["state", "pattern", "source", "split", "flagged", "gold"],
        unique=False,
    )
    op.create_index(op.f("ix_clips_updated"), "clips", ["updated"], unique=False)
    op.create_table(
        "people",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("active", sa.Integer(), nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.CheckConstraint("role in ('annotator', 'reviewer', 'admin')", name=op.f("ck_people_role")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_people")),
        sqlite_strict=True,
    )
    op.create_table(
        "settings",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("value", REAL, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_settings")),
        sqlite_strict=True,
    )
    op.create_table(
        "events",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_events_clip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_events_clip_id"), "events", ["clip_id"], unique=False)
    op.create_table(
        "imported",
        sa.Column("manifest", sa.Text(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_imported_clip_id")),
        sa.PrimaryKeyConstraint("manifest", "line", name=op.f("pk_imported")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "revisions",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("parent", sa.Integer(), nullable=True),
        sa.Column("merged", sa.Integer(), nullable=True),
        sa.Column("branch", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("client", sa.Text(), nullable=True),
        sa.Column("sequence", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["clip_id", "merged"],
            ["revisions.clip_id", "revisions.number"],
            name=op.f("fk_revisions_clip_id_merged"),
        ),
        sa.ForeignKeyConstraint(
            ["clip_id", "parent"],
            ["revisions.clip_id", "revisions.number"],
            name=op.f("fk_revisions_clip_id_parent"),
        ),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_revisions_clip_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
        sa.UniqueConstraint("clip_id", "client", "sequence", name=op.f("uq_revisions_clip_id_client_sequence")),
        sa.UniqueConstraint("clip_id", "number", name=op.f("uq_revisions_clip_id_number")),
        sqlite_strict=True,
    )
    op.create_index(op.f("ix_revisions_author_created"), "revisions", ["author", "created"], unique=False)
    op.create_table(
        "tasks",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("clip_id", sa.Integer(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=True),
        sa.Column("lease", sa.Text(), nullable=True),
        sa.Column("lease_until", REAL, nullable=True),
        sa.Column("claimed", REAL, nullable=True),
        sa.Column("head", sa.Integer(), nullable=True),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("regions", sa.Integer(), nullable=False),
        sa.Column("uncertainty", REAL, nullable=False),
        sa.Column("disagreement", REAL, nullable=False),
        sa.CheckConstraint("kind in ('annotate', 'second', 'gold', 'adjudicate')", name=op.f("ck_tasks_kind")),
        sa.CheckConstraint("status in ('open', 'done')", name=op.f("ck_tasks_status")),
        sa.ForeignKeyConstraint(["clip_id"], ["clips.id"], name=op.f("fk_tasks_clip_id")),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name=op.f("fk_tasks_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tasks")),
        sa.UniqueConstraint("clip_id", "slot", name=op.f("uq_tasks_clip_id_slot")),
        sqlite_strict=True,
    )
    op.create_index(
        "ix_tasks_open_disagreement_id",
        "tasks",
        [sa.literal_column("disagreement DESC"), "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_tasks_open_id",
        "tasks",
        ["id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_tasks_open_pattern_id",
        "tasks",
        ["pattern", "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_tasks_open_pattern_uncertainty_id",
        "tasks",
        ["pattern", sa.literal_column("uncertainty DESC"), "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(
        "ix_tasks_open_uncertainty_id",
        "tasks",
        [sa.literal_column("uncertainty DESC"), "id"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(op.f("ix_tasks_person_status"), "tasks", ["person", "status"], unique=False)
    op.create_table(
        "contacts",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("contact", sa.Text(), nullable=False),
        sa.Column("hand", sa.Text(), nullable=False),
        sa.Column("finger", sa.Text(), nullable=False),
        sa.Column("region", sa.Text(), nullable=False),
        sa.Column("first_frame", sa.Integer(), nullable=False),
        sa.Column("last_frame", sa.Integer(), nullable=False),
        sa.Column("confidence", REAL, nullable=False),
        sa.CheckConstraint("first_frame >= 0 and last_frame >= first_frame", name=op.f("ck_contacts_frames")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_contacts_revision_id")),
        sa.PrimaryKeyConstraint("revision_id", "position", name=op.f("pk_contacts")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.create_table(
        "documents",
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.Column("labels", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_documents_revision_id")),
        sa.PrimaryKeyConstraint("revision_id", name=op.f("pk_documents")),
        sqlite_strict=True,
    )
    op.create_table(
        "skips",
        sa.Column("task_id", sa.Integer(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("created", REAL, nullable=False),
        sa.ForeignKeyConstraint(["person"], ["people.name"], name=op.f("fk_skips_person")),
        sa.ForeignKeyConstraint(["task_id"], ["tasks.id"], name=op.f("fk_skips_task_id")),
        sa.PrimaryKeyConstraint("task_id", "person", name=op.f("pk_skips")),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    op.execute("INSERT INTO people (name, role, active, created) VALUES ('system', 'admin', 1, 0)")
