"""The upper lid over the eye: the person's own skin from under the brow, drawn down, with its lashes at the edge.

The mesh carries the lid's movement; its few rows of skin at the edge are too little to cover an eye with. Here the
skin between brow and lashes is drawn over it as one, its shadows taken out as far as the lid has come into the light.
Places are in the eye's own axes in the photo: along from corner to corner (0 .. 1), down in px.
"""

import math
from dataclasses import dataclass
from typing import Final, NamedTuple

import cv2
import numpy as np
from numba import njit
from numpy.typing import NDArray

from model.body import BROWS, LEFT_EYE, RIGHT_EYE
from model.hand import colour_share
from model.scene import F32, F64, U8, FaceScan

UNDER_BROW: Final = {"left": (445, 444, 443, 442, 441), "right": (225, 224, 223, 222, 221)}  # outer to inner
DRAWN_FROM: Final = 0.04  # of the way down, from which the lid is drawn
FULLY_AT: Final = 0.14  # and all of it
EDGE_SKIN_MM: Final = 1.1  # above the lashes at least, where the skin's picture begins
AS_SKIN: Final = 0.74  # of the skin's brightness: what is darker is lashes
LOOKED_UP: Final = 0.62  # of the way to the brow, as far as skin is looked for
UNDER_RIM_MM: Final = 4.5  # above the lashes no rim of glasses is looked for
EVEN_MM, AROUND_MM = 1.6, 6.5  # standard deviations: of shadows on the lid, of the skin around the eye
CLEAR_MM: Final = 2.6  # of the eye and the brow, where skin is sure
LIT: Final = 0.9  # share of the lid's own shadows that leave it when it is shut
LIT_FROM: Final = 1.6  # how soon below the brow that is so
FADES_OVER: Final = 0.45  # of the skin's height, over which the lid fades in
HAIR_LEFT: Final = 0.09  # by which a fine line on a lid may be darker than the skin beside it
HAIR_KEPT: Final = 0.4  # of the lid's height, from the brow, over which hair is left as it is ever less
DRAWN_OUT, DRAWN_OUT_AT = 0.5, 0.5  # of the lid's height, and of its way: where the skin's own grain is lost
PORES, PORES_BELOW_MM, PORES_TURN_MM = 0.045, 3.0, 5.0  # grain of the skin under the eye that it has instead: most
LID_TONE: Final = np.array([0.98, 0.955, 0.945])  # of a lid's skin against that around the eye, display values
ROUND: Final = 0.07  # darkening towards the corners, where the eyeball turns away
BALL_FROM: Final = 0.42  # of the way from the open edge to the brow: the crease of a shut lid
BALL_LIT, BALL_UNDER, CREASE, CREASE_WIDE = 0.035, 0.08, 0.045, 0.12  # lit in its middle, dark below, in its crease
LASH_MM, LASH_SHARE, LASHES_MM, LASHES_SHARE = 0.5, 0.40, 1.5, 0.22  # the line at the edge; the hair below it
LEAST_LASH_PX: Final = 1.0  # a thinner line would have stairs
LASH_OUTER: Final = 0.45  # by which the line is thicker at the outer corner, and thinner at the inner one
INNER_SHARE, INNER_FROM = 0.45, 0.55  # of the lashes at the inner corner, and from where along the eye they thin out
LASH_COMB, LASH_FAN, LASHES_FROM = 0.4, 0.05, 3.0  # how much hair varies, spreads a mm, and comes with the lid
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
    x, y = (places.T - 0.5).astype(np.float32)
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
    around = np.concatenate([ends + eye.brow.min() * down, ends + (eye.floor.max() + 3 * LASHES_MM * mm) * down])
    low = np.maximum(np.floor(around.min(axis=0)).astype(int) - 1, 0)
    high = np.minimum(np.ceil(around.max(axis=0)).astype(int) + 2, warped.shape[1::-1])
    if (high - low).min() < 3:
        return warped
    picture = warped.copy()
    lid = Lid(
        np.stack([eye.brow, eye.skin, eye.edge, eye.floor]), eye.rest[0], eye.rest[1] - eye.rest[0], eye.down,
        np.array(eye.low), eye.even, eye.around, eye.lash, shut, eye.gap, mm,
        1 + colour_share(scan.skin) * (LID_TONE - 1),
    )  # fmt: skip
    _draw(picture[low[1] : high[1], low[0] : high[0]], scan.image, lid, outer - low, along, down)
    return picture


