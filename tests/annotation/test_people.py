import pytest

from annotation import people
from annotation.errors import BadInput, NotAllowed, NotFound
from annotation.people import Person


def test_sign_in(store):
    assert people.sign_in(store, "anna") == Person("anna", "annotator", True)
    assert people.sign_in(store, "anna", new_role="admin").role == "annotator"  # the role stays
    assert people.sign_in(store, "new", new_role="reviewer").role == "reviewer"
    with pytest.raises(NotAllowed, match="account"):
        people.sign_in(store, "stranger")


@pytest.mark.parametrize("name", ["", " anna", "a\nb", "x" * 101, None])
def test_names_that_are_none(store, name):
    with pytest.raises(BadInput):
        people.sign_in(store, name, new_role="annotator")


def test_nobody_signs_in_as_the_command_line(store):
    with pytest.raises(NotAllowed):
        people.sign_in(store, "system", new_role="admin")
    with pytest.raises(NotAllowed):
        people.set_role(store, "joe", "system", "annotator")


def test_only_an_admin_changes_roles(store):
    assert people.set_role(store, "joe", "anna", "reviewer").role == "reviewer"
    assert people.set_role(store, "joe", "zoe", "annotator").name == "zoe"
    for actor in ("ben", "eva"):
        with pytest.raises(NotAllowed):
            people.set_role(store, actor, actor, "admin")
    with pytest.raises(BadInput, match="role"):
        people.set_role(store, "joe", "anna", "king")


def test_the_last_admin_stays(store):
    with pytest.raises(BadInput, match="only admin"):
        people.set_role(store, "joe", "joe", "annotator")
    people.set_role(store, "joe", "eva", "admin")
    people.set_role(store, "eva", "joe", "annotator")
    with pytest.raises(NotAllowed):
        people.set_role(store, "joe", "anna", "admin")


def test_who_sees_the_list(store):
    assert [p.name for p in people.everybody(store, "eva")] == ["anna", "ben", "eva", "joe"]
    with pytest.raises(NotAllowed):
        people.everybody(store, "anna")
    assert people.find(store, "ben").role == "annotator"
    with pytest.raises(NotFound):
        people.find(store, "nobody")


def test_somebody_who_left_does_nothing_more(store):
    people.set_role(store, "joe", "anna", "annotator", active=False)
    with pytest.raises(NotAllowed):
        people.sign_in(store, "anna", new_role="admin")
