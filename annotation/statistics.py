"""How far the work is, how fast it goes, how good it is: for the Dataset tab and the command line."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, NamedTuple

from sqlalchemy import BigInteger, Connection, and_, case, cast, func, select

from annotation import schema
from annotation.agreement import Agreement, Annotation, agreement
from annotation.labels import Contact
from annotation.people import require
from annotation.records import UNSETTLED, get_revision
from annotation.store import Store
from annotation.taxonomy import REGIONS
from annotation.values import SYSTEM

CONTACT_BATCH: Final = 500  # revisions whose contacts are read at once: fewer than SQLite takes parameters


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
class ReviewProgress:
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


def progress(store: Store, actor: str) -> ReviewProgress:
    """Where the review stands."""
    with store.read() as connection:
        person = require(connection, actor)
        counts = _clip_counts(connection)
        everybody = person.at_least("reviewer")
        tasks = schema.tasks
        disputed = select(func.count()).where(tasks.c.disagreement > 0, tasks.c.status == "open")
        lost = select(func.count()).where(UNSETTLED)
        return ReviewProgress(
            **counts,
            by_day=_by_day(connection),
            disputed=connection.scalar(disputed) or 0,
            conflicts=connection.scalar(lost) or 0,
            work=tuple(_work(connection, None if everybody else actor)),
        )


def agreement_report(store: Store, actor: str, limit: int = 5_000, polygons: int = 50) -> dict[str, Agreement]:
    """Agreement of independent annotations by region and finger (reviewer), over the newest `limit` clips.

    Areas are compared in the first `polygons` of them, since only they need the labels themselves.
    """
    with store.read() as connection:
        require(connection, actor, "reviewer")
        heads = _independent(connection, limit)
        close = set(list(dict.fromkeys(row.clip_id for row in heads))[:polygons])
        light = _light_contacts(connection, [row.revision_id for row in heads if row.clip_id not in close])
        groups: dict[int, tuple[int, list[Annotation]]] = {}
        for row in heads:
            if row.clip_id in close:
                contacts: Annotation = get_revision(connection, row.clip_id, row.head).labels.contacts
            else:
                contacts = light.get(row.revision_id, ())
            groups.setdefault(row.clip_id, (row.frames, []))[1].append(contacts)
    return agreement(groups.values())


class _Independent(NamedTuple):
    """One person's finished annotation of a clip of so many frames."""

    clip_id: int
    frames: int
    head: int
    revision_id: int


def _independent(connection: Connection, limit: int) -> list[_Independent]:
    """Finished annotations of the newest clips that have several."""
    tasks, revisions = schema.tasks, schema.revisions
    finished = and_(
        tasks.c.status == "done", tasks.c.head.is_not(None), tasks.c.kind.in_(("annotate", "second", "gold"))
    )
    several = select(tasks.c.clip_id).where(finished).group_by(tasks.c.clip_id).having(func.count() > 1)
    newest = several.order_by(tasks.c.clip_id.desc()).limit(limit)
    query = (
        select(tasks.c.clip_id, schema.clips.c.frames, tasks.c.head, revisions.c.id.label("revision_id"))
        .join(schema.clips, schema.clips.c.id == tasks.c.clip_id)
        .join(revisions, and_(revisions.c.clip_id == tasks.c.clip_id, revisions.c.number == tasks.c.head))
        .where(finished, tasks.c.clip_id.in_(newest))
        .order_by(tasks.c.clip_id.desc(), tasks.c.slot)
    )
    return [_Independent(*row) for row in connection.execute(query)]


def _clip_counts(connection: Connection) -> dict[str, Any]:
    """What is counted clip by clip; the groups are those of the index, so that it is read once, in its order."""
    c = schema.clips.c
    by: dict[str, dict[str, dict[str, int]]] = {"pattern": {}, "source": {}, "split": {}}
    by_state: dict[str, int] = {}
    by_regions: dict[int, int] = {}
    flagged = gold = 0
    columns = (c.state, c.pattern, c.source, c.split, c.flagged, c.gold, c.regions)
    for state, *words, is_flagged, truth, regions, clips in connection.execute(
        select(*columns, func.count()).group_by(*columns)
    ):
        by_state[state] = by_state.get(state, 0) + clips
        by_regions[regions] = by_regions.get(regions, 0) + clips
        flagged += clips * is_flagged
        gold += clips * (truth > 0)
        for counts, word in zip(by.values(), words, strict=True):
            states = counts.setdefault(word, {})
            states[state] = states.get(state, 0) + clips
    return {
        "clips": sum(by_state.values()),
        "by_state": by_state,
        "by_pattern": by["pattern"],
        "by_source": by["source"],
        "by_region": {
            region: sum(clips for bits, clips in by_regions.items() if bits >> i & 1)
            for i, region in enumerate(REGIONS)
        },
        "by_split": by["split"],
        "flagged": flagged,
        "gold": gold,
    }


def _by_day(connection: Connection) -> dict[str, int]:
    day = cast(schema.decisions.c.created, BigInteger) // 86_400
    query = select(day.label("day"), func.count().label("clips")).group_by(day).order_by(day)
    first = date(1970, 1, 1)
    return {(first + timedelta(days=row.day)).isoformat(): row.clips for row in connection.execute(query)}


def _work(connection: Connection, only: str | None) -> list[Work]:
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


def _median_seconds(connection: Connection, person: str, timed: int) -> float | None:
    if not timed:
        return None
    c = schema.decisions.c
    query = select(c.seconds).where(c.person == person, c.seconds.is_not(None)).order_by(c.seconds)
    value: float | None = connection.scalar(query.limit(1).offset((timed - 1) // 2))
    return value


def _light_contacts(connection: Connection, revision_ids: Sequence[int]) -> dict[int, list[Contact]]:
    """Contacts without polygons by revision id, read in pieces."""
    c = schema.contacts.c
    columns = (c.contact, c.hand, c.finger, c.region, c.first_frame, c.last_frame, c.confidence)
    found: dict[int, list[Contact]] = {}
    for i in range(0, len(revision_ids), CONTACT_BATCH):
        wanted = c.revision_id.in_(revision_ids[i : i + CONTACT_BATCH])
        for row in connection.execute(
            select(c.revision_id, *columns).where(wanted).order_by(c.revision_id, c.position)
        ):
            found.setdefault(row[0], []).append(Contact(*row[1:]))
    return found
