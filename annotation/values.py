"""What the store holds, as values: people, clips, their revisions, the tasks of the queue.

Times are in seconds since 1970 (UTC).
"""

from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

from annotation.labels import Labels

Role = Literal["annotator", "reviewer", "admin"]
ROLES: Final[tuple[Role, ...]] = get_args(Role)  # each may do what those before it may
SYSTEM: Final = "system"  # who acts on the command line
STRANGER: Final = "visitor"  # who is not logged in; with a code behind it, a browser that was here before

VERDICTS: Final = ("accepted", "corrected", "rejected")
SAVES: Final = ("draft", "save", "restore", "merge")  # kinds of revisions that decide nothing
LONGEST_LEASE: Final = 86_400  # s
NO_LEASE: Final = 2 * LONGEST_LEASE  # s ahead, where none ends: it was given by a clock that was ahead


@dataclass(frozen=True)
class Person:
    """Somebody who works here."""

    name: str
    role: Role
    active: bool

    def at_least(self, role: Role) -> bool:
        """Whether the person may do what that role may."""
        return ROLES.index(self.role) >= ROLES.index(role)

    @property
    def stranger(self) -> bool:
        """Whether nobody knows who it is."""
        return is_stranger(self.name)


def is_stranger(name: str) -> bool:
    """Whether it is the name of somebody who is not logged in."""
    return name == STRANGER or name.startswith(f"{STRANGER} ")


@dataclass(frozen=True)
class About:
    """What is known of a clip besides its pictures (InterHF's fields)."""

    pattern: str
    subject: str = ""
    environment: str = ""
    device: str = ""
    split: str = ""
    consent: str = ""  # who agreed to what: "photo owner agreed to review, 2026-11-22"
    provenance: dict[str, Any] = field(default_factory=dict)  # a JSON object of whoever made the clip


@dataclass(frozen=True)
class Clip:
    """A clip and where its review stands."""

    id: int
    sha256: str
    file_name: str
    bytes: int
    pattern: str
    subject: str
    environment: str
    device: str
    split: str
    source: str
    fps: float
    frames: int
    width: int
    height: int
    state: str
    flagged: bool
    gold: int
    prelabel: int
    head: int
    uncertainty: float
    disagreement: float | None
    created: float
    updated: float
    consent: str
    provenance: dict[str, Any]
    times: tuple[float, ...] | None  # s, when each frame is shown in the original; None for frame / fps
    original: str | None  # sha256 of the file that this one was converted from
    original_format: str  # its container and codec: "avi mpeg4"
    released: bool  # who is not logged in may label it


@dataclass(frozen=True)
class Revision:
    """One state of a clip's labels, without the labels: a line of its history."""

    clip_id: int
    number: int
    parent: int | None
    merged: int | None
    branch: int
    kind: str
    author: str
    created: float
    state: str
    note: str


@dataclass(frozen=True)
class Labelled(Revision):
    """A revision with its labels."""

    labels: Labels


@dataclass(frozen=True)
class Task:
    """One time that somebody has to look at a clip; `schema.tasks` says what the fields mean."""

    id: int
    clip_id: int
    slot: int
    kind: str
    status: str
    person: str | None
    lease: str | None
    lease_until: float | None
    claimed: float | None
    head: int | None
    pattern: str
    source: str
    regions: int
    uncertainty: float
    disagreement: float
    previous: str | None
    done_by: str | None
    assigned: str | None
    priority: int

    @property
    def branch(self) -> int:
        """0 where the task works on the clip's own labels, else the slot of an independent annotation."""
        return 0 if self.kind in ("annotate", "adjudicate") else self.slot

    def held(self, now: float) -> bool:
        """Whether somebody's lease on it still runs."""
        return self.lease is not None and self.lease_until is not None and now < self.lease_until < now + NO_LEASE
