"""`pip install -e .` from a checkout, as the README says it: the packages are found from anywhere."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def run(*words: str | Path, cwd: Path, **env: str) -> str:
    done = subprocess.run(words, cwd=cwd, capture_output=True, text=True, timeout=300, env={**os.environ, **env})
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_a_fresh_environment_finds_the_packages_after_an_editable_install(tmp_path: Path) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    python = tmp_path / "venv" / "bin" / "python"
    run(python, "-m", "pip", "install", "-q", "--no-deps", "-e", ROOT, cwd=tmp_path)
    find = (
        "import importlib.util as u; print(*(u.find_spec(n).origin for n in ('model', 'annotation', 'studio', 'app')))"
    )
    found = [Path(word) for word in run(python, "-c", find, cwd=tmp_path).split()]
    assert [path.relative_to(ROOT).as_posix() for path in found] == [
        "model/__init__.py", "annotation/__init__.py", "studio/__init__.py", "app.py",
    ]  # fmt: skip
    assert "pinch-nose" in run(python, "-c", "from annotation.taxonomy import PATTERNS; print(PATTERNS)", cwd=tmp_path)
    told = run(python, "-m", "pip", "show", "interanimate-studio", cwd=tmp_path)
    assert "mediapipe" in told and "torch" in told  # what it needs is said
