"""The rows of an import, carried out in their order: new videos several at a time, all others one by one.

What costs time is to wait for the disk, once for every file and transaction. A row is told of when it is on the disk,
never before: whoever is stopped finds all that was told.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from annotation.errors import BadInput
from annotation.formats.entry import Entry, Problem
from annotation.rows import Outcome, Planned, Source, add_new, carry_out, plan
from annotation.store import Store

MOST: Final = 64  # new clips in one transaction
MOST_BYTES: Final = 64 * 2**20  # of their videos: those of an hour go one by one
Row = Entry | Problem


@dataclass(frozen=True)
class Done:
    """What became of a row."""

    row: Row
    outcome: Outcome | None  # None where it was refused
    words: str = ""  # why it was refused, or why its video was converted


def carry_out_all(store: Store, actor: str, source: Source, rows: Iterable[Row]) -> Iterator[Done]:
    """Bring rows in; each is on the disk when it is yielded.

    The first ones go in one by one and then ever more together, so that whoever looks on sees at once how it goes.
    """
    waiting: list[tuple[Entry, Planned]] = []
    done = 0
    for row in rows:
        planned, refused = _planned(store, source, row)
        if planned is not None and _can_wait(planned, waiting):
            assert isinstance(row, Entry)
            waiting.append((row, planned))
            if len(waiting) >= min(max(done, 1), MOST) or _bytes(waiting) >= MOST_BYTES:
                yield from _flush(store, actor, source, waiting)
                done += len(waiting)
                waiting = []
            continue
        if waiting:  # the row may mean one of them
            yield from _flush(store, actor, source, waiting)
            done += len(waiting)
            waiting = []
            planned, refused = _planned(store, source, row)
        yield _single(store, actor, source, row, planned) if planned is not None else Done(row, None, refused)
        done += 1
    yield from _flush(store, actor, source, waiting)


def _planned(store: Store, source: Source, row: Row) -> tuple[Planned | None, str]:
    """What a row would do, or why it is refused."""
    if isinstance(row, Problem):
        return None, row.message
    try:
        return plan(store, source, row), ""
    except BadInput as error:
        return None, str(error)


def _can_wait(planned: Planned, waiting: list[tuple[Entry, Planned]]) -> bool:
    """Whether it is a video that is new, also among those that wait, and is kept as it is."""
    new = planned.known is None and planned.video is not None and not planned.video.unlike
    return new and all(planned.content != other.content for _, other in waiting)


def _bytes(waiting: list[tuple[Entry, Planned]]) -> int:
    return sum(planned.content[1] for _, planned in waiting if planned.content)


def _flush(store: Store, actor: str, source: Source, waiting: list[tuple[Entry, Planned]]) -> Iterator[Done]:
    if waiting:
        outcomes = add_new(store, actor, source, waiting)
        yield from (Done(entry, outcome) for (entry, _), outcome in zip(waiting, outcomes, strict=True))


def _single(store: Store, actor: str, source: Source, row: Row, planned: Planned) -> Done:
    assert isinstance(row, Entry)
    try:
        outcome, converted = carry_out(store, actor, source, row, planned)
    except BadInput as error:
        return Done(row, None, str(error))
    return Done(row, outcome, converted)
