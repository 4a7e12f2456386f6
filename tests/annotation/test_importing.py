import json
from dataclasses import replace

import pytest
from samples import FACTS, FRAMES, SIZE, contact, labels, make_video

from annotation import backup, clips, exporting, importing, queue, revisions
from annotation.clips import About
from annotation.errors import BadInput, NotAllowed, StoreError
from annotation.labels import Labels
from annotation.opening import open_store
from annotation.saving import Submission
from annotation.video import Facts, probe

HEADER = "file_name,pattern,subject,environment,device,split\n"


@pytest.fixture(scope="session")
def videos(tmp_path_factory):
    """Four different videos."""
    folder = tmp_path_factory.mktemp("videos")
    for i in range(4):
        make_video(folder / f"v{i}.mp4", seed=i)
    return folder


@pytest.fixture
def folder(tmp_path, videos):
    """A folder with a manifest of four good rows."""
    (tmp_path / "in").mkdir()
    for i in range(4):
        (tmp_path / "in" / f"v{i}.mp4").write_bytes((videos / f"v{i}.mp4").read_bytes())
    rows = [f"v{i}.mp4,poke-nose,s{i},kitchen,phone,train\n" for i in range(4)]
    (tmp_path / "in" / "manifest.csv").write_text(HEADER + "".join(rows))
    return tmp_path / "in"


def test_a_folder_with_its_manifest(store, folder):
    seen = []
    report = importing.import_file(store, "joe", folder, progress=lambda r: seen.append(r.rows))
    assert (report.added, report.failed, seen) == (4, 0, [1, 2, 3, 4])
    clip = clips.get(store, "eva", 1)
    assert (clip.pattern, clip.subject, clip.environment, clip.device, clip.split) == (
        "poke-nose",
        "s0",
        "kitchen",
        "phone",
        "train",
    )
    assert (clip.frames, clip.fps, clip.width, clip.height) == (FRAMES, 24.0, SIZE, SIZE)
    assert clips.video_path(store, clip).read_bytes() == (folder / "v0.mp4").read_bytes()
    assert queue.claim(store, "anna").labels.contacts == ()
    assert backup.check(store, thorough=True) == []


@pytest.mark.parametrize("again", [1, 2])
def test_again_imports_nothing_twice(store, folder, again):
    for _ in range(again):
        importing.import_file(store, "joe", folder)
    (folder / "manifest.csv").write_text((folder / "manifest.csv").read_text() + "\n")  # another manifest
    report = importing.import_file(store, "joe", folder)
    assert (report.added, report.same, clips.total(store)) == (0, 4, 4)


def test_a_stopped_import_goes_on(store, folder):
    class Stopped(Exception):
        pass

    def stop(report):
        if report.rows == 2:
            raise Stopped

    with pytest.raises(Stopped):
        importing.import_file(store, "joe", folder, progress=stop)
    assert backup.check(store, thorough=True) == []
    report = importing.import_file(store, "joe", folder)
    assert (report.added, report.same) == (2, 2)


BAD = {
    "v0.mp4,poke-knee,s,k,p,t": "poke-knee",
    "missing.mp4,poke-nose,s,k,p,t": "no file",
    "../out.mp4,poke-nose,s,k,p,t": "inside the folder",
    "/etc/passwd,poke-nose,s,k,p,t": "inside the folder",
    "broken.mp4,poke-nose,s,k,p,t": "not a video",
    "text.mp4,poke-nose,s,k,p,t": "not a video",
    "v0.mp4,poke-nose": "2 cells",
    f"v0.mp4,poke-nose,{'s' * 201},k,p,t": "subject",
    ",poke-nose,s,k,p,t": "file_name",
}


def spoil(folder):
    """Put the bad rows before and after a good one."""
    (folder / "text.mp4").write_text("hello")
    (folder / "broken.mp4").write_bytes((folder / "v0.mp4").read_bytes()[:300])
    rows = list(BAD)
    lines = [*rows[:4], "v1.mp4,poke-nose,s,k,p,t", *rows[4:]]
    (folder / "manifest.csv").write_text(HEADER + "\n".join(lines))


def test_bad_rows_are_reported_by_line_and_left_out(store, folder):
    spoil(folder)
    report = importing.import_file(store, "joe", folder)
    assert (report.added, report.failed) == (1, len(BAD))
    assert [problem.line for problem in report.problems] == [2, 3, 4, 5, 7, 8, 9, 10, 11]
    for problem, says in zip(report.problems, BAD.values(), strict=True):
        assert says in problem.message
    assert backup.check(store, thorough=True) == []


def test_strict_refuses_all_for_one_bad_row(store, folder):
    spoil(folder)
    with pytest.raises(BadInput, match=r"line 2: .*poke-knee.*8 more"):
        importing.import_file(store, "joe", folder, strict=True)
    assert clips.total(store) == 0
    assert list(store.clips.iterdir()) == []


