"""People who film themselves: known by their code, whole in one split, and forgotten as a whole."""

from pathlib import Path

import pytest
from samples import contact, labels, make_video

from annotation import backup, clips, exporting, forgetting, recording, subjects
from annotation.errors import BadInput, NotFound
from annotation.taxonomy import PATTERNS
from annotation.values import SYSTEM
from annotation.video import probe

WORDS = "Film me: yes"


def film(store, subject, tmp_path: Path, seed: int = 0):
    """A clip of somebody."""
    video = make_video(tmp_path / f"{subject.name}-{seed}.mp4", seed=seed)
    return recording.keep(store, subject, video, probe(video), labels(contact()), "outdoors", "webcam: x")


def test_a_code_is_read_as_people_write_it_and_is_kept_nowhere(store):
    eva, code = subjects.enrol(store, WORDS, "1")
    loose = code.lower().replace("-", "  ").replace("0", "o").replace("1", "l")
    for written in (code, f" {loose}\n"):
        assert subjects.by_code(store, written) == eva
    for wrong in ("", code[:-1], code + "A", "é" * 300):
        with pytest.raises(NotFound, match="belongs to nobody here"):
            subjects.by_code(store, wrong)
    files = b"".join(path.read_bytes() for path in store.data.glob("studio.db*"))
    assert code.encode() not in files and code.replace("-", "").encode() not in files


def test_everybody_has_all_patterns_in_an_order_of_their_own(store):
    plans = [subjects.enrol(store, WORDS, "1")[0].plan for _ in range(4)]
    assert all(sorted(plan) == sorted(PATTERNS) for plan in plans) and len(set(plans)) == 4


def test_a_clip_carries_its_subject_and_their_split(store, tmp_path):
    eva, _ = subjects.enrol(store, WORDS, "1", login="eva")
    clip = film(store, eva, tmp_path)
    assert (clip.subject, clip.environment, clip.device, clip.split) == (eva.name, "outdoors", "webcam: x", eva.split)
    assert clip.consent == eva.agreed and "version 1" in eva.agreed
    assert subjects.kept(store, eva) == (clip.pattern,)
    assert subjects.by_login(store, "eva") == eva and subjects.by_login(store, "ben") is None
    assert subjects.skip(store, eva, ["poke-nose", "poke-nose"]).skipped == ("poke-nose",)
    with pytest.raises(BadInput):
        subjects.skip(store, eva, ["poke-ear"])


def test_splits_are_by_person_and_about_a_tenth_is_for_testing():
    split = [subjects._split_of(f"person {i:08x}") for i in range(2000)]
    assert 0.07 < split.count("test") / len(split) < 0.13


def test_who_withdraws_takes_everything_with_them_and_nobody_elses(store, tmp_path):
    eva, code = subjects.enrol(store, WORDS, "1")
    ben, _ = subjects.enrol(store, WORDS, "1")
    film(store, eva, tmp_path, 0)
    theirs = film(store, ben, tmp_path, 1)
    film(store, eva, tmp_path, 2)
    kept = backup.backup(store)
    exporting.export(store, SYSTEM, store.exports / "all.jsonl")
    assert forgetting.forget_subject(store, eva.name) == (2, ("all.jsonl",))
    forgetting.scrub(store)
    assert [clip.id for clip in clips.find(store, SYSTEM)] == [theirs.id]
    assert not [p for p in store.data.glob("studio.db*") if eva.name.encode() in p.read_bytes()]
    assert forgetting.stale_backups(store) == [kept]
    with pytest.raises(NotFound):
        subjects.by_code(store, code)
    with pytest.raises(NotFound):
        film(store, eva, tmp_path, 3)
    assert subjects.kept(store, ben) == (theirs.pattern,)


@pytest.mark.parametrize("called", ["login", "name"])
def test_an_admin_forgets_whoever_filmed_themselves(store, tmp_path, called):
    eva, code = subjects.enrol(store, WORDS, "1", login="eva")
    film(store, eva, tmp_path)
    assert forgetting.forget_person(store, "joe", getattr(eva, called)) == (1, ())
    with pytest.raises(NotFound):
        subjects.by_code(store, code)
    assert subjects.by_login(store, "eva") is None


def test_a_consent_alone_makes_a_backup_stale_and_an_older_backup_is_none(store):
    before = backup.backup(store)
    eva, _ = subjects.enrol(store, WORDS, "1")
    after = backup.backup(store)
    forgetting.forget_subject(store, eva.name)
    assert before != after and forgetting.stale_backups(store) == [after]
