"""Skin lit by a known lamp: brightness by angle, shadow, gloss and relief, sample by sample."""

from typing import Any

import numpy as np
import pytest
from shapes import plane

from model.hand import Person, draw_character
from model.mesh.raster import rasterise
from model.optics import MATT
from model.render.hand import (
    HandMesh,
    HandPaint,
    Lamp,
    Raster,
    hand_surface,
    paint_hand,
    raster_hand,
    shade_hand,
    texture_side,
    vertex_light,
)

SIDE = 24
ALBEDO = np.array([0.5, 0.3, 0.2])
EYE = np.array([0.0, 0.0, -1.0])


def facing(degrees: float) -> np.ndarray:
    """Unit vector so far from the camera's direction, towards +x."""
    angle = np.radians(degrees)
    return np.array([np.sin(angle), 0.0, -np.cos(angle)])


def patch() -> tuple[np.ndarray, np.ndarray]:
    """Vertices (n, 3) and triangles of a flat patch over the whole picture."""
    vertices, triangles = plane(16.0, 8.0)
    return vertices + [SIDE / 2, SIDE / 2, 0.0], triangles


def surface(normal: np.ndarray, colour: np.ndarray, bump: tuple[float, float, float]) -> tuple[Any, ...]:
    """Raster buffers and textures of the patch, all of one normal, colour (4,) and relief."""
    vertices, triangles = patch()
    x, y, z = (np.ascontiguousarray(vertices[:, k], np.float32) for k in range(3))
    _, index, bary = rasterise(triangles, x, y, z, SIDE, SIDE)
    assert (index >= 0).all()
    normals = np.tile(normal, (len(vertices), 1)).astype(np.float32)
    uv = (vertices[:, :2] / SIDE).astype(np.float32)
    tangents = np.tile([1.0, 0.0, 0.0], (len(triangles), 1)).astype(np.float32)
    painted = np.tile(np.asarray(colour, np.float32), (8, 8, 1))
    mesh = HandMesh(triangles, normals, uv, triangles, tangents)
    return Raster(index, bary), mesh, HandPaint(painted, np.tile(np.float32(bump), (8, 8, 1)))


