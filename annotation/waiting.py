"""Which tasks a person may take: filters, and the statements that they become.

They have parameters instead of values, so that each is put together once: that takes longer than to run it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from sqlalchemy import ColumnElement, Text, and_, bindparam, exists, or_, select, update
from sqlalchemy.sql.dml import ReturningUpdate

from annotation import schema
from annotation.errors import BadInput
from annotation.labels import STATES
from annotation.tasks import ADJUDICATION_SLOT, FIRST_SLOT
from annotation.taxonomy import OF_CLIPS, REGIONS, SOURCES
from annotation.values import NO_LEASE

ORDERS: Final = ("oldest", "uncertain", "disagreement")
STATEMENTS: Final = 1024  # that are kept, of as many combinations of filters


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

    @property
    def first_look(self) -> bool:
        """Whether they ask for clips that nobody has decided yet."""
        return self.state == "unreviewed" and not self.flagged


def checked(filters: Filters) -> Filters:
    """Filters of known words; raises `BadInput`."""
    for name, words in (("pattern", OF_CLIPS), ("region", REGIONS), ("state", STATES), ("source", SOURCES)):
        value = getattr(filters, name)
        if value and value not in words:
            raise BadInput(f"{value!r} is not a {name}: {', '.join(words)}.")
    if filters.order not in ORDERS:
        raise BadInput(f"{filters.order!r} is not an order: {', '.join(ORDERS)}.")
    return filters


@lru_cache(maxsize=STATEMENTS)
def claiming(filters: Filters, reviewer: bool, stranger: bool = False, mine: bool = False) -> ReturningUpdate[Any]:
    """The statement that claims, with parameters me, now, new_lease, until: of what is assigned to nobody, or to me."""
    tasks = schema.tasks
    order: Sequence[ColumnElement[Any]] = {
        "oldest": (tasks.c.id,),
        "uncertain": (tasks.c.uncertainty.desc(), tasks.c.id),
        "disagreement": (tasks.c.disagreement.desc(), tasks.c.id),
    }[filters.order]
    where = waiting(filters, reviewer, stranger, mine=mine)
    first = select(tasks.c.id).where(where).order_by(tasks.c.priority.desc(), *order).limit(1)
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


@lru_cache(maxsize=STATEMENTS)
def waiting(
    filters: Filters, reviewer: bool, stranger: bool = False, every: bool = False, mine: bool = False
) -> ColumnElement[bool]:
    """Condition on `tasks`, with parameters me and now: this person may take it; a stranger, what was released.

    It is assigned to nobody, or, for `mine`, to this person: an index each.

    What is asked of `every` task lists a person's own once, instead of looking for them task by task.
    """
    tasks = schema.tasks
    kept = tasks.c.assigned == bindparam("me", type_=Text) if mine else tasks.c.assigned.is_(None)
    return and_(*_open_to_me(filters, reviewer, every), *_wanted(filters), kept, *([released()] if stranger else []))


def released() -> ColumnElement[bool]:
    """Condition on `tasks`: of a clip that is open to strangers."""
    clips = schema.clips
    return schema.tasks.c.clip_id.in_(select(clips.c.id).where(clips.c.released == 1))


def _open_to_me(filters: Filters, reviewer: bool, every: bool) -> list[ColumnElement[bool]]:
    """Nobody holds it, I neither skipped it nor did the same clip before."""
    tasks, skips = schema.tasks, schema.skips
    me, now = bindparam("me", type_=Text), bindparam("now", type_=schema.Seconds)
    others = tasks.alias("others")
    skipped: ColumnElement[bool]
    own_before: ColumnElement[bool]
    if every:
        skipped = tasks.c.id.in_(select(skips.c.task_id).where(skips.c.person == me))
        own_before = tasks.c.clip_id.in_(select(others.c.clip_id).where(others.c.person == me))
    else:
        skipped = exists().where(skips.c.task_id == tasks.c.id, skips.c.person == me)
        own_before = exists().where(others.c.clip_id == tasks.c.clip_id, others.c.person == me)
    until = tasks.c.lease_until
    conditions: list[ColumnElement[bool]] = [or_(until.is_(None), until < now, until > now + NO_LEASE), ~skipped]
    if filters.first_look:
        # Somebody's unfinished independent annotation is not for another to go on with.
        shared = tasks.c.slot.in_((FIRST_SLOT, ADJUDICATION_SLOT))
        conditions += [
            tasks.c.status == "open",
            or_(~own_before, tasks.c.person == me),
            or_(shared, tasks.c.head.is_(None), tasks.c.person == me),
        ]
    else:
        conditions += [tasks.c.slot == FIRST_SLOT, ~own_before]
    if not reviewer:
        conditions.append(tasks.c.kind != "adjudicate")
    return conditions


def _wanted(filters: Filters) -> list[ColumnElement[bool]]:
    """It is what the filters name."""
    tasks, clips = schema.tasks, schema.clips
    conditions: list[ColumnElement[bool]] = [
        tasks.c[name] == getattr(filters, name) for name in ("pattern", "source") if getattr(filters, name)
    ]
    if filters.region:
        conditions.append(tasks.c.regions.bitwise_and(1 << REGIONS.index(filters.region)) != 0)
    of_clip = [clips.c[n] == getattr(filters, n) for n in ("split", "subject") if getattr(filters, n)]
    if filters.state and filters.state != "unreviewed":
        of_clip.append(clips.c.state == filters.state)
    if filters.flagged:
        of_clip.append(clips.c.flagged == 1)
    if of_clip:
        conditions.append(tasks.c.clip_id.in_(select(clips.c.id).where(*of_clip)))
    return conditions
