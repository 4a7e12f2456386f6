"""Our exports as datumaro reads them, which CVAT itself is built upon; it lives in an environment of its own."""

import json
import subprocess
from pathlib import Path

import pytest
from samples import FRAMES, contact, labels

from annotation.formats import coco, cvat
from annotation.formats.entry import Entry
from annotation.labels import Labels

PYTHON = Path(__file__).parents[2] / ".venv" / "readers" / "bin" / "python"
READ = """
import json, sys
import datumaro
found = datumaro.Dataset.import_from(sys.argv[1], sys.argv[2])
names = found.categories()[datumaro.AnnotationType.label]
def told(shape):
    return names[shape.label].name, [float(v) for v in getattr(shape, "points", [])]
rows = [(str(item.id), int(item.attributes.get("frame", -1)), sorted(map(told, item.annotations))) for item in found]
print(json.dumps(rows))
"""


def read(place: Path, kind: str) -> list[tuple[str, int, list[tuple[str, list[float]]]]]:
    """Items with their frame and their shapes: region and points."""
    assert PYTHON.exists(), "`make test` sets up what reads the exports"
    done = subprocess.run([str(PYTHON), "-c", READ, str(place), kind], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr[-2000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.fixture
def two_clips() -> list[Entry]:
    return [
        Entry(1, "clips/a.mp4", labels(contact(start=3, end=6, region="chin")), None, 1, ("a.mp4",)),
        Entry(2, "clips/b.mp4", labels(contact(start=0, end=2, region="left_cheek")), None, 1, ("b.mp4",)),
    ]


def shown(value: Labels) -> set[int]:
    """Frames with a contact that has an area."""
    return {frame for c in value.contacts if c.keyframes for frame in range(c.start, c.end + 1)}


def test_datumaro_reads_the_cvat_export(two_clips: list[Entry], tmp_path: Path) -> None:
    with open(tmp_path / "annotations.xml", "w", encoding="utf-8") as file:
        cvat.write(file, two_clips)
    rows = read(tmp_path / "annotations.xml", "cvat")
    first, second = (shown(entry.labels) for entry in two_clips)
    ends = {max(first) + 1, FRAMES + max(second) + 1}  # the shape that is outside
    assert {frame for _, frame, shapes in rows if shapes} == first | {FRAMES + frame for frame in second} | ends
    areas = {frame: shapes[0][1] for _, frame, shapes in rows if shapes}
    key = two_clips[0].labels.contacts[0].keyframes[0]
    assert areas[key.frame] == pytest.approx([v for point in key.polygon for v in point], abs=0.01)


def test_datumaro_reads_the_coco_export(two_clips: list[Entry], tmp_path: Path) -> None:
    """As pictures with instances, in COCO's own layout: each contact in the first frame that shows it."""
    place = tmp_path / "annotations" / "instances_default.json"
    place.parent.mkdir()
    (tmp_path / "images").mkdir()
    with open(place, "w", encoding="utf-8") as file:
        coco.write(file, two_clips)
    rows = read(tmp_path, "coco")
    assert sorted((name, shapes[0][0]) for name, _, shapes in rows) == [
        ("clips/a/00003", "chin"),
        ("clips/b/00000", "left_cheek"),
    ]
