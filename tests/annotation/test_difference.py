from dataclasses import replace

from hypothesis import given
from samples import TRIANGLE, any_labels, contact, labels

from annotation.difference import Clash, difference, merge
from annotation.labels import Keyframe, check

MOVED = tuple((x + 2, y) for x, y in TRIANGLE)
BASE = labels(contact(), contact("c2", region="chin"))


@given(any_labels())
def test_nothing_changed_is_no_difference(value):
    assert difference(value, value) == ()
    assert merge(value, value, value).labels == value


@given(any_labels(), any_labels())
def test_a_change_of_one_side_alone_is_taken_whole(a, b):
    b = replace(a, contacts=b.contacts, pattern=b.pattern)
    ours = merge(a, b, a)
    theirs = merge(a, a, b)
    assert (ours.clashes, theirs.clashes) == ((), ())
    assert ours.labels == b
    assert set(theirs.labels.contacts) == set(b.contacts)


@given(any_labels(), any_labels(), any_labels())
def test_a_merge_is_always_valid_labels(a, b, c):
    merged = merge(a, replace(a, contacts=b.contacts), replace(a, contacts=c.contacts))
    assert check(merged.labels) == merged.labels


def test_added_removed_changed():
    after = labels(contact(end=9, keyframes=(Keyframe(4, MOVED),)), contact("c3"))
    changed, removed, added = difference(BASE, after)
    assert (changed.kind, changed.fields, changed.keyframes_changed) == ("changed", {"end": (12, 9)}, (4,))
    assert (removed.kind, removed.contact, removed.fields["region"]) == ("removed", "c2", ("chin", None))
    assert (added.kind, added.contact, added.keyframes_added) == ("added", "c3", (4,))
    assert changed.to_json()["fields"]["end"] == (12, 9)


def test_changes_in_different_places_come_together():
    head = labels(contact(end=9), contact("c2", region="chin"), contact("c3"))
    yours = labels(contact(finger="thumb", keyframes=(Keyframe(4, TRIANGLE), Keyframe(8, MOVED))))
    merged = merge(BASE, head, yours)
    assert merged.clashes == ()
    first, third = merged.labels.contacts
    assert (first.end, first.finger, [k.frame for k in first.keyframes]) == (9, "thumb", [4, 8])
    assert third.id == "c3"


def test_the_same_place_is_a_clash_and_the_head_stays():
    merged = merge(BASE, labels(contact(end=9), BASE.contacts[1]), labels(contact(end=20), BASE.contacts[1]))
    assert merged.clashes == (Clash("c1", "end", 9, 20),)
    assert merged.labels.contacts[0].end == 9


def test_what_one_removed_and_the_other_changed_comes_back():
    head = labels(BASE.contacts[0])
    yours = labels(BASE.contacts[0], contact("c2", region="lower_lip"))
    merged = merge(BASE, head, yours)
    assert merged.clashes == (Clash("c2", "removed", True, False),)
    assert merged.labels.contacts[1].region == "lower_lip"


def test_two_new_contacts_of_one_name_are_both_kept():
    head = replace(BASE, contacts=(*BASE.contacts, contact("c3")))
    yours = replace(BASE, contacts=(*BASE.contacts, contact("c3", region="nose_tip")))
    merged = merge(BASE, head, yours)
    assert [(c.id, c.region) for c in merged.labels.contacts[2:]] == [
        ("c3", "left_cheek"),
        ("c3.2", "nose_tip"),
    ]


def test_ends_that_were_moved_past_each_other():
    head = labels(contact(start=10, end=12, keyframes=()), BASE.contacts[1])
    yours = labels(contact(start=4, end=6, keyframes=()), BASE.contacts[1])
    base = labels(contact(start=4, end=12, keyframes=()), BASE.contacts[1])
    merged = merge(base, head, yours)
    assert [clash.field for clash in merged.clashes] == ["start"]
    assert (merged.labels.contacts[0].start, merged.labels.contacts[0].end) == (10, 12)