def lit(
    normal: np.ndarray = EYE, lamp: np.ndarray = EYE, strength: float = 0.5, gloss: float = 0.0,
    sun: float = 1.0, sheen: float = 1.0, tint: tuple[float, float, float] = (1.0, 1.0, 1.0),
    bump: tuple[float, float, float] = (0.0, 0.0, 1.0), colour: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> np.ndarray:  # fmt: skip
    """Linear RGB (3,) of the patch under one lamp."""
    raster, mesh, paint = surface(normal, [*ALBEDO, gloss], bump)
    light = np.tile(np.array([sun, sheen, *tint], np.float32), (len(mesh.normals), 1))
    half = (lamp + EYE) / np.linalg.norm(lamp + EYE)
    rgba = shade_hand(raster, mesh, light, paint, Lamp(lamp, half, strength, np.array(colour), MATT))
    assert (rgba[..., 3] == 1).all() and np.abs(rgba - rgba[0, 0]).max() < 1e-4  # flat and even all over
    return rgba[SIDE // 2, SIDE // 2, :3].astype(float)


def test_without_a_lamp_skin_has_its_own_colour_whatever_its_turn() -> None:
    for degrees in (0, 50):
        assert lit(EYE, facing(degrees), strength=0.0) == pytest.approx(ALBEDO, rel=1e-3)
    assert lit(strength=0.0, colour=(1.0, 0.9, 0.7)) == pytest.approx(ALBEDO * [1.0, 0.9, 0.7], rel=1e-3)


@pytest.mark.parametrize("degrees", [0, 30, 60, 85, 95, 105, 120])
def test_brightness_falls_with_the_angle_and_red_light_bleeds_past_the_edge(degrees: float) -> None:
    """Lambert's law, wrapped: (cos θ + w) / (1 + w), w largest for red; ambient light besides."""
    wrap = np.array([0.30, 0.22, 0.16])
    direct = np.maximum((np.cos(np.radians(degrees)) + wrap) / (1 + wrap), 0)
    expected = ALBEDO * (1 - 0.62 * 0.5 + 2.1 * 0.5 * direct)
    assert lit(EYE, facing(degrees)) == pytest.approx(expected, rel=2e-3)


def test_away_from_the_lamp_only_ambient_light_is_left_and_never_none() -> None:
    assert lit(EYE, facing(150)) == pytest.approx(ALBEDO * (1 - 0.62 * 0.5), rel=2e-3)
    assert lit(EYE, facing(150)).max() < lit(EYE, facing(60)).min() * 2.5
    assert lit(EYE, facing(170), strength=1.6) == pytest.approx(ALBEDO * 0.06, rel=2e-3)


def test_in_a_shadow_three_tenths_of_the_lamp_bounce_in() -> None:
    base = 1 - 0.62 * 0.5
    assert lit(sun=0.0) == pytest.approx(ALBEDO * (base + 2.1 * 0.5 * 0.3), rel=2e-3)
    assert lit(sun=0.5) == pytest.approx(ALBEDO * (base + 2.1 * 0.5 * 0.65), rel=2e-3)


def test_occlusion_darkens_by_channel() -> None:
    assert lit(tint=(0.9, 0.8, 0.7)) == pytest.approx(lit() * [0.9, 0.8, 0.7], rel=1e-3)


def test_relief_turns_the_light_less_than_the_shape_does_and_red_least() -> None:
    """A bump of 30 degrees towards the lamp's side; scattering blurs it by the wrap's share."""
    lamp, wrap = facing(60), np.array([0.30, 0.22, 0.16])
    tilted = (np.sin(np.radians(30)), 0.0, np.cos(np.radians(30)))
    mixed = wrap * np.cos(np.radians(60)) + (1 - wrap) * np.cos(np.radians(30))
    expected = ALBEDO * (1 - 0.62 * 0.5 + 2.1 * 0.5 * (mixed + wrap) / (1 + wrap))
    seen = lit(EYE, lamp, bump=tilted)
    gloss = 0.42 * 0.01 * (1 - np.cos(np.radians(30))) ** 4  # of a rim that is all but turned to the camera
    assert seen == pytest.approx(expected + gloss, rel=3e-3)
    away = lit(EYE, lamp, bump=(-tilted[0], 0.0, tilted[2]))
    assert (away < lit(EYE, lamp)).all() and (lit(EYE, lamp) < seen).all()


def test_relief_across_the_tangent_turns_the_light_across() -> None:
    """y of the relief is along normal × tangent: here up in the picture, as the normal looks at the camera."""
    up = lit(EYE, np.array([0.0, -0.8, -0.6]), bump=(0.0, 0.5, 0.8660254))
    down = lit(EYE, np.array([0.0, -0.8, -0.6]), bump=(0.0, -0.5, 0.8660254))
    assert (up > 1.3 * down).all()


def test_oily_skin_shines_towards_the_lamp_in_its_colour() -> None:
    shine = lit(gloss=0.3) - lit()
    assert shine == pytest.approx(np.full(3, 0.42 * 0.3 * (0.42 + 0.35)), rel=1e-2)
    assert (lit(EYE, facing(80), gloss=0.3) - lit(EYE, facing(80)) < 0.5 * shine).all()
    assert lit(gloss=0.3, sheen=0.5) - lit(sheen=0.5) == pytest.approx(0.5 * shine, rel=1e-2)
    assert lit(gloss=0.3, sun=0.0) - lit(sun=0.0) == pytest.approx(0.2 * shine, rel=1e-2)


def test_a_nail_has_a_sharp_highlight() -> None:
    def peak(gloss: float) -> float:
        """How much of the shine is left ten degrees beside the mirror's way."""
        beside = (lit(facing(10), gloss=gloss) - lit(facing(10)))[0]
        return float(beside / (lit(gloss=gloss) - lit())[0])

    assert (lit(gloss=0.85) - lit())[0] > (lit(gloss=0.3) - lit())[0]
    assert peak(0.85) < 0.68 < 0.7 < peak(0.3)


def test_off_the_hand_there_is_nothing() -> None:
    raster, mesh, paint = surface(EYE, [*ALBEDO, 0.3], (0, 0, 1))
    raster.triangle[:, :10] = -1
    light = np.ones((len(mesh.normals), 5), np.float32)
    rgba = shade_hand(raster, mesh, light, paint, Lamp(EYE, EYE, 0.5, np.ones(3), MATT))
    assert not rgba[:, :10].any() and (rgba[:, 10:, 3] == 1).all()


def test_the_surface_tells_normal_and_albedo_at_the_picture_s_size() -> None:
    normal, tilt = facing(20), (0.0, 0.6, 0.8)
    raster, mesh, paint = surface(normal, [*ALBEDO, 0.3], tilt)
    raster.triangle[:, : SIDE // 2] = -1
    out = hand_surface(raster, 2, mesh, paint)
    assert out.shape == (SIDE // 2, SIDE // 2, 6)
    assert not out[:, : SIDE // 4].any()
    seen = out[:, SIDE // 4 :].reshape(-1, 6)
    across = np.cross(normal, [np.cos(np.radians(20)), 0.0, np.sin(np.radians(20))])
    assert seen[:, :3] == pytest.approx(np.tile(0.6 * across + 0.8 * normal, (len(seen), 1)), abs=2e-3)
    assert seen[:, 3:] == pytest.approx(np.tile(ALBEDO, (len(seen), 1)), abs=1e-3)


def test_textures_are_read_where_they_lie() -> None:
    """A picture whose red grows to the right and whose green grows downwards."""
    raster, mesh, paint = surface(EYE, [0, 0, 0, 0], (0, 0, 1))
    grid = (np.arange(8) + 0.5) / 8
    paint.colour[..., 0], paint.colour[..., 1] = grid[None], grid[:, None]
    out = hand_surface(raster, 1, mesh, paint)
    inner = slice(3, SIDE - 3)
    centre = (np.arange(SIDE) + 0.5)[inner] / SIDE
    assert out[inner, inner, 3] == pytest.approx(np.tile(centre, (len(centre), 1)), abs=2e-3)
    assert out[inner, inner, 4] == pytest.approx(np.tile(centre, (len(centre), 1)).T, abs=2e-3)


def test_light_on_vertices_goes_from_skin_to_skin_in_crevices_and_keeps_its_hue() -> None:
    light = vertex_light(np.array([1.0, 0.5, 1.0]), np.ones(3, np.float32), np.array([1.0, 1.0, 0.6]), ALBEDO)
    assert light[0].tolist() == [1, 1, 1, 1, 1]
    assert light[1, :2] == pytest.approx([1.0, 0.5])
    assert light[2, 1] == pytest.approx(0.6)
    assert light[1, 2] > light[1, 3] > light[1, 4] > 0.5  # red bounces most, and all more than the sky alone gives
    grey = vertex_light(np.array([0.5]), np.ones(1, np.float32), np.ones(1), np.full(3, 0.3))
    assert grey[0, 2] == grey[0, 3] == grey[0, 4]


def test_the_lamp_s_shadow_on_skin_is_redder_than_skin_in_the_light() -> None:
    sun = np.array([1.0, 0.5, 0.0], np.float32)
    red, green, blue = vertex_light(np.ones(3), sun, np.ones(3), ALBEDO)[:, 2:].T
    assert (np.diff(red / green) > 0).all() and (np.diff(green / blue) > 0).all()
    assert vertex_light(np.ones(3), sun, np.ones(3), np.full(3, 0.3))[:, 2] == pytest.approx([1, 1.11, 1.22])


@pytest.mark.parametrize(("samples_per_mm", "side"), [(3.45, 768), (2.3, 512), (50.0, 768), (0.01, 256)])
def test_textures_are_as_fine_as_the_picture_can_show(samples_per_mm: float, side: int) -> None:
    assert texture_side(samples_per_mm) == side


def test_paint_is_laid_out_for_shading() -> None:
    paint = paint_hand(draw_character(Person(), 0), ALBEDO, 1.2)
    assert paint.colour.shape == (256, 256, 4) and paint.normal.shape == (256, 256, 3)
    assert paint.colour.flags.c_contiguous and paint.colour.dtype == np.float32


def test_what_shines_does_so_as_much_as_the_photo() -> None:
    raster, mesh, paint = surface(EYE, [*ALBEDO, 0.3], (0, 0, 1))
    light = np.ones((len(mesh.normals), 5), np.float32)
    dull, half, full = (
        shade_hand(raster, mesh, light, paint, Lamp(EYE, EYE, 0.5, np.ones(3), MATT, shine))[3, 3, 0]
        for shine in (0.0, 0.5, 1.0)
    )
    assert half - dull == pytest.approx(0.5 * (full - dull), rel=1e-3)


def test_a_hand_is_rastered_in_its_box_at_its_sampling() -> None:
    pixels = np.array([[30.0, 40.0], [50.0, 40.0], [50.0, 60.0], [30.0, 60.0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    depth, raster = raster_hand(pixels, np.full(4, -7.0), triangles, 2, (25, 30, 65, 70))
    index = raster.triangle
    assert index.shape == (80, 80)
    box = np.zeros((80, 80), bool)
    box[20:60, 10:50] = True
    assert ((index >= 0) == box).all() and (depth[box] == -7).all()
