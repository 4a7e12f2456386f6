"""One row of an import: which clip it means, what it says of it, and what that changes.

A row is known by its video's checksum and by what it says. What it says is held against what was imported last
for that clip, so that the same row again changes nothing, also after a review.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from pathlib import Path
from typing import Any, Literal

from sqlalchemy import Connection, update

from annotation import schema
from annotation.audit import log
from annotation.beside import Beside
from annotation.clips import NewClip, insert_clip, prepare, provenance_text
from annotation.errors import BadInput
from annotation.files import digest
from annotation.formats.entry import Entry
from annotation.keeping import Kept, keep_video, keep_videos, place_of, settle
from annotation.labels import Contact, Keyframe, Labels, polygon_at
from annotation.names import add_names, by_content, by_name, names_of, nearly, shown, storable
from annotation.prelabelling import relabel
from annotation.records import get_clip, get_revision
from annotation.store import Store
from annotation.taxonomy import NO_PATTERN
from annotation.values import About, Clip
from annotation.video import Facts, Video, examine

Outcome = Literal["added", "relabelled", "same"]


@dataclass
class Source:
    """A file of rows while it is imported."""

    path: Path
    beside: Beside
    said: dict[str, int] = field(default_factory=dict)  # clip, by its content: the line that has spoken of it


@dataclass(frozen=True)
class Planned:
    """A row that can be imported: a new video or a clip that is here, and what the row says of it."""

    path: Path | None  # of a video beside the file
    content: tuple[str, int] | None  # its sha256 and bytes
    video: Video | None  # what that is, where it is new
    known: Clip | None
    facts: Facts
    about: About | None
    labels: Labels | None  # None where the row says nothing of them


def plan(store: Store, source: Source, entry: Entry) -> Planned:
    """What a row would do; raises `BadInput` where it cannot be done."""
    with store.read() as connection:
        found = _found(connection, source, entry)
        labels = _labels(connection, found, entry)
    if found.known is None:
        about = entry.about or About("")
        about = replace(about, pattern=about.pattern or (labels.pattern if labels else NO_PATTERN))
        return replace(found, about=about, labels=prepare(about, found.facts, labels))
    before = found.known
    about = _described(before, entry.about)
    return replace(found, about=about, labels=labels and prepare(about, found.facts, labels))


def carry_out(store: Store, actor: str, source: Source, entry: Entry, row: Planned) -> tuple[Outcome, str]:
    """Do what was planned, in one transaction, and say why a new video was converted, if it was.

    Raises `BadInput` for a clip that was worked on meanwhile.
    """
    names = _names(source, entry, row)
    kept = _kept(store, row)
    if row.known is not None and _nothing_new(store, row.known, names, row):
        source.said.setdefault(row.known.sha256, entry.line)
        return "same", ""
    with store.write() as connection:
        added = False
        if row.known is None:
            assert row.about is not None and row.labels is not None
            assert kept is not None
            new = NewClip(kept, storable(names[0]), row.facts, row.about, row.labels)
            clip, added = insert_clip(connection, new, author=actor)
        else:
            clip = get_clip(connection, row.known.id, lock=True)
        add_names(connection, clip.id, names)
        changed = not added and _change(connection, actor, source, clip, row)
    settle(store, clip.sha256)
    source.said.setdefault(clip.sha256, entry.line)
    outcome: Outcome = "added" if added else "relabelled" if changed else "same"
    return outcome, kept.why if kept is not None and added else ""


def add_new(store: Store, actor: str, source: Source, rows: Sequence[tuple[Entry, Planned]]) -> list[Outcome]:
    """Do what was planned for different new videos that need no conversion, in one transaction for all of them."""
    files = keep_videos(store, [(row.video, row.content) for _, row in rows if row.video and row.content])
    outcomes: list[Outcome] = []
    with store.write() as connection:
        for (entry, row), kept in zip(rows, files, strict=True):
            assert row.about is not None and row.labels is not None
            names = _names(source, entry, row)
            new = NewClip(kept, storable(names[0]), row.facts, row.about, row.labels)
            clip, added = insert_clip(connection, new, author=actor)
            if len(names) > 1:
                add_names(connection, clip.id, names)
            outcomes.append("added" if added else "same")
    for (entry, _), kept in zip(rows, files, strict=True):
        settle(store, kept.sha256)
        source.said.setdefault(kept.sha256, entry.line)
    return outcomes


def _names(source: Source, entry: Entry, row: Planned) -> list[str]:
    """What the row calls its clip, the file's own name first."""
    return [*([source.beside.full_name(row.path)] if row.path else []), *entry.names]


def _kept(store: Store, row: Planned) -> Kept | None:
    """The row's video in the store, also where a clip has lost its file; None where there is nothing to keep."""
    if row.video is not None:
        return keep_video(store, row.video, row.content)
    if row.path is not None and row.known is not None and not place_of(store, row.known.sha256).exists():
        settle(store, keep_video(store, examine(row.path), row.content).sha256)
    return None


def _found(connection: Connection, source: Source, entry: Entry) -> Planned:
    """The row's video, beside the file or in the store; raises `BadInput`."""
    path = source.beside.find(entry)
    if path is not None:
        content = digest(path)
        known = by_content(connection, content[0])
        if known is not None:
            return Planned(path, content, None, known, _facts(known), None, None)
        video = examine(path)
        facts = video.facts
        if not video.unlike and entry.times is not None and len(entry.times) == facts.frames:
            facts = replace(facts, times=entry.times)  # of a clip that was converted, and exported
        return Planned(path, content, video, None, facts, None, None)
    for name in (entry.file_name, *entry.also):
        known = by_name(connection, name, entry.loose)
        if known is not None:
            return Planned(None, None, None, known, _facts(known), None, None)
    raise BadInput(
        f"there is no file {shown(entry.file_name)} here, and no clip of that name"
        + (entry.asks or nearly(connection, entry.file_name))
    )


