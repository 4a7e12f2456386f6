"""What an annotator does in the Review tab, mostly without the mouse."""

import re

import pytest
from annotator import (
    BITS,
    CELL,
    FRAMES,
    SIZE,
    Desk,
    clip_of,
    press,
    saved,
    settled,
    what_says,
)
from playwright.sync_api import Page, expect
from test_visitor import FAINT, NAMELESS

from annotation import clips, queue, revisions
from annotation.labels import polygon_at

READY_MS = 300


def shown_frame(page: Page) -> int:
    """The number that the picture itself carries."""
    cells = page.evaluate(
        """([size, cell, bits]) => {
          const c = document.querySelector(".rv-canvas"), pen = c.getContext("2d");
          const scale = Math.min(c.width, c.height) / size;
          const left = (c.width - size * scale) / 2, top = (c.height - size * scale) / 2;
          return Array.from({ length: bits }, (_, i) =>
            pen.getImageData(left + (i + 0.5) * cell * scale, top + 0.5 * cell * scale, 1, 1).data[0]);
        }""",
        [SIZE, CELL, BITS],
    )
    return sum(1 << bit for bit, value in enumerate(cells) if value > 127)


def test_every_frame_is_the_frame_it_says(desk: Desk) -> None:
    page = desk.visit()
    ruler = page.locator(".rv-ruler").bounding_box()
    assert ruler
    for i in range(FRAMES):
        frame = i * 17 % FRAMES
        x = ruler["x"] + (frame + 0.5) / FRAMES * ruler["width"]
        page.mouse.click(x, ruler["y"] + 8)
        page.locator(f".rv[data-drawn='{frame}']").wait_for()
        assert shown_frame(page) == frame
    press(page, "End", "ArrowLeft", "PageUp", "ArrowRight")
    page.locator(f".rv[data-drawn='{FRAMES - 11}']").wait_for()
    assert shown_frame(page) == FRAMES - 11


def test_a_typical_correction_without_the_mouse(desk: Desk) -> None:
    """Shift both ends, change a finger, move a point of an outline, accept: at most 25 keys."""
    page = desk.visit()
    first = clip_of(page)
    what_says(page, "left index → left cheek, frames 10–20")
    page.wait_for_timeout(2500)  # the next clip is prepared meanwhile
    keys = press(
        page, "l", "l", "Shift+R", "Shift+R", "Shift+3", "j", "p", "p", *["ArrowRight"] * 3, *["ArrowDown"] * 2
    )
    expect(page.locator(".rv-what")).to_have_text("left middle → left cheek, frames 8–18")
    expect(page.locator("[data-act=accept]")).to_contain_text("Correct")
    keys += press(page, "Enter")
    page.locator(".rv[data-ready]").wait_for()
    assert clip_of(page) != first
    assert int(page.locator(".rv").get_attribute("data-ready-ms") or 9999) <= READY_MS
    assert keys <= 25
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.startsWith('studio.review.anonymous.'))")

    contact = desk.head(first).contacts[0]
    assert (contact.start, contact.end, contact.finger) == (8, 18, "middle")
    assert polygon_at(contact, 18) == ((70, 70), (93, 72), (90, 90), (70, 90))
    assert desk.head(first).state == "corrected" and desk.head(first).author == "anonymous"


