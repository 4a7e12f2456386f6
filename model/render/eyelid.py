"""The upper lid over the eye: the person's own skin from under the brow, drawn down, with its lashes at the edge.

The mesh carries the lid's movement; its few rows of skin at the edge are too little to cover an eye with. Here the
skin between brow and lashes is drawn over it as one, its shadows taken out as far as the lid has come into the light.
Places are in the eye's own axes in the photo: along from corner to corner (0 .. 1), down in px.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from model.body import BROWS, LEFT_EYE, RIGHT_EYE
from model.scene import F32, F64, U8, FaceScan

UNDER_BROW: Final = {"left": (445, 444, 443, 442, 441), "right": (225, 224, 223, 222, 221)}  # outer to inner
DRAWN_FROM: Final = 0.04  # of the way down, from which the lid is drawn
FULLY_AT: Final = 0.14  # and all of it
EDGE_SKIN_MM: Final = 1.1  # above the lashes at least, where the skin's picture begins
AS_SKIN, LOOKED_UP = (
    0.74,
    0.62,
)  # share of the skin's brightness that is skin, not lashes; how far up that is looked for
UNDER_RIM_MM: Final = 4.5  # above the lashes no rim of glasses is looked for
EVEN_MM, AROUND_MM = 1.6, 6.5  # standard deviations: of shadows on the lid, of the skin around the eye
CLEAR_MM: Final = 1.5  # of the eye and the brow, where skin is sure
LIT: Final = 0.8  # share of the lid's own shadows that leave it when it is shut
LID_TONE: Final = (0.955, 0.93, 0.925)  # of a lid's skin against that around the eye, display values
ROUND: Final = 0.07  # darkening towards the corners, where the eyeball turns away
LASH_MM, LASH_SHARE, LASHES_MM, LASHES_SHARE = 0.5, 0.68, 1.7, 0.42  # the line at the edge; the hair below it
INNER_SHARE, INNER_FROM = 0.45, 0.55  # of the lashes at the inner corner, and from where along the eye they thin out
LASH_EVERY: Final = (31.0, 19.0)  # hairs along an eye: two combs, whose product looks grown
SHADE, SHADE_MM = 0.55, 1.6  # that lid and lashes cast on the eyeball, and how far
LASH_DARKEST: Final = 12  # percentile of brightness along the open edge that is the lashes' colour
PAST_MM: Final = 0.5  # by which a shut lid goes beyond the lower one's edge
ENDS, ENDS_ABOVE = 0.05, 0.30  # of the eye's length, over which the lid fades in at the corners: over the eye, above it
SAMPLES: Final = 33
LEAST_EYE_PX, LEAST_LID_PX, LEAST_SKIN = 8, 1.5, 0.05  # of an eye's length, of lid and opening; share of sure skin
LITTLE, KNOWN = np.float32(1e-4), np.float32(0.05)  # of known skin: against nothing known; below which it is wider skin


@dataclass(frozen=True)
class Eye:
    """One eye of a photo, as a lid over it needs it."""

    corners: tuple[int, int]  # landmarks, outer and inner
    upper: tuple[int, ...]  # landmarks of the upper lid, without corners
    rest: F64  # (2, 2) px of the corners in the photo
    down: F64  # (2,) unit, in the photo
    brow: F64  # (SAMPLES,) px down of the skin's upper end, along the eye
    skin: F64  # (SAMPLES,) of the skin's lower end, above the lashes
    edge: F64  # (SAMPLES,) of the open lid's edge
    floor: F64  # (SAMPLES,) of where it comes to when shut
    gap: float  # px that the mesh's lids lie apart
    low: tuple[int, int]  # px of the first column and row of the pictures below
    even: F32  # (h, w, 3) the skin's shadows
    around: F32  # (h, w, 3) the skin around the eye, drawn into it
    lash: F64  # (3,) colour


def prepare_eyes(scan: FaceScan) -> tuple[Eye, ...]:
    """The eyes of a photo that a lid can be drawn over."""
    eyes = (_prepare(scan, LEFT_EYE, "left"), _prepare(scan, RIGHT_EYE, "right"))
    return tuple(eye for eye in eyes if eye is not None)


def draw_lids(warped: U8, scan: FaceScan, eyes: tuple[Eye, ...], pixels: F32) -> U8:
    """The warped photo (h, w, 3) with lids over eyes that close; pixels (n, 2) of the moved vertices."""
    for eye in eyes:
        shut = _shut(eye, scan, pixels)
        if shut > DRAWN_FROM:
            warped = _drawn(warped, scan, eye, pixels, shut)
    return warped


def _prepare(scan: FaceScan, rows: tuple[tuple[int, ...], tuple[int, ...]], side: str) -> Eye | None:
    upper, lower = (list(row) for row in rows)
    marks = scan.landmarks.astype(np.float64)
    rest = marks[[upper[0], upper[-1]]]
    along = rest[1] - rest[0]
    length = float(np.linalg.norm(along))
    if length < LEAST_EYE_PX:
        return None
    down = np.array([-along[1], along[0]]) / length
    down = down * np.sign((marks[lower] - marks[upper]).sum(axis=0) @ down or 1.0)
    mm = 1 / scan.camera.mm_per_px
    grid = np.linspace(0, 1, SAMPLES)

    def line(points: list[int]) -> F64:
        place = (marks[points] - rest[0]) @ np.stack([along / length**2, down], axis=1)
        return _smooth(np.interp(grid, *place[np.argsort(place[:, 0])].T))

    edge, floor, brow = line(upper), line(lower), line(list(UNDER_BROW[side]))
    if scan.masks["glasses"][np.clip(int(rest[:, 1].mean()), 0, scan.image.shape[0] - 1), int(rest[:, 0].mean())] > 0.3:
        brow = np.maximum(brow, edge - UNDER_RIM_MM * mm)
    if not (brow < edge - LEAST_LID_PX).all() or (floor - edge).max() < LEAST_LID_PX:
        return None
    margin = round(12 * mm)
    low = np.maximum(np.floor(rest.min(axis=0)).astype(int) - margin, 0)
    high = np.minimum(np.ceil(rest.max(axis=0)).astype(int) + margin, scan.image.shape[1::-1])
    box = np.s_[low[1] : high[1], low[0] : high[0]]
    sure = _sure_skin(scan, rows, BROWS[side == "left"], CLEAR_MM * mm)[box]
    if sure.mean() < LEAST_SKIN:
        return None
    picture = scan.image[box].astype(np.float32)
    even, around = (_spread(picture, sure, sigma * mm) for sigma in (EVEN_MM, AROUND_MM))
    near = cv2.GaussianBlur(sure, (0, 0), EVEN_MM * mm)[..., None]
    even = (even * near + KNOWN * around) / (near + KNOWN)
    return Eye(
        corners=(upper[0], upper[-1]), upper=tuple(upper[2:-2]), rest=rest, down=down, brow=brow,
        skin=_skin_end(scan, rest, down, brow, edge, mm), edge=edge, floor=floor + PAST_MM * mm,
        gap=float(np.linalg.norm(scan.pixels[upper[2:-2]] - scan.pixels[lower[2:-2]], axis=1).mean()),
        low=(int(low[0]), int(low[1])), even=even, around=around, lash=_lash_colour(scan, rest, along, down, edge),
    )  # fmt: skip


def _skin_end(scan: FaceScan, rest: F64, down: F64, brow: F64, edge: F64, mm: float) -> F64:
    """Where the lid's skin ends above lashes and what is painted there, px down (SAMPLES,)."""
    parts = np.linspace(0, LOOKED_UP, 17)
    along = np.linspace(0, 1, SAMPLES)[:, None, None] * (rest[1] - rest[0])
    rows = edge[:, None] - parts * (edge - brow)[:, None]
    seen = _sample(scan.image, (rest[0] + along + rows[..., None] * down).reshape(-1, 2)).mean(axis=1)
    seen = cv2.GaussianBlur(seen.reshape(rows.shape), (0, 0), 1.0)
    bright = seen >= AS_SKIN * np.percentile(seen, 75)
    first = np.where(bright.any(axis=1), bright.argmax(axis=1), len(parts) - 1)
    above = np.minimum(rows[np.arange(SAMPLES), first], edge - EDGE_SKIN_MM * mm)
    lowest = np.min([np.roll(above, k) for k in (-1, 0, 1)], axis=0)
    for _ in range(4):
        lowest = _smooth(lowest)
    return np.maximum(lowest, brow + 1)


