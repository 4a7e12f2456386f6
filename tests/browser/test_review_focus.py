"""Enter means one thing, filters hold for the very next clip, and a closed tab keeps nobody waiting."""

import time

import pytest
from annotator import Desk, clip_of, open_tab, press
from playwright.sync_api import expect

from annotation import clips, leaving, queue


def test_enter_accepts_wherever_the_focus_is(desk: Desk) -> None:
    page = desk.visit()
    first = clip_of(page)
    press(page, "Tab", "Tab")
    assert page.evaluate("document.activeElement.dataset.act") == "toggle", (
        "Tab leaves the picture after the last touch"
    )
    press(page, "r")
    expect(page.locator(".rv-what")).to_contain_text("frames 24–31")
    press(page, "Enter")
    expect(page.locator(".rv-facts")).not_to_contain_text(f"clip {first} ")
    page.locator(".rv[data-drawn]:not([data-drawn=''])").wait_for()
    second = clip_of(page)
    page.get_by_role("tab", name="History").focus()
    press(page, "Space")
    expect(page.locator(".rv-revisions li")).to_have_count(1)
    assert clip_of(page) == second
    page.get_by_role("button", name="Compare").first.focus()
    press(page, "Enter")
    expect(page.locator(".rv-facts")).not_to_contain_text(f"clip {second} ")


def test_a_filter_holds_for_the_very_next_clip(team: Desk) -> None:
    """Also where the clip after this one is just being claimed."""
    page = team.visit("joe")
    page.wait_for_timeout(1500)
    first = clip_of(page)
    (held,) = [claim.clip.id for claim in queue.mine(team.store, "joe") if claim.clip.id != first]
    clips.flag(team.store, "maker", 4, True)
    slow = []

    def later(route: object) -> None:
        slow.append(1)
        if len(slow) == 1:
            time.sleep(0.8)
        route.continue_()  # type: ignore[attr-defined]

    page.route("**/studio/review/claim", later)
    press(page, "Enter")  # the next clip is claimed, which takes a while
    expect(page.locator(".rv-facts")).to_contain_text(f"clip {held} ")
    page.get_by_role("tab", name="Queue").click()
    page.locator("select[name=flagged]").select_option("yes")
    press(page, "Escape")
    page.locator("[data-act=accept]").click()
    expect(page.locator(".rv-facts")).to_contain_text("clip 4 ")


def test_a_closed_tab_frees_its_clips_and_a_reload_keeps_them(team: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "GRACE", 1.0)
    anna = team.visit("anna")
    held = clip_of(anna)
    anna.wait_for_timeout(1000)
    anna.close()
    deadline = time.time() + 10
    while queue.mine(team.store, "anna") and time.time() < deadline:
        time.sleep(0.2)
    assert queue.mine(team.store, "anna") == []
    ben = team.visit("ben")
    assert clip_of(ben) == held
    monkeypatch.setattr(leaving, "GRACE", 60.0)
    press(ben, "l")
    ben.wait_for_timeout(1000)
    open_tab(ben, team.url)
    assert clip_of(ben) == held
    expect(ben.locator(".rv-what")).to_contain_text("frames 9–20")


def test_who_waits_gets_what_comes(team: Desk) -> None:
    """An empty queue is looked at again by itself."""
    while queue.claim(team.store, "maker") is not None:
        pass
    page = team.visit("anna")
    expect(page.locator(".rv-blank-head")).to_have_text("Nothing waits for you")
    first = queue.mine(team.store, "maker")[0]
    queue.release(team.store, "maker", first.clip.id, first.lease)
    expect(page.locator(".rv-facts")).to_contain_text(f"clip {first.clip.id} ")
