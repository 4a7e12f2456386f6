"""Nobody is logged in, as on a Space: each browser is somebody of its own."""

import re

from annotator import Desk, clip_of, open_tab, press, saved, what_says
from playwright.sync_api import Page, expect

from annotation import clips, revisions


def name_of(page: Page) -> str:
    words = page.locator(".rv-who").text_content() or ""
    assert re.fullmatch(r"visitor [0-9a-f]{6}: this browser's name, nobody is logged in", words)
    return words.partition(":")[0]


def test_two_visitors_have_names_and_clips_of_their_own(desk: Desk) -> None:
    one, other = desk.visit(stranger=True), desk.visit(stranger=True)
    assert name_of(one) != name_of(other)
    mine, theirs = clip_of(one), clip_of(other)
    assert mine != theirs
    press(one, "3")
    saved(one)
    assert desk.head(mine).author == name_of(one)
    before = name_of(one)
    open_tab(one, desk.url)
    assert (name_of(one), clip_of(one)) == (before, mine)
    what_says(one, "middle")
    assert clips.get(desk.store, "maker", theirs).head == 1


def test_a_token_that_is_not_ours_is_nobodys(desk: Desk) -> None:
    page = desk.visit(stranger=True)
    first = name_of(page)
    press(page, "4")
    saved(page)
    page.evaluate("""() => { const [number] = localStorage.getItem("studio.review.pseudonym").split(".");
                     localStorage.setItem("studio.review.pseudonym", `${number}.${"0".repeat(64)}`); }""")
    open_tab(page, desk.url)
    expect(page.locator(".rv-who")).not_to_contain_text(first)
    assert name_of(page) != first
    assert [r.author for r in revisions.history(desk.store, "system", 1)] == [first, "maker"]
