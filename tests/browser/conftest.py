"""A visitor's browser: Chromium without a window, which costs as much as the page. Errors in its console fail tests."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from annotator import Desk, fill, running
from browsers import Browsers
from playwright.sync_api import Browser, Page, Playwright, expect, sync_playwright

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
    "--host-resolver-rules=MAP evil.example 127.0.0.1, MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",  # nobody else is there
    "--process-per-site",  # a page finds what the one before it has compiled
]  # fmt: skip

Visit = Callable[..., Page]

expect.set_options(timeout=30_000)  # ms: a busy machine is no error


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What starts browsers."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """One browser for all tests."""
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def browsers(browser: Browser) -> Browsers:
    """Browsers of visitors."""
    return Browsers(browser)


@pytest.fixture
def visit(browsers: Browsers, studio_url: str) -> Iterator[Visit]:
    """Open the app: `visit(width, height, dark=False)`."""
    complaints: list[str] = []

    def open_page(width: int = 1280, height: int = 1700, dark: bool = False) -> Page:
        page = browsers.page(studio_url, complaints.append, width, height, dark)
        page.goto(studio_url)
        page.get_by_role("button", name="Generate", exact=True).wait_for()
        return page

    yield open_page
    browsers.leave()
    assert not complaints, complaints


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with four clips, of which tests have copies."""
    return fill(tmp_path_factory.mktemp("shelf"))


@pytest.fixture
def data(shelf: Path, tmp_path: Path) -> Path:
    """A data folder of the test's own, with four clips."""
    return Path(shutil.copytree(shelf, tmp_path / "data"))


@pytest.fixture
def desk(browsers: Browsers, data: Path) -> Iterator[Desk]:
    """The app with four clips, nobody logs in."""
    with running(browsers, data) as desk:
        yield desk


@pytest.fixture
def team(browsers: Browsers, data: Path) -> Iterator[Desk]:
    """The app with four clips; joe (admin), anna and ben log in."""
    with running(browsers, data, ("joe", "anna", "ben")) as desk:
        yield desk
