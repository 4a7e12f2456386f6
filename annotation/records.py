"""Rows as values and back: clips, revisions, tasks, and labels as they are stored."""

import json
import zlib
from dataclasses import fields
from typing import Any, Final

from sqlalchemy import Connection, Row, and_, bindparam, insert, select

from annotation import schema
from annotation.errors import Damaged, NotFound
from annotation.labels import LabelError, Labels
from annotation.taxonomy import REGIONS
from annotation.values import Clip, Labelled, Revision, Task

COMPRESSION: Final = 3  # of zlib: a tenth larger than 6, in half the time
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


_OF_REVISION: Final = tuple(field.name for field in fields(Revision))


def clip_of(row: Row[Any]) -> Clip:
    """A row of `clips`."""
    columns = dict(row._mapping)
    del columns["regions"]
    columns["flagged"] = bool(columns["flagged"])
    columns["released"] = bool(columns["released"])
    columns["provenance"] = json.loads(columns["provenance"])
    columns["times"] = times_of(row)
    return Clip(**columns)


def times_of(row: Row[Any]) -> tuple[float, ...] | None:
    """When the frames of a row of `clips` are shown (s), None for frame / fps."""
    return None if row.times is None else tuple(json.loads(row.times))


def task_of(row: Row[Any]) -> Task:
    """A row of `tasks`."""
    return Task(**row._mapping)


def revision_of(row: Row[Any]) -> Revision:
    """A row of `revisions`."""
    return Revision(**{name: getattr(row, name) for name in _OF_REVISION})


def _labelled_of(row: Row[Any]) -> Labelled:
    """A row of `revisions` with its document."""
    return Labelled(**{name: getattr(row, name) for name in _OF_REVISION}, labels=unpack(row.labels))


def get_clip(connection: Connection, clip_id: int, lock: bool = False) -> Clip:
    """A clip, with `lock` for this transaction alone; raises `NotFound`."""
    row = None
    if 0 < clip_id < TOO_LARGE:
        row = connection.execute(_LOCKED_CLIP if lock else _CLIP, {"wanted": clip_id}).first()
    if row is None:
        raise NotFound(f"There is no clip {clip_id}.")
    return clip_of(row)


def get_revision(connection: Connection, clip_id: int, number: int) -> Labelled:
    """A revision with its labels; raises `NotFound`."""
    row = None
    if 0 < clip_id < TOO_LARGE and 0 < number < TOO_LARGE:
        row = connection.execute(_REVISION, {"wanted": clip_id, "wanted_number": number}).first()
    if row is None:
        raise NotFound(f"Clip {clip_id} has no revision {number}.")
    return _labelled_of(row)


def put_revision(connection: Connection, new: Labelled, client: str | None = None, sequence: int | None = None) -> None:
    """Store a revision, its document and its contacts; who sent it, and the sender's count."""
    row = {name: getattr(new, name) for name in _OF_REVISION} | {"client": client, "sequence": sequence}
    row_id = connection.execute(insert(schema.revisions).returning(schema.revisions.c.id), row).scalar_one()
    connection.execute(insert(schema.documents), {"revision_id": row_id, "labels": pack(new.labels)})
    contacts = contact_rows(new.labels, row_id)
    if contacts:
        connection.execute(insert(schema.contacts), contacts)


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
    document = zlib.compress(labels.text().encode(), COMPRESSION)
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


def forget_documents() -> None:
    """Keep none of the labels that were read."""
    _documents.clear()


def region_bits(labels: Labels) -> int:
    """Bit i for a contact with REGIONS[i]."""
    bits = 0
    for contact in labels.contacts:
        bits |= 1 << REGIONS.index(contact.region)
    return bits


def uncertainty(labels: Labels) -> float:
    """1 - the least confidence among the contacts (calibrated, where it is predicted); 1 where nothing was found.

    Where it is told that something may touch or not, it is no less than a half.
    """
    least = 1.0 - min((contact.confidence for contact in labels.contacts), default=0.0)
    return max(least, 0.5) if labels.unsure else least
