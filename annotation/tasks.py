"""The tasks of a clip: the first annotation, a second one, a reviewer's decision, gold checks.

Slot 0 is everybody's, slot 1 a second person's, slot 2 the adjudication; from 3 on each is one person's check
against gold labels.
"""

from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, and_, exists, func, insert, select

from annotation import schema
from annotation.labels import Labels
from annotation.records import get_clip, get_revision, region_bits, task_of, uncertainty
from annotation.values import NO_LEASE, Clip, Task

FIRST_SLOT: Final = 0
SECOND_SLOT: Final = 1
ADJUDICATION_SLOT: Final = 2
FIRST_GOLD_SLOT: Final = 3


def add_task(connection: Connection, clip: Clip, labels: Labels, slot: int, kind: str, **columns: Any) -> None:
    """One more time that somebody has to look at a clip; `columns` are further ones of `tasks`."""
    row: dict[str, Any] = {
        "clip_id": clip.id,
        "slot": slot,
        "kind": kind,
        "status": "open",
        "pattern": labels.pattern,
        "source": clip.source,
        "regions": region_bits(labels),
        "uncertainty": uncertainty(labels),
        "disagreement": 0.0,
    }
    connection.execute(insert(schema.tasks), row | columns)


def get_task(connection: Connection, clip_id: int, slot: int) -> Task:
    """The task of a clip in a slot that is taken."""
    tasks = schema.tasks
    return task_of(connection.execute(select(tasks).where(tasks.c.clip_id == clip_id, tasks.c.slot == slot)).one())


def held(now: float) -> ColumnElement[bool]:
    """Condition on `tasks`: somebody's lease runs, as `Task.held` says of one."""
    tasks = schema.tasks
    return and_(tasks.c.lease.is_not(None), tasks.c.lease_until > now, tasks.c.lease_until < now + NO_LEASE)


def reserved(sha256: str, share: float) -> bool:
    """Whether a clip is among the share that two people label; depends on its content alone."""
    return int(sha256[:8], 16) < share * 2**32


def reserve(connection: Connection, share: float) -> None:
    """A second task for each clip of the share that has none."""
    tasks, clips = schema.tasks, schema.clips
    has = exists().where(tasks.c.clip_id == clips.c.id, tasks.c.slot == SECOND_SLOT)
    rows = connection.execute(select(clips.c.id, clips.c.sha256).where(~has)).all()
    for row in rows:
        if reserved(row.sha256, share):
            clip = get_clip(connection, row.id)
            prelabel = get_revision(connection, clip.id, clip.prelabel).labels
            add_task(connection, clip, prelabel, SECOND_SLOT, "second")


def add_gold(connection: Connection, clip: Clip, person: str, **columns: Any) -> Task:
    """A task that checks this person on a clip with gold labels, in the next free slot."""
    tasks = schema.tasks
    newest = connection.scalar(select(func.max(tasks.c.slot)).where(tasks.c.clip_id == clip.id)) or 0
    slot = max(newest + 1, FIRST_GOLD_SLOT)
    prelabel = get_revision(connection, clip.id, clip.prelabel).labels
    add_task(connection, clip, prelabel, slot, "gold", person=person, **columns)
    return get_task(connection, clip.id, slot)
