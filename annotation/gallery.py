"""Many clips at a glance: searched, filtered and sorted, a page at a time; and what is done to many at once (reviewer).

Search takes words, each of which is in a name of the clip or is its subject's, or the clip's number.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, func, or_, select, update

from annotation import schema
from annotation.audit import log
from annotation.errors import BadInput
from annotation.labels import STATES
from annotation.people import require
from annotation.records import TOO_LARGE
from annotation.store import Store
from annotation.tasks import FIRST_SLOT
from annotation.taxonomy import OF_CLIPS, REGIONS, SOURCES
from annotation.values import STRANGER, SYSTEM

SORTS: Final = ("newest", "oldest", "changed", "unsure")
PAGE: Final = 60
LARGEST_PAGE: Final = 500
MOST_AT_ONCE: Final = 100_000  # clips that one act changes
LONGEST_SEARCH: Final = 200  # characters
MOST_WORDS: Final = 8
IN_ONE: Final = 500  # parameters of a statement
PRIORITIES: Final = range(-9, 10)


@dataclass(frozen=True)
class Wanted:
    """Which clips, in which order; empty means any."""

    text: str = ""
    state: str = ""
    pattern: str = ""
    region: str = ""
    source: str = ""
    subject: str = ""
    annotator: str = ""  # whose verdict it is, or who holds it
    assigned: str = ""
    flagged: bool = False
    gold: bool = False
    disputed: bool = False
    sort: str = "newest"  # newest, oldest, changed (last first), unsure (least certain first)


@dataclass(frozen=True)
class Card:
    """A clip at a glance."""

    id: int
    name: str  # the file's own
    pattern: str
    subject: str
    state: str
    source: str
    annotator: str  # whose the newest labels are, empty for those that came with it
    confidence: float  # the least among the contacts, 0 .. 1
    frames: int
    fps: float
    flagged: bool
    gold: bool
    assigned: str
    priority: int


@dataclass(frozen=True)
class Page:
    """Some of the clips that were found, and how many there are."""

    total: int
    cards: tuple[Card, ...]


def browse(store: Store, actor: str, wanted: Wanted, offset: int = 0, limit: int = PAGE) -> Page:
    """A page of the clips (reviewer); raises `BadInput`, `NotAllowed`."""
    if not (0 <= offset < TOO_LARGE and 1 <= limit <= LARGEST_PAGE):
        raise BadInput(f"A page begins at 0 or later, and has 1 to {LARGEST_PAGE} clips.")
    where = _where(wanted, store.file is not None)
    clips = schema.clips
    # Numbers first, so that only a page's rows are read whole.
    found = select(clips.c.id).where(where).order_by(*_order(wanted))
    with store.read() as connection:
        require(connection, actor, "reviewer")
        if wanted.text:  # what costs time is the search: once for their number and for the page
            every = list(connection.scalars(found))
            return Page(len(every), _cards(connection, every[offset : offset + limit]))
        total = connection.scalar(select(func.count()).select_from(clips).where(where)) or 0
        ids = list(connection.scalars(found.limit(limit).offset(offset)))
        return Page(int(total), _cards(connection, ids))


def numbers(store: Store, actor: str, wanted: Wanted) -> list[int]:
    """The numbers of all clips that are wanted (reviewer)."""
    with store.read() as connection:
        require(connection, actor, "reviewer")
        return list(
            connection.scalars(
                select(schema.clips.c.id).where(_where(wanted, store.file is not None)).limit(MOST_AT_ONCE)
            )
        )


def choices(store: Store, actor: str) -> dict[str, Any]:
    """Who asks, and what there is to choose from: people who work here (reviewer)."""
    people = schema.people
    names = select(people.c.name).where(people.c.active == 1, ~people.c.name.startswith(STRANGER))
    with store.read() as connection:
        person = require(connection, actor, "reviewer")
        known = [name for name in connection.scalars(names.order_by(people.c.name)) if name != SYSTEM]
        return {"role": person.role, "people": known}


def assign(store: Store, actor: str, clip_ids: Collection[int], person: str) -> int:
    """Keep what is open of these clips for a person, "" for everybody (reviewer); how many clips."""
    with store.write() as connection:
        require(connection, actor, "reviewer")
        if person:
            require(connection, person)
        slots = schema.tasks.c.slot == FIRST_SLOT
        changed = _change_tasks(connection, clip_ids, slots, {"assigned": person or None})
        log(connection, actor, "assign", detail=f"{person or 'everybody'}: {_listed(clip_ids)}")
    return changed


def set_priority(store: Store, actor: str, clip_ids: Collection[int], priority: int) -> int:
    """How soon clips are wanted, the higher the sooner (reviewer); how many clips."""
    if priority not in PRIORITIES:
        raise BadInput(f"A priority is from {PRIORITIES[0]} to {PRIORITIES[-1]}.")
    with store.write() as connection:
        require(connection, actor, "reviewer")
        changed = _change_tasks(connection, clip_ids, None, {"priority": priority})
        log(connection, actor, "priority", detail=f"{priority}: {_listed(clip_ids)}")
    return changed


def flag_all(store: Store, actor: str, clip_ids: Collection[int], flagged: bool) -> int:
    """Mark clips, or take the marks away (reviewer); how many clips."""
    clips = schema.clips
    with store.write() as connection:
        require(connection, actor, "reviewer")
        for some in _pieces(clip_ids):
            connection.execute(update(clips).where(clips.c.id.in_(some)).values(flagged=int(flagged)))
        log(connection, actor, "flag" if flagged else "unflag", detail=_listed(clip_ids))
    return len(set(clip_ids))


def _change_tasks(
    connection: Connection, clip_ids: Collection[int], which: ColumnElement[bool] | None, values: dict[str, Any]
) -> int:
    tasks, changed = schema.tasks, 0
    for some in _pieces(clip_ids):
        wanted = [tasks.c.clip_id.in_(some), *([] if which is None else [which])]
        connection.execute(update(tasks).where(*wanted).values(**values))
        count = select(func.count(tasks.c.clip_id.distinct())).where(*wanted)
        changed += connection.scalar(count) or 0
    return changed


def _where(wanted: Wanted, sqlite: bool) -> ColumnElement[bool]:
    """The condition on `clips`; raises `BadInput`."""
    clips, tasks = schema.clips, schema.tasks
    for name, words in (
        ("state", STATES), ("pattern", OF_CLIPS), ("region", REGIONS), ("source", SOURCES), ("sort", SORTS),
    ):  # fmt: skip
        value = getattr(wanted, name)
        if value and value not in words:
            raise BadInput(f"{value[:60]!r} is not a {name}: {', '.join(words)}.")
    equal = ("state", "pattern", "source", "subject")
    conditions = [clips.c[name] == getattr(wanted, name) for name in equal if getattr(wanted, name)]
    if wanted.region:
        conditions.append(clips.c.regions.bitwise_and(1 << REGIONS.index(wanted.region)) != 0)
    if wanted.flagged:
        conditions.append(clips.c.flagged == 1)
    if wanted.gold:
        conditions.append(clips.c.gold > 0)
    of_task = []
    if wanted.annotator:
        of_task.append(or_(tasks.c.done_by == wanted.annotator, tasks.c.person == wanted.annotator))
    if wanted.assigned:
        of_task.append(and_(tasks.c.status == "open", tasks.c.assigned == wanted.assigned))
    if wanted.disputed:
        of_task.append(and_(tasks.c.disagreement > 0, tasks.c.status == "open"))
    conditions += [clips.c.id.in_(select(tasks.c.clip_id).where(each)) for each in of_task]
    return and_(True, *conditions, *_said(wanted.text, sqlite))


def _said(text: str, sqlite: bool) -> list[ColumnElement[bool]]:
    """A condition for each word of a search; raises `BadInput`."""
    clips, names = schema.clips, schema.names
    words = text.split()
    if len(text) > LONGEST_SEARCH or len(words) > MOST_WORDS:
        raise BadInput(f"Search for at most {MOST_WORDS} words.")
    conditions: list[ColumnElement[bool]] = []
    for word in words:
        places = [_contains(names.c.name, word, sqlite), _contains(clips.c.subject, word, sqlite)]
        if word.isascii() and word.isdigit() and int(word) < TOO_LARGE:
            places.append(clips.c.id == int(word))
        conditions.append(or_(*places))
    # All words are in one of the names, or beside it: one look at each clip, however many there are.
    return [exists().where(names.c.clip_id == clips.c.id, *conditions)] if conditions else []


def _contains(column: ColumnElement[str], word: str, sqlite: bool) -> ColumnElement[bool]:
    """Whether the text has the word, in either case; in SQLite, of ASCII only, by `LIKE` alone, which is faster."""
    return column.contains(word, autoescape=True) if sqlite else column.icontains(word, autoescape=True)


def _order(wanted: Wanted) -> tuple[Any, ...]:
    c = schema.clips.c
    return {
        "newest": (c.id.desc(),),
        "oldest": (c.id,),
        "changed": (c.updated.desc(), c.id.desc()),
        "unsure": (c.uncertainty.desc(), c.id.desc()),
    }[wanted.sort or "newest"]


def _cards(connection: Connection, ids: Sequence[int]) -> tuple[Card, ...]:
    """What is shown of these clips, in their order."""
    clips, tasks, revisions = schema.clips, schema.tasks, schema.revisions
    query: Select[Any] = (
        select(
            clips.c.id, clips.c.file_name, clips.c.pattern, clips.c.subject, clips.c.state, clips.c.source,
            clips.c.uncertainty, clips.c.frames, clips.c.fps, clips.c.flagged, clips.c.gold, clips.c.head,
            clips.c.prelabel, revisions.c.author, tasks.c.assigned, tasks.c.priority,
        )
        .join(revisions, and_(revisions.c.clip_id == clips.c.id, revisions.c.number == clips.c.head))
        .outerjoin(tasks, and_(tasks.c.clip_id == clips.c.id, tasks.c.slot == FIRST_SLOT))
        .where(clips.c.id.in_(ids))
    )  # fmt: skip
    rows = {row.id: row for row in connection.execute(query)}
    return tuple(_card(rows[clip_id]) for clip_id in ids)


def _card(row: Any) -> Card:
    return Card(
        id=row.id,
        name=row.file_name.replace("\\", "/").rsplit("/", 1)[-1],
        pattern=row.pattern,
        subject=row.subject,
        state=row.state,
        source=row.source,
        annotator="" if row.head == row.prelabel else row.author,
        confidence=1.0 - row.uncertainty,
        frames=row.frames,
        fps=row.fps,
        flagged=bool(row.flagged),
        gold=row.gold > 0,
        assigned=row.assigned or "",
        priority=row.priority or 0,
    )


def _pieces(clip_ids: Collection[int]) -> list[list[int]]:
    """The numbers, as many at once as a statement takes; raises `BadInput`."""
    if len(clip_ids) > MOST_AT_ONCE:
        raise BadInput(f"At most {MOST_AT_ONCE:,} clips at once.")
    ordered = sorted(number for number in set(clip_ids) if 0 < number < TOO_LARGE)
    return [ordered[i : i + IN_ONE] for i in range(0, len(ordered), IN_ONE)]


def _listed(clip_ids: Collection[int]) -> str:
    text = ", ".join(map(str, sorted(set(clip_ids))))
    return text if len(text) <= 1000 else f"{text[:980]}… ({len(set(clip_ids))} clips)"
