"""Rows as values: clips, revisions, and labels as they are stored."""

import json
import zlib
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, insert, select

from annotation import schema
from annotation.errors import Damaged, NotFound
from annotation.labels import LabelError, Labels
from annotation.taxonomy import REGIONS

VERDICTS: Final = ("accepted", "corrected", "rejected")
KINDS: Final = ("import", "draft", "save", "restore", "merge", "conflict", *VERDICTS)

TOO_LARGE: Final = 2**31  # for a number in the database
_CLIP: Final = select(schema.clips).where(schema.clips.c.id == bindparam("wanted"))
_LOCKED_CLIP: Final = _CLIP.with_for_update()  # on a server; SQLite has one writer anyway
_REVISION: Final = (
    select(schema.revisions, schema.documents.c.labels)
    .join(schema.documents, schema.documents.c.revision_id == schema.revisions.c.id)
    .where(
        schema.revisions.c.clip_id == bindparam("wanted"),
        schema.revisions.c.number == bindparam("wanted_number"),
    )
)
_later = schema.revisions.alias("later")
_merging = select(_later.c.id).where(
    _later.c.clip_id == schema.revisions.c.clip_id, _later.c.merged == schema.revisions.c.number
)
UNSETTLED: Final = and_(schema.revisions.c.kind == "conflict", ~_merging.exists())  # lost, and in no later revision


@dataclass(frozen=True)
class Clip:
    """A clip and where its review stands. Times in seconds since 1970."""

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


@dataclass(frozen=True)
class Revision:
    """One state of a clip's labels; `labels` is None in lists that do not load them."""

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
    labels: Labels | None = None


def clip_of(row: Any) -> Clip:
    """A row of `clips`."""
    fields = dict(row._mapping)
    del fields["regions"]
    fields["flagged"] = bool(fields["flagged"])
    fields["provenance"] = json.loads(fields["provenance"])
    return Clip(**fields)


def revision_of(row: Any, labels: Labels | None = None) -> Revision:
    """A row of `revisions`."""
    return Revision(
        row.clip_id,
        row.number,
        row.parent,
        row.merged,
        row.branch,
        row.kind,
        row.author,
        row.created,
        row.state,
        row.note,
        labels,
    )


def get_clip(connection: Connection, clip_id: int, lock: bool = False) -> Clip:
    """A clip, with `lock` for this transaction alone; raises `NotFound`."""
    row = None
    if 0 < clip_id < TOO_LARGE:
        row = connection.execute(_LOCKED_CLIP if lock else _CLIP, {"wanted": clip_id}).first()
    if row is None:
        raise NotFound(f"There is no clip {clip_id}.")
    return clip_of(row)


def get_revision(connection: Connection, clip_id: int, number: int) -> Revision:
    """A revision with its labels; raises `NotFound`."""
    row = None
    if 0 < clip_id < TOO_LARGE and 0 < number < TOO_LARGE:
        row = connection.execute(_REVISION, {"wanted": clip_id, "wanted_number": number}).first()
    if row is None:
        raise NotFound(f"Clip {clip_id} has no revision {number}.")
    return revision_of(row, unpack(row.labels))


def put_revision(connection: Connection, labels: Labels, **fields: Any) -> int:
    """Store a revision, its document and its contacts; gives its row id."""
    row_id = connection.execute(
        insert(schema.revisions).returning(schema.revisions.c.id), {"state": labels.state, **fields}
    ).scalar_one()
    connection.execute(insert(schema.documents), {"revision_id": row_id, "labels": pack(labels)})
    rows = contact_rows(labels, row_id)
    if rows:
        connection.execute(insert(schema.contacts), rows)
    return int(row_id)


def contact_rows(labels: Labels, revision_id: int) -> list[dict[str, Any]]:
    """Rows of `contacts`."""
    return [
        {
            "revision_id": revision_id,
            "position": position,
            "contact": contact.id,
            "hand": contact.hand,
            "finger": contact.finger,
            "region": contact.region,
            "first_frame": contact.start,
            "last_frame": contact.end,
            "confidence": contact.confidence,
        }
        for position, contact in enumerate(labels.contacts)
    ]


def pack(labels: Labels) -> bytes:
    """labels.json, compressed."""
    document = zlib.compress(labels.text().encode(), 3)
    _remember(document, labels)
    return document


def unpack(document: bytes) -> Labels:
    """The labels of a document; raises `Damaged`."""
    document = bytes(document)
    labels = _documents.get(document)
    if labels is None:
        try:
            labels = Labels.from_json(zlib.decompress(document))
        except (zlib.error, LabelError) as error:
            raise Damaged(f"A stored revision cannot be read ({error}). Restore a backup.") from None
        _remember(document, labels)
    return labels


# The same labels are read at claim, save and decision, and what was just saved is read next.
_documents: dict[bytes, Labels] = {}
_DOCUMENTS: Final = 256


def _remember(document: bytes, labels: Labels) -> None:
    """Keep the newest documents' labels; both are immutable."""
    _documents[document] = labels
    for oldest in list(_documents)[:-_DOCUMENTS]:
        _documents.pop(oldest, None)


def region_bits(labels: Labels) -> int:
    """Bit i for a contact with REGIONS[i]."""
    bits = 0
    for contact in labels.contacts:
        bits |= 1 << REGIONS.index(contact.region)
    return bits


def uncertainty(labels: Labels) -> float:
    """1 - the least confidence among the contacts; 1 where nothing was found."""
    return 1.0 - min((contact.confidence for contact in labels.contacts), default=0.0)
