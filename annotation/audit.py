"""The audit trail: who did what, when. Comments are lines of it."""

import time
from dataclasses import dataclass

from sqlalchemy import Connection, Row, insert

from annotation import schema
from annotation.store import Store
from annotation.values import SYSTEM


@dataclass(frozen=True)
class Event:
    """A line of the audit trail, or a comment (action "comment")."""

    created: float
    person: str
    action: str
    clip_id: int | None
    revision: int | None
    detail: str


def log(
    connection: Connection,
    person: str,
    action: str,
    clip_id: int | None = None,
    revision: int | None = None,
    detail: str = "",
) -> None:
    """One line of the audit trail."""
    connection.execute(
        insert(schema.events).values(
            created=time.time(),
            person=person,
            action=action,
            clip_id=clip_id,
            revision=revision,
            detail=detail,
        )
    )


def note(store: Store, action: str, detail: str, actor: str = SYSTEM) -> None:
    """A line in a transaction of its own, by default for what the command line did."""
    with store.write() as connection:
        log(connection, actor, action, detail=detail)


def event_of(row: Row[tuple[object, ...]]) -> Event:
    """A row of `events`."""
    return Event(row.created, row.person, row.action, row.clip_id, row.revision, row.detail)
