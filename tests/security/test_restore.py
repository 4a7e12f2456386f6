"""Backups that are none, or more than one, and who was forgotten since a true one was made."""

import gzip
import io
import os
import sqlite3
import tarfile
import time
import zipfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from samples import contact, labels, make_video

from annotation import backup, clips, forgetting, people, queue, revisions
from annotation.__main__ import main
from annotation.opening import open_store
from annotation.saving import Submission
from annotation.store import Store
from annotation.values import SYSTEM, About

SECRET = "quetzalcoatl"
TERA = 2**40


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with two clips: of eva, and of the one who will want to be forgotten."""
    opened = open_store(tmp_path / "data")
    for name, role in (("joe", "admin"), ("eva", "annotator"), (SECRET, "annotator")):
        people.sign_in(opened, name, new_role=role)
    for i, name in enumerate(("eva", SECRET)):
        video = make_video(tmp_path / f"{i}.mp4", i)
        clips.add(opened, name, video, About("poke-nose", subject=name), labels(contact()), f"{name}.mp4")
    yield opened
    opened.close()


def of_zip(true: Path, place: Path) -> None:
    with zipfile.ZipFile(place, "w") as archive:
        archive.write(true, "../../../studio.db")
        archive.writestr("/etc/cron.d/x", "x")


def of_tar(true: Path, place: Path) -> None:
    with tarfile.open(place, "w:gz") as archive:
        archive.add(true, "../../studio.db")
        link = tarfile.TarInfo("clips")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc"
        archive.addfile(link, io.BytesIO())


def of_bomb(_: Path, place: Path) -> None:
    place.write_bytes(gzip.compress(bytes(2**27), 9))


def of_packed(true: Path, place: Path) -> None:
    place.write_bytes(gzip.compress(true.read_bytes()))


def of_holes(_: Path, place: Path) -> None:
    with open(place, "wb") as file:
        file.truncate(TERA)


def of_header_and_holes(true: Path, place: Path) -> None:
    """It says that it has as many pages as it is large."""
    head = bytearray(true.read_bytes())
    size = int.from_bytes(head[16:18], "big")
    head[28:32] = (TERA // size // 16).to_bytes(4, "big")
    place.write_bytes(head)
    os.truncate(place, TERA // 16)


def of_trigger(true: Path, place: Path) -> None:
    place.write_bytes(true.read_bytes())
    with closing(sqlite3.connect(place)) as file:
        file.execute("CREATE TRIGGER t AFTER INSERT ON people BEGIN UPDATE people SET role = 'admin'; END")
        file.commit()


def of_view(true: Path, place: Path) -> None:
    place.write_bytes(true.read_bytes())
    with closing(sqlite3.connect(place)) as file:
        file.executescript("ALTER TABLE skips RENAME TO s; CREATE VIEW skips AS SELECT * FROM s;")


def of_link(_: Path, place: Path) -> None:
    place.symlink_to("/etc/passwd")


def of_device(_: Path, place: Path) -> None:
    place.symlink_to("/dev/zero")


def of_pipe(_: Path, place: Path) -> None:
    os.mkfifo(place)


def of_folder(_: Path, place: Path) -> None:
    place.mkdir()


MADE = (
    of_zip, of_tar, of_bomb, of_packed, of_holes, of_header_and_holes, of_trigger, of_view, of_link, of_device, of_pipe,
    of_folder,
)  # fmt: skip


def state(data: Path) -> dict[str, int]:
    return {str(path.relative_to(data)): path.lstat().st_size for path in data.rglob("*") if "-shm" not in path.name}


@pytest.mark.parametrize("make", MADE, ids=lambda make: make.__name__.removeprefix("of_"))
def test_what_is_no_backup_changes_nothing(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str], make: Callable[[Path, Path], None]
) -> None:
    true, place = backup.backup(store), tmp_path / "bad.db"
    make(true, place)
    store.close()
    before, began = state(store.data), time.monotonic()
    assert main(["restore", "--data", str(store.data), str(place)]) in (1, 2)
    said = capsys.readouterr()
    assert said.err.startswith("error: ") and said.err.count("\n") == 1 and not said.out
    assert state(store.data) == before and time.monotonic() - began < 20
    assert len(clips.find(store, "joe")) == 2


@pytest.mark.parametrize("name", ["../studio.db", "../../etc/passwd", "backups/../../studio.db", ".."])
def test_a_name_leads_nowhere_else(store: Store, capsys: pytest.CaptureFixture[str], name: str) -> None:
    """Only what lies in the folder of backups is found by its name."""
    store.close()
    assert main(["restore", "--data", str(store.data), name]) in (1, 2)
    assert "error: " in capsys.readouterr().err


def on_disk(data: Path) -> list[str]:
    """Files beside the backups that name the secret."""
    files = [path for path in data.rglob("*") if path.is_file() and path.parent.name != "backups"]
    return [path.name for path in files if SECRET.encode() in path.read_bytes() or SECRET in path.name]


def test_who_was_forgotten_since_is_forgotten_again(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    true = backup.backup(store)
    forgetting.forget_person(store, "joe", SECRET)
    forgetting.scrub(store)
    people.sign_in(store, "new", new_role="annotator")
    store.close()
    assert main(["restore", "--data", str(store.data), true.name]) == 0
    assert f"Forgotten since the backup was made, and forgotten again: clips 2 and {SECRET}" in capsys.readouterr().out
    again = open_store(store.data)
    assert [clip.subject for clip in clips.find(again, "joe")] == ["eva"]
    assert on_disk(store.data) == [] and backup.check(again, thorough=True) == []
    assert true.exists() and forgetting.stale_backups(again), "the backup is as it was, and named by forget"
    assert not list(store.data.glob(".new-*"))
    again.close()


def test_what_was_not_forgotten_comes_back(store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A restored store has less than the newer backup, and forgets none of it."""
    older = backup.backup(store)
    video = make_video(tmp_path / "new.mp4", 5)
    clips.add(store, "eva", video, About("poke-nose"), labels(contact()), "new.mp4")
    newer = backup.backup(store)
    forgetting.forget(store, "joe", [2])
    store.close()
    data = ["--data", str(store.data)]
    assert main(["restore", *data, str(older)]) == 0
    assert "forgotten again: clips 2\n" in capsys.readouterr().out
    assert main(["restore", *data, str(newer)]) == 0
    assert "maybe forgotten since the backup was made: clips 2, 3. Look, and use forget." in capsys.readouterr().out
    again = open_store(store.data)
    assert [clip.id for clip in clips.find(again, "joe")] == [1, 2, 3]
    again.close()


