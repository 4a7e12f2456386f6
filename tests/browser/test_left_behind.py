"""A visitor comes, has a clip made, and goes: of them nothing is on the disk an hour later, nor after a kill.

The app is a process of its own, and everything that it may write to is a folder of the test's.
"""

import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from browsers import Browsers
from PIL import Image
from playwright.sync_api import Page, expect
from skimage.data import astronaut
from test_visitor import choose, shorten, state

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
PLACE = b"48 deg 51 min 24 s N"  # as a phone writes into a photo where it was taken
NAME = "quetzalcoatl-at-home"  # of the photo
PICTURES = (b"\xff\xd8\xff", b"\x89PNG", b"RIFF", b"GIF8", b"P6\n", b"PK\x03\x04")  # PK: the maps
WITHIN = 60  # s that a busy machine may take to what takes a moment


@dataclass
class App:
    """`python app.py` with folders of its own."""

    folder: Path
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"

    def start(self) -> None:
        """Start it, and wait for its page."""
        places = {name: self.folder / name.lower() for name in ("HOME", "TMPDIR", "XDG_CACHE_HOME", "MPLCONFIGDIR")}
        for place in places.values():
            place.mkdir(exist_ok=True)
        kept = {name: value for name, value in os.environ.items() if name not in ("GRADIO_TEMP_DIR", "STUDIO_DATA")}
        options = ["--port", str(self.port), "--data", str(self.folder / "data")]
        with open(self.folder / "log", "ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "tests.clockwork", *options],
                cwd=ROOT, env=kept | {name: str(place) for name, place in places.items()},
                stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        until = time.monotonic() + 3 * WITHIN
        while time.monotonic() < until and self.process.poll() is None:
            try:
                urllib.request.urlopen(self.url, timeout=WITHIN).close()
                return
            except OSError:
                time.sleep(0.2)
        raise AssertionError((self.folder / "log").read_text())

    def an_hour_passes(self) -> None:
        assert self.process is not None
        self.process.send_signal(signal.SIGUSR1)

    def kill(self) -> None:
        """At once, with all that it has started."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def left(self, *words: bytes) -> list[str]:
        """Files with one of the words in their name or content, and all pictures and videos."""
        found = []
        for path in (Path(place) / name for place, below, files in os.walk(self.folder) for name in (*below, *files)):
            content = b""
            with suppress(OSError):  # a folder, or gone meanwhile
                content = path.read_bytes()
            named = any(word in content or word.decode("latin-1") in path.name for word in words)
            if named or content.startswith(PICTURES) or content[4:8] == b"ftyp":
                found.append(str(path.relative_to(self.folder)))
        return found

    def comes_to_nothing(self, *words: bytes) -> None:
        """Wait until nothing is left."""
        until = time.monotonic() + WITHIN
        while (found := self.left(*words)) and time.monotonic() < until:
            time.sleep(0.5)
        assert found == []


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[App]:
    app = App(tmp_path_factory.mktemp("app"))
    app.start()
    yield app
    app.kill()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    """A visitor's photo, its place in it."""
    exif = Image.Exif()
    exif[0x8825] = {29: PLACE.decode()}
    exif[0x010E] = PLACE.decode()
    path = tmp_path / f"{NAME}.jpg"
    Image.fromarray(astronaut()).save(path, quality=95, exif=exif)
    assert PLACE in path.read_bytes()
    return path


def words(photo: Path) -> tuple[bytes, ...]:
    """By which a photo is known wherever it is."""
    return PLACE, NAME.encode(), photo.read_bytes()[-2000:]


def visit(browsers: Browsers, app: App, photo: Path) -> Page:
    """The page with a photo in it, and a small clip asked for."""
    page = browsers.page(app.url, lambda _: None, 1280, 1700, False)
    page.goto(app.url)
    choose(page, photo)
    expect(page.locator(".ia-photo-status")).to_contain_text("Face found.")
    shorten(page)
    page.get_by_role("button", name="Generate", exact=True).click()
    return page


def downloaded(page: Page, button: str) -> bytes:
    with page.expect_download() as file:
        page.get_by_role("button", name=button).click()
    return Path(file.value.path()).read_bytes()


def test_an_hour_after_a_visit_nothing_is_left(browsers: Browsers, app: App, photo: Path) -> None:
    before = app.left(*words(photo))
    assert before == []
    page = visit(browsers, app, photo)
    state(page, "done", timeout=180_000)
    clip = downloaded(page, "Download clip")
    downloaded(page, "Download labels")
    page.get_by_role("button", name="Guidance maps").click()
    downloaded(page, "Download maps")
    known = (*words(photo), clip[-2000:])
    assert len(app.left(*known)) >= 4, "photo, picture, clip and maps are there while the page is"
    browsers.leave()
    app.an_hour_passes()
    app.comes_to_nothing(*known)
    assert app.process is not None and app.process.poll() is None


def test_of_a_visit_in_the_middle_of_which_all_was_killed_nothing_is_left(
    browsers: Browsers, app: App, photo: Path
) -> None:
    page = visit(browsers, app, photo)
    page.locator(".ia-viewer[data-state=working] .ia-still:visible").wait_for(timeout=180_000)
    assert app.left(*words(photo))
    app.kill()
    browsers.leave()
    assert app.left(*words(photo)), "a kill takes nothing away"
    app.start()
    app.comes_to_nothing(*words(photo))