class Lid(NamedTuple):
    """A lid as the kernel needs it; see Eye."""

    lines: F64  # (4, SAMPLES) px down: brow, end of the skin, open edge, shut edge
    outer: F64  # (2,) px in the photo
    along: F64  # (2,) px
    down: F64  # (2,) unit
    low: NDArray[np.integer]  # (2,) px
    even: F32
    around: F32
    lash: F64  # (3,)
    shut: float
    gap: float
    mm: float  # px in a millimetre
    tone: F64  # (3,) against the skin around the eye


@njit(cache=True, nogil=True)
def _draw(picture: U8, photo: U8, lid: Lid, outer: F64, along: F64, down: F64) -> None:
    """Draw a lid into a box (h, w, 3) in which the eye's outer corner lies at `outer` (2,) px, in place."""
    long, deep = along[0] ** 2 + along[1] ** 2, down[0] ** 2 + down[1] ** 2
    shut, mm = lid.shut, lid.mm
    drawn = min(max((shut - DRAWN_FROM) / (FULLY_AT - DRAWN_FROM), 0.0), 1.0)
    lit_most = LIT * shut * (3 - 2 * shut) * shut
    own, even, wanted, pores, smooth = np.empty(3), np.empty(3), np.empty(3), np.empty(3), np.empty(3)
    for i in range(picture.shape[0]):
        for j in range(picture.shape[1]):
            x, y = j + 0.5 - outer[0], i + 0.5 - outer[1]
            s = (x * along[0] + y * along[1]) / long
            if s <= 0.0 or s >= 1.0:
                continue
            v = (x * down[0] + y * down[1]) / deep
            brow, end, edge, floor = (
                _at(lid.lines[0], s),
                _at(lid.lines[1], s),
                _at(lid.lines[2], s),
                _at(lid.lines[3], s),
            )
            now = edge + shut * max(floor - edge, 0.0)
            corner = min(s, 1 - s)
            over = _step(corner / ENDS)
            hidden = min(max(now - v + 0.5, 0.0), 1.0)
            seen = (1 - hidden) * min(max(floor - v + 0.5, 0.0), 1.0)
            shade = drawn * SHADE * shut * over * seen * math.exp(-max(v - now, 0.0) / (SHADE_MM * mm))
            inside = _step(corner / ENDS_ABOVE)
            inside += _step((v - edge) / max(lid.gap / 4, 1.5) + 0.5) * (over - inside)
            high_up = min(max((v - brow) / max(FADES_OVER * (edge - brow), 1.0), 0.0), 1.0)
            share = hidden * high_up * inside * drawn
            hair = _lashes(s, v - now, shut, mm) * over
            if share > 0:
                part = min(max((v - brow) / max(now - brow, 1.0), 0.0), 1.0)
                lit = lit_most * min(LIT_FROM * part, 1.0)
                source = brow + part * (end - brow)
                px, py = lid.outer[0] + s * lid.along[0] - 0.5, lid.outer[1] + s * lid.along[1] - 0.5
                _take(photo, px + source * lid.down[0], py + source * lid.down[1], own)
                px, py = px - lid.low[0], py - lid.low[1]
                _take(lid.even, px + source * lid.down[0], py + source * lid.down[1], even)
                _take(lid.around, px + v * lid.down[0], py + v * lid.down[1], wanted)
                turned = 1 - ROUND * (2 * s - 1) ** 2
                ball = _ball(v, edge, brow, floor, lit_most / LIT)
                # lashes that stood before the lid go with its edge: hair is kept under the brow only
                hairy = HAIR_LEFT + max(1 - part / HAIR_KEPT, 0.0)
                drawn_out = _step(part / DRAWN_OUT) * min(shut / DRAWN_OUT_AT, 1.0)
                below = floor + (PORES_BELOW_MM + _to_and_fro(max(now - v, 0.0) / mm, PORES_TURN_MM)) * mm
                _take(photo, px + lid.low[0] + below * lid.down[0], py + lid.low[1] + below * lid.down[1], pores)
                _take(lid.even, px + below * lid.down[0], py + below * lid.down[1], smooth)
                for c in range(3):
                    grain = max(own[c] - even[c], -hairy * even[c]) * (1 - drawn_out)
                    most = PORES * smooth[c]
                    grain += min(max(pores[c] - smooth[c], -most), most) * drawn_out
                    own[c] = even[c] + lit * (wanted[c] * lid.tone[c] * turned - even[c])
                    own[c] = own[c] * ball + grain
            for c in range(3):
                value = picture[i, j, c] * (1 - shade)
                value += share * (own[c] - value) if share > 0 else 0.0
                value += hair * (lid.lash[c] - value)
                picture[i, j, c] = min(max(round(value), 0), 255)


