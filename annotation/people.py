"""Who may do what: annotators label, reviewers also adjudicate, admins also rule queue, export and people."""

import time
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from annotation import schema
from annotation.audit import log
from annotation.errors import BadInput, NotAllowed, NotFound
from annotation.store import Store
from annotation.values import ROLES, SYSTEM, Person, Role, is_stranger


def sign_in(store: Store, name: str, new_role: str | None = None) -> Person:
    """The person of that login; an unknown one gets `new_role`, or `NotAllowed` where that is None."""
    _check_name(name)
    with store.read() as connection:
        person = _find(connection, name)
    if person is None and new_role is not None:
        with store.write() as connection:
            person = _find(connection, name)
            if person is None:
                person = _add(connection, name, _role(new_role))
                log(connection, name, "join", detail=new_role)
    if person is None or not person.active:
        raise NotAllowed(f"{name} has no account here: an admin can add one.")
    return person


def set_role(store: Store, actor: str, name: str, role: str, active: bool = True) -> Person:
    """Add a person or change their role (admin); the last active admin stays one."""
    _check_name(name)
    known = _role(role)
    if is_stranger(name) and known != "annotator":
        raise BadInput(f"{name} is not logged in, and may only label: they need a login for the role {known}.")
    with store.write() as connection:
        require(connection, actor, "admin")
        person = _find(connection, name)
        if person is None:
            _add(connection, name, known)
        if person is not None and person.role == "admin" and (role != "admin" or not active):
            admins = select(schema.people.c.name).where(
                schema.people.c.role == "admin",
                schema.people.c.active == 1,
                schema.people.c.name.not_in([name, SYSTEM]),
            )
            if connection.scalar(admins.limit(1)) is None:
                raise BadInput(f"{name} is the only admin: make somebody else admin first.")
        connection.execute(
            update(schema.people).where(schema.people.c.name == name).values(role=role, active=int(active))
        )
        log(connection, actor, "set role", detail=f"{name}: {role}{'' if active else ', inactive'}")
    return Person(name, known, active)


def everybody(store: Store, actor: str) -> list[Person]:
    """All people (reviewer)."""
    with store.read() as connection:
        require(connection, actor, "reviewer")
        rows = connection.execute(
            select(schema.people).where(schema.people.c.name != SYSTEM).order_by(schema.people.c.name)
        )
        return [_person_of(row) for row in rows]


def require(connection: Connection, actor: str, role: Role = "annotator") -> Person:
    """The acting person; raises `NotAllowed` where their role is less than `role`."""
    person = _find(connection, actor)
    if person is None or not person.active:
        raise NotAllowed(f"{actor} has no account here.")
    if not person.at_least(role):
        raise NotAllowed(f"{actor} is {person.role}: this takes the role {role}.")
    return person


def find(store: Store, name: str) -> Person:
    """A person by name; raises `NotFound`."""
    with store.read() as connection:
        person = _find(connection, name)
    if person is None:
        raise NotFound(f"There is nobody called {name}.")
    return person


def _find(connection: Connection, name: str) -> Person | None:
    row = connection.execute(select(schema.people).where(schema.people.c.name == name)).first()
    return None if row is None else _person_of(row)


def _person_of(row: Row[Any]) -> Person:
    """A row of `people`."""
    return Person(row.name, row.role, bool(row.active))


def _add(connection: Connection, name: str, role: Role) -> Person:
    connection.execute(insert(schema.people).values(name=name, role=role, active=1, created=time.time()))
    return Person(name, role, True)


def _check_name(name: str) -> None:
    if not isinstance(name, str) or not 1 <= len(name) <= 100 or not name.isprintable() or name != name.strip():
        raise BadInput("A name has 1 to 100 printable characters and no space at its ends.")
    if name == SYSTEM:
        raise NotAllowed(f"The name {SYSTEM} is reserved.")


def _role(word: str) -> Role:
    """The role of that name; raises `BadInput`."""
    for role in ROLES:
        if role == word:
            return role
    raise BadInput(f"{word!r} is not a role: {', '.join(ROLES)}.")