def test_a_backup_of_another_store_is_left_as_it_is(
    store: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = open_store(tmp_path / "other")
    people.sign_in(other, "ann", new_role="admin")
    clips.add(other, "ann", make_video(tmp_path / "9.mp4", 9), About("poke-nose"), labels(contact()))
    place = backup.backup(other)
    other.close()
    forgetting.forget(store, "joe", [1])
    store.close()
    assert main(["restore", "--data", str(store.data), str(place)]) == 0
    assert "orgotten" not in capsys.readouterr().out
    again = open_store(store.data)
    assert len(clips.find(again, SYSTEM)) == 1
    again.close()


def test_where_the_present_database_is_damaged_that_is_said(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    true = backup.backup(store)
    store.close()
    assert store.file is not None
    store.file.write_bytes(b"not a database")
    assert main(["restore", "--data", str(store.data), str(true)]) == 0
    assert "whoever was forgotten since the backup is here again" in capsys.readouterr().out


def test_work_since_the_backup_is_no_reason_to_forget(store: Store, capsys: pytest.CaptureFixture[str]) -> None:
    true = backup.backup(store)
    work = queue.claim(store, "eva")
    assert work is not None
    revisions.save(store, "eva", work.clip.id, Submission(labels(contact(end=9)), work.seen, work.lease))
    store.close()
    assert main(["restore", "--data", str(store.data), str(true)]) == 0
    assert "orgotten" not in capsys.readouterr().out
