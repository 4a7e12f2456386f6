"""Which clips people who are not logged in may label: an admin opens them, and closes them again."""

from collections.abc import Collection

from sqlalchemy import ColumnElement, func, select, update

from annotation import schema
from annotation.audit import log
from annotation.errors import BadInput
from annotation.people import require
from annotation.records import get_clip
from annotation.store import Store
from annotation.taxonomy import OF_CLIPS


def release(
    store: Store, actor: str, *, open: bool = True, clip_ids: Collection[int] = (), pattern: str = ""
) -> tuple[int, int]:
    """Open clips to strangers, or close them (admin): some, those of a pattern, or all that are here now.

    Gives how many are open then, of how many. Clips that come later are closed; what is closed nobody sees from now on.
    """
    clips = schema.clips
    if pattern and pattern not in OF_CLIPS:
        raise BadInput(f"{pattern!r} is not a pattern: {', '.join(OF_CLIPS)}.")
    with store.write() as connection:
        require(connection, actor, "admin")
        for clip_id in clip_ids:
            get_clip(connection, clip_id)
        where: list[ColumnElement[bool]] = [clips.c.id.in_(clip_ids)] if clip_ids else []
        where += [clips.c.pattern == pattern] if pattern else []
        connection.execute(update(clips).where(clips.c.released != int(open), *where).values(released=int(open)))
        which = ", ".join(map(str, sorted(clip_ids))) or pattern or "all"
        log(connection, actor, "release" if open else "unrelease", detail=which[:1000])
    return released(store)


def released(store: Store) -> tuple[int, int]:
    """How many clips are open to strangers, of how many."""
    clips = schema.clips
    with store.read() as connection:
        open = connection.scalar(select(func.count()).select_from(clips).where(clips.c.released == 1)) or 0
        return int(open), int(connection.scalar(select(func.count()).select_from(clips)) or 0)
