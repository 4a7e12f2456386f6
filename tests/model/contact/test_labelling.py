"""Labels from touches that are made up, so that the right answer is known."""

from dataclasses import dataclass

import numpy as np
import pytest
from shapes import plane

from annotation.polygons import signed_area
from annotation.taxonomy import FINGERS, REGIONS
from model.contact.labelling import Interval, contact_runs, label_simulation, measure_curves, outline, touched_areas
from model.scene import NO_REGION, Camera

INDEX, MIDDLE = FINGERS.index("index"), FINGERS.index("middle")
CHEEK, JAW = REGIONS.index("left_cheek"), REGIONS.index("left_jaw")
CAMERA = Camera(256, 256, 0.5)


@dataclass
class Scan:
    vertices: np.ndarray
    triangles: np.ndarray
    region: np.ndarray
    camera: Camera
    image: np.ndarray


@dataclass
class Motion:
    fps: int
    fingers: tuple[str, ...]


@dataclass
class Scene:
    scan: Scan
    motion: Motion
    face: np.ndarray
    touch: np.ndarray
    dent: np.ndarray
    joints: np.ndarray


def flat_face(frames: int) -> Scene:
    """A flat face of 60 mm at 1 mm, cheek on the left half and jaw on the right, nothing in its outer rim."""
    vertices, triangles = plane(30.0, 1.0)
    region = np.where(vertices[:, 0] < 0, CHEEK, JAW).astype(np.uint8)
    region[np.abs(vertices[:, :2]).max(axis=1) > 28] = NO_REGION
    count = len(vertices)
    scan = Scan(vertices, triangles, region, CAMERA, np.zeros((256, 256, 3), np.uint8))
    joints = np.zeros((frames, 21, 3))
    joints[:, 8, 0] = np.arange(frames)  # the tip goes 1 mm a frame
    return Scene(
        scan, Motion(24, ("index",)), np.repeat(vertices[None], frames, 0).astype(np.float32),
        np.zeros((frames, count), np.uint8), np.zeros((frames, count), np.float32), joints,
    )  # fmt: skip


def disc(scene: Scene, x: float, radius: float) -> np.ndarray:
    """Vertices (n,) bool of a disc around (x, 0)."""
    return np.linalg.norm(scene.scan.vertices[:, :2] - [x, 0], axis=1) <= radius


def test_touched_area_is_that_of_the_disc():
    scene = flat_face(2)
    scene.touch[1, disc(scene, -15, 5)] = 1 + INDEX
    areas = touched_areas(scene)  # type: ignore[arg-type]
    assert areas[0].sum() == 0
    assert areas[1, INDEX, CHEEK] == pytest.approx(np.pi * 25, rel=0.05)
    assert areas[1].sum() == areas[1, INDEX, CHEEK]


def test_what_lies_outside_all_regions_is_not_labelled():
    scene = flat_face(3)
    scene.touch[:, scene.scan.region == NO_REGION] = 1 + INDEX
    assert label_simulation(scene, "poke-left-cheek").contacts == ()  # type: ignore[arg-type]


def areas_of(frames: int, **touched: tuple[int, int, float]) -> np.ndarray:
    areas = np.zeros((frames, len(FINGERS), len(REGIONS)))
    for start, end, size in touched.values():
        areas[start : end + 1, INDEX, CHEEK] = size
    return areas


def test_a_run_has_the_frames_of_its_touch():
    assert contact_runs(areas_of(20, only=(5, 11, 40.0))) == [Interval(INDEX, CHEEK, 5, 11)]


def test_a_gap_of_one_frame_is_closed_and_of_two_is_not():
    assert contact_runs(areas_of(20, a=(2, 6, 40.0), b=(8, 12, 40.0))) == [Interval(INDEX, CHEEK, 2, 12)]
    assert len(contact_runs(areas_of(20, a=(2, 6, 40.0), b=(9, 12, 40.0)))) == 2


def test_grazes_are_no_contacts():
    assert contact_runs(areas_of(20, small=(5, 11, 2.0))) == []
    assert contact_runs(areas_of(20, short=(5, 5, 40.0))) == []


def test_a_region_needs_its_share_of_the_touch():
    areas = areas_of(10, whole=(2, 8, 70.0))
    areas[2:9, INDEX, JAW] = 20.0
    assert [run.region for run in contact_runs(areas)] == [CHEEK]
    areas[5:9, INDEX, JAW] = 50.0
    assert contact_runs(areas) == [Interval(INDEX, CHEEK, 2, 8), Interval(INDEX, JAW, 5, 8)]


def test_each_finger_has_its_own_contact():
    areas = areas_of(10, index=(2, 8, 40.0))
    areas[3:8, MIDDLE, CHEEK] = 40.0
    assert contact_runs(areas) == [Interval(INDEX, CHEEK, 2, 8), Interval(MIDDLE, CHEEK, 3, 7)]


def test_touches_from_the_first_to_the_last_frame_are_whole():
    assert contact_runs(areas_of(6, all=(0, 5, 40.0))) == [Interval(INDEX, CHEEK, 0, 5)]


def test_the_outline_goes_around_the_touched_skin():
    scene = flat_face(1)
    scene.touch[0, disc(scene, -15, 5)] = 1 + INDEX
    polygon = outline(scene, 0, INDEX, CHEEK)  # type: ignore[arg-type]
    assert polygon is not None
    assert abs(signed_area(polygon)) == pytest.approx(np.pi * 10**2, rel=0.12)  # 0.5 mm a pixel
    assert np.mean(polygon, axis=0) == pytest.approx(CAMERA.project(np.array([[-15.0, 0, 0]]))[0], abs=1.5)
    assert outline(scene, 0, INDEX, JAW) is None  # type: ignore[arg-type]


def test_labels_of_a_touch_that_slides_from_one_region_to_the_other():
    frames = 25
    scene = flat_face(frames)
    for frame in range(4, 21):
        scene.touch[frame, disc(scene, -16 + 2.0 * (frame - 4), 5)] = 1 + INDEX
    first, second = label_simulation(scene, "stroke-left-cheek").contacts  # type: ignore[arg-type]
    assert (first.region, first.start) == ("left_cheek", 4)
    assert (second.region, second.end) == ("left_jaw", 20)
    assert second.start <= first.end + 1
    for contact in (first, second):
        keys = [key.frame for key in contact.keyframes]
        assert keys[0] == contact.start and keys[-1] == contact.end
        assert max(np.diff(keys)) <= 3


def test_curves_measure_depth_area_gap_and_speed():
    scene = flat_face(4)
    spot = disc(scene, -15, 5)
    scene.touch[1:3, spot] = 1 + INDEX
    scene.dent[1:3, spot] = [[1.0], [3.0]]
    curves = measure_curves(scene, np.array([500.0, 0.0, 0.0, 4.0]))  # type: ignore[arg-type]
    assert set(curves.depth) == set(curves.area) == {"left_cheek"}
    assert curves.depth["left_cheek"].tolist() == [0, 1, 3, 0]
    assert curves.area["left_cheek"][1] == pytest.approx(np.pi * 25, rel=0.05)
    assert curves.gap.tolist() == [200, 0, 0, 4]
    assert curves.speed.tolist() == [24, 24, 24, 24]
