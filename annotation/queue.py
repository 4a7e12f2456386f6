"""The queue: who looks at which clip next. A claim is one statement: no two people get the same clip."""

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Final, Literal

from sqlalchemy import (
    ColumnElement,
    Connection,
    Text,
    and_,
    bindparam,
    exists,
    func,
    insert,
    or_,
    select,
    update,
)

from annotation import schema
from annotation.decisions import ADJUDICATION_SLOT, FIRST_GOLD_SLOT, add_task
from annotation.errors import BadInput, LeaseLost, NotAllowed
from annotation.labels import STATES, Labels
from annotation.leases import branch_of, find, grant, held, new_token
from annotation.people import ROLES, Person, require
from annotation.records import Clip, Revision, get_clip, get_revision
from annotation.store import DEFAULTS, Store, log, put_setting, setting
from annotation.taxonomy import PATTERNS, REGIONS, SOURCES

Order = Literal["oldest", "uncertain", "disagreement"]
ORDERS: Final = ("oldest", "uncertain", "disagreement")


@dataclass(frozen=True)
class Filters:
    """Which clips to get; empty means any. States other than unreviewed, and flagged, are for reviewers."""

    pattern: str = ""
    region: str = ""
    state: str = "unreviewed"
    source: str = ""
    split: str = ""
    subject: str = ""
    flagged: bool = False
    order: str = "oldest"  # oldest, uncertain (least certain first), disagreement (most first)


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
    rivals: tuple[Revision, ...] = ()  # the annotations that an adjudicator decides between


def claim(store: Store, actor: str, filters: Filters | None = None) -> Claim | None:
    """The next clip for this person, theirs until the lease runs out; None where there is none."""
    filters = _checked(filters or Filters())
    now = time.time()
    with store.write() as connection:
        person = require(connection, actor)
        if not _is_reviewer(person) and (filters.state != "unreviewed" or filters.flagged):
            raise NotAllowed("Only reviewers look at clips that others have done.")
        task = _gold(connection, person, filters, now) or _take(connection, person, filters, now)
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
        task = connection.execute(mine.order_by(tasks.c.status.desc(), tasks.c.slot.desc()).limit(1)).first()
        if task is None:
            if not _is_reviewer(person):
                raise NotAllowed("That clip is not yours: take the next one from the queue.")
            first = select(tasks).where(tasks.c.clip_id == clip_id, tasks.c.slot == 0)
            task = connection.execute(first).one()
        if task.person != actor and held(task, now):
            return replace(_claim_of(connection, person, task), lease="", until=0.0, held_by=task.person)
        grant(connection, task, actor, now)
        return _claim_of(connection, person, _task(connection, task.id))


def mine(store: Store, actor: str) -> list[Claim]:
    """What the person holds, newest first: to go on after a reload."""
    tasks = schema.tasks
    with store.read() as connection:
        person = require(connection, actor)
        query = select(tasks).where(
            tasks.c.person == actor, tasks.c.lease.is_not(None), tasks.c.lease_until > time.time()
        )
        rows = connection.execute(query.order_by(tasks.c.claimed.desc()).limit(20)).all()
        return [_claim_of(connection, person, row) for row in rows]


def renew(store: Store, actor: str, clip_id: int, lease: str) -> float:
    """Keep a clip for another while; when it runs out (seconds since 1970). Raises `LeaseLost`."""
    now = time.time()
    with store.write() as connection:
        task = _own(connection, actor, clip_id, lease, now)
        until = now + setting(connection, "lease_seconds")
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
        log(connection, actor, "skip", clip_id, detail=reason[:1000])


def count(store: Store, actor: str, filters: Filters | None = None) -> int:
    """How many clips wait for this person."""
    filters = _checked(filters or Filters())
    with store.read() as connection:
        person = require(connection, actor)
        where = _waiting(filters, _is_reviewer(person), every=True)
        waiting = select(func.count()).select_from(schema.tasks).where(where)
        return int(connection.scalar(waiting, {"me": actor, "now": time.time()}) or 0)


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
            if value is None:
                continue
            least, most = (10, 86_400) if name == "lease_seconds" else (0, 1)
            if not least <= value <= most:
                raise BadInput(f"{name} is not between {least} and {most}.")
            put_setting(connection, name, float(value))
            log(connection, actor, "configure", detail=f"{name} = {value:g}")
        if double_share:
            _reserve(connection, double_share)
    return settings(store)


def reserved(sha256: str, share: float) -> bool:
    """Whether a clip is among the share that two people label; depends on its content alone."""
    return int(sha256[:8], 16) < share * 2**32


