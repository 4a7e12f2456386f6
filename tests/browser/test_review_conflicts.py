"""Two people on one clip: both versions are kept, the second one decides."""

from dataclasses import replace

import pytest
from annotator import Desk, clip_of, press, press_at_once, save_says, saved
from playwright.sync_api import Route, expect

from annotation import revisions
from annotation.saving import Submission


def somebody_saves(team: Desk, clip: int) -> None:
    """The admin saves a change of the first contact; they may without a lease."""
    theirs = team.head(clip)
    changed = replace(theirs.contacts[0], finger="palm", start=5)
    revisions.save(
        team.store, "maker", clip, Submission(replace(theirs, contacts=(changed, *theirs.contacts[1:])), seen=1)
    )


@pytest.mark.parametrize("choice", ["merged", "theirs", "mine"])
def test_somebody_saved_in_between(team: Desk, choice: str) -> None:
    page = team.visit("anna")
    clip = clip_of(page)
    somebody_saves(team, clip)
    press_at_once(page, "Shift+3", "r", "Tab", "Shift+6")
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
    press(page, "Escape", "Tab", "Shift+1")
    save_says(page, "Saved at revision 5")


def test_a_key_before_the_next_frame_asks_again(team: Desk) -> None:
    """Chromium tells of a dialog's close with its next frame; on a busy machine a key comes before."""
    page = team.visit("anna")
    clip = clip_of(page)
    somebody_saves(team, clip)
    press(page, "Shift+3")
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
        press(page, "r", "Tab", "Shift+6")
        route.fulfill(response=answer)

    page.route("**/studio/review/save", while_it_flies, times=1)
    press(page, "Shift+3")
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
    press(page, "Shift+3")
    dialog = page.locator(".rv-dialog")
    expect(dialog).to_contain_text("Yours is kept as revision 3.")
    head = team.head(clip)
    last = replace(head.contacts[1], end=33)
    revisions.save(team.store, "maker", clip, Submission(replace(head, contacts=(head.contacts[0], last)), seen=2))
    dialog.get_by_role("button", name="Merge both").click()
    expect(dialog).to_contain_text("maker saved revision 4 in between. Yours is kept as revision 5.")
    dialog.get_by_role("button", name="Merge both").click()
    saved(page, 6)
    assert [(c.finger, c.start, c.end) for c in team.head(clip).contacts] == [("palm", 5, 20), ("thumb", 24, 33)]
    assert revisions.conflicts(team.store, "maker") == []
