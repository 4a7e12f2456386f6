"""A film that somebody made of themselves, kept for review: its clip, its pre-label, their consent."""

from pathlib import Path

from sqlalchemy import select

from annotation import schema
from annotation.audit import log
from annotation.clips import NewClip, insert_clip, prepare
from annotation.database import clear_errors
from annotation.errors import NotFound
from annotation.keeping import keep_file, settle
from annotation.labels import Labels
from annotation.store import Store
from annotation.subjects import UNKNOWN, Subject
from annotation.values import About, Clip
from annotation.video import Facts


def keep(
    store: Store, subject: Subject, video: Path, facts: Facts, labels: Labels, environment: str, device: str
) -> Clip:
    """Put an MP4 that `converting` made of what was filmed, with the facts of that, in the queue.

    All of it is the subject's, by the pseudonym. Raises `BadInput`, and `NotFound` where they have withdrawn.
    """
    about = About(
        labels.pattern, subject.name, environment, device, subject.split, subject.agreed, {"recorded": "in the studio"}
    )
    prepared = prepare(about, facts, labels)
    with clear_errors():
        file = keep_file(store, video)
    with store.write() as connection:
        known = select(schema.subjects.c.name).where(schema.subjects.c.name == subject.name)
        if connection.scalar(known) is None:
            raise NotFound(UNKNOWN)  # the file goes by its mark
        new = NewClip(file, f"{subject.name}/{labels.pattern}.mp4", facts, about, prepared)
        clip, created = insert_clip(connection, new, author=subject.name)
        if created:
            log(connection, subject.name, "add", clip.id, 1, new.file_name)
    settle(store, file.sha256)
    return clip
