"""Touches of several fingers on several regions: one bar, stored as the contacts that they are."""

import base64

import numpy as np
from annotator import FRAMES, Desk, clip_of, open_tab, press, saved, settled, what_says
from playwright.sync_api import Page, expect

from annotation.labels import polygon_at


def bars(page: Page) -> list[str]:
    """The touches that the timeline shows, once it is drawn."""
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return page.locator(".rv-bar").evaluate_all("(all) => all.map((bar) => bar.getAttribute('aria-label'))")


def contacts(desk: Desk, clip: int) -> list[tuple[str, str, int, int]]:
    """What the store holds of a clip: finger, region, first and last frame."""
    return sorted((c.finger, c.region, c.start, c.end) for c in desk.head(clip).contacts)


def test_a_flat_hand_on_a_cheek_is_one_bar_of_a_few_keys(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    keys = press(page, "3", "4", "5", "g", "Shift+B", "r", "Tab", "Delete")
    assert bars(page) == ["left index, middle, ring, little → left cheek, left jaw, frames 10–21"]
    saved(page)
    fingers, regions = ("index", "little", "middle", "ring"), ("left_cheek", "left_jaw")
    assert contacts(desk, clip) == [(finger, region, 10, 21) for finger in fingers for region in regions]
    assert keys <= 8
    page.reload()
    page.get_by_role("tab", name="Review", exact=True).click()
    settled(page)
    assert bars(page) == ["left index, middle, ring, little → left cheek, left jaw, frames 10–21"]
    press(page, *["Control+z"] * 7)
    expect(page.locator("[data-page=changes]")).to_have_text("As pre-labelled by model (predicted).")


def test_touches_are_joined_and_parted(desk: Desk) -> None:
    page = desk.visit()
    press(page, "q")
    assert bars(page) == ["left index, thumb → left cheek, chin, frames 10–30"]
    press(page, "Shift+Q")
    assert len(bars(page)) == 2
    press(page, "Shift+R")
    assert [words.split("frames ")[1] for words in bars(page)] == ["10–30", "10–29"]
    press(page, *["Control+z"] * 3)
    what_says(page, "left index → left cheek, frames 10–20")
    page.get_by_role("button", name="Join", exact=False).first.click()
    assert len(bars(page)) == 1


def test_several_are_moved_trimmed_changed_and_deleted_together(desk: Desk) -> None:
    page = desk.visit()
    press(page, "Control+a", "Alt+ArrowRight", "Shift+R", "3", "h")
    assert bars(page) == ["right index, middle → left cheek, frames 11–20", "right thumb, middle → chin, frames 25–30"]
    what_says(page, "and 1 more")
    press(page, "Delete")
    assert bars(page) == []
    press(page, "Control+z")
    assert len(bars(page)) == 2
    first, second = page.locator(".rv-bar").all()
    first.click()
    second.click(modifiers=["Shift"])
    expect(page.locator(".rv-chosen")).to_have_count(2)
    box = second.bounding_box()
    assert box
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x - 3 * box["width"] / 6, y, steps=4)
    page.mouse.up()
    assert [words.split("frames ")[1] for words in bars(page)] == ["8–17", "22–27"], "both have moved"


def test_a_touch_is_copied_to_another_clip(desk: Desk) -> None:
    page = desk.visit()
    first = clip_of(page)
    press(page, "3", "Control+c", "Enter")
    expect(page.locator(".rv-facts")).not_to_contain_text(f"clip {first} ")
    clip = clip_of(page)
    press(page, "Control+a", "Delete", "Home", "Control+v")
    assert bars(page) == ["left index, middle → left cheek, frames 0–10"]
    press(page, "End", *["ArrowLeft"] * 12, "Control+d")
    assert bars(page)[1] == "left index, middle → left cheek, frames 27–37"
    saved(page)
    assert len(contacts(desk, clip)) == 4


def test_the_outline_of_each_contact_of_a_touch_can_be_had(desk: Desk) -> None:
    page = desk.visit()
    press(page, "3", ";")
    expect(page.locator(".rv-toast")).to_contain_text("The outline of left middle → left cheek")
    press(page, "k")
    saved(page)
    middle = next(c for c in desk.head(clip_of(page)).contacts if c.finger == "middle")
    assert [key.frame for key in middle.keyframes] == [10]


def with_a_hand(page: Page) -> None:
    """The server tells of a left hand: its index and middle fingers go right, a pixel a frame, and touch."""

    def text(values: np.ndarray) -> str:
        return base64.b64encode(np.asarray(values, "<f4").tobytes()).decode()

    pads = np.zeros((FRAMES, 6, 4))
    pads[:, :, 0], pads[:, :, 1], pads[:, :, 2] = 60 + np.arange(FRAMES)[:, None], 80 + 10 * np.arange(6), 1
    likely = np.tile([0.9, 0, 0.9, 0.8, 0, 0, 0], (FRAMES, 1))
    hand = {"left": True, "pads": text(pads), "likely": text(likely), "speed": text(np.full(FRAMES, 40))}
    told = {"mm_per_px": text(np.ones(FRAMES)), "axes": [5.6, 4.6], "palm": 2.5, "hands": [hand]}
    page.route("**/studio/clips/*/hands", lambda route: route.fulfill(json=told))


def test_outlines_come_by_themselves_and_move_as_a_whole(desk: Desk) -> None:
    page = desk.visit()
    with_a_hand(page)
    with page.expect_response("**/hands"):
        open_tab(page, desk.url)
    clip = clip_of(page)
    page.wait_for_timeout(300)
    press(page, "3")
    saved(page)
    middle = next(c for c in desk.head(clip).contacts if c.finger == "middle")
    assert [key.frame for key in middle.keyframes] == [10, 13, 16, 19, 20]
    assert np.mean(polygon_at(middle, 10), axis=0).tolist() == [70, 100]
    press(page, ";", "Control+ArrowRight", "Control+Shift+ArrowDown", "*", ")")
    saved(page)
    middle = next(c for c in desk.head(clip).contacts if c.finger == "middle")
    moved = np.asarray(polygon_at(middle, 10))
    assert moved.mean(axis=0).round(1).tolist() == [71, 110] and np.ptp(moved[:, 0]) > 2 * 5.6
    press(page, '"')
    saved(page)
    index = next(c for c in desk.head(clip).contacts if c.finger == "index")
    assert np.mean(polygon_at(index, 10), axis=0).tolist() == [70, 90], "snapped, where it was drawn elsewhere"
    press(page, "r", "r", "r")
    saved(page)
    index = next(c for c in desk.head(clip).contacts if c.finger == "index")
    assert np.mean(polygon_at(index, 23), axis=0).tolist() == [83, 90], "carried on by the finger"
    press(page, "Shift+C")
    expect(page.locator(".rv-toast")).to_contain_text("carried on to frame 23")


def test_what_has_no_outline_is_said(desk: Desk) -> None:
    page = desk.visit()
    expect(page.locator(".rv-missing")).to_be_hidden()
    clip = clip_of(page)
    press(page, "3")
    expect(page.locator(".rv-missing")).to_have_text("1 contact has no outline.")
    press(page, "Enter")
    expect(page.locator(".rv-toast")).to_have_text(f"Clip {clip}: 1 contact has no outline. Shift N goes back to it.")