def _smooth(line: F64) -> F64:
    """A line without the corners of its landmarks."""
    kernel = np.hanning(9)[1:-1]
    return np.asarray(np.convolve(np.pad(line, 3, mode="edge"), kernel / kernel.sum(), mode="valid"))


def _sure_skin(
    scan: FaceScan, rows: tuple[tuple[int, ...], tuple[int, ...]], brow: tuple[int, ...], room: float
) -> F32:
    """1 on skin around the eye (h, w), 0 on eye, lashes, brow and hair."""
    other = np.zeros(scan.image.shape[:2], np.uint8)
    for outline in ((*rows[0], *rows[1][-2:0:-1]), brow):
        points = np.round(scan.landmarks[list(outline)]).astype(np.int32)
        cv2.fillPoly(other, [points], (1,))
        cv2.polylines(other, [points], True, (1,), max(1, round(2 * room)))
    return ((other == 0) & (scan.masks["hair"] < 0.5)).astype(np.float32)


def _spread(picture: F32, known: F32, sigma: float) -> F32:
    """A picture's smooth part (h, w, c) where it is known, spread into where it is not."""
    total = cv2.GaussianBlur(known, (0, 0), sigma) + LITTLE
    return np.asarray(cv2.GaussianBlur(picture * known[..., None], (0, 0), sigma) / total[..., None])


