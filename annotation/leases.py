"""Who holds which clip, and for how long. A lease is "<task>.<token>", opaque to everybody else."""

import secrets
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select, update

from annotation import schema
from annotation.errors import BadInput, NotAllowed
from annotation.people import ROLES, require
from annotation.records import Clip
from annotation.store import setting


@dataclass(frozen=True)
class Place:
    """Where somebody's save goes: a task, its branch and the branch's newest revision."""

    task: Any  # row of `tasks`, None for a reviewer without a claim
    branch: int
    head: int
    lost: bool  # somebody else has the clip now


def place(connection: Connection, actor: str, clip: Clip, lease: str, now: float) -> Place:
    """Where `actor` saves on this clip; a lapsed lease that nobody else took is taken again."""
    person = require(connection, actor)
    reviewer = ROLES.index(person.role) >= ROLES.index("reviewer")
    task = find(connection, clip.id, lease)
    if task is None:
        if not reviewer:
            raise NotAllowed("Claim the clip first: only reviewers change clips that they do not hold.")
        return Place(None, 0, clip.head, False)
    branch = branch_of(task)
    head = clip.head if branch == 0 else (task.head or clip.prelabel)
    mine = task.person == actor
    if not reviewer and not _had(connection, task, actor):
        raise NotAllowed("Claim the clip first: you do not hold it.")
    lost = not mine if held(task, now) else task.status == "done"
    if not mine and not lost and task.person is not None and branch != 0 and task.head:
        lost = True  # another person's independent annotation is not carried on
    return Place(task, branch, head, lost)


def find(connection: Connection, clip_id: int, lease: str) -> Any:
    """The task that a lease names, held or not, or None without a lease."""
    if not lease:
        return None
    number, _, _ = lease.partition(".")
    if not number.isascii() or not number.isdigit() or len(number) > 15:
        raise BadInput("That is not a lease.")
    query = select(schema.tasks).where(schema.tasks.c.id == int(number), schema.tasks.c.clip_id == clip_id)
    task = connection.execute(query).first()
    if task is None:
        raise BadInput("That lease is of another clip.")
    return task


def held(task: Any, now: float) -> bool:
    """Whether somebody's lease on the task still runs."""
    return task.lease is not None and task.lease_until is not None and task.lease_until > now


def branch_of(task: Any) -> int:
    """0 where the task works on the clip's own labels, else the slot of an independent annotation."""
    return 0 if task.kind in ("annotate", "adjudicate") else int(task.slot)


def _had(connection: Connection, task: Any, actor: str) -> bool:
    """Whether the person holds, held or did the task: a made-up lease opens no clip."""
    if actor in (task.person, task.previous, task.done_by):
        return True
    revisions = schema.revisions
    own = select(revisions.c.id).where(
        revisions.c.clip_id == task.clip_id,
        revisions.c.author == actor,
        revisions.c.branch == branch_of(task),
    )
    return connection.scalar(own.limit(1)) is not None


def grant(connection: Connection, task: Any, actor: str, now: float) -> tuple[str, float]:
    """Give the task to `actor`; the lease and when it runs out. A clip done before is open again."""
    token, until = new_token(), now + setting(connection, "lease_seconds")
    connection.execute(
        update(schema.tasks)
        .where(schema.tasks.c.id == task.id)
        .values(person=actor, previous=task.person, lease=token, lease_until=until, claimed=now)
    )
    return f"{task.id}.{token}", until


def extend(connection: Connection, task: Any, actor: str, now: float, **copies: Any) -> float:
    """Let the lease run from now on, together with other columns of the task."""
    until = now + setting(connection, "lease_seconds")
    connection.execute(
        update(schema.tasks)
        .where(schema.tasks.c.id == task.id)
        .values(person=actor, lease=task.lease or new_token(), lease_until=until, **copies)
    )
    return until


def new_token() -> str:
    """What nobody can guess."""
    return secrets.token_hex(8)
