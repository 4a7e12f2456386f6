"""The README's way from a folder of films to labels in Python, its own commands and lines, one after the other."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from clips import made

from annotation import clips, queue, revisions
from annotation.opening import open_store
from annotation.saving import Submission
from model.request import Request

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
SECTION = README.split("From a folder of films to labels in Python:")[1]
COMMANDS = [line for line in SECTION.split("```")[1].splitlines() if line]
PYTHON = SECTION.split("```python")[1].split("```")[0]
MANIFEST = re.search(r"```\n(file_name,.*?)```", SECTION, re.S)


def say(line: str, folder: Path) -> str:
    """Run a line of the README in a folder; what it prints."""
    words = shlex.split(line)
    assert words[:2] == ["python", "-m"], line
    env = {
        **os.environ,
        "STUDIO_DATA": "data",
        "PYTHONPATH": str(ROOT),
        "HF_HOME": str(folder / "hf"),
        "HF_HUB_OFFLINE": "1",
    }
    done = subprocess.run(
        [sys.executable, *words[1:]], cwd=folder, capture_output=True, text=True, env=env, timeout=300
    )
    assert done.returncode == 0, f"{line}: {done.stderr}"
    return done.stdout


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of films in which a hand touches a face, and no word about them."""
    (tmp_path / "films" / "monday").mkdir(parents=True)
    clip = made(Request("poke-left-cheek", size=256, seconds=3.0, fps=12, camera="still"))
    clip.save(tmp_path / "films" / "monday" / "ann.mp4")
    return tmp_path


def test_from_a_folder_of_films_to_labels_in_python(folder: Path) -> None:
    before, after = COMMANDS[: COMMANDS.index("make run")], COMMANDS[COMMANDS.index("make run") + 1 :]
    said = [say(line, folder) for line in before]
    assert said[1].startswith("1 added") and said[2] == "1 of 1 clips pre-labelled\n"
    store = open_store(folder / "data")
    try:  # what an annotator does in the app
        work = queue.claim(store, "system")
        assert work is not None and work.labels.contacts and work.labels.author == "prelabel"
        assert (clips.get(store, "system", 1).pattern, work.clip.file_name) == ("none", "films/monday/ann.mp4")
        sent = Submission(work.labels, work.seen, work.lease)
        revisions.decide(store, "system", 1, sent, "accepted")
    finally:
        store.close()
    for line in after:
        say(line, folder)
    assert (folder / "labels.csv").read_text().splitlines()[1].endswith(",12.0")
    (folder / "read.py").write_text(PYTHON)
    run = say("python -m read", folder)
    assert "films/monday/ann.mp4" in run and "'region'" in run


def test_the_manifest_of_the_readme_and_of_the_help_is_one_and_is_taken(folder: Path) -> None:
    assert MANIFEST is not None
    text = MANIFEST[1]
    helped = say("python -m annotation import --help", folder)
    assert all(f"  {line}" in helped for line in text.splitlines())
    films = folder / "films"
    (films / "monday" / "ben.mp4").write_bytes((films / "monday" / "ann.mp4").read_bytes() + b"\0\0\0\x0cfree1234")
    (films / "manifest.csv").write_text(text)
    assert say("python -m annotation import films/", folder).startswith("2 added")
    store = open_store(folder / "data")
    first, second = clips.find(store, "system")
    store.close()
    assert (first.pattern, first.subject, first.consent) == ("poke-left-cheek", "ann", "signed, 2026-11-02")
    assert (second.pattern, second.device, second.split) == ("none", "webcam", "test")
