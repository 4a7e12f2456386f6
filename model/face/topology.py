"""What is the same for every face: triangles, subdivision, regions, tissue. Computed once.

Control points: the 468 landmarks of MediaPipe Face Mesh, then four rings of 36 around its oval (the skirt),
so that a deformed face fades into hair, ears and neck without a seam.
"""

from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
import scipy.sparse as sp
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from model.body import LANDMARKS, OPENINGS, OVAL
from model.face.regions import depth_limits, region_labels, softness
from model.face.shape import mean_shape
from model.mesh import subdivision
from model.scene import F64, I32, NO_REGION, U8

LEVELS: Final = 2
RING_SCALE: Final = (1.10, 1.24, 1.42, 1.65)  # of the oval's mean radius
RING_BEHIND: Final = (4.0, 10.0, 18.0, 26.0)  # mm behind the oval: the head curves away
RING_FLATTEN: Final = (0.0, 0.1, 0.25, 0.4)  # of the oval's own depth: the outer rings even out
OVAL_SMOOTHED: Final = 1 / 24  # of a ring, by which the subdivision draws the oval into the skirt
LEAST_WEIGHT: Final = 1e-4  # of a control point on a vertex, that is kept


@dataclass(frozen=True)
class Topology:
    """The parts of a scan that no photo changes; n fine vertices, c control points."""

    coarse: I32  # (k, 3) triangles of the controls
    triangles: I32  # (t, 3) counter-clockwise seen by the viewer
    subdivision: sp.csr_matrix  # (n, c), passes through the landmarks to about 0.1 mm
    plain: sp.csr_matrix  # (n, c) the same without that correction: stays within the range of its input
    region: U8  # (n,)
    softness: F64  # (n,)
    depth_limit: F64  # (n,) mm
    skirt: F64  # (n,) 0 .. 1
    eyes: F64  # (n,) 1 inside the lids, 0.5 on their edge
    mouth: F64  # (n,) 1 between the lips, 0.5 on their edge
    mean: F64  # (n, 3) mm the mean face, upright and from the front
    mirror: I32  # (n,) index of the same vertex on the other side

    @property
    def controls(self) -> int:
        """Number of control points."""
        return self.subdivision.shape[1]


@lru_cache(maxsize=1)
def topology() -> Topology:
    """The one topology of all scans."""
    mean = mean_shape()
    coarse, opening = _coarse_triangles()
    creases = np.array(_crease_edges(), dtype=np.int32)
    corners = np.array([row[k] for upper, _ in OPENINGS for row in (upper,) for k in (0, -1)], dtype=np.int32)
    count = LANDMARKS + len(OVAL) * len(RING_SCALE)
    plain: sp.csr_matrix = sp.identity(count, format="csr")
    triangles = coarse
    parents = np.arange(len(coarse), dtype=np.int32)
    for _ in range(LEVELS):
        step, triangles, creases, parents = subdivision.loop(plain.shape[0], triangles, creases, corners, parents)
        plain = (step @ plain).tocsr()
    controls = np.concatenate([mean, skirt_rings(mean)])
    triangles = _facing_viewer(plain @ controls, triangles)
    skirt = _skirt_values(plain)
    eyes, mouth = (_inside(triangles, opening[parents], kinds, plain.shape[0]) for kinds in ((1, 2), (0,)))
    passing = _through_landmarks(plain)
    fine = passing @ controls
    return Topology(
        coarse=coarse,
        triangles=triangles,
        subdivision=passing,
        plain=plain,
        region=_in_one_piece(region_labels(fine, mean, (skirt > 1e-9) | (mouth == 1)), triangles),
        softness=softness(fine, mean, skirt),
        depth_limit=depth_limits(fine, mean, skirt),
        skirt=skirt,
        eyes=eyes,
        mouth=mouth,
        mean=fine,
        mirror=_mirror_map(fine),
    )


def skirt_rings(landmarks: F64) -> F64:
    """Rings (4 · 36, 3) around the oval of landmarks (468+, 3) mm, outward in the image and away in depth."""
    oval = landmarks[list(OVAL)]
    away = oval - oval.mean(axis=0)
    radius = np.linalg.norm(away[:, :2], axis=1, keepdims=True)
    outward = away * [1, 1, 0] / radius
    rings = []
    for scale, behind, flatten in zip(RING_SCALE, RING_BEHIND, RING_FLATTEN, strict=True):
        # As wide on the far side of a turned head as on the near one.
        ring = oval + outward * (scale - 1) * radius.mean() - flatten * away * [0, 0, 1]
        ring[:, 2] += behind
        rings.append(ring)
    return np.concatenate(rings)


def _coarse_triangles() -> tuple[I32, I32]:
    """Triangles (k, 3) of face, openings and skirt; for each the opening it lies in, or -1."""
    face = _face_triangles()
    strips = [_strip(upper, lower) for upper, lower in OPENINGS]
    rows = [list(OVAL)] + [
        list(range(LANDMARKS + k * len(OVAL), LANDMARKS + (k + 1) * len(OVAL))) for k in range(len(RING_SCALE))
    ]
    skirt = []
    for inner, outer in zip(rows, rows[1:], strict=False):
        for i in range(len(OVAL)):
            j = (i + 1) % len(OVAL)
            here, there = (i, j) if i < len(OVAL) // 2 else (j, i)  # diagonals mirror each other
            skirt += [(inner[i], inner[j], outer[there]), (outer[i], outer[j], inner[here])]
    parts = [face, *strips, np.array(skirt, dtype=np.int32)]
    kinds = [-1, 0, 1, 2, -1]
    opening = np.repeat(np.array(kinds, dtype=np.int32), [len(p) for p in parts])
    return _oriented(np.concatenate(parts)), opening


