"""Masks as polygons and as run lengths.

Run lengths are COCO's: column by column, first the number of zeros; as text in its 5-bit code
(`rleToString` of pycocotools' maskApi.c). Decoding checks every length, since files come from outside.
"""

from math import hypot
from typing import Final

import numpy as np
from numpy.typing import NDArray

from annotation.polygons import Point, Polygon

TOLERANCE: Final = 0.75  # px that an outline may be off, so that it has few points to drag
MOST_PARTS: Final = 32  # parts and holes of one outline, the largest: a noisy mask has hundreds of specks
_MOST_RUNS: Final = 2_000_000
_SIDES: Final = (  # of a pixel: towards the neighbour (dy, dx), the edge from (x, y) to (x, y)
    (-1, 0, (0, 0), (1, 0)),
    (0, 1, (1, 0), (1, 1)),
    (1, 0, (1, 1), (0, 1)),
    (0, -1, (0, 1), (0, 0)),
)


def encode(mask: NDArray[np.bool_]) -> str:
    """COCO's compressed counts of a mask (height, width)."""
    flat = np.concatenate([[False], mask.ravel(order="F")])
    changes = np.flatnonzero(flat[1:] != flat[:-1])
    counts = np.diff(np.concatenate([[0], changes, [mask.size]]))
    text = bytearray()
    for i, count in enumerate(counts.tolist()):
        x = count - int(counts[i - 2]) if i > 2 else count
        while True:
            bits = x & 31
            x >>= 5
            more = x != (-1 if bits & 16 else 0)
            text.append((bits | (32 if more else 0)) + 48)
            if not more:
                break
    return text.decode("ascii")


def decode(counts: str | list[int], width: int, height: int) -> NDArray[np.bool_]:
    """Mask (height, width) of COCO's counts, compressed or not; raises ValueError where they do not fit."""
    runs = _runs(counts) if isinstance(counts, str) else list(counts)
    if len(runs) > _MOST_RUNS or any(isinstance(run, bool) or not isinstance(run, int) or run < 0 for run in runs):
        raise ValueError("run lengths that are no counts")
    if sum(runs) != width * height:
        raise ValueError(f"run lengths of {sum(runs)} pixels for {width} x {height}")
    flat = np.repeat(np.arange(len(runs)) % 2 == 1, runs)
    return flat.reshape((height, width), order="F")


def outline(mask: NDArray[np.bool_], tolerance: float = TOLERANCE) -> Polygon | None:
    """The polygon that covers a mask by the even-odd rule, within `tolerance` px; None for an empty mask.

    Parts and holes hang together by bridges that are gone to and fro, so that they cover nothing. With a
    tolerance, those that are nowhere wider than twice that are left out, and all but the largest `MOST_PARTS`.
    """
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    if not len(rows):
        return None
    y0, x0 = int(rows[0]), int(columns[0])
    part = mask[y0 : rows[-1] + 1, x0 : columns[-1] + 1]
    largest, *others = sorted(map(_corners, _loops(part)), key=lambda points: -abs(_area(points)))
    if tolerance:
        others = [loop for loop in others if _width(loop) > 2 * tolerance][: MOST_PARTS - 1]
    joined = _fewer(largest, tolerance)
    for loop in others:
        joined = _bridged(joined, _fewer(loop, tolerance))
    return tuple((float(x + x0), float(y + y0)) for x, y in joined)


