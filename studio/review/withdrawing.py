"""A clip taken back for good by who sent it, or by an admin; the database is written anew, soon after."""

import threading
import time
from pathlib import Path
from typing import Final

from annotation import forgetting
from annotation.errors import StoreError
from annotation.store import Store

SMALL: Final = 64 * 2**20  # bytes of a database that is written anew at once: that takes a second
SOON, APART = 60.0, 1800.0  # s until a larger one is, and between two times
GONE: Final = "Clip {number} is gone for good, with its labels and its history."
BACKUPS: Final = " Backups of the database still have its labels, not its video: {names}. Ask the admin to delete them."
_lock = threading.Lock()
_last: dict[Path, float] = {}  # when a database was written anew, or will be


def withdraw(store: Store, actor: str, clip_id: int) -> str:
    """Forget the clip (who sent it, or admin); what is to be said of it. Raises `StoreError`."""
    forgetting.forget(store, actor, [clip_id])
    clean_up(store)
    return GONE.format(number=clip_id) + _backups(store)


def withdraw_subject(store: Store, name: str) -> tuple[int, str]:
    """Forget somebody who filmed themselves; how many clips, and what is to be said of backups. Raises `StoreError`."""
    number, _ = forgetting.forget_subject(store, name)
    clean_up(store)
    return number, _backups(store)


def _backups(store: Store) -> str:
    stale = [path.name for path in forgetting.stale_backups(store)]
    return BACKUPS.format(names=", ".join(stale)) if stale else ""


def clean_up(store: Store) -> None:
    """Let nothing of deleted rows stay in the database's file: now where that is quick, else on a timer."""
    if forgetting.due(store) is None:
        return
    if store.file is not None and store.file.stat().st_size <= SMALL:
        forgetting.scrub(store)
        return
    with _lock:
        now = time.monotonic()
        when = max(now + SOON, _last.get(store.data, -APART) + APART)
        if _last.get(store.data, now) > now:  # it is to be done anyway
            return
        _last[store.data] = when
    timer = threading.Timer(when - now, _scrub, [store])
    timer.daemon = True
    timer.start()


def _scrub(store: Store) -> None:
    """Write the database anew; where others hold it for long, later."""
    try:
        forgetting.scrub(store)
    except StoreError:
        clean_up(store)
