"""Finer triangles where a finger will touch: edges to about a millimetre, without cracks."""

from dataclasses import replace
from typing import Final

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

from model.face.mesh import scan_normals
from model.mesh.subdivision import edges_of
from model.scene import F64, I32, U8, FaceScan

LONGEST_MM: Final = 1.15  # longer edges near a centre are halved, so they end between 0.6 and this
MAX_PASSES: Final = 5
MOST_RISE: Final = 0.08  # of an edge's length: across a crease, as at the lids, the normals say nothing


def refine(scan: FaceScan, centres: F64, radius_mm: float) -> FaceScan:
    """The scan with edges of at most LONGEST_MM within `radius_mm` of any of `centres` (k, 3) mm.

    New vertices lie on the curved surface (PN triangles, Vlachos et al. 2001) and carry all fields; old ones
    keep their index.
    """
    centres = np.atleast_2d(np.asarray(centres, dtype=np.float64))
    for _ in range(MAX_PASSES):
        edges, of_triangle = edges_of(scan.triangles)
        split = _long_and_near(scan.vertices, edges, centres, radius_mm)
        if not split.any():
            break
        split = _longest_first(scan.vertices, edges, of_triangle, split)
        scan = _halved(scan, edges, of_triangle, split)
    return scan


def _long_and_near(vertices: F64, edges: I32, centres: F64, radius: float) -> NDArray[np.bool_]:
    """Which edges (e,) are too long and within reach of a centre."""
    a, b = vertices[edges[:, 0]], vertices[edges[:, 1]]
    length = np.linalg.norm(a - b, axis=1)
    long = np.flatnonzero(length > LONGEST_MM)
    distance = np.full(len(long), np.inf)
    for centre in centres:
        distance = np.minimum(distance, _distance_to_segments(centre, a[long], b[long]))
    out = np.zeros(len(edges), dtype=bool)
    out[long[distance < radius]] = True
    return out


def _distance_to_segments(point: F64, a: F64, b: F64) -> F64:
    """Distance (e,) mm of a point to segments a-b (e, 3)."""
    along = b - a
    share = np.clip(((point - a) * along).sum(axis=1) / np.maximum((along**2).sum(axis=1), 1e-12), 0, 1)
    return np.asarray(np.linalg.norm(a + share[:, None] * along - point, axis=1))


def _longest_first(vertices: F64, edges: I32, of_triangle: I32, split: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Also the longest edge of every triangle that has a split edge, so that no sliver comes of it."""
    length = np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1)
    longest = of_triangle[np.arange(len(of_triangle)), length[of_triangle].argmax(axis=1)]
    while True:
        more = split.copy()
        more[longest[split[of_triangle].any(axis=1)]] = True
        if (more == split).all():
            return split
        split = more


def _halved(scan: FaceScan, edges: I32, of_triangle: I32, split: NDArray[np.bool_]) -> FaceScan:
    """The scan with the marked edges halved and their triangles cut into two, three or four."""
    ends = edges[split]
    count = len(scan.vertices)
    number = np.full(len(edges), -1, dtype=np.int32)
    number[split] = count + np.arange(len(ends))
    vertices = np.concatenate([scan.vertices, _on_surface(scan.vertices, scan.normals, ends)])
    triangles = _cut(scan.triangles, number[of_triangle], vertices)
    matrix = scan.subdivision
    assert isinstance(matrix, sp.csr_matrix)

    def carried(field: F64) -> F64:
        return np.concatenate([field, (field[ends[:, 0]] + field[ends[:, 1]]) / 2])

    return replace(
        scan,
        subdivision=sp.vstack([matrix, (matrix[ends[:, 0]] + matrix[ends[:, 1]]) / 2]).tocsr(),
        vertices=vertices,
        triangles=triangles,
        normals=scan_normals(vertices, triangles),
        pixels=scan.camera.project(vertices),
        region=np.concatenate([scan.region, _shared_region(scan.region[ends])]),
        softness=carried(scan.softness),
        depth_limit=carried(scan.depth_limit),
        skirt=carried(scan.skirt),
        rigid=carried(scan.rigid),
        expressions={name: carried(field) for name, field in scan.expressions.items()},
    )


def _on_surface(vertices: F64, normals: F64, ends: I32) -> F64:
    """Middle points (e, 3) of edges, raised to the cubic patch over them."""
    a, b = vertices[ends[:, 0]], vertices[ends[:, 1]]
    na, nb = normals[ends[:, 0]], normals[ends[:, 1]]
    along = b - a
    rise = -((along * na).sum(axis=1, keepdims=True) * na - (along * nb).sum(axis=1, keepdims=True) * nb) / 8
    length = np.linalg.norm(along, axis=1, keepdims=True)
    height = np.linalg.norm(rise, axis=1, keepdims=True)
    return (a + b) / 2 + rise * np.minimum(1, MOST_RISE * length / np.maximum(height, 1e-12))


def _shared_region(labels: U8) -> U8:
    """Region (e,) of a middle point from its ends' (e, 2): the smaller index, which is a region if one is."""
    return labels.min(axis=1)  # NO_REGION is the largest of all


def _cut(triangles: I32, middle: I32, vertices: F64) -> I32:
    """Triangles cut at the middle points (t, 3) of ab, bc, ca; −1 where an edge stays whole."""
    pieces = [triangles[(middle < 0).all(axis=1)]]
    count = (middle >= 0).sum(axis=1)
    for turn in range(3):
        a, b, c = np.roll(triangles, -turn, axis=1).T
        ab, bc, ca = np.roll(middle, -turn, axis=1).T
        one = (count == 1) & (ab >= 0)
        pieces += _rows(one, (a, ab, c), (ab, b, c))
        two = (count == 2) & (ca < 0)  # ab and bc are halved; the quad a, ab, bc, c takes its shorter diagonal
        first = _length(vertices, a, bc) <= _length(vertices, ab, c)
        pieces += _rows(two, (ab, b, bc))
        pieces += _rows(two & first, (a, ab, bc), (a, bc, c))
        pieces += _rows(two & ~first, (a, ab, c), (ab, bc, c))
    a, b, c = triangles.T
    ab, bc, ca = middle.T
    pieces += _rows(count == 3, (a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))
    return np.concatenate(pieces).astype(np.int32)


def _rows(chosen: NDArray[np.bool_], *corners: tuple[I32, I32, I32]) -> list[I32]:
    """The chosen triangles of each triple of corner columns."""
    return [np.stack([column[chosen] for column in triple], axis=1) for triple in corners]


def _length(vertices: F64, a: I32, b: I32) -> F64:
    """Squared distance (t,) of vertices a and b."""
    return np.asarray(((vertices[a] - vertices[b]) ** 2).sum(axis=1))
