"""The hand as a layer: a square of known size over a flat face, covered, hidden, lit and blurred as it must be."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flat import FRONT, MM_PER_PX, SIZE, flat_face, motion_of
from shapes import plane

from model.contact.simulation import Simulation
from model.hand import HandModel, load_hand
from model.render.hand import HandPaint
from model.render.layer import HandLayer, ShadedHand, lay_hand, shade_view
from model.render.light import choose_samples
from model.render.occlusion import ambient
from model.render.photo import FaceLayer, prepare_plate
from model.render.stage import HandView, Stage, view_hand
from model.scene import Light

HALF = 10.0  # mm: half the side of the square
ALBEDO = (0.5, 0.3, 0.2)
FACE = flat_face(60.0, 3.0)
FAR = 1e9  # depth where there is no face


def square_hand() -> HandModel:
    """A square that faces the camera, in place of a hand."""
    vertices, triangles = plane(HALF, 1.0)
    uv = ((vertices[:, :2] + HALF) / (2 * HALF)).astype(np.float32)
    return replace(
        load_hand(), vertices=vertices, normals=np.tile(FRONT, (len(vertices), 1)), triangles=triangles, uv=uv,
        uv_triangles=triangles, part=np.ones(len(vertices), np.uint8),
    )  # fmt: skip


MODEL = square_hand()


def stage(
    centres: Any = ((0.0, 0.0, 0.0),), scale: int = 2, strength: float = 0.0, turned: np.ndarray = FRONT,
    blur: float = 0.0, bones_at: float = -400.0,
) -> Stage:  # fmt: skip
    """A square hand led along centres (f, 3) mm over a flat face at z = 0; its bones are out of the way."""
    scan = replace(FACE, light=Light(FRONT, strength, np.ones(3)), blur=blur)
    centres = np.asarray(centres, float)
    frames = len(centres)
    hand = (MODEL.vertices[None] + centres[:, None]).astype(np.float32)
    joints = np.zeros((frames, 21, 3), np.float32) + np.float32([0, 0, bones_at])
    simulation = Simulation(
        scan=scan, motion=motion_of(frames), face=np.repeat(scan.vertices[None], frames, axis=0).astype(np.float32),
        hand=hand, hand_normals=np.tile(turned, (frames, hand.shape[1], 1)).astype(np.float32), joints=joints,
        elbow=joints[:, 0] + np.float32([0, 1, 0]), touch=np.zeros((frames, len(scan.vertices)), np.uint8),
        dent=np.zeros((frames, len(scan.vertices)), np.float32), hand_scale=1.0,
    )  # fmt: skip
    paint = HandPaint(
        np.tile(np.array([*ALBEDO, 0.0], np.float32), (16, 16, 1)),
        np.tile(np.array([0.0, 0.0, 1.0], np.float32), (16, 16, 1)),
    )
    grain = np.zeros((SIZE, SIZE), np.float32)
    return Stage(simulation, prepare_plate(scan), MODEL, paint, choose_samples(MODEL), scale, grain, 0)


def face_layer(depth: float | np.ndarray = FAR, solid: float = 1.0) -> FaceLayer:
    """A face at one depth (mm), or at a depth for every pixel."""
    flat = np.ones((SIZE, SIZE), np.float32)
    return FaceLayer(
        warped=np.zeros((SIZE, SIZE, 3), np.uint8), shading=flat, light=flat,
        flow=np.zeros((SIZE, SIZE, 2), np.float32), depth=np.broadcast_to(np.float32(depth), (SIZE, SIZE)).copy(),
        solid=np.float32(solid) * flat, touch=np.zeros((SIZE, SIZE), np.uint8),
    )  # fmt: skip


def shaded(of: Stage, frame: int = 0, sun: float = 1.0) -> tuple[HandView, ShadedHand]:
    view = view_hand(of, frame)
    return view, shade_view(of, view, np.full(len(MODEL.vertices), sun, np.float32))


def laid(of: Stage, face: FaceLayer | None = None, frame: int = 0) -> HandLayer:
    view, hand = shaded(of, frame)
    return lay_hand(of, view, hand, face or face_layer())


def picture(layer: HandLayer) -> np.ndarray:
    """Alpha (SIZE, SIZE) of the whole picture."""
    out = np.zeros((SIZE, SIZE), np.float32)
    left, top, right, bottom = layer.box
    out[top:bottom, left:right] = layer.rgba[..., 3]
    return out


def side(z: float) -> float:
    """Side of the square in px at a depth."""
    return 2 * HALF * 700 / (700 + z) / MM_PER_PX


@pytest.mark.parametrize("scale", [1, 2])
@pytest.mark.parametrize("centre", [(0.0, 0.0, 0.0), (5.25, -3.5, -100.0), (-20.0, 14.75, 60.0)])
def test_coverage_is_the_square_s_area(scale: int, centre: tuple[float, float, float]) -> None:
    alpha = picture(laid(stage([centre], scale)))
    tolerance = 4 * side(centre[2]) * 0.5 / scale  # half a sample along its edges
    assert alpha.sum() == pytest.approx(side(centre[2]) ** 2, abs=tolerance)
    assert alpha.max() == pytest.approx(1.0, abs=1e-4)
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    middle = np.array([(x * alpha).sum(), (y * alpha).sum()]) / alpha.sum()
    assert middle == pytest.approx(SIZE / 2 + np.array(centre[:2]) * 700 / (700 + centre[2]), abs=0.5 / scale)


def test_a_square_that_lies_on_pixels_is_covered_exactly() -> None:
    alpha = picture(laid(stage()))
    assert alpha.sum() == pytest.approx(400.0, rel=1e-4)
    assert (alpha[57:71, 57:71] > 0.999).all() and not alpha[:48].any() and not alpha[:, 80:].any()


def test_the_layer_is_premultiplied() -> None:
    rgba = laid(stage(), face_layer(-0.6)).rgba
    some = rgba[..., 3] > 0.01
    ratio = rgba[some][:, :3] / rgba[some][:, 3:]
    assert np.abs(ratio - ratio[0]).max() < 1e-3


@pytest.mark.parametrize(
    ("behind", "shown"),
    [(-5.0, 1.0), (0.0, 1.0), (2.5, 1.0), (2.675, 0.75), (2.85, 0.5), (3.025, 0.25), (3.2, 0.0), (30.0, 0.0)],
)
def test_a_finger_in_its_dent_is_whole_and_deeper_down_fades(behind: float, shown: float) -> None:
    alpha = picture(laid(stage(), face_layer(-behind)))
    assert alpha[64, 64] == pytest.approx(shown, abs=0.01)
    assert alpha.sum() == pytest.approx(shown * 400, abs=4)


def test_only_what_is_behind_is_hidden() -> None:
    depth = np.full((SIZE, SIZE), FAR)
    depth[:, :64] = -50.0  # the face covers the left half
    alpha = picture(laid(stage(), face_layer(depth)))
    assert not alpha[:, :62].any() and (alpha[57:71, 66:72] > 0.999).all()
    assert alpha.sum() == pytest.approx(200, rel=0.01)


@pytest.mark.parametrize(("solid", "hidden"), [(1.0, True), (0.65, True), (0.55, False), (0.0, False)])
def test_the_outer_ring_of_the_face_hides_nothing(solid: float, hidden: bool) -> None:
    alpha = picture(laid(stage(), face_layer(-20.0, solid)))
    assert (alpha.max() < 1e-6) == hidden


def test_a_hand_that_moves_is_blurred_along_a_quarter_of_a_frame_s_way() -> None:
    """32 px a frame through a shutter of a quarter of it: edges are 8 px wide, and none of the hand is lost."""
    of = stage([(-32.0, 0.0, 0.0), (0.0, 0.0, 0.0), (32.0, 0.0, 0.0)])
    alpha, still = picture(laid(of, frame=1)), picture(laid(stage()))
    assert alpha.sum() == pytest.approx(400.0, rel=0.02)
    row = alpha[64]
    ramp = (row > 0.1) & (row < 0.9)
    assert ramp.sum() == pytest.approx(2 * 0.8 * 8, abs=2) and row[64] == pytest.approx(1, abs=1e-3)
    assert row[54] == pytest.approx(0.5 + 0.5 / 8, abs=0.1)  # half on the edge
    column = alpha[:, 64]
    assert column == pytest.approx(still[:, 64], abs=0.02)  # and across the way as sharp as at rest


def test_a_hand_that_stands_still_is_not_blurred() -> None:
    still = picture(laid(stage([(0.0, 0.0, 0.0)] * 3), frame=1))
    assert (still == picture(laid(stage()))).all()
    slow = picture(laid(stage([(-1.0, 0.0, 0.0), (0.0, 0.0, 0.0), (1.0, 0.0, 0.0)]), frame=1))
    assert (slow == still).all()  # a quarter of a pixel


def test_the_layer_is_as_sharp_as_the_photo() -> None:
    def width(blur: float) -> float:
        row = picture(laid(stage(blur=blur)))[64, 40:64]
        return float(((row > 0.16) & (row < 0.84)).sum())

    assert width(0.0) <= 1 and width(3.0) == pytest.approx(2 * 0.8 * 3.0, abs=1.1)


def colour(z: float, **parts: Any) -> np.ndarray:
    """Linear RGB (3,) in the middle of the square at a depth."""
    sun = parts.pop("sun", 1.0)
    view, hand = shaded(stage([(0.0, 0.0, z)], **parts), sun=sun)
    height, width = hand.rgba.shape[:2]
    return hand.rgba[height // 2, width // 2, :3].astype(float)


def test_a_hand_far_from_the_face_has_its_own_colour() -> None:
    assert colour(-200.0) == pytest.approx(np.array(ALBEDO), rel=2e-3)


def hue_of(albedo: np.ndarray) -> np.ndarray:
    """What light takes on from skin to skin: less of dark skin."""
    bright = albedo @ [0.3, 0.6, 0.1]
    return (albedo / bright) ** min(bright / 0.32, 1)


@pytest.mark.parametrize("gap", [0.0, 2.0, 5.0, 12.0])
def test_near_the_face_the_hand_darkens_as_air_gets_thin(gap: float) -> None:
    near, albedo = 1 - 0.28 * np.exp(-gap / 5.0), np.array(ALBEDO)
    bounce = np.minimum(0.55 * hue_of(albedo) ** 1.2, 0.9)  # light goes from skin to skin, and keeps its hue
    assert colour(-gap) == pytest.approx(albedo * near / (1 - bounce * (1 - near)), rel=4e-3)


def test_a_hand_that_faces_the_lamp_is_brighter_than_one_that_looks_away() -> None:
    toward, away = colour(-200.0, strength=0.5), colour(-200.0, strength=0.5, turned=np.array([0.94, 0.0, 0.342]))
    assert toward == pytest.approx(np.array(ALBEDO) * (1 - 0.31 + 1.05), rel=2e-3)
    assert (away < 0.5 * toward).all()
    shadow = colour(-200.0, strength=0.5, sun=0.0)
    hue = 1.22 * hue_of(np.array(ALBEDO)) ** 0.9
    assert shadow == pytest.approx(np.array(ALBEDO) * (1 - 0.31 + 0.3 * 1.05) * hue, rel=2e-3)


def test_a_bone_before_the_square_shuts_out_its_sky() -> None:
    of = stage([(0.0, 0.0, -200.0)], bones_at=-216.0)
    view = view_hand(of, 0)
    sky = ambient(np.array([[0.0, 0.0, -200.0]]), FRONT[None], view.bones, 14.0, 2.5)[0]
    dark = colour(-200.0, bones_at=-216.0)
    assert 0.2 < sky < 0.8
    albedo, left = np.array(ALBEDO), 0.28 + 0.72 * sky
    bounce = np.minimum(0.55 * hue_of(albedo) ** 1.2, 0.9)
    assert dark == pytest.approx(albedo * left / (1 - bounce * (1 - left)), rel=0.03)


def test_samples_are_as_many_as_asked_and_the_box_has_room_for_blur() -> None:
    for scale in (1, 2):
        layer = laid(stage(scale=scale))
        left, top, right, bottom = layer.box
        assert layer.raster.triangle.shape == ((bottom - top) * scale, (right - left) * scale) and layer.scale == scale
        assert layer.rgba.shape == (bottom - top, right - left, 4)
        assert left <= 54 - 40 and right >= 74 + 40


def test_a_hand_out_of_the_picture_has_no_box() -> None:
    assert view_hand(stage([(900.0, 0.0, 0.0)]), 0).box is None
