"""Label Studio's JSON as it is exported: where the video lies, which answer counts, boxes through time."""

import json
from dataclasses import replace

import pytest
from samples import FACTS, make_video

from annotation import clips, importing, queue
from annotation.errors import BadInput
from annotation.formats import labelstudio
from annotation.formats.entry import Problem
from annotation.labels import polygon_at
from annotation.values import About


def timeline(ranges, words, number="r1"):
    return {"id": number, "type": "timelinelabels", "from_name": "videoLabels", "to_name": "video",
            "origin": "manual", "value": {"ranges": ranges, "timelinelabels": words}}  # fmt: skip


def answer(*results, number=1, when="2026-01-01T10:00:00.000000Z", **more):
    return {"id": number, "completed_by": 1, "result": list(results), "was_cancelled": False, "ground_truth": False,
            "created_at": when, "updated_at": when, "draft_created_at": None, "lead_time": 9.1} | more  # fmt: skip


def task(*answers, video="/data/upload/3/1a2b3c4d-v.mp4", predictions=(), number=1, **data):
    return {"id": number, "annotations": list(answers), "drafts": [], "predictions": list(predictions),
            "data": {"video": video} | data, "meta": {}, "created_at": "2026-01-01T10:00:00.000000Z",
            "inner_id": 1, "total_annotations": 1, "cancelled_annotations": 0, "project": 3}  # fmt: skip


CHIN = timeline([{"start": 3, "end": 9}], ["chin thumb"])
NOSE = timeline([{"start": 1, "end": 24}], ["nose_tip"])


@pytest.fixture
def row(tmp_path):
    """The row of a task."""

    def read(one):
        (tmp_path / "ls.json").write_text(json.dumps([one]))
        (only,) = labelstudio.read(tmp_path / "ls.json")
        return only

    return read


def said(got, facts=FACTS):
    return [(c.region, c.finger, c.hand, c.start, c.end) for c in got.labels(facts).contacts]


def test_frames_count_from_one(row):
    words = timeline([{"start": 1, "end": 24}], ["right_cheek/thumb", "chin"])
    got = row(task(predictions=[answer(words)], pattern="poke-chin"))
    assert said(got) == [("right_cheek", "thumb", "right", 0, 23), ("chin", "index", "left", 0, 23)]
    with pytest.raises(BadInput, match="24 of 20"):
        got.labels(replace(FACTS, frames=20))


@pytest.mark.parametrize(
    ("url", "names"),
    [
        ("/data/upload/3/1a2b3c4d-clip.mp4", ("clip.mp4", "1a2b3c4d-clip.mp4")),
        ("/data/upload/clip.mp4", ("clip.mp4",)),
        ("/data/upload/3/1a2b3c4d-Zo%C3%AB%20%C3%9Cbung.mp4", ("Zoë Übung.mp4", "1a2b3c4d-Zoë Übung.mp4")),
        ("/data/upload/3/clip-1a2b3c4d.mp4", ("clip-1a2b3c4d.mp4",)),
        ("/data/local-files/?d=clips/clip.mp4", ("clips/clip.mp4",)),
        ("/data/local-files/?d=clips%2Fa%20b.mp4&x=1", ("clips/a b.mp4",)),
        ("http://host:8080/data/local-files/?d=clips/clip.mp4", ("clips/clip.mp4",)),
        ("/data/local-files/?d=films\\clip.mp4", ("films\\clip.mp4",)),
        ("s3://bucket/a/clip.mp4", ("a/clip.mp4",)),
        ("https://host/x/clip.mp4?token=1", ("x/clip.mp4",)),
        ("/clip.mp4", ("clip.mp4",)),
        ("clip.mp4", ("clip.mp4",)),
        ("a: b?.mp4", ("a: b?.mp4",)),
    ],
)
def test_where_a_video_lies(url, names):
    assert labelstudio.video_names(url) == names


@pytest.mark.parametrize(
    ("answers", "predictions", "expected"),
    [
        ([answer(was_cancelled=True), answer(CHIN, number=2)], [], "chin"),
        ([answer(NOSE), answer(CHIN, number=2, when="2026-01-02T10:00:00Z")], [], "chin"),
        ([answer(CHIN, when="2026-01-03T10:00:00Z"), answer(NOSE, number=2, when="2026-01-02T10:00:00Z")], [], "chin"),
        ([answer(CHIN, ground_truth=True), answer(NOSE, number=2, when="2026-02-02T10:00:00Z")], [], "chin"),
        ([answer(NOSE), answer(CHIN, number=2)], [], "chin"),
        ([answer(CHIN)], [answer(NOSE)], "chin"),
        ([answer(NOSE, was_cancelled=True)], [answer(CHIN)], "chin"),
        ([], [answer(NOSE), answer(CHIN, number=2)], "chin"),
    ],
)
def test_which_answer_counts(row, answers, predictions, expected):
    got = row(task(*answers, predictions=predictions))
    assert [region for region, *_ in said(got)] == [expected]
    others = [a for a in answers if not a["was_cancelled"]][1:]
    assert sum(lost.count for lost in got.lost) == len(others)


@pytest.mark.parametrize("answers", [[], [answer(CHIN, was_cancelled=True)]])
def test_without_an_answer_nothing_is_said_of_the_labels(row, answers):
    assert row(task(*answers)).labels is None


