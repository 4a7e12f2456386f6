"""A clip is its content: rows are known by checksum and what they say, names find clips and decide nothing."""

import json
import os
import sqlite3
import unicodedata

import pytest
from samples import contact, labels, make_video
from sqlalchemy import text

from annotation import clips, exporting, importing, queue, revisions
from annotation.labels import Labels
from annotation.names import by_name, names_of
from annotation.opening import open_store
from annotation.saving import Submission
from annotation.values import About

LEFT, CHIN = labels(contact()), labels(contact(region="chin", finger="thumb"))


@pytest.fixture(scope="session")
def noise(tmp_path_factory):
    """Bytes of different videos."""
    folder = tmp_path_factory.mktemp("noise")
    return [make_video(folder / f"{seed}.mp4", seed=seed, frames=24).read_bytes() for seed in range(4)]


def manifest(folder, *rows, header="file_name,pattern"):
    """A folder's manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "manifest.csv").write_text("\n".join([header, *rows]) + "\n")
    return folder


def said(path, *rows: tuple[str, Labels]):
    """A file of labels."""
    lines = [json.dumps({"file_name": name, "revision": 1, **value.to_json()}) for name, value in rows]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines))
    return path


def counts(report):
    return report.added, report.relabelled, report.same, report.failed


def brought(store, place, **options):
    return importing.import_file(store, "joe", place, **options)


def head(store, clip_id=1):
    return revisions.revision(store, "joe", clip_id, clips.get(store, "joe", clip_id).head).labels


def names(store, clip_id=1):
    with store.read() as connection:
        return names_of(connection, [clip_id])[clip_id]


def test_a_second_folder_with_the_same_manifest_brings_its_own_clips(store, tmp_path, noise):
    for i in (1, 2):
        folder = manifest(tmp_path / f"session{i}", "clip.mp4,poke-chin")
        (folder / "clip.mp4").write_bytes(noise[i])
        assert counts(brought(store, folder)) == (1, 0, 0, 0)
    assert [names(store, i) for i in (1, 2)] == [("session1/clip.mp4",), ("session2/clip.mp4",)]


def test_the_same_again_changes_nothing_and_says_so(store, tmp_path, noise):
    folder = manifest(tmp_path / "in", "a.mp4,poke-chin,s1", header="file_name,pattern,subject")
    (folder / "a.mp4").write_bytes(noise[0])
    first = said(folder / "metadata.jsonl", ("a.mp4", LEFT))
    brought(store, folder)
    before = clips.get(store, "joe", 1)
    report = brought(store, first)
    assert counts(report) == (0, 0, 1, 0) and report.unchanged
    assert clips.get(store, "joe", 1) == before
    assert len(revisions.history(store, "joe", 1)) == 1


def test_a_then_b_then_a_ends_at_a(store, tmp_path, noise):
    (tmp_path / "clip.mp4").write_bytes(noise[0])
    a, b = said(tmp_path / "a.jsonl", ("clip.mp4", LEFT)), said(tmp_path / "b.jsonl", ("clip.mp4", CHIN))
    assert [counts(brought(store, path)) for path in (a, b, a, a)] == [
        (1, 0, 0, 0),
        (0, 1, 0, 0),
        (0, 1, 0, 0),
        (0, 0, 1, 0),
    ]
    assert head(store) == LEFT


def test_after_a_review_the_same_is_as_before_and_else_is_refused(store, tmp_path, noise):
    (tmp_path / "clip.mp4").write_bytes(noise[0])
    a, b = said(tmp_path / "a.jsonl", ("clip.mp4", LEFT)), said(tmp_path / "b.jsonl", ("clip.mp4", CHIN))
    brought(store, a)
    work = queue.claim(store, "anna")
    made = labels(contact(end=9))
    revisions.decide(store, "anna", 1, Submission(made, seen=1, lease=work.lease), "corrected")
    decided = head(store)
    assert counts(brought(store, a)) == (0, 0, 1, 0)
    report = brought(store, b)
    assert counts(report) == (0, 0, 0, 1) and "worked on" in report.problems[0].message
    assert head(store) == decided


def test_a_manifest_that_says_otherwise_is_heard_and_written_down(store, tmp_path, noise):
    header = "file_name,pattern,subject,camera"
    folder = manifest(tmp_path / "in", "a.mp4,poke-chin,s1,", header=header)
    (folder / "a.mp4").write_bytes(noise[0])
    brought(store, folder)
    manifest(folder, "a.mp4,poke-nose,s2,3", header=header)
    assert [counts(brought(store, folder)) for _ in range(2)] == [(0, 1, 0, 0), (0, 0, 1, 0)]
    clip = clips.get(store, "joe", 1)
    assert (clip.pattern, clip.subject, clip.provenance) == ("poke-nose", "s2", {"camera": "3"})
    assert '"subject": "s1"' in next(e.detail for e in clips.events(store, "joe", 1) if e.action == "describe")


def test_one_file_that_says_two_things_of_a_clip_keeps_the_first_and_names_the_second(store, tmp_path, noise):
    for name in ("a.mp4", "b.mp4"):  # one video
        (tmp_path / name).write_bytes(noise[0])
    file = said(tmp_path / "two.jsonl", ("a.mp4", LEFT), ("b.mp4", CHIN), ("b.mp4", LEFT))
    for expected in ((1, 0, 1, 1), (0, 0, 2, 1)):
        report = brought(store, file)
        assert counts(report) == expected
        assert report.problems[0].line == 2 and "line 1 of this file" in report.problems[0].message
    assert head(store) == LEFT
    assert names(store) == (f"{tmp_path.name}/a.mp4", f"{tmp_path.name}/b.mp4")


@pytest.fixture
def two_sessions(store, tmp_path, noise):
    """Two clips of one name, from the folders one and two."""
    for folder, content in (("one", noise[0]), ("two", noise[1])):
        (manifest(tmp_path / folder, "clip.mp4,poke-left-cheek") / "clip.mp4").write_bytes(content)
        brought(store, tmp_path / folder)
    return tmp_path


def test_equal_names_in_different_folders_stay_apart(store, two_sessions):
    file = said(
        two_sessions / "labels" / "l.jsonl",
        ("two/clip.mp4", CHIN),
        ("clip.mp4", CHIN),
        ("three/clip.mp4", CHIN),
        ("more/one/clip.mp4", CHIN),
    )
    report = brought(store, file)
    assert counts(report) == (0, 1, 0, 3)
    assert head(store, 1).contacts == () and head(store, 2) == CHIN
    both = "clip 1, one/clip.mp4; clip 2, two/clip.mp4"
    assert "the name of 2 clips: " + both in report.problems[0].message
    assert "no clip of that name" in report.problems[1].message and both in report.problems[1].message


def test_a_content_name_finds_its_clip_among_equal_names(store, two_sessions):
    sha256 = clips.get(store, "joe", 2).sha256
    report = brought(store, said(two_sessions / "l" / "l.jsonl", (f"clips/{sha256}.mp4", CHIN)))
    assert counts(report) == (0, 1, 0, 0) and head(store, 2) == CHIN


NAMES = [
    unicodedata.normalize("NFD", "Zoë_Übung.mp4"),
    unicodedata.normalize("NFC", "Zoë_Übung.mp4"),
    "김치 🙂.mp4",
    "a" * 240 + ".mp4",
    "sub\\w.mp4",
    "./sub/./w.mp4",
    "12:30.mp4",
    "=1+1.mp4",
    "con.mp4",
    "trailing dot..mp4",
]


@pytest.mark.parametrize("name", NAMES)
def test_any_name_is_found_beside_and_later(store, tmp_path, noise, name):
    folder = tmp_path / "in"
    place = folder / unicodedata.normalize("NFC", name).replace("\\", "/")
    place.parent.mkdir(parents=True)
    place.write_bytes(noise[0])
    (folder / "manifest.jsonl").write_text(json.dumps({"file_name": name, "pattern": "poke-left-cheek"}))
    assert counts(brought(store, folder)) == (1, 0, 0, 0)
    for form in ("NFC", "NFD"):
        other = said(tmp_path / form / "l.jsonl", (unicodedata.normalize(form, name), CHIN))
        assert brought(store, other).failed == 0
    assert head(store) == CHIN
    (had,) = names(store)
    assert had.startswith("in/") and len(had) > len(name) - 3


@pytest.mark.parametrize("name", NAMES[:3])
def test_a_file_in_the_other_form_is_found(store, tmp_path, noise, name):
    (tmp_path / unicodedata.normalize("NFD", name)).write_bytes(noise[0])
    file = said(tmp_path / "l.jsonl", (unicodedata.normalize("NFC", name), LEFT))
    assert counts(brought(store, file)) == (1, 0, 0, 0)


STRANGE = [".", "..", "/", "\\", "", " ", "C:\\clips\\a.mp4", "c:/a.mp4", "//server/a.mp4", "a\0b", "\ud800.mp4",
           "x" * 300, "x/" * 3000 + "y", "a.mp4/b", "nul\n", "~", "*", "%s", "?.mp4", "in/"]  # fmt: skip


def test_no_name_ends_an_import(store, tmp_path, noise):
    (tmp_path / "a.mp4").write_bytes(noise[0])
    rows = [*((name, LEFT) for name in STRANGE), ("a.mp4", LEFT)]
    report = brought(store, said(tmp_path / "l.jsonl", *rows))
    assert counts(report) == (1, 0, 0, len(STRANGE))
    assert [problem.line for problem in report.problems] == list(range(1, len(STRANGE) + 1))
    assert all(len(problem.message) < 500 for problem in report.problems)


def test_a_name_that_no_file_here_can_have_still_finds_its_clip(store, tmp_path, noise):
    (tmp_path / "a.mp4").write_bytes(noise[0])
    long = "ü" * 2000 + ".mp4"
    row = {"file_name": "a.mp4", "revision": 1, "names": [long, "C:\\films\\x.mp4"], **LEFT.to_json()}
    (tmp_path / "l.jsonl").write_text(json.dumps(row))
    brought(store, tmp_path / "l.jsonl")
    assert counts(brought(store, said(tmp_path / "m" / "l.jsonl", (long, CHIN)))) == (0, 1, 0, 0)
    assert counts(brought(store, said(tmp_path / "m" / "l.jsonl", ("films/x.mp4", LEFT)))) == (0, 1, 0, 0)


@pytest.mark.parametrize("names", [5, [7], ["x"] * 1001, {"a": 1}])
def test_names_that_are_none_are_reported(store, tmp_path, noise, names):
    (tmp_path / "a.mp4").write_bytes(noise[0])
    row = {"file_name": "a.mp4", "revision": 1, **LEFT.to_json(), "names": names}
    (tmp_path / "l.jsonl").write_text(json.dumps(row))
    report = brought(store, tmp_path / "l.jsonl")
    assert counts(report) == (0, 0, 0, 1) and "names" in report.problems[0].message


def test_every_name_is_kept_and_stands_in_each_export(store, tmp_path, noise):
    for folder, name in (("one", "first.mp4"), ("two", "zweite Übung.mp4")):
        (manifest(tmp_path / folder, f"{name},poke-left-cheek") / name).write_bytes(noise[0])
        brought(store, tmp_path / folder)
    clips.add(store, "joe", tmp_path / "one" / "first.mp4", About("poke-left-cheek"), file_name="third.mp4")
    brought(store, said(tmp_path / "l.jsonl", ("third.mp4", LEFT)))
    had = ("one/first.mp4", "two/zweite Übung.mp4", "third.mp4")
    assert names(store) == had
    for format in exporting.FORMATS:
        exporting.export(store, "joe", tmp_path / "out", format)
        written = (tmp_path / "out").read_text()
        if format in ("coco", "activitynet"):
            written = json.dumps(json.loads(written), ensure_ascii=False)
        assert all(name in written for name in had), format
    exporting.export_folder(store, "joe", tmp_path / "folder")
    other = open_store(tmp_path / "other")
    importing.import_file(other, "system", tmp_path / "folder")
    sha256 = clips.get(store, "joe", 1).sha256
    assert names(other) == (f"folder/clips/{sha256}.mp4", *had)
    other.close()


def test_a_file_name_that_is_no_text_is_kept_as_far_as_it_can(store, tmp_path, noise):
    place = os.fsencode(tmp_path) + b"/caf\xe9.mp4"
    with open(place, "wb") as file:
        file.write(noise[0])
    clips.add(store, "joe", os.fsdecode(place), About("poke-chin"))
    assert names(store) == ("caf\ufffd.mp4",)


def test_of_two_files_in_two_forms_each_is_meant_as_it_is_written(store, tmp_path, noise):
    forms = [unicodedata.normalize(form, "é.mp4") for form in ("NFC", "NFD")]
    for name, content in zip(forms, noise, strict=False):
        (tmp_path / name).write_bytes(content)
    file = said(tmp_path / "l.jsonl", (forms[0], LEFT), (forms[1], CHIN))
    assert counts(brought(store, file)) == (2, 0, 0, 0)
    assert (head(store, 1), head(store, 2)) == (LEFT, CHIN)


def test_strict_refuses_what_an_import_would(store, two_sessions):
    file = said(two_sessions / "labels" / "l.jsonl", ("two/clip.mp4", CHIN), ("clip.mp4", CHIN))
    with pytest.raises(importing.BadInput, match=r"line 2: .*2 clips"):
        brought(store, file, strict=True)
    assert head(store, 2).contacts == ()


def test_old_names_are_found_after_an_upgrade(tmp_path):
    from test_upgrade import OLD

    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "studio.db").write_bytes(OLD.read_bytes())
    with sqlite3.connect(OLD) as connection:
        old = dict(connection.execute("SELECT id, file_name FROM clips").fetchall())
    store = open_store(tmp_path / "data")
    with store.read() as connection:
        assert names_of(connection, list(old)) == {clip_id: (name,) for clip_id, name in old.items()}
        assert [by_name(connection, name).id for name in old.values()] == list(old)
    store.close()


def test_a_name_is_looked_up_by_its_index(store):
    with store.read() as connection:
        plan = connection.execute(text("EXPLAIN QUERY PLAN SELECT name FROM names WHERE tail = 'x'")).all()
    assert "ix_names_tail" in str(plan)


def test_names_differ_by_their_suffix(store, tmp_path, noise):
    (tmp_path / "a.mp4").write_bytes(noise[0])
    brought(store, said(tmp_path / "l.jsonl", ("a.mp4", LEFT)))
    assert counts(brought(store, said(tmp_path / "m" / "l.jsonl", ("a.webm", CHIN)))) == (0, 0, 0, 1)
