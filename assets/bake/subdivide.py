"""Catmull-Clark subdivision as sparse matrices, and a triangle mesh that is fine only where asked."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray

Quads = NDArray[np.int64]


def edges_of(quads: Quads) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Unique edges (e, 2) and the edge index of each quad side (q, 4)."""
    sides = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    edges, inverse = np.unique(sides, axis=0, return_inverse=True)
    return edges, inverse.reshape(-1, 4)


def catmull_clark(quads: Quads, count: int) -> tuple[sp.csr_matrix, Quads]:
    """One step (Catmull and Clark 1978): matrix (n', n) and quads (4q, 4); children of q are 4q..4q+3.

    New vertices are ordered: old vertices, edges, faces.
    """
    edges, sides = edges_of(quads)
    n, e, q = count, len(edges), len(quads)
    face = sp.csr_matrix((np.full(4 * q, 0.25), (np.repeat(np.arange(q), 4), quads.ravel())), (q, n))
    middle = sp.csr_matrix((np.full(2 * e, 0.5), (np.repeat(np.arange(e), 2), edges.ravel())), (e, n))
    on_edge = sp.csr_matrix((np.ones(4 * q), (sides.ravel(), np.repeat(np.arange(q), 4))), (e, q))
    inner = np.asarray(on_edge.sum(1)).ravel() == 2
    edge = sp.diags(np.where(inner, 0.5, 1.0)) @ middle + sp.diags(np.where(inner, 0.25, 0.0)) @ on_edge @ face

    at_vertex = sp.csr_matrix((np.ones(2 * e), (edges.ravel(), np.repeat(np.arange(e), 2))), (n, e))
    of_face = sp.csr_matrix((np.ones(4 * q), (quads.ravel(), np.repeat(np.arange(q), 4))), (n, q))
    valence = np.maximum(np.asarray(of_face.sum(1)).ravel(), 1)
    smooth = sp.diags(1 / valence**2) @ (of_face @ face + 2 * at_vertex @ middle)
    smooth = smooth + sp.diags((valence - 3) / valence)
    rim_edges = at_vertex @ sp.diags((~inner).astype(float))
    rim = np.asarray(rim_edges.sum(1)).ravel() > 0
    crease = 0.5 * sp.identity(n) + 0.5 * sp.diags(np.where(rim, 0.5, 0.0)) @ rim_edges @ middle
    vertex = sp.diags((~rim).astype(float)) @ smooth + sp.diags(rim.astype(float)) @ crease

    side, centre = n + sides, n + e + np.arange(q)
    children = np.stack([np.stack([quads[:, i], side[:, i], centre, side[:, i - 1]], 1) for i in range(4)], 1).reshape(
        -1, 4
    )
    return sp.vstack([vertex, edge, face]).tocsr(), children


def midpoint(quads: Quads, count: int) -> sp.csr_matrix:
    """Linear step with the same numbering as `catmull_clark` (for texture coordinates)."""
    edges, _ = edges_of(quads)
    e, q = len(edges), len(quads)
    face = sp.csr_matrix((np.full(4 * q, 0.25), (np.repeat(np.arange(q), 4), quads.ravel())), (q, count))
    middle = sp.csr_matrix((np.full(2 * e, 0.5), (np.repeat(np.arange(e), 2), edges.ravel())), (e, count))
    return sp.vstack([sp.identity(count), middle, face]).tocsr()


def graded_triangles(
    quads: Quads, children: Quads, other: tuple[Quads, Quads], fine: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Triangles (t, 3) that use `children` where `fine` (q,) is set, and fans where sizes meet.

    `other` is a second numbering of the same quads (texture corners), triangulated in the same way.
    """
    _, sides = edges_of(quads)
    split = np.zeros(sides.max() + 1, bool)
    split[sides[fine].ravel()] = True
    out: list[list[tuple[int, ...]]] = [[], []]
    for mesh, (coarse, small) in enumerate([(quads, children), other]):
        block = small.reshape(-1, 4, 4)
        for quad in np.flatnonzero(fine):
            for a, b, c, d in block[quad]:
                out[mesh] += [(a, b, c), (a, c, d)]
        for quad in np.flatnonzero(~fine):
            cut = split[sides[quad]]
            if not cut.any():
                a, b, c, d = coarse[quad]
                out[mesh] += [(a, b, c), (a, c, d)]
                continue
            ring: list[int] = []
            for i in range(4):
                ring.append(coarse[quad, i])
                if cut[i]:
                    ring.append(block[quad, i, 1])
            centre = block[quad, 0, 2]
            out[mesh] += [(centre, a, b) for a, b in zip(ring, ring[1:] + ring[:1], strict=True)]
    return np.array(out[0]), np.array(out[1])
