"""Saving: every save is a new revision, and none is ever overwritten or lost."""

import time
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, func, select, update

from annotation import leases, schema
from annotation.decisions import record
from annotation.difference import Change, difference
from annotation.errors import BadInput, Conflict, NotAllowed, NotFound
from annotation.labels import LabelError, Labels, check
from annotation.leases import Place
from annotation.people import ROLES, require
from annotation.records import (
    TOO_LARGE,
    UNSETTLED,
    VERDICTS,
    Clip,
    Revision,
    get_clip,
    get_revision,
    put_revision,
    region_bits,
    revision_of,
    uncertainty,
)
from annotation.store import Store, log


def save(
    store: Store,
    actor: str,
    clip_id: int,
    labels: Labels,
    *,
    seen: int,
    lease: str = "",
    kind: str = "draft",
    note: str = "",
    client: str = "",
    sequence: int | None = None,
    merged: int | None = None,
) -> Revision:
    """Store `labels` as the revision after `seen`; kind: draft, save, restore, merge.

    `client` and `sequence` (of the browser tab, counting up) make a repeated request harmless. Raises
    `Conflict`, both revisions stored, where somebody saved after `seen`; `NotAllowed`, `BadInput`.
    """
    if kind not in ("draft", "save", "restore", "merge"):
        raise BadInput(f"{kind!r} is not a kind of save.")
    labels = _checked(labels, note, client, sequence)
    with store.write() as connection:
        saved, head, _ = _save(connection, actor, clip_id, labels, seen, lease, kind, note, client, sequence, merged)
    return _or_conflict(saved, head, actor)


def decide(
    store: Store,
    actor: str,
    clip_id: int,
    labels: Labels,
    verdict: str,
    *,
    seen: int,
    lease: str = "",
    note: str = "",
    seconds: float | None = None,
    client: str = "",
    sequence: int | None = None,
) -> Revision:
    """Accept, correct or reject a clip, and be done with it; a rejection needs its reason in `note`.

    `seconds` of work, by default since the claim. Raises as `save` does; after a `Conflict` it is still open.
    """
    if verdict not in VERDICTS:
        raise BadInput(f"{verdict!r} is not a verdict: {', '.join(VERDICTS)}.")
    if verdict == "rejected" and not note.strip():
        raise BadInput("Say why the clip is rejected.")
    labels = _checked(labels, note, client, sequence)
    with store.write() as connection:
        saved, head, place = _save(
            connection, actor, clip_id, labels, seen, lease, verdict, note, client, sequence, None
        )
        if place is not None and head is None:
            record(connection, actor, saved, place, seconds)
            log(connection, actor, verdict, clip_id, saved.number, note)
    return _or_conflict(saved, head, actor)


def merge(
    store: Store, actor: str, clip_id: int, labels: Labels, *, yours: int, seen: int, lease: str = ""
) -> Revision:
    """Settle a conflict: `labels`, made of `seen` (the head) and of revision `yours`, become the head."""
    with store.read() as connection:
        losing = get_revision(connection, clip_id, yours)
        person = require(connection, actor)
    if losing.author != actor and ROLES.index(person.role) < ROLES.index("reviewer"):
        raise NotAllowed("Only reviewers merge what somebody else saved.")
    return save(store, actor, clip_id, labels, seen=seen, lease=lease, kind="merge", merged=yours)


def restore(store: Store, actor: str, clip_id: int, number: int, *, seen: int, lease: str = "") -> Revision:
    """An earlier revision's labels as a new one."""
    earlier = revision(store, actor, clip_id, number)
    assert earlier.labels is not None
    return save(
        store,
        actor,
        clip_id,
        earlier.labels,
        seen=seen,
        lease=lease,
        kind="restore",
        note=f"revision {number}",
    )


def history(store: Store, actor: str, clip_id: int) -> list[Revision]:
    """Revisions that the person may see, newest first, without their labels."""
    table = schema.revisions
    with store.read() as connection:
        visible = _visible(connection, actor, get_clip(connection, clip_id))
        rows = connection.execute(select(table).where(table.c.clip_id == clip_id).order_by(table.c.number.desc()))
        return [found for found in map(revision_of, rows) if visible(found)]


def revision(store: Store, actor: str, clip_id: int, number: int) -> Revision:
    """A revision with its labels; raises `NotFound`, also for what the person may not see."""
    with store.read() as connection:
        found = get_revision(connection, clip_id, number)
        if not _visible(connection, actor, get_clip(connection, clip_id))(found):
            raise NotFound(f"Clip {clip_id} has no revision {number}.")
        return found


