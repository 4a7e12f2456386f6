"""Several people: independent annotations, a reviewer who decides, the Dataset tab, a clip from Generate."""

import json
import re
from dataclasses import replace
from pathlib import Path

from annotator import Desk, clip_of, press, saved, what
from playwright.sync_api import Page, expect
from test_visitor import FAINT

from annotation import clips, people, queue, revisions
from annotation.labels import Labels


def annotate(desk: Desk, name: str, region: str) -> int:
    """Somebody's work on their next clip, without a browser."""
    people.sign_in(desk.store, name, new_role="annotator")
    claim = queue.claim(desk.store, name)
    assert claim is not None
    changed = replace(claim.labels.contacts[0], region=region)
    labels = replace(claim.labels, contacts=(changed, *claim.labels.contacts[1:]))
    revisions.decide(
        desk.store, name, claim.clip.id, labels, "corrected", seen=claim.seen, lease=claim.lease, seconds=8.0
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


def test_an_import_tells_its_bad_rows(team: Desk, tmp_path: Path) -> None:
    joe = team.visit("joe")
    open_dataset(joe)
    joe.get_by_role("button", name="Import").click()
    bad = tmp_path / "labels.jsonl"
    bad.write_text('{"schema": 1}\n' + "not json\n")
    joe.locator("input[type=file]").last.set_input_files(bad)
    joe.get_by_role("button", name="Import", exact=True).last.click()
    report = joe.get_by_label("What happened")
    expect(report).to_have_value(re.compile(r"0 clips added.*2 refused.*line 1: .*line 2: ", re.DOTALL))


def test_what_was_sent_from_generate_is_reviewed(team: Desk, tmp_path: Path) -> None:
    from annotator import make_clip, prelabel

    from model.request import Request
    from studio import review_queue

    labels: Labels = replace(prelabel(), source="simulated", author="physics")
    people.sign_in(team.store, "anna", new_role="annotator")
    video = make_clip(tmp_path / "poke.mp4", 9)
    number, new = review_queue.send_to_review(
        team.store, "anna", video, labels, Request("poke-left-cheek"), "agreed, confirmed by anna"
    )
    assert new
    for _ in range(1, number):  # the queue is worked through in order
        annotate(team, "ben", "chin")
    page = team.visit("anna")
    assert clip_of(page) == number
    expect(page.locator(".rv-facts")).to_contain_text("simulated by physics")
    assert "left index" in what(page)
    for tab in ("Dataset", "Review"):
        page.get_by_role("tab", name=tab, exact=True).click()
    press(page, "4")
    expect(page.locator(".rv-what")).to_contain_text("left ring")
    assert clips.get(team.store, "maker", number).consent == "agreed, confirmed by anna"
