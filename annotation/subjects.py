"""People who film themselves: what they agreed to, what they have filmed, how they are known again.

A subject has a pseudonym, and a code of which only the digest is kept: whoever has the code goes on, or withdraws all
by `forgetting.forget_subject`. A login that recorded goes on without it.
"""

import hashlib
import json
import random
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from sqlalchemy import Connection, Row, insert, select, update

from annotation import schema
from annotation.audit import log
from annotation.errors import BadInput, NotFound
from annotation.store import Store
from annotation.taxonomy import PATTERNS
from annotation.values import SYSTEM

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # without I, L, O, U: they are taken for others (Crockford)
GROUPS, LONG = 4, 4  # of the code: 80 bits, which nobody guesses
TEST_SHARE: Final = 0.1  # of the people, as in InterHF
UNKNOWN: Final = "This code belongs to nobody here: check its letters, or its recordings were withdrawn."
_READ_AS: Final = str.maketrans("ILO", "110")


@dataclass(frozen=True)
class Subject:
    """Somebody who films themselves."""

    name: str
    login: str | None
    consent: str
    version: str
    consented: float
    split: str
    plan: tuple[str, ...]  # patterns in their order
    skipped: tuple[str, ...]

    @property
    def agreed(self) -> str:
        """Which words they agreed to, and when: what each of their clips carries."""
        when = datetime.fromtimestamp(self.consented, UTC).isoformat(timespec="seconds")
        return f"{self.name} agreed to the consent of recordings, version {self.version}, {when}"


def enrol(store: Store, consent: str, version: str, login: str | None = None) -> tuple[Subject, str]:
    """Somebody who agreed to these words just now, and the code that is told this once; raises `BadInput`."""
    name, code = f"person {secrets.token_hex(4)}", _new_code()
    subject = Subject(name, login, consent, version, time.time(), _split_of(name), _shuffled(), ())
    row = vars(subject) | {"code": _digest(code), "plan": json.dumps(subject.plan), "skipped": "[]"}
    with store.write() as connection:
        if login is not None and _row(connection, schema.subjects.c.login == login) is not None:
            raise BadInput("You have agreed already: go on, or withdraw first.")
        connection.execute(insert(schema.subjects).values(row))
        log(connection, SYSTEM, "consent", detail=f"version {version}")
    return subject, code


def by_code(store: Store, code: str) -> Subject:
    """Whose code it is, however it is written; raises `NotFound`."""
    with store.read() as connection:
        row = _row(connection, schema.subjects.c.code == _digest(code))
    if row is None:
        raise NotFound(UNKNOWN)
    return _subject_of(row)


def by_login(store: Store, login: str) -> Subject | None:
    """The subject that goes by that login, None where there is none."""
    with store.read() as connection:
        row = _row(connection, schema.subjects.c.login == login)
    return None if row is None else _subject_of(row)


def kept(store: Store, subject: Subject) -> tuple[str, ...]:
    """The patterns of which the subject has a clip here, each clip once."""
    clips = schema.clips
    with store.read() as connection:
        query = select(clips.c.pattern).where(clips.c.subject == subject.name).order_by(clips.c.id)
        return tuple(connection.scalars(query))


def skip(store: Store, subject: Subject, patterns: Sequence[str]) -> Subject:
    """Those patterns are not wanted, the others are again; raises `BadInput`, `NotFound`."""
    if not set(patterns) <= set(PATTERNS):
        raise BadInput("There is no such pattern.")
    subjects = schema.subjects
    with store.write() as connection:
        change = update(subjects).where(subjects.c.name == subject.name)
        connection.execute(change.values(skipped=json.dumps(list(dict.fromkeys(patterns)))))
        row = _row(connection, subjects.c.name == subject.name)
    if row is None:
        raise NotFound(UNKNOWN)
    return _subject_of(row)


def _row(connection: Connection, where: Any) -> Row[Any] | None:
    return connection.execute(select(schema.subjects).where(where)).first()


def _subject_of(row: Row[Any]) -> Subject:
    """A row of `subjects`."""
    columns = dict(row._mapping)
    del columns["code"]
    return Subject(**columns | {name: tuple(json.loads(columns[name])) for name in ("plan", "skipped")})


def _new_code() -> str:
    return "-".join("".join(secrets.choice(LETTERS) for _ in range(LONG)) for _ in range(GROUPS))


def _digest(code: str) -> str:
    """What is kept of a code: it is random, so nothing slow is needed."""
    letters = "".join(c for c in code[:200].upper().translate(_READ_AS) if c in LETTERS)
    return hashlib.sha256(letters.encode()).hexdigest()


def _split_of(name: str) -> str:
    """By the person alone, so that nobody is in both."""
    share = int(hashlib.sha256(name.encode()).hexdigest()[:8], 16) / 2**32
    return "test" if share < TEST_SHARE else "train"


def _shuffled() -> tuple[str, ...]:
    """All patterns in a random order."""
    return tuple(random.SystemRandom().sample(PATTERNS, len(PATTERNS)))
