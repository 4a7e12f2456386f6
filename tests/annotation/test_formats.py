"""Round trips, public readers, hostile files."""

import csv
import io
import json
import tracemalloc
from dataclasses import replace

import pytest
from hypothesis import given
from samples import any_labels, contact, labels

from annotation.beside import inside
from annotation.clips import About
from annotation.errors import BadInput
from annotation.formats import activitynet, coco, flat, labelstudio, manifest, native
from annotation.formats.entry import Entry, Problem, lines


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
        ["clip_id", "region", "finger", "start_frame", "end_frame", "state", "names", "hand", "confidence", "fps"],
        ["'=HYPERLINK(1)", "left_cheek", "index", "4", "12", "unreviewed", '["é.mp4", "=1"]', "left", "0.75", "24.0"],
        ["'@x", "left_cheek", "index", "4", "12", "unreviewed", "[]", "left", "0.75", "24.0"],
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
