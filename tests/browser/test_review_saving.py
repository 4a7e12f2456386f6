"""Nothing that an annotator did is lost: reload, restart, offline, full disk, somebody else."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from annotator import Desk, clip_of, open_tab, press, restarted, running, saved, settled, what
from playwright.sync_api import Browser, Page, Route, expect

from annotation import clips, queue, revisions
from annotation.errors import DiskFull


@pytest.fixture
def desk(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    """The app with four clips, nobody logs in."""
    with running(browser, tmp_path) as desk:
        yield desk


@pytest.fixture
def team(browser: Browser, tmp_path: Path) -> Iterator[Desk]:
    """The app with four clips; joe (admin), anna and ben log in."""
    with running(browser, tmp_path, ("joe", "anna", "ben")) as desk:
        yield desk


def kept(page: Page) -> list[dict]:
    """What waits in this browser to be sent."""
    texts = page.evaluate(
        "Object.entries(localStorage).filter(([k]) => /^studio.review.\\w+.\\d+$/.test(k)).map(([, v]) => v)"
    )
    return [json.loads(text) for text in texts]


def save_says(page: Page, words: str) -> None:
    expect(page.locator(".rv-save")).to_contain_text(words)


def test_a_reload_in_the_middle(desk: Desk) -> None:
    page = desk.visit()
    clip = clip_of(page)
    press(page, "4")
    saved(page, 2)
    page.route("**/studio/review/save", lambda route: route.abort())
    press(page, "Shift+L", "Shift+L", "h")
    save_says(page, "Offline: kept in this browser")
    page.unroute("**/studio/review/save")
    open_tab(page, desk.url)
    assert clip_of(page) == clip
    assert what(page) == "right ring → left cheek, frames 12–20"
    saved(page)
    contact = desk.head(clip).contacts[0]
    assert (contact.hand, contact.finger, contact.start) == ("right", "ring", 12)
    assert kept(page) == []


def test_a_tab_that_crashed_and_an_answer_that_never_came(desk: Desk) -> None:
    """The save was stored, its answer lost, the tab gone: the next tab goes on without a conflict."""
    page = desk.visit()
    clip = clip_of(page)

    def swallow(route: Route) -> None:
        route.fetch()
        route.abort()

    page.route("**/studio/review/save", swallow)
    press(page, "5")
    save_says(page, "Offline")
    context = page.context
    page.close(run_before_unload=False)
    page = context.new_page()
    page.set_default_timeout(30_000)
    open_tab(page, desk.url)
    assert clip_of(page) == clip and "little" in what(page)
    saved(page)
    press(page, "6")
    saved(page, revisions.history(desk.store, "system", clip)[0].number + 1)
    kinds = [r.kind for r in revisions.history(desk.store, "system", clip)]
    assert "conflict" not in kinds
    assert desk.head(clip).contacts[0].finger == "palm"


def test_offline_and_back(desk: Desk) -> None:
    page = desk.visit()
    first = clip_of(page)
    page.wait_for_function("document.querySelectorAll('.rv-shelf video').length === 2")
    page.context.set_offline(True)
    press(page, "3")
    save_says(page, "Offline: kept in this browser, sent later")
    press(page, "Enter")
    page.locator(".rv[data-ready]").wait_for()
    expect(page.locator(".rv-note")).to_contain_text(f"Clip {first} is kept in this browser")
    second = clip_of(page)
    press(page, "1")
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
    press(page, "2", "h", "r")
    save_says(page, "Offline")
    restarted(desk)
    saved(page)
    assert desk.head(clip).contacts[0].end == 21


def test_a_full_disk_is_said_and_the_draft_is_sent_later(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    page = desk.visit()
    clip = clip_of(page)
    real = revisions.save

    def full(*_: object, **__: object) -> None:
        raise DiskFull("The disk is full: nothing was saved. Free some space, then try again.")

    monkeypatch.setattr(revisions, "save", full)
    press(page, "3")
    save_says(page, "The disk is full: nothing was saved.")
    save_says(page, "Kept in this browser, sent later.")
    monkeypatch.setattr(revisions, "save", real)
    saved(page)
    assert desk.head(clip).contacts[0].finger == "middle"


def test_a_browser_that_keeps_nothing_says_so(desk: Desk) -> None:
    page = desk.visit()
    page.evaluate(
        "() => { Storage.prototype.setItem = () => { throw new DOMException('full', 'QuotaExceededError'); }; }"
    )
    page.route("**/studio/review/save", lambda route: route.abort())
    press(page, "3")
    save_says(page, "only in this tab: keep it open")
    page.unroute("**/studio/review/save")
    saved(page)


def somebody_saves(team: Desk, clip: int, seen: int = 1) -> None:
    """The admin saves a change of the first contact; they may without a lease."""
    theirs = team.head(clip)
    changed = replace(theirs.contacts[0], finger="palm", start=5)
    revisions.save(team.store, "maker", clip, replace(theirs, contacts=(changed, *theirs.contacts[1:])), seen=seen)


@pytest.mark.parametrize("choice", ["merged", "theirs", "mine"])
def test_somebody_saved_in_between(team: Desk, choice: str) -> None:
    page = team.visit("anna")
    clip = clip_of(page)
    somebody_saves(team, clip)
    press(page, "3", "r", "Tab", "6")
    dialog = page.locator(".rv-dialog")
    expect(dialog.get_by_role("heading", name="Saved by two people")).to_be_visible()
    expect(dialog).to_contain_text("maker saved revision 2 in between. Yours is kept as revision 3.")
    expect(dialog).to_contain_text("c1, finger")
    save_says(page, "Conflict: both versions are kept")
    dialog.get_by_role("button", name="Decide later").click()
    press(page, "ArrowDown")
    expect(dialog).to_be_visible()  # it has to be decided first
    if choice == "merged":
        dialog.get_by_label("yours: middle").check()
        dialog.get_by_role("button", name="Merge both").click()
    else:
        dialog.get_by_role("button", name={"theirs": "Take maker's", "mine": "Take mine"}[choice]).click()
    saved(page)
    head = team.head(clip)
    said = [(c.finger, c.start, c.end) for c in head.contacts]
    assert (
        said
        == {
            "merged": [("middle", 5, 21), ("palm", 24, 30)],
            "theirs": [("palm", 5, 20), ("thumb", 24, 30)],
            "mine": [("middle", 10, 21), ("palm", 24, 30)],
        }[choice]
    )
    assert revisions.conflicts(team.store, "maker", clip) == []
    assert any(r.kind == "conflict" for r in revisions.history(team.store, "maker", clip)), "both are kept"
    press(page, "Escape", "Tab", "1")
    save_says(page, "Saved at revision 5")


def test_a_key_before_the_next_frame_asks_again(team: Desk) -> None:
    """Chromium tells of a dialog's close with its next frame; on a busy machine a key comes before."""
    page = team.visit("anna")
    clip = clip_of(page)
    somebody_saves(team, clip)
    press(page, "3")
    dialog = page.locator(".rv-dialog")
    expect(dialog).to_be_visible()
    page.evaluate(
        """async () => {
          const key = new KeyboardEvent("keydown", {key: "ArrowDown", bubbles: true, cancelable: true});
          [...document.querySelectorAll(".rv-dialog-do button")].find((b) => b.textContent === "Decide later").click();
          for (let i = 0; i < 50; i++) await null; // promises are done, no frame has come
          document.querySelector(".rv-canvas").dispatchEvent(key);
          await new Promise(requestAnimationFrame);
        }"""
    )
    expect(dialog).to_be_visible()
    dialog.get_by_role("button", name="Take mine").click()
    saved(page, 4)
    assert [c.finger for c in team.head(clip).contacts] == ["middle", "thumb"]


