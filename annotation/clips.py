"""Clips: kept by their content, described, commented, flagged."""

import json
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Connection, func, insert, select, update

from annotation import schema
from annotation.audit import Event, event_of, log
from annotation.database import clear_errors
from annotation.errors import BadInput
from annotation.keeping import Kept, keep_video, place_of, settle
from annotation.labels import LabelError, Labels, check
from annotation.names import add_names, by_content, storable
from annotation.people import require
from annotation.queue_settings import setting
from annotation.records import clip_of, get_clip, get_revision, put_revision, region_bits, uncertainty
from annotation.rights import see
from annotation.store import Store
from annotation.tasks import FIRST_SLOT, SECOND_SLOT, add_task, reserved
from annotation.taxonomy import NO_PATTERN, OF_CLIPS, PATTERNS
from annotation.values import About, Clip, Labelled
from annotation.video import Facts, examine

LONGEST_TEXT: Final = 200  # characters of a subject, an environment, …
LONGEST_COMMENT: Final = 10_000
LONGEST_CONSENT: Final = 500
LONGEST_PROVENANCE: Final = 20_000


@dataclass(frozen=True)
class NewClip:
    """A clip to be put in the queue: its file, which is in its place, what is known of it, its first labels."""

    file: Kept
    file_name: str
    facts: Facts
    about: About
    labels: Labels


def add(
    store: Store,
    actor: str,
    video: str | Path,
    about: About,
    labels: Labels | None = None,
    file_name: str = "",
) -> tuple[Clip, bool]:
    """Put a video with its pre-label in the queue; the clip, and False where it was there already.

    Raises `BadInput` for a video that cannot be read or labels that do not fit it.
    """
    path = Path(video)
    shown = examine(path)
    prepared = prepare(about, shown.facts, labels)
    with clear_errors():
        kept = keep_video(store, shown)
    with store.write() as connection:
        require(connection, actor)
        new = NewClip(kept, storable(file_name or path.name), shown.facts, about, prepared)
        clip, created = insert_clip(connection, new, author=actor)
        if created:
            log(connection, actor, "add", clip.id, 1, new.file_name)
    settle(store, kept.sha256)
    return clip, created


def get(store: Store, actor: str, clip_id: int) -> Clip:
    """A clip, as far as the person may see it; raises `NotAllowed`, `NotFound`."""
    with store.read() as connection:
        person = see(connection, actor, clip_id)
        clip = get_clip(connection, clip_id)
    return clip if person.at_least("reviewer") else replace(clip, gold=0, disagreement=None)


def video_path(store: Store, clip: Clip) -> Path:
    """Where a clip's video lies."""
    return place_of(store, clip.sha256)


def find(store: Store, actor: str, *, limit: int = 100, after: int = 0, **columns: Any) -> list[Clip]:
    """Clips by their columns and by id after `after` (reviewer): `find(store, "eva", state="accepted")`."""
    table = schema.clips
    unknown = set(columns) - set(table.c.keys())
    if unknown:
        raise BadInput(f"A clip has no {', '.join(sorted(unknown))}.")
    query = select(table).where(table.c.id > after, *(table.c[name] == value for name, value in columns.items()))
    with store.read() as connection:
        require(connection, actor, "reviewer")
        return [clip_of(row) for row in connection.execute(query.order_by(table.c.id).limit(limit))]


def comment(store: Store, actor: str, clip_id: int, text: str, revision: int | None = None) -> Event:
    """Say something about a clip, or about one of its revisions."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_COMMENT:
        raise BadInput(f"A comment has 1 to {LONGEST_COMMENT:,} characters.")
    with store.write() as connection:
        see(connection, actor, clip_id)
        log(connection, actor, "comment", clip_id, revision, text)
    return Event(time.time(), actor, "comment", clip_id, revision, text)


def flag(store: Store, actor: str, clip_id: int, flagged: bool, text: str = "") -> None:
    """Mark a clip for a reviewer's attention, or take the mark away."""
    with store.write() as connection:
        see(connection, actor, clip_id)
        connection.execute(update(schema.clips).where(schema.clips.c.id == clip_id).values(flagged=int(flagged)))
        log(connection, actor, "flag" if flagged else "unflag", clip_id, detail=text[:LONGEST_COMMENT])


def set_gold(store: Store, actor: str, clip_id: int, revision: int) -> None:
    """Make a revision the truth that annotators are checked against, 0 for none (admin)."""
    with store.write() as connection:
        require(connection, actor, "admin")
        get_clip(connection, clip_id)
        if revision:
            get_revision(connection, clip_id, revision)
        connection.execute(update(schema.clips).where(schema.clips.c.id == clip_id).values(gold=revision))
        log(connection, actor, "gold", clip_id, revision)


