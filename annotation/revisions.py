"""Saving and its history: every save is a new revision, and none is ever overwritten or lost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection, select

from annotation import schema
from annotation.audit import log
from annotation.decisions import record
from annotation.difference import Change, difference
from annotation.errors import BadInput, Conflict, NotAllowed, NotFound
from annotation.people import require
from annotation.records import UNSETTLED, get_clip, get_revision, revision_of, task_of
from annotation.rights import see
from annotation.saving import Outcome, Submission, checked, submit
from annotation.store import Store
from annotation.values import SAVES, VERDICTS, Labelled, Revision

MOST_CONFLICTS: Final = 1_000  # that are listed, newest first


def save(store: Store, actor: str, clip_id: int, sent: Submission) -> Labelled:
    """Store what was sent as the revision after the one it was made of; kind: one of `SAVES`.

    Raises `Conflict`, both revisions stored, where somebody saved in between; `NotAllowed`, `BadInput`.
    """
    if sent.kind not in SAVES:
        raise BadInput(f"{sent.kind!r} is not a kind of save.")
    sent = checked(sent)
    with store.write() as connection:
        outcome = submit(connection, actor, clip_id, sent)
    return _or_conflict(outcome, actor)


def decide(
    store: Store, actor: str, clip_id: int, sent: Submission, verdict: str, seconds: float | None = None
) -> Labelled:
    """Accept, correct or reject a clip, and be done with it; a rejection needs its reason in the note.

    `seconds` of work, by default since the claim. Raises as `save` does; after a `Conflict` it is still open.
    """
    if verdict not in VERDICTS:
        raise BadInput(f"{verdict!r} is not a verdict: {', '.join(VERDICTS)}.")
    if verdict == "rejected" and not sent.note.strip():
        raise BadInput("Say why the clip is rejected.")
    sent = checked(replace(sent, kind=verdict))
    with store.write() as connection:
        outcome = submit(connection, actor, clip_id, sent)
        if outcome.target is not None and outcome.head is None:
            record(connection, actor, outcome.saved, outcome.target, seconds)
            log(connection, actor, verdict, clip_id, outcome.saved.number, sent.note)
    return _or_conflict(outcome, actor)


def merge(store: Store, actor: str, clip_id: int, sent: Submission, yours: int) -> Labelled:
    """Settle a conflict: what was made of the head and of revision `yours` becomes the head."""
    with store.read() as connection:
        losing = get_revision(connection, clip_id, yours)
        person = require(connection, actor)
    if losing.author != actor and not person.at_least("reviewer"):
        raise NotAllowed("Only reviewers merge what somebody else saved.")
    return save(store, actor, clip_id, replace(sent, kind="merge", merged=yours))


def restore(store: Store, actor: str, clip_id: int, number: int, *, seen: int, lease: str = "") -> Labelled:
    """An earlier revision's labels as a new one."""
    earlier = revision(store, actor, clip_id, number)
    sent = Submission(earlier.labels, seen, lease, note=f"revision {number}", kind="restore")
    return save(store, actor, clip_id, sent)


def history(store: Store, actor: str, clip_id: int) -> list[Revision]:
    """Revisions that the person may see, newest first, without their labels."""
    table = schema.revisions
    with store.read() as connection:
        visible = _visible(connection, actor, clip_id)
        rows = connection.execute(select(table).where(table.c.clip_id == clip_id).order_by(table.c.number.desc()))
        return [found for found in map(revision_of, rows) if visible(found)]


def revision(store: Store, actor: str, clip_id: int, number: int) -> Labelled:
    """A revision with its labels; raises `NotFound`, also for what the person may not see."""
    with store.read() as connection:
        visible = _visible(connection, actor, clip_id)
        found = get_revision(connection, clip_id, number)
        if not visible(found):
            raise NotFound(f"Clip {clip_id} has no revision {number}.")
        return found


def changes(store: Store, actor: str, clip_id: int, number: int, since: int | None = None) -> tuple[Change, ...]:
    """What a revision changed against the pre-label, or against revision `since`."""
    with store.read() as connection:
        clip = get_clip(connection, clip_id)
    before = revision(store, actor, clip_id, clip.prelabel if since is None else since)
    after = revision(store, actor, clip_id, number)
    return difference(before.labels, after.labels)


def conflicts(store: Store, actor: str, clip_id: int | None = None) -> list[Revision]:
    """Revisions that lost a conflict and were not merged yet: one's own, or all for reviewers."""
    table = schema.revisions
    query = select(table).where(UNSETTLED).order_by(table.c.id.desc())
    if clip_id is not None:
        query = query.where(table.c.clip_id == clip_id)
    with store.read() as connection:
        person = require(connection, actor)
        if not person.at_least("reviewer"):
            query = query.where(table.c.author == actor)
        return [revision_of(row) for row in connection.execute(query.limit(MOST_CONFLICTS))]


def _or_conflict(outcome: Outcome, actor: str) -> Labelled:
    """What was saved; raises `Conflict` where it lost."""
    saved, head = outcome.saved, outcome.head
    if head is None:
        return saved
    kept = f"Yours is kept as revision {saved.number}."
    if saved.parent == head.number:
        raise Conflict(f"Somebody else has this clip now, or it is done. {kept}", head, saved)
    if head.author == actor:
        raise Conflict(f"You saved revision {head.number} from another window. {kept}", head, saved)
    raise Conflict(f"{head.author} saved revision {head.number} in between. {kept}", head, saved)


def _visible(connection: Connection, actor: str, clip_id: int) -> Callable[[Revision], bool]:
    """Which revisions a person may see: an independent annotator sees the pre-label and their own.

    Raises `NotAllowed`, `NotFound` where they may not see the clip.
    """
    if see(connection, actor, clip_id).at_least("reviewer"):
        return lambda _: True
    tasks = schema.tasks
    rows = connection.execute(select(tasks).where(tasks.c.clip_id == clip_id, tasks.c.person == actor)).all()
    prelabel = get_clip(connection, clip_id).prelabel
    branches = {task_of(row).branch for row in rows}
    return lambda found: found.number <= prelabel or found.author == actor or found.branch in branches