def test_what_is_changed_before_the_conflict_is_told_belongs_to_it(team: Desk) -> None:
    page = team.visit("anna")
    clip = clip_of(page)
    somebody_saves(team, clip)

    def while_it_flies(route: Route) -> None:
        answer = route.fetch()
        press(page, "r", "Tab", "6")
        route.fulfill(response=answer)

    page.route("**/studio/review/save", while_it_flies, times=1)
    press(page, "3")
    dialog = page.locator(".rv-dialog")
    expect(dialog).to_contain_text("Yours is kept as revision 4.")
    dialog.get_by_role("button", name="Take mine").click()
    saved(page, 5)
    assert [(c.finger, c.end) for c in team.head(clip).contacts] == [("middle", 21), ("palm", 30)]
    assert [r.kind for r in revisions.history(team.store, "maker", clip)][1:3] == ["conflict", "conflict"]
    assert revisions.conflicts(team.store, "maker") == [], "the later one holds the earlier"


def test_a_third_one_saves_while_it_is_decided(team: Desk) -> None:
    page = team.visit("anna")
    clip = clip_of(page)
    somebody_saves(team, clip)
    press(page, "3")
    dialog = page.locator(".rv-dialog")
    expect(dialog).to_contain_text("Yours is kept as revision 3.")
    head = team.head(clip)
    last = replace(head.contacts[1], end=33)
    revisions.save(team.store, "maker", clip, replace(head, contacts=(head.contacts[0], last)), seen=2)
    dialog.get_by_role("button", name="Merge both").click()
    expect(dialog).to_contain_text("maker saved revision 4 in between. Yours is kept as revision 5.")
    dialog.get_by_role("button", name="Merge both").click()
    saved(page, 6)
    assert [(c.finger, c.start, c.end) for c in team.head(clip).contacts] == [("palm", 5, 20), ("thumb", 24, 33)]
    assert revisions.conflicts(team.store, "maker") == []


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
    press(page, "4")
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


def test_hostile_words_stay_words(browser: Browser, tmp_path: Path) -> None:
    """Names from imports and from people are text wherever they are shown."""
    evil = "<img src=x onerror=alert(1)>"
    with running(browser, tmp_path, number=0) as desk:
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
