"""A store with people in it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from annotation import people
from annotation.opening import open_store
from annotation.store import Store


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """An empty store with annotators anna and ben, reviewer eva, admin joe."""
    monkeypatch.delenv("STUDIO_DATABASE_URL", raising=False)
    opened = open_store(tmp_path / "data")
    for name, role in (("anna", "annotator"), ("ben", "annotator"), ("eva", "reviewer"), ("joe", "admin")):
        people.sign_in(opened, name, new_role=role)
    yield opened
    opened.close()
