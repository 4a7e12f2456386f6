import json
from dataclasses import replace

import pytest
from hypothesis import given
from samples import TRIANGLE, any_labels, contact, labels

from annotation.labels import Keyframe, LabelError, Labels, mask_at, mirrored, polygon_at

EXAMPLE = {
    "schema": 1, "pattern": "poke-left-cheek", "fps": 24, "frames": 72, "width": 512, "height": 512,
    "source": "simulated", "author": "physics", "state": "unreviewed",
    "contacts": [{"id": "c1", "hand": "left", "finger": "index", "region": "left_cheek",
                  "start": 22, "end": 49, "confidence": 1.0,
                  "keyframes": [{"frame": 22, "polygon": [[301.5, 288.0], [309.0, 290.5], [305.0, 297.0]]}]}],
}  # fmt: skip


def changed(path: str, value: object) -> dict:
    """The example with the value at `contacts.0.start` or so exchanged."""
    raw = json.loads(json.dumps(EXAMPLE))
    *way, last = path.split(".")
    here = raw
    for step in way:
        here = here[int(step)] if isinstance(here, list) else here[step]
    here[int(last) if isinstance(here, list) else last] = value
    return raw


def test_the_documented_example_comes_back_as_it_was():
    assert Labels.from_json(EXAMPLE).to_json() == EXAMPLE
    assert json.loads(Labels.from_json(json.dumps(EXAMPLE)).text()) == EXAMPLE


def test_where_a_prediction_is_unsure_is_kept_and_checked():
    value = Labels.from_json({**EXAMPLE, "unsure": [[3, 9], [20, 20]]})
    assert value.unsure == ((3, 9), (20, 20))
    assert Labels.from_json(value.text()) == value and mirrored(value).unsure == value.unsure
    for wrong in ([[9, 3]], [[0, 72]], [[-1, 3]], [[1]], [3], "3-9"):
        with pytest.raises(LabelError, match="unsure"):
            Labels.from_json({**EXAMPLE, "unsure": wrong})


@given(any_labels())
def test_json_both_ways(value):
    assert Labels.from_json(value.text()) == value


def test_files_both_ways(tmp_path):
    Labels.from_json(EXAMPLE).write(tmp_path / "labels.json")
    assert Labels.read(tmp_path / "labels.json").to_json() == EXAMPLE


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("schema", 2, "schema"),
        ("schema", True, "schema"),
        ("pattern", "poke-knee", "pattern"),
        ("pattern", ["poke-nose"], "pattern"),
        ("fps", 0, "fps"),
        ("fps", "24", "fps"),
        ("frames", 10**9, "frames"),
        ("frames", 72.5, "frames"),
        ("frames", True, "frames"),
        ("width", -1, "width"),
        ("source", "guessed", "source"),
        ("author", "a\nb", "author"),
        ("author", "x" * 101, "author"),
        ("state", "done", "state"),
        ("contacts", {}, "contacts"),
        ("contacts", [[]], "contact 1"),
        ("contacts", [EXAMPLE["contacts"][0]] * 2, "twice"),
        ("contacts", [EXAMPLE["contacts"][0]] * 1001, "1001"),
        ("extra", 1, "extra"),
        ("contacts.0.id", "../x", "id"),
        ("contacts.0.region", "left_knee", "left_knee"),
        ("contacts.0.finger", None, "finger"),
        ("contacts.0.start", -1, "start"),
        ("contacts.0.end", 10**9, "end"),
        ("contacts.0.end", 21, "before"),
        ("contacts.0.confidence", float("nan"), "confidence"),
        ("contacts.0.confidence", 10**400, "too large"),
        ("contacts.0.keyframes.0.frame", 50, "outside 22 .. 49"),
        ("contacts.0.keyframes.0.polygon", [[1, 2], [3, 4]], "2 points"),
        ("contacts.0.keyframes.0.polygon", [[1, 2]] * 1001, "1001"),
        ("contacts.0.keyframes.0.polygon.0", [1, 2, 3], "point"),
        ("contacts.0.keyframes.0.polygon.0", [1], "point"),
        ("contacts.0.keyframes.0.polygon.0.0", 10_000, "outside"),
        ("contacts.0.keyframes.0.polygon.0.0", float("inf"), "outside"),
        ("contacts.0.keyframes", [EXAMPLE["contacts"][0]["keyframes"][0]] * 2, "follows"),
    ],
)
def test_what_cannot_be_right_is_refused_in_one_line(path, value, says):
    with pytest.raises(LabelError, match=says) as caught:
        Labels.from_json(changed(path, value))
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text", ["", "[", "{}", "[]", "null", '{"a": NaN}', "[" * 100_000, "9" * 5000, b"\xff", b" " * (17 << 20)]
)
def test_text_that_is_no_labels_is_refused(text):
    with pytest.raises(LabelError):
        Labels.from_json(text)


def test_missing_field_is_named():
    for name in EXAMPLE:
        raw = {key: value for key, value in EXAMPLE.items() if key != name}
        if name == "state":
            assert Labels.from_json(raw).state == "unreviewed"
        else:
            with pytest.raises(LabelError, match=name):
                Labels.from_json(raw)


@given(any_labels())
def test_mirroring_twice_changes_nothing(value):
    twice = mirrored(mirrored(value))
    assert replace(twice, contacts=()) == replace(value, contacts=())
    for a, b in zip(twice.contacts, value.contacts, strict=True):
        assert replace(a, keyframes=()) == replace(b, keyframes=())
        for p, q in zip(a.keyframes, b.keyframes, strict=True):
            for point, other in zip(p.polygon, q.polygon, strict=True):
                assert point == pytest.approx(other, abs=1e-9)


def test_mirroring_exchanges_sides():
    value = mirrored(labels(contact(), pattern="poke-left-cheek"))
    assert (value.pattern, value.contacts[0].hand, value.contacts[0].region) == (
        "poke-right-cheek",
        "right",
        "right_cheek",
    )
    assert value.contacts[0].keyframes[0].polygon == ((44.0, 20.0), (24.0, 20.0), (34.0, 40.0))


def test_polygon_between_keyframes():
    moved = tuple((x + 10, y + 4) for x, y in TRIANGLE)
    value = contact(start=2, end=20, keyframes=(Keyframe(4, TRIANGLE), Keyframe(14, moved)))
    assert polygon_at(value, 1) is None
    assert polygon_at(value, 2) == TRIANGLE  # before the first keyframe it holds
    assert polygon_at(value, 4) == TRIANGLE
    assert polygon_at(value, 9) == tuple((x + 5, y + 2) for x, y in TRIANGLE)
    assert polygon_at(value, 20) == moved
    assert polygon_at(value, 21) is None
    assert polygon_at(contact(keyframes=()), 5) is None


def test_mask_covers_the_polygon():
    pixels = mask_at(contact(), 4, 64, 64)
    assert pixels.shape == (64, 64)
    assert pixels.sum() == pytest.approx(200, abs=15)
    assert pixels[25, 30] and not pixels[25, 10]
