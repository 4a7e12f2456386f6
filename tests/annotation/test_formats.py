"""Round trips, public readers, hostile files."""

import csv
import io
import json
import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from pycocotools import mask as pycoco
from pycocotools.coco import COCO
from samples import FACTS, FRAMES, SIZE, any_labels, contact, labels
from test_polygons import shape

from annotation.beside import inside
from annotation.clips import About
from annotation.errors import BadInput
from annotation.formats import activitynet, coco, cvat, flat, labelstudio, manifest, native
from annotation.formats.entry import Entry, Problem, lines
from annotation.labels import Keyframe, mask_at


def entry(value, name="clips/a b&c.mp4", revision=3):
    return Entry(1, name, value, None, revision)


def there_and_back(form, entries, folder, name="file"):
    """What the format gives back of what it wrote."""
    path = folder / name
    with open(path, "w", encoding="utf-8", newline="") as file:
        assert form.write(file, entries) == len(entries)
    return list(form.read(path))


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("formats")


@given(any_labels(), any_labels())
def test_native_comes_back_equal(folder, a, b):
    entries = [entry(a), entry(b, "é.mp4", 0)]
    assert there_and_back(native, entries, folder) == [entries[0], replace(entries[1], line=2)]


@given(any_labels(), any_labels())
def test_cvat_comes_back_equal(folder, a, b):
    entries = [entry(a), entry(b, "é.mp4", 0)]
    assert there_and_back(cvat, entries, folder) == [entries[0], replace(entries[1], line=2)]


@given(any_labels(shapes=shape))
def test_coco_comes_back_equal_to_within_the_raster(folder, value):
    (back,) = there_and_back(coco, [entry(value)], folder)
    got = back.labels
    assert replace(got, contacts=()) == replace(value, contacts=())
    for a, b in zip(value.contacts, got.contacts, strict=True):
        assert replace(a, keyframes=()) == replace(b, keyframes=())
        assert [k.frame for k in a.keyframes] == [k.frame for k in b.keyframes]
        for key in a.keyframes:
            p, q = mask_at(a, key.frame, SIZE, SIZE), mask_at(b, key.frame, SIZE, SIZE)
            assert (p & q).sum() >= 0.85 * (p | q).sum()


def test_coco_is_read_by_pycocotools(folder):
    value = labels(contact(start=4, end=9), contact("c2", region="chin", keyframes=()))
    there_and_back(coco, [entry(value)], folder, "coco.json")
    data = json.loads((folder / "coco.json").read_text())
    segmentations = data["annotations"][0]["segmentations"]
    for frame in range(FRAMES):
        pixels = mask_at(value.contacts[0], frame, SIZE, SIZE)
        if pixels is None:
            assert segmentations[frame] is None
            continue
        assert (pycoco.decode(segmentations[frame]).astype(bool) == pixels).all()
        assert pycoco.area(segmentations[frame]) == data["annotations"][0]["areas"][frame]
        assert list(pycoco.toBbox(segmentations[frame])) == data["annotations"][0]["bboxes"][frame]
    reader = COCO()
    reader.dataset = {**data, "images": []}
    for row in data["annotations"]:
        row["image_id"] = row["video_id"]
    reader.createIndex()
    assert reader.loadCats([10])[0]["name"] == "left_cheek"


def test_coco_of_others_needs_only_masks_hand_and_finger(folder):
    pixels = np.zeros((SIZE, SIZE), np.uint8)
    pixels[10:20, 10:30] = 1
    rle = pycoco.encode(np.asfortranarray(pixels))
    rle["counts"] = rle["counts"].decode()
    data = {
        "videos": [{"id": 5, "width": SIZE, "height": SIZE, "length": 4, "file_names": ["v/0.jpg"] * 4,
                    "pattern": "poke-chin"}],
        "categories": [{"id": 1, "name": "chin"}],
        "annotations": [{"id": 9, "video_id": 5, "category_id": 1,
                         "attributes": {"hand": "left", "finger": "index"},
                         "segmentations": [None, rle, {"size": [64, 64], "counts": [4096]}, None]}],
    }  # fmt: skip
    (folder / "foreign.json").write_text(json.dumps(data))
    (got,) = coco.read(folder / "foreign.json")
    (found,) = got.labels.contacts
    assert (got.file_name, found.region, found.start, found.end) == ("v.mp4", "chin", 1, 2)
    assert found.keyframes == (Keyframe(1, ((10.0, 10.0), (30.0, 10.0), (30.0, 20.0), (10.0, 20.0))),)


def test_cvat_shows_a_contact_from_its_first_to_its_last_frame(folder):
    value = labels(contact(start=2, end=9, keyframes=(Keyframe(5, ((1, 1), (9, 1), (5, 9))),)))
    there_and_back(cvat, [entry(value)], folder, "cvat.xml")
    text = (folder / "cvat.xml").read_text()
    assert [part.split('"')[0] for part in text.split('<polygon frame="')[1:]] == ["2", "5", "10"]
    assert 'frame="10" keyframe="1" outside="1"' in text


