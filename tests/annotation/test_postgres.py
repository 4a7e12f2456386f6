"""The same store on a PostgreSQL server, where one can be started here."""

import os
import shutil
import socket
import subprocess
import threading
from glob import glob
from pathlib import Path

import pytest
from samples import add_clips, contact, labels

from annotation import backup, clips, people, queue, revisions, statistics
from annotation.errors import BadInput, Conflict, StoreError
from annotation.opening import open_store
from annotation.queue import Filters
from annotation.saving import Submission

pytest.importorskip("psycopg")
BIN = next(iter(sorted(glob("/usr/lib/postgresql/*/bin"), reverse=True)), "")


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """A server of the test's own; its URL."""
    initdb = shutil.which("initdb", path=f"{BIN}{os.pathsep}{os.environ['PATH']}")
    if initdb is None:
        pytest.skip("no PostgreSQL here")
    folder = tmp_path_factory.mktemp("postgres")
    user = {}
    if os.getuid() == 0:  # it refuses to run as root
        subprocess.run(["chown", "-R", "postgres", str(folder)], check=True)
        for parent in (folder, *folder.parents):
            if str(parent).startswith("/tmp/"):
                os.chmod(parent, os.stat(parent).st_mode | 0o711)
        user = {"user": "postgres"}
    quiet = {"check": True, "capture_output": True, "cwd": "/", **user}
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
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


def test_checks_and_backups(store):
    assert [line for line in backup.check(store, thorough=True) if "is missing" not in line] == []
    with pytest.raises(BadInput, match="server"):
        backup.backup(store)


def test_a_server_that_is_gone_is_said(store):
    with pytest.raises(StoreError, match="does not answer"):
        open_store(store.data, "postgresql://studio@127.0.0.1:1/none")


@pytest.mark.parametrize("url", ["mysql://x/y", "nonsense"])
def test_other_databases_are_refused(tmp_path, url):
    with pytest.raises(BadInput):
        open_store(tmp_path, url)
