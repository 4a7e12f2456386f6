"""The tables. Times are seconds since 1970 (UTC), flags 0 or 1; frames count from 0, ends are included.

A clip's revisions are numbered 1, 2, 3 …; other rows name them by that number. A revision is never changed.
"""

from typing import Any, Final

from sqlalchemy import (
    REAL,
    CheckConstraint,
    Column,
    Double,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    and_,
)
from sqlalchemy.types import TypeEngine

Real: Final[TypeEngine[float]] = Double().with_variant(REAL(), "sqlite")
Seconds: Final = Real

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _table(name: str, *items: Any, **options: Any) -> Table:
    return Table(name, metadata, *items, sqlite_strict=True, **options)


people = _table(
    "people",
    Column("name", Text, primary_key=True),
    Column("role", Text, nullable=False),
    Column("active", Integer, nullable=False),
    Column("created", Seconds, nullable=False),
    CheckConstraint("role in ('annotator', 'reviewer', 'admin')", name="role"),
)

clips = _table(
    "clips",
    Column("id", Integer, primary_key=True),
    Column("sha256", Text, nullable=False, unique=True),
    Column("file_name", Text, nullable=False),  # its first name; `names` has all
    Column("bytes", Integer, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("environment", Text, nullable=False),
    Column("device", Text, nullable=False),
    Column("split", Text, nullable=False),
    Column("source", Text, nullable=False),  # of the pre-label: simulated, predicted, annotator
    Column("fps", Real, nullable=False),
    Column("frames", Integer, nullable=False),
    Column("width", Integer, nullable=False),
    Column("height", Integer, nullable=False),
    Column("state", Text, nullable=False),
    Column("flagged", Integer, nullable=False),
    Column("gold", Integer, nullable=False),  # number of the revision that is the truth, 0 where there is none
    Column("prelabel", Integer, nullable=False),  # revision numbers
    Column("head", Integer, nullable=False),
    Column("regions", Integer, nullable=False),  # bit i: the head has a contact with REGIONS[i]
    Column("uncertainty", Real, nullable=False),  # 1 - least confidence among the head's contacts
    Column("disagreement", Real),  # 1 - agreement of two annotators, where two have labelled it
    Column("created", Seconds, nullable=False),
    Column("updated", Seconds, nullable=False),
    Column("consent", Text, nullable=False),  # who agreed to what, empty for footage with its own licence
    Column("provenance", Text, nullable=False),  # JSON object
    Column("times", Text),  # JSON list: s, when each frame is shown in the original, null for frame / fps
    Column("original", Text),  # sha256 of the file that this one was converted from, null where it was not
    Column("original_format", Text, nullable=False, server_default=""),  # its container and codec
    Column("released", Integer, nullable=False, server_default="0"),  # who is not logged in may label it
    CheckConstraint("state in ('unreviewed', 'accepted', 'corrected', 'rejected')", name="state"),
    CheckConstraint("frames > 0 and fps > 0 and width > 0 and height > 0", name="size"),
    # All that statistics read, so that they read nothing else.
    Index("ix_clips_progress", "state", "pattern", "source", "split", "flagged", "gold", "regions"),
    Index(None, "subject"),
    Index(None, "updated"),
    Index(None, "uncertainty", "id"),
    Index(None, "original", unique=True),
)
_RELEASED: Final = clips.c.released == 1
Index("ix_clips_released", clips.c.id, sqlite_where=_RELEASED, postgresql_where=_RELEASED)

revisions = _table(
    "revisions",
    Column("id", Integer, primary_key=True),
    Column("clip_id", Integer, ForeignKey("clips.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("parent", Integer),
    Column("merged", Integer),  # the second parent of a merge
    Column("branch", Integer, nullable=False),  # 0 the clip's own, else the slot of an independent annotation
    Column("kind", Text, nullable=False),  # import, conflict, or one of `values.SAVES`, `VERDICTS`
    Column("author", Text, nullable=False),
    Column("created", Seconds, nullable=False),
    Column("state", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("client", Text),  # the browser that sent it, and its count, so that a repeated request is known
    Column("sequence", Integer),
    UniqueConstraint("clip_id", "number"),
    UniqueConstraint("clip_id", "client", "sequence"),
    ForeignKeyConstraint(["clip_id", "parent"], ["revisions.clip_id", "revisions.number"]),
    ForeignKeyConstraint(["clip_id", "merged"], ["revisions.clip_id", "revisions.number"]),
    Index(None, "author", "created"),
)  # fmt: skip

Index(
    "ix_revisions_conflicts",
    revisions.c.clip_id,
    revisions.c.number,
    sqlite_where=revisions.c.kind == "conflict",
    postgresql_where=revisions.c.kind == "conflict",
)

# The labels themselves are kept apart, so that histories and statistics do not read them.
documents = _table(
    "documents",
    Column("revision_id", Integer, ForeignKey("revisions.id"), primary_key=True),
    Column("labels", LargeBinary, nullable=False),  # labels.json, zlib
)

contacts = _table(
    "contacts",
    Column("revision_id", Integer, ForeignKey("revisions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("contact", Text, nullable=False),
    Column("hand", Text, nullable=False),
    Column("finger", Text, nullable=False),
    Column("region", Text, nullable=False),
    Column("first_frame", Integer, nullable=False),
    Column("last_frame", Integer, nullable=False),
    Column("confidence", Real, nullable=False),
    CheckConstraint("first_frame >= 0 and last_frame >= first_frame", name="frames"),
    sqlite_with_rowid=False,
)

# One row for each time that somebody has to look at a clip. Copies of the clip's columns let the queue be
# read from one small index.
tasks = _table(
    "tasks",
    Column("id", Integer, primary_key=True),
    Column("clip_id", Integer, ForeignKey("clips.id"), nullable=False),
    Column("slot", Integer, nullable=False),
    Column("kind", Text, nullable=False),  # annotate, second, gold, adjudicate
    Column("status", Text, nullable=False),
    Column("person", Text, ForeignKey("people.name")),  # who holds the lease, or held it last
    Column("lease", Text),
    Column("lease_until", Seconds),
    Column("claimed", Seconds),
    Column("head", Integer),  # newest revision of an independent annotation, verdict of any
    Column("pattern", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("regions", Integer, nullable=False),
    Column("uncertainty", Real, nullable=False),
    Column("disagreement", Real, nullable=False),
    Column("previous", Text),  # who held it before
    Column("done_by", Text),  # whose verdict `head` is; a reviewer's later one does not replace it
    Column("assigned", Text),  # for whom it is kept, null for everybody
    Column("priority", Integer, nullable=False, server_default="0"),  # the higher, the sooner
    UniqueConstraint("clip_id", "slot"),
    CheckConstraint("kind in ('annotate', 'second', 'gold', 'adjudicate')", name="kind"),
    CheckConstraint("status in ('open', 'done')", name="status"),
    Index(None, "person", "status", "clip_id"),
    Index(None, "done_by"),
)
_OPEN: Final = and_(tasks.c.status == "open", tasks.c.assigned.is_(None))
_KEPT: Final = and_(tasks.c.status == "open", tasks.c.assigned.is_not(None))
_ORDERS: Final = ("id", "uncertainty id", "disagreement id", "pattern id", "pattern uncertainty id")
for _order in _ORDERS:
    _columns = [tasks.c[name] for name in _order.split()]
    Index(
        "ix_tasks_open_" + _order.replace(" ", "_"),
        *(c for c in _columns if c.name == "pattern"),
        tasks.c.priority.desc(),
        *(c.desc() if c.name in ("uncertainty", "disagreement") else c for c in _columns if c.name != "pattern"),
        sqlite_where=_OPEN,
        postgresql_where=_OPEN,
    )
Index(
    "ix_tasks_assigned",
    tasks.c.assigned,
    tasks.c.priority.desc(),
    tasks.c.id,
    sqlite_where=_KEPT,
    postgresql_where=_KEPT,
)

# What became of a claim: for speed, share changed, and accuracy on gold clips.
decisions = _table(
    "decisions",
    Column("revision_id", Integer, ForeignKey("revisions.id"), primary_key=True),
    Column("person", Text, nullable=False),
    Column("task", Text, nullable=False),  # kind of the task
    Column("verdict", Text, nullable=False),
    Column("created", Seconds, nullable=False),
    Column("seconds", Real),  # from claim to verdict
    Column("changes", Integer, nullable=False),  # contacts that differ from the pre-label
    Column("score", Real),  # similarity to the gold labels
    Index(None, "person", "task", "verdict", "seconds", "changes", "score"),
    Index(None, "created"),
)

skips = _table(
    "skips",
    Column("task_id", Integer, ForeignKey("tasks.id"), primary_key=True),
    Column("person", Text, ForeignKey("people.name"), primary_key=True),
    Column("created", Seconds, nullable=False),
    sqlite_with_rowid=False,
)

# The audit trail, and the comments.
events = _table(
    "events",
    Column("id", Integer, primary_key=True),
    Column("created", Seconds, nullable=False),
    Column("person", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("clip_id", Integer, ForeignKey("clips.id")),
    Column("revision", Integer),
    Column("detail", Text, nullable=False),
    Index(None, "clip_id"),
)

# Every name that a clip ever had, the first first: they find it, its content is what it is.
names = _table(
    "names",
    Column("clip_id", Integer, ForeignKey("clips.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("name", Text, nullable=False),
    Column("tail", Text, nullable=False),  # digest of the last part without its suffix, composed
    Index(None, "tail"),
    sqlite_with_rowid=False,
)

# People who film themselves. Their clips have `name` for their subject; nobody's own name is kept but a login's.
subjects = _table(
    "subjects",
    Column("name", Text, primary_key=True),  # a pseudonym
    Column("code", Text, nullable=False, unique=True),  # digest of what the person keeps to withdraw it all
    Column("login", Text, unique=True),  # by which they go on too, null for who has none
    Column("consent", Text, nullable=False),  # what they agreed to, word for word
    Column("version", Text, nullable=False),  # of these words
    Column("consented", Seconds, nullable=False),
    Column("split", Text, nullable=False),  # train or test: all clips of a person are of one
    Column("plan", Text, nullable=False),  # JSON list: the patterns in their order
    Column("skipped", Text, nullable=False),  # JSON list: those that they did not want to do
)

settings = _table(
    "settings",
    Column("name", Text, primary_key=True),
    Column("value", Real, nullable=False),
)