def test_only_an_admin_imports(store, folder):
    with pytest.raises(NotAllowed):
        importing.import_file(store, "eva", folder)


@pytest.mark.parametrize("source", ["nothing", "empty", "odd.txt"])
def test_what_is_no_import_is_refused(store, tmp_path, source):
    (tmp_path / "empty").mkdir()
    (tmp_path / "odd.txt").write_text("x")
    with pytest.raises(BadInput):
        importing.import_file(store, "joe", tmp_path / source)


def reviewed(store, folder):
    """Import, then accept one clip, correct another, reject a third."""
    importing.import_file(store, "joe", folder)
    made = labels(contact(), pattern="poke-nose")
    for verdict in ("accepted", "corrected", "rejected"):
        work = queue.claim(store, "anna")
        value = work.labels if verdict == "accepted" else made
        revisions.decide(
            store, "anna", work.clip.id, Submission(value, seen=work.seen, lease=work.lease, note="so"), verdict
        )


def heads(store):
    """The labels of every clip by its content."""
    found = clips.find(store, "joe")
    return {clip.sha256: revisions.revision(store, "joe", clip.id, clip.head).labels for clip in found}


def test_an_exported_folder_imports_elsewhere_without_loss(store, folder, tmp_path):
    reviewed(store, folder)
    assert exporting.export_folder(store, "joe", tmp_path / "out") == 4
    other = open_store(tmp_path / "other")
    report = importing.import_file(other, "system", tmp_path / "out")
    assert (report.added, report.problems) == (4, [])
    with pytest.raises(NotAllowed):
        clips.find(other, "joe")
    found = {clip.sha256: clip for clip in clips.find(other, "system")}
    for clip in clips.find(store, "joe"):
        copy = found[clip.sha256]
        assert (copy.subject, copy.split, copy.state, copy.pattern) == (
            clip.subject,
            clip.split,
            clip.state,
            clip.pattern,
        )
        assert revisions.revision(other, "system", copy.id, copy.head).labels == heads(store)[clip.sha256]
    assert queue.count(other, "system") == 1
    other.close()


@pytest.mark.parametrize("format", ["native", "coco", "cvat"])
def test_labels_alone_find_their_clips(store, folder, tmp_path, format):
    importing.import_file(store, "joe", folder)
    name = f"{clips.get(store, 'joe', 1).sha256}.mp4"
    value = labels(contact(), pattern="poke-nose")
    row = {"file_name": f"clips/{name}", "revision": 1, **value.to_json()}
    (tmp_path / "in.jsonl").write_text(json.dumps(row))
    other = open_store(tmp_path / "other")
    importing.import_file(other, "system", folder)
    importing.import_file(other, "system", tmp_path / "in.jsonl")
    exporting.export(other, "system", tmp_path / "labels", format)
    report = importing.import_file(store, "joe", tmp_path / "labels", format)
    assert (report.relabelled, report.same, report.problems) == (1, 3, [])
    work = queue.claim(store, "anna")
    assert (work.seen, work.labels.contacts[0].region, work.prelabel) == (2, "left_cheek", work.labels)
    other.close()


def test_labels_do_not_replace_what_somebody_made(store, folder, tmp_path):
    reviewed(store, folder)
    before = heads(store)
    name = clips.get(store, "joe", 2).sha256
    row = {"file_name": f"{name}.mp4", "revision": 1, **labels(pattern="poke-nose").to_json()}
    (tmp_path / "labels.jsonl").write_text(json.dumps(row))
    report = importing.import_file(store, "joe", tmp_path / "labels.jsonl")
    assert (report.failed, report.relabelled) == (1, 0)
    assert "worked on" in report.problems[0].message
    assert heads(store) == before


def test_label_studio_segments_become_prelabels(store, folder):
    result = {
        "type": "timelinelabels",
        "value": {"ranges": [{"start": 3, "end": 9}], "timelinelabels": ["chin"]},
    }
    data = {"video": "/data/v1.mp4", "pattern": "poke-chin"}
    tasks = [{"id": 1, "data": data, "predictions": [{"result": [result]}]}]
    (folder / "ls.json").write_text(json.dumps(tasks))
    report = importing.import_file(store, "joe", folder / "ls.json")
    assert (report.added, report.problems) == (1, [])
    work = queue.claim(store, "anna")
    assert (work.clip.pattern, work.labels.contacts[0].start, work.labels.contacts[0].end) == (
        "poke-chin",
        2,
        8,
    )


