from dataclasses import replace

import pytest
from samples import TRIANGLE, add_clips, contact, labels

from annotation import clips, leases, people, queue, revisions
from annotation.difference import merge
from annotation.errors import BadInput, Conflict, LeaseLost, NotAllowed, NotFound
from annotation.labels import Keyframe
from annotation.saving import Submission

TRIMMED = labels(contact(end=9))
WIDENED = labels(contact(end=20))


@pytest.fixture
def work(store):
    """Anna holds the only clip."""
    add_clips(store, 1)
    return queue.claim(store, "anna")


def numbers(store, actor="eva", clip=1):
    return [found.number for found in revisions.history(store, actor, clip)]


def test_a_save_is_a_new_revision_and_keeps_the_old(store, work):
    saved = revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease))
    assert (saved.number, saved.parent, saved.kind, saved.author) == (2, 1, "draft", "anna")
    assert revisions.revision(store, "anna", 1, 1).labels == work.labels
    head = revisions.revision(store, "anna", 1, 2).labels
    assert head == replace(TRIMMED, source="annotator", author="anna")
    assert clips.get(store, "eva", 1).head == 2


def test_labels_that_nobody_changed_stay_whose_they_are(store, work):
    done = revisions.decide(store, "anna", 1, Submission(work.labels, seen=1, lease=work.lease), "accepted")
    assert (done.labels.source, done.labels.author, done.labels.state) == ("predicted", "model", "accepted")
    assert done.author == "anna"
    assert clips.get(store, "eva", 1).state == "accepted"


def test_a_repeated_request_is_one_revision(store, work):
    first = revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=1))
    again = revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=1))
    assert again == first
    assert numbers(store) == [2, 1]


def test_a_lost_acknowledgement_is_no_conflict(store, work):
    revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=1))
    later = revisions.save(store, "anna", 1, Submission(WIDENED, seen=1, lease=work.lease, client="tab", sequence=2))
    assert (later.number, later.kind) == (3, "draft")


def test_a_request_that_was_overtaken_changes_nothing(store, work):
    newest = revisions.save(store, "anna", 1, Submission(WIDENED, seen=1, lease=work.lease, client="tab", sequence=2))
    late = revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=1))
    assert late == newest
    assert numbers(store) == [2, 1]


def test_nobody_repeats_the_request_of_another(store, work):
    revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=1))
    with pytest.raises(NotAllowed):
        revisions.save(store, "eva", 1, Submission(TRIMMED, seen=1, client="tab", sequence=1))


def test_both_sides_of_a_conflict_are_kept_and_merged(store, work):
    revisions.save(store, "eva", 1, Submission(labels(contact(start=2, end=12, keyframes=())), seen=1))
    with pytest.raises(Conflict, match="eva saved revision 2") as caught:
        revisions.save(store, "anna", 1, Submission(labels(contact(finger="thumb")), seen=1, lease=work.lease))
    conflict = caught.value
    assert (conflict.head.number, conflict.yours.number, conflict.yours.kind) == (2, 3, "conflict")
    assert conflict.yours.labels.contacts[0].finger == "thumb"
    assert clips.get(store, "eva", 1).head == 2
    assert [lost.number for lost in revisions.conflicts(store, "anna")] == [3]

    merged = merge(work.labels, conflict.head.labels, conflict.yours.labels)
    assert merged.clashes == ()
    settled = revisions.merge(store, "anna", 1, Submission(merged.labels, seen=2, lease=work.lease), yours=3)
    assert (settled.parent, settled.merged) == (2, 3)
    both = settled.labels.contacts[0]
    assert (both.start, both.finger, both.keyframes) == (2, "thumb", ())
    assert revisions.conflicts(store, "eva") == []


def test_a_repeated_conflict_is_the_same_conflict(store, work):
    revisions.save(store, "eva", 1, Submission(WIDENED, seen=1))
    for _ in range(2):
        with pytest.raises(Conflict) as caught:
            revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=7))
    assert caught.value.yours.number == 3
    assert numbers(store) == [3, 2, 1]


