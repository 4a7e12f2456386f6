"""Loop subdivision as a sparse matrix (Loop 1987), with creases and corners (Hoppe et al. 1994)."""

import numpy as np
import scipy.sparse as sp

from model.scene import I32


def edges_of(triangles: I32) -> tuple[I32, I32]:
    """Unique edges (e, 2), lower index first, and the three edges (t, 3) of each triangle: ab, bc, ca."""
    pairs = np.stack([triangles, np.roll(triangles, -1, axis=1)], axis=-1).reshape(-1, 2).astype(np.int64)
    # one number an edge: sorting rows of two takes eight times as long
    stride = int(triangles.max(initial=0)) + 1
    keys, inverse = np.unique(pairs.min(axis=1) * stride + pairs.max(axis=1), return_inverse=True)
    edges = np.stack([keys // stride, keys % stride], axis=1)
    return edges.astype(np.int32), inverse.reshape(-1, 3).astype(np.int32)


def loop(count: int, triangles: I32, creases: I32, corners: I32, parents: I32) -> tuple[sp.csr_matrix, I32, I32, I32]:
    """One step: matrix (count + e, count), triangles (4t, 3), crease edges (2k, 2), parents (4t,).

    Boundary edges are creases. A corner stays where it is; a crease vertex moves along its crease.
    """
    edges, of_triangle = edges_of(triangles)
    faces_of_edge = np.bincount(of_triangle.ravel(), minlength=len(edges))
    sharp = (faces_of_edge != 2) | _is_member(edges, creases, count)
    matrix = sp.vstack([_even(count, edges, sharp, corners), _odd(count, triangles, edges, of_triangle, sharp)])
    middle = count + of_triangle
    a, b, c = triangles.T
    ab, bc, ca = middle.T
    children = np.stack([np.stack(t, axis=1) for t in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))], axis=1)
    where = np.flatnonzero(sharp)
    halves = [np.stack([edges[where, k], count + where], axis=1) for k in (0, 1)]
    return (
        matrix.tocsr(),
        children.reshape(-1, 3).astype(np.int32),
        np.concatenate(halves).astype(np.int32),
        np.repeat(parents, 4),
    )


def _is_member(edges: I32, creases: I32, count: int) -> np.ndarray:
    """Which edges (e, 2) are in creases (k, 2)."""
    ordered = np.sort(creases, axis=1).astype(np.int64)
    keys = edges.astype(np.int64) @ np.array([count, 1])
    return np.isin(keys, ordered @ np.array([count, 1]))


def _odd(count: int, triangles: I32, edges: I32, of_triangle: I32, sharp: np.ndarray) -> sp.csr_matrix:
    """Rows of the new edge points: 3/8, 3/8, 1/8, 1/8, or the middle on a crease."""
    size = len(edges)
    row = np.arange(size)
    ends = sp.csr_matrix((np.repeat(np.where(sharp, 0.5, 0.375), 2), (np.repeat(row, 2), edges.ravel())), (size, count))
    opposite = np.roll(triangles, -2, axis=1)  # of edges ab, bc, ca: c, a, b
    weight = np.where(sharp[of_triangle], 0.0, 0.125)
    wings = sp.csr_matrix((weight.ravel(), (of_triangle.ravel(), opposite.ravel())), (size, count))
    return ends + wings


def _even(count: int, edges: I32, sharp: np.ndarray, corners: I32) -> sp.csr_matrix:
    """Rows of the old points: Loop's weights, 3/4 and 1/8 along a crease, fixed at corners."""
    both = np.concatenate([edges, edges[:, ::-1]])
    sharp_both = np.concatenate([sharp, sharp])
    valence = np.bincount(both[:, 0], minlength=count)
    sharp_valence = np.bincount(both[sharp_both, 0], minlength=count)
    fixed = (sharp_valence > 2) | (sharp_valence == 1) | np.isin(np.arange(count), corners) | (valence == 0)
    on_crease = (sharp_valence == 2) & ~fixed
    safe = np.maximum(valence, 1)
    beta = (0.625 - (0.375 + 0.25 * np.cos(2 * np.pi / safe)) ** 2) / safe
    source = both[:, 0]
    weight = np.where(on_crease[source], np.where(sharp_both, 0.125, 0.0), beta[source])
    weight[fixed[source]] = 0
    neighbours = sp.csr_matrix((weight, (source, both[:, 1])), (count, count))
    own = 1 - np.asarray(neighbours.sum(axis=1)).ravel()
    return sp.diags(own).tocsr() + neighbours
