"""Pre-labels for all clips that have none, with a stand-in for the networks."""

import time
from pathlib import Path

import pytest
from samples import add_clips, contact, labels

from annotation import people, prelabelling, queue, revisions
from annotation.errors import NotAllowed
from annotation.opening import open_store
from annotation.store import Store
from annotation.values import About
from model.errors import InputError
from model.request import Progress
from studio import prelabel as module
from studio.prelabel import prelabel_all


@pytest.fixture
def store(tmp_path: Path):
    """Three clips without labels, one with."""
    opened = open_store(tmp_path / "data")
    for name, role in (("joe", "admin"), ("anna", "annotator")):
        people.sign_in(opened, name, new_role=role)
    blank = labels(pattern="none", author="nobody")
    add_clips(opened, 4, lambda i: labels(contact()) if i == 3 else blank, About("none"))
    yield opened
    opened.close()


def predict(_video: Path):
    yield Progress("look", 0.5)
    yield labels(contact("p1", 5, 9), pattern="poke-nose", author="prelabel")


def test_clips_without_labels_get_them_and_keep_their_pattern(store: Store) -> None:
    steps = list(prelabel_all(store, "joe", predict))
    assert (steps[0].total, steps[-1].done, steps[-1].failed) == (3, 3, 0)
    assert any(step.share == 0.5 for step in steps)
    work = queue.claim(store, "anna")
    assert [c.id for c in work.labels.contacts] == ["p1"] and work.labels == work.prelabel
    assert (work.clip.pattern, work.labels.pattern, work.labels.author) == ("none", "none", "prelabel")
    assert revisions.revision(store, "joe", 4, 1).labels.contacts[0].id == "c1"
    assert prelabelling.count(store, "joe") == 0


def test_stopped_it_goes_on_from_there(store: Store) -> None:
    steps = prelabel_all(store, "joe", predict)
    while next(steps).done < 1:
        pass
    steps.close()
    assert prelabelling.count(store, "joe") == 2
    assert list(prelabel_all(store, "joe", predict))[-1].done == 2


def test_a_clip_without_a_face_is_told_of_and_not_looked_at_again(store: Store) -> None:
    def blind(_video: Path):
        raise InputError("No face was found.")
        yield

    assert list(prelabel_all(store, "joe", blind))[-1].failed == 3
    assert prelabelling.count(store, "joe") == 0
    assert "without a face" in module.Prelabelled(3, 0, 3).words


def test_a_clip_on_which_somebody_works_stays_theirs(store: Store) -> None:
    held = queue.claim(store, "anna")
    list(prelabel_all(store, "joe", predict))
    assert queue.open_clip(store, "anna", held.clip.id).seen == held.seen
    late = prelabelling.attach(store, "joe", held.clip.id, labels(), "late", time.time())
    assert not late


def test_it_takes_an_admin(store: Store) -> None:
    with pytest.raises(NotAllowed):
        next(prelabel_all(store, "anna", predict))


def test_the_command_says_where_it_is(store: Store, monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    monkeypatch.setattr(module, "predict_film", predict)
    assert module.main(["--data", str(store.data)]) == 0
    assert capsys.readouterr().out == "3 of 3 clips pre-labelled\n"
    assert module.main(["--data", str(store.data / "nowhere")]) == 2