def events(store: Store, actor: str, clip_id: int | None = None, limit: int = 200) -> list[Event]:
    """The audit trail, newest first: of a clip, or of everything (reviewer)."""
    table = schema.events
    query = select(table).order_by(table.c.id.desc()).limit(limit)
    with store.read() as connection:
        if clip_id is None:
            require(connection, actor, "reviewer")
        else:
            see(connection, actor, clip_id)
            query = query.where(table.c.clip_id == clip_id)
        return [event_of(row) for row in connection.execute(query)]


def prepare(about: About, facts: Facts, labels: Labels | None) -> Labels:
    """The labels a clip starts with, fitted to its video; raises `BadInput`."""
    if about.pattern not in OF_CLIPS:
        raise BadInput(f"pattern {about.pattern[:60]!r} is not one of the {len(PATTERNS)} patterns, nor {NO_PATTERN}")
    for name in ("subject", "environment", "device", "split", "consent"):
        value = getattr(about, name)
        most = LONGEST_CONSENT if name == "consent" else LONGEST_TEXT
        if not isinstance(value, str) or len(value) > most or any(ord(c) < 32 for c in value):
            raise BadInput(f"{name} is not a text of at most {most} printable characters")
    if len(provenance_text(about.provenance)) > LONGEST_PROVENANCE:
        raise BadInput(f"provenance is longer than {LONGEST_PROVENANCE} characters")
    if labels is None:
        return Labels(about.pattern, facts.fps, facts.frames, facts.width, facts.height, "predicted", "nobody")
    try:
        labels = check(labels)
    except LabelError as error:
        raise BadInput(str(error)) from None
    if (labels.frames, labels.width, labels.height) != (facts.frames, facts.width, facts.height):
        raise BadInput(
            f"labels of {labels.frames} frames of {labels.width} x {labels.height} for a video of"
            f" {facts.frames} frames of {facts.width} x {facts.height}"
        )
    return replace(labels, fps=facts.fps)


def insert_clip(connection: Connection, new: NewClip, author: str) -> tuple[Clip, bool]:
    """Rows of a new clip: its first revision and its tasks; the clip, and False where it was there already."""
    table, labels = schema.clips, new.labels
    known = by_content(connection, new.file.sha256, *filter(None, [new.file.original]))
    if known is not None:
        add_names(connection, known.id, [new.file_name])
        return known, False
    now = time.time()
    clip_id = connection.execute(insert(table).returning(table.c.id), _first_row(new, now)).scalar_one()
    add_names(connection, clip_id, [new.file_name])
    clip = get_clip(connection, clip_id)
    put_revision(connection, Labelled(clip_id, 1, None, None, 0, "import", author, now, labels.state, "", labels))
    done = labels.state != "unreviewed"
    add_task(connection, clip, labels, FIRST_SLOT, "annotate", status="done" if done else "open")
    if not done and reserved(new.file.sha256, setting(connection, "double_share")):
        add_task(connection, clip, labels, SECOND_SLOT, "second")
    if new.file.why:
        log(connection, author, "convert", clip_id, 1, f"converted from {new.file.original_format}: {new.file.why}")
    return clip, True


def _first_row(new: NewClip, now: float) -> dict[str, Any]:
    """The row of `clips` that a clip begins with; its pre-label is revision 1."""
    about, facts, labels = new.about, new.facts, new.labels
    return {
        "sha256": new.file.sha256,
        "file_name": new.file_name,
        "bytes": new.file.bytes,
        "pattern": labels.pattern,
        "subject": about.subject,
        "environment": about.environment,
        "device": about.device,
        "split": about.split,
        "source": labels.source,
        "fps": facts.fps,
        "frames": facts.frames,
        "width": facts.width,
        "height": facts.height,
        "state": labels.state,
        "flagged": 0,
        "gold": 0,
        "prelabel": 1,
        "head": 1,
        "regions": region_bits(labels),
        "uncertainty": uncertainty(labels),
        "created": now,
        "updated": now,
        "consent": about.consent,
        "provenance": provenance_text(about.provenance),
        "times": None if facts.times is None else json.dumps(facts.times),
        "original": new.file.original,
        "original_format": new.file.original_format,
    }


def total(store: Store) -> int:
    """How many clips there are."""
    with store.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(schema.clips)) or 0)


def provenance_text(value: dict[str, Any]) -> str:
    """Provenance as it is stored; raises `BadInput` for what is not JSON."""
    try:
        return json.dumps(value, ensure_ascii=False, allow_nan=False, sort_keys=True)
    except (TypeError, ValueError) as error:
        raise BadInput(f"provenance is not JSON: {error}") from None
