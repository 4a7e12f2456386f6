"""Texture coordinates: two charts, back and palm, flattened, as rigidly as possible."""

import numpy as np
import scipy.sparse as sp
from numpy.typing import NDArray
from scipy.sparse.csgraph import breadth_first_order, connected_components, maximum_flow
from scipy.sparse.linalg import splu

from .subdivide import edges_of

F64 = NDArray[np.float64]
Ints = NDArray[np.int64]
ARM_SCALE = 0.35  # texels a millimetre at the elbow, against the hand's
MARGIN_MM = 3.0


def back_and_palm(vertices: F64, quads: Ints, dorsal: F64) -> Ints:
    """Texture corners (q, 4) of two charts, parted by the graph cut that best follows the hand's sides.

    `dorsal` (n, 3) is the direction of the back of the hand or finger at each vertex.
    """
    corner = vertices[quads]
    normal = np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1]) / 2
    area = np.linalg.norm(normal, axis=1)
    facing = (normal * dorsal[quads].mean(1)).sum(1) / area
    _, sides = edges_of(quads)
    order = np.argsort(sides.ravel(), kind="stable")
    side, face = sides.ravel()[order], order // 4
    twin = np.flatnonzero(side[1:] == side[:-1])
    a, b = face[twin], face[twin + 1]
    ends = vertices[edges_of(quads)[0][side[twin]]]
    length = np.linalg.norm(ends[:, 0] - ends[:, 1], axis=1)
    q = len(quads)
    back, palm = np.flatnonzero(facing > 0), np.flatnonzero(facing <= 0)
    rows = np.concatenate([a, b, np.full(len(back), q), palm])
    columns = np.concatenate([b, a, back, np.full(len(palm), q + 1)])
    pull = np.abs(facing) * np.sqrt(area) * 3
    capacity = 100 * np.concatenate([length, length, pull[back], pull[palm]]) + 1
    network = sp.csr_matrix((capacity.astype(np.int32), (rows, columns)), (q + 2, q + 2))
    rest = network - maximum_flow(network, q, q + 1).flow
    rest.data[rest.data < 0] = 0
    rest.eliminate_zeros()
    reached = np.zeros(q + 2, bool)
    reached[breadth_first_order(rest, q)[0]] = True
    _, corners = np.unique(quads * 2 + ~reached[:q, None], return_inverse=True)
    return corners.reshape(-1, 4)


def unwrap(vertices: F64, quads: Ints, uv_quads: Ints) -> F64:
    """Coordinates (m, 2) in 0..1 of the texture corners: back of hand and arm, palm and inner arm."""
    count = int(uv_quads.max()) + 1
    source = np.zeros(count, int)
    source[uv_quads.ravel()] = quads.ravel()
    points = vertices[source]
    triangles = np.concatenate([uv_quads[:, [0, 1, 2]], uv_quads[:, [0, 2, 3]]])
    pairs = triangles.ravel(), np.roll(triangles, 1, 1).ravel()
    number, chart = connected_components(sp.csr_matrix((np.ones(triangles.size), pairs), (count, count)))
    if number != 2:
        raise RuntimeError(f"two charts expected, found {number}")
    out = np.zeros((count, 2))
    x = 0.0
    for i in range(number):
        member = np.flatnonzero(chart == i)
        where = np.full(count, -1)
        where[member] = np.arange(len(member))
        local = where[triangles[chart[triangles[:, 0]] == i]]
        flat = upright(flatten(points[member], local), points[member])
        flat -= flat.min(0)
        out[member] = flat + [x, 0.0]
        x += flat[:, 0].max() + MARGIN_MM
    size = out.max() + MARGIN_MM
    return (out + MARGIN_MM / 2) / size


