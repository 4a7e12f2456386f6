"""Who was forgotten since a backup was made would come back with it: they are found, and forgotten again.

The audit trail says that somebody was forgotten, not who. But nothing else takes clips and people out of a database:
what a backup has beyond the database that grew out of it, was forgotten.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from annotation import backup, forgetting
from annotation.database import clear_errors, make_engine
from annotation.files import new_name
from annotation.paths import why_not_made, why_not_read
from annotation.store import Store
from annotation.upgrade import upgrade
from annotation.values import SYSTEM

SAID: Final = ("forgotten", "restore")  # actions of the audit trail that tell


@dataclass(frozen=True)
class Back:
    """What a backup has that the present database has no more; numbers of clips are the backup's."""

    clips: tuple[int, ...] = ()
    people: tuple[str, ...] = ()
    sure: bool = True  # it was forgotten; else the two have grown apart, and it may be what only the backup ever had

    @property
    def any(self) -> bool:
        """Whether there is something."""
        return bool(self.clips or self.people)


@contextmanager
def without_forgotten(data: Path, source: Path) -> Iterator[tuple[Path, Back | None]]:
    """A backup to be restored without those who were forgotten since, and who they are; None where nobody can know.

    The backup itself stays as it is. Where it is not sure who they are, so does what is restored. Raises `StoreError`.
    """
    database = data / "studio.db"
    if why_not_read(source) or why_not_made(data) or not database.exists():  # told when it is restored
        yield source, Back()
        return
    backup.verify(source)
    back = come_back(database, source)
    if back is None or not (back.any and back.sure):
        yield source, back
        return
    place = new_name(data)
    try:
        with clear_errors():
            backup.copy(source, place)
        _forget(Store(data, make_engine(place)), back)
        with closing(sqlite3.connect(place)) as file:
            file.execute("PRAGMA journal_mode = DELETE")  # one file again, without a log
        yield place, back
    finally:
        place.unlink(missing_ok=True)


def come_back(present: Path, older: Path) -> Back | None:
    """What was forgotten in the present database since a backup of it; None where the present one cannot be read."""
    try:
        now, before = _known(present), _known(older)
    except sqlite3.DatabaseError:
        return None
    since = {action for when, action in now.said.items() if when not in before.times}
    if "forgotten" not in since or not now.times & before.times:  # else a backup of something else
        return Back()
    clips = tuple(sorted(number for sha, number in before.clips.items() if sha not in now.clips))
    return Back(clips, tuple(sorted(before.people - now.people)), sure="restore" not in since)


@dataclass(frozen=True)
class _Known:
    """What a database holds."""

    clips: dict[str, int]  # checksum: number
    people: set[str]
    times: set[float]  # of all lines of the audit trail: no two databases have the same by chance
    said: dict[float, str]  # of those that tell


def _known(path: Path) -> _Known:
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as file:
        events = dict(file.execute("SELECT created, action FROM events"))
        clips = dict(file.execute("SELECT sha256, id FROM clips"))
        people = {row[0] for row in file.execute("SELECT name FROM people")}
    said = {when: action for when, action in events.items() if action in SAID}
    return _Known(clips, people - {SYSTEM, forgetting.NOBODY}, set(events), said)


def _forget(store: Store, back: Back) -> None:
    """Forget in a copy of a backup what was forgotten in the database that it is to replace."""
    try:
        upgrade(store)
        if back.clips:
            forgetting.forget(store, SYSTEM, back.clips)
        for name in back.people:
            forgetting.forget_person(store, SYSTEM, name)
        forgetting.scrub(store)
    finally:
        store.close()
