"""Several people: independent annotations, a reviewer who decides, the Dataset tab, a clip from Generate."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from annotator import Desk, clip_of, press, saved, what_says
from playwright.sync_api import Page, expect
from test_visitor import FAINT

from annotation import backup, clips, exporting, people, queue, revisions
from annotation.errors import StoreError
from annotation.labels import Labels
from annotation.saving import Submission
from annotation.store import Store


def annotate(desk: Desk, name: str, region: str) -> int:
    """Somebody's work on their next clip, without a browser."""
    people.sign_in(desk.store, name, new_role="annotator")
    claim = queue.claim(desk.store, name)
    assert claim is not None
    changed = replace(claim.labels.contacts[0], region=region)
    labels = replace(claim.labels, contacts=(changed, *claim.labels.contacts[1:]))
    revisions.decide(
        desk.store,
        name,
        claim.clip.id,
        Submission(labels, seen=claim.seen, lease=claim.lease),
        "corrected",
        seconds=8.0,
    )
    return claim.clip.id


def open_dataset(page: Page) -> None:
    page.get_by_role("tab", name="Dataset", exact=True).click()
    expect(page.locator(".ia-figures dt").first).to_have_text("Clips")


def test_a_reviewer_decides_between_two(team: Desk) -> None:
    people.sign_in(team.store, "maker", new_role="admin")
    queue.configure(team.store, "maker", double_share=1.0)
    assert annotate(team, "anna", "forehead") == 1
    assert 1 in {annotate(team, "ben", "chin") for _ in range(4)}
    people.sign_in(team.store, "joe", new_role="admin")
    page = team.visit("joe")
    page.get_by_role("tab", name="Queue").click()
    page.locator("select[name=order]").select_option("disagreement")
    page.wait_for_timeout(1000)
    for _ in range(3):  # what was claimed before the order was chosen
        if clip_of(page) == 1 and page.locator(".rv-rivals").is_visible():
            break
        before = page.locator(".rv-facts").text_content()
        press(page, "Shift+S")
        expect(page.locator(".rv-facts")).not_to_have_text(before or "")
    expect(page.locator(".rv-rivals")).to_contain_text("Two people labelled this clip differently")
    expect(page.locator(".rv-rivals")).to_contain_text("region: forehead → chin")
    page.get_by_role("button", name="ben: corrected, 2 contacts").click()
    expect(page.locator(".rv-what")).to_contain_text("→ chin")
    saved(page)
    press(page, "Enter")
    page.wait_for_function("!localStorage.getItem('studio.review.joe.1')")
    assert team.head(1).contacts[0].region == "chin"
    assert clips.get(team.store, "maker", 1).state == "corrected"

    open_dataset(page)
    page.locator(".js-plotly-plot .heatmaplayer").first.wait_for()
    expect(page.get_by_role("row", name="anna 1 0 1 0 8.0 100%")).to_be_visible()


def test_the_dataset_tab_shows_each_role_what_is_theirs(team: Desk) -> None:
    annotate(team, "anna", "chin")
    anna = team.visit("anna")
    open_dataset(anna)
    anna.locator(".js-plotly-plot .barlayer").first.wait_for()
    expect(anna.locator(".ia-figures")).to_contain_text("25% of all")
    assert anna.get_by_role("button", name="Export").count() == 0
    assert anna.get_by_role("button", name="Import").count() == 0

    joe = team.visit("joe", dark=True)
    open_dataset(joe)
    joe.get_by_role("button", name="Export").click()
    joe.get_by_role("button", name="Export", exact=True).last.click()
    with joe.expect_download() as download:
        joe.get_by_role("button", name="1 clips").click()
    lines = download.value.path().read_text().splitlines()
    assert [json.loads(line)["contacts"][0]["region"] for line in lines] == ["chin"]
    assert joe.evaluate(FAINT) == []