def _face_triangles() -> I32:
    """The 852 triangles of MediaPipe's tesselation, which lists edges only."""
    from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

    edges = {(min(edge), max(edge)) for edge in FACEMESH_TESSELATION}
    near: dict[int, set[int]] = {}
    for a, b in edges:
        near.setdefault(a, set()).add(b)
        near.setdefault(b, set()).add(a)
    cliques = {tuple(sorted((a, b, c))) for a, b in edges for c in near[a] & near[b]}
    shared = Counter(pair for a, b, c in cliques for pair in ((a, b), (b, c), (a, c)))
    # At each nostril three edges enclose three triangles and are not one themselves.
    faces = [(a, b, c) for a, b, c in cliques if not all(shared[pair] > 2 for pair in ((a, b), (b, c), (a, c)))]
    return np.array(sorted(faces), dtype=np.int32)


def _oriented(triangles: I32) -> I32:
    """The same triangles, neighbours winding alike."""
    by_edge: dict[tuple[int, int], list[int]] = {}
    for index, triangle in enumerate(triangles.tolist()):
        for a, b in zip(triangle, triangle[1:] + triangle[:1], strict=True):
            by_edge.setdefault((min(a, b), max(a, b)), []).append(index)
    result = triangles.copy()
    todo, done = [0], {0}
    while todo:
        index = todo.pop()
        corners = result[index].tolist()
        for a, b in zip(corners, corners[1:] + corners[:1], strict=True):
            for other in by_edge[(min(a, b), max(a, b))]:
                if other in done:
                    continue
                row = result[other].tolist()
                if (a, b) in zip(row, row[1:] + row[:1], strict=True):
                    result[other] = result[other][::-1]
                done.add(other)
                todo.append(other)
    return result


def _strip(upper: tuple[int, ...], lower: tuple[int, ...]) -> I32:
    """Triangles between two contours that share their ends; diagonals mirror each other."""
    strip = []
    half = len(upper) // 2
    for i in range(len(upper) - 1):
        pair = (
            ((upper[i], upper[i + 1], lower[i + 1]), (upper[i], lower[i + 1], lower[i]))
            if i < half
            else ((upper[i], upper[i + 1], lower[i]), (upper[i + 1], lower[i + 1], lower[i]))
        )
        strip += [t for t in pair if len(set(t)) == 3]
    return np.array(strip, dtype=np.int32)


def _crease_edges() -> list[tuple[int, int]]:
    """Edges along lids and inner lips: there the surface has a sharp edge."""
    return [pair for rows in OPENINGS for row in rows for pair in zip(row, row[1:], strict=False)]


def _facing_viewer(vertices: F64, triangles: I32) -> I32:
    """Winding so that normals point at the viewer (−Z) on the whole."""
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    return triangles if np.cross(b - a, c - a)[:, 2].sum() < 0 else triangles[:, ::-1].copy()


def _skirt_values(plain: sp.csr_matrix) -> F64:
    """0 on the face, 1 on the outermost ring."""
    rings = len(RING_SCALE)
    steps = np.repeat(np.arange(1, rings + 1) / rings, len(OVAL))
    coarse = np.concatenate([np.zeros(LANDMARKS), steps])
    # The smoothed oval itself belongs to the face.
    return np.clip((plain @ coarse - OVAL_SMOOTHED) / (1 - OVAL_SMOOTHED), 0, 1)


def _inside(triangles: I32, opening: I32, kinds: tuple[int, ...], count: int) -> F64:
    """(n,) 1 where all triangles around a vertex lie in openings of `kinds`, 0.5 on the edge, else 0."""
    inside = np.isin(opening, kinds)
    some = np.zeros(count, dtype=bool)
    other = np.zeros(count, dtype=bool)
    some[triangles[inside]] = True
    other[triangles[~inside]] = True
    return np.where(some & ~other, 1.0, np.where(some, 0.5, 0.0))


def _in_one_piece(labels: U8, triangles: I32) -> U8:
    """Labels (n,) with the fragments of a region, as in the lips' folds, given to the region around them."""
    edges, _ = subdivision.edges_of(triangles)
    count = len(labels)
    same = edges[labels[edges[:, 0]] == labels[edges[:, 1]]]
    graph = sp.coo_matrix((np.ones(len(same)), (same[:, 0], same[:, 1])), (count, count))
    _, piece = connected_components(graph, directed=False)
    sizes = np.bincount(piece)
    result = labels.copy()
    for label in np.unique(labels[labels != NO_REGION]):
        pieces = np.unique(piece[labels == label])
        for fragment in pieces[pieces != pieces[sizes[pieces].argmax()]]:
            inside = piece == fragment
            across = edges[inside[edges].sum(axis=1) == 1]
            around = labels[across[~inside[across]]]
            around = around[around != NO_REGION]
            if len(around):
                result[inside] = np.bincount(around).argmax()
    return result


def _through_landmarks(plain: sp.csr_matrix) -> sp.csr_matrix:
    """Subdivision that returns to the landmarks what Loop's smoothing took (two Jacobi steps)."""
    count = plain.shape[1]
    identity = sp.identity(count, format="csr")
    lost = identity - plain[:count]
    correction = identity + lost + lost @ lost
    result = (plain @ correction).tocsr()
    result.data[np.abs(result.data) < LEAST_WEIGHT] = 0
    result.eliminate_zeros()
    return sp.diags(1 / np.asarray(result.sum(axis=1)).ravel()).tocsr() @ result


def _mirror_map(vertices: F64) -> I32:
    """(n,) index of the vertex at the mirrored place."""
    _, index = cKDTree(vertices).query(vertices * [-1, 1, 1])
    return index.astype(np.int32)