def test_an_empty_answer_is_one(row):
    assert said(row(task(answer()))) == []


def test_what_is_no_segment_is_counted_and_named(row):
    other = {"type": "textarea", "value": {"text": ["x"]}}
    got = row(task(answer(CHIN, other, other, {"type": "labels", "value": {}})))
    assert [(lost.count, lost.what) for lost in got.lost] == [
        (2, "result of type 'textarea'"),
        (1, "result of type 'labels'"),
    ]
    got = row(task(answer(other)))
    assert isinstance(got, Problem) and "nothing of it can be kept: 1 ×" in got.message


def boxes(*keys, words=("chin index left",), count=24):
    sequence = [
        {"frame": f, "enabled": on, "x": x, "y": 25.0, "width": 50.0, "height": 25.0, "rotation": 0, "time": f / 24}
        for f, on, x in keys
    ]  # fmt: skip
    value = {"framesCount": count, "duration": 1, "sequence": sequence, "labels": list(words)}
    return {"id": "b", "type": "videorectangle", "from_name": "box", "to_name": "video", "value": value}


def test_boxes_through_time_are_contacts_with_areas(row):
    got = row(task(answer(boxes((3, True, 0.0), (9, False, 50.0), (12, True, 25.0)))))
    assert said(got) == [("chin", "index", "left", 2, 8), ("chin", "index", "left", 11, 23)]
    first = got.labels(FACTS).contacts[0]
    assert polygon_at(first, 2) == ((0, 16), (32, 16), (32, 32), (0, 32))
    assert polygon_at(first, 5)[0] == (16, 16)
    with pytest.raises(BadInput, match="set frameRate"):
        row(task(answer(boxes((3, True, 0.0), count=30)))).labels(FACTS)


def test_the_pattern_may_be_a_choice(row):
    choice = {"type": "choices", "value": {"choices": ["poke-nose"]}}
    got = row(task(answer(CHIN, choice)))
    assert (got.labels(FACTS).pattern, got.lost) == ("poke-nose", ())


def test_a_missing_pattern_comes_from_the_known_clip_or_the_manifest(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    (tmp_path / "ls.json").write_text(json.dumps([task(answer(CHIN))]))
    clips.add(store, "joe", tmp_path / "v.mp4", About("poke-nose"))
    assert importing.import_file(store, "joe", tmp_path / "ls.json").relabelled == 1
    assert queue.claim(store, "anna").labels.pattern == "poke-nose"


@pytest.mark.parametrize(
    ("video", "finds"),
    [
        ("/data/local-files/?d=films/v.mp4", True),
        ("/data/local-files/?d=root/films/v.mp4", True),
        ("/data/local-files/?d=v.mp4", True),
        ("/data/upload/3/1a2b3c4d-v.mp4", True),
        ("/data/local-files/?d=others/v.mp4", False),
        ("s3://bucket/others/v.mp4", False),
    ],
)
def test_a_path_of_another_program_finds_a_clip_of_no_other_folder(store, tmp_path, video, finds):
    (tmp_path / "films").mkdir()
    make_video(tmp_path / "films" / "v.mp4")
    (tmp_path / "films" / "manifest.csv").write_text("file_name,pattern\nv.mp4,poke-chin\n")
    importing.import_file(store, "joe", tmp_path / "films")
    (tmp_path / "away").mkdir()
    (tmp_path / "away" / "ls.json").write_text(json.dumps([task(answer(CHIN), video=video)]))
    report = importing.import_file(store, "joe", tmp_path / "away" / "ls.json")
    assert (report.relabelled, report.failed) == ((1, 0) if finds else (0, 1))


def test_two_paths_that_end_alike_do_not_both_get_the_one_file_here(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    tasks = [task(answer(x), video=f"/data/local-files/?d={x['id']}/v.mp4", pattern="poke-chin") for x in (CHIN, NOSE)]
    tasks[1]["data"]["video"] = "/data/local-files/?d=r2/v.mp4"
    (tmp_path / "ls.json").write_text(json.dumps(tasks))
    report = importing.import_file(store, "joe", tmp_path / "ls.json")
    assert (report.added, report.failed) == (1, 1) and "line 1 of this file" in report.problems[0].message


@pytest.mark.parametrize(
    "wrong",
    [
        task(answer(timeline([{"start": 0, "end": 5}], ["chin"]))),
        task(answer(timeline([{"start": 5, "end": 4}], ["chin"]))),
        task(answer(timeline([{"start": 1, "end": 1e9}], ["chin"]))),
        task(answer(timeline([{"start": 1, "end": 5}], ["knee"]))),
        task(answer(timeline([{"start": 1, "end": 5}], [7]))),
        task(answer(timeline("x", ["chin"]))),
        task(answer(CHIN), pattern="poke-knee"),
        task(answer(CHIN), video=5),
        task(answer(timeline([{"start": 1, "end": 2}] * 1001, ["chin"]))),
        task(answer(boxes((3, True, 0.0), words=()))),
        task(answer(boxes((0, True, 0.0)))),
        task(answer() | {"result": "x"}),
        task(7),
        {"video": "v.mp4", "videoLabels": []},  # JSON-MIN
        "x",
    ],
)
def test_wrong_values_are_reported(row, wrong):
    assert isinstance(row(wrong), Problem)
