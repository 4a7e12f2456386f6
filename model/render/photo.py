"""The photo, deformed and relit: every frame is one remap of the original picture, never of another frame."""

from dataclasses import dataclass

import cv2
import numpy as np
from numba import njit

from model.contact.simulation import Simulation
from model.mesh.boxes import around
from model.mesh.normals import vertex_normals
from model.mesh.raster import rasterise
from model.render.body import Body, displace
from model.render.eyelid import Eye, draw_lids, prepare_eyes
from model.render.lids import prepare_rims, smooth_lids
from model.render.mouth import darken_mouth
from model.render.occlusion import ambient, proximity
from model.scene import F32, F64, I32, U8, FaceScan

PERSON_WIDER_PX = 9  # width of the kernel by which the person is widened before
PERSON_BLUR, LEAST_BLUR_PX = 128, 2  # a blur of a 128th of the picture's width, and at least so much
MOVES_FROM, MOVES_SPAN = 0.15, 0.5  # share of person from which a pixel may move, and over how much more it moves fully
SHADE_RANGE = (0.68, 1.3)  # of the relighting
SKY_MM = 18.0  # how far the sky over the skin is looked at
OPEN_SKY = 0.48  # light left where the hand shuts out all of the sky
CLOSE_BY, CLOSE_MM = 0.26, 3.0  # darkening where the hand all but touches, and how far it reaches
BESIDE, BESIDE_MM = 0.14, 9.0  # darkening beside the hand, which the sky straight above does not know
PIT, DEEPEST_PIT = 0.012, 0.10  # darkening of a dent per mm, and at most: its walls hide the sky from each other
STEEPER = 1.5  # a dent's walls are lit as if steeper by this share: the fitted light is softer than a lamp
RISEN_MM = 0.5  # of a dent or a ridge, from which its walls are lit so
DARKENED_MM = 45.0  # from the hand, beyond which it takes no light away
DARKEST = 0.32  # light scatters within skin: touch darkens towards this, ever more slowly


@dataclass(frozen=True)
class FaceLayer:
    """The picture without the hand: the deformed photo, and by what its light changes."""

    warped: U8  # (h, w, 3)
    shading: F32  # (h, w) relighting of moved skin, 1 none
    light: F32  # (h, w) light left by the hand's shadow and nearness, 1 all
    flow: F32  # (h, w, 2) px: this(x) shows photo(x + flow)
    depth: F32  # (h, w) mm, 1e9 where there is no face mesh
    solid: F32  # (h, w) 1 on the face .. 0 on the outer ring and beyond
    touch: U8  # (h, w) 0 none, 1 + finger


@dataclass(frozen=True)
class PhotoPlate:
    """What stays the same in every frame."""

    movable: F32  # (h, w) 1 on the person .. 0 on the background, which stays where it is
    rest_shade: F64  # (n,) brightness of the unmoved mesh
    grid: F32  # (h, w, 2) pixel coordinates
    rims: tuple[I32, ...]  # triangles around eyes and mouth
    eyes: tuple[Eye, ...]  # that a lid can be drawn over
    body: Body | None = None  # what moves below the face

    @property
    def moving(self) -> F32:
        """Where something may move (h, w): 0 on the background that stays as the photo has it."""
        moving = self.movable.copy()
        if self.body is not None:
            below = moving[self.body.top :]
            np.maximum(below, self.body.reach, out=below)
        return moving


def prepare_plate(scan: FaceScan) -> PhotoPlate:
    """Constants of a scan's picture."""
    height, width = scan.image.shape[:2]
    person = cv2.dilate(scan.masks["person"], np.ones((PERSON_WIDER_PX, PERSON_WIDER_PX), np.uint8))
    person = cv2.GaussianBlur(person, (0, 0), max(width / PERSON_BLUR, LEAST_BLUR_PX))
    movable = np.clip((person - MOVES_FROM) / MOVES_SPAN, 0, 1)
    movable *= scan.masks["content"]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    return PhotoPlate(
        movable=(movable * movable * (3 - 2 * movable)).astype(np.float32),
        rest_shade=scan.light.shade(vertex_normals(scan.vertices, scan.triangles)),
        grid=np.stack([columns, rows], axis=-1),
        rims=prepare_rims(scan),
        eyes=prepare_eyes(scan),
    )


