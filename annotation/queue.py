"""The queue: who looks at which clip next. A claim is one statement: no two people get the same clip."""

import time
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, exists, func, insert, or_, select, update

from annotation import schema
from annotation.audit import log
from annotation.errors import BadInput, LeaseLost, NotAllowed
from annotation.labels import Labels
from annotation.leases import find, grant, new_token, runs_out
from annotation.people import require
from annotation.queue_settings import DEFAULTS, put_setting, setting
from annotation.records import get_clip, get_revision, task_of
from annotation.rights import admit, keep
from annotation.store import Store
from annotation.tasks import ADJUDICATION_SLOT, FIRST_SLOT, add_gold, get_task, held, reserve
from annotation.values import Clip, Labelled, Person, Task
from annotation.waiting import Filters, checked, claiming, released, waiting

MOST_HELD: Final = 20  # of a person's clips that a reload brings back
LONGEST_REASON: Final = 1_000  # characters
NOT_YOURS: Final = "That clip is not yours: take the next one from the queue."


@dataclass(frozen=True)
class Claim:
    """A clip to work on. Save with `seen` and `lease`; `held_by` names somebody else who has it open."""

    kind: str  # annotate or adjudicate
    lease: str  # "" where somebody else holds the clip: looking only
    until: float  # seconds since 1970
    clip: Clip
    seen: int
    labels: Labels
    prelabel: Labels
    held_by: str | None = None
    rivals: tuple[Labelled, ...] = ()  # the annotations that an adjudicator decides between


def claim(store: Store, actor: str, filters: Filters | None = None) -> Claim | None:
    """The next clip for this person, theirs until the lease runs out; None where there is none."""
    filters = checked(filters or Filters())
    now = time.time()
    with store.write() as connection:
        person = require(connection, actor)
        if not person.at_least("reviewer") and not filters.first_look:
            raise NotAllowed("Only reviewers look at clips that others have done.")
        admit(connection, person, now)
        task = _gold(connection, person, filters, now) or _next(connection, person, filters, now)
    if task is None:
        return None
    with store.read() as connection:  # the claim is made: others need not wait for what is read
        return _claim_of(connection, person, task)


def open_clip(store: Store, actor: str, clip_id: int) -> Claim:
    """A certain clip again: one that the person holds or did, or any for reviewers. Sees `held_by`."""
    now = time.time()
    tasks = schema.tasks
    with store.write() as connection:
        person = require(connection, actor)
        get_clip(connection, clip_id, lock=True)
        own = or_(tasks.c.person == actor, tasks.c.done_by == actor)
        mine = select(tasks).where(tasks.c.clip_id == clip_id, own)
        row = connection.execute(mine.order_by(tasks.c.status.desc(), tasks.c.slot.desc()).limit(1)).first()
        if row is None and not person.at_least("reviewer"):
            raise NotAllowed(NOT_YOURS)
        task = get_task(connection, clip_id, FIRST_SLOT) if row is None else task_of(row)
        keep(connection, person, task, now)
        if task.person != actor and task.held(now):
            if person.stranger:
                raise NotAllowed(NOT_YOURS)
            return replace(_claim_of(connection, person, task), lease="", until=0.0, held_by=task.person)
        return _claim_of(connection, person, grant(connection, task, actor, now))


def mine(store: Store, actor: str) -> list[Claim]:
    """What the person holds, newest first: to go on after a reload."""
    tasks = schema.tasks
    with store.read() as connection:
        person = require(connection, actor)
        query = select(tasks).where(tasks.c.person == actor, held(time.time()))
        if person.stranger:
            query = query.where(released())
        rows = connection.execute(query.order_by(tasks.c.claimed.desc()).limit(MOST_HELD)).all()
        return [_claim_of(connection, person, task_of(row)) for row in rows]


def renew(store: Store, actor: str, clip_id: int, lease: str) -> float:
    """Keep a clip for another while; when it runs out (seconds since 1970). Raises `LeaseLost`."""
    now = time.time()
    with store.write() as connection:
        task = _own(connection, actor, clip_id, lease, now)
        until = runs_out(connection, now)
        token = task.lease or lease.partition(".")[2] or new_token()
        connection.execute(
            update(schema.tasks)
            .where(schema.tasks.c.id == task.id)
            .values(person=actor, lease=token, lease_until=until)
        )
        return until


def release(store: Store, actor: str, clip_id: int, lease: str) -> None:
    """Give a clip back to the queue; what was saved stays. Raises `LeaseLost`."""
    with store.write() as connection:
        _give_back(connection, _own(connection, actor, clip_id, lease, time.time()))


def skip(store: Store, actor: str, clip_id: int, lease: str, reason: str = "") -> None:
    """Give a clip back and do not get it again. Raises `LeaseLost`."""
    with store.write() as connection:
        task = _own(connection, actor, clip_id, lease, time.time())
        _give_back(connection, task)
        known = select(schema.skips.c.task_id).where(schema.skips.c.task_id == task.id, schema.skips.c.person == actor)
        if connection.scalar(known) is None:
            connection.execute(insert(schema.skips).values(task_id=task.id, person=actor, created=time.time()))
        log(connection, actor, "skip", clip_id, detail=reason[:LONGEST_REASON])


