"""A visitor's browser: Chromium, headless. An error in its console fails the test."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from annotator import Desk, running
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or "/usr/bin/chromium"
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-sync",
    "--disable-background-networking", "--disable-component-update", "--disable-dev-shm-usage",
    "--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream",
]  # fmt: skip

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for all tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def visit(browser: Browser, studio_url: str) -> Iterator[Visit]:
    """Open the app: `visit(width, height, dark=False)`."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_page(width: int = 1280, height: int = 1700, dark: bool = False) -> Page:
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme="dark" if dark else "light",
            has_touch=width < 500,
            permissions=["camera"],
        )
        contexts.append(context)
        context.route(lambda url: not url.startswith((studio_url, "blob:", "data:")), lambda route: route.abort())
        page = context.new_page()
        page.set_default_timeout(60_000)
        page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(studio_url)
        page.get_by_role("button", name="Generate", exact=True).wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints, complaints


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    """The app with four clips, nobody logs in."""
    with running(browser, tmp_path) as desk:
        yield desk


@pytest.fixture
def team(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    """The app with four clips; joe (admin), anna and ben log in."""
    with running(browser, tmp_path, ("joe", "anna", "ben")) as desk:
        yield desk
