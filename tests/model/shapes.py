"""Simple meshes whose distances are known."""

import numpy as np


def plane(half: float, spacing: float) -> tuple[np.ndarray, np.ndarray]:
    """A square at z = 0 that looks at the viewer (normals -z): vertices (n, 3) and triangles (t, 3)."""
    steps = np.arange(-half, half + 1e-9, spacing)
    y, x = np.meshgrid(steps, steps, indexing="ij")
    vertices = np.stack([x.ravel(), y.ravel(), np.zeros(x.size)], axis=1)
    n = len(steps)
    a = (np.arange(n - 1)[:, None] * n + np.arange(n - 1)).ravel()
    triangles = np.concatenate([np.stack([a, a + n, a + 1], 1), np.stack([a + 1, a + n, a + n + 1], 1)])
    return vertices, triangles.astype(np.int32)


def sphere(radius: float, rings: int) -> tuple[np.ndarray, np.ndarray]:
    """A closed ball around 0 with outward normals."""
    turns = 2 * rings
    theta = np.pi * np.arange(1, rings) / rings
    phi = 2 * np.pi * np.arange(turns) / turns
    t, p = np.meshgrid(theta, phi, indexing="ij")
    body = np.stack([np.sin(t) * np.cos(p), np.sin(t) * np.sin(p), np.cos(t)], axis=-1).reshape(-1, 3)
    vertices = radius * np.concatenate([body, [[0, 0, 1.0], [0, 0, -1.0]]])
    i, j = np.meshgrid(np.arange(rings - 2), np.arange(turns), indexing="ij")
    a, b = (i * turns + j).ravel(), (i * turns + (j + 1) % turns).ravel()
    sides = np.concatenate([np.stack([a, a + turns, b], 1), np.stack([b, a + turns, b + turns], 1)])
    around, after, last = np.arange(turns), (np.arange(turns) + 1) % turns, (rings - 2) * turns
    top = np.stack([np.full(turns, len(body)), around, after], 1)
    low = np.stack([np.full(turns, len(body) + 1), last + after, last + around], 1)
    return vertices, np.concatenate([sides, top, low]).astype(np.int32)


def outward(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Unnormalised normals (t, 3) of triangles."""
    a, b, c = (vertices[triangles[:, i]] for i in range(3))
    return np.cross(b - a, c - a)
