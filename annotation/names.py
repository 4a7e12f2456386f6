"""The names that a clip ever had. They find it, and never decide what it is: that is its content.

A name is a path, the folder that it was imported from first. Two names are the same in any Unicode form and
with either slash; what a row gives must be the whole end of a name, so that `b/clip.mp4` is not `a/clip.mp4`.
"""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from hashlib import sha256
from pathlib import PurePosixPath
from typing import Final

from sqlalchemy import Connection, bindparam, insert, or_, select

from annotation import schema
from annotation.errors import BadInput
from annotation.records import clip_of, get_clip
from annotation.values import Clip

ANY_SUFFIX: Final = ".*"  # at the end of a name whose suffix is not known
_NO_TEXT: Final = re.compile("[\x00-\x1f\x7f\ufffe\uffff]")  # nor of XML
_SHOWN: Final = 5  # clips that a refusal names
# Put together once: that takes longer than to run them, and an import does for every row.
_BY_CONTENT: Final = select(schema.clips).where(
    or_(schema.clips.c.sha256 == bindparam("digest"), schema.clips.c.original == bindparam("digest"))
)
_NAMES: Final = select(schema.names.c.name).where(schema.names.c.clip_id == bindparam("clip"))


def parts(name: str) -> tuple[str, ...]:
    """A path's parts, composed (NFC); both slashes part."""
    pieces = unicodedata.normalize("NFC", storable(name)).replace("\\", "/").split("/")
    return tuple(piece for piece in pieces if piece not in ("", "."))


def same_end(last: str, wanted: str) -> bool:
    """Whether the last part of a name is the wanted one, which may leave the suffix open."""
    if wanted.endswith(ANY_SUFFIX):
        return PurePosixPath(last).stem == wanted.removesuffix(ANY_SUFFIX)
    return last == wanted


def storable(name: str) -> str:
    """The name as a database takes it: bytes that are no text, and control characters, are replaced."""
    text = name.encode("utf-8", "surrogateescape" if _from_disk(name) else "replace").decode("utf-8", "replace")
    return _NO_TEXT.sub("\ufffd", text)


def add_names(connection: Connection, clip_id: int, given: Iterable[str]) -> bool:
    """Keep the names that the clip has not had yet; whether there was one."""
    had = set(connection.scalars(_NAMES, {"clip": clip_id}))
    new = [name for name in dict.fromkeys(map(storable, given)) if parts(name) and name not in had]
    rows = [
        {"clip_id": clip_id, "position": position, "name": name, "tail": _tail(parts(name)[-1])}
        for position, name in enumerate(new, len(had) + 1)
    ]
    if rows:
        connection.execute(insert(schema.names), rows)
    return bool(rows)


def names_of(connection: Connection, clip_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    """All names of each clip, the first first."""
    table = schema.names
    query = select(table.c.clip_id, table.c.name).where(table.c.clip_id.in_(clip_ids))
    found: dict[int, tuple[str, ...]] = {}
    for clip_id, name in connection.execute(query.order_by(table.c.clip_id, table.c.position)):
        found[clip_id] = (*found.get(clip_id, ()), name)
    return found


def by_content(connection: Connection, *digests: str) -> Clip | None:
    """The clip that has one of those SHA-256, or was converted from a file that has."""
    for digest in digests:
        row = connection.execute(_BY_CONTENT, {"digest": digest}).first()
        if row is not None:
            return clip_of(row)
    return None


def by_name(connection: Connection, name: str, loose: bool = False) -> Clip | None:
    """The one clip of that name: by its content (`clips/<sha256>.mp4`), else by a name that ends so.

    A loose name is another program's path: folders before those that the clip's name has are not looked at.
    Raises `BadInput` where it fits several clips.
    """
    wanted = parts(name)
    if not wanted:
        return None
    clip = by_content(connection, PurePosixPath(wanted[-1]).stem)
    if clip is not None:
        return clip
    fitting = {
        clip_id: known for clip_id, known in _of_tail(connection, wanted[-1]) if _fits(parts(known), wanted, loose)
    }
    if len(fitting) > 1:
        raise BadInput(
            f"{shown(name)} is the name of {len(fitting)} clips: {_listed(fitting)}. Name its folder, or its content:"
            " clips/<sha256>.mp4"
        )
    return get_clip(connection, next(iter(fitting))) if fitting else None


def nearly(connection: Connection, name: str) -> str:
    """The clips whose name differs in its folders only, as a hint for a row that found none."""
    wanted = parts(name)
    near = dict(_of_tail(connection, wanted[-1])) if wanted else {}
    return f" (there is {_listed(near)}: if that is meant, name it so)" if near else ""


def shown(name: str) -> str:
    """A name for a message, short and on one line."""
    text = storable(name)
    return text if len(text) <= 120 else f"{text[:60]}…{text[-50:]}"


def _of_tail(connection: Connection, last: str) -> list[tuple[int, str]]:
    """Clips that have a name with such a last part."""
    table = schema.names
    query = select(table.c.clip_id, table.c.name).where(table.c.tail == _tail(last)).order_by(table.c.clip_id)
    return [(clip_id, known) for clip_id, known in connection.execute(query) if same_end(parts(known)[-1], last)]


def _fits(known: tuple[str, ...], wanted: tuple[str, ...], loose: bool) -> bool:
    """Whether the wanted folders are the end of the known ones, or, of a loose name, the other way round."""
    have, want = known[:-1], wanted[:-1]
    if len(want) > len(have) and not loose:
        return False
    common = min(len(have), len(want))
    return have[len(have) - common :] == want[len(want) - common :]


def _tail(last: str) -> str:
    """What a name's last part is looked up by, of one length: indexes take no long texts."""
    stem = last.removesuffix(ANY_SUFFIX) if last.endswith(ANY_SUFFIX) else PurePosixPath(last).stem
    return sha256(stem.encode()).hexdigest()[:32]


def _listed(clips: dict[int, str]) -> str:
    first = [f"clip {clip_id}, {shown(name)}" for clip_id, name in list(clips.items())[:_SHOWN]]
    return "; ".join(first) + (f"; and {len(clips) - _SHOWN} more" if len(clips) > _SHOWN else "")


def _from_disk(name: str) -> bool:
    """Whether all that is no text in it are bytes of a file's name."""
    return all(not 0xD800 <= ord(c) <= 0xDFFF or 0xDC80 <= ord(c) <= 0xDCFF for c in name)