def test_trim_split_merge_region_and_undo(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    press(page, "[", *["ArrowRight"] * 4, "s")
    expect(page.locator(".rv-bar")).to_have_count(3)
    what_says(page, "left index → left cheek, frames 10–13")
    press(page, "Tab")
    what_says(page, "left index → left cheek, frames 14–20")
    press(page, "g", "e")
    expect(page.locator(".rv-what")).to_have_text("left index → forehead, frames 14–20")
    press(page, "ArrowDown", "h")
    expect(page.locator(".rv-what")).to_have_text("right index → left temple, frames 14–20")
    press(page, "Control+z", "Control+z", "Control+z")
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 14–20")
    press(page, "Shift+ArrowLeft")
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 10–20")
    expect(page.locator(".rv-bar")).to_have_count(2)
    press(page, "End", "ArrowLeft", "o")
    expect(page.locator(".rv-what")).to_have_text(f"left index → left cheek, frames 10–{FRAMES - 2}")
    press(page, *["Control+z"] * 3)
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    expect(page.locator("[data-page=changes]")).to_have_text("As pre-labelled by model (predicted).")
    press(page, "Control+y")
    expect(page.locator(".rv-bar")).to_have_count(3)
    press(page, ".", "Delete", "Home", "a", "Shift+1")
    expect(page.locator(".rv-what")).to_have_text("left thumb → chin, frames 0–12")
    saved(page)
    said = sorted((c.finger, c.region, c.start, c.end) for c in desk.head(clip).contacts)
    assert ("thumb", "chin", 0, 12) in said and len(said) == 3


def test_plays_the_contact_in_a_loop_and_then_all(desk: Desk) -> None:
    page = desk.visit()
    page.wait_for_function("document.querySelectorAll('.rv-shelf video').length === 2")
    watch = """(ms) => new Promise((done) => {
      const seen = new Set(), end = performance.now() + ms, rv = document.querySelector(".rv");
      const look = () => {
        seen.add(Number(rv.dataset.frame));
        performance.now() < end ? setTimeout(look, 5) : done([...seen]);
      };
      look();
    })"""
    press(page, "Space")
    looped = page.evaluate(watch, 1500)
    assert len(looped) > 5 and min(looped) >= 7 and max(looped) <= 23, "the contact, with three frames on each side"
    press(page, "y", "Escape")
    assert max(page.evaluate(watch, 1800)) > 30
    press(page, "Space", "Home", "m", "+", "0", "t", "t")
    expect(page.locator(".rv-speed")).to_have_text("¼×")
    expect(page.locator("[data-show=mirrored]")).to_have_attribute("aria-pressed", "true")
    page.locator(".rv[data-drawn='0']").wait_for()


def test_edges_given_back_keep_their_outlines(desk: Desk) -> None:
    page = desk.visit()
    press(page, *["Shift+L"] * 7, *["l"] * 7)
    expect(page.locator("[data-page=changes]")).to_have_text("As pre-labelled by model (predicted).")


def test_the_mouse_on_timeline_and_picture(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    row = page.locator(".rv-track").first.bounding_box()
    assert row
    at = lambda frame: row["x"] + (frame + 0.5) / FRAMES * row["width"]  # noqa: E731
    middle = row["y"] + row["height"] / 2

    def drag(*points: tuple[float, float]) -> None:
        page.mouse.move(*points[0])
        page.mouse.down()
        for point in points[1:]:
            page.mouse.move(*point, steps=4)
        page.mouse.up()

    drag((row["x"] + 10 / FRAMES * row["width"] + 1, middle), (at(6), middle))
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 6–20")
    drag((at(12), middle), (at(15), middle))
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 9–23")
    drag((at(30), middle), (at(35), middle))
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 30–35")
    press(page, "Control+z")

    canvas = page.locator(".rv-canvas").bounding_box()
    assert canvas
    scale = canvas["height"] / SIZE
    spot = lambda x, y: (  # noqa: E731
        canvas["x"] + canvas["width"] / 2 + (x - SIZE / 2) * scale,
        canvas["y"] + y * scale,
    )
    press(page, "]", "ArrowLeft")
    drag(spot(90, 90), spot(100, 104))
    press(page, "j")
    drag(spot(80, 70), spot(80, 60))
    saved(page)
    contact = desk.head(clip).contacts[0]
    moved = polygon_at(contact, contact.end - 1)
    assert moved is not None and moved[2] == pytest.approx((100, 104), abs=1.0)
    pulled = contact.keyframes[-1].polygon
    assert len(pulled) == 5 and pulled[1] == pytest.approx((80, 60), abs=1.0)

    page.get_by_role("button", name="Brush").click()
    drag(spot(40, 120), spot(60, 120))
    saved(page)
    press(page, "b")
    page.get_by_role("button", name="chin", exact=True).click()
    expect(page.locator(".rv-what")).to_contain_text("→ chin")


def test_a_painted_outline_is_what_was_painted(desk: Desk) -> None:
    from annotation.polygons import signed_area

    page = desk.visit()
    clip = clip_of(page)
    canvas = page.locator(".rv-canvas").bounding_box()
    assert canvas
    scale = canvas["height"] / SIZE
    press(page, "[", "b")
    x, y = canvas["x"] + canvas["width"] / 2, canvas["y"] + canvas["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 30 * scale, y, steps=5)
    page.mouse.up()
    saved(page)
    painted = polygon_at(desk.head(clip).contacts[0], 10)
    assert painted is not None
    radius = 14 / scale
    expected = 400 + 20 * 2 * radius + 3.1416 * radius**2 / 2  # the square, the stroke beyond it, its round end
    assert abs(signed_area(painted)) == pytest.approx(expected, rel=0.05)
    press(page, "Shift+B")
    page.mouse.move(x - 10 * scale, y)
    page.mouse.down()
    page.mouse.move(x + 40 * scale, y, steps=5)
    page.mouse.up()
    expect(page.locator(".rv-save")).to_contain_text("revision 3")
    left = polygon_at(desk.head(clip).contacts[0], 10)
    assert left is not None and abs(signed_area(left)) == pytest.approx(20 * (10 - radius), rel=0.1), (
        "the larger rest stays"
    )


def test_reject_comment_flag_skip_and_back(desk: Desk) -> None:
    page = desk.visit()
    first = clip_of(page)
    press(page, "f")
    expect(page.locator("[data-act=flag]")).to_have_attribute("aria-pressed", "true")
    press(page, "c")
    page.get_by_label("Comment", exact=True).fill("<img src=x onerror=alert(1)> {{value}} ${props}")
    press(page, "Enter")
    page.get_by_role("tab", name="Comments").click()
    expect(page.locator(".rv-comments p").first).to_have_text("<img src=x onerror=alert(1)> {{value}} ${props}")
    page.locator(".rv-canvas").focus()
    press(page, "x", "3")
    page.wait_for_function("document.querySelector('.rv').dataset.ready")
    second = clip_of(page)
    page.wait_for_function("!Object.keys(localStorage).some((key) => key.startsWith('studio.review.anonymous.'))")
    clip = clips.get(desk.store, "system", first)
    assert (clip.state, clip.flagged) == ("rejected", True)
    assert revisions.history(desk.store, "system", first)[0].note == "The picture is broken"

    press(page, "Shift+N")
    expect(page.locator(".rv-facts")).to_contain_text(f"clip {first} ")
    press(page, "Enter")
    page.wait_for_function(f"!document.querySelector('.rv-facts').textContent.startsWith('clip {first} ')")
    settled(page)
    third = clip_of(page)
    press(page, "Shift+S")
    page.wait_for_function(f"!document.querySelector('.rv-facts').textContent.startsWith('clip {third} ')")
    assert {first, second, third} <= {1, 2, 3, 4}


def test_history_shows_who_and_restores(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    press(page, "Shift+4")
    saved(page, 2)
    press(page, "Shift+5")
    saved(page, 3)
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".rv-revisions li")).to_have_count(3)
    expect(page.locator(".rv-revisions li").first).to_contain_text("saved by anonymous")
    page.locator(".rv-revisions li").nth(2).get_by_role("button", name="Restore").click()
    expect(page.locator(".rv-what")).to_contain_text("left index")
    saved(page, 4)
    newest = revisions.history(desk.store, "system", clip)[0]
    assert (newest.kind, newest.note) == ("restore", "revision 1")
    assert desk.head(clip).contacts[0].finger == "index"
    page.locator(".rv-canvas").focus()
    press(page, "Control+z")
    expect(page.locator(".rv-what")).to_contain_text("left little")


def test_the_queue_is_chosen_and_ends(desk: Desk) -> None:
    page = desk.visit()
    press(page, "Enter")
    page.wait_for_function("document.querySelector('.rv').dataset.ready")
    page.get_by_role("tab", name="Queue").click()
    expect(page.locator(".rv-waiting")).to_have_text(re.compile(r"[0-2] clips? waits? here"))  # some are held already
    page.locator("select[name=pattern]").select_option("pinch-nose")
    expect(page.locator(".rv-waiting")).to_have_text("0 clips wait here")
    page.locator(".rv-canvas").focus()
    press(page, "Enter")
    expect(page.locator(".rv-blank-head")).to_have_text("Nothing waits for you")
    page.locator("select[name=pattern]").select_option("")
    settled(page)
    page.locator(".rv[data-state=working]").wait_for()
    held = {claim.clip.id for claim in queue.mine(desk.store, "anonymous")}
    assert clip_of(page) in held


@pytest.mark.parametrize(("width", "dark"), [(1280, False), (1280, True), (390, False), (390, True)])
def test_pleasant_on_every_screen(desk: Desk, width: int, dark: bool) -> None:
    page = desk.visit(width=width, height=800 if width > 500 else 844, dark=dark)
    press(page, "Shift+2", "l")
    saved(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "scrolls sideways"
    assert page.evaluate(FAINT) == []
    assert page.evaluate(NAMELESS) == []
    if width > 500:
        last = page.locator(".rv-timeline").bounding_box()
        assert last and last["y"] + last["height"] <= 800, "the desk does not fit the screen"
    press(page, "?")
    expect(page.get_by_role("heading", name="Keys")).to_be_visible()
    assert page.evaluate(FAINT) == []
