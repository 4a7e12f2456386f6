"""People film themselves: Chromium plays a clip of ours as its camera, over and over."""

import re
from collections.abc import Iterator
from pathlib import Path

import av
import numpy as np
import pytest
from annotator import Desk, running
from browsers import Browsers
from conftest import CHROMIUM, FLAGS
from playwright.sync_api import Browser, Page, Playwright, expect
from test_accessibility import found

from annotation import clips, exporting, subjects
from annotation.values import SYSTEM
from model import generate
from studio.record import consent

PLAN = ("poke-left-cheek", "poke-right-cheek", "stroke-nose", "poke-chin", "swipe-lips")
LOOKED = 240_000  # ms: three seconds of film, on a busy machine


@pytest.fixture(scope="module")
def camera(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser before whose camera the astronaut pokes her left cheek."""
    from skimage.data import astronaut

    clip = generate(astronaut(), "poke-left-cheek", seed=1, camera="still", size=384)
    film = tmp_path_factory.mktemp("camera") / "poke.y4m"
    height, width = clip.frames.shape[1:3]
    with open(film, "wb") as file:
        file.write(f"YUV4MPEG2 W{width} H{height} F{clip.fps}:1 Ip A1:1 C420jpeg\n".encode())
        for frame in clip.frames:
            planes = av.VideoFrame.from_ndarray(frame, format="rgb24").reformat(format="yuv420p")
            file.write(b"FRAME\n" + np.ascontiguousarray(planes.to_ndarray()).tobytes())
    browser = playwright.chromium.launch(
        executable_path=CHROMIUM, args=[*FLAGS, f"--use-file-for-fake-video-capture={film}"]
    )
    yield browser
    browser.close()


@pytest.fixture
def booth(camera: Browser, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Desk]:
    """The app without clips; its five patterns come in a known order."""
    monkeypatch.setattr(subjects, "_shuffled", lambda: PLAN)
    with running(Browsers(camera), tmp_path / "data") as desk:
        yield desk


def come(booth: Desk, width: int = 1280, height: int = 900, dark: bool = False) -> Page:
    """A stranger's browser with the Record tab open."""
    page = booth.browsers.page(booth.url, booth.complain, width, height, dark)
    page.goto(booth.url)
    page.get_by_role("tab", name="Record", exact=True).click()
    return page


def agree(page: Page) -> str:
    """Agree and go to the camera; the code."""
    expect(page.locator(".rc-consent")).to_contain_text("How you take it back")
    page.get_by_label(consent.ADULT).check()
    page.get_by_label(consent.AGREED).check()
    press(page, "Begin")
    told = page.locator(".rc-told .rc-code")
    expect(told).to_have_text(re.compile(r"^([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}$"))
    code = told.text_content() or ""
    press(page, "I have kept it")
    return code


def ready(page: Page) -> None:
    """Open the camera and say where one is."""
    press(page, "Open the camera")
    expect(page.get_by_role("button", name="Film it")).to_be_visible()
    page.locator("select[name=environment]").select_option("lamp light, busy background")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def says(page: Page, words: str | re.Pattern[str]) -> None:
    expect(page.locator(".rc-say")).to_have_text(words, timeout=LOOKED)


def film(page: Page) -> None:
    """Film the pattern that is asked for, until there is a verdict."""
    press(page, "Film it")
    expect(page.locator(".rc")).to_have_attribute("data-state", "film", timeout=20_000)
    expect(page.locator(".rc")).to_have_attribute("data-state", "seen", timeout=LOOKED)


def shown(page: Page) -> str:
    """The pattern that is asked for."""
    return page.locator(".rc-title").text_content() or ""


def test_from_consent_to_clips_in_review_and_withdrawn_again(booth: Desk) -> None:
    page = come(booth)
    code = agree(page)
    ready(page)
    assert shown(page) == "Poke · left cheek"
    film(page)
    says(page, "Index finger on your left cheek: done.")
    page.wait_for_function("document.querySelector('.rc-clip').currentTime > 0")
    press(page, "Keep it")
    expect(page.locator(".rc-count")).to_have_text("1 of 5 recorded")

    assert shown(page) == "Poke · right cheek"
    film(page)
    says(
        page, re.compile(r"Index finger on your left cheek: that is the other side\. Once more, on your right cheek\?")
    )
    assert booth_clips(booth) == ["poke-left-cheek"], "what was not kept is nowhere"
    press(page, "Once more")
    film(page)
    press(page, "Keep it anyway")
    expect(page.locator(".rc-count")).to_have_text("2 of 5 recorded")

    assert shown(page) == "Stroke · nose"
    press(page, "Skip this one")
    expect(page.locator(".rc-count")).to_have_text("2 of 5 recorded, 1 skipped")
    film(page)
    press(page, "Keep it anyway")
    expect(page.locator(".rc-count")).to_have_text("3 of 5 recorded, 1 skipped")
    says(page, "Kept. The next one:")

    who = subjects.by_code(booth.store, code.lower().replace("-", " "))
    kept = clips.find(booth.store, SYSTEM)
    assert [clip.pattern for clip in kept] == ["poke-left-cheek", "poke-right-cheek", "poke-chin"]
    for clip in kept:
        assert (clip.subject, clip.environment, clip.split) == (who.name, "lamp light, busy background", who.split)
        assert clip.device.startswith("webcam: ") and clip.device.endswith("poke.y4m")
        assert clip.consent == who.agreed and f"version {consent.VERSION}" in clip.consent
        assert (clip.source, clip.state, clip.released) == ("predicted", "unreviewed", False)
        labels = booth.head(clip.id)
        assert (labels.pattern, labels.author) == (clip.pattern, "prelabel")
        assert 20 <= clip.frames <= 120 and 2.4 < clip.frames / clip.fps < 3.6
    first = booth.head(kept[0].id).contacts[0]
    assert (first.hand, first.finger, first.region) == ("left", "index", "left_cheek"), "stored as it is, not mirrored"
    assert who.consent == consent.words()

    exporting.export_folder(booth.store, SYSTEM, booth.store.exports / "all")
    page.get_by_text("Your code, withdrawing, somebody else").click()
    expect(page.locator(".rc-mine")).to_contain_text(code)
    press(page, "Withdraw everything…")
    press(page, "Delete it all")
    says(page, "All of it is gone for good: 3 clips, their labels and your consent.")
    assert clips.find(booth.store, SYSTEM) == [] and not list(booth.store.clips.iterdir())
    assert not (booth.store.exports / "all").exists()
    assert exporting.export_folder(booth.store, SYSTEM, booth.store.exports / "later") == 0
    assert who.name.encode() not in (booth.store.data / "studio.db").read_bytes()


def booth_clips(booth: Desk) -> list[str]:
    return [clip.pattern for clip in clips.find(booth.store, SYSTEM)]


def test_one_goes_on_tomorrow_by_the_code_alone(booth: Desk) -> None:
    page = come(booth)
    code = agree(page)
    press(page, "Stop for now")
    expect(page.locator(".rc-list li")).to_have_count(len(PLAN))
    says(page, f"Go on whenever you like, tomorrow too: here, or with your code {code}.")
    page.reload()
    page.get_by_role("tab", name="Record", exact=True).click()
    says(page, re.compile("Welcome back, person [0-9a-f]{8}"))

    elsewhere = come(booth)
    expect(elsewhere.locator(".rc-consent")).to_be_visible()
    elsewhere.locator("input[name=code]").fill("ABCD-ABCD-ABCD-ABCD")
    press(elsewhere, "Use this code")
    says(elsewhere, subjects.UNKNOWN)
    elsewhere.locator("input[name=code]").fill(code.lower())
    press(elsewhere, "Use this code")
    says(elsewhere, re.compile("Welcome back, person [0-9a-f]{8}"))
    elsewhere.get_by_text("Your code, withdrawing, somebody else").click()
    press(elsewhere, "Somebody else records here")
    press(elsewhere, "Yes, go on")
    expect(elsewhere.locator(".rc-consent")).to_be_visible()
    elsewhere.reload()
    elsewhere.get_by_role("tab", name="Record", exact=True).click()
    expect(elsewhere.locator(".rc-consent")).to_be_visible()


def test_what_is_being_looked_at_is_cancelled_and_gone(booth: Desk) -> None:
    page = come(booth)
    agree(page)
    ready(page)
    press(page, "Film it")
    press(page, "Stop")
    expect(page.get_by_role("button", name="Film it")).to_be_visible()
    press(page, "Film it")
    expect(page.locator(".rc")).to_have_attribute("data-state", "look", timeout=20_000)
    press(page, "Cancel")
    expect(page.get_by_role("button", name="Film it")).to_be_visible()
    assert booth_clips(booth) == [] and "0 of 5" in (page.locator(".rc-count").text_content() or "")


def test_on_a_phone_held_upright_all_is_in_reach(booth: Desk) -> None:
    page = come(booth, 390, 844)
    agree(page)
    ready(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    film(page)
    for name in ("Keep it", "Once more", "Skip this one"):
        box = page.get_by_role("button", name=name, exact=True).bounding_box()
        assert box is not None and box["height"] >= 44
    assert not found(page)
    press(page, "Keep it")
    expect(page.locator(".rc-count")).to_have_text("1 of 5 recorded")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("NotAllowedError", "The camera was not allowed"),
        ("NotFoundError", "No camera was found"),
        ("NotReadableError", "in use by another program"),
    ],
)
def test_a_camera_that_is_not_to_be_had_is_told_why(booth: Desk, name: str, words: str) -> None:
    page = booth.browsers.page(booth.url, booth.complain, 1280, 900, False)
    page.add_init_script(f"navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{name}'));")
    page.goto(booth.url)
    page.get_by_role("tab", name="Record", exact=True).click()
    agree(page)
    press(page, "Open the camera")
    says(page, re.compile(words))
    expect(page.get_by_role("button", name="Open the camera")).to_be_enabled()


def test_a_page_that_is_not_encrypted_is_told_so(booth: Desk) -> None:
    page = booth.browsers.page(booth.url, booth.complain, 1280, 900, False)
    page.add_init_script("Object.defineProperty(window, 'isSecureContext', { value: false });")
    page.goto(booth.url)
    page.get_by_role("tab", name="Record", exact=True).click()
    agree(page)
    says(page, re.compile(r"only to pages that come encrypted \(https\)"))
    expect(page.get_by_role("button", name="Open the camera")).to_have_count(0)


def test_a_browser_that_denies_the_camera(booth: Desk, playwright: Playwright) -> None:
    flags = [flag for flag in FLAGS if "fake-ui" not in flag]
    browser = playwright.chromium.launch(executable_path=CHROMIUM, args=[*flags, "--use-fake-ui-for-media-stream=deny"])
    page = browser.new_page()
    page.goto(booth.url)
    page.get_by_role("tab", name="Record", exact=True).click()
    agree(page)
    press(page, "Open the camera")
    says(page, re.compile("The camera was not allowed"))
    browser.close()
