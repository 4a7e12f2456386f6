"""Browsers of visitors, which serve one test after the other.

A new one loads and compiles all of Gradio first: four seconds of work. One that has seen the app before is kept, and
only what a visitor would find again is taken out of it: cookies, storage, open pages.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from playwright.sync_api import Browser, BrowserContext, Page

from tests.ports import free_port

PHONE = 500  # px: narrower ones are touched
PATIENCE = 60_000  # ms, on a busy machine


@dataclass
class Browsers:
    """Contexts of one Chromium: those that a test has, and those that are free."""

    chromium: Browser
    port: int = field(default_factory=free_port)  # where tests serve their app: what is kept of it is kept by address
    free: dict[bool, list[BrowserContext]] = field(default_factory=lambda: {False: [], True: []})
    taken: list[tuple[bool, BrowserContext, str]] = field(default_factory=list)

    def page(self, url: str, complain: Callable[[str], None], width: int, height: int, dark: bool) -> Page:
        """An empty page of a visitor who has never been at `url`; `complain` hears of errors in its console."""
        touch = width < PHONE
        context = self.free[touch].pop() if self.free[touch] else self.warm(touch)
        self.taken.append((touch, context, url))
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        page.emulate_media(color_scheme="dark" if dark else "light")
        page.set_default_timeout(PATIENCE)
        page.on("console", lambda message: complain(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: complain(str(error)))
        return page

    def warm(self, touch: bool) -> BrowserContext:
        """A context whose first page stays: the process lives as long, with the scripts that it has compiled."""
        context = self.chromium.new_context(has_touch=touch, permissions=["camera"])
        context.new_page()
        return context

    def leave(self) -> None:
        """All visitors go; nothing of them is left."""
        for touch, context, url in self.taken:
            first, *others = context.pages
            for page in others:
                page.close()
            context.set_offline(False)
            context.clear_cookies()
            storage = context.new_cdp_session(first)
            storage.send("Storage.clearDataForOrigin", {"origin": url, "storageTypes": "all"})
            storage.detach()
            self.free[touch].append(context)
        self.taken.clear()