def flatten(points: F64, triangles: Ints, rounds: int = 60) -> F64:
    """As-rigid-as-possible parametrisation (Liu et al. 2008) of a disc, from a conformal start."""
    flat = conformal(points, triangles)
    scale = np.clip(1 + points[triangles, 1].mean(1) / 120, ARM_SCALE, 1.0)
    local = plane_triangles(points, triangles) * scale[:, None, None]
    weights = cotangents(local)  # (t, 3) of the corner opposite to each edge
    i, j = triangles[:, [1, 2, 0]], triangles[:, [2, 0, 1]]
    n = len(points)
    half = sp.csr_matrix((weights.ravel(), (i.ravel(), j.ravel())), (n, n))
    laplace = sp.diags(np.asarray((half + half.T).sum(1)).ravel()) - half - half.T
    solve = splu((laplace + 1e-9 * sp.identity(n)).tocsc()).solve
    edges = local[:, [1, 2, 0]] - local[:, [2, 0, 1]]  # (t, 3, 2)
    for _ in range(rounds):
        now = flat[i] - flat[j]
        u, _, vt = np.linalg.svd(np.einsum("te,tea,teb->tab", weights, now, edges))
        flip = np.sign(np.linalg.det(u @ vt))
        u[:, :, 1] *= flip[:, None]
        turned = weights[:, :, None] * np.einsum("tab,teb->tea", u @ vt, edges)
        right = np.zeros((n, 2))
        np.add.at(right, i, turned)
        np.add.at(right, j, -turned)
        flat = solve(right)
    return flat


def conformal(points: F64, triangles: Ints) -> F64:
    """Least-squares conformal map (Lévy et al. 2002) with two far vertices fixed."""
    local = plane_triangles(points, triangles)
    area = np.sqrt(np.abs(np.cross(local[:, 1] - local[:, 0], local[:, 2] - local[:, 0])))
    edge = (local[:, [2, 0, 1]] - local[:, [1, 2, 0]]) / area[:, None, None]
    real, imag = edge[..., 0].ravel(), edge[..., 1].ravel()
    t, n = len(triangles), len(points)
    rows, columns = np.repeat(np.arange(t), 3), triangles.ravel()
    re, im = sp.csr_matrix((real, (rows, columns)), (t, n)), sp.csr_matrix((imag, (rows, columns)), (t, n))
    a = sp.bmat([[re, -im], [im, re]]).tocsc()
    ends = [points[:, 1].argmin(), points[:, 1].argmax()]
    fixed = np.array([ends[0], ends[1], ends[0] + n, ends[1] + n])
    value = np.array([0.0, 0.0, 0.0, float(np.linalg.norm(points[ends[1]] - points[ends[0]]))])
    free = np.setdiff1d(np.arange(2 * n), fixed)
    out = np.zeros(2 * n)
    out[fixed] = value
    normal = a[:, free].T @ a[:, free]
    out[free] = splu(normal.tocsc()).solve(-a[:, free].T @ (a[:, fixed] @ value))
    return out.reshape(2, n).T


def plane_triangles(points: F64, triangles: Ints) -> F64:
    """Each triangle laid flat: (t, 3, 2)."""
    a, b, c = (points[triangles[:, k]] for k in range(3))
    length = np.linalg.norm(b - a, axis=1)
    x = ((c - a) * (b - a)).sum(1) / length
    y = np.linalg.norm(np.cross(b - a, c - a), axis=1) / length
    zero = np.zeros_like(x)
    return np.stack([np.stack([zero, zero], 1), np.stack([length, zero], 1), np.stack([x, y], 1)], 1)


def cotangents(local: F64) -> F64:
    """Cotangent of each corner (t, 3), clipped at 0.02."""
    out = []
    for k in range(3):
        u, v = local[:, (k + 1) % 3] - local[:, k], local[:, (k + 2) % 3] - local[:, k]
        out.append((u * v).sum(1) / np.maximum(np.abs(np.cross(u, v)), 1e-9))
    return np.maximum(np.stack(out, 1), 0.02) / 2


def upright(flat: F64, points: F64) -> F64:
    """Turned so that distal is up (−v)."""
    centred = flat - flat.mean(0)
    distal = centred.T @ (points[:, 1] - points[:, 1].mean())
    distal /= np.linalg.norm(distal)
    return np.stack([centred @ [-distal[1], distal[0]], -centred @ distal], 1)