@njit(cache=True, nogil=True, inline="always")
def _at(line: F64, s: float) -> float:
    """A line (SAMPLES,) at `s` 0 .. 1."""
    place = s * (len(line) - 1)
    k = min(int(place), len(line) - 2)
    return line[k] + (place - k) * (line[k + 1] - line[k])


@njit(cache=True, nogil=True, inline="always")
def _step(value: float) -> float:
    """0 .. 1, smooth."""
    part = min(max(value, 0.0), 1.0)
    return part * part * (3 - 2 * part)


@njit(cache=True, nogil=True)
def _ball(v: float, edge: float, brow: float, floor: float, shut: float) -> float:
    """Shade of a lid that lies over the round eyeball, at `v` px down; 1 on an open one and above its crease."""
    crease = edge - BALL_FROM * (edge - brow)
    t = (v - crease) / max(floor - crease, 1.0)
    dark = CREASE * math.exp(-((t / CREASE_WIDE) ** 2))
    t = min(max(t, 0.0), 1.0)
    return 1 + shut * (BALL_LIT * math.sin(math.pi * t) - BALL_UNDER * t**4 - dark)


@njit(cache=True, nogil=True, inline="always")
def _to_and_fro(value: float, turn: float) -> float:
    """0 .. turn .. 0 and so on, as fast as the value."""
    return turn - abs(value % (2 * turn) - turn)


@njit(cache=True, nogil=True)
def _take(image: U8 | F32, x: float, y: float, out: F64) -> None:
    """Bilinear colour (3,) of an image at pixel centres x, y."""
    height, width = image.shape[:2]
    x, y = min(max(x, 0.0), width - 1.001), min(max(y, 0.0), height - 1.001)
    j, i = int(x), int(y)
    p, q = x - j, y - i
    for c in range(3):
        upper = image[i, j, c] * (1 - p) + image[i, j + 1, c] * p
        out[c] = upper * (1 - q) + (image[i + 1, j, c] * (1 - p) + image[i + 1, j + 1, c] * p) * q


@njit(cache=True, nogil=True)
def _lashes(s: float, below: float, shut: float, mm: float) -> float:
    """Share of the lashes' colour: a line at the lid's edge, and hair below it; `below` px under the edge."""
    grown = 1 - (1 - INNER_SHARE) * _step((s - INNER_FROM) / (1 - INNER_FROM))
    width = max(LASH_MM * mm, LEAST_LASH_PX) * (1 + LASH_OUTER * (1 - 2 * s))
    share = LASH_SHARE * math.exp(-((below / width) ** 2))
    if below > -0.5:
        fan = s + (s - 0.5) * LASH_FAN * max(below, 0.0) / mm  # hairs spread from the middle
        turn = 2 * math.pi * fan
        comb = 1 + LASH_COMB * (math.sin(LASH_EVERY[0] * turn) * math.sin(LASH_EVERY[1] * turn + 1) - 1)
        share = max(share, LASHES_SHARE * shut * comb * math.exp(-max(below, 0.0) / (LASHES_MM * mm)))
    return share * grown * min(LASHES_FROM * shut, 1.0)
