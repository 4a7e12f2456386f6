"""Opening the store: made where there is none, an older one brought up to date.

store = open_store("data")          # or STUDIO_DATA, STUDIO_DATABASE_URL
people.sign_in(store, "anna", new_role="annotator")
work = queue.claim(store, "anna")
sent = Submission(labels, seen=work.seen, lease=work.lease)
revisions.decide(store, "anna", work.clip.id, sent, "corrected")
"""

import os
from pathlib import Path

from annotation import keeping
from annotation.database import clear_errors, make_engine
from annotation.errors import BadInput
from annotation.files import sweep
from annotation.paths import shown
from annotation.store import Store
from annotation.upgrade import upgrade


def open_store(data: str | Path | None = None, url: str | None = None) -> Store:
    """Open the store, make it where there is none, bring an older one up to date after a backup."""
    folder = Path(data or os.environ.get("STUDIO_DATA") or "data")
    url = url or os.environ.get("STUDIO_DATABASE_URL")
    with clear_errors():
        if folder.exists() and not folder.is_dir():
            raise BadInput(f"{shown(folder)} is not a folder")
        for name in ("clips", "backups", "exports"):
            if not (folder / name).is_dir():
                (folder / name).mkdir(parents=True, exist_ok=True)
    store = Store(folder, make_engine(url or folder / "studio.db"))
    upgrade(store)
    sweep_store(store)
    return store


def sweep_store(store: Store) -> None:
    """Remove what processes that were killed left an hour ago or earlier; raises `StoreError`."""
    with clear_errors():
        for folder in (store.clips, store.backups, store.exports, store.data):
            sweep(folder)
        sweep(store.exports, ".", ".part")
        keeping.sweep(store)