def render_face(simulation: Simulation, plate: PhotoPlate, frame: int, lit: F32, bones: F64) -> FaceLayer:
    """The photo under the skin's displacement in `frame`; `lit` (n,) shadow on vertices, `bones` capsules (k, 7)."""
    scan = simulation.scan
    vertices = simulation.face[frame].astype(np.float64)
    normals = vertex_normals(vertices, scan.triangles)
    channels = _vertex_channels(simulation, plate, frame, vertices, normals, lit, bones)
    height, width = scan.image.shape[:2]
    pixels = scan.camera.project(vertices).astype(np.float32)
    x, y = np.ascontiguousarray(pixels[:, 0]), np.ascontiguousarray(pixels[:, 1])
    depth, index, bary = rasterise(scan.triangles, x, y, vertices[:, 2].astype(np.float32), height, width)
    a, b, c = (simulation.touch[frame][scan.triangles[:, corner]] for corner in range(3))
    two = ((a > 0) & (b > 0)) | ((b > 0) & (c > 0)) | ((c > 0) & (a > 0))
    touching = np.where(two, np.maximum(np.maximum(a, b), c), 0).astype(np.uint8)
    source, shading, light, solid, touch = _maps(scan.triangles, index, bary, channels, plate.movable, touching)
    if plate.body is not None:
        displace(source, plate.body, frame)
    warped = cv2.remap(scan.image, source[..., 0], source[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    warped = smooth_lids(warped, source, scan, plate.rims, pixels, vertices[:, 2].astype(np.float32))
    warped = darken_mouth(draw_lids(warped, scan, plate.eyes, pixels), scan, pixels)
    return FaceLayer(warped, shading, light, source - plate.grid, depth, solid, touch)


@njit(cache=True, nogil=True, boundscheck=False)
def _maps(
    triangles: I32, index: I32, bary: F32, channels: F32, movable: F32, touching: U8
) -> tuple[F32, F32, F32, F32, U8]:
    """Source pixel (h, w, 2), shading, light, solid, touch of every pixel; unmoved where there is no mesh."""
    height, width = index.shape
    source = np.empty((height, width, 2), np.float32)
    shading, light = np.ones((height, width), np.float32), np.ones((height, width), np.float32)
    solid, touch = np.zeros((height, width), np.float32), np.zeros((height, width), np.uint8)
    for i in range(height):
        for j in range(width):
            source[i, j, 0], source[i, j, 1] = j, i
            t = index[i, j]
            if t < 0:
                continue
            a, b, c = triangles[t, 0], triangles[t, 1], triangles[t, 2]
            p, q = bary[i, j, 0], bary[i, j, 1]
            r = np.float32(1.0) - p - q
            # vertex coordinates count pixel corners, remap counts pixel centres
            x = p * channels[a, 0] + q * channels[b, 0] + r * channels[c, 0] - np.float32(0.5)
            y = p * channels[a, 1] + q * channels[b, 1] + r * channels[c, 1] - np.float32(0.5)
            source[i, j, 0] = j + (x - j) * movable[i, j]
            source[i, j, 1] = i + (y - i) * movable[i, j]
            # the outer ring lies on the background too, which takes no light of the face
            one, own = np.float32(1.0), movable[i, j]
            shading[i, j] = one + own * (p * channels[a, 2] + q * channels[b, 2] + r * channels[c, 2] - one)
            light[i, j] = one + own * (p * channels[a, 3] + q * channels[b, 3] + r * channels[c, 3] - one)
            solid[i, j] = np.float32(1.0) - (p * channels[a, 4] + q * channels[b, 4] + r * channels[c, 4])
            touch[i, j] = touching[t]
    return source, shading, light, solid, touch


def _vertex_channels(
    simulation: Simulation, plate: PhotoPlate, frame: int, vertices: F64, normals: F64, lit: F32, bones: F64
) -> F32:
    """Rest pixel x, y; relighting; light left by the hand; skirt: (n, 5)."""
    scan = simulation.scan
    dent = simulation.dent[frame].astype(np.float64)
    walls = normals + (STEEPER * np.clip(np.abs(dent) / RISEN_MM, 0.0, 1.0))[:, None] * (normals - scan.normals)
    walls /= np.linalg.norm(walls, axis=1, keepdims=True)
    ratio = np.clip(scan.light.shade(walls) / plate.rest_shade, *SHADE_RANGE)
    near = around(vertices, np.concatenate([bones[:, :3], bones[:, 3:6]]), bones[:, 6].max() + DARKENED_MM)
    light = lit.astype(np.float64)
    if len(near):
        sky = ambient(vertices[near], normals[near], bones, SKY_MM, -1e9)
        close = proximity(vertices[near], bones, CLOSE_MM)
        beside = close ** (CLOSE_MM / BESIDE_MM)
        light[near] *= (OPEN_SKY + (1 - OPEN_SKY) * sky) * (1.0 - CLOSE_BY * close - BESIDE * beside)
    light *= 1.0 - np.clip(PIT * dent, 0.0, DEEPEST_PIT)
    lost = (1.0 - DARKEST) * (1.0 - np.exp((light - 1.0) / (1.0 - DARKEST)))
    light = 1.0 - lost * (1.0 - scan.skirt) ** 0.5
    return np.column_stack([scan.pixels, ratio, light, scan.skirt]).astype(np.float32)