def _lash_colour(scan: FaceScan, rest: F64, along: F64, down: F64, edge: F64) -> F64:
    """What is darkest along the open lid's edge."""
    places = rest[0] + np.linspace(0.2, 0.8, SAMPLES)[:, None] * along + edge[:, None] * down
    values = np.concatenate([_sample(scan.image, places + shift * down) for shift in (-0.7, 0.0, 0.7)])
    order = np.argsort(values.sum(axis=1))
    return np.asarray(values[order[: max(3, len(values) * LASH_DARKEST // 100)]].mean(axis=0))


def _sample(image: U8, places: F64) -> F64:
    x, y = np.float32(places.T - 0.5)
    return np.asarray(cv2.remap(image, x[:, None], y[:, None], cv2.INTER_LINEAR)[:, 0], dtype=np.float64)


def _frame(eye: Eye, pixels: F32) -> tuple[F64, F64, F64]:
    """Outer corner, way to the inner one, and down (2,), where the eye is now; the latter as long as in the photo."""
    outer, inner = (pixels[i].astype(np.float64) for i in eye.corners)
    along = inner - outer
    now, rest = np.linalg.norm(along), np.linalg.norm(eye.rest[1] - eye.rest[0])
    down = np.array([-along[1], along[0]]) / now
    return outer, along, down * np.sign(down @ eye.down) * now / rest


def _shut(eye: Eye, scan: FaceScan, pixels: F32) -> float:
    """How far the upper lid has come down, as a share of the opening."""
    outer, along, down = _frame(eye, pixels)
    rows = list(eye.upper)
    scale = float(down @ down)
    now = ((pixels[rows] - outer) @ down / scale).mean()
    before = ((scan.pixels[rows] - eye.rest[0]) @ eye.down).mean()
    return float(np.clip((now - before) / eye.gap, 0, 1))


def _drawn(warped: U8, scan: FaceScan, eye: Eye, pixels: F32, shut: float) -> U8:
    """The picture with one lid drawn."""
    outer, along, down = _frame(eye, pixels)
    mm = 1 / scan.camera.mm_per_px
    ends = np.stack([outer, outer + along])
    reach = [eye.brow.min(), eye.floor.max() + 3 * LASHES_MM * mm]
    around = np.concatenate([ends + reach[0] * down, ends + reach[1] * down])
    low = np.maximum(np.floor(around.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(around.max(axis=0)).astype(int) + 2, warped.shape[1::-1])
    if (high - low).min() < 3:
        return warped
    x, y = np.meshgrid(np.arange(low[0], high[0]) + 0.5, np.arange(low[1], high[1]) + 0.5)
    away = np.stack([x, y], axis=-1) - outer
    s, v = away @ along / (along @ along), away @ down / (down @ down)
    brow, skin_end, edge, floor = (
        np.interp(s, np.linspace(0, 1, SAMPLES), line) for line in (eye.brow, eye.skin, eye.edge, eye.floor)
    )
    now = edge + shut * np.maximum(floor - edge, 0)
    skin = _skin(scan, eye, s, v, brow, skin_end, now, shut)
    box = warped[low[1] : high[1], low[0] : high[0]].astype(np.float64)
    corner = np.minimum(s, 1 - s)
    over, above = _step(corner / ENDS), _step(corner / ENDS_ABOVE)
    down_there = _step((v - edge) / max(eye.gap / 4, 1.5) + 0.5)
    inside = above + down_there * (over - above)
    high_up = np.clip((v - brow) / np.maximum(0.45 * (edge - brow), 1), 0, 1)
    drawn = np.clip((shut - DRAWN_FROM) / (FULLY_AT - DRAWN_FROM), 0, 1)
    share = np.clip(now - v + 0.5, 0, 1) * high_up * inside * drawn
    seen = np.clip(v - now + 0.5, 0, 1) * np.clip(floor - v + 0.5, 0, 1)
    shade = SHADE * shut * over * seen * np.exp(-np.maximum(v - now, 0) / (SHADE_MM * mm))
    out = box * (1 - drawn * shade)[..., None]
    out += share[..., None] * (skin - out)
    out += _lashes(s, v - now, over, shut, mm)[..., None] * (eye.lash - out)
    picture = warped.copy()
    picture[low[1] : high[1], low[0] : high[0]] = np.clip(np.rint(out), 0, 255)
    return picture


def _step(value: F64) -> F64:
    """0 .. 1, smooth."""
    part = np.clip(value, 0, 1)
    return np.asarray(part * part * (3 - 2 * part))


def _skin(scan: FaceScan, eye: Eye, s: F64, v: F64, brow: F64, end: F64, now: F64, shut: float) -> F64:
    """The lid's skin (h, w, 3) at places along the eye and down."""
    part = np.clip((v - brow) / np.maximum(now - brow, 1), 0, 1)
    source = brow + part * (end - brow)
    along = eye.rest[1] - eye.rest[0]

    def picture(image: U8 | F32, rows: F64, corner: tuple[int, int] = (0, 0)) -> F64:
        place = eye.rest[0] + s[..., None] * along + rows[..., None] * eye.down - corner - 0.5
        x, y = np.float32(place[..., 0]), np.float32(place[..., 1])
        return np.asarray(cv2.remap(image, x, y, cv2.INTER_LINEAR, None, cv2.BORDER_REPLICATE), np.float64)

    own = picture(scan.image, source)
    even = picture(eye.even, source, eye.low)
    turned = 1 - ROUND * np.clip(np.abs(2 * s - 1), 0, 1)[..., None] ** 2
    wanted = picture(eye.around, v, eye.low) * LID_TONE * turned
    lit = LIT * shut * (3 - 2 * shut) * shut * np.clip(part * 1.6, 0, 1)[..., None]
    return own + lit * (wanted - even)


def _lashes(s: F64, below: F64, inside: F64, shut: float, mm: float) -> F64:
    """Share of the lashes' colour (h, w): a line at the lid's edge, and hair below it; `below` px under the edge."""
    grown = 1 - (1 - INNER_SHARE) * _step((s - INNER_FROM) / (1 - INNER_FROM))
    line = LASH_SHARE * np.exp(-((below / (LASH_MM * mm)) ** 2))
    fan = s + (s - 0.5) * 0.05 * np.maximum(below, 0) / mm  # hairs spread from the middle
    comb = 0.6 + 0.4 * np.sin(2 * np.pi * LASH_EVERY[0] * fan) * np.sin(2 * np.pi * LASH_EVERY[1] * fan + 1.0)
    hair = LASHES_SHARE * shut * comb * np.exp(-np.maximum(below, 0) / (LASHES_MM * mm)) * (below > -0.5)
    return np.asarray(np.maximum(line, hair) * grown * inside * np.clip(shut * 3, 0, 1))