def changes(store: Store, actor: str, clip_id: int, number: int, since: int | None = None) -> tuple[Change, ...]:
    """What a revision changed against the pre-label, or against revision `since`."""
    with store.read() as connection:
        clip = get_clip(connection, clip_id)
    before = revision(store, actor, clip_id, clip.prelabel if since is None else since)
    after = revision(store, actor, clip_id, number)
    assert before.labels is not None and after.labels is not None
    return difference(before.labels, after.labels)


def conflicts(store: Store, actor: str, clip_id: int | None = None) -> list[Revision]:
    """Revisions that lost a conflict and were not merged yet: one's own, or all for reviewers."""
    table = schema.revisions
    query = select(table).where(UNSETTLED).order_by(table.c.id.desc())
    if clip_id is not None:
        query = query.where(table.c.clip_id == clip_id)
    with store.read() as connection:
        person = require(connection, actor)
        if ROLES.index(person.role) < ROLES.index("reviewer"):
            query = query.where(table.c.author == actor)
        return [revision_of(row) for row in connection.execute(query.limit(1000))]


def add_revision(
    connection: Connection,
    actor: str,
    clip: Clip,
    labels: Labels,
    kind: str,
    parent: int | None,
    note: str = "",
) -> Revision:
    """The next revision of a clip's own labels, which becomes its head; no question asked."""
    return _append(connection, clip, Place(None, 0, clip.head, False), labels, kind, actor, parent, note)


def _save(
    connection: Connection,
    actor: str,
    clip_id: int,
    labels: Labels,
    seen: int,
    lease: str,
    kind: str,
    note: str,
    client: str,
    sequence: int | None,
    merged: int | None,
) -> tuple[Revision, Revision | None, Place | None]:
    """The stored revision, the head it conflicts with or None, its place or None for a repeated request."""
    clip = get_clip(connection, clip_id, lock=True)
    repeated = _repeated(connection, actor, clip_id, client, sequence, overtaken=kind not in VERDICTS)
    if repeated is not None:
        head = get_revision(connection, clip_id, clip.head) if repeated.kind == "conflict" else None
        return repeated, head, None
    now = time.time()
    place = leases.place(connection, actor, clip, lease, now)
    labels = _fitted(labels, clip)
    head = get_revision(connection, clip_id, place.head)
    stale = seen != place.head and not _own_chain(connection, clip_id, place.branch, seen, client)
    parent = head if not stale else get_revision(connection, clip_id, seen)
    signed = _signed(labels, parent, actor, kind if kind in VERDICTS else head.state)
    extra = {"client": client or None, "sequence": sequence, "merged": merged}
    if stale or place.lost:
        extra["merged"] = merged or _earlier_conflict(connection, clip_id, client)
        saved = _append(connection, clip, place, signed, "conflict", actor, parent.number, note, **extra)
        log(connection, actor, "conflict", clip_id, saved.number, f"with revision {head.number}")
        return saved, head, place
    saved = _append(connection, clip, place, signed, kind, actor, parent.number, note, **extra)
    if place.task is not None:
        copies: dict[str, Any] = {"status": "open"}
        if place.branch:
            copies["head"] = saved.number
        else:
            copies |= {
                "pattern": signed.pattern,
                "regions": region_bits(signed),
                "uncertainty": uncertainty(signed),
            }
        leases.extend(connection, place.task, actor, now, **copies)
    return saved, None, place


def _append(
    connection: Connection,
    clip: Clip,
    place: Place,
    labels: Labels,
    kind: str,
    author: str,
    parent: int | None,
    note: str,
    **extra: Any,
) -> Revision:
    """Store the revision; on the clip's own branch, and unless it lost, it becomes the head."""
    table = schema.revisions
    newest = connection.scalar(select(func.max(table.c.number)).where(table.c.clip_id == clip.id)) or 0
    now = time.time()
    fields = {
        "clip_id": clip.id,
        "number": newest + 1,
        "parent": parent,
        "branch": place.branch,
        "kind": kind,
        "author": author,
        "created": now,
        "note": note,
    } | extra
    put_revision(connection, labels, **fields)
    if place.branch == 0 and kind != "conflict":
        connection.execute(
            update(schema.clips)
            .where(schema.clips.c.id == clip.id)
            .values(
                head=newest + 1,
                pattern=labels.pattern,
                state=labels.state,
                regions=region_bits(labels),
                uncertainty=uncertainty(labels),
                updated=now,
            )
        )
    return Revision(
        clip.id,
        newest + 1,
        parent,
        extra.get("merged"),
        place.branch,
        kind,
        author,
        now,
        labels.state,
        note,
        labels,
    )


