"""The app as a process: what its first answer waits for, what it keeps."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from studio import app, files, generate
from studio.settings import Settings
from tests.ports import free_port

ROOT = Path(__file__).parents[2]


# What takes seconds to load, and is not needed to show the page.
HEAVY = {
    "accelerate", "datasets", "diffusers", "jax", "matplotlib", "mediapipe", "onnxruntime", "pycocotools", "ray",
    "sklearn", "tensorflow", "torch", "transformers", "webdataset",
}  # fmt: skip
# `python app.py` as it is, but instead of warming the engine it asks for its page and tells what is loaded then.
TELLING = """
import json, runpy, sys, urllib.request
from studio import engine

def tell():
    with urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[2]}/") as answer:
        page = answer.read().decode()
    print(json.dumps({"page": page, "loaded": sorted(sys.modules)}), flush=True)

engine.warm = tell
runpy.run_path("app.py", run_name="__main__")
"""


@pytest.fixture
def first_answer(tmp_path: Path) -> dict[str, Any]:
    """The page of the app in a process of its own, and the modules that are loaded once it was shown."""
    command = [sys.executable, "-c", TELLING, "--port", str(free_port()), "--data", str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        lines = [process.stdout.readline() for _ in range(3)]
        process.kill()
    assert lines[0].startswith("InterAnimate Studio is at http")
    assert lines[1].startswith("To rule its data, open this link once in your browser: http")
    return json.loads(lines[2])


def test_the_page_is_shown_before_anything_heavy_is_loaded(first_answer: dict[str, Any]) -> None:
    assert "InterAnimate Studio" in first_answer["page"]
    assert HEAVY & {name.partition(".")[0] for name in first_answer["loaded"]} == set()


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


def test_a_jobs_own_upload_is_forgotten_and_the_shared_one_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path))
    sent = tmp_path / "abc" / "me.jpg"
    sent.parent.mkdir()
    sent.write_bytes(b"x")
    mine = files.taken(str(sent))
    other = files.taken({"path": str(sent)})
    assert mine.name == other.name == "me.jpg" and mine != other
    files.forget(mine)
    assert not mine.parent.exists() and other.read_bytes() == b"x"
    assert files.taken(str(sent)).read_bytes() == b"x"


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
