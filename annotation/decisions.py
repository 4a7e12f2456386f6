"""What follows a verdict: the task is done, two annotations are compared, gold clips are scored."""

import time
from typing import Any, Final

from sqlalchemy import Connection, insert, select, update

from annotation import schema
from annotation.agreement import similarity
from annotation.difference import difference
from annotation.labels import Labels
from annotation.leases import Place
from annotation.records import Clip, Revision, get_clip, get_revision, region_bits, uncertainty

ADJUDICATION_SLOT: Final = 2
FIRST_GOLD_SLOT: Final = 3
DISPUTED: Final = 0.1  # disagreement from which a reviewer decides
LONGEST: Final = 3600.0  # s: who takes longer on a three-second clip is not at the desk


def record(connection: Connection, actor: str, saved: Revision, place: Place, seconds: float | None) -> None:
    """Finish the task of a verdict and note how it was reached."""
    clip = get_clip(connection, saved.clip_id)
    tasks = schema.tasks
    second_look = place.task is not None and place.task.done_by not in (None, actor)
    finished: dict[str, Any] = {"status": "done", "lease": None, "lease_until": None}
    own = {"person": actor, "done_by": actor, "head": saved.number}
    if place.task is None:
        here = (tasks.c.clip_id == clip.id) & (tasks.c.slot == 0) & (tasks.c.status == "open")
        connection.execute(update(tasks).where(here).values(**finished, **own))
    else:
        if not second_look:
            finished |= own
        connection.execute(update(tasks).where(tasks.c.id == place.task.id).values(**finished))
    kind = "review" if second_look or place.task is None else place.task.kind
    labels = _labels(saved)
    prelabel = _labels(get_revision(connection, clip.id, clip.prelabel))
    score = None
    if kind == "gold" and clip.gold:
        score = similarity(labels.contacts, _labels(get_revision(connection, clip.id, clip.gold)).contacts)
    connection.execute(
        insert(schema.decisions).values(
            revision_id=_row_id(connection, clip.id, saved.number),
            person=actor,
            task=kind,
            verdict=saved.state,
            created=saved.created,
            seconds=_seconds(place.task, seconds),
            changes=len(difference(prelabel, labels)),
            score=score,
        )
    )
    if kind in ("annotate", "second"):
        _compare(connection, clip)


def _compare(connection: Connection, clip: Clip) -> None:
    """Where both independent annotations are there: how far they differ, and a reviewer's task if they do."""
    tasks = schema.tasks
    rows = connection.execute(
        select(tasks.c.slot, tasks.c.head).where(
            tasks.c.clip_id == clip.id,
            tasks.c.slot < ADJUDICATION_SLOT,
            tasks.c.status == "done",
            tasks.c.head.is_not(None),
        )
    ).all()
    if len(rows) != 2:
        return
    first, second = (get_revision(connection, clip.id, row.head) for row in rows)
    disagreement = 1.0 - similarity(_labels(first).contacts, _labels(second).contacts)
    if (first.state == "rejected") != (second.state == "rejected"):
        disagreement = 1.0
    connection.execute(update(schema.clips).where(schema.clips.c.id == clip.id).values(disagreement=disagreement))
    here = (tasks.c.clip_id == clip.id) & (tasks.c.slot == ADJUDICATION_SLOT)
    exists = connection.scalar(select(tasks.c.id).where(here))
    if exists is None and disagreement > DISPUTED:
        add_task(connection, clip, _labels(first), ADJUDICATION_SLOT, "adjudicate", disagreement=disagreement)
    elif exists is not None:
        connection.execute(update(tasks).where(here).values(disagreement=disagreement, status="open"))


def add_task(connection: Connection, clip: Clip, labels: Labels, slot: int, kind: str, **columns: Any) -> None:
    """One more time that somebody has to look at a clip."""
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
    connection.execute(insert(schema.tasks).values(**(row | columns)))


def _seconds(task: Any, seconds: float | None) -> float | None:
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


def _labels(revision: Revision) -> Labels:
    assert revision.labels is not None
    return revision.labels
