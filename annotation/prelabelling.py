"""Clips that wait without a pre-label, and the pre-label that they get: by whom it is made, this room does not know."""

from dataclasses import replace
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, Select, exists, func, select, update

from annotation import schema
from annotation.audit import log
from annotation.keeping import place_of
from annotation.labels import Labels
from annotation.people import require
from annotation.records import get_clip, get_revision, region_bits, uncertainty
from annotation.saving import add_revision
from annotation.store import Store
from annotation.tasks import ADJUDICATION_SLOT, held
from annotation.values import Clip

DONE: Final = "prelabel"  # the line of the audit trail of a clip that was looked at


def count(store: Store, actor: str) -> int:
    """How many clips have no pre-label (admin)."""
    with store.read() as connection:
        require(connection, actor, "admin")
        return int(connection.scalar(_without(func.count())) or 0)


def next_clip(store: Store, actor: str, after: int, now: float) -> tuple[int, Path] | None:
    """The next clip without a pre-label behind clip `after` that nobody holds, and its video (admin)."""
    clips, tasks = schema.clips, schema.tasks
    busy = exists().where(tasks.c.clip_id == clips.c.id, held(now))
    query = _without(clips.c.id, clips.c.sha256).where(clips.c.id > after, ~busy).order_by(clips.c.id).limit(1)
    with store.read() as connection:
        require(connection, actor, "admin")
        row = connection.execute(query).first()
    return None if row is None else (row.id, place_of(store, row.sha256))


def attach(store: Store, actor: str, clip_id: int, labels: Labels | None, words: str, now: float) -> bool:
    """Give a clip its pre-label, None where none can be made (admin); False where somebody began with it meanwhile.

    The pattern stays the clip's own: that the contacts look like one does not make it one.
    """
    tasks = schema.tasks
    with store.write() as connection:
        require(connection, actor, "admin")
        clip = get_clip(connection, clip_id, lock=True)
        waits = connection.scalar(_without(schema.clips.c.id).where(schema.clips.c.id == clip_id))
        busy = connection.scalar(select(tasks.c.id).where(tasks.c.clip_id == clip_id, held(now)).limit(1))
        if waits is None or busy is not None:
            return False
        if labels is not None:
            known = get_revision(connection, clip_id, clip.head).labels
            relabel(connection, actor, clip, _of(labels, known))
        log(connection, actor, DONE, clip_id, detail=words[:1000])
    return True


def relabel(connection: Connection, actor: str, clip: Clip, labels: Labels) -> None:
    """Other labels for a clip that nobody touched."""
    saved = add_revision(connection, actor, clip, labels, "import")
    tasks = schema.tasks
    connection.execute(
        update(schema.clips).where(schema.clips.c.id == clip.id).values(prelabel=saved.number, source=labels.source)
    )
    connection.execute(
        update(tasks)
        .where(tasks.c.clip_id == clip.id, tasks.c.slot < ADJUDICATION_SLOT)
        .values(
            pattern=labels.pattern,
            source=labels.source,
            regions=region_bits(labels),
            uncertainty=uncertainty(labels),
            status="open" if labels.state == "unreviewed" else "done",
        )
    )


def _of(labels: Labels, known: Labels) -> Labels:
    """The labels as those of the clip: its pattern and its rate."""
    return replace(labels, pattern=known.pattern, fps=known.fps)


def _without(*columns: object) -> Select[tuple[int, ...]]:
    """Clips that nobody has worked on, without a contact, at which no pre-labeller has looked."""
    clips, events, revisions = schema.clips, schema.events, schema.revisions
    looked = exists().where(events.c.clip_id == clips.c.id, events.c.action == DONE)
    worked_on = exists().where(revisions.c.clip_id == clips.c.id, revisions.c.number > 1)
    return (
        select(*columns)  # type: ignore[call-overload]
        .select_from(clips)
        .where(clips.c.state == "unreviewed", clips.c.source == "predicted", clips.c.regions == 0)
        .where(clips.c.head == 1, ~looked, ~worked_on)
    )
