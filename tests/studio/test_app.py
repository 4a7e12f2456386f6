"""The app as a process: how soon it answers, what it keeps."""

import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from studio import app, files, generate
from studio.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


@pytest.fixture
def started(tmp_path: Path) -> Iterator[tuple[str, psutil.Process]]:
    """`python app.py` in a process of its own, and its address."""
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data", str(tmp_path)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    yield f"http://127.0.0.1:{port}/", psutil.Process(process.pid)
    process.send_signal(signal.SIGKILL)
    process.wait()


def test_first_answer_within_ten_seconds(started: tuple[str, psutil.Process]) -> None:
    """In seconds of work, which do not depend on what else the machine does; it starts on one core."""
    url, process = started
    deadline = time.monotonic() + 120
    while True:
        try:
            with urllib.request.urlopen(url, timeout=30) as answer:
                assert b"InterAnimate Studio" in answer.read()
            break
        except urllib.error.URLError:
            assert time.monotonic() < deadline and process.is_running()
            time.sleep(0.1)
    spent = process.cpu_times()
    assert spent.user + spent.system < 10


def test_runs_are_not_kept_in_the_browser() -> None:
    assert app.launch_options(Settings())["run_history"] is False


def test_uploads_only_from_the_upload_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    secret = tmp_path / "secret.png"
    secret.write_bytes(b"x")
    (tmp_path / "uploads" / "abc").mkdir(parents=True)
    link = tmp_path / "uploads" / "abc" / "link.png"
    link.symlink_to(secret)
    for sent in (
        str(secret),
        f"{tmp_path}/uploads/../secret.png",
        str(link),
        {"path": str(secret)},
        None,
        7,
        "\0",
    ):
        with pytest.raises(files.InputError):
            files.taken(sent)
    assert secret.exists()


def test_an_upload_is_moved_and_forgotten(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    sent = tmp_path / "abc" / "me.jpg"
    sent.parent.mkdir()
    sent.write_bytes(b"x")
    mine = files.taken(str(sent))
    assert mine.name == "me.jpg" and mine.exists() and not sent.exists()
    files.forget(mine)
    assert not mine.parent.exists()


def test_what_a_stopped_app_left_is_swept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    old, new = files.folder(), files.folder()
    os.utime(old, (0, 0))
    files.sweep(3600)
    assert not old.exists() and new.exists()
    shutil.rmtree(new)


def test_time_left() -> None:
    assert generate.seconds_left(0.01, 1.0) is None
    assert generate.seconds_left(0.25, 1.0) == pytest.approx(3.0)
