import threading
from collections import Counter
from dataclasses import replace

import pytest
from samples import add_clips, contact, labels

from annotation import clips, people, queue, revisions
from annotation.clips import About
from annotation.errors import BadInput, LeaseLost, NotAllowed
from annotation.opening import open_store
from annotation.queue import Filters
from annotation.saving import Submission


def decide(store, actor, work, verdict="accepted"):
    return revisions.decide(
        store, actor, work.clip.id, Submission(work.labels, seen=work.seen, lease=work.lease, note="so"), verdict
    )


def test_ten_clients_share_a_thousand_clips_without_a_double_claim(store):
    add_clips(store, 1000)
    names = [f"person {i}" for i in range(10)]
    for name in names:
        people.sign_in(store, name, new_role="annotator")
    other = open_store(store.data)  # as another process would: its own connections and lock
    claimed: list[int] = []
    errors: list[Exception] = []

    def work(name: str, where) -> None:
        try:
            while (got := queue.claim(where, name)) is not None:
                claimed.append(got.clip.id)
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=work, args=(n, other if i < 2 else store)) for i, n in enumerate(names)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    other.close()
    assert errors == []
    assert sorted(claimed) == list(range(1, 1001))


def test_no_clip_is_forgotten_after_a_lease_ran_out(store, monkeypatch):
    add_clips(store, 3)
    held = [queue.claim(store, "anna") for _ in range(3)]
    assert queue.claim(store, "ben") is None
    later = held[-1].until + 1
    monkeypatch.setattr("time.time", lambda: later)
    assert sorted(queue.claim(store, "ben").clip.id for _ in range(3)) == [1, 2, 3]


def test_two_annotators_on_one_clip_the_second_is_told(store):
    add_clips(store, 1)
    queue.claim(store, "anna")
    looking = queue.open_clip(store, "eva", 1)
    assert (looking.held_by, looking.lease) == ("anna", "")


def test_renewing_keeps_a_clip(store, monkeypatch):
    add_clips(store, 1)
    work = queue.claim(store, "anna")
    now = work.until - 10
    monkeypatch.setattr("time.time", lambda: now)
    assert queue.renew(store, "anna", 1, work.lease) == now + 900
    now = work.until + 10
    assert queue.claim(store, "ben") is None


def test_a_released_clip_is_free_and_its_drafts_stay(store):
    add_clips(store, 1)
    work = queue.claim(store, "anna")
    revisions.save(store, "anna", 1, Submission(labels(contact(end=9)), seen=1, lease=work.lease))
    queue.release(store, "anna", 1, work.lease)
    again = queue.claim(store, "ben")
    assert (again.seen, again.labels.contacts[0].end) == (2, 9)


def test_a_skipped_clip_goes_to_somebody_else(store):
    add_clips(store, 2)
    work = queue.claim(store, "anna")
    queue.skip(store, "anna", work.clip.id, work.lease, "too dark")
    assert queue.claim(store, "anna").clip.id == 2
    assert queue.claim(store, "anna") is None
    assert queue.claim(store, "ben").clip.id == 1
    assert clips.events(store, "eva", 1)[0].action == "skip"


def test_what_one_holds_is_there_after_a_reload(store):
    add_clips(store, 3)
    first, second = queue.claim(store, "anna"), queue.claim(store, "anna")
    held = queue.mine(store, "anna")
    assert {(w.clip.id, w.lease) for w in held} == {(w.clip.id, w.lease) for w in (first, second)}
    decide(store, "anna", first)
    assert [w.clip.id for w in queue.mine(store, "anna")] == [2]


def test_nobody_releases_what_another_holds(store):
    add_clips(store, 1)
    work = queue.claim(store, "anna")
    for act in (queue.release, queue.skip, queue.renew):
        with pytest.raises(LeaseLost):
            act(store, "ben", 1, work.lease)


def some_labels(i):
    """Clips that differ in pattern, region, confidence and source."""
    region = ("left_cheek", "chin", "nose_tip")[i % 3]
    pattern = ("poke-left-cheek", "poke-chin", "poke-nose")[i % 3]
    source = ("predicted", "simulated")[i % 2]
    return labels(contact(region=region, confidence=1 - i / 20), pattern=pattern, source=source)


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (Filters(), [1, 2, 3, 4, 5, 6]),
        (Filters(pattern="poke-chin"), [2, 5]),
        (Filters(region="nose_tip"), [3, 6]),
        (Filters(region="forehead"), []),
        (Filters(source="simulated"), [2, 4, 6]),
        (Filters(source="simulated", region="chin"), [2]),
        (Filters(order="uncertain"), [6, 5, 4, 3, 2, 1]),
        (Filters(order="uncertain", pattern="poke-nose"), [6, 3]),
        (Filters(split="test"), []),
        (Filters(split="train", subject="s1"), [1, 2, 3, 4, 5, 6]),
    ],
)
def test_filters(store, filters, expected):
    add_clips(store, 6, some_labels, About("poke-nose", subject="s1", split="train"))
    assert queue.count(store, "anna", filters) == len(expected)
    got = []
    while (work := queue.claim(store, "anna", filters)) is not None:
        got.append(work.clip.id)
    assert got == expected


def test_reviewers_look_at_what_others_have_done(store):
    add_clips(store, 4)
    for verdict in ("accepted", "rejected", "accepted"):
        decide(store, "anna", queue.claim(store, "anna"), verdict)
    clips.flag(store, "anna", 3, True)
    with pytest.raises(NotAllowed):
        queue.claim(store, "ben", Filters(state="accepted"))
    rejected = queue.claim(store, "eva", Filters(state="rejected"))
    assert rejected.clip.id == 2
    decide(store, "eva", rejected, "accepted")
    assert queue.claim(store, "eva", Filters(state="rejected")) is None
    assert queue.claim(store, "joe", Filters(state="", flagged=True)).clip.id == 3


@pytest.mark.parametrize("bad", [{"pattern": "x"}, {"region": "x"}, {"state": "x"}, {"source": "x"}, {"order": "x"}])
def test_unknown_filters_are_refused(store, bad):
    with pytest.raises(BadInput):
        queue.claim(store, "anna", replace(Filters(), **bad))


def test_settings_belong_to_the_admin(store):
    assert queue.configure(store, "joe", lease_seconds=60)["lease_seconds"] == 60
    with pytest.raises(NotAllowed):
        queue.configure(store, "eva", gold_share=0.5)
    with pytest.raises(BadInput):
        queue.configure(store, "joe", gold_share=1.5)


def test_claims_of_one_person_from_many_tabs_differ(store):
    add_clips(store, 50)
    got: list[int] = []
    threads = [threading.Thread(target=lambda: got.append(queue.claim(store, "anna").clip.id)) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(Counter(got).values()) == 1
    assert len(got) == 50
