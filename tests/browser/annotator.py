"""An app with clips to review, and an annotator who sits before it."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import av
import numpy as np
from browsers import Browsers
from playwright.sync_api import Page, expect

from annotation import clips, people
from annotation.clips import About
from annotation.labels import Contact, Keyframe, Labels
from annotation.opening import open_store
from annotation.store import Store
from studio import owner
from studio.app import build, launch_options
from studio.review import store as review_store
from studio.review import tracks
from studio.settings import Login, Settings
from tests.ports import launched

SIZE, FRAMES, FPS, BITS, CELL = 160, 40, 24, 6, 16
SQUARE = ((70.0, 70.0), (90.0, 70.0), (90.0, 90.0), (70.0, 90.0))


def make_clip(path: Path, seed: int) -> Path:
    """A video whose frames carry their number, as black and white cells along the top."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"crf": "18"})
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for number in range(FRAMES):
            picture = np.full((SIZE, SIZE, 3), (90, 110, 60 + 4 * seed), np.uint8)
            for bit in range(BITS):
                picture[:CELL, bit * CELL : (bit + 1) * CELL] = 255 * (number >> bit & 1)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


def prelabel() -> Labels:
    """Two contacts; the first has keyframes at 10, 15 and 20."""
    keys = tuple(Keyframe(frame, SQUARE) for frame in (10, 15, 20))
    contacts = (
        Contact("c1", "left", "index", "left_cheek", 10, 20, 0.6, keys),
        Contact("c2", "left", "thumb", "chin", 24, 30, 0.9, (Keyframe(24, SQUARE),)),
    )
    return Labels("poke-left-cheek", FPS, FRAMES, SIZE, SIZE, "predicted", "model", "unreviewed", contacts)


@dataclass
class Desk:
    """The running app, and the pages that look at it."""

    settings: Settings
    store: Store
    browsers: Browsers
    url: str
    stop: Callable[[], None]
    complaints: list[str] = field(default_factory=list)

    def visit(
        self, name: str = "", width: int = 1280, height: int = 800, dark: bool = False, stranger: bool = False
    ) -> Page:
        """Open the Review tab, logged in as `name`, and wait for the first clip.

        Without logins it is the owner's browser, which has opened the link of the start, or a stranger's.
        """
        page = self.browsers.page(self.url, self.complain, width, height, dark)
        if name:
            answer = page.context.request.post(f"{self.url}login", form={"username": name, "password": "secret"})
            assert answer.ok
        elif not stranger:
            assert page.context.request.get(self.url.rstrip("/") + owner.new_link(self.settings)).ok
        open_tab(page, self.url)
        return page

    def complain(self, text: str) -> None:
        """A refused request is told in the page; everything else in the console is our fault."""
        if "Failed to load resource" not in text:
            self.complaints.append(text)

    def head(self, clip: int) -> Labels:
        """The newest labels of a clip."""
        from annotation import revisions

        number = clips.get(self.store, "system", clip).head
        found = revisions.revision(self.store, "system", clip, number).labels
        assert found is not None
        return found


def open_tab(page: Page, url: str) -> None:
    """The page with the Review tab open and a clip on the desk."""
    page.goto(url)
    page.get_by_role("tab", name="Review", exact=True).click()
    settled(page)


def settled(page: Page) -> None:
    """A clip is on the desk and drawn, or there is none."""
    page.wait_for_function(
        "(() => { const d = document.querySelector('.rv')?.dataset;"
        " return d && (d.drawn || ['empty', 'failed'].includes(d.state)); })()"
    )


def clip_of(page: Page) -> int:
    """The number of the clip on the desk."""
    words = page.locator(".rv-facts").text_content() or ""
    return int(words.split("·")[0].split()[1])


def what_says(page: Page, words: str) -> None:
    """Wait until the selected contact, in words, is or has these."""
    expect(page.locator(".rv-what")).to_contain_text(words)


def press(page: Page, *keys: str) -> int:
    """Press keys one by one; how many that were."""
    for key in keys:
        page.keyboard.press(key)
    return len(keys)


def press_at_once(page: Page, *keys: str) -> None:
    """Press keys in one task of the page: nothing is sent in between, however busy the machine is."""
    page.evaluate(
        """(keys) => {
          const asked = { bubbles: true, cancelable: true };
          for (const name of keys) {
            const [key, held] = name.split("+").reverse();
            const pressed = { ...asked, key, code: `Digit${key}`, shiftKey: held === "Shift" };
            document.activeElement.dispatchEvent(new KeyboardEvent("keydown", pressed));
          }
        }""",
        keys,
    )


KEPT = "Object.entries(localStorage).filter(([key]) => /^studio.review.[^.]+.\\d+$/.test(key)).map(([, text]) => text)"


def kept(page: Page) -> list[dict]:
    """What waits in this browser to be sent."""
    return [json.loads(text) for text in page.evaluate(KEPT)]


def saved(page: Page, revision: int | None = None) -> None:
    """Wait until nothing waits to be sent, and the page says that it is saved."""
    page.wait_for_function(f"{KEPT}.length === 0")
    save_says(page, "Saved at revision" if revision is None else f"Saved at revision {revision}")


def save_says(page: Page, words: str) -> None:
    """Wait until the state of saving has these words."""
    expect(page.locator(".rv-save")).to_contain_text(words)


def fill(data: Path, number: int = 4) -> Path:
    """Put clips into a data folder, with where the regions are in their frames; the folder."""
    store = open_store(data)
    people.sign_in(store, "maker", new_role="admin")
    for i in range(number):
        video = make_clip(data / f"{i}.mp4", i)
        about = About("poke-left-cheek", subject=f"s{i}")
        clip, _ = clips.add(store, "maker", video, about, prelabel(), video.name)
        video.unlink()
        tracks.track(store, clip.sha256, clips.video_path(store, clip))
    store.close()
    return data


@contextmanager
def running(browsers: Browsers, data: Path, names: tuple[str, ...] = ()) -> Iterator[Desk]:
    """The app over a data folder; with `names`, people log in: the first is admin."""
    logins = tuple(Login(name, "secret", "annotator" if i else "admin") for i, name in enumerate(names))
    settings = Settings(data=data, auth=logins)
    store = review_store.store_of(settings)
    people.sign_in(store, "maker", new_role="admin")
    demo = build(settings)
    url = launched(demo, launch_options(settings), browsers.port)
    desk = Desk(settings, store, browsers, url, demo.close)
    yield desk
    browsers.leave()
    desk.stop()
    assert not desk.complaints, desk.complaints


def restarted(desk: Desk) -> None:
    """The same app once more, at the same address."""
    demo = build(desk.settings)
    port = int(desk.url.rstrip("/").rsplit(":", 1)[1])
    demo.launch(prevent_thread_lock=True, **(launch_options(desk.settings) | {"server_port": port}))
    desk.stop = demo.close
