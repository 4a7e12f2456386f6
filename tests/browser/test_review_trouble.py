"""The server's disk is full, its database read-only or locked: it is said, and nothing is lost."""

import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
from annotator import KEPT, Desk, clip_of, kept, open_tab, press, running, save_says, saved, what_says
from browsers import Browsers
from playwright.sync_api import expect
from sqlalchemy import event

from annotation import database, revisions
from annotation.errors import DiskFull
from annotation.store import Store

Trouble = Callable[[Store], AbstractContextManager[None]]


def test_a_full_disk_is_said_and_the_draft_is_sent_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    page = desk.visit()
    clip = clip_of(page)
    real = Store.write

    def full(_: Store) -> None:
        raise DiskFull("The disk is full: nothing was saved. Free some space, then try again.")

    monkeypatch.setattr(Store, "write", full)
    press(page, "Shift+3")
    save_says(page, "The disk is full: nothing was saved.")
    save_says(page, "Kept in this browser, sent later.")
    monkeypatch.setattr(Store, "write", real)
    saved(page)
    assert desk.head(clip).contacts[0].finger == "middle"


@contextmanager
def read_only(store: Store) -> Iterator[None]:
    """Every connection of the app is read-only, as on a disk that the kernel has remounted."""

    def set_up(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA query_only = 1")

    store.close()
    event.listen(store.engine, "connect", set_up)
    yield
    event.remove(store.engine, "connect", set_up)
    store.close()


@contextmanager
def locked(store: Store) -> Iterator[None]:
    """Another program holds the database."""
    held = "import sqlite3, sys; sqlite3.connect(sys.argv[1], isolation_level=None).execute('BEGIN EXCLUSIVE'); "
    command = [sys.executable, "-c", held + "print('held', flush=True); sys.stdin.read()", str(store.file)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None and other.stdout.readline() == b"held\n"
        yield
        other.kill()


@pytest.mark.parametrize(
    ("trouble", "says"),
    [
        (read_only, "The database is read-only: nothing was saved."),
        (locked, "The database is locked by another program."),
    ],
)
def test_a_database_that_cannot_be_written_for_a_while(
    browsers: Browsers, data: Path, monkeypatch: pytest.MonkeyPatch, trouble: Trouble, says: str
) -> None:
    """It is said, the draft outlives a reload, verdicts wait; all is sent once it can be written again."""
    monkeypatch.setattr(database, "BUSY_MS", 700)  # the lock lasts longer than a save waits for it
    with running(browsers, data) as desk:
        page = desk.visit()
        first = clip_of(page)
        page.wait_for_function("document.querySelectorAll('.rv-shelf video').length === 2")
        with trouble(desk.store):
            press(page, "Shift+3")
            save_says(page, says)
            save_says(page, "Kept in this browser, sent later.")
            open_tab(page, desk.url)
            assert clip_of(page) == first
            what_says(page, "middle")
            save_says(page, says)
            page.wait_for_function("document.querySelectorAll('.rv-shelf video').length === 2")
            press(page, "Shift+L", "Enter")
            page.locator(".rv[data-ready]").wait_for()
            second = clip_of(page)
            expect(page.locator(".rv-note")).to_contain_text(f"Clip {first} is kept in this browser and sent later.")
            expect(page.locator(".rv-note")).to_contain_text(says)
            press(page, "Shift+1")
            save_says(page, says)
            assert {record["clip"] for record in kept(page)} == {first, second}
            press(page, "Enter")  # no third clip can be claimed
            expect(page.locator(".rv-blank")).to_contain_text("The next clip could not be opened")
            expect(page.locator(".rv-note")).to_contain_text(says)
        page.wait_for_function(f"{KEPT}.length === 0")
        page.get_by_role("button", name="Look again").click()
        page.locator(".rv[data-state=working]").wait_for()
        assert clip_of(page) not in (first, second)
        finished = [desk.head(clip) for clip in (first, second)]
        assert [(head.state, head.contacts[0].finger) for head in finished] == [
            ("corrected", "middle"),
            ("corrected", "thumb"),
        ]
        assert finished[0].contacts[0].start == 11
        assert revisions.conflicts(desk.store, "system") == []
        expect(page.locator(".rv-note")).to_be_hidden()