def _take(connection: Connection, person: Person, filters: Filters, now: float) -> Any:
    """Claim the first waiting task in one statement; its row, or None."""
    values = {
        "me": person.name,
        "now": now,
        "new_lease": new_token(),
        "until": now + setting(connection, "lease_seconds"),
    }
    return connection.execute(_claiming(filters, _is_reviewer(person)), values).first()


@lru_cache(maxsize=1024)  # to put the statement together takes longer than to run it
def _claiming(filters: Filters, reviewer: bool) -> Any:
    """The statement that claims, with parameters me, now, new_lease, until."""
    tasks = schema.tasks
    order: Sequence[ColumnElement[Any]] = {
        "oldest": (tasks.c.id,),
        "uncertain": (tasks.c.uncertainty.desc(), tasks.c.id),
        "disagreement": (tasks.c.disagreement.desc(), tasks.c.id),
    }[filters.order]
    first = select(tasks.c.id).where(_waiting(filters, reviewer)).order_by(*order).limit(1)
    return (
        update(tasks)
        .where(tasks.c.id == first.with_for_update(skip_locked=True).scalar_subquery())
        .values(
            person=bindparam("me"),
            previous=tasks.c.person,
            lease=bindparam("new_lease"),
            lease_until=bindparam("until"),
            claimed=bindparam("now"),
        )
        .returning(tasks)
    )


@lru_cache(maxsize=1024)
def _waiting(filters: Filters, reviewer: bool, every: bool = False) -> ColumnElement[bool]:
    """Condition on `tasks`, with parameters me and now: this person may take it.

    What is asked of `every` task lists a person's own once, instead of looking for them task by task.
    """
    tasks, clips, skips = schema.tasks, schema.clips, schema.skips
    me, now = bindparam("me", type_=Text), bindparam("now", type_=schema.Seconds)
    others = tasks.alias("others")
    conditions: list[ColumnElement[bool]] = [
        or_(tasks.c.lease_until.is_(None), tasks.c.lease_until < now),
    ]
    own_before: ColumnElement[bool]
    if every:
        conditions.append(tasks.c.id.not_in(select(skips.c.task_id).where(skips.c.person == me)))
        own_before = tasks.c.clip_id.in_(select(others.c.clip_id).where(others.c.person == me))
    else:
        conditions.append(~exists().where(skips.c.task_id == tasks.c.id, skips.c.person == me))
        own_before = exists().where(others.c.clip_id == tasks.c.clip_id, others.c.person == me)
    if filters.state == "unreviewed" and not filters.flagged:
        conditions.append(tasks.c.status == "open")
        conditions.append(or_(~own_before, tasks.c.person == me))
        # Somebody's unfinished independent annotation is not for another to go on with.
        conditions.append(or_(tasks.c.slot.in_((0, ADJUDICATION_SLOT)), tasks.c.head.is_(None), tasks.c.person == me))
    else:
        conditions += [tasks.c.slot == 0, ~own_before]
    if not reviewer:
        conditions.append(tasks.c.kind != "adjudicate")
    for name in ("pattern", "source"):
        if getattr(filters, name):
            conditions.append(tasks.c[name] == getattr(filters, name))
    if filters.region:
        conditions.append(tasks.c.regions.bitwise_and(1 << REGIONS.index(filters.region)) != 0)
    of_clip = [clips.c[n] == getattr(filters, n) for n in ("split", "subject") if getattr(filters, n)]
    if filters.state and filters.state != "unreviewed":
        of_clip.append(clips.c.state == filters.state)
    if filters.flagged:
        of_clip.append(clips.c.flagged == 1)
    if of_clip:
        conditions.append(tasks.c.clip_id.in_(select(clips.c.id).where(*of_clip)))
    return and_(*conditions)