def _loops(mask: NDArray[np.bool_]) -> list[list[Point]]:
    """Closed walks along pixel edges, the mask on the right hand; diagonal neighbours hang together."""
    padded = np.pad(mask, 1)
    ends: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for dy, dx, start, end in _SIDES:
        neighbour = padded[1 + dy : padded.shape[0] - 1 + dy, 1 + dx : padded.shape[1] - 1 + dx]
        for y, x in np.argwhere(mask & ~neighbour).tolist():
            ends.setdefault((x + start[0], y + start[1]), []).append((x + end[0], y + end[1]))
    loops = []
    while ends:
        first = next(iter(ends))
        loop, here, came = [], first, (0, 0)
        while here in ends:
            loop.append((float(here[0]), float(here[1])))
            options = ends[here]
            # Where two corners touch, the turn to the left goes on to the other pixel.
            left = (here[0] + came[1], here[1] - came[0])
            there = left if left in options else options[0]
            options.remove(there)
            if not options:
                del ends[here]
            here, came = there, (there[0] - here[0], there[1] - here[1])
        loops.append(loop)
    return loops


def _corners(loop: list[Point]) -> list[Point]:
    """The walk's points at which it turns."""
    n = len(loop)
    return [p for i, p in enumerate(loop) if _step(loop[i - 1], p) != _step(p, loop[(i + 1) % n])]


def _step(p: Point, q: Point) -> Point:
    return q[0] - p[0], q[1] - p[1]


def _width(loop: list[Point]) -> float:
    """The shorter side of its box, px."""
    xs, ys = zip(*loop, strict=True)
    return min(max(xs) - min(xs), max(ys) - min(ys))


def _fewer(corners: list[Point], tolerance: float) -> list[Point]:
    """The loop simplified, or as it is where nothing would be left of it."""
    simple = _simplified(corners, tolerance)
    return simple if len(simple) >= 3 and _area(simple) != 0 else corners


def _bridged(outline: list[Point], loop: list[Point]) -> list[Point]:
    """The loop put into the outline, to and fro where they are nearest."""
    a, b = np.asarray(outline), np.asarray(loop)
    distance = np.hypot(a[:, None, 0] - b[None, :, 0], a[:, None, 1] - b[None, :, 1])
    i, j = divmod(int(np.argmin(distance)), len(loop))
    return [*outline[: i + 1], *loop[j:], *loop[: j + 1], *outline[i:]]


def _simplified(points: list[Point], tolerance: float) -> list[Point]:
    """Ramer-Douglas-Peucker on a closed outline, cut at its first point and the one farthest from it."""
    far = max(range(len(points)), key=lambda i: hypot(points[i][0] - points[0][0], points[i][1] - points[0][1]))
    closed = np.asarray([*points, points[0]])
    keep = np.zeros(len(closed), bool)
    keep[[0, far, len(closed) - 1]] = True
    spans = [(0, far), (far, len(closed) - 1)]
    while spans:
        a, b = spans.pop()
        if b - a < 2:
            continue
        along = closed[b] - closed[a]
        length = float(np.hypot(*along))
        offset = closed[a + 1 : b] - closed[a]
        distance = np.abs(offset[:, 0] * along[1] - offset[:, 1] * along[0]) / length if length else np.hypot(*offset.T)
        worst = int(np.argmax(distance))
        if distance[worst] > tolerance:
            keep[a + 1 + worst] = True
            spans += [(a, a + 1 + worst), (a + 1 + worst, b)]
    return [point for point, kept in zip(points, keep[:-1], strict=True) if kept]


def _area(points: list[Point]) -> float:
    following = [*points[1:], points[0]]
    return sum(p[0] * q[1] - q[0] * p[1] for p, q in zip(points, following, strict=True)) / 2


def _runs(text: str) -> list[int]:
    """Counts of COCO's text; raises ValueError."""
    runs: list[int] = []
    value, shift = 0, 0
    for code in text.encode("ascii", "replace"):
        bits = code - 48
        if not 0 <= bits < 64 or shift > 40 or len(runs) > _MOST_RUNS:
            raise ValueError("run lengths that are no COCO text")
        value |= (bits & 31) << shift
        shift += 5
        if not bits & 32:
            if bits & 16:
                value -= 1 << shift
            runs.append(value + runs[-2] if len(runs) > 2 else value)
            value, shift = 0, 0
    if shift:
        raise ValueError("run lengths that end too early")
    return runs
