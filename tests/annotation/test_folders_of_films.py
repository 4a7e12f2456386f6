"""A folder of videos without a manifest, and many new clips at once."""

import shutil

import pytest
from samples import make_video

from annotation import backup, batches, clips, importing, queue
from annotation.errors import BadInput, StoreError
from annotation.formats.manifest import COLUMNS


@pytest.fixture
def films(tmp_path):
    """Three videos in two folders, and what else lies in folders."""
    folder = tmp_path / "films"
    (folder / "day 2" / "__MACOSX").mkdir(parents=True)
    make_video(folder / "b.mp4", seed=1)
    make_video(folder / "day 2" / "a.MP4", seed=2)
    make_video(folder / "day 2" / "c.mov", seed=3)
    for name in (".hidden.mp4", "day 2/__MACOSX/d.mp4", "notes.txt"):
        (folder / name).write_bytes(b"no video")
    return folder


def test_each_video_of_a_folder_is_a_clip_that_shows_no_pattern(store, films):
    report = importing.import_file(store, "joe", films)
    assert (report.added, report.failed, report.converted, report.each) == (3, 0, 1, "video")
    found = [clips.get(store, "eva", i) for i in (1, 2, 3)]
    assert [clip.file_name for clip in found] == ["films/b.mp4", "films/day 2/a.MP4", "films/day 2/c.mov"]
    assert {clip.pattern for clip in found} == {"none"}
    assert queue.count(store, "anna", queue.Filters(pattern="none")) == 3
    assert importing.import_file(store, "joe", films).unchanged
    assert backup.check(store, thorough=True) == []


def test_a_manifest_adds_what_it_says_to_clips_that_came_without(store, films):
    importing.import_file(store, "joe", films)
    (films / "manifest.csv").write_text(",".join(COLUMNS) + "\nb.mp4,,ann,kitchen,phone,test,agreed\n")
    assert importing.import_file(store, "joe", films).relabelled == 1
    clip = clips.get(store, "eva", 1)
    assert (clip.pattern, clip.subject, clip.split, clip.consent) == ("none", "ann", "test", "agreed")


def test_a_folder_without_videos_says_what_would_do(store, tmp_path):
    with pytest.raises(BadInput, match="no video in it, and no manifest.csv"):
        importing.import_file(store, "joe", tmp_path)


def test_the_folder_one_stands_in_will_do_and_the_whole_disk_will_not(store, films, monkeypatch):
    monkeypatch.chdir(films)
    assert importing.import_file(store, "joe", ".").added == 3
    with pytest.raises(BadInput, match="not the whole disk"):
        importing.import_file(store, "joe", "/")


def test_a_video_that_is_none_is_named_and_the_others_are_in(store, films):
    (films / "a.mp4").write_bytes(b"nothing")
    report = importing.import_file(store, "joe", films)
    assert (report.added, report.failed) == (3, 1)
    assert report.problems[0].line == 1 and "a.mp4" in report.problems[0].message


def test_a_link_out_of_the_folder_is_not_followed(store, films, tmp_path):
    make_video(tmp_path / "outside.mp4", seed=4)
    (films / "a.mp4").symlink_to(tmp_path / "outside.mp4")
    assert "leads out" in importing.import_file(store, "joe", films).problems[0].message


def test_the_same_video_twice_is_one_clip_with_two_names(store, films):
    shutil.copy(films / "b.mp4", films / "again.mp4")
    report = importing.import_file(store, "joe", films)
    assert (report.added, report.same, clips.total(store)) == (3, 1, 3)


def test_what_was_told_is_in_and_what_was_not_leaves_nothing(store, tmp_path, monkeypatch):
    """A stop between the files and their rows: the clips told before are whole, nothing else is there."""
    (tmp_path / "in").mkdir()
    for i in range(9):
        make_video(tmp_path / "in" / f"{i}.mp4", seed=i)
    told = []
    real = batches.add_new

    def breaks(store, actor, source, rows):
        if len(rows) > 2:
            raise StoreError("the disk is full")
        return real(store, actor, source, rows)

    monkeypatch.setattr(batches, "add_new", breaks)
    with pytest.raises(StoreError):
        importing.import_file(store, "joe", tmp_path / "in", progress=lambda r: told.append(r.added))
    assert told == [1, 2, 3, 4] and clips.total(store) == 4
    assert backup.check(store, thorough=True) == []
    monkeypatch.undo()
    report = importing.import_file(store, "joe", tmp_path / "in")
    assert (report.added, report.same) == (5, 4)


def test_a_file_that_cannot_be_written_takes_its_batch_with_it_and_no_mark_stays(store, tmp_path, monkeypatch):
    from annotation import keeping

    (tmp_path / "in").mkdir()
    for i in range(6):
        make_video(tmp_path / "in" / f"{i}.mp4", seed=i)

    def full(_path):
        raise OSError(28, "No space left on device")

    importing.import_file(store, "joe", tmp_path / "in")
    before = sorted(path.name for path in store.clips.iterdir())
    make_video(tmp_path / "in" / "7.mp4", seed=7)
    monkeypatch.setattr(keeping, "sync", full)
    with pytest.raises(StoreError, match="disk is full"):
        importing.import_file(store, "joe", tmp_path / "in")
    assert sorted(path.name for path in store.clips.iterdir()) == before
