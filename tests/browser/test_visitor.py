"""What a visitor does in the Generate tab, from the photo to the playing clip."""

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Page, expect

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS
from studio import engine, generate


def choose(page: Page, photo: Path) -> None:
    page.locator("#photo input[type=file]").set_input_files(photo)


def shorten(page: Page) -> None:
    """A clip of 18 frames."""
    page.get_by_role("button", name="Options").click()
    frames(page, "12", "1.5")


def frames(page: Page, fps: str, seconds: str) -> None:
    page.get_by_role("radio", name=fps, exact=True).check()
    page.locator("#options").get_by_label("number input for Seconds").fill(seconds)
    page.keyboard.press("Tab")


def state(page: Page, name: str, timeout: float = 60_000) -> None:
    page.locator(f".ia-viewer[data-state={name}]").wait_for(timeout=timeout)


def test_from_a_photo_to_a_playing_clip(visit, photo_file: Path) -> None:
    page = visit()
    choose(page, photo_file)
    expect(page.locator(".ia-photo-status")).to_contain_text("Face found.")
    assert page.locator(".ia-mesh-net").get_attribute("d").count("M") > 1000
    page.get_by_role("radio", name="Poke · forehead").click()
    shorten(page)

    page.get_by_role("button", name="Generate", exact=True).click()
    page.locator(".ia-viewer[data-state=working] .ia-still:visible").wait_for()  # before the clip
    expect(page.locator(".ia-step")).to_contain_text("%")
    state(page, "done")
    page.wait_for_function("document.querySelector('.ia-viewer video').currentTime > 0.2")

    expect(page.locator(".ia-badge")).to_have_text("AI-generated")
    expect(page.locator("#figures")).to_contain_text("Real touch")
    page.locator("#strip .js-plotly-plot .scatterlayer").first.wait_for()

    with page.expect_download() as clip:
        page.get_by_role("button", name="Download clip").click()
    with page.expect_download() as labels:
        page.get_by_role("button", name="Download labels").click()
    with av.open(clip.value.path()) as video:
        assert sum(1 for _ in video.decode(video=0)) == 18
    said = Labels.read(labels.value.path())
    assert (said.pattern, said.frames, said.fps) == ("poke-forehead", 18, 12)

    overlay_follows_the_frame(page, said)
    another_seed_and_cancel(page)


def overlay_follows_the_frame(page: Page, labels: Labels) -> None:
    """Scrubbed to any frame, the page shows that frame and draws exactly its contacts."""
    painted = """() => {
      const c = document.querySelector(".ia-viewer canvas");
      return c.getContext("2d").getImageData(0, 0, c.width, c.height).data.some((v) => v > 0);
    }"""
    contact = labels.contacts[0]
    for frame in (contact.start - 1, contact.start, contact.end, 0):
        page.locator(".ia-scrub input").evaluate(
            "(e, k) => { e.value = k; e.dispatchEvent(new Event('input')); }", frame
        )
        page.locator(f".ia-viewer[data-frame='{frame}']").wait_for()
        touching = any(c.start <= frame <= c.end for c in labels.contacts)
        assert page.evaluate(painted) == touching
    page.locator(".ia-scrub input").evaluate(
        "(e, k) => { e.value = k; e.dispatchEvent(new Event('input')); }", contact.start
    )
    page.locator(f".ia-viewer[data-frame='{contact.start}']").wait_for()
    page.get_by_role("button", name="Contact").click()
    assert not page.evaluate(painted), "the overlay can be switched off"


def another_seed_and_cancel(page: Page) -> None:
    """ "Same again" draws a new seed; cancel stops the engine and gives the page back."""
    frames(page, "30", "8")  # long enough to be under way still when a busy browser gets to the click
    seed = page.locator("#options").get_by_label("Seed", exact=True)
    before = seed.input_value()
    page.get_by_role("button", name="Same again, another seed").click()
    page.locator(".ia-still:visible").wait_for()
    assert seed.input_value() != before
    page.get_by_role("button", name="Cancel").click()
    state(page, "idle")
    expect(page.get_by_role("button", name="Generate", exact=True)).to_be_visible()
    ticket = engine._turns.ask()
    assert engine._turns.wait(ticket, 60), "the engine is still running"
    engine._turns.leave(ticket)


def test_a_bad_photo_is_told_and_a_good_one_follows(visit, tmp_path: Path, photo_file: Path) -> None:
    page = visit()
    text = tmp_path / "notes.jpg"
    text.write_text("no picture")
    choose(page, text)
    expect(page.locator(".ia-photo-status")).to_contain_text("notes.jpg is not a photo that can be read")

    wall = tmp_path / "wall.png"
    Image.fromarray(np.full((400, 600, 3), 180, np.uint8)).save(wall)
    choose(page, wall)
    expect(page.locator(".ia-photo-status")).to_contain_text("No face was found")

    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator(".ia-detail")).to_have_text(generate.NO_PHOTO)
    expect(page.get_by_role("button", name="Generate", exact=True)).to_be_visible()

    choose(page, photo_file)
    expect(page.locator(".ia-photo-status")).to_contain_text("Face found.")


@pytest.mark.parametrize("name", ["phone.webp", "phone.avif", "phone.tiff", "phone.jpg", "phone.png"])
def test_the_mesh_lies_on_the_photo_as_it_is_shown(visit, tmp_path: Path, name: str) -> None:
    """A photo that lies on its side in the file; browsers turn some formats and show not all of them."""
    upright = engine.example()[:400, 60:420]
    exif = Image.Exif()
    exif[274] = 6
    Image.fromarray(np.rot90(upright).copy()).save(tmp_path / name, exif=exif, quality=90)
    page = visit()
    choose(page, tmp_path / name)
    expect(page.locator(".ia-photo-status")).to_contain_text("Face found.")
    picture = page.locator(".ia-photo-picture")
    page.wait_for_function("document.querySelector('.ia-photo-picture').complete")
    assert picture.evaluate("i => [i.naturalWidth, i.naturalHeight, i.alt]") == [360, 400, "The photo that you chose"]
    assert page.locator(".ia-photo-mesh").get_attribute("viewBox") == "0 0 360 400"


