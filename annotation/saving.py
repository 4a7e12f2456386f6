"""One save inside its transaction: known already, in conflict, or the new head. Nothing is overwritten."""

import time
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, func, select, update

from annotation import leases, schema
from annotation.audit import log
from annotation.errors import BadInput, NotAllowed
from annotation.labels import LabelError, Labels, check
from annotation.leases import Target
from annotation.records import TOO_LARGE, UNSETTLED, get_clip, get_revision, put_revision, region_bits, uncertainty
from annotation.values import VERDICTS, Clip, Labelled

LONGEST_NOTE: Final = 10_000  # characters
LONGEST_CLIENT: Final = 100


@dataclass(frozen=True)
class Submission:
    """Labels that somebody sends to be saved after revision `seen`, the newest that they know.

    `client` and `sequence` (of the browser tab, counting up) make a repeated request harmless.
    """

    labels: Labels
    seen: int
    lease: str = ""
    note: str = ""
    client: str = ""
    sequence: int | None = None
    kind: str = "draft"  # one of `values.SAVES`, or a verdict
    merged: int | None = None  # number of the revision that a merge settles


@dataclass(frozen=True)
class Outcome:
    """What became of a submission."""

    saved: Labelled
    head: Labelled | None  # that it conflicts with
    target: Target | None  # None for a repeated request: nothing was stored


def checked(sent: Submission) -> Submission:
    """A submission that can be right; done before others are made to wait. Raises `BadInput`."""
    if len(sent.note) > LONGEST_NOTE:
        raise BadInput(f"The note is longer than {LONGEST_NOTE:,} characters.")
    if len(sent.client) > LONGEST_CLIENT or (sent.sequence is not None and not 0 <= sent.sequence < TOO_LARGE):
        raise BadInput("That is not the name or the count of a client.")
    try:
        return replace(sent, labels=check(sent.labels))
    except LabelError as error:
        raise BadInput(str(error)) from None


def submit(connection: Connection, actor: str, clip_id: int, sent: Submission) -> Outcome:
    """Store a checked submission; raises `NotAllowed`, `BadInput`."""
    clip = get_clip(connection, clip_id, lock=True)
    repeated = _repeated(connection, actor, clip_id, sent)
    if repeated is not None:
        head = get_revision(connection, clip_id, clip.head) if repeated.kind == "conflict" else None
        return Outcome(repeated, head, None)
    now = time.time()
    target = leases.target(connection, actor, clip, sent.lease, now)
    labels = _fitted(sent.labels, clip)
    head = get_revision(connection, clip_id, target.head)
    stale = sent.seen != target.head and not _own_chain(connection, clip_id, target.branch, sent)
    parent = get_revision(connection, clip_id, sent.seen) if stale else head
    signed = _signed(labels, parent, actor, sent.kind if sent.kind in VERDICTS else head.state)
    if stale or target.lost:
        merged = sent.merged or _earlier_conflict(connection, clip_id, sent.client)
        losing = replace(sent, labels=signed, kind="conflict", merged=merged)
        saved = _append(connection, clip, target.branch, losing, actor, parent.number)
        log(connection, actor, "conflict", clip_id, saved.number, f"with revision {head.number}")
        return Outcome(saved, head, target)
    saved = _append(connection, clip, target.branch, replace(sent, labels=signed), actor, parent.number)
    if target.task is not None:
        leases.extend(connection, target.task, actor, now, **_copies(saved))
    return Outcome(saved, None, target)


def add_revision(connection: Connection, actor: str, clip: Clip, labels: Labels, kind: str) -> Labelled:
    """The next revision of a clip's own labels, which becomes its head; no question asked."""
    return _append(connection, clip, 0, Submission(labels, seen=clip.head, kind=kind), actor, clip.head)


def _append(connection: Connection, clip: Clip, branch: int, sent: Submission, author: str, parent: int) -> Labelled:
    """Store the revision; on the clip's own branch, and unless it lost, it becomes the head."""
    table = schema.revisions
    newest = connection.scalar(select(func.max(table.c.number)).where(table.c.clip_id == clip.id)) or 0
    saved = Labelled(
        clip_id=clip.id,
        number=newest + 1,
        parent=parent,
        merged=sent.merged,
        branch=branch,
        kind=sent.kind,
        author=author,
        created=time.time(),
        state=sent.labels.state,
        note=sent.note,
        labels=sent.labels,
    )
    put_revision(connection, saved, sent.client or None, sent.sequence)
    if branch == 0 and sent.kind != "conflict":
        connection.execute(
            update(schema.clips)
            .where(schema.clips.c.id == clip.id)
            .values(
                head=saved.number,
                pattern=saved.labels.pattern,
                state=saved.state,
                regions=region_bits(saved.labels),
                uncertainty=uncertainty(saved.labels),
                updated=saved.created,
            )
        )
    return saved


def _copies(saved: Labelled) -> dict[str, Any]:
    """Columns of the task that follow what was saved under it."""
    if saved.branch:
        return {"status": "open", "head": saved.number}
    return {
        "status": "open",
        "pattern": saved.labels.pattern,
        "regions": region_bits(saved.labels),
        "uncertainty": uncertainty(saved.labels),
    }


def _repeated(connection: Connection, actor: str, clip_id: int, sent: Submission) -> Labelled | None:
    """What this client already stored by this request or, where requests may overtake, by a later one."""
    if not sent.client or sent.sequence is None:
        return None
    table = schema.revisions
    overtaken = sent.kind not in VERDICTS
    row = connection.execute(
        select(table.c.number, table.c.author)
        .where(table.c.clip_id == clip_id, table.c.client == sent.client)
        .where(table.c.sequence >= sent.sequence if overtaken else table.c.sequence == sent.sequence)
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


def _own_chain(connection: Connection, clip_id: int, branch: int, sent: Submission) -> bool:
    """Whether all that came after `seen` was sent by the same client, whose acknowledgements got lost."""
    if not sent.client:
        return False
    table = schema.revisions
    after = select(table.c.client).where(
        table.c.clip_id == clip_id,
        table.c.branch == branch,
        table.c.number > sent.seen,
        table.c.kind != "conflict",
    )
    return set(connection.scalars(after)) == {sent.client}


def _signed(labels: Labels, parent: Labelled, actor: str, state: str) -> Labels:
    """With whose they are: the actor's where anything differs, else as before."""
    before = parent.labels
    if labels.contacts == before.contacts and labels.pattern == before.pattern:
        return replace(before, state=state)
    return replace(labels, source="annotator", author=actor, state=state)


def _fitted(labels: Labels, clip: Clip) -> Labels:
    """Labels of this clip's size; raises `BadInput`."""
    if (labels.frames, labels.width, labels.height) != (clip.frames, clip.width, clip.height):
        raise BadInput(
            f"The labels are of {labels.frames} frames of {labels.width} x {labels.height},"
            f" the clip has {clip.frames} of {clip.width} x {clip.height}."
        )
    return replace(labels, fps=clip.fps)
