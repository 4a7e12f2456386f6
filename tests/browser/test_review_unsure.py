"""Where a prediction says itself that it may be wrong, the reviewer looks first."""

from dataclasses import replace
from pathlib import Path

import pytest
from annotator import Desk, make_clip, prelabel, press, running
from browsers import Browsers
from playwright.sync_api import expect

from annotation import clips, people, queue
from annotation.clips import About
from annotation.opening import open_store
from annotation.queue import Filters


@pytest.fixture
def desk(browsers: Browsers, tmp_path: Path):
    """One clip, whose prediction is unsure twice."""
    store = open_store(tmp_path / "data")
    people.sign_in(store, "maker", new_role="admin")
    labels = replace(prelabel(), unsure=((5, 8), (33, 36)))
    clips.add(store, "maker", make_clip(tmp_path / "0.mp4", 0), About("poke-left-cheek"), labels, "0.mp4")
    store.close()
    with running(browsers, tmp_path / "data") as desk:
        yield desk


def test_unsure_intervals_stand_first_and_a_key_goes_from_one_to_the_next(desk: Desk) -> None:
    page = desk.visit()
    assert page.locator(".rv-rows > div").first.get_attribute("class") == "rv-unsure-row"
    spans = page.locator(".rv-unsure-span")
    expect(spans).to_have_count(2)
    frame = page.locator(".rv-head")
    for expected in ("33", "5", "33"):
        press(page, "Shift+U")
        expect(frame).to_have_attribute("data-frame", expected)
    spans.first.click()
    expect(frame).to_have_attribute("data-frame", "5")
    press(page, "?")
    expect(page.get_by_text("Next interval in which the prediction is unsure")).to_be_visible()


def test_what_is_unsure_comes_before_what_is_surer(tmp_path: Path) -> None:
    store = open_store(tmp_path / "data")
    people.sign_in(store, "anna", new_role="annotator")
    sure = tuple(replace(contact, confidence=0.9) for contact in prelabel().contacts)
    for i, unsure in enumerate(((), ((5, 8),))):
        labels = replace(prelabel(), contacts=sure, unsure=unsure)
        clips.add(store, "anna", make_clip(tmp_path / f"{i}.mp4", i), About("poke-left-cheek"), labels)
    claim = queue.claim(store, "anna", Filters(order="uncertain"))
    assert claim is not None and (claim.clip.id, claim.clip.uncertainty) == (2, 0.5)
    store.close()
