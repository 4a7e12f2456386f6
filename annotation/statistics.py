"""How far the work is, how fast it goes, how good it is: for the Dataset tab and the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from sqlalchemy import BigInteger, and_, case, cast, func, select

from annotation import schema
from annotation.agreement import Agreement, Annotation, agreement
from annotation.labels import Contact
from annotation.people import ROLES, require
from annotation.records import UNSETTLED, get_revision
from annotation.store import SYSTEM, Store
from annotation.taxonomy import REGIONS


@dataclass(frozen=True)
class Work:
    """What one person did; None where nothing is known yet."""

    person: str
    decided: int
    accepted: int
    corrected: int
    rejected: int
    median_seconds: float | None
    share_changed: float | None  # of decided clips in which something differs from the pre-label
    gold: int
    gold_score: float | None  # mean similarity to the gold labels, 0 .. 1


@dataclass(frozen=True)
class Progress:
    """Counts of clips; `by_pattern` and `by_split` map a word to a count for each state."""

    clips: int
    by_state: dict[str, int]
    by_pattern: dict[str, dict[str, int]]
    by_source: dict[str, dict[str, int]]
    by_split: dict[str, dict[str, int]]
    by_region: dict[str, int]  # clips whose newest labels have a contact there
    by_day: dict[str, int] = field(default_factory=dict)  # decided clips, day (UTC) → count
    flagged: int = 0
    gold: int = 0
    disputed: int = 0  # waiting for a reviewer
    conflicts: int = 0  # lost saves that nobody merged
    work: tuple[Work, ...] = ()  # of everybody for reviewers, else one's own


def progress(store: Store, actor: str) -> Progress:
    """Where the review stands."""
    with store.read() as connection:
        person = require(connection, actor)
        counts = _clip_counts(connection)
        everybody = ROLES.index(person.role) >= ROLES.index("reviewer")
        tasks = schema.tasks
        disputed = select(func.count()).where(tasks.c.disagreement > 0, tasks.c.status == "open")
        lost = select(func.count()).where(UNSETTLED)
        return Progress(
            **counts,
            by_day=_by_day(connection),
            disputed=connection.scalar(disputed) or 0,
            conflicts=connection.scalar(lost) or 0,
            work=tuple(_work(connection, None if everybody else actor)),
        )


def agreement_report(store: Store, actor: str, limit: int = 5_000, polygons: int = 100) -> dict[str, Agreement]:
    """Agreement of independent annotations by region and finger (reviewer), over the newest `limit` clips.

    Areas are compared in the first `polygons` of them, since only they need the labels themselves.
    """
    tasks = schema.tasks
    with store.read() as connection:
        require(connection, actor, "reviewer")
        finished = and_(
            tasks.c.status == "done",
            tasks.c.head.is_not(None),
            tasks.c.kind.in_(("annotate", "second", "gold")),
        )
        several = (
            select(tasks.c.clip_id)
            .where(finished)
            .group_by(tasks.c.clip_id)
            .having(func.count() > 1)
            .order_by(tasks.c.clip_id.desc())
            .limit(limit)
        )
        heads = connection.execute(
            select(tasks.c.clip_id, tasks.c.head, schema.clips.c.frames)
            .join(schema.clips, schema.clips.c.id == tasks.c.clip_id)
            .where(finished, tasks.c.clip_id.in_(several))
            .order_by(tasks.c.clip_id.desc(), tasks.c.slot)
        ).all()
        groups: dict[int, tuple[int, list[Annotation]]] = {}
        close = set(list(dict.fromkeys(row.clip_id for row in heads))[:polygons])
        light = _light_contacts(connection, [row for row in heads if row.clip_id not in close])
        for row in heads:
            if row.clip_id in close:
                labels = get_revision(connection, row.clip_id, row.head).labels
                contacts: Annotation = labels.contacts if labels else ()
            else:
                contacts = light.get((row.clip_id, row.head), ())
            groups.setdefault(row.clip_id, (row.frames, []))[1].append(contacts)
    return agreement(groups.values())


def _clip_counts(connection: Any) -> dict[str, Any]:
    c = schema.clips.c
    by: dict[str, dict[str, dict[str, int]]] = {"pattern": {}, "source": {}, "split": {}}
    by_state: dict[str, int] = {}
    by_region: dict[str, int] = dict.fromkeys(REGIONS, 0)
    flagged = gold = 0
    query = select(
        c.pattern,
        c.source,
        c.split,
        c.state,
        func.count().label("clips"),
        func.sum(c.flagged).label("flagged"),
        func.sum(case((c.gold > 0, 1), else_=0)).label("gold"),
        *(
            func.sum(case((c.regions.bitwise_and(1 << i) > 0, 1), else_=0)).label(region)
            for i, region in enumerate(REGIONS)
        ),
    ).group_by(c.state, c.pattern, c.source, c.split)
    for row in connection.execute(query):
        by_state[row.state] = by_state.get(row.state, 0) + row.clips
        flagged += row.flagged
        gold += row.gold
        for region in REGIONS:
            by_region[region] += getattr(row, region)
        for name, words in by.items():
            states = words.setdefault(getattr(row, name), {})
            states[row.state] = states.get(row.state, 0) + row.clips
    return {
        "clips": sum(by_state.values()),
        "by_state": by_state,
        "by_pattern": by["pattern"],
        "by_source": by["source"],
        "by_region": by_region,
        "by_split": by["split"],
        "flagged": flagged,
        "gold": gold,
    }


def _by_day(connection: Any) -> dict[str, int]:
    day = cast(schema.decisions.c.created, BigInteger) // 86_400
    query = select(day.label("day"), func.count().label("clips")).group_by(day).order_by(day)
    first = date(1970, 1, 1)
    return {(first + timedelta(days=row.day)).isoformat(): row.clips for row in connection.execute(query)}


def _work(connection: Any, only: str | None) -> list[Work]:
    c = schema.decisions.c
    query = select(
        c.person,
        func.count().label("decided"),
        func.sum(case((c.verdict == "accepted", 1), else_=0)).label("accepted"),
        func.sum(case((c.verdict == "corrected", 1), else_=0)).label("corrected"),
        func.sum(case((c.verdict == "rejected", 1), else_=0)).label("rejected"),
        func.sum(case((c.changes > 0, 1), else_=0)).label("changed"),
        func.count(c.seconds).label("timed"),
        func.count(c.score).label("gold"),
        func.avg(c.score).label("gold_score"),
    ).where(c.person != SYSTEM)
    if only is not None:
        query = query.where(c.person == only)
    return [
        Work(
            row.person,
            row.decided,
            row.accepted,
            row.corrected,
            row.rejected,
            _median_seconds(connection, row.person, row.timed),
            row.changed / row.decided,
            row.gold,
            row.gold_score,
        )
        for row in connection.execute(query.group_by(c.person).order_by(c.person))
    ]


def _median_seconds(connection: Any, person: str, timed: int) -> float | None:
    if not timed:
        return None
    c = schema.decisions.c
    query = select(c.seconds).where(c.person == person, c.seconds.is_not(None)).order_by(c.seconds)
    value = connection.scalar(query.limit(1).offset((timed - 1) // 2))
    return float(value)


def _light_contacts(connection: Any, heads: Sequence[Any]) -> dict[tuple[int, int], list[Contact]]:
    """Contacts without polygons of (clip, revision), read in pieces."""
    revisions, contacts = schema.revisions, schema.contacts
    found: dict[tuple[int, int], list[Contact]] = {}
    wanted = {(row.clip_id, row.head) for row in heads}
    ids = sorted({clip_id for clip_id, _ in wanted})
    for i in range(0, len(ids), 500):
        query = (
            select(revisions.c.clip_id, revisions.c.number, contacts)
            .join(contacts, contacts.c.revision_id == revisions.c.id)
            .where(revisions.c.clip_id.in_(ids[i : i + 500]))
            .order_by(revisions.c.id, contacts.c.position)
        )
        for row in connection.execute(query):
            if (row.clip_id, row.number) in wanted:
                contact = Contact(
                    row.contact,
                    row.hand,
                    row.finger,
                    row.region,
                    row.first_frame,
                    row.last_frame,
                    row.confidence,
                )
                found.setdefault((row.clip_id, row.number), []).append(contact)
    return found