def test_an_admin_rules_the_queue_backs_up_and_pushes(team: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    people.sign_in(team.store, "maker", new_role="admin")
    queue.configure(team.store, "maker", double_share=0.25, gold_share=0.1, lease_seconds=1200)
    annotate(team, "anna", "chin")
    joe = team.visit("joe")
    open_dataset(joe)
    joe.get_by_role("button", name="Queue and people").click()
    shown = [
        joe.get_by_label(label).first for label in ("that two people label", "that check the annotator", "Minutes")
    ]
    for field, value in zip(shown, ("0.25", "0.1", "20"), strict=True):
        expect(field).to_have_value(value)
    shown[0].fill("0.5")
    shown[0].press("Enter")
    expect(joe.get_by_label("range slider for Share of clips that two people label")).to_have_value("0.5")
    joe.get_by_role("button", name="Set the queue").click()
    expect(joe.get_by_text("The queue is set.")).to_be_visible()
    assert queue.settings(team.store) == {"lease_seconds": 1200, "double_share": 0.5, "gold_share": 0.1}

    joe.get_by_role("button", name="Backup").click()
    joe.get_by_role("button", name="Back up now").click()
    report = joe.get_by_label("Backups, newest first")
    expect(report).to_have_value(re.compile(r"studio-\d.*\.db: .* MB, verified: the copy is whole\."))
    assert len(backup.list_backups(team.store)) == 1

    folders = []

    def send(_store: Store, actor: str, folder: Path, repo: str, private: bool) -> str:
        folders.append((actor, (folder / "metadata.jsonl").read_text().count("\n"), repo, private))
        if repo == "joe/full":
            raise StoreError("The Hub did not take it: no room.")
        return f"https://hub/{repo}"

    monkeypatch.setattr(exporting, "push", send)
    joe.get_by_role("button", name="Export").first.click()
    told = joe.get_by_label("What was pushed")
    for repo, answer in (
        ("", "It could not be done. Name the repository: name/dataset."),
        ("joe/full", "It could not be done. The Hub did not take it: no room."),
        ("joe/hands", "1 clips: https://hub/joe/hands"),
    ):
        joe.get_by_label("Dataset repository").fill(repo)
        joe.get_by_role("button", name="Push to the Hub").click()
        expect(told).to_have_value(answer)
    assert folders == [("joe", 1, "joe/full", True), ("joe", 1, "joe/hands", True)]


def test_an_admin_makes_a_clip_gold(team: Desk) -> None:
    page = team.visit("joe")
    clip = clip_of(page)
    press(page, "Shift+3")
    saved(page, 2)
    page.get_by_role("tab", name="History").click()
    page.get_by_role("button", name="Make gold").first.click()
    expect(page.locator(".rv-revisions li").first).to_contain_text("gold: annotators are checked against it")
    expect(page.locator(".rv-facts")).to_contain_text("gold")
    assert clips.get(team.store, "maker", clip).gold == 2
    page.get_by_role("button", name="Not gold").click()
    expect(page.get_by_role("button", name="Not gold")).to_have_count(0)
    assert clips.get(team.store, "maker", clip).gold == 0
    anna = team.visit("anna")
    anna.get_by_role("tab", name="History").click()
    expect(anna.get_by_role("button", name="Compare")).to_have_count(1)
    expect(anna.get_by_role("button", name="Make gold")).to_have_count(0)


def test_an_import_tells_its_bad_rows(team: Desk, tmp_path: Path) -> None:
    joe = team.visit("joe")
    open_dataset(joe)
    joe.get_by_role("button", name="Import").click()
    bad = tmp_path / "labels.jsonl"
    bad.write_text('{"schema": 1}\n' + "not json\n")
    joe.locator(".ia-drop input").set_input_files(bad)
    report = joe.locator(".ia-upload li")
    expect(report).to_have_text(re.compile(r"0 clips added.*2 refused.*line 1: .*line 2: ", re.DOTALL))


def test_what_was_sent_from_generate_is_reviewed(team: Desk, tmp_path: Path) -> None:
    from annotator import make_clip, prelabel

    from model.request import Request
    from studio.review import sending as review_queue

    labels: Labels = replace(prelabel(), source="simulated", author="physics")
    people.sign_in(team.store, "anna", new_role="annotator")
    video = make_clip(tmp_path / "poke.mp4", 9)
    number, new = review_queue.send_to_review(team.store, "anna", video, labels, Request("poke-left-cheek"), "agreed")
    assert new
    for _ in range(1, number):  # the queue is worked through in order
        annotate(team, "ben", "chin")
    page = team.visit("anna")
    assert clip_of(page) == number
    expect(page.locator(".rv-facts")).to_contain_text("simulated by physics")
    what_says(page, "left index")
    for tab in ("Dataset", "Review"):
        page.get_by_role("tab", name=tab, exact=True).click()
    press(page, "Shift+4")
    expect(page.locator(".rv-what")).to_contain_text("left ring")
    assert clips.get(team.store, "maker", number).consent.startswith("agreed: confirmed by anna, 20")
