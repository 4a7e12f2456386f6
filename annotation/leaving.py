"""A tab is closed: its clips go back to the queue, after the moment in which it may only have been loaded again."""

import time
from typing import Final

from sqlalchemy import update

from annotation import schema
from annotation.leases import find
from annotation.people import require
from annotation.store import Store

GRACE: Final = 10.0  # s in which a page that is loaded again takes up its clip


def leave(store: Store, actor: str, clip_id: int, lease: str) -> None:
    """Let the lease run out in a moment, where it is still the actor's; raises `BadInput`."""
    tasks = schema.tasks
    soon = time.time() + GRACE
    with store.write() as connection:
        require(connection, actor)
        task = find(connection, clip_id, lease)
        if task is None or task.person != actor or task.lease != lease.partition(".")[2]:
            return  # it has been taken up anew, or by somebody else
        own = (tasks.c.id == task.id) & (tasks.c.lease_until > soon)
        connection.execute(update(tasks).where(own).values(lease_until=soon))
