"""YouTube-VIS / COCO video JSON: ours by public readers, others' as they write it."""

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from pycocotools import mask as pycoco
from pycocotools.coco import COCO
from samples import FACTS, FRAMES, SIZE, any_labels, contact, labels, make_video
from test_polygons import shape

from annotation import clips, importing, queue
from annotation.errors import BadInput
from annotation.formats import coco
from annotation.formats.entry import Entry, Problem
from annotation.labels import Keyframe, mask_at
from annotation.values import About


def entry(value, name="clips/a b&c.mp4", revision=3, **more):
    return Entry(1, name, value, None, revision, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("coco")


def there_and_back(entries, folder, name="file"):
    with open(folder / name, "w", encoding="utf-8") as file:
        assert coco.write(file, entries) == len(entries)
    return list(coco.read(folder / name))


@given(any_labels(shapes=shape))
def test_it_comes_back_equal_to_within_the_raster(folder, value):
    (back,) = there_and_back([entry(value, names=("é.mp4", "x/y.mp4"))], folder)
    got = back.labels
    assert (back.names, back.revision, back.lost) == (("é.mp4", "x/y.mp4"), 3, ())
    assert replace(got, contacts=()) == replace(value, contacts=())
    for a, b in zip(value.contacts, got.contacts, strict=True):
        assert replace(a, keyframes=()) == replace(b, keyframes=())
        assert [k.frame for k in a.keyframes] == [k.frame for k in b.keyframes]
        for key in a.keyframes:
            p, q = mask_at(a, key.frame, SIZE, SIZE), mask_at(b, key.frame, SIZE, SIZE)
            assert (p & q).sum() >= 0.85 * (p | q).sum()


def test_it_is_read_by_pycocotools(folder):
    value = labels(contact(start=4, end=9), contact("c2", region="chin", keyframes=()))
    there_and_back([entry(value), entry(value, "b.mp4")], folder, "coco.json")
    reader = COCO(folder / "coco.json")
    assert reader.loadCats([10])[0]["name"] == "left_cheek"
    first, second, *_ = reader.loadAnns(reader.getAnnIds())
    pixels = mask_at(value.contacts[0], 4, SIZE, SIZE)
    assert (reader.annToMask(first).astype(bool) == pixels).all() and not reader.annToMask(second).any()
    assert reader.loadImgs([first["image_id"]])[0]["file_name"] == "clips/a b&c/00004.jpg"
    assert len(reader.imgs) == 2  # both begin in frame 4, of each clip
    for frame in range(FRAMES):
        pixels = mask_at(value.contacts[0], frame, SIZE, SIZE)
        if pixels is None:
            assert first["segmentations"][frame] is None
            continue
        assert (pycoco.decode(first["segmentations"][frame]).astype(bool) == pixels).all()
        assert pycoco.area(first["segmentations"][frame]) == first["areas"][frame]
        assert list(pycoco.toBbox(first["segmentations"][frame])) == first["bboxes"][frame]


def made(row, facts=FACTS):
    """What a row says of a video."""
    return row.labels(facts) if callable(row.labels) else row.labels


SQUARE = [10, 10, 30, 10, 30, 30, 10, 30]
SPECK = [50, 50, 54, 50, 54, 54]


def vis(segmentations, step=1, category="chin", attributes=True, **more):
    """A data set as YouTube-VIS writes it: no pattern, rate, file or ends."""
    names = [f"v/{frame * step:05}.jpg" for frame in range(len(segmentations))]
    said = {"attributes": {"hand": "left", "finger": "index"}} if attributes else {}
    video = {"id": 1, "width": SIZE, "height": SIZE, "length": len(names), "file_names": names, "date_captured": "",
             "license": 1, "flickr_url": "", "coco_url": ""}  # fmt: skip
    instance = {"id": 9, "video_id": 1, "category_id": 14, "iscrowd": 0, "width": SIZE, "height": SIZE, "length": 1,
                "segmentations": segmentations, "bboxes": [None] * len(names), "areas": []}  # fmt: skip
    category = {"id": 14, "name": category, "supercategory": "object"}
    return {"info": {}, "licenses": [], "videos": [video], "categories": [category],
            "annotations": [instance | said | more]}  # fmt: skip


@pytest.fixture
def row(tmp_path):
    """The one row of a data set."""

    def read(data):
        (tmp_path / "instances.json").write_text(json.dumps(data))
        (only,) = coco.read(tmp_path / "instances.json")
        return only

    return read


def at(frames, seg, length=FRAMES):
    return [seg if frame in frames else None for frame in range(length)]


def test_others_say_no_pattern_rate_file_or_ends(row):
    got = row(vis(at(range(3, 8), [SQUARE])))
    value = made(got)
    assert (got.file_name, got.also, value.pattern, value.fps) == ("v.mp4", ("v.*",), "", 24.0)
    (one,) = value.contacts
    assert (one.id, one.region, one.finger, one.hand, one.start, one.end) == ("c9", "chin", "index", "left", 3, 7)
    assert one.keyframes[0] == Keyframe(3, ((10, 10), (30, 10), (30, 30), (10, 30)))


def test_all_polygons_of_a_frame_are_kept(row):
    (one,) = made(row(vis(at([3], [SPECK, SQUARE])))).contacts
    pixels = mask_at(one, 3, SIZE, SIZE)
    assert pixels[20, 20] and pixels[51, 53] and not pixels[40, 40]
    overlapping = [20, 20, 40, 20, 40, 40, 20, 40]
    (one,) = made(row(vis(at([3], [SQUARE, overlapping])))).contacts
    assert mask_at(one, 3, SIZE, SIZE).sum() == 700


@pytest.mark.parametrize("compressed", [True, False])
def test_run_lengths_of_both_kinds(row, compressed):
    pixels = np.zeros((SIZE, SIZE), np.uint8)
    pixels[10:20, 10:30] = 1
    flat = np.concatenate([[0], pixels.ravel(order="F")]).astype(int)
    changes = np.flatnonzero(np.diff(flat))
    rle = {"size": [SIZE, SIZE], "counts": np.diff([0, *changes, SIZE * SIZE]).tolist()}
    if compressed:
        rle = pycoco.encode(np.asfortranarray(pixels))
        rle["counts"] = rle["counts"].decode()
    (one,) = made(row(vis(at([3, 4], rle)))).contacts
    assert one.keyframes[0].polygon == ((10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0))


def test_a_gap_ends_a_contact(row):
    value = made(row(vis(at([2, 3, 7, 8], [SQUARE]))))
    assert [(c.id, c.start, c.end) for c in value.contacts] == [("c9", 2, 3), ("c9.1", 7, 8)]
    assert [(c.start, c.end) for c in made(row(vis(at([2], [SQUARE])[:-1] + [[]]))).contacts] == [(2, 2)]


def test_every_fifth_frame_counts_as_its_name_says(row):
    value = made(row(vis(at([1, 2], [SQUARE], 5), step=5)))
    assert [(c.start, c.end, [k.frame for k in c.keyframes]) for c in value.contacts] == [(5, 10, [5, 10])]
    with pytest.raises(BadInput, match="labels of 6 frames for a video of 24"):
        made(row(vis(at([1, 2], [SQUARE], 6), step=5)))


def test_boxes_do_where_there_are_no_masks(row):
    boxes = at([3], [10.0, 20.0, 5.0, 6.0])
    data = vis(at([3], [SQUARE]), bboxes=boxes)
    del data["annotations"][0]["segmentations"]
    (one,) = made(row(data)).contacts
    assert one.keyframes[0].polygon == ((10, 20), (15, 20), (15, 26), (10, 26))


def test_hand_and_finger_are_said_in_the_category_or_asked_for(row):
    (one,) = made(row(vis(at([3], [SQUARE]), category="Left cheek, thumb, right", attributes=False))).contacts
    assert (one.region, one.finger, one.hand) == ("left_cheek", "thumb", "right")
    got = row(vis(at([3], [SQUARE]), attributes=False))
    assert isinstance(got, Problem) and "finger is missing: say it in attributes.finger" in got.message


def test_categories_that_are_no_regions_are_counted_and_named(row):
    data = vis(at([3], [SQUARE]))
    data["categories"].append({"id": 1, "name": "person"})
    data["annotations"].append(data["annotations"][0] | {"id": 10, "category_id": 1})
    got = row(data)
    assert len(made(got).contacts) == 1
    assert [(lost.count, lost.what) for lost in got.lost] == [(1, "category 'person' is no region of the face")]
    data["annotations"].pop(0)
    got = row(data)
    assert isinstance(got, Problem) and "nothing of it can be kept: 1 ×" in got.message


@pytest.mark.parametrize("annotations", [[], None])
def test_a_video_without_annotations_says_nothing(row, annotations):
    assert row(vis(at([3], [SQUARE])) | {"annotations": annotations}).labels is None


def test_annotations_of_no_video_are_named(tmp_path):
    data = vis(at([3], [SQUARE]))
    data["annotations"].append(data["annotations"][0] | {"video_id": 7})
    (tmp_path / "a.json").write_text(json.dumps(data))
    _, problem = coco.read(tmp_path / "a.json")
    assert problem.message == "1 annotations belong to video 7, which is not in the file"


def test_images_without_videos_are_said_to_be_so(tmp_path):
    (tmp_path / "a.json").write_text(json.dumps({"images": [], "annotations": [], "categories": []}))
    with pytest.raises(BadInput, match="YouTube-VIS"):
        list(coco.read(tmp_path / "a.json"))


@pytest.mark.parametrize("name", ["v.mp4", "v.webm", "sub/v.mp4"])
def test_pattern_rate_and_file_come_from_the_known_clip(store, tmp_path, name):
    make_video(tmp_path / "v.mp4")
    clips.add(store, "joe", tmp_path / "v.mp4", About("poke-nose"), file_name=name)
    (tmp_path / "x").mkdir()
    (tmp_path / "x" / "instances.json").write_text(json.dumps(vis(at(range(3, 8), [SQUARE]))))
    report = importing.import_file(store, "joe", tmp_path / "x" / "instances.json")
    assert (report.relabelled, report.problems) == (1, [])
    work = queue.claim(store, "anna")
    assert (work.labels.pattern, work.labels.fps, work.labels.contacts[0].start) == ("poke-nose", 24.0, 3)


def test_an_instance_that_shows_nothing_changes_nothing(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    clips.add(store, "joe", tmp_path / "v.mp4", About("poke-chin"), labels(contact(), pattern="poke-chin"))
    (tmp_path / "instances.json").write_text(json.dumps(vis([None] * FRAMES)))
    report = importing.import_file(store, "joe", tmp_path / "instances.json")
    assert (report.failed, report.relabelled) == (1, 0) and "shows anything" in report.problems[0].message


@pytest.mark.parametrize("change", [
    {"videos": 5}, {"annotations": {}}, {"categories": None}, {"videos": [{"id": -1}]}, {"videos": ["x"]},
    {"annotations": [{"video_id": "x"}]}, {"categories": [{"id": 10**12}]},
])  # fmt: skip
def test_wrong_types_in_coco_are_refused(folder, change):
    data = {"videos": [], "annotations": [], "categories": []} | change
    (folder / "wrong.json").write_text(json.dumps(data))
    try:
        rows = list(coco.read(folder / "wrong.json"))
    except BadInput:
        return
    assert rows
    assert all(isinstance(row, Problem) for row in rows)


@pytest.mark.parametrize("change", [
    {"segmentations": [None]}, {"segmentations": 7}, {"category_id": 99}, {"attributes": []}, {"attributes": {}},
    {"segmentations": [[["x"] * 6]] * FRAMES},
    {"attributes": {"hand": "left", "finger": "index", "start": -1, "end": 3, "keyframes": []}},
    {"attributes": {"hand": "left", "finger": "index", "start": 0, "end": 10**9, "keyframes": []}},
    {"attributes": {"hand": "left", "finger": "index", "start": 0, "end": 3, "keyframes": [99]}},
    {"segmentations": [{"size": [64, 64], "counts": "~~"}] * FRAMES},
    {"segmentations": [{"size": [64, 64], "counts": [10**18]}] * FRAMES},
    {"segmentations": [{"size": [10**9, 10**9], "counts": [0]}] * FRAMES},
    {"segmentations": [[[1, 2, 3]]] * FRAMES},
    {"segmentations": ["x"] * FRAMES},
])  # fmt: skip
def test_wrong_values_in_coco_are_reported(folder, change):
    there_and_back([entry(labels(contact()))], folder, "w.json")
    data = json.loads((folder / "w.json").read_text())
    data["annotations"][0] |= change
    (folder / "w.json").write_text(json.dumps(data))
    (got,) = coco.read(folder / "w.json")
    assert isinstance(got, Problem)
