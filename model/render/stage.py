"""What the frames of a clip share, and what one frame's hand is before it is shaded."""

from dataclasses import dataclass, replace

import cv2
import numpy as np

from model.body import SLEEVE_PART
from model.contact.simulation import Simulation
from model.hand import HandModel, colour_share, draw_character, exposure_of, paint_sleeve, person_of
from model.render.body import prepare_body
from model.render.hand import HandPaint, paint_hand
from model.render.light import LightSamples, choose_samples
from model.render.match import skin_wanted
from model.render.occlusion import capsules
from model.render.photo import PhotoPlate, prepare_plate
from model.scene import F32, F64, FaceScan, Garment

GRAIN_BLUR, LEAST_GRAIN_PX = 0.5, 0.4  # of the photo's blur that its noise has, px at least
PAD_PX = 48  # room around the hand for its blur and shadow
PLAIN_CLOTH = np.array([0.045, 0.050, 0.062])  # linear albedo of a sleeve where the photo shows no garment
OVERSAMPLE_TO = 768  # px: larger pictures take one sample a pixel


@dataclass(frozen=True)
class Stage:
    """Everything the frames of a clip share."""

    simulation: Simulation
    plate: PhotoPlate
    model: HandModel
    paint: HandPaint
    samples: LightSamples
    scale: int  # samples a pixel along each axis
    grain: F32  # (h, w) noise of the photo's strength in 8-bit levels, tiled with an offset per frame
    seed: int
    own: int = 0  # seed of what lies where on this hand
    colours: float = 1.0  # of skin's colours that the photo has: 0 in black and white
    shine: float = 1.0  # how bright things shine in the photo, 1 in a good one


def plain_stage(simulation: Simulation, model: HandModel, seed: int) -> Stage:
    """Constants of a clip, the hand in the colour that the fitted light says."""
    scan = simulation.scan
    height, width = scan.image.shape[:2]
    noise = np.random.default_rng(seed).normal(size=(height, width)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), max(GRAIN_BLUR * scan.blur, LEAST_GRAIN_PX))
    grain = noise / noise.std() * scan.grain
    scale = 2 if height <= OVERSAMPLE_TO else 1
    character = draw_character(person_of(scan), seed)
    wanted, colours, shine = skin_wanted(scan), colour_share(scan.skin), exposure_of(scan)
    tone = (scan.skin if wanted is None else wanted) / shine
    paint = paint_hand(character, tone, scale / scan.camera.mm_per_px)
    paint.colour[..., :3] *= np.float32(shine)
    if (model.part == SLEEVE_PART).any():
        paint = _dressed(paint, scan)
    plate = replace(prepare_plate(scan), body=prepare_body(simulation, seed))
    return Stage(
        simulation, plate, model, paint, choose_samples(model), scale, grain, seed,
        character.seed, colours, shine,
    )  # fmt: skip


def _dressed(paint: HandPaint, scan: FaceScan) -> HandPaint:
    """The paint with a sleeve of the garment's cloth."""
    cloth = scan.garment or Garment(PLAIN_CLOTH, np.ones((8, 8, 3), np.float32), collared=True)
    return HandPaint(*paint_sleeve(paint.colour, paint.normal, cloth, scan.camera.mm_per_px))


@dataclass(frozen=True)
class HandView:
    """The hand in one frame as the camera sees it."""

    frame: int
    vertices: F64  # (h, 3) mm
    pixels: F64  # (h, 2)
    bones: F64  # capsules (k, 7)
    box: tuple[int, int, int, int] | None  # left, top, right, bottom px, None if it is out of the picture


def view_hand(stage: Stage, frame: int) -> HandView:
    """Where the hand is in `frame`."""
    simulation = stage.simulation
    vertices = simulation.hand[frame].astype(np.float64)
    bones = capsules(
        simulation.joints[frame].astype(np.float64), simulation.elbow[frame].astype(np.float64), simulation.hand_scale
    )
    pixels = simulation.scan.camera.project(vertices)
    return HandView(frame, vertices, pixels, bones, _box(pixels, simulation.scan.image.shape))


def _box(pixels: F64, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    """The hand's box in the picture, None if it is outside."""
    low = np.floor(pixels.min(axis=0)).astype(int) - PAD_PX
    high = np.ceil(pixels.max(axis=0)).astype(int) + PAD_PX
    left, top = max(low[0], 0), max(low[1], 0)
    right, bottom = min(high[0], shape[1]), min(high[1], shape[0])
    inside = (pixels[:, 0] > 0) & (pixels[:, 0] < shape[1]) & (pixels[:, 1] > 0) & (pixels[:, 1] < shape[0])
    return (int(left), int(top), int(right), int(bottom)) if inside.any() else None
