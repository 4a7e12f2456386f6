"""The regions follow the face from frame to frame, measured once."""

import base64
import json
from pathlib import Path

import cv2
import numpy as np
from films_of_pictures import write
from skimage.data import astronaut

from annotation.opening import open_store
from annotation.taxonomy import REGIONS
from studio.review import tracks as review_tracks

SIDE, FRAMES, STEP = 320, 5, 4


def inside(outline: np.ndarray, point: np.ndarray) -> bool:
    return cv2.pointPolygonTest(outline, (float(point[0]), float(point[1])), False) > 0


def test_the_regions_go_with_the_face(tmp_path: Path) -> None:
    photo = astronaut()
    moving = [photo[:SIDE, 80 - STEP * k : 80 - STEP * k + SIDE] for k in range(FRAMES)]
    store = open_store(tmp_path / "data")
    video = write(tmp_path / "a.mp4", moving)
    text = review_tracks.track(store, "a" * 64, video)
    answer = json.loads(text)
    assert set(answer["regions"]) == set(REGIONS)
    values = np.frombuffer(base64.b64decode(answer["points"]), "<i2") * answer["scale"]
    points = values.reshape(FRAMES, -1, 2)
    drift = np.diff(points.mean(axis=1), axis=0)
    assert np.abs(drift - [STEP, 0]).max() < 2.0, "px from frame to frame"

    centre = {name: points[2][indices].mean(axis=0) for name, indices in answer["regions"].items()}
    assert centre["left_cheek"][0] > centre["nose_tip"][0] > centre["right_cheek"][0], "the subject's left"
    heights = [centre[name][1] for name in ("forehead", "left_eye", "nose_tip", "upper_lip", "chin")]
    assert heights == sorted(heights)

    video.unlink()
    assert review_tracks.track(store, "a" * 64, video) == text, "measured once, then kept"


def test_a_clip_without_a_face_has_no_track(tmp_path: Path) -> None:
    blank = write(tmp_path / "b.mp4", [np.full((SIDE, SIDE, 3), 90, np.uint8)] * 2)
    assert review_tracks.measure(blank)["points"] is None


def test_where_regions_overlap_the_first_holds_the_place() -> None:
    """Every place on the mean face is named as the model names it, up to the edges of the outlines."""
    from model.face.regions import region_labels
    from model.face.shape import mean_shape

    mean = mean_shape()
    outlines = review_tracks.region_outlines()
    truth = region_labels(mean, mean, np.zeros(len(mean), bool))
    paths = {name: mean[list(outline), :2].astype(np.float32) for name, outline in outlines.items()}
    inner = [i for i in range(468) if all(i not in outline for outline in outlines.values())]
    right = 0
    known = 0
    for i in inner:
        named = next((name for name, path in paths.items() if inside(path, mean[i])), None)
        if named:
            known += 1
            right += named == REGIONS[truth[i]]
    assert known > 100 and right / known > 0.93