def count(store: Store, actor: str, filters: Filters | None = None) -> int:
    """How many clips wait for this person."""
    filters = checked(filters or Filters())
    with store.read() as connection:
        person = require(connection, actor)
        asked, total = (filters, person.at_least("reviewer"), person.stranger, True), 0
        for mine in (True, False):
            number = select(func.count()).select_from(schema.tasks).where(waiting(*asked, mine=mine))
            total += connection.scalar(number, {"me": actor, "now": time.time()}) or 0
        return total


def settings(store: Store) -> dict[str, float]:
    """Settings of the queue: lease_seconds, double_share, gold_share."""
    with store.read() as connection:
        return {name: setting(connection, name) for name in DEFAULTS}


def configure(
    store: Store,
    actor: str,
    *,
    lease_seconds: float | None = None,
    double_share: float | None = None,
    gold_share: float | None = None,
) -> dict[str, float]:
    """Settings of the queue, as they then are (admin); clips are reserved for double annotation at once."""
    given = {"lease_seconds": lease_seconds, "double_share": double_share, "gold_share": gold_share}
    with store.write() as connection:
        require(connection, actor, "admin")
        for name, value in given.items():
            if value is not None:
                put_setting(connection, name, value)
                log(connection, actor, "configure", detail=f"{name} = {value:g}")
        if double_share:
            reserve(connection, double_share)
    return settings(store)


def _next(connection: Connection, person: Person, filters: Filters, now: float) -> Task | None:
    """Claim the first waiting task, one that is assigned to them before all others; None where there is none."""
    values = {"me": person.name, "now": now, "new_lease": new_token(), "until": runs_out(connection, now)}
    for mine in (True, False):
        statement = claiming(filters, person.at_least("reviewer"), person.stranger, mine)
        row = connection.execute(statement, values).first()
        if row is not None:
            return task_of(row)
    return None


def _gold(connection: Connection, person: Person, filters: Filters, now: float) -> Task | None:
    """A gold clip where this person's share of them is due and one is left; its new task, or None."""
    share = setting(connection, "gold_share")
    if not share or not filters.first_look:
        return None
    tasks, clips = schema.tasks, schema.clips
    done = select(func.count()).select_from(tasks).where(tasks.c.person == person.name, tasks.c.status == "done")
    total = connection.scalar(done) or 0
    golden = connection.scalar(done.where(tasks.c.kind == "gold")) or 0
    if golden >= int(share * (total + 1)):
        return None
    known = exists().where(tasks.c.clip_id == clips.c.id, tasks.c.person == person.name)
    query = select(clips.c.id).where(clips.c.gold > 0, ~known)
    if person.stranger:
        query = query.where(clips.c.released == 1)
    if filters.pattern:
        query = query.where(clips.c.pattern == filters.pattern)
    clip_id = connection.scalar(query.order_by(clips.c.id).limit(1))
    if clip_id is None:
        return None
    clip = get_clip(connection, clip_id, lock=True)
    lease = {"lease": new_token(), "lease_until": runs_out(connection, now), "claimed": now}
    return add_gold(connection, clip, person.name, **lease)


def _claim_of(connection: Connection, person: Person, task: Task) -> Claim:
    """What the person gets to see of a task: an independent annotation shows nothing of the others."""
    clip = get_clip(connection, task.clip_id)
    seen = clip.head if task.branch == 0 else (task.head or clip.prelabel)
    labels = get_revision(connection, clip.id, seen).labels
    prelabel = get_revision(connection, clip.id, clip.prelabel).labels
    rivals = _rivals(connection, clip.id) if task.kind == "adjudicate" else ()
    if task.branch != 0:
        clip = replace(clip, head=seen, state="unreviewed", disagreement=None)
    if not person.at_least("reviewer"):
        clip = replace(clip, gold=0)
    kind = "adjudicate" if task.kind == "adjudicate" else "annotate"
    return Claim(kind, f"{task.id}.{task.lease}", task.lease_until or 0.0, clip, seen, labels, prelabel, None, rivals)


def _rivals(connection: Connection, clip_id: int) -> tuple[Labelled, ...]:
    tasks = schema.tasks
    heads = connection.scalars(
        select(tasks.c.head)
        .where(tasks.c.clip_id == clip_id, tasks.c.slot < ADJUDICATION_SLOT, tasks.c.head.is_not(None))
        .order_by(tasks.c.slot)
    )
    return tuple(get_revision(connection, clip_id, head) for head in heads)


def _own(connection: Connection, actor: str, clip_id: int, lease: str, now: float) -> Task:
    """The task of a lease that is still the actor's, or that nobody else took; raises `LeaseLost`."""
    person = require(connection, actor)
    task = find(connection, clip_id, lease)
    if task is None:
        raise BadInput("There is no lease.")
    if task.person != actor or (task.status == "done" and not task.held(now)):
        raise LeaseLost("Somebody else has this clip now. What you saved is kept in its history.")
    keep(connection, person, task, now)
    return task


def _give_back(connection: Connection, task: Task) -> None:
    """Nobody holds the task; an untouched gold task is forgotten, since it was made for this person."""
    tasks = schema.tasks
    values: dict[str, Any] = {"lease": None, "lease_until": None}
    if task.status == "open" and task.head is None:
        values |= {"person": None, "previous": task.person}
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(**values))
