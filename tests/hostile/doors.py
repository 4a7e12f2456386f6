"""Hostile inputs through the real doors, and what must hold whatever they are.

An input is read, or refused in one sentence; nothing of it is half in; each row and each contact is in, or named as
lost; and the same input again changes nothing.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from sqlalchemy import select

from annotation import clips, importing, schema
from annotation.errors import BadInput
from annotation.importing import Report
from annotation.opening import open_store
from annotation.store import Store
from annotation.values import SYSTEM, About
from annotation.video import VideoError, examine, pictures
from model.errors import InputError
from tests.hostile import counts, media_seeds
from tests.hostile.inputs import Input

LONGEST: Final = 500  # characters of a refusal
JARGON: Final = re.compile(
    r"\b[A-Za-z]+(?:Error|Exception)\b|Traceback|object at 0x|<class|NoneType|\[Errno|codec can't|sqlalchemy|sqlite3"
    r"|\bdict\b|\bstr\b|\bint\b|\btuple\b"
)
TABLES: Final = (schema.clips, schema.revisions, schema.documents, schema.names, schema.tasks)
EVERY: Final = 4  # one video of so many is labelled beforehand, too


@dataclass
class Outcome:
    """What came of an input; `faults` says what must not have."""

    read: bool = False
    refusal: str = ""
    faults: list[str] = field(default_factory=list)

    def refuse(self, error: Exception) -> None:
        """It was refused: by a sentence?"""
        self.refusal = str(error)
        self.check_words(self.refusal)

    def check_words(self, message: str) -> None:
        """A message must be a sentence for a person."""
        if not message.strip() or len(message) > LONGEST:
            self.faults.append(f"a message of {len(message)} characters: {message[:80]!r}")
        if any(ord(c) < 32 or 0xD800 <= ord(c) < 0xE000 for c in message):
            self.faults.append(f"a message with characters that cannot be printed: {message[:200]!r}")
        if found := JARGON.search(message):
            self.faults.append(f"jargon ({found[0]}): {message[:200]}")


def go_through(given: Input, number: int = 0) -> Outcome:
    """Bring an input through its door; an error that is not ours is raised."""
    outcome = Outcome()
    with tempfile.TemporaryDirectory(prefix="hostile-") as folder:
        DOORS[given.kind](given, Path(folder), outcome, number)
    return outcome


def photo(given: Input, folder: Path, outcome: Outcome, _number: int) -> None:
    """As the app looks at an upload: read, upright, the face found and judged."""
    from model.face import check, load_photo

    path = folder / given.name
    path.write_bytes(given.data)
    try:
        pixels = load_photo(path)
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or min(pixels.shape[:2]) < 1:
            outcome.faults.append(f"a photo of {pixels.dtype} {pixels.shape}")
        outcome.read = True  # whether there is a face in it or not
        check(pixels)
    except InputError as error:
        outcome.refuse(error)


def video(given: Input, folder: Path, outcome: Outcome, number: int) -> None:
    """What it is; its clip in a store, converted where browsers would not show it; some labelled beforehand."""
    path = folder / given.name
    path.write_bytes(given.data)
    with opened(folder / "data", False) as store:
        empty = content(store)
        try:
            said = examine(path).facts
            clip, _ = clips.add(store, SYSTEM, path, About("poke-nose"))
        except BadInput as error:
            outcome.refuse(error)
            if content(store) != empty:
                outcome.faults.append("refused, and yet something is in the store")
        else:
            outcome.read = True
            _check_clip(store, clip, said, outcome)
            before = content(store)
            again, added = clips.add(store, SYSTEM, path, About("poke-nose"))
            if added or again.id != clip.id or content(store) != before:
                outcome.faults.append("the same video again changes something")
    if number % EVERY == 0 or given.name == "face.mp4":
        _prelabel(path, outcome)


def _check_clip(store: Store, clip: Any, said: Any, outcome: Outcome) -> None:
    kept = examine(clips.video_path(store, clip))
    if (kept.facts.frames, kept.facts.width, kept.facts.height) != (said.frames, said.width, said.height):
        outcome.faults.append(f"{said} became {kept.facts}")
    if kept.unlike:
        outcome.faults.append(f"kept as browsers do not show it: {kept.unlike}")
    try:
        shown = sum(1 for _ in pictures(kept))
        if shown != kept.facts.frames:
            outcome.faults.append(f"{shown} of {kept.facts.frames} frames")
    except VideoError as error:
        outcome.check_words(str(error))


def _prelabel(path: Path, outcome: Outcome) -> None:
    from model.prelabel import prelabel

    try:
        prelabel(path)
    except InputError as error:
        outcome.check_words(str(error))


def labels(given: Input, folder: Path, outcome: Outcome, number: int) -> None:
    """A file of labels, for clips that are in the store; every second time the videos lie beside it, too."""
    _import(given, folder, outcome, beside=number % 2 == 1, known=True)


def manifest(given: Input, folder: Path, outcome: Outcome, number: int) -> None:
    """A manifest beside its videos, whose clips are in the store every second time."""
    _import(given, folder, outcome, beside=True, known=number % 2 == 1)


def _import(given: Input, folder: Path, outcome: Outcome, beside: bool, known: bool) -> None:
    source = folder / "in"
    source.mkdir()
    (source / given.name).write_bytes(given.data)
    for name, data in _clips().items() if beside else ():
        (source / name).write_bytes(data)
    with opened(folder / "data", known) as store:
        before = content(store)
        try:
            report = importing.import_file(store, SYSTEM, source / given.name)
        except BadInput as error:
            outcome.refuse(error)
            if content(store) != before:
                outcome.faults.append("refused, and yet something is in the store")
            return
        outcome.read = bool(report.added or report.relabelled or report.same)
        outcome.refusal = report.problems[0].message if report.problems else ""
        _check_report(given, store, report, outcome)
        after = content(store)
        again = importing.import_file(store, SYSTEM, source / given.name)
        if content(store) != after or again.added or again.relabelled:
            outcome.faults.append(f"the same file again changes something: {again.added} {again.relabelled}")
        if again.failed != report.failed or again.rows != report.rows:
            outcome.faults.append(f"{report.failed} refused of {report.rows}, then {again.failed} of {again.rows}")


def _check_report(given: Input, store: Store, report: Report, outcome: Outcome) -> None:
    """Rows in = rows kept + rows named; contacts in = contacts kept + contacts named."""
    for problem in (*report.problems, *report.notes):
        outcome.check_words(problem.message)
    if len(report.problems) != min(report.failed, importing.MOST_PROBLEMS):
        outcome.faults.append(f"{report.failed} refused, {len(report.problems)} named")
    there = counts.count(given.name, given.data)
    if there is None:
        return
    if report.rows != there.rows and not (there.at_least and report.rows > there.rows):
        outcome.faults.append(f"{there.rows} rows in, {report.rows} told of")
    refused = {problem.line for problem in report.problems}
    wanted = [contacts for line, contacts in there.contacts.items() if line not in refused]
    kept = _kept_contacts(store)
    spoken = [contacts for contacts in wanted if contacts]
    least = sum(spoken) if len(spoken) <= report.added + report.relabelled else max(spoken, default=0)
    if kept + report.lost < least:
        outcome.faults.append(f"{least} contacts in, {kept} kept and {report.lost} named as lost")


def _kept_contacts(store: Store) -> int:
    from annotation.records import unpack

    revisions, documents = schema.revisions, schema.documents
    query = (
        select(documents.c.labels)
        .join(revisions, revisions.c.id == documents.c.revision_id)
        .join(schema.clips, (schema.clips.c.id == revisions.c.clip_id) & (schema.clips.c.head == revisions.c.number))
    )
    with store.read() as connection:
        return sum(len(unpack(row).contacts) for row in connection.scalars(query))


def content(store: Store) -> tuple[Any, ...]:
    """All that a store holds but its audit trail."""
    with store.read() as connection:
        rows = tuple(tuple(map(tuple, connection.execute(select(table)).all())) for table in TABLES)
    return (*rows, tuple(sorted(os.listdir(store.clips))))


@lru_cache
def _clips() -> dict[str, bytes]:
    return media_seeds.clips()


@lru_cache
def _template(known: bool) -> Path:
    """A store that is made once: empty, or with the three clips."""
    folder = Path(tempfile.mkdtemp(prefix="hostile-store-"))
    store = open_store(folder / "data")
    for name, data in list(_clips().items())[: 3 if known else 0]:
        (folder / name).write_bytes(data)
        clips.add(store, SYSTEM, folder / name, About("poke-chin"), file_name=f"in/{name}")
    store.close()
    return folder / "data"


@contextmanager
def opened(folder: Path, known: bool) -> Iterator[Store]:
    """A store of its own for one input."""
    shutil.copytree(_template(known), folder)
    store = open_store(folder)
    try:
        yield store
    finally:
        store.close()


def close() -> None:
    """Delete the stores that were made once."""
    for known in (False, True):
        shutil.rmtree(_template(known).parent, ignore_errors=True)
    _template.cache_clear()


DOORS: Final[dict[str, Callable[[Input, Path, Outcome, int], None]]] = {
    "photo": photo,
    "video": video,
    "labels": labels,
    "manifest": manifest,
}