def _repeated(
    connection: Connection, actor: str, clip_id: int, client: str, sequence: int | None, overtaken: bool
) -> Revision | None:
    """What this client already stored by this request or, where requests may overtake, by a later one."""
    if not client or sequence is None:
        return None
    table = schema.revisions
    row = connection.execute(
        select(table)
        .where(table.c.clip_id == clip_id, table.c.client == client)
        .where(table.c.sequence >= sequence if overtaken else table.c.sequence == sequence)
        .order_by(table.c.sequence)
        .limit(1)
    ).first()
    if row is None:
        return None
    if row.author != actor:
        raise NotAllowed("That client belongs to somebody else.")
    return get_revision(connection, clip_id, row.number)


def _earlier_conflict(connection: Connection, clip_id: int, client: str) -> int | None:
    """The conflict that this client left open by its save before: what it sends now holds that too."""
    table = schema.revisions
    query = select(table.c.number).where(table.c.clip_id == clip_id, table.c.client == client, UNSETTLED)
    query = query.order_by(table.c.number.desc()).limit(1)
    return connection.scalar(query) if client else None


def _own_chain(connection: Connection, clip_id: int, branch: int, seen: int, client: str) -> bool:
    """Whether all that came after `seen` was sent by the same client, whose acknowledgements got lost."""
    if not client:
        return False
    table = schema.revisions
    after = select(table.c.client).where(
        table.c.clip_id == clip_id,
        table.c.branch == branch,
        table.c.number > seen,
        table.c.kind != "conflict",
    )
    clients = set(connection.scalars(after))
    return clients == {client}


def _signed(labels: Labels, parent: Revision, actor: str, state: str) -> Labels:
    """With whose they are: the actor's where anything differs, else as before."""
    before = parent.labels
    assert before is not None
    if labels.contacts == before.contacts and labels.pattern == before.pattern:
        return replace(before, state=state)
    return replace(labels, source="annotator", author=actor, state=state)


def _checked(labels: Labels, note: str, client: str, sequence: int | None) -> Labels:
    """Labels that can be right; done before others are made to wait."""
    if len(note) > 10_000:
        raise BadInput("The note is longer than 10,000 characters.")
    if len(client) > 100 or (sequence is not None and not 0 <= sequence < TOO_LARGE):
        raise BadInput("That is not the name or the count of a client.")
    try:
        return check(labels)
    except LabelError as error:
        raise BadInput(str(error)) from None


def _fitted(labels: Labels, clip: Clip) -> Labels:
    """Labels of this clip's size; raises `BadInput`."""
    if (labels.frames, labels.width, labels.height) != (clip.frames, clip.width, clip.height):
        raise BadInput(
            f"The labels are of {labels.frames} frames of {labels.width} x {labels.height},"
            f" the clip has {clip.frames} of {clip.width} x {clip.height}."
        )
    return replace(labels, fps=clip.fps)


def _or_conflict(saved: Revision, head: Revision | None, actor: str) -> Revision:
    if head is None:
        return saved
    kept = f"Yours is kept as revision {saved.number}."
    if saved.parent == head.number:
        raise Conflict(f"Somebody else has this clip now, or it is done. {kept}", head, saved)
    if head.author == actor:
        raise Conflict(f"You saved revision {head.number} from another window. {kept}", head, saved)
    raise Conflict(f"{head.author} saved revision {head.number} in between. {kept}", head, saved)


def _visible(connection: Connection, actor: str, clip: Clip) -> Any:
    """Which revisions a person may see: an independent annotator sees the pre-label and their own."""
    person = require(connection, actor)
    if ROLES.index(person.role) >= ROLES.index("reviewer"):
        return lambda _: True
    tasks = schema.tasks
    rows = connection.execute(select(tasks).where(tasks.c.clip_id == clip.id, tasks.c.person == actor)).all()
    own = select(schema.revisions.c.id).where(schema.revisions.c.clip_id == clip.id, schema.revisions.c.author == actor)
    if not rows and connection.scalar(own.limit(1)) is None:
        raise NotAllowed("Claim the clip first.")
    branches = {leases.branch_of(row) for row in rows}
    return lambda found: found.number <= clip.prelabel or found.author == actor or found.branch in branches