def _labels(connection: Connection, found: Planned, entry: Entry) -> Labels | None:
    """What the row says of the labels: those it has, or those of before with its pattern."""
    before = get_revision(connection, found.known.id, found.known.prelabel).labels if found.known else None
    labels = entry.labels(found.facts) if callable(entry.labels) else entry.labels
    if labels is None:
        pattern = entry.about.pattern if entry.about else ""
        return replace(before, pattern=pattern) if before and pattern else None
    if not labels.pattern:
        said = before.pattern if before else entry.about.pattern if entry.about else ""
        labels = replace(labels, pattern=said or NO_PATTERN)
    labels = replace(labels, fps=found.facts.fps)
    return within(before, labels, *entry.span) if before and entry.span else labels


def within(before: Labels, labels: Labels, first: int, last: int) -> Labels:
    """Labels that speak of some frames only, with what was said before of the others."""
    outside = []
    for contact in before.contacts:
        for start, end in (
            (contact.start, min(contact.end, first - 1)),
            (max(contact.start, last + 1), contact.end),
        ):
            if start <= end:
                outside.append(_cut(contact, start, end))
    if not outside:
        return labels
    taken: set[str] = set()
    contacts = []
    for contact in sorted((*outside, *labels.contacts), key=lambda contact: contact.start):
        name, count = contact.id, 1
        while name in taken:
            count += 1
            name = f"{contact.id[:50]}-{count}"
        taken.add(name)
        contacts.append(replace(contact, id=name))
    return replace(labels, contacts=tuple(contacts))


def _cut(contact: Contact, start: int, end: int) -> Contact:
    """A part of a contact, with the areas that it has at its ends."""
    if (start, end) == (contact.start, contact.end) or not contact.keyframes:
        return replace(contact, start=start, end=end)
    frames = sorted({start, end, *(key.frame for key in contact.keyframes if start <= key.frame <= end)})
    areas = ((frame, polygon_at(contact, frame)) for frame in frames)
    keyframes = tuple(Keyframe(frame, area) for frame, area in areas if area is not None)
    return replace(contact, start=start, end=end, keyframes=keyframes)


def _described(clip: Clip, about: About | None) -> About:
    """What is known of a clip, with what the row says of it besides."""
    known = {each.name: getattr(clip, each.name) for each in fields(About)}
    if about is not None:
        said = {name: getattr(about, name) for name in known if name != "provenance" and getattr(about, name)}
        known |= said | {"provenance": clip.provenance | about.provenance}
    return About(**known)


def _nothing_new(store: Store, clip: Clip, names: Sequence[str], row: Planned) -> bool:
    """Whether all that the row says is here, which takes no write; `BadInput` after a review."""
    with store.read() as connection:
        if not set(map(storable, names)) <= set(names_of(connection, [clip.id]).get(clip.id, ())):
            return False
        return not _changed_words(clip, row.about) and (
            row.labels is None or not _says_else(connection, clip, row.labels)
        )


def _change(connection: Connection, actor: str, source: Source, clip: Clip, row: Planned) -> bool:
    """Give a clip that is here what the row says; False where it says nothing new, `BadInput` after a review."""
    described = _changed_words(clip, row.about)
    relabelled = row.labels is not None and _says_else(connection, clip, row.labels)
    if not (described or relabelled):
        return False
    if clip.sha256 in source.said:
        raise BadInput(f"line {source.said[clip.sha256]} of this file says otherwise of the same video: it stays so")
    if relabelled:
        assert row.labels is not None
        relabel(connection, actor, clip, row.labels)
    if described:
        connection.execute(update(schema.clips).where(schema.clips.c.id == clip.id).values(**described))
        old = {name: getattr(clip, name) for name in described}
        log(connection, actor, "describe", clip.id, detail=json.dumps({"was": old}, ensure_ascii=False, default=str))
    return True


def _changed_words(clip: Clip, about: About | None) -> Mapping[str, Any]:
    """Columns of the clip that the row says otherwise; the pattern belongs to the labels."""
    if about is None:
        return {}
    names = [each.name for each in fields(About) if each.name not in ("pattern", "provenance")]
    words: dict[str, Any] = {
        name: getattr(about, name) for name in names if getattr(about, name) != getattr(clip, name)
    }
    if about.provenance != clip.provenance:
        words["provenance"] = provenance_text(about.provenance)
    return words


def _says_else(connection: Connection, clip: Clip, labels: Labels) -> bool:
    """Whether labels are neither what was imported last nor what the clip has; `BadInput` after a review."""
    head = get_revision(connection, clip.id, clip.head)
    imported = get_revision(connection, clip.id, clip.prelabel)
    if any(replace(known.labels, fps=labels.fps) == labels for known in (imported, head)):
        return False
    if head.kind != "import":
        raise BadInput(f"clip {clip.id} has been worked on since: its labels stay")
    return True


def _facts(clip: Clip) -> Facts:
    return Facts(clip.frames, clip.fps, clip.width, clip.height, clip.times)
