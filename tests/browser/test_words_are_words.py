"""Names, comments, labels and notes that are markup: they are shown as they were written, and nothing in them runs."""

import csv
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from annotator import Desk, clip_of, make_clip, open_tab, prelabel, press, running
from browsers import Browsers
from playwright.sync_api import Page, expect

from annotation import clips, people, queue, revisions
from annotation.saving import Submission

RUNS = "document.title='quetzal'"
IMAGE = f"<img src=x onerror={RUNS}>"
SCRIPT = f"<script>{RUNS}</script>"
LINK = f"<a href=javascript:{RUNS}>x</a>"
NAME = f"<svg onload={RUNS}>"  # of a person: a login may have it


def nothing_ran(page: Page) -> None:
    """Also after what a browser does a moment later."""
    page.wait_for_timeout(300)
    assert page.title() == "InterAnimate Studio"
    made = "img[src=x], svg[onload], a[href^='javascript:'], script:not([src])"
    assert not page.evaluate(f"[...document.querySelectorAll(`{made}`)].some((e) => e.outerHTML.includes('quetzal'))")


@pytest.fixture
def spoilt(team: Desk) -> Desk:
    """Two people have labelled clip 1 differently; whatever they could write is markup."""
    people.sign_in(team.store, NAME, new_role="annotator")
    people.sign_in(team.store, "ben", new_role="annotator")
    queue.configure(team.store, "maker", double_share=1.0)
    for name, region in ((NAME, "forehead"), ("ben", "chin")):
        work = next(work for _ in range(4) if (work := queue.claim(team.store, name)) and work.clip.id == 1)
        changed = replace(work.labels.contacts[0], region=region)
        labels = replace(work.labels, author=SCRIPT, contacts=(changed, *work.labels.contacts[1:]))
        revisions.save(team.store, name, 1, Submission(labels, work.seen, work.lease, note=LINK))
        clips.comment(team.store, name, 1, IMAGE + SCRIPT)
        sent = Submission(labels, queue.open_clip(team.store, name, 1).seen, work.lease, note=IMAGE)
        revisions.decide(team.store, name, 1, sent, "corrected")
    return team


def test_what_people_write_is_shown_as_they_wrote_it(spoilt: Desk) -> None:
    page = spoilt.visit("joe")
    page.get_by_role("tab", name="Queue").click()
    page.locator("select[name=order]").select_option("disagreement")
    page.wait_for_timeout(1000)
    for _ in range(4):
        if clip_of(page) == 1:
            break
        before = page.locator(".rv-facts").text_content()
        press(page, "Shift+S")
        expect(page.locator(".rv-facts")).not_to_have_text(before or "")
    expect(page.locator(".rv-rivals")).to_contain_text(NAME)
    page.get_by_role("tab", name="History").click()
    expect(page.locator(".rv-revisions")).to_contain_text(LINK)
    page.get_by_role("tab", name="Comments").click()
    expect(page.locator(".rv-comments")).to_contain_text(IMAGE + SCRIPT)
    nothing_ran(page)
    page.get_by_role("tab", name="Dataset", exact=True).click()
    expect(page.locator(".ia-people")).to_contain_text(NAME)
    nothing_ran(page)


def folder_of_markup(folder: Path) -> Path:
    """Videos with labels and a manifest, in which all that is free to be said is markup; one row is bad."""
    video = make_clip(folder / f"{NAME}.mp4", 30)
    labels = prelabel()
    row = replace(labels, author=SCRIPT).to_json()
    rows = [
        row | {"file_name": video.name},
        row | {"file_name": SCRIPT},
        row | {"file_name": video.name, "finger": IMAGE},
    ]
    (folder / "metadata.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    with open(folder / "manifest.csv", "w", newline="") as file:
        manifest = csv.writer(file)
        manifest.writerow(["file_name", "pattern", "subject", "environment", "device", "consent"])
        manifest.writerow([video.name, labels.pattern, IMAGE, SCRIPT, LINK, IMAGE])
    return folder


def test_what_an_import_says_is_shown_as_it_says_it(browsers: Browsers, tmp_path: Path) -> None:
    """Subject, environment, names of files, authors, contacts, and what is told of bad rows."""
    (tmp_path / "import").mkdir()
    source = folder_of_markup(tmp_path / "import")
    with running(browsers, tmp_path / "data", ("joe",)) as desk:
        joe = desk.visit("joe")
        joe.get_by_role("tab", name="Dataset", exact=True).click()
        joe.get_by_role("button", name="Import").click()
        joe.get_by_label("Folder or file on the server").fill(str(source))
        joe.get_by_role("button", name="Import", exact=True).last.click()
        report = joe.get_by_label("What happened")
        expect(report).to_have_value(re.compile(r"1 clip added.*2 refused.*line 2: .*line 3: ", re.DOTALL))
        assert SCRIPT in report.input_value()
        nothing_ran(joe)
        open_tab(joe, desk.url)
        expect(joe.locator(".rv-facts")).to_contain_text(IMAGE)
        joe.get_by_role("tab", name="History").click()
        expect(joe.locator(".rv-revisions li")).to_have_count(1)
        nothing_ran(joe)