def test_a_verdict_that_conflicts_leaves_the_clip_open(store, work):
    revisions.save(store, "eva", 1, Submission(WIDENED, seen=1))
    with pytest.raises(Conflict):
        revisions.decide(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease), "corrected")
    assert clips.get(store, "eva", 1).state == "unreviewed"
    assert [held.clip.id for held in queue.mine(store, "anna")] == [1]


def test_who_lost_the_lease_keeps_the_work(store, work, monkeypatch):
    later = work.until + 1
    monkeypatch.setattr("time.time", lambda: later)
    other = queue.claim(store, "ben")
    assert other.clip.id == 1
    with pytest.raises(Conflict) as caught:
        revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease))
    assert revisions.revision(store, "anna", 1, caught.value.yours.number).labels.contacts == TRIMMED.contacts
    with pytest.raises(LeaseLost):
        queue.renew(store, "anna", 1, work.lease)
    revisions.save(store, "ben", 1, Submission(WIDENED, seen=1, lease=other.lease))


def test_a_lapsed_lease_that_nobody_took_still_saves(store, work, monkeypatch):
    later = work.until + 1
    monkeypatch.setattr("time.time", lambda: later)
    saved = revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease))
    assert saved.number == 2
    assert queue.claim(store, "ben") is None  # the save took the clip again


def test_verdicts(store, work):
    with pytest.raises(BadInput, match="why"):
        revisions.decide(store, "anna", 1, Submission(work.labels, seen=1, lease=work.lease, note=" "), "rejected")
    with pytest.raises(BadInput, match="verdict"):
        revisions.decide(store, "anna", 1, Submission(work.labels, seen=1, lease=work.lease), "maybe")
    done = revisions.decide(
        store, "anna", 1, Submission(work.labels, seen=1, lease=work.lease, note="blurred"), "rejected"
    )
    assert (done.state, done.note) == ("rejected", "blurred")
    assert clips.events(store, "eva", 1)[0].detail == "blurred"
    with pytest.raises(Conflict):  # the clip is done
        revisions.save(store, "anna", 1, Submission(TRIMMED, seen=2, lease=work.lease))


def test_a_repeated_verdict_is_one_verdict(store, work):
    for _ in range(2):
        done = revisions.decide(
            store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="tab", sequence=3), "corrected"
        )
        assert (done.number, done.state) == (2, "corrected")


def test_one_opens_again_what_one_did(store, work):
    revisions.decide(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease), "corrected")
    again = queue.open_clip(store, "anna", 1)
    assert (again.seen, again.clip.state) == (2, "corrected")
    revisions.decide(store, "anna", 1, Submission(WIDENED, seen=2, lease=again.lease), "corrected")
    with pytest.raises(NotAllowed):
        queue.open_clip(store, "ben", 1)


def test_a_client_that_goes_on_after_a_conflict_has_one_to_settle(store, work):
    """What the same tab sends next holds what it sent before; another tab's stays open beside it."""
    revisions.save(store, "eva", 1, Submission(WIDENED, seen=1))
    for sequence, sent in enumerate((TRIMMED, labels(contact(end=10))), 1):
        with pytest.raises(Conflict):
            revisions.save(
                store, "anna", 1, Submission(sent, seen=1, lease=work.lease, client="tab", sequence=sequence)
            )
    assert [r.number for r in revisions.conflicts(store, "anna")] == [4]
    with pytest.raises(Conflict):
        revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease, client="other", sequence=1))
    assert [r.number for r in revisions.conflicts(store, "anna")] == [5, 4]
    revisions.merge(store, "anna", 1, Submission(TRIMMED, seen=2, lease=work.lease), yours=4)
    assert [r.number for r in revisions.conflicts(store, "anna")] == [5]
    assert numbers(store) == [6, 5, 4, 3, 2, 1]