def test_add_and_what_it_refuses(store, videos, tmp_path):
    about = About("poke-nose", consent="given", provenance={"seed": 3})
    value = labels(contact(), pattern="poke-nose", source="simulated")
    clip, added = clips.add(store, "anna", videos / "v0.mp4", about, value)
    assert (added, clip.source, clip.consent, clip.provenance) == (True, "simulated", "given", {"seed": 3})
    assert clips.add(store, "anna", videos / "v0.mp4", about, value) == (clip, False)
    for bad, what in (
        (replace(value, frames=FRAMES - 1, contacts=()), about),
        (value, replace(about, pattern="poke-knee")),
        (value, replace(about, provenance={"x": float("nan")})),
        (value, replace(about, provenance={"x": "y" * 30_000})),
        (replace(value, contacts=(contact(end=FRAMES),)), about),
    ):
        with pytest.raises(BadInput):
            clips.add(store, "anna", videos / "v1.mp4", what, bad)
    with pytest.raises(NotAllowed):
        clips.add(store, "stranger", videos / "v1.mp4", about, value)
    for path in (tmp_path / "none.mp4", tmp_path):
        with pytest.raises(BadInput):
            clips.add(store, "anna", path, about, value)
    assert clips.total(store) == 1


def test_facts_of_a_video(videos):
    assert probe(videos / "v0.mp4") == Facts(FRAMES, 24.0, SIZE, SIZE) == FACTS


def test_an_export_is_read_by_datasets(store, folder, tmp_path):
    datasets = pytest.importorskip("datasets")
    reviewed(store, folder)
    exporting.export_folder(store, "joe", tmp_path / "out")
    rows = datasets.load_dataset(
        "videofolder", data_dir=str(tmp_path / "out"), cache_dir=str(tmp_path / "cache"), split="train"
    )
    rows = rows.cast_column("video", datasets.Video(decode=False))
    assert len(rows) == 4
    for row in rows:
        clip = json.loads(json.dumps({k: v for k, v in row.items() if k not in ("video", "revision")}))
        name = row["video"]["path"].rsplit("/", 1)[1]
        assert Labels.from_json(clip) == heads(store)[name.removesuffix(".mp4")]


def test_exports_are_whole_or_not_there(store, folder, tmp_path, monkeypatch):
    importing.import_file(store, "joe", folder)
    with pytest.raises(BadInput):
        exporting.export(store, "joe", tmp_path / "x", "yaml")
    with pytest.raises(BadInput):
        exporting.export(store, "joe", tmp_path, "native")
    with pytest.raises(BadInput):
        exporting.export(store, "joe", tmp_path / "none" / "x", "native")
    with pytest.raises(BadInput, match="there already"):
        exporting.export_folder(store, "joe", folder)
    with pytest.raises(NotAllowed):
        exporting.export(store, "eva", tmp_path / "x", "native")
    clips.video_path(store, clips.get(store, "joe", 3)).unlink()
    with pytest.raises(BadInput, match="clip 3 is missing"):
        exporting.export_folder(store, "joe", tmp_path / "out")
    monkeypatch.setitem(exporting.FORMATS, "csv", exporting.Format(lambda _file, _entries: 1 / 0, "csv"))
    with pytest.raises(ZeroDivisionError):
        exporting.export(store, "joe", tmp_path / "x.csv", "csv")
    assert [p.name for p in tmp_path.iterdir() if p.name not in ("in", "data")] == []


def test_only_the_states_that_were_asked_for(store, folder, tmp_path):
    reviewed(store, folder)
    assert exporting.export(store, "joe", tmp_path / "a", "native", ("accepted", "corrected")) == 2
    with pytest.raises(BadInput):
        exporting.export(store, "joe", tmp_path / "a", "native", ("done",))


class FakeHub:
    """What of the Hub's client is used."""

    def __init__(self):
        self.calls = []

    def create_repo(self, repo, **options):
        self.calls.append(("create", repo, options))

    def upload_folder(self, **options):
        self.calls.append(("upload", options["repo_id"], options))
        return type("Commit", (), {"commit_url": "https://hub/x/commit/1"})()


def test_push_makes_a_private_data_set(store, folder, tmp_path):
    importing.import_file(store, "joe", folder)
    exporting.export_folder(store, "joe", tmp_path / "out")
    hub = FakeHub()
    assert exporting.push(store, "joe", tmp_path / "out", "me/contacts", api=hub) == "https://hub/x/commit/1"
    (_, repo, made), (_, _, sent) = hub.calls
    assert (repo, made["repo_type"], made["private"], made["exist_ok"]) == (
        "me/contacts",
        "dataset",
        True,
        True,
    )
    assert sent["folder_path"] == str(tmp_path / "out")
    with pytest.raises(NotAllowed):
        exporting.push(store, "eva", tmp_path / "out", "me/contacts", api=hub)
    with pytest.raises(BadInput):
        exporting.push(store, "joe", tmp_path, "me/contacts", api=hub)


def test_a_hub_that_refuses_says_why(store, folder, tmp_path):
    importing.import_file(store, "joe", folder)
    exporting.export_folder(store, "joe", tmp_path / "out")
    hub = FakeHub()
    hub.create_repo = lambda *_a, **_k: (_ for _ in ()).throw(OSError("401 Unauthorized\nlog in"))
    with pytest.raises(StoreError, match="401 Unauthorized log in"):
        exporting.push(store, "joe", tmp_path / "out", "me/contacts", api=hub)
