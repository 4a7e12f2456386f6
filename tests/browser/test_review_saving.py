"""Nothing that an annotator did is lost: reload, crash, restart, offline, a login that ended."""

from pathlib import Path

from annotator import (
    KEPT,
    Desk,
    clip_of,
    kept,
    open_tab,
    prelabel,
    press,
    restarted,
    running,
    save_says,
    saved,
    settled,
    what_says,
)
from browsers import Browsers
from playwright.sync_api import Route, expect

from annotation import clips, queue, revisions
from annotation.saving import Submission


def test_a_reload_in_the_middle(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    press(page, "Shift+4")
    saved(page, 2)
    page.route("**/studio/review/save", lambda route: route.abort())
    press(page, "Shift+L", "Shift+L", "h")
    save_says(page, "Offline: kept in this browser")
    page.unroute("**/studio/review/save")
    open_tab(page, desk.url)
    assert clip_of(page) == clip
    what_says(page, "right ring → left cheek, frames 12–20")
    saved(page)
    contact = desk.head(clip).contacts[0]
    assert (contact.hand, contact.finger, contact.start) == ("right", "ring", 12)
    assert kept(page) == []


def test_undo_outlives_a_reload(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    press(page, "Shift+3", "h", "a", "r", "Control+z")
    saved(page)
    added = "right middle → left cheek, frames 10–22"
    what_says(page, added)
    open_tab(page, desk.url)
    assert clip_of(page) == clip
    press(page, "Tab")
    what_says(page, added)
    press(page, "Control+y")
    expect(page.locator(".rv-what")).not_to_have_text(added)
    press(page, *["Control+z"] * 4)
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 10–20")
    expect(page.locator("[data-act=undo]")).to_be_disabled()
    saved(page)
    assert desk.head(clip).contacts == prelabel().contacts
    press(page, "Shift+5")
    saved(page)
    revisions.save(desk.store, "maker", clip, Submission(prelabel(), seen=clips.get(desk.store, "maker", clip).head))
    open_tab(page, desk.url)
    expect(page.locator(".rv-what")).to_have_text("left index → left cheek, frames 10–20")
    expect(page.locator("[data-act=undo]")).to_be_disabled()  # it was of labels that are no longer there


def test_undo_of_what_was_never_drawn(desk: Desk) -> None:
    """On a busy machine a tab may go before its next frame."""
    page = desk.visit()
    page.evaluate("window.requestAnimationFrame = () => 1")
    press(page, "Shift+3", "Control+z")
    page.wait_for_function(f"{KEPT}.length === 0")
    open_tab(page, desk.url)
    what_says(page, "left index → left cheek")
    press(page, "Control+y")
    what_says(page, "left middle → left cheek")


def test_a_tab_that_crashed_and_an_answer_that_never_came(desk: Desk) -> None:
    """The save was stored, its answer lost, the tab gone: the next tab goes on without a conflict."""
    page = desk.visit()
    clip = clip_of(page)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/studio/review/save", swallow)
    press(page, "Shift+5")
    save_says(page, "Offline")
    context = page.context
    page.close(run_before_unload=False)
    page = context.new_page()
    page.set_default_timeout(30_000)
    open_tab(page, desk.url)
    assert clip_of(page) == clip
    what_says(page, "little")
    saved(page)
    press(page, "Shift+6")
    saved(page, revisions.history(desk.store, "system", clip)[0].number + 1)
    kinds = [r.kind for r in revisions.history(desk.store, "system", clip)]
    assert "conflict" not in kinds
    assert desk.head(clip).contacts[0].finger == "palm"


def test_offline_and_back(desk: Desk) -> None:
    page = desk.visit()
    first = clip_of(page)
    page.wait_for_function("document.querySelectorAll('.rv-shelf video').length === 2")
    page.context.set_offline(True)
    press(page, "Shift+3")
    save_says(page, "Offline: kept in this browser, sent later")
    press(page, "Enter")
    page.locator(".rv[data-ready]").wait_for()
    expect(page.locator(".rv-note")).to_contain_text(f"Clip {first} is kept in this browser")
    second = clip_of(page)
    press(page, "Shift+1")
    save_says(page, "Offline")
    assert {record["clip"] for record in kept(page)} == {first, second}
    page.context.set_offline(False)
    saved(page)
    page.wait_for_function(f"!localStorage.getItem('studio.review.anonymous.{first}')")
    assert desk.head(first).state == "corrected" and desk.head(first).contacts[0].finger == "middle"
    assert desk.head(second).contacts[0].finger == "thumb"
    expect(page.locator(".rv-note")).to_be_hidden()


def test_a_restart_of_the_server(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    desk.stop()
    press(page, "Shift+2", "h", "r")
    save_says(page, "Offline")
    restarted(desk)
    saved(page)
    assert desk.head(clip).contacts[0].end == 21


def test_a_browser_that_keeps_nothing_says_so(desk: Desk) -> None:
    page = desk.visit()
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    page.route("**/studio/review/save", lambda route: route.abort())
    press(page, "Shift+3")
    save_says(page, "only in this tab: keep it open")
    page.unroute("**/studio/review/save")
    saved(page)


def test_two_annotators_get_different_clips_and_only_their_own_name(team: Desk) -> None:
    anna, ben = team.visit("anna"), team.visit("ben")
    assert clip_of(anna) != clip_of(ben)
    expect(anna.locator(".rv-who")).to_have_text("anna · annotator")
    press(ben, "3")
    saved(ben)
    assert team.head(clip_of(ben)).author == "ben"
    assert anna.evaluate(
        """async ([clip, lease]) => (await fetch("studio/review/save", {method: "POST", body: JSON.stringify(
          {clip, lease, seen: 2, labels: {}})})).status""",
        [clip_of(ben), ""],
    ) in (403, 422)


def test_a_login_that_ended_keeps_the_draft(team: Desk) -> None:
    page = team.visit("anna")
    clip = clip_of(page)
    page.context.clear_cookies()
    press(page, "Shift+4")
    expect(page.locator(".rv-note")).to_contain_text("Your login has ended: log in again.")
    assert [record["clip"] for record in kept(page)] == [clip]
    page.context.request.post(f"{team.url}login", form={"username": "anna", "password": "secret"})
    open_tab(page, team.url)
    assert clip_of(page) == clip
    saved(page)
    assert team.head(clip).contacts[0].finger == "ring"


def test_a_second_tab_of_the_same_person_takes_another_clip(desk: Desk) -> None:
    page = desk.visit()
    other = page.context.new_page()
    other.set_default_timeout(30_000)
    open_tab(other, desk.url)
    assert clip_of(other) != clip_of(page)


def test_hostile_words_stay_words(browsers: Browsers, tmp_path: Path) -> None:
    """Names from imports and from people are text wherever they are shown."""
    evil = "<img src=x onerror=alert(1)>"
    with running(browsers, tmp_path / "data") as desk:
        from annotator import make_clip, prelabel

        from annotation.clips import About

        labels = prelabel()
        labels = labels.__class__(**{**vars(labels), "author": evil})
        about = About("poke-nose", subject=evil, environment="{{value}}", device="${props}")
        clips.add(desk.store, "maker", make_clip(tmp_path / "e.mp4", 9), about, labels, f"{evil}.mp4")
        page = desk.visit()
        settled(page)
        expect(page.locator(".rv-facts")).to_contain_text(evil)
        expect(page.locator(".rv-facts")).to_contain_text("{{value}}")
        expect(page.locator("[data-page=changes]")).to_contain_text(evil)
        assert page.locator(".rv img").count() == 0
        assert queue.count(desk.store, "maker") == 0, "the clip is claimed"
