"""The README keeps its promises: its commands, paths and head are real."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"python -m (model|annotation) ([a-z]+)", README)))
CODE = "\n".join(re.findall(r"^```.*?^```", README, re.S | re.M) + re.findall(r"`[^`\n]+`", README))
TARGETS = sorted(set(re.findall(r"\bmake ([a-z-]+)", CODE)))
HEAD = dict(line.split(": ", 1) for line in README.split("---\n")[1].splitlines())


def test_what_is_looked_at_is_there() -> None:
    assert {room for room, _ in COMMANDS} == {"model", "annotation"}
    assert {"run", "test", "bench"} <= set(TARGETS)


@pytest.mark.parametrize("room", ["model", "annotation"])
def test_every_command_exists(room: str) -> None:
    run = subprocess.run([sys.executable, "-m", room, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stderr
    missing = [command for where, command in COMMANDS if where == room and command not in run.stdout]
    assert not missing


def test_every_make_target_exists() -> None:
    known = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M)
    assert set(TARGETS) <= set(known)


def test_links_lead_somewhere() -> None:
    links = re.findall(r"\]\((?!https?:)([^)]+)\)", README)
    assert links and not [link for link in links if not (ROOT / link).exists()]


def test_the_head_is_what_a_space_reads() -> None:
    import gradio

    assert HEAD["sdk"] == "gradio" and HEAD["sdk_version"] == gradio.__version__
    assert (ROOT / HEAD["app_file"]).exists() and (ROOT / "packages.txt").exists()
    assert len(HEAD["short_description"]) <= 60
    assert HEAD["hf_oauth"] == "true" and HEAD["suggested_hardware"] == "cpu-basic"


def test_the_labels_shown_are_valid() -> None:
    from annotation.labels import Labels

    (example,) = re.findall(r"```json\n(.*?)```", README, re.S)
    assert Labels.from_json(example).pattern == "poke-left-cheek"
