"""Who may see a clip: who holds it or did its task, who sent it to review, and reviewers.

Strangers are not logged in, and a browser has as many names as it asks for. They see what was released to them, and
only while their lease runs; what they are refused does not tell them which clips there are.
"""

import time
from typing import Final

from sqlalchemy import Connection, func, or_, select

from annotation import schema
from annotation.errors import LeaseLost, NotAllowed
from annotation.people import require
from annotation.records import TOO_LARGE, get_clip
from annotation.tasks import held
from annotation.values import STRANGER, Person, Task

MOST_HELD_BY_STRANGER: Final = 3  # clips at once
UNCLAIMED: Final = "Claim the clip first."
NAMELESS: Final = "This browser has no name here yet: load the page again."
CLOSED: Final = "This clip is not open to visitors any more."
ENOUGH: Final = f"You hold {MOST_HELD_BY_STRANGER} clips already: finish or skip one of them first."


def see(connection: Connection, actor: str, clip_id: int) -> Person:
    """The person, who may see the clip; raises `NotAllowed`, `NotFound`."""
    person = require(connection, actor)
    if person.stranger:
        if not _holds_released(connection, actor, clip_id, time.time()):
            raise NotAllowed(UNCLAIMED)
        return person
    get_clip(connection, clip_id)
    if person.at_least("reviewer") or _worked_on(connection, actor, clip_id) or sent(connection, actor, clip_id):
        return person
    raise NotAllowed(UNCLAIMED)


def sent(connection: Connection, actor: str, clip_id: int) -> bool:
    """Whether the person brought the clip here: the first revision is theirs."""
    table = schema.revisions
    if actor == STRANGER or not 0 < clip_id < TOO_LARGE:  # all who are nobody yet are called so
        return False
    first = select(table.c.author).where(table.c.clip_id == clip_id, table.c.number == 1)
    return connection.scalar(first) == actor


def admit(connection: Connection, person: Person, now: float) -> None:
    """Raises `NotAllowed` for a stranger who may hold no further clip."""
    if not person.stranger:
        return
    if person.name == STRANGER:
        raise NotAllowed(NAMELESS)
    tasks = schema.tasks
    theirs = select(func.count()).where(tasks.c.person == person.name, held(now))
    if (connection.scalar(theirs) or 0) >= MOST_HELD_BY_STRANGER:
        raise NotAllowed(ENOUGH)


def keep(connection: Connection, person: Person, task: Task, now: float) -> None:
    """Raises where a stranger may not go on with a task: `LeaseLost` for a clip that is closed, `NotAllowed`."""
    if not person.stranger:
        return
    if not _released(connection, task.clip_id):
        raise LeaseLost(CLOSED)
    if task.person != person.name or not task.held(now):
        admit(connection, person, now)


def _released(connection: Connection, clip_id: int) -> bool:
    clips = schema.clips
    return connection.scalar(select(clips.c.id).where(clips.c.id == clip_id, clips.c.released == 1)) is not None


def _holds_released(connection: Connection, actor: str, clip_id: int, now: float) -> bool:
    if actor == STRANGER or not 0 < clip_id < TOO_LARGE:
        return False
    tasks, clips = schema.tasks, schema.clips
    query = (
        select(tasks.c.id)
        .join(clips, clips.c.id == tasks.c.clip_id)
        .where(clips.c.id == clip_id, clips.c.released == 1)
        .where(tasks.c.person == actor, held(now))
    )
    return connection.scalar(query.limit(1)) is not None


def _worked_on(connection: Connection, actor: str, clip_id: int) -> bool:
    """Whether they hold it, did its task, or saved a revision of it."""
    tasks, revisions = schema.tasks, schema.revisions
    task = select(tasks.c.id).where(tasks.c.clip_id == clip_id, or_(tasks.c.person == actor, tasks.c.done_by == actor))
    own = select(revisions.c.id).where(revisions.c.clip_id == clip_id, revisions.c.author == actor)
    return any(connection.scalar(query.limit(1)) is not None for query in (task, own))
