"""What was acknowledged is there: after a kill, on a full, read-only or locked disk. And the rest is said."""

import os
import random
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import storm
from samples import add_clips, contact, labels, make_video
from sqlalchemy import event, text

from annotation import backup, clips, database, queue, revisions
from annotation.clips import About
from annotation.errors import DiskFull, Locked, ReadOnly, StoreError
from annotation.opening import open_store
from annotation.saving import Submission
from tests.disks import mounted, remount

TRIMMED = labels(contact(end=9))
STORM = Path(__file__).with_name("storm.py")
ROOT = Path(__file__).parents[2]


def one_round(store, number: int, rng: random.Random) -> list[tuple[int, ...]]:
    """Start a storm of saves, kill it at a random moment; what it acknowledged."""
    process = subprocess.Popen(
        [sys.executable, str(STORM), str(store.data), str(number)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    first = process.stdout.readline()  # a busy machine may take longer to the first than the storm is to last
    time.sleep(rng.uniform(0.02, 0.6))
    process.kill()
    said, _ = process.communicate()
    return [tuple(map(int, line.split())) for line in (first + said).decode().splitlines()]


@pytest.mark.parametrize("rounds", [4, pytest.param(200, marks=pytest.mark.slow)])
def test_every_acknowledged_revision_survives_a_kill(store, rounds):
    rng = random.Random(rounds)
    add_clips(store, storm.CLIPS)
    acknowledged: list[tuple[int, ...]] = []
    for number in range(rounds):
        acknowledged += one_round(store, number, rng)
        with sqlite3.connect(store.file) as connection:
            assert connection.execute("PRAGMA quick_check").fetchone() == ("ok",)
    assert len(acknowledged) > rounds
    assert len({(clip, number) for clip, number, *_ in acknowledged}) == len(acknowledged)
    for clip, number, start, end in acknowledged:
        made = revisions.revision(store, "eva", clip, number).labels.contacts[0]
        assert (made.start, made.end) == (start, end)
    problems = backup.check(store, thorough=True)
    assert [line for line in problems if "is missing" not in line] == []  # these clips have no files


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 8 MB of its own, where one may be mounted."""
    with mounted(tmp_path / "disk", 8) as folder:
        yield folder


@pytest.fixture
def on_disk(small_disk):
    """A store on the small disk in which eva has seen clip 1."""
    from annotation import people

    opened = open_store(small_disk / "data")
    people.sign_in(opened, "eva", new_role="reviewer")
    add_clips(opened, 1)
    yield opened
    opened.close()


def fill(folder: Path) -> Path:
    """Leave no room."""
    filler = folder / "filler"
    with open(filler, "wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return filler


def save_until_error(store) -> tuple[int, StoreError]:
    """Save on and on; the last acknowledged revision, and what stopped it."""
    seen = clips.get(store, "eva", 1).head
    for _ in range(2000):
        try:
            seen = revisions.save(store, "eva", 1, Submission(TRIMMED, seen=seen)).number
        except StoreError as error:
            return seen, error
    raise AssertionError("nothing stopped it")


def test_a_full_disk_is_said_and_saved_later(on_disk, small_disk):
    filler = fill(small_disk)
    seen, error = save_until_error(on_disk)
    assert isinstance(error, DiskFull) and "full" in str(error)
    assert revisions.revision(on_disk, "eva", 1, seen).number == clips.get(on_disk, "eva", 1).head
    filler.unlink()
    assert revisions.save(on_disk, "eva", 1, Submission(TRIMMED, seen=seen)).number == seen + 1
    assert "is missing" in backup.check(on_disk).pop()


def test_a_clip_that_does_not_fit_leaves_nothing(on_disk, small_disk, tmp_path):
    video = make_video(tmp_path / "v.mp4", frames=60, size=256)
    filler = fill(small_disk)
    with pytest.raises(DiskFull):
        clips.add(on_disk, "eva", video, About("poke-nose"))
    with pytest.raises(DiskFull):
        backup.backup(on_disk)
    assert list(on_disk.clips.iterdir()) == list(on_disk.backups.iterdir()) == []
    filler.unlink()
    clips.add(on_disk, "eva", video, About("poke-nose"))
    assert clips.total(on_disk) == 2


def test_a_disk_that_turned_read_only_is_said_and_saved_later(on_disk, small_disk):
    on_disk.close()
    remount(small_disk, "ro")
    with pytest.raises(ReadOnly):
        revisions.save(on_disk, "eva", 1, Submission(TRIMMED, seen=1))
    remount(small_disk, "rw")
    assert revisions.save(on_disk, "eva", 1, Submission(TRIMMED, seen=1)).number == 2


def pragma(store, statement: str):
    """Run a pragma on every new connection; gives what ends that."""
    store.close()

    def act(connection, _record):
        connection.execute(statement)

    event.listen(store.engine, "connect", act)

    def end():
        event.remove(store.engine, "connect", act)
        store.close()

    return end


@pytest.fixture
def work(store):
    """Anna holds clip 1 and has saved once."""
    add_clips(store, 1)
    held = queue.claim(store, "anna")
    revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=held.lease))
    return held


@pytest.mark.parametrize(
    ("statement", "error"),
    [("PRAGMA query_only = 1", ReadOnly), ("PRAGMA max_page_count = 10", DiskFull)],
)
def test_a_database_that_takes_no_more_keeps_what_it_has(store, work, statement, error):
    end = pragma(store, statement)
    seen = 2
    with pytest.raises(error):
        for _ in range(200):
            seen = revisions.save(store, "anna", 1, Submission(TRIMMED, seen=seen, lease=work.lease)).number
    assert clips.get(store, "anna", 1).head == seen  # it can still be looked at
    end()
    assert revisions.save(store, "anna", 1, Submission(TRIMMED, seen=seen, lease=work.lease)).number == seen + 1


def test_a_lock_from_outside_is_waited_for_then_said(store, work, monkeypatch):
    monkeypatch.setattr(database, "BUSY_MS", 300)
    store.close()
    other = sqlite3.connect(store.file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    start = time.monotonic()
    with pytest.raises(Locked, match="locked"):
        revisions.save(store, "anna", 1, Submission(TRIMMED, seen=2, lease=work.lease))
    assert 0.25 < time.monotonic() - start < 5
    assert [r.number for r in revisions.history(store, "anna", 1)] == [2, 1]  # reading goes on
    other.execute("ROLLBACK")
    assert revisions.save(store, "anna", 1, Submission(TRIMMED, seen=2, lease=work.lease)).number == 3
    other.close()


def test_saved_means_on_the_disk(store):
    with store.read() as connection:
        settings = {
            name: connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
        strict = connection.execute(text("SELECT name FROM pragma_table_list WHERE type = 'table' AND strict = 0"))
        assert {row[0] for row in strict} <= {
            "sqlite_schema",
            "sqlite_temp_schema",
            "alembic_version",
            "sqlite_stat1",
        }
    assert settings == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_file_that_is_no_database_is_said(tmp_path):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "studio.db").write_bytes(b"not a database at all" * 100)
    with pytest.raises(StoreError, match="not a database"):
        open_store(tmp_path / "data")
