"""The scan: regions, metric mesh, expressions, light and masks that the other stages rely on."""

import cv2
import numpy as np
import pytest
from faces import padded, portrait, resized, scanned
from scipy.spatial.transform import Rotation
from skimage.data import astronaut

from annotation.taxonomy import REGIONS, mirrored
from model.face import check, networks, scan
from model.face.light import fit_light
from model.face.mesh import camera_of, controls_of
from model.face.pose import head_pose, yaw_pitch_roll
from model.face.topology import topology
from model.mesh.subdivision import edges_of
from model.scene import NO_REGION


def facing(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Twice the signed area of triangles in the image, negative towards the viewer."""
    a, b, c = (points[triangles[:, k], :2] for k in range(3))
    return np.cross(b - a, c - a)


def test_regions_cover_the_face_and_nothing_else() -> None:
    shared = topology()
    face = (shared.skirt == 0) & (shared.mouth < 1)
    assert (shared.region[face] != NO_REGION).all()
    assert (shared.region[~face] == NO_REGION).all()
    assert set(shared.region[face]) == set(range(len(REGIONS)))


def test_regions_mirror_each_other() -> None:
    shared = topology()
    middle = np.abs(shared.mean[:, 0]) < 1.0
    partner = np.array([REGIONS.index(mirrored(name)) for name in REGIONS] + [NO_REGION] * 240, dtype=np.uint8)
    same = shared.region[shared.mirror] == partner[shared.region]
    assert same[~middle].mean() > 0.995
    assert shared.softness[shared.mirror] == pytest.approx(shared.softness, abs=0.03)


def test_left_is_the_subjects_left() -> None:
    found = scanned()
    left = found.pixels[found.region == REGIONS.index("left_cheek"), 0].mean()
    right = found.pixels[found.region == REGIONS.index("right_cheek"), 0].mean()
    assert left > right + 20


def test_each_region_is_one_piece() -> None:
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    shared = topology()
    edges, _ = edges_of(shared.triangles)
    for number, name in enumerate(REGIONS):
        inside = shared.region == number
        kept = edges[inside[edges].all(axis=1)]
        graph = coo_matrix((np.ones(len(kept)), kept.T), (len(inside), len(inside)))
        _, label = connected_components(graph, directed=False)
        assert len(np.unique(label[inside])) == 1, name


def test_bone_is_stiff_and_cheeks_are_soft() -> None:
    shared = topology()

    def of(name: str, values: np.ndarray) -> float:
        return float(np.median(values[shared.region == REGIONS.index(name)]))

    assert of("forehead", shared.softness) < 0.2 < 0.7 < of("left_cheek", shared.softness)
    assert of("forehead", shared.depth_limit) <= 2.2
    assert of("chin", shared.depth_limit) <= 4.2
    assert 4 <= of("nose_tip", shared.depth_limit) <= 5
    assert 6 <= of("left_cheek", shared.depth_limit) <= 9
    edges, _ = edges_of(shared.triangles)
    assert np.abs(np.diff(shared.softness[edges])).max() < 0.25


def test_mesh_is_one_sheet_without_cracks() -> None:
    shared = topology()
    edges, of_triangle = edges_of(shared.triangles)
    faces = np.bincount(of_triangle.ravel())
    assert set(faces) == {1, 2}
    assert (shared.skirt[edges[faces == 1]] == 1).all()  # its border is the skirt's
    assert len(shared.mean) - len(edges) + len(shared.triangles) == 1  # a disc


def test_every_value_is_finite_and_faces_the_viewer() -> None:
    found = scanned()
    arrays = [
        found.vertices, found.normals, found.pixels, found.softness, found.depth_limit, found.rigid,
        found.skin, *found.expressions.values(), *found.masks.values(),
    ]  # fmt: skip
    assert all(np.isfinite(array).all() for array in arrays)
    assert np.linalg.norm(found.normals, axis=1) == pytest.approx(1)
    area = facing(found.pixels, found.triangles)
    assert (area < 0).mean() > 0.99  # nostrils and the far cheek hide a few
    assert (area[found.skirt[found.triangles].max(axis=1) > 0] < 0).all()
    assert found.normals[found.region == REGIONS.index("forehead"), 2].max() < -0.2


def test_vertices_are_the_subdivided_controls_and_lie_on_the_landmarks() -> None:
    found = scanned()
    assert np.abs(found.subdivision @ found.controls - found.vertices).max() < 1e-9
    away = np.linalg.norm(found.pixels[:468] - found.landmarks[:468], axis=1) * found.camera.mm_per_px
    assert away.mean() < 0.5 and away.max() < 3
    assert found.camera.project(found.vertices) == pytest.approx(found.pixels)


def test_measures_are_human() -> None:
    found = scanned()
    face = found.vertices[found.skirt == 0]
    width, height, _ = np.ptp(face, axis=0)
    assert 110 < width < 165 and 125 < height < 200
    assert 20 < found.vertices[[234, 454], 2].mean() - found.vertices[4, 2] < 130


@pytest.mark.parametrize("yaw", [-35, 0, 35])
def test_a_turned_head_keeps_its_scale(yaw: float) -> None:
    """The mean face, turned in space and photographed."""
    from model.face.shape import mean_shape
    from model.scene import Camera

    turn = Rotation.from_euler("y", -yaw, degrees=True).as_matrix()
    camera = Camera(512, 512, 0.6)
    eyes = np.array([mean_shape()[[33, 133, 159, 145]].mean(axis=0), mean_shape()[[263, 362, 386, 374]].mean(axis=0)])
    eyes *= [63 / np.ptp(eyes[:, 0]), 1, 1]
    irises = np.repeat(eyes, 5, axis=0)
    points = np.concatenate([mean_shape(), irises]) @ turn.T
    pixels = np.column_stack([camera.project(points), points[:, 2] / 0.6])
    found = camera_of(pixels, 512)
    assert found.mm_per_px == pytest.approx(0.6, rel=0.02)
    rotation, _, _ = head_pose(controls_of(pixels, found)[:468])
    assert yaw_pitch_roll(rotation)[0] == pytest.approx(yaw, abs=3)


def test_same_photo_same_scan() -> None:
    first, second = scan(portrait(), 256), scan(portrait(), 256)
    assert (first.vertices == second.vertices).all()
    assert (first.image == second.image).all() and (first.background == second.background).all()
    assert all((first.masks[name] == second.masks[name]).all() for name in first.masks)
    assert (first.light.direction == second.light.direction).all() and (first.skin == second.skin).all()


def test_mirrored_photo_gives_mirrored_scan() -> None:
    photo = padded(portrait(), 60, 60, 40, 40)
    here, there = check(photo), check(np.ascontiguousarray(photo[:, ::-1]))
    assert here.box[0] == pytest.approx(photo.shape[1] - there.box[2], abs=1)
    assert here.yaw == pytest.approx(-there.yaw, abs=1) and here.roll == pytest.approx(-there.roll, abs=1)
    left, right = scan(photo, 256), scan(np.ascontiguousarray(photo[:, ::-1]), 256)
    assert left.camera.mm_per_px == pytest.approx(right.camera.mm_per_px, rel=0.02)
    assert left.light.direction * [-1, 1, 1] == pytest.approx(right.light.direction, abs=0.12)
    assert left.skin == pytest.approx(right.skin, rel=0.05)
    width = float(np.ptp(left.vertices[left.skirt == 0][:, 0]))
    assert width == pytest.approx(np.ptp(right.vertices[right.skirt == 0][:, 0]), rel=0.02)


@pytest.mark.parametrize("size", [256, 512, 768])
def test_frame_has_room_for_the_hand(size: int) -> None:
    found = scan(padded(portrait(), 200, 200, 150, 200), size)
    assert found.image.shape == found.background.shape == (size, size, 3)
    assert all(mask.shape == (size, size) for mask in found.masks.values())
    face = found.landmarks[:468]
    assert 0.36 < np.ptp(face[:, 1]) / size < 0.48
    centre = (face.min(axis=0) + face.max(axis=0)) / 2 / size
    assert (0.40, 0.40) < tuple(centre) < (0.47, 0.47)


@pytest.mark.parametrize("photo", [portrait()[30:190, 70:230], portrait()[:, 60:230], portrait()[20:200]])
def test_a_tight_photo_keeps_the_whole_face(photo: np.ndarray) -> None:
    found = scan(np.ascontiguousarray(photo), 256)
    assert found.landmarks[:468].min() > -4 and found.landmarks[:468].max() < 260


def test_lids_meet_in_a_blink() -> None:
    found = scanned()
    for side, rows in (
        ("left", ((466, 388, 387, 386, 385, 384, 398), (249, 390, 373, 374, 380, 381, 382))),
        ("right", ((246, 161, 160, 159, 158, 157, 173), (7, 163, 144, 145, 153, 154, 155))),
    ):
        closed = found.vertices + found.expressions[f"blink_{side}"]
        upper, lower = (list(row) for row in rows)
        over = closed[upper] - closed[lower]  # Y down, Z away: the upper lid lies over the lower and before it
        assert np.linalg.norm(over, axis=1).max() < 1.2
        assert over[:, 1].min() > 0 and over[:, 2].max() < 0
        other = found.expressions[f"blink_{mirrored(side)}"][upper]
        assert np.abs(other).max() < 0.1


def test_expressions_stay_on_the_face_and_on_their_side() -> None:
    found = scanned()
    assert {"blink_left", "squint_left", "wince_right", "brow_lower", "smile_left", "jaw"} <= set(found.expressions)
    middle = found.vertices[168, 0]
    for name, field in found.expressions.items():
        length = np.linalg.norm(field, axis=1)
        assert 0.2 < length.max() < 16
        assert length[found.skirt > 0.95].max() < 0.2  # where the photo is left as it is
        if name.endswith("left") or name.endswith("right"):
            moved = found.vertices[length > 0.5 * length.max(), 0]
            assert ((moved > middle) == name.endswith("left")).all()


def test_finds_the_light_it_was_lit_with() -> None:
    normals = topology().mean[:468] / 80 - [0, 0, 1.2]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    towards = np.array([0.5, -0.4, -0.77])
    colours = np.array([0.5, 0.3, 0.2]) * (1 + 0.5 * normals @ towards)[:, None]
    found = fit_light(colours, normals)
    assert found.direction @ (towards / np.linalg.norm(towards)) > 0.97
    assert found.strength == pytest.approx(0.5, abs=0.1)
    assert fit_light(np.full((468, 3), 0.3), normals).strength < 0.05


def test_masks_show_what_they_say() -> None:
    found = scanned()
    centre = tuple(found.landmarks[473].astype(int))[::-1]
    nose = tuple(found.landmarks[4].astype(int))[::-1]
    x, y = found.landmarks[10].astype(int)
    assert found.masks["eyes"][centre] > 0.9 and found.masks["eyes"][nose] == 0
    assert found.masks["skin"][nose] > 0.5 and found.masks["skin"][centre] < 0.2
    assert found.masks["hair"][y - 40 : y - 10, x - 20 : x + 20].mean() > 0.35
    assert found.masks["hair"][nose] == 0
    assert found.masks["person"][nose] == 1 and found.masks["person"][3, 3] < 0.1
    assert found.masks["mouth"].max() > 0.9  # she smiles
    assert found.masks["glasses"].max() == 0 and found.masks["beard"].mean() < 0.01


def test_a_face_far_away_is_found() -> None:
    far = np.full((640, 640, 3), 128, np.uint8)
    far[200:360, 200:360] = cv2.resize(astronaut(), (160, 160), interpolation=cv2.INTER_AREA)
    (face,) = networks.detect(far, far=True)
    assert 240 < face[0] < face[2] < 320 and 200 < face[1] < face[3] < 280 and face[4] > networks.FACE_SCORE


def test_finds_glasses_and_makes_them_rigid() -> None:
    import cv2

    photo = resized(portrait(), 900)
    landmarks = check(photo).landmarks
    for iris in (468, 473):
        centre = (landmarks[iris] + [0, 8]).astype(int).tolist()
        cv2.ellipse(photo, centre, (52, 44), 0, 0, 360, (30, 26, 24), 6, cv2.LINE_AA)
    bridge = [(landmarks[[468, 473]].mean(axis=0) + [x, 0]).astype(int).tolist() for x in (-16, 16)]
    cv2.line(photo, bridge[0], bridge[1], (30, 26, 24), 6, cv2.LINE_AA)
    found = scan(photo, 256)
    assert found.masks["glasses"].max() > 0.9
    under_eyes = found.rigid[[119, 348]]
    assert (under_eyes > 0.5).all() and found.rigid[205] == 0


def test_background_is_the_photo_where_nobody_is() -> None:
    found = scanned()
    empty = found.masks["person"] == 0
    from scipy.ndimage import binary_erosion

    far = binary_erosion(empty, iterations=16)
    assert far.any() and (found.background[far] == found.image[far]).all()
    assert np.abs(found.background.astype(int) - found.image)[found.masks["person"] == 1].mean() > 10


def test_noise_and_blur_are_measured() -> None:
    photo = resized(astronaut()[:300, 75:375], 600)
    rng = np.random.default_rng(0)
    noisy = np.clip(photo + rng.normal(0, 8, photo.shape), 0, 255).astype(np.uint8)
    clean, grainy = scan(photo, 256), scan(noisy, 256)
    assert grainy.grain > clean.grain + 0.5
    assert 0 <= clean.blur < 4