def test_restore_makes_a_new_revision(store, work):
    revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease))
    restored = revisions.restore(store, "anna", 1, 1, seen=2, lease=work.lease)
    assert (restored.number, restored.kind, restored.labels.contacts) == (3, "restore", work.labels.contacts)
    assert numbers(store) == [3, 2, 1]


def test_changes_against_the_prelabel(store, work):
    moved = (Keyframe(4, tuple((x + 1, y) for x, y in TRIANGLE)), Keyframe(8, TRIANGLE))
    after = labels(contact(end=9, finger="thumb", keyframes=moved), contact("c2"))
    saved = revisions.save(store, "anna", 1, Submission(after, seen=1, lease=work.lease))
    first, second = revisions.changes(store, "anna", 1, saved.number)
    assert first.fields == {"finger": ("index", "thumb"), "end": (12, 9)}
    assert (first.keyframes_changed, first.keyframes_added) == ((4,), (8,))
    assert (second.kind, second.contact) == ("added", "c2")


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (replace(TRIMMED, frames=25), "24 of 64 x 64"),
        (replace(TRIMMED, width=65), "64 x 64"),
        (labels(contact(end=24)), "end"),
        (labels(contact(region="knee")), "knee"),
    ],
)
def test_labels_that_do_not_fit_are_refused(store, work, bad, says):
    with pytest.raises(BadInput, match=says):
        revisions.save(store, "anna", 1, Submission(bad, seen=1, lease=work.lease))
    assert numbers(store) == [1]


@pytest.mark.parametrize(
    ("clip", "given"),
    [
        (10**30, {}),
        (-1, {}),
        (1, {"seen": 10**30}),
        (1, {"seen": 0}),
        (1, {"client": "x" * 101, "sequence": 1}),
        (1, {"client": "tab", "sequence": 10**30}),
        (1, {"client": "tab", "sequence": -1}),
        (1, {"note": "x" * 10_001}),
        (1, {"kind": "accepted"}),
    ],
)
def test_numbers_and_texts_that_cannot_be_are_refused(store, work, clip, given):
    with pytest.raises(BadInput):
        revisions.save(store, "anna", clip, Submission(TRIMMED, **{"seen": 1, "lease": work.lease} | given))
    assert numbers(store) == [1]


def test_who_may_save(store, work):
    with pytest.raises(NotAllowed, match="Claim"):
        revisions.save(store, "ben", 1, Submission(TRIMMED, seen=1))
    with pytest.raises(NotAllowed, match="hold"):  # anna's lease is no use to ben
        revisions.save(store, "ben", 1, Submission(TRIMMED, seen=1, lease=work.lease))
    with pytest.raises(NotAllowed, match="account"):
        revisions.save(store, "mallory", 1, Submission(TRIMMED, seen=1, lease=work.lease))
    with pytest.raises(NotFound):
        revisions.save(store, "eva", 99, Submission(TRIMMED, seen=1))
    for lease in ("x", "1", "9" * 30, f"{leases.new_token()}.1"):
        with pytest.raises((BadInput, NotAllowed)):
            revisions.save(store, "ben", 1, Submission(TRIMMED, seen=1, lease=lease))
    people.set_role(store, "joe", "anna", "annotator", active=False)
    with pytest.raises(NotAllowed):
        revisions.save(store, "anna", 1, Submission(TRIMMED, seen=1, lease=work.lease))


@pytest.mark.usefixtures("work")
def test_comments_and_flags(store):
    clips.comment(store, "anna", 1, "which finger?", revision=1)
    clips.flag(store, "anna", 1, True, "unsure")
    assert clips.get(store, "eva", 1).flagged
    assert [(e.action, e.detail) for e in clips.events(store, "anna", 1)] == [
        ("flag", "unsure"),
        ("comment", "which finger?"),
    ]
    with pytest.raises(NotAllowed):
        clips.comment(store, "ben", 1, "hello")
    with pytest.raises(BadInput):
        clips.comment(store, "anna", 1, "  ")
