"""Clips that two people label without seeing each other, and clips whose truth is known."""

import pytest
from samples import add_clips, contact, labels

from annotation import clips, queue, revisions, statistics
from annotation.errors import NotAllowed, NotFound
from annotation.queue import Filters
from annotation.saving import Submission


def decide(store, actor, work, made):
    return revisions.decide(store, actor, work.clip.id, Submission(made, seen=work.seen, lease=work.lease), "corrected")


@pytest.fixture
def disputed(store):
    """Anna and Ben have labelled the clip, quite differently."""
    queue.configure(store, "joe", double_share=1)
    add_clips(store, 1)
    ours, theirs = queue.claim(store, "anna"), queue.claim(store, "ben")
    decide(store, "anna", ours, labels(contact(end=8)))
    assert theirs.labels == ours.labels  # the pre-label, not anna's
    decide(store, "ben", theirs, labels(contact(finger="thumb")))


def test_a_clip_goes_to_two_people_and_to_neither_twice(store):
    queue.configure(store, "joe", double_share=1)
    add_clips(store, 1)
    first = queue.claim(store, "anna")
    assert queue.claim(store, "anna") is None
    second = queue.claim(store, "ben")
    assert (first.clip.id, second.clip.id) == (1, 1)
    assert queue.claim(store, "eva") is None
    assert (second.kind, second.held_by) == ("annotate", None)


def test_a_share_is_reserved_at_once(store):
    add_clips(store, 400)
    queue.configure(store, "joe", double_share=0.25)
    assert 400 * 0.15 < queue.count(store, "anna") - 400 < 400 * 0.35


@pytest.mark.usefixtures("disputed")
def test_the_second_annotator_sees_nothing_of_the_first(store):
    assert [found.author for found in revisions.history(store, "ben", 1)] == ["ben", "system"]
    assert {found.author for found in revisions.history(store, "eva", 1)} == {"anna", "ben", "system"}
    with pytest.raises(NotFound):
        revisions.revision(store, "ben", 1, 2)


@pytest.mark.usefixtures("disputed")
def test_a_reviewer_settles_what_two_people_disagree_on(store):
    clip = clips.get(store, "eva", 1)
    assert clip.disagreement == 1
    assert queue.claim(store, "anna") is None
    assert statistics.progress(store, "eva").disputed == 1
    work = queue.claim(store, "eva", Filters(order="disagreement"))
    assert work.kind == "adjudicate"
    assert [rival.author for rival in work.rivals] == ["anna", "ben"]
    decide(store, "eva", work, work.rivals[1].labels)
    after = clips.get(store, "eva", 1)
    assert after.state == "corrected"
    assert revisions.revision(store, "eva", 1, after.head).labels.contacts == work.rivals[1].labels.contacts
    assert statistics.progress(store, "eva").disputed == 0
    assert queue.claim(store, "eva") is None


def test_people_who_agree_need_no_reviewer(store):
    queue.configure(store, "joe", double_share=1)
    add_clips(store, 1)
    for actor in ("anna", "ben"):
        work = queue.claim(store, actor)
        decide(store, actor, work, labels(contact(end=8)))
    assert clips.get(store, "eva", 1).disagreement == 0
    assert queue.claim(store, "eva") is None
    report = statistics.agreement_report(store, "eva")
    assert (report["left_cheek"].kappa, report["all"].temporal_iou) == (1, 1)
    assert (report["index"].boundary_error, report["index"].contacts) == (0, 1)


@pytest.mark.usefixtures("disputed")
def test_agreement_of_a_disputed_clip(store):
    report = statistics.agreement_report(store, "eva")
    assert report["left_cheek"].temporal_iou == pytest.approx(5 / 9)  # frames 4-8 of 4-12
    assert report["index"].temporal_iou == 0
    assert report["all"].frames == 9
    with pytest.raises(NotAllowed):
        statistics.agreement_report(store, "anna")


@pytest.mark.parametrize("polygons", [0, 100])
def test_agreement_is_the_same_from_rows_and_from_documents(store, polygons):
    queue.configure(store, "joe", double_share=1)
    add_clips(store, 5)
    for i in range(5):
        for actor, end in (("anna", 8), ("ben", 8 + i)):
            decide(store, actor, queue.claim(store, actor), labels(contact(end=end)))
    report = statistics.agreement_report(store, "eva", polygons=polygons)["all"]
    assert report.boundary_error == pytest.approx(1.0)
    assert report.temporal_iou == pytest.approx(sum(5 / (5 + i) for i in range(5)) / 5)
    assert (report.polygon_iou == 1) == (polygons > 0)


def test_gold_clips_score_an_annotator_who_does_not_know(store):
    add_clips(store, 12)
    golden = queue.open_clip(store, "eva", 12)
    decide(store, "eva", golden, labels(contact(start=4, end=13)))
    clips.set_gold(store, "joe", 12, clips.get(store, "eva", 12).head)
    queue.configure(store, "joe", gold_share=0.5)
    served = []
    for _ in range(4):
        work = queue.claim(store, "anna")
        served.append(work.clip.id)
        assert (work.clip.gold, work.kind, work.clip.state) == (0, "annotate", "unreviewed")
        assert work.labels == labels(contact())  # the pre-label
        decide(store, "anna", work, labels(contact(start=4, end=8)))
    assert served.count(12) == 1
    (anna,) = [work for work in statistics.progress(store, "eva").work if work.person == "anna"]
    assert (anna.decided, anna.gold, anna.share_changed) == (4, 1, 1)
    assert anna.gold_score == pytest.approx(0.5)
    assert clips.get(store, "eva", 12).head == 2  # the clip's own labels did not move


@pytest.mark.usefixtures("disputed")
def test_a_reviewers_verdict_leaves_what_two_people_said(store):
    before = statistics.agreement_report(store, "eva")["all"]
    for filters in (Filters(state="corrected"), None):
        work = queue.claim(store, "eva", filters) or queue.open_clip(store, "eva", 1)
        decide(store, "eva", work, labels(contact(region="chin", end=7)))
    assert statistics.agreement_report(store, "eva")["all"] == before
    assert clips.get(store, "eva", 1).disagreement == 1
    again = queue.open_clip(store, "anna", 1)  # what one did stays open to one
    assert again.held_by is None
