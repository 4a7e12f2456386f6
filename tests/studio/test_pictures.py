"""What the app draws of a clip: the overlay, the strip, the figures."""

import numpy as np
from PIL import Image

from annotation.labels import Contact, Keyframe, Labels
from annotation.taxonomy import PATTERNS
from model.clip import Clip, Curves
from studio import figures, thumbnails
from studio.components import picker, viewer

SQUARE = ((10.0, 10.0), (20.0, 10.0), (20.0, 20.0), (10.0, 20.0))
MOVED = tuple((x + 8, y) for x, y in SQUARE)
LABELS = Labels(
    "poke-nose", 24, 12, 64, 64, "simulated", "physics", "unreviewed",
    (Contact("c1", "left", "index", "nose_tip", 4, 8, 1.0, (Keyframe(4, SQUARE), Keyframe(8, MOVED))),),
)  # fmt: skip


def clip(metrics: dict) -> Clip:
    depth = np.array([0, 1, 2, 1, 0, 0], np.float32)
    curves = Curves({"nose_tip": depth, "chin": depth * 0}, {"nose_tip": depth * 30}, depth, depth)
    return Clip(np.zeros((6, 64, 64, 3), np.uint8), 24, LABELS, metrics, {}, curves)


def test_the_overlay_has_a_polygon_for_every_frame_of_a_contact() -> None:
    (contact,) = viewer.overlay(LABELS)["contacts"]
    assert contact["words"] == "index → nose tip"
    assert len(contact["polygons"]) == 5
    assert min(x for x, _ in contact["polygons"][2]) == 14.0  # half-way between the keyframes


def test_the_strip_shows_the_regions_that_are_touched() -> None:
    figure = figures.strip(clip({}))
    assert {trace.name for trace in figure.data} == {"nose tip"}
    assert list(figure.data[0].x)[:2] == [0.0, 1 / 24]


def test_figures_leave_out_what_was_not_measured() -> None:
    table = figures.table({"touchness": 1.0, "identity_nme": None, "seconds": {"scan": 0.5, "<b>": 1.0}})
    assert "Real touch" in table and "100 %" in table
    assert "Face moved" not in table
    assert "Made in 1.5 s" in table and "<b>" not in table


def test_words_of_a_pattern() -> None:
    assert picker.title("poke-left-cheek") == "Poke · left cheek"


def test_a_film_rests_at_the_middle_of_the_contact() -> None:
    long = Clip(np.zeros((72, 8, 8, 3), np.uint8), 24, LABELS, {}, {}, clip({}).curves)
    shown = thumbnails.moments(long)
    assert len(shown) == thumbnails.FRAMES and shown == sorted(shown)
    assert shown[thumbnails.REST] == 6
    assert shown[0] >= 0 and shown[-1] <= 8 + 12


def test_every_pattern_has_its_film() -> None:
    for pattern in PATTERNS:
        with Image.open(picker.PICTURES / f"{pattern}.webp") as film:
            assert film.size == (thumbnails.FRAMES * thumbnails.SIDE, thumbnails.SIDE)