CVAT_TASK = """<?xml version="1.0"?><annotations><version>1.1</version>
<meta><task><id>7</id><name>v.mp4</name><size>24</size><pattern>poke-chin</pattern>
<original_size><width>64</width><height>64</height></original_size></task></meta>
<track id="0" label="chin" source="manual">
<box frame="2" keyframe="1" outside="0" xtl="1" ytl="2" xbr="3.5" ybr="4">
<attribute name="finger">thumb</attribute><attribute name="hand">left</attribute></box>
<box frame="3" keyframe="0" outside="0" xtl="1" ytl="2" xbr="3.5" ybr="4"/>
<box frame="6" keyframe="1" outside="1" xtl="1" ytl="2" xbr="3.5" ybr="4"/>
<box frame="9" keyframe="1" outside="0" xtl="1" ytl="2" xbr="3.5" ybr="4"/></track></annotations>"""


def test_a_cvat_track_that_comes_back_is_two_contacts(folder):
    (folder / "task.xml").write_text(CVAT_TASK)
    (got,) = cvat.read(folder / "task.xml")
    assert [(c.id, c.start, c.end, c.finger) for c in got.labels.contacts] == [
        ("t0", 2, 5, "thumb"),
        ("t0.1", 9, 23, "thumb"),
    ]
    assert got.labels.contacts[0].keyframes[0].polygon == ((1, 2), (3.5, 2), (3.5, 4), (1, 4))


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><annotations>&c;</annotations>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, "<annotations>", "", "<annotations/>", "\0"])
def test_hostile_xml_is_refused(folder, text):
    (folder / "bad.xml").write_text(text)
    with pytest.raises(BadInput):
        list(cvat.read(folder / "bad.xml"))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('frame="2"', 'frame="-1"', "frame"),
        ('frame="9"', 'frame="1000000000"', "frame"),
        ('frame="9"', 'frame="99"', "outside"),
        ("<size>24</size>", "<size>1e9</size>", "size"),
        ("<size>24</size>", "", "size"),
        ('xtl="1"', 'xtl="nan"', "outside"),
        ('label="chin"', 'label="knee"', "knee"),
        (">thumb<", ">toe<", "toe"),
        ('<attribute name="finger">thumb</attribute>', "", "finger"),
        ("poke-chin", "poke-knee", "pattern"),
    ],
)
def test_wrong_values_in_cvat_are_reported(folder, old, new, says):
    (folder / "wrong.xml").write_text(CVAT_TASK.replace(old, new))
    (got,) = cvat.read(folder / "wrong.xml")
    assert isinstance(got, Problem) and says in got.message


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
    {"segmentations": [None]}, {"segmentations": 7}, {"category_id": 99}, {"attributes": []},
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
    there_and_back(coco, [entry(labels(contact()))], folder, "w.json")
    data = json.loads((folder / "w.json").read_text())
    data["annotations"][0] |= change
    (folder / "w.json").write_text(json.dumps(data))
    (got,) = coco.read(folder / "w.json")
    assert isinstance(got, Problem)


@pytest.mark.parametrize("text", ["[" * 50_000, "{", '{"a": NaN}', "\xff"])
def test_hostile_json_is_refused(folder, text):
    (folder / "bad.json").write_bytes(text.encode("latin-1"))
    for form in (coco, labelstudio):
        with pytest.raises(BadInput):
            list(form.read(folder / "bad.json"))


def test_bad_lines_are_reported_and_the_others_read(folder):
    good = json.dumps({"file_name": "a.mp4", "revision": 1, **labels(contact()).to_json()})
    deep = '{"file_name": ' + "[" * 5000 + "]" * 5000 + "}"
    rows = [good, "{", '{"file_name": 5}', deep, good.replace('"start": 4', '"start": -1'), "", "7", good]
    (folder / "rows.jsonl").write_text("\n".join(rows))
    got = list(native.read(folder / "rows.jsonl"))
    assert [(row.line, type(row)) for row in got] == [
        (1, Entry), (2, Problem), (3, Problem), (4, Problem), (5, Problem), (7, Problem), (8, Entry),
    ]  # fmt: skip


def test_a_line_of_100_mb_is_never_in_memory(folder):
    path = folder / "long.jsonl"
    good = json.dumps({"file_name": "a.mp4", "revision": 1, **labels().to_json()})
    with open(path, "w") as file:
        file.write('{"file_name": "')
        for _ in range(100):
            file.write("x" * 2**20)
        file.write('"}\n' + good)
    tracemalloc.start()
    got = list(native.read(path))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    path.unlink()
    assert [type(row) for row in got] == [Problem, Entry]
    assert peak < 60 * 2**20
    assert "longer than 16 MB" in got[0].message


def test_lines_are_counted_like_an_editor_does(folder):
    (folder / "l").write_bytes(b"a\n\n  \nb\r\nc")
    assert list(lines(folder / "l")) == [(1, b"a\n"), (4, b"b\r\n"), (5, b"c")]
    (folder / "l").write_bytes(b"12345678\n1234567\n" + b"x" * 50 + b"\nlast")
    got = list(lines(folder / "l", longest=8))
    assert [(n, isinstance(line, Problem)) for n, line in got] == [
        (1, False), (2, False), (3, True), (4, False),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "name",
    ["../a.mp4", "/etc/passwd", "a/../../b", "", "C:\\x", "c:/x", "a\\..\\b", "a\0b", ".", "\ud800", "link/a"],
)
def test_a_path_out_of_the_folder_is_refused(tmp_path, name):
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "link").symlink_to(tmp_path)
    with pytest.raises(BadInput):
        inside(tmp_path / "data", name)


