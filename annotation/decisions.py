"""What follows a verdict: the task is done, two annotations are compared, gold clips are scored."""

import time
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from annotation import schema
from annotation.agreement import similarity
from annotation.difference import difference
from annotation.leases import Target
from annotation.records import get_clip, get_revision
from annotation.tasks import ADJUDICATION_SLOT, FIRST_SLOT, add_task
from annotation.values import Clip, Labelled, Task

DISPUTED: Final = 0.1  # disagreement from which a reviewer decides
LONGEST: Final = 3600.0  # s: who takes longer on a three-second clip is not at the desk


def record(connection: Connection, actor: str, saved: Labelled, target: Target, seconds: float | None) -> None:
    """Finish the task of a verdict and note how it was reached."""
    clip = get_clip(connection, saved.clip_id)
    tasks = schema.tasks
    second_look = target.task is not None and target.task.done_by not in (None, actor)
    finished: dict[str, Any] = {"status": "done", "lease": None, "lease_until": None}
    own = {"person": actor, "done_by": actor, "head": saved.number}
    if target.task is None:
        here = (tasks.c.clip_id == clip.id) & (tasks.c.slot == FIRST_SLOT) & (tasks.c.status == "open")
        connection.execute(update(tasks).where(here).values(**finished, **own))
    else:
        if not second_look:
            finished |= own
        connection.execute(update(tasks).where(tasks.c.id == target.task.id).values(**finished))
    kind = "review" if second_look or target.task is None else target.task.kind
    prelabel = get_revision(connection, clip.id, clip.prelabel).labels
    score = None
    if kind == "gold" and clip.gold:
        score = similarity(saved.labels.contacts, get_revision(connection, clip.id, clip.gold).labels.contacts)
    connection.execute(
        insert(schema.decisions).values(
            revision_id=_row_id(connection, clip.id, saved.number),
            person=actor,
            task=kind,
            verdict=saved.state,
            created=saved.created,
            seconds=_seconds(target.task, seconds),
            changes=len(difference(prelabel, saved.labels)),
            score=score,
        )
    )
    if kind in ("annotate", "second"):
        _compare(connection, clip)


def _compare(connection: Connection, clip: Clip) -> None:
    """Where both independent annotations are there: how far they differ, and a reviewer's task if they do."""
    tasks = schema.tasks
    rows = connection.execute(
        select(tasks.c.head)
        .where(
            tasks.c.clip_id == clip.id,
            tasks.c.slot < ADJUDICATION_SLOT,
            tasks.c.status == "done",
            tasks.c.head.is_not(None),
        )
        .order_by(tasks.c.slot)
    ).all()
    if len(rows) != 2:
        return
    first, second = (get_revision(connection, clip.id, row.head) for row in rows)
    disagreement = 1.0 - similarity(first.labels.contacts, second.labels.contacts)
    if (first.state == "rejected") != (second.state == "rejected"):
        disagreement = 1.0
    connection.execute(update(schema.clips).where(schema.clips.c.id == clip.id).values(disagreement=disagreement))
    here = (tasks.c.clip_id == clip.id) & (tasks.c.slot == ADJUDICATION_SLOT)
    exists = connection.scalar(select(tasks.c.id).where(here))
    if exists is None and disagreement > DISPUTED:
        add_task(connection, clip, first.labels, ADJUDICATION_SLOT, "adjudicate", disagreement=disagreement)
    elif exists is not None:
        connection.execute(update(tasks).where(here).values(disagreement=disagreement, status="open"))


def _seconds(task: Task | None, seconds: float | None) -> float | None:
    """Time of work, 0 .. 1 h, None where nobody knows."""
    if seconds is None:
        if task is None or task.claimed is None:
            return None
        seconds = time.time() - task.claimed
    return min(float(seconds), LONGEST) if seconds >= 0 else None


def _row_id(connection: Connection, clip_id: int, number: int) -> int:
    table = schema.revisions
    row_id = connection.scalar(select(table.c.id).where(table.c.clip_id == clip_id, table.c.number == number))
    assert row_id is not None
    return int(row_id)
