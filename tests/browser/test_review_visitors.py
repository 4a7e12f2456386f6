"""Nobody is logged in, as on a Space: each browser is somebody of its own."""

import re

import pytest
from annotator import Desk, clip_of, open_tab, press, saved, what_says
from playwright.sync_api import Page, expect
from test_visitor import shorten

from annotation import clips, releasing, revisions
from annotation.values import SYSTEM
from studio.generate import AGREED, EXAMPLE


@pytest.fixture
def desk(desk: Desk) -> Desk:
    """The app with four clips that are open to visitors."""
    releasing.release(desk.store, SYSTEM)
    return desk


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
    press(page, "Shift+4")
    saved(page)
    page.evaluate("""() => { const [number] = localStorage.getItem("studio.review.pseudonym").split(".");
                     localStorage.setItem("studio.review.pseudonym", `${number}.${"0".repeat(64)}`); }""")
    open_tab(page, desk.url)
    expect(page.locator(".rv-who")).not_to_contain_text(first)
    assert name_of(page) != first
    assert [r.author for r in revisions.history(desk.store, "system", 1)] == [first, "maker"]


def test_visitors_are_told_that_nothing_is_open_to_them(desk: Desk) -> None:
    releasing.release(desk.store, SYSTEM, open=False)
    page = desk.visit(stranger=True)
    expect(page.locator(".rv-blank-head")).to_have_text("No clip is open to visitors here")
    expect(page.locator(".rv-blank-text")).to_contain_text("open the link that it printed as it started")


def test_a_clip_is_withdrawn_by_the_admin_who_looks_at_it(desk: Desk) -> None:
    page = desk.visit()
    mine = clip_of(page)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Withdraw this clip").click()
    page.get_by_role("button", name="Withdraw it").click()
    expect(page.locator(".rv-note")).to_contain_text(f"Clip {mine} is gone for good")
    assert clip_of(page) != mine
    assert mine not in [clip.id for clip in clips.find(desk.store, SYSTEM)]


def test_a_visitor_takes_back_the_clip_that_they_sent(desk: Desk) -> None:
    page = desk.visit(stranger=True)
    name = name_of(page)
    page.get_by_role("tab", name="Generate", exact=True).click()
    page.locator("[data-do=example]").click()
    page.locator(f".ia-photo-picture[alt='{EXAMPLE}']").wait_for()
    shorten(page)
    page.locator("#generate").click()
    page.locator("#results").wait_for(timeout=180_000)
    page.get_by_label(AGREED).check()
    page.locator("#send").click()
    expect(page.locator("#withdraw")).to_be_visible()
    sent = clips.find(desk.store, SYSTEM)[-1]
    assert f"{AGREED}: confirmed by {name}, " in sent.consent
    page.locator("#withdraw").click()
    expect(page.locator("#withdraw")).to_be_hidden()
    assert sent.id not in [clip.id for clip in clips.find(desk.store, SYSTEM)]
    assert not clips.video_path(desk.store, sent).exists()