def test_activitynet_segments_are_seconds():
    text = io.StringIO()
    activitynet.write(text, [replace(entry(labels(contact(start=0, end=11))), about=About("", split="val"))])
    data = json.loads(text.getvalue())
    clip = data["database"]["clips/a b&c.mp4"]
    assert (clip["duration"], clip["subset"]) == (1.0, "validation")
    assert clip["annotations"][0]["segment"] == [0.0, 0.5]
    assert data["taxonomy"][10]["nodeName"] == "left_cheek"


def test_csv_is_flat_and_runs_nothing():
    text = io.StringIO()
    touched = labels(contact())
    named = replace(entry(touched, "=HYPERLINK(1)"), names=("é.mp4", "=1"))
    flat.write(text, [named, entry(labels(), "b.mp4"), entry(touched, "@x")])
    rows = list(csv.reader(text.getvalue().splitlines()))
    assert rows == [
        ["clip_id", "region", "finger", "start_frame", "end_frame", "state", "names"],
        ["'=HYPERLINK(1)", "left_cheek", "index", "4", "12", "unreviewed", '["é.mp4", "=1"]'],
        ["'@x", "left_cheek", "index", "4", "12", "unreviewed", "[]"],
    ]


def test_manifest_both_ways_neutralises_formulas(folder):
    about = About("poke-nose", "=cmd|' /C calc'!A0", "+1", "-2", "@split", 'consent, "given"')
    with open(folder / "manifest.csv", "w", newline="") as file:
        manifest.write(file, [("a.mp4", about)])
    for row in csv.reader((folder / "manifest.csv").read_text().splitlines()):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row)
    (got,) = manifest.read(folder / "manifest.csv")
    assert (got.file_name, got.about) == ("a.mp4", about)


def test_manifest_of_lines_keeps_other_columns_as_provenance(folder):
    row = {"file_name": "a.mp4", "pattern": "poke-nose", "subject": "s1", "camera": 3}
    (folder / "manifest.jsonl").write_text(json.dumps(row) + '\n[1]\n{"file_name": 3, "pattern": "x"}\n{}')
    first, *bad = manifest.read(folder / "manifest.jsonl")
    assert first.about == About("poke-nose", "s1", provenance={"camera": 3})
    assert [row.line for row in bad if isinstance(row, Problem)] == [2, 3, 4]


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n"])
def test_manifest_without_its_columns_is_refused(folder, text):
    (folder / "m.csv").write_text(text)
    if text:
        with pytest.raises(BadInput, match="file_name and pattern"):
            list(manifest.read(folder / "m.csv"))
    else:
        assert list(manifest.read(folder / "m.csv")) == []


def label_studio(ranges, words, **data):
    result = {"type": "timelinelabels", "value": {"ranges": ranges, "timelinelabels": words}}
    return [{"id": 1, "data": {"video": "/data/upload/v.mp4?d=1", "pattern": "poke-chin"} | data,
             "annotations": [], "predictions": [{"result": [result, {"type": "choices"}]}]}]  # fmt: skip


def test_label_studio_frames_count_from_one(folder):
    (folder / "ls.json").write_text(json.dumps(label_studio([{"start": 1, "end": 24}], ["right_cheek/thumb", "chin"])))
    (got,) = labelstudio.read(folder / "ls.json")
    value = got.labels(FACTS)
    assert got.file_name == "v.mp4"
    assert [(c.region, c.finger, c.hand, c.start, c.end) for c in value.contacts] == [
        ("right_cheek", "thumb", "right", 0, 23),
        ("chin", "index", "left", 0, 23),
    ]
    with pytest.raises(BadInput, match="24 of 20"):
        got.labels(replace(FACTS, frames=20))


@pytest.mark.parametrize(
    ("ranges", "words", "data"),
    [
        ([{"start": 0, "end": 5}], ["chin"], {}),
        ([{"start": 5, "end": 4}], ["chin"], {}),
        ([{"start": 1, "end": 1e9}], ["chin"], {}),
        ([{"start": 1, "end": 5}], ["knee"], {}),
        ([{"start": 1, "end": 5}], [7], {}),
        ("x", ["chin"], {}),
        ([{"start": 1, "end": 5}], ["chin"], {"pattern": None}),
        ([{"start": 1, "end": 5}], ["chin"], {"video": 5}),
        ([{"start": 1, "end": 2}] * 1001, ["chin"], {}),
    ],
)  # fmt: skip
def test_wrong_values_in_label_studio_are_reported(folder, ranges, words, data):
    (folder / "ls.json").write_text(json.dumps(label_studio(ranges, words, **data)))
    (got,) = labelstudio.read(folder / "ls.json")
    assert isinstance(got, Problem)
