"""What `evaluate` says of clips, and of photos that will not do."""

import csv
from pathlib import Path

import cv2
import numpy as np
import pytest
from clips import poke

from annotation.labels import Contact, Keyframe, Labels
from model.evaluation.evaluate import (
    EvaluationTask,
    detect,
    evaluate,
    hand_error,
    in_view,
    measure,
    pattern_regions,
    region_share,
)
from model.evaluation.report import BARS, report, table
from model.request import Request

SMALL_SQUARE = ((0.0, 0.0), (4.0, 0.0), (4.0, 4.0), (0.0, 4.0))
LARGE_SQUARE = ((0.0, 0.0), (9.0, 0.0), (9.0, 9.0), (0.0, 9.0))


def labels_of(pattern: str, *contacts: tuple[str, int, int, tuple]) -> Labels:
    made = tuple(
        Contact(f"c{i}", "left", "index", region, start, end, 1.0, (Keyframe(start, polygon),))
        for i, (region, start, end, polygon) in enumerate(contacts)
    )
    return Labels(pattern, 24, 20, 64, 64, "simulated", "physics", contacts=made)


def test_the_regions_of_a_pattern_are_on_its_side():
    assert pattern_regions("poke-left-cheek") == ("left_cheek",)
    assert pattern_regions("pinch-right-cheek") == ("right_cheek",)
    assert set(pattern_regions("swipe-lips")) == {"upper_lip", "lower_lip"}


def test_the_largest_area_counts():
    labels = labels_of("poke-left-cheek", ("left_cheek", 2, 9, LARGE_SQUARE), ("left_jaw", 5, 11, SMALL_SQUARE))
    assert region_share(labels) == 0.8  # frames 10 and 11 have the jaw alone
    assert region_share(labels_of("poke-right-cheek", ("left_cheek", 2, 9, LARGE_SQUARE))) == 0
    assert region_share(labels_of("poke-nose")) == 0


def test_the_networks_find_face_and_hand():
    seen = detect(poke())
    assert seen["face_found"] == 1.0
    if seen["hand_frames"]:
        assert seen["hand_found"] > 0.5 and seen["hand_error"] < 0.25


def test_a_hand_is_in_view_with_all_its_joints():
    joints = np.full((21, 2), 50.0, np.float32)
    side = np.array([100, 80])
    assert in_view(joints, side)
    for wrong in ((99.5, 50), (50, 79.5), (-3, 50)):
        assert not in_view(np.vstack([joints[:20], [wrong]]), side)


def test_a_found_hand_must_be_this_hand():
    joints = np.random.default_rng(0).uniform(20, 80, (21, 2))
    diagonal = float(np.linalg.norm(np.ptp(joints, axis=0)))
    assert hand_error(joints, []) is None
    assert hand_error(joints, [joints + [100, 0]]) is None
    assert hand_error(joints, [joints + [100, 0], joints + [3, 4]]) == pytest.approx(5 / diagonal)


def row(photo: str, **figures: float) -> dict:
    base = {bar.key: (0.0 if bar.at_most else 1.0) for bar in BARS}
    names = {"photo": photo, "pattern": "poke-nose", "seed": 0, "refused": False, "error": None, "hand_frames": 10}
    return {**base, **names, "hand_error": 0.05, "seconds": {"scan": 1.0, "total": 4.0}, **figures}


def test_bars_are_held_over_all_clips(tmp_path: Path):
    photos = [tmp_path / name for name in ("a.jpg", "b.jpg", "c.jpg")]
    with open(tmp_path / "info.csv", "w", newline="") as file:
        csv.writer(file).writerows([["file", "subject", "ethnicity"], ["a.jpg", "7", "x"], ["b.jpg", "7", "y"]])
    a, b, c = (str(photo) for photo in photos)
    rows = [
        row(a, max_penetration_mm=0.2, skin_delta_e=2.0, hand_found=1.0, hand_frames=30),
        row(b, max_penetration_mm=0.7, skin_delta_e=9.0, hand_found=0.5, hand_frames=10),
        {**row(c), "refused": True, "error": "no face"},
    ]
    result = report(rows, photos)
    bars = {bar["key"]: bar for bar in result["bars"]}
    assert bars["max_penetration_mm"]["value"] == 0.7 and bars["max_penetration_mm"]["pass"] is False
    assert bars["skin_delta_e"]["value"] == 9.0  # the group y
    assert bars["hand_found"]["value"] == pytest.approx(35 / 40) and bars["hand_found"]["pass"] is False
    assert bars["touchness"]["pass"] is True
    assert set(result["aggregate"]["by_person"]) == {"7"} and set(result["aggregate"]["by_group"]) == {"x", "y"}
    assert result["aggregate"]["all"]["total_s"]["median"] == 4.0
    assert result["skipped"] == [{"photo": c, "reason": "no face"}]
    words = table(result)
    assert "MISS penetration" in words and "ok   touchness" in words and "skipped" in words and "no face" in words


def test_a_figure_that_nobody_could_measure_neither_passes_nor_fails(tmp_path: Path):
    result = report([row(str(tmp_path / "a.jpg"), skin_delta_e=None)], [tmp_path / "a.jpg"])  # type: ignore[arg-type]
    assert {bar["key"]: bar for bar in result["bars"]}["skin_delta_e"]["pass"] is None


def test_photos_that_will_not_do_are_named_once(tmp_path: Path):
    (tmp_path / "words.jpg").write_text("no photo")
    *rows, result = evaluate([tmp_path / "words.jpg"], ["poke-nose", "poke-chin"], size=256)
    assert [r["refused"] for r in rows] == [True]
    assert result["clips"] == [] and result["bars"] == [] and len(result["skipped"]) == 1
    assert "0 clips" in table(result)


def test_our_own_fault_is_no_bad_photo(monkeypatch: pytest.MonkeyPatch, photo_file: Path, tmp_path: Path):
    from model.evaluation import evaluate as module

    def broken(*_: object) -> None:
        raise ZeroDivisionError("oh")

    monkeypatch.setattr(module, "_clip", broken)
    result = measure(EvaluationTask(str(photo_file), Request("poke-nose"), None))
    assert result["error"] == "ZeroDivisionError: oh" and not result["refused"]
    assert len(report([result], [photo_file])["failed"]) == 1

    monkeypatch.setattr(module, "_clip", lambda *_: poke())
    good = measure(EvaluationTask(str(photo_file), Request("poke-left-cheek"), str(tmp_path / "sheet.png")))
    assert good["error"] is None and good["region_share"] == 1.0 and good["peak_mb"] > 100
    assert cv2.imread(str(tmp_path / "sheet.png")).shape == (768, 1024, 3)
