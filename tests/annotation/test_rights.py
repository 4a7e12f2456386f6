"""Who sees a clip: who holds it, did it, sent it or reviews; strangers, what was released, while their lease runs."""

from collections.abc import Callable
from typing import Any

import pytest
from samples import add_clips, contact, labels, make_video

from annotation import clips, importing, people, queue, releasing, revisions
from annotation.errors import BadInput, LeaseLost, NotAllowed, StoreError
from annotation.saving import Submission
from annotation.values import About

STRANGER = "visitor 0a1b2c"
ASKED: dict[str, Callable[..., Any]] = {
    "clip": lambda store, who: clips.get(store, who, 1),
    "events": lambda store, who: clips.events(store, who, 1),
    "history": lambda store, who: revisions.history(store, who, 1),
    "labels": lambda store, who: revisions.revision(store, who, 1, 1),
    "comment": lambda store, who: clips.comment(store, who, 1, "so"),
    "flag": lambda store, who: clips.flag(store, who, 1, True),
}


@pytest.fixture
def stranger(store):
    people.sign_in(store, STRANGER, new_role="annotator")
    people.sign_in(store, "visitor", new_role="annotator")
    return STRANGER


def accept(store, who, work):
    sent = Submission(work.labels, seen=work.seen, lease=work.lease)
    revisions.decide(store, who, work.clip.id, sent, "accepted")


@pytest.mark.parametrize("what", ASKED)
def test_a_clip_is_seen_by_who_has_to_do_with_it(store, what):
    add_clips(store, 2)
    work = queue.claim(store, "anna")
    for who in ("anna", "eva", "joe"):
        ASKED[what](store, who)
    with pytest.raises(NotAllowed, match="Claim the clip first"):
        ASKED[what](store, "ben")
    accept(store, "anna", work)
    ASKED[what](store, "anna")


@pytest.mark.parametrize("what", ASKED)
def test_strangers_see_a_released_clip_while_their_lease_runs(store, stranger, what, monkeypatch):
    add_clips(store, 1)
    refused = NotAllowed
    assert queue.count(store, stranger) == 0 and queue.claim(store, stranger) is None
    with pytest.raises(refused):
        ASKED[what](store, stranger)
    assert releasing.release(store, "joe") == (1, 1)
    with pytest.raises(refused):
        ASKED[what](store, stranger)
    work = queue.claim(store, stranger)
    ASKED[what](store, stranger)
    with monkeypatch.context() as later:
        later.setattr("time.time", lambda: work.until + 1)
        with pytest.raises(refused):
            ASKED[what](store, stranger)
    releasing.release(store, "joe", open=False)
    with pytest.raises(refused):
        ASKED[what](store, stranger)
    with pytest.raises(LeaseLost):
        queue.renew(store, stranger, 1, work.lease)
    with pytest.raises(LeaseLost):
        accept(store, stranger, work)
    assert queue.mine(store, stranger) == []


def test_a_stranger_does_not_learn_which_clips_there_are(store, stranger):
    add_clips(store, 1)
    said = set()
    for number in (1, 2, 2**40):
        with pytest.raises(NotAllowed) as error:
            clips.get(store, stranger, number)
        said.add(str(error.value))
    assert len(said) == 1


def test_a_stranger_comes_back_to_what_they_did_while_it_is_open(store, stranger):
    add_clips(store, 2)
    releasing.release(store, "joe", clip_ids=[2])
    work = queue.claim(store, stranger)
    assert work.clip.id == 2 and queue.claim(store, stranger) is None
    accept(store, stranger, work)
    with pytest.raises(NotAllowed):
        clips.get(store, stranger, 2)
    assert queue.open_clip(store, stranger, 2).lease
    assert clips.get(store, stranger, 2).state == "accepted"
    releasing.release(store, "joe", open=False)
    with pytest.raises(StoreError):
        queue.open_clip(store, stranger, 2)


def test_a_stranger_holds_a_few_clips_at_once(store, stranger):
    add_clips(store, 5)
    releasing.release(store, "joe")
    held = [queue.claim(store, stranger) for _ in range(3)]
    with pytest.raises(NotAllowed, match="finish or skip"):
        queue.claim(store, stranger)
    queue.skip(store, stranger, held[0].clip.id, held[0].lease)
    assert queue.claim(store, stranger) is not None
    with pytest.raises(NotAllowed, match="no name"):
        queue.claim(store, "visitor")
    for _ in range(2):
        assert queue.claim(store, "anna") is not None


def test_gold_checks_of_strangers_are_of_open_clips(store, stranger):
    add_clips(store, 3)
    clips.set_gold(store, "joe", 1, 1)
    queue.configure(store, "joe", gold_share=1)
    releasing.release(store, "joe", clip_ids=[2])
    assert queue.claim(store, stranger).clip.id == 2


def test_who_sent_a_clip_sees_it(store, tmp_path):
    clip, _ = clips.add(store, "ben", make_video(tmp_path / "v.mp4"), About("poke-nose"))
    assert clips.get(store, "ben", clip.id) == clips.get(store, "joe", clip.id)
    assert not clip.released


def test_an_admin_says_what_is_open(store):
    add_clips(store, 3, lambda i: labels(contact(), pattern=("poke-nose", "poke-chin", "poke-nose")[i]))
    assert releasing.release(store, "joe", pattern="poke-nose") == (2, 3)
    assert releasing.release(store, "joe", open=False, clip_ids=[1]) == (1, 3)
    assert clips.get(store, "joe", 3).released
    add_clips(store, 4)
    assert releasing.released(store) == (1, 4)
    for who in ("anna", "eva"):
        with pytest.raises(NotAllowed):
            releasing.release(store, who)
    with pytest.raises(BadInput):
        releasing.release(store, "joe", pattern="poke-knee")
    with pytest.raises(BadInput, match="login"):
        people.set_role(store, "joe", STRANGER, "reviewer")


def test_an_import_asks_for_the_right_before_it_looks_for_files(store, tmp_path):
    (tmp_path / "there.json").write_text("{")
    for name in ("there.json", "nowhere.json", "there.json/x", ""):
        with pytest.raises(NotAllowed):
            importing.import_file(store, "anna", tmp_path / name, "no format")