def _gold(connection: Connection, person: Person, filters: Filters, now: float) -> Any:
    """A gold clip where this person's share of them is due and one is left; its new task, or None."""
    share = setting(connection, "gold_share")
    if not share or filters.state != "unreviewed" or filters.flagged:
        return None
    tasks, clips = schema.tasks, schema.clips
    done = select(func.count()).select_from(tasks).where(tasks.c.person == person.name, tasks.c.status == "done")
    total = connection.scalar(done) or 0
    golden = connection.scalar(done.where(tasks.c.kind == "gold")) or 0
    if golden >= int(share * (total + 1)):
        return None
    known = exists().where(tasks.c.clip_id == clips.c.id, tasks.c.person == person.name)
    query = select(clips.c.id).where(clips.c.gold > 0, ~known)
    if filters.pattern:
        query = query.where(clips.c.pattern == filters.pattern)
    row = connection.execute(query.order_by(clips.c.id).limit(1)).first()
    if row is None:
        return None
    clip = get_clip(connection, row.id, lock=True)
    newest = connection.scalar(select(func.max(tasks.c.slot)).where(tasks.c.clip_id == clip.id)) or 0
    slot = max(newest + 1, FIRST_GOLD_SLOT)
    prelabel = get_revision(connection, clip.id, clip.prelabel).labels
    assert prelabel is not None
    lease_until = now + setting(connection, "lease_seconds")
    add_task(
        connection,
        clip,
        prelabel,
        slot,
        "gold",
        person=person.name,
        lease=new_token(),
        lease_until=lease_until,
        claimed=now,
    )
    return connection.execute(select(tasks).where(tasks.c.clip_id == clip.id, tasks.c.slot == slot)).one()


def _claim_of(connection: Connection, person: Person, task: Any) -> Claim:
    """What the person gets to see of a task: an independent annotation shows nothing of the others."""
    clip = get_clip(connection, task.clip_id)
    branch = branch_of(task)
    seen = clip.head if branch == 0 else (task.head or clip.prelabel)
    labels = get_revision(connection, clip.id, seen).labels
    prelabel = get_revision(connection, clip.id, clip.prelabel).labels
    assert labels is not None and prelabel is not None
    rivals: tuple[Revision, ...] = ()
    if task.kind == "adjudicate":
        rivals = _rivals(connection, clip.id)
    if branch != 0:
        clip = replace(clip, head=seen, state="unreviewed", disagreement=None)
    if not _is_reviewer(person):
        clip = replace(clip, gold=0)
    kind = "adjudicate" if task.kind == "adjudicate" else "annotate"
    return Claim(kind, f"{task.id}.{task.lease}", task.lease_until or 0.0, clip, seen, labels, prelabel, None, rivals)


def _rivals(connection: Connection, clip_id: int) -> tuple[Revision, ...]:
    tasks = schema.tasks
    heads = connection.scalars(
        select(tasks.c.head)
        .where(tasks.c.clip_id == clip_id, tasks.c.slot < 2, tasks.c.head.is_not(None))
        .order_by(tasks.c.slot)
    )
    return tuple(get_revision(connection, clip_id, head) for head in heads)


def _own(connection: Connection, actor: str, clip_id: int, lease: str, now: float) -> Any:
    """The task of a lease that is still the actor's, or that nobody else took; raises `LeaseLost`."""
    require(connection, actor)
    task = find(connection, clip_id, lease)
    if task is None:
        raise BadInput("There is no lease.")
    if task.person != actor or (task.status == "done" and not held(task, now)):
        raise LeaseLost("Somebody else has this clip now. What you saved is kept in its history.")
    return task


def _give_back(connection: Connection, task: Any) -> None:
    """Nobody holds the task; an untouched gold task is forgotten, since it was made for this person."""
    tasks = schema.tasks
    values: dict[str, Any] = {"lease": None, "lease_until": None}
    if task.status == "open" and task.head is None:
        values |= {"person": None, "previous": task.person}
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(**values))


def _reserve(connection: Connection, share: float) -> None:
    """A second task for each clip of the share that has none."""
    tasks, clips = schema.tasks, schema.clips
    has = exists().where(tasks.c.clip_id == clips.c.id, tasks.c.slot == 1)
    rows = connection.execute(select(clips.c.id, clips.c.sha256).where(~has)).all()
    for row in rows:
        if reserved(row.sha256, share):
            clip = get_clip(connection, row.id)
            prelabel = get_revision(connection, clip.id, clip.prelabel).labels
            assert prelabel is not None
            add_task(connection, clip, prelabel, 1, "second")


def _task(connection: Connection, task_id: int) -> Any:
    return connection.execute(select(schema.tasks).where(schema.tasks.c.id == task_id)).one()


def _is_reviewer(person: Person) -> bool:
    return ROLES.index(person.role) >= ROLES.index("reviewer")


def _checked(filters: Filters) -> Filters:
    """Filters of known words; raises `BadInput`."""
    for name, words in (("pattern", PATTERNS), ("region", REGIONS), ("state", STATES), ("source", SOURCES)):
        value = getattr(filters, name)
        if value and value not in words:
            raise BadInput(f"{value!r} is not a {name}: {', '.join(words)}.")
    if filters.order not in ORDERS:
        raise BadInput(f"{filters.order!r} is not an order: {', '.join(ORDERS)}.")
    return filters