def test_a_hand_on_the_face_is_told_and_marked(visit, hand_on_face: Path) -> None:
    page = visit()
    choose(page, hand_on_face)
    expect(page.locator(".ia-photo-status")).to_contain_text("take your hand from your face")
    place, photo = page.locator(".ia-mesh-place").bounding_box(), page.locator(".ia-photo-mesh").bounding_box()
    assert place and photo
    middle = (place["x"] + place["width"] / 2 - photo["x"] - photo["width"] / 2) / photo["height"]
    assert 0.1 < middle < 0.25 and 0.2 < place["height"] / photo["height"] < 0.6  # the cheek that is stroked


def test_a_child_is_met_with_a_question(visit, photo_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = visit()
    expect(page.get_by_label(generate.PARENTS)).to_be_hidden()
    monkeypatch.setattr("model.face.age.under_age", lambda *_: 0.6)
    choose(page, photo_file)
    expect(page.locator(".ia-photo-status")).to_contain_text("This seems to be a child")
    shorten(page)
    page.get_by_role("button", name="Generate", exact=True).click()
    expect(page.locator(".ia-detail")).to_have_text(generate.ASK_PARENTS)
    page.get_by_label(generate.PARENTS).check()
    page.get_by_role("button", name="Generate", exact=True).click()
    state(page, "done")
    page.locator("[data-do=example]").click()
    page.locator(f".ia-photo-picture[alt='{generate.EXAMPLE}']").wait_for()
    expect(page.get_by_label(generate.PARENTS)).to_be_visible()  # each photo is asked about
    expect(page.get_by_label(generate.PARENTS)).not_to_be_checked()


def test_a_photo_that_is_too_large_is_not_sent(visit, tmp_path: Path) -> None:
    page = visit()
    big = tmp_path / "big.jpg"
    with big.open("wb") as file:
        file.truncate(45_000_000)
    choose(page, big)
    expect(page.locator(".ia-photo-status")).to_have_text("big.jpg is larger than 40 MB: use a smaller photo.")


def test_the_camera_takes_a_photo_and_is_closed(visit) -> None:
    page = visit()
    page.get_by_role("button", name="Camera", exact=True).click()
    page.locator(".ia-photo[data-state=camera]").wait_for()
    page.get_by_role("button", name="Take photo").click()
    page.locator(".ia-photo[data-state=refused]").wait_for()  # the browser's test card has no face
    assert page.locator(".ia-photo-camera").evaluate("video => video.srcObject === null")


def test_patterns_by_keyboard_alone(visit) -> None:
    page = visit()
    expect(page.get_by_role("radiogroup", name="Pattern").get_by_role("radio")).to_have_count(len(PATTERNS))
    page.locator("[data-do=example]").focus()
    page.keyboard.press("Enter")
    page.locator(".ia-photo[data-state=found]").wait_for()
    page.keyboard.press("Tab")
    chosen = page.locator("#picker [aria-checked=true]")
    expect(chosen).to_be_focused()
    steps = (
        ("Home", "pinch-left-cheek"),
        ("ArrowLeft", "swipe-lips"),
        ("ArrowUp", "stroke-nose"),
        ("ArrowUp", "poke-nose"),
        ("ArrowRight", "poke-chin"),
        ("ArrowDown", "stroke-chin"),
        ("ArrowDown", "swipe-lips"),
        ("ArrowDown", "pinch-chin"),
        ("End", "swipe-lips"),
    )
    for key, pattern in steps:
        page.keyboard.press(key)
        expect(chosen).to_have_attribute("data-pattern", pattern)
        expect(chosen).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Generate", exact=True)).to_be_focused()


# Text whose contrast against what lies behind it is below 4.5 : 1 (3 : 1 for large text), WCAG 2.2 AA.
FAINT = """() => {
  const parse = (c) => (c.match(/[\\d.]+/g) ?? []).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length >= 3 && (c[3] ?? 1) > 0.5) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll("body *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.checkVisibility({ opacityProperty: true, visibilityProperty: true })) continue;
    if (e.closest(".js-plotly-plot")) continue;
    const style = getComputedStyle(e);
    const [a, b] = [light(parse(style.color)), light(behind(e))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    const large = parseFloat(style.fontSize) >= 24;
    if (ratio < (large ? 3 : 4.5)) faint.push(`${e.textContent.trim().slice(0, 30)}: ${ratio.toFixed(2)}`);
  }
  return faint;
}"""
NAMELESS = """() => [...document.querySelectorAll("button, input, textarea, select, img, video")]
  .filter((e) => e.checkVisibility() && e.tagName !== "VIDEO")
  .filter((e) => !(e.ariaLabel || e.textContent.trim() || e.title || e.alt || e.labels?.length))
  .map((e) => e.outerHTML.slice(0, 120))"""


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_pleasant_on_every_screen(visit, width: int, dark: bool) -> None:
    page = visit(width, 900 if width > 500 else 844, dark)
    page.get_by_role("button", name="Example", exact=True).click()
    page.locator(".ia-photo[data-state=found]").wait_for()
    page.get_by_role("button", name="Options").click()
    page.get_by_label("Seed", exact=True).wait_for()
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.lang") == "en"
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "scrolls sideways"
    assert page.evaluate(FAINT) == []
    assert page.evaluate(NAMELESS) == []
