"""The same store on a PostgreSQL server, which these tests start: `make test` installs it and its driver."""

import os
import shutil
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from glob import glob
from pathlib import Path

import pytest
import storm
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from samples import add_clips, contact, labels
from sqlalchemy import Engine, Table, func, insert, select, text

from annotation import backup, clips, forgetting, people, queue, revisions, schema, statistics, upgrade
from annotation.database import make_engine
from annotation.errors import BadInput, Conflict, StoreError
from annotation.opening import open_store
from annotation.queue import Filters
from annotation.saving import Submission
from tests.ports import free_port

BIN = next(iter(sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)), "")  # Debian's, not on the PATH
ROOT = Path(__file__).parents[2]
OLD = Path(__file__).with_name("old") / "v1.db"
PATIENCE_S = 120.0  # a busy machine is slow to let two processes meet


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of the test's own; its URL."""
    initdb = shutil.which("initdb", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if initdb is None:
        pytest.fail("There is no PostgreSQL server here: `make test` installs it (Debian's package postgresql).")
    folder = tmp_path_factory.mktemp("postgres")
    user = {}
    if os.getuid() == 0:  # it refuses to run as root
        subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
        for parent in (folder, *folder.parents):
            if str(parent).startswith("/tmp/"):
                os.chmod(parent, os.stat(parent).st_mode | 0o711)
        user = {"user": "postgres"}
    quiet = {"check": True, "capture_output": True, "cwd": "/", **user}
    port = free_port()
    subprocess.run([initdb, "-D", f"{folder}/db", "-A", "trust", "-U", "studio", "-N"], **quiet)
    start = [str(Path(initdb).with_name("pg_ctl")), "-D", f"{folder}/db", "-w", "-l", f"{folder}/log"]
    subprocess.run([*start, "-o", f"-p {port} -k {folder} -c fsync=off", "start"], **quiet)
    yield f"postgresql://studio@127.0.0.1:{port}/postgres"
    subprocess.run([*start, "-m", "immediate", "stop"], **(quiet | {"check": False}))


@pytest.fixture(scope="module")
def store(server, tmp_path_factory):
    opened = open_store(tmp_path_factory.mktemp("data"), server)
    for name, role in (("anna", "annotator"), ("ben", "annotator"), ("eva", "reviewer"), ("joe", "admin")):
        people.sign_in(opened, name, new_role=role)
    add_clips(opened, 120)
    yield opened
    opened.close()


def test_opening_again_changes_nothing(store, server):
    open_store(store.data, server).close()


def test_two_machines_share_the_queue(store, server):
    other = open_store(store.data, server)
    got: list[tuple[str, int]] = []
    names = [f"p{i}" for i in range(6)]
    for name in names:
        people.sign_in(store, name, new_role="annotator")

    def work(name, where):
        for _ in range(8):
            claim = queue.claim(where, name)
            got.append((claim.lease.split(".")[0], claim.clip.id))

    threads = [threading.Thread(target=work, args=(n, (store, other)[i % 2])) for i, n in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len(set(got)) == 48
    other.close()


def test_saving_and_conflicts(store):
    work = queue.claim(store, "anna", Filters(order="uncertain", region="left_cheek"))
    clip = work.clip.id
    revisions.save(store, "anna", clip, Submission(labels(contact(end=9)), seen=1, lease=work.lease))
    with pytest.raises(Conflict):
        revisions.save(store, "eva", clip, Submission(labels(contact(end=8)), seen=1))
    done = revisions.decide(
        store, "anna", clip, Submission(labels(contact(end=9)), seen=2, lease=work.lease), "corrected"
    )
    assert [r.number for r in revisions.history(store, "eva", clip)] == [4, 3, 2, 1]
    progress = statistics.progress(store, "eva")
    assert (progress.by_state["corrected"], progress.conflicts, done.state) == (1, 1, "corrected")
    assert list(progress.by_day.values()) == [1]
    statistics.agreement_report(store, "eva")


def test_two_saves_at_once_are_a_conflict_and_not_a_loss(store, server):
    other = open_store(store.data, server)
    clip = queue.claim(store, "eva").clip.id
    results: list[object] = []
    barrier = threading.Barrier(2)

    def save(where, end):
        barrier.wait()
        try:
            results.append(revisions.save(where, "eva", clip, Submission(labels(contact(end=end)), seen=1)))
        except StoreError as error:
            results.append(error)

    threads = [threading.Thread(target=save, args=args) for args in ((store, 8), (other, 9))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sum(isinstance(result, Conflict) for result in results) == 1
    assert [r.number for r in revisions.history(store, "eva", clip)] == [3, 2, 1]
    other.close()


def test_double_and_gold_clips(store):
    queue.configure(store, "joe", double_share=0.5, gold_share=0.5)
    clips.set_gold(store, "joe", 120, 1)
    work = queue.claim(store, "anna")
    assert work.clip.id == 120
    revisions.decide(store, "anna", 120, Submission(work.labels, seen=work.seen, lease=work.lease), "accepted")
    (anna,) = [w for w in statistics.progress(store, "eva").work if w.person == "anna"]
    assert anna.gold_score == 1


def fresh(server: str, name: str) -> str:
    """The URL of an empty database of that name."""
    engine = make_engine(server)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    engine.dispose()
    return server.replace("/postgres", f"/{name}")


def test_two_processes_that_save_the_same_clips_lose_nothing(server, tmp_path):
    url = fresh(server, "storm")
    store = open_store(tmp_path / "data", url)
    people.sign_in(store, "eva", new_role="reviewer")
    add_clips(store, storm.CLIPS)
    processes = [
        subprocess.Popen(
            [sys.executable, storm.__file__, str(store.data), name],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=os.environ | {"PYTHONPATH": str(ROOT), "STUDIO_DATABASE_URL": url},
        )
        for name in ("one", "two")
    ]
    for process in processes:
        assert process.stdout.readline() == b"ready\n"
    first = [process.stdout.readline() for process in processes]  # a busy machine may take long to it
    deadline = time.monotonic() + PATIENCE_S
    while True:
        made = [found.kind for clip in range(1, storm.CLIPS + 1) for found in revisions.history(store, "eva", clip)]
        if {"draft", "conflict"} <= set(made) and len(made) > 5 * storm.CLIPS:
            break
        assert time.monotonic() < deadline, "two processes that save the same clips met no conflict"
        time.sleep(0.1)
    for process in processes:
        process.kill()
    said = [line + process.communicate()[0] for line, process in zip(first, processes, strict=True)]
    acknowledged = [tuple(map(int, line.split())) for part in said for line in part.decode().splitlines()]
    assert len({(clip, number) for clip, number, *_ in acknowledged}) == len(acknowledged) > 2 * storm.CLIPS
    for clip, number, start, end in acknowledged:
        made = revisions.revision(store, "eva", clip, number).labels.contacts[0]
        assert (made.start, made.end) == (start, end)
    assert [line for line in backup.check(store, thorough=True) if "is missing" not in line] == []
    store.close()


def first_version(url: str) -> Engine:
    """A database as the first migration made it, with the rows of old/v1.db."""
    engine = make_engine(url)
    config = Config()
    config.set_main_option("script_location", str(upgrade.MIGRATIONS))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.execute(schema.people.delete())  # `system`, which is among the rows
        for table, columns, rows in old_rows():
            if rows:
                connection.execute(insert(table), [dict(zip(columns, row, strict=True)) for row in rows])
            if "id" in columns:
                newest = select(func.setval(f"{table.name}_id_seq", func.max(table.c.id)))
                connection.execute(newest)
    return engine


def old_rows() -> Iterator[tuple[Table, list[str], list[tuple]]]:
    """Tables of old/v1.db in the order of their foreign keys, their columns, their rows."""
    with sqlite3.connect(OLD) as connection:
        for table in schema.metadata.sorted_tables:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table.name})")]
            if columns:
                found = connection.execute(f"SELECT {', '.join(columns)} FROM {table.name} ORDER BY 1, 2")
                yield table, columns, found.fetchall()


def test_a_database_of_the_first_version_becomes_todays_without_loss(server, tmp_path):
    url = fresh(server, "first_version")
    engine = first_version(url)
    store = open_store(tmp_path / "data", url)
    with engine.connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), schema.metadata) == []
        for table, columns, rows in old_rows():
            kept = connection.execute(select(*(table.c[name] for name in columns)).order_by(text("1, 2")))
            assert [tuple(row) for row in kept] == rows, table.name
    work = {w.person: w for w in statistics.progress(store, "system").work}
    assert (work["anna"].decided, work["anna"].corrected, work["anna"].rejected) == (2, 1, 1)
    again = queue.open_clip(store, "anna", 1)
    saved = revisions.save(store, "anna", 1, Submission(again.labels, again.seen, again.lease))
    assert saved.number == again.seen + 1
    engine.dispose()
    store.close()


def test_checks_and_backups(store):
    assert [line for line in backup.check(store, thorough=True) if "is missing" not in line] == []
    with pytest.raises(BadInput, match="server"):
        backup.backup(store)


def test_a_server_that_is_gone_is_said(store):
    with pytest.raises(StoreError, match="does not answer"):
        open_store(store.data, "postgresql://studio@127.0.0.1:1/none")


def test_a_driver_that_is_missing_is_said(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(BadInput, match=r"PostgreSQL needs a driver: pip install 'psycopg\[binary\]'"):
        open_store(tmp_path, "postgresql://studio@127.0.0.1:1/none")


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense"])
def test_other_databases_are_refused(tmp_path, url):
    with pytest.raises(BadInput):
        open_store(tmp_path, url)


def test_a_clip_is_forgotten(store):
    number = add_clips(store, 121)[-1]
    work = queue.open_clip(store, "eva", number)
    revisions.save(store, "eva", number, Submission(labels(contact(end=9)), work.seen, work.lease))
    forgetting.forget(store, "joe", [number])
    forgetting.scrub(store)
    assert clips.find(store, "joe", id=number) == [] and forgetting.due(store) is None
    assert forgetting.stale_backups(store) == []
