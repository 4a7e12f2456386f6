import os
import shutil
import sqlite3
import threading
from contextlib import closing

import pytest
from samples import add_clips, contact, labels, make_video
from sqlalchemy import text

from annotation import backup, clips, queue, revisions
from annotation.clips import About
from annotation.errors import BadInput, Damaged, Locked
from annotation.opening import open_store
from annotation.saving import Submission
from tests.kills import kills


def save_once(store, actor="anna"):
    work = queue.claim(store, actor)
    return revisions.save(
        store, actor, work.clip.id, Submission(labels(contact(end=9)), seen=work.seen, lease=work.lease)
    )


def test_a_backup_brings_everything_back(store):
    add_clips(store, 2)
    save_once(store)
    place = backup.backup(store)
    save_once(store)
    store.close()
    kept = backup.restore(store.data, place)
    again = open_store(store.data)
    assert [r.number for r in revisions.history(again, "eva", 1)] == [2, 1]
    assert [r.number for r in revisions.history(again, "eva", 2)] == [1]
    again.close()
    with sqlite3.connect(kept) as replaced:  # what was there before is not lost either
        assert replaced.execute("select count(*) from revisions").fetchone() == (4,)


def test_a_backup_of_a_store_in_use_is_whole(store):
    add_clips(store, 60)
    stop = threading.Event()

    def work():
        while not stop.is_set() and queue.claim(store, "anna"):
            pass

    thread = threading.Thread(target=work)
    thread.start()
    places = [backup.backup(store) for _ in range(5)]
    stop.set()
    thread.join()
    assert len(set(places)) == 5
    for place in places:
        backup.verify(place)


def test_the_oldest_backups_go(store):
    made = [backup.backup(store, keep=3) for _ in range(5)]
    assert backup.list_backups(store) == made[:1:-1]
    other = backup.backup(store, "before-upgrade")
    assert other.exists() and len(backup.list_backups(store)) == 3


def test_damaged_and_foreign_files_are_not_restored(store, tmp_path):
    add_clips(store, 50)
    place = backup.backup(store)
    data = bytearray(place.read_bytes())
    for bad in (b"hello", bytes(data[: len(data) // 2]), bytes(data[:8192]) + os.urandom(len(data) - 8192)):
        (tmp_path / "bad.db").write_bytes(bad)
        with pytest.raises((Damaged, BadInput)):
            backup.restore(store.data, tmp_path / "bad.db")
    with sqlite3.connect(tmp_path / "other.db") as other:
        other.execute("create table t (x)")
    with pytest.raises(BadInput, match="something else"):
        backup.restore(store.data, tmp_path / "other.db")
    with pytest.raises(BadInput, match="no backup"):
        backup.restore(store.data, tmp_path / "none.db")
    assert clips.total(store) == 50


def test_nothing_is_restored_while_the_app_runs(store):
    add_clips(store, 1)
    place = backup.backup(store)
    with store.read() as connection:
        connection.execute(text("select count(*) from clips"))
        with pytest.raises(Locked):
            backup.restore(store.data, place)
    assert clips.total(store) == 1


def run(store, statement):
    """Do to the database what no code of ours would do."""
    with sqlite3.connect(store.file) as connection:
        connection.execute(statement)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ("update clips set head = 9 where id = 1", "clip 1: its head is revision 9"),
        ("update clips set gold = 9 where id = 1", "clip 1: its gold"),
        (
            "update revisions set parent = 7 where clip_id = 1 and number = 2",
            "revision 2 has a broken parent",
        ),
        (
            "update revisions set parent = 2 where clip_id = 1 and number = 2",
            "revision 2 has a broken parent",
        ),
        ("delete from documents where revision_id = 1", "revision 1 has no labels"),
        ("update documents set labels = x'00' where revision_id = 1", "revision 1: A stored revision"),
        ("update contacts set last_frame = 99 where revision_id = 1", "ends after the clip"),
        ("delete from contacts where revision_id = 1", "contacts are missing"),
        ("delete from tasks", "it is in no queue"),
        ("update tasks set clip_id = 77 where id = 1", "that is not there"),
        ("update clips set bytes = 5 where id = 1", "is not what was stored"),
    ],
)
def test_check_finds(store, tmp_path, statement, says):
    value = labels(contact(), pattern="poke-nose")
    clips.add(store, "joe", make_video(tmp_path / "v.mp4"), About("poke-nose"), value)
    save_once(store)
    assert backup.check(store, thorough=True) == []
    run(store, statement)
    assert any(says in line for line in backup.check(store, thorough=True))


def test_check_finds_missing_changed_and_orphaned_files(store, tmp_path):
    for i in range(3):
        clips.add(store, "joe", make_video(tmp_path / f"v{i}.mp4", seed=i), About("poke-nose"))
    first, second, _ = clips.find(store, "joe")
    clips.video_path(store, first).unlink()
    path = clips.video_path(store, second)
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    (store.clips / "orphan.mp4").write_bytes(b"x")
    assert backup.check(store) == [
        f"clip 1: its file {first.sha256}.mp4 is missing",
        "file clips/orphan.mp4 belongs to no clip",
    ]
    assert f"clip 2: its file {second.sha256}.mp4 is not what was stored" in backup.check(store, thorough=True)


def test_a_restore_that_is_killed_leaves_the_old_database_or_the_new(store):
    add_clips(store, 1)
    place = backup.backup(store)
    add_clips(store, 3)
    present = backup.backup(store)
    store.close()
    found = set()
    for _ in kills(store.data, lambda: backup.restore(store.data, place), lambda: backup.restore(store.data, present)):
        found.add(count_clips(store.data / "studio.db"))
    assert found == {1, 3}
    assert count_clips(store.data / "studio.db") == 1
    leave_alone_for(store.data, 7200)
    open_store(store.data).close()
    assert not list(store.data.rglob(".new-*"))


def test_a_damaged_database_is_kept_and_its_log_not_taken_for_the_backups(store):
    add_clips(store, 2)
    place = backup.backup(store)
    store.close()
    store.file.write_bytes(b"not a database")
    log = store.file.with_name("studio.db-wal")
    log.write_bytes(b"its log")
    kept = backup.restore(store.data, place)
    assert kept.read_bytes() == b"not a database"
    assert not log.exists() and count_clips(store.file) == 2


def test_what_stands_in_a_backups_log_is_restored_too(store, tmp_path):
    add_clips(store, 1)
    place = backup.backup(store)
    with closing(sqlite3.connect(place)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("update clips set pattern = 'poke-chin'")
        connection.commit()
        for suffix in ("", "-wal", "-shm"):
            shutil.copyfile(f"{place}{suffix}", f"{tmp_path / 'copy.db'}{suffix}")
    store.close()
    backup.restore(store.data, tmp_path / "copy.db")
    with closing(sqlite3.connect(store.file)) as connection:
        assert connection.execute("select pattern from clips").fetchone() == ("poke-chin",)


def test_a_backup_that_is_killed_leaves_none_or_a_whole_one(store):
    add_clips(store, 2)
    store.close()  # who is killed has no connection of before
    for _ in kills(store.data, lambda: backup.backup(store), lambda: None):
        for place in backup.list_backups(store):
            assert count_clips(place) == 2


def count_clips(database):
    """Clips in a database file."""
    backup.verify(database)
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute("select count(*) from clips").fetchone()[0]


def leave_alone_for(folder, seconds):
    """Make all files of a folder as old as if nobody had written to them for so long."""
    for path in folder.rglob("*"):
        if path.is_file():
            os.utime(path, (path.stat().st_atime, path.stat().st_mtime - seconds))
