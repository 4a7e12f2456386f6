"""Many clips at a glance: what is found, by whom, and what is done to many at once."""

from hashlib import sha256

import pytest
from samples import FACTS, add_clips, contact, labels

from annotation import clips, exporting, forgetting, gallery, people, queue, revisions
from annotation.clips import NewClip, insert_clip
from annotation.errors import BadInput, NotAllowed
from annotation.gallery import Wanted, browse
from annotation.keeping import Kept
from annotation.saving import Submission
from annotation.values import About


@pytest.fixture
def shelf(store):
    """Five clips of two persons; the third is sure, the fourth shows no pattern."""
    sure = labels(contact(confidence=0.9, region="chin"), pattern="poke-chin")
    made = {2: sure, 3: labels(pattern="none", author="nobody")}
    for i in range(5):
        about = About("none" if i == 3 else "poke-chin", subject="Ann" if i % 2 else "ben 50%")
        add_clips_one(store, i, made.get(i, labels(contact())), about)
    return store


def add_clips_one(store, i, what, about):
    with store.write() as connection:
        kept = Kept(sha256(f"clip {i}".encode()).hexdigest(), 1)
        insert_clip(connection, NewClip(kept, f"films/day {i}/Clip_{i}.mp4", FACTS, about, what), "system")


def ids(store, actor="eva", offset=0, limit=60, **wanted):
    page = browse(store, actor, Wanted(**wanted), offset, limit)
    assert page.total >= len(page.cards)
    return [card.id for card in page.cards]


def test_a_page_of_the_newest_and_the_next(shelf):
    page = browse(shelf, "eva", Wanted(), limit=2)
    assert (page.total, [card.id for card in page.cards]) == (5, [5, 4])
    assert ids(shelf, offset=4, limit=2) == [1] and ids(shelf, offset=6) == []


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ({"text": "clip_2"}, [3]),
        ({"text": "CLIP day"}, [5, 4, 3, 2, 1]),
        ({"text": "day ann"}, [4, 2]),
        ({"text": "2"}, [3, 2]),  # its number, and a name
        ({"text": "50%"}, [5, 3, 1]),
        ({"text": "%"}, [5, 3, 1]),
        ({"text": "c_ip"}, []),
        ({"text": "clip nowhere"}, []),
        ({"pattern": "none"}, [4]),
        ({"region": "chin"}, [3]),
        ({"subject": "Ann", "sort": "oldest"}, [2, 4]),
        ({"sort": "unsure", "text": "day"}, [4, 5, 2, 1, 3]),
        ({"state": "accepted"}, []),
        ({"gold": True}, []),
    ],
)
def test_what_is_found(shelf, wanted, found):
    assert ids(shelf, **wanted) == found


def test_a_card_says_where_the_clip_stands(shelf):
    first = browse(shelf, "eva", Wanted(text="clip_0")).cards[0]
    assert (first.name, first.pattern, first.subject, first.state) == (
        "Clip_0.mp4",
        "poke-left-cheek",
        "ben 50%",
        "unreviewed",
    )
    assert (first.annotator, first.confidence, first.assigned, first.priority) == ("", 0.75, "", 0)
    work = queue.claim(shelf, "anna")
    revisions.decide(shelf, "anna", 1, Submission(labels(contact(end=9)), work.seen, work.lease), "corrected")
    clips.flag(shelf, "eva", 1, True)
    clips.set_gold(shelf, "joe", 1, 2)
    card = browse(shelf, "eva", Wanted(annotator="anna", flagged=True, gold=True, state="corrected")).cards[0]
    assert (card.id, card.annotator, card.flagged, card.gold) == (1, "anna", True, True)
    assert ids(shelf, sort="changed")[0] == 1


@pytest.mark.parametrize("name", ["anna", "nobody"])
def test_only_reviewers_look_at_all_clips(shelf, name):
    for act in (
        lambda: browse(shelf, name, Wanted()),
        lambda: gallery.numbers(shelf, name, Wanted()),
        lambda: gallery.choices(shelf, name),
        lambda: gallery.assign(shelf, name, [1], ""),
        lambda: gallery.set_priority(shelf, name, [1], 1),
        lambda: gallery.flag_all(shelf, name, [1], True),
    ):
        with pytest.raises(NotAllowed):
            act()


@pytest.mark.parametrize(
    "wanted",
    [
        {"state": "done"}, {"pattern": "poke"}, {"region": "cheek"}, {"sort": "best"}, {"source": "x"},
        {"text": "a" * 201}, {"text": "a b c d e f g h i"},
    ],
)  # fmt: skip
def test_what_is_no_filter_gets_a_sentence(shelf, wanted):
    with pytest.raises(BadInput):
        browse(shelf, "eva", Wanted(**wanted))


@pytest.mark.parametrize(("offset", "limit"), [(-1, 1), (0, 0), (0, 501), (2**31, 1)])
def test_pages_are_bounded(shelf, offset, limit):
    with pytest.raises(BadInput):
        browse(shelf, "eva", Wanted(), offset, limit)


def test_what_is_assigned_goes_to_that_person_alone_and_first(shelf):
    assert gallery.assign(shelf, "eva", [3, 4], "ben") == 2
    assert ids(shelf, assigned="ben") == [4, 3]
    assert queue.claim(shelf, "ben").clip.id == 3
    assert [queue.claim(shelf, "anna").clip.id for _ in range(3)] == [1, 2, 5]
    assert queue.claim(shelf, "anna") is None and queue.count(shelf, "anna") == 0
    assert queue.count(shelf, "ben") == 1
    gallery.assign(shelf, "eva", [4], "")
    assert queue.claim(shelf, "anna").clip.id == 4
    with pytest.raises(NotAllowed, match="no account"):
        gallery.assign(shelf, "eva", [1], "nobody")


def test_what_is_wanted_sooner_comes_first(shelf):
    gallery.set_priority(shelf, "eva", [4], 9)
    gallery.set_priority(shelf, "eva", [1], -1)
    assert [queue.claim(shelf, "anna").clip.id for _ in range(5)] == [4, 2, 3, 5, 1]
    with pytest.raises(BadInput):
        gallery.set_priority(shelf, "eva", [1], 10)


def test_many_at_once_and_numbers_that_are_no_clip(store):
    every = add_clips(store, 1201)
    assert gallery.flag_all(store, "eva", [*every, 10**12, -3], True) == 1203
    assert browse(store, "eva", Wanted(flagged=True)).total == 1201
    assert gallery.assign(store, "eva", every, "anna") == 1201
    assert gallery.numbers(store, "eva", Wanted(assigned="anna")) == every


def test_some_are_exported(shelf, tmp_path):
    assert exporting.export(shelf, "joe", tmp_path / "some.csv", "csv", only=[1, 3]) == 2
    lines = (tmp_path / "some.csv").read_text().splitlines()
    assert len(lines) == 3 and all("Clip_0" in line or "Clip_2" in line for line in lines[1:])


def test_who_is_forgotten_has_nothing_assigned(shelf):
    gallery.assign(shelf, "eva", [1], "ben")
    forgetting.forget_person(shelf, "joe", "ben")
    assert ids(shelf, assigned="ben") == []
    assert people.find(shelf, "somebody")
