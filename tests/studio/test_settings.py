"""The command line of the app."""

import subprocess
import sys
from pathlib import Path

import pytest

from model.errors import InputError
from studio.settings import Settings, parse, read_logins

ROOT = Path(__file__).parents[2]


def test_defaults_and_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("STUDIO_DATA", "GRADIO_SERVER_NAME", "GRADIO_SERVER_PORT"):
        monkeypatch.delenv(name, raising=False)
    assert parse([]) == Settings()
    monkeypatch.setenv("STUDIO_DATA", "/srv/studio")
    monkeypatch.setenv("GRADIO_SERVER_NAME", "0.0.0.0")
    assert parse([]) == Settings(host="0.0.0.0", data=Path("/srv/studio"))
    assert parse(["--host", "::1", "--port", "8000", "--data", "x"]) == Settings("::1", 8000, Path("x"))


def test_logins(tmp_path: Path) -> None:
    file = tmp_path / "logins"
    file.write_text("ada:pass:word\n\ngrace:hopper\n")
    assert parse(["--auth", str(file)]).auth == (("ada", "pass:word", "admin"), ("grace", "hopper", "annotator"))
    file.write_text("ada:pass:word\ngrace:hop:per:admin\nlin:x:reviewer\nlu:admin\n")
    assert parse(["--auth", str(file)]).auth == (
        ("ada", "pass:word", "annotator"), ("grace", "hop:per", "admin"), ("lin", "x", "reviewer"),
        ("lu", "admin", "annotator"),
    )  # fmt: skip


def test_other_names_of_the_app(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parse(["--allow-host", "a.example", "--allow-host", "b.example:8443"]).allow_hosts == (
        "a.example", "b.example:8443",
    )  # fmt: skip
    monkeypatch.setenv("STUDIO_ALLOW_HOST", "c.example, d.example")
    assert parse([]).allow_hosts == ("c.example", "d.example")


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "name:password"), ("ada\n", "name:password"), ("ada:\n", "name:password"), (":secret\n", "name:password"),
        ("visitor 3fa2c1:x\n", "choose another name"), ("anonymous:x\n", "choose another name"),
        ("system:x\n", "choose another name"),
    ],
)  # fmt: skip
def test_logins_that_are_none(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "logins"
    file.write_text(text)
    with pytest.raises(InputError, match=says):
        read_logins(file)


def test_bad_input_ends_with_2_and_one_line() -> None:
    run = subprocess.run(
        [sys.executable, "app.py", "--auth", "/nowhere/logins"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 2
    assert run.stderr.count("\n") == 1 and "/nowhere/logins" in run.stderr
