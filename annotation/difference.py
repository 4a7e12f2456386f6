"""What changed between two states of a clip's labels, and three-way merging of two of them."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any, Final, Literal

from annotation.labels import Contact, Keyframe, Labels, check
from annotation.polygons import Polygon

Value = str | int | float | None  # of a contact's field

FIELDS: Final = ("hand", "finger", "region", "start", "end", "confidence")


@dataclass(frozen=True)
class Change:
    """One contact that was added, removed or changed; `fields` maps a name to (before, after)."""

    contact: str
    kind: Literal["added", "removed", "changed"]
    fields: Mapping[str, tuple[Value, Value]]
    keyframes_added: tuple[int, ...] = ()
    keyframes_removed: tuple[int, ...] = ()
    keyframes_changed: tuple[int, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """Plain lists and words."""
        return asdict(self)


@dataclass(frozen=True)
class Clash:
    """What two people changed differently; the merge keeps `head`."""

    contact: str
    field: str  # one of FIELDS, "keyframe 12" or "removed"
    head: Value | Polygon
    yours: Value | Polygon


@dataclass(frozen=True)
class Merge:
    """Both people's changes in one, and where they cannot both be."""

    labels: Labels
    clashes: tuple[Clash, ...]


def difference(before: Labels, after: Labels) -> tuple[Change, ...]:
    """Changes from `before` to `after`, contact by contact, in the order of `before` and then `after`."""
    old, new = _by_id(before), _by_id(after)
    changes = []
    for contact_id in [*old, *(i for i in new if i not in old)]:
        a, b = old.get(contact_id), new.get(contact_id)
        if a is None or b is None:
            present = b if a is None else a
            assert present is not None
            fields = {name: getattr(present, name) for name in FIELDS}
            keys = tuple(key.frame for key in present.keyframes)
            if a is None:
                added = {name: (None, value) for name, value in fields.items()}
                changes.append(Change(contact_id, "added", added, keyframes_added=keys))
            else:
                removed = {name: (value, None) for name, value in fields.items()}
                changes.append(Change(contact_id, "removed", removed, keyframes_removed=keys))
        elif a != b:
            changes.append(_change(a, b))
    return tuple(changes)


def merge(base: Labels, head: Labels, yours: Labels) -> Merge:
    """`head` with the changes from `base` to `yours`; what both changed differently stays as in `head`."""
    in_base, in_head, in_yours = _by_id(base), _by_id(head), _by_id(yours)
    merged: dict[str, Contact] = {}
    clashes: list[Clash] = []
    for contact_id in [*in_head, *(i for i in {**in_base, **in_yours} if i not in in_head)]:
        b, h, y = in_base.get(contact_id), in_head.get(contact_id), in_yours.get(contact_id)
        if b is None and h is not None and y is not None and h != y:
            merged[contact_id] = h  # both made a new contact of that name
            fresh = _fresh(contact_id, {*in_base, *in_head, *in_yours, *merged})
            merged[fresh] = replace(y, id=fresh)
        elif h == y or y == b:
            if h is not None:
                merged[contact_id] = h
        elif h == b:
            if y is not None:
                merged[contact_id] = y
        elif h is None or y is None:
            kept = y if h is None else h
            assert kept is not None
            merged[contact_id] = kept  # nothing is lost: a removed contact that the other changed comes back
            clashes.append(Clash(contact_id, "removed", h is None, y is None))
        else:
            assert b is not None
            contact, found = _merge_contact(b, h, y)
            merged[contact_id] = contact
            clashes.extend(found)
    pattern = yours.pattern if head.pattern == base.pattern else head.pattern
    return Merge(check(replace(head, pattern=pattern, contacts=tuple(merged.values()))), tuple(clashes))


def _merge_contact(base: Contact, head: Contact, yours: Contact) -> tuple[Contact, list[Clash]]:
    fields: dict[str, Any] = {}
    clashes = []
    for name in FIELDS:
        b, h, y = getattr(base, name), getattr(head, name), getattr(yours, name)
        fields[name] = y if h == b else h
        if len({b, h, y}) == 3:
            clashes.append(Clash(head.id, name, h, y))
    if fields["end"] < fields["start"]:  # each end was moved past the other by somebody else
        clashes.append(Clash(head.id, "start", head.start, yours.start))
        fields["start"], fields["end"] = head.start, head.end
    base_keys, head_keys, your_keys = (_polygons(contact.keyframes) for contact in (base, head, yours))
    keyframes = []
    for frame in sorted({*head_keys, *your_keys}):
        b, h, y = base_keys.get(frame), head_keys.get(frame), your_keys.get(frame)
        polygon = y if h == b else h
        if h != b and y != b and h != y:
            clashes.append(Clash(head.id, f"keyframe {frame}", h, y))
            polygon = h or y
        if polygon is not None and fields["start"] <= frame <= fields["end"]:
            keyframes.append(Keyframe(frame, polygon))
    return Contact(head.id, **fields, keyframes=tuple(keyframes)), clashes


def _change(a: Contact, b: Contact) -> Change:
    fields = {name: (getattr(a, name), getattr(b, name)) for name in FIELDS if getattr(a, name) != getattr(b, name)}
    old, new = _polygons(a.keyframes), _polygons(b.keyframes)
    return Change(
        a.id,
        "changed",
        fields,
        keyframes_added=tuple(frame for frame in new if frame not in old),
        keyframes_removed=tuple(frame for frame in old if frame not in new),
        keyframes_changed=tuple(frame for frame in new if frame in old and new[frame] != old[frame]),
    )


def _by_id(labels: Labels) -> dict[str, Contact]:
    return {contact.id: contact for contact in labels.contacts}


def _polygons(keyframes: Iterable[Keyframe]) -> dict[int, Polygon]:
    return {key.frame: key.polygon for key in keyframes}


def _fresh(contact_id: str, taken: set[str]) -> str:
    stem = contact_id[:56]
    return next(name for i in range(2, 10_000) if (name := f"{stem}.{i}") not in taken)
