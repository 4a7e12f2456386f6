"""What a mesh's edges say of neighbouring vertices, as sparse matrices."""

import numpy as np
import scipy.sparse as sparse

from model.scene import F64, I32


def cotangent_laplacian(vertices: F64, triangles: I32) -> sparse.csr_matrix:
    """L (n, n), positive semi-definite; slivers are clamped so that it stays an M-matrix nearly everywhere."""
    count = len(vertices)
    total = sparse.csr_matrix((count, count))
    for i, j, k in ((0, 1, 2), (1, 2, 0), (2, 0, 1)):
        u = vertices[triangles[:, i]] - vertices[triangles[:, k]]
        v = vertices[triangles[:, j]] - vertices[triangles[:, k]]
        cross = np.linalg.norm(np.cross(u, v), axis=1) + 1e-9
        weight = 0.5 * np.clip(np.einsum("ij,ij->i", u, v) / cross, 0.05, 5.0)
        total = total + sparse.csr_matrix((weight, (triangles[:, i], triangles[:, j])), (count, count))
    total = total + total.T
    return sparse.diags(np.asarray(total.sum(axis=1)).ravel()) - total


def averaging(triangles: I32, count: int) -> sparse.csr_matrix:
    """Three rounds of averaging over the neighbours in `triangles` (t, 3): (count, count)."""
    edges = np.concatenate([triangles[:, [0, 1]], triangles[:, [1, 2]], triangles[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    links = sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), (count, count))
    links.data[:] = 1.0
    links = links + sparse.identity(count)
    mean = sparse.diags(1 / np.asarray(links.sum(axis=1)).ravel()) @ links
    return mean @ mean @ mean
