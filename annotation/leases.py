"""Who holds which clip, and for how long. A lease is "<task>.<token>", opaque to everybody else."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from annotation import schema
from annotation.errors import BadInput, NotAllowed
from annotation.people import require
from annotation.queue_settings import setting
from annotation.records import task_of
from annotation.rights import keep
from annotation.values import Clip, Task


@dataclass(frozen=True)
class Target:
    """Where somebody's save goes: a task, its branch and the branch's newest revision."""

    task: Task | None  # None for a reviewer without a claim
    branch: int
    head: int
    lost: bool  # somebody else has the clip now


def target(connection: Connection, actor: str, clip: Clip, lease: str, now: float) -> Target:
    """Where `actor` saves on this clip; a lapsed lease that nobody else took is taken again."""
    person = require(connection, actor)
    reviewer = person.at_least("reviewer")
    task = find(connection, clip.id, lease)
    if task is None:
        if not reviewer:
            raise NotAllowed("Claim the clip first: only reviewers change clips that they do not hold.")
        return Target(None, 0, clip.head, False)
    head = clip.head if task.branch == 0 else (task.head or clip.prelabel)
    mine = task.person == actor
    if not reviewer and not _had(connection, task, actor):
        raise NotAllowed("Claim the clip first: you do not hold it.")
    keep(connection, person, task, now)
    lost = not mine if task.held(now) else task.status == "done"
    if not mine and not lost and task.person is not None and task.branch != 0 and task.head:
        lost = True  # another person's independent annotation is not carried on
    return Target(task, task.branch, head, lost)


def find(connection: Connection, clip_id: int, lease: str) -> Task | None:
    """The task that a lease names, held or not, or None without a lease."""
    if not lease:
        return None
    number, _, _ = lease.partition(".")
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise BadInput("That is not a lease.")
    query = select(schema.tasks).where(schema.tasks.c.id == int(number), schema.tasks.c.clip_id == clip_id)
    row = connection.execute(query).first()
    if row is None:
        raise BadInput("That lease is of another clip.")
    return task_of(row)


def grant(connection: Connection, task: Task, actor: str, now: float) -> Task:
    """Give the task to `actor`, with a new lease; the task as it then is. A clip done before is open again."""
    tasks = schema.tasks
    granted = (
        update(tasks)
        .where(tasks.c.id == task.id)
        .values(
            person=actor, previous=task.person, lease=new_token(), lease_until=runs_out(connection, now), claimed=now
        )
    )
    return task_of(connection.execute(granted.returning(tasks)).one())


def extend(connection: Connection, task: Task, actor: str, now: float, **copies: Any) -> None:
    """Let the lease run from now on, together with other columns of the task."""
    connection.execute(
        update(schema.tasks)
        .where(schema.tasks.c.id == task.id)
        .values(person=actor, lease=task.lease or new_token(), lease_until=runs_out(connection, now), **copies)
    )


def new_token() -> str:
    """What nobody can guess."""
    return secrets.token_hex(8)


def runs_out(connection: Connection, now: float) -> float:
    """When a lease given now runs out."""
    return now + setting(connection, "lease_seconds")


def _had(connection: Connection, task: Task, actor: str) -> bool:
    """Whether the person holds, held or did the task: a made-up lease opens no clip."""
    if actor in (task.person, task.previous, task.done_by):
        return True
    revisions = schema.revisions
    own = select(revisions.c.id).where(
        revisions.c.clip_id == task.clip_id,
        revisions.c.author == actor,
        revisions.c.branch == task.branch,
    )
    return connection.scalar(own.limit(1)) is not None
