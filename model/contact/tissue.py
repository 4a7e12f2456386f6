"""Skin as a bi-Laplacian membrane on springs to the bone, k ∝ 1 / depth (as Decaf's non-uniform stiffness).

K = M / s + ℓ₁² L + ℓ₂⁴ L M⁻¹ L with M the vertex areas, L the cotangent Laplacian and s the softness.
"""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse
from numpy.typing import NDArray
from scipy.sparse.linalg import SuperLU, splu

from model.mesh.areas import triangle_areas, vertex_areas
from model.mesh.laplacian import cotangent_laplacian
from model.scene import F64, I32, FaceScan

STRETCH_MM = 12.0  # ℓ₁: how far tension carries
BEND_MM = 9.0  # ℓ₂: how far bending carries
RIM = 0.25  # of the reach, over which the patch is held ever firmer
HELD, RIGID = 40.0, 80.0  # springs of the rim and of what must not bend, in units of a cheek's foundation
COLUMNS = 4  # right-hand sides solved at once
REACH_MM = 55.0  # beyond this from the contact nothing moves
BULGE_SPREAD_MM = 16.0  # how wide the flesh that a dent pushes aside rises


@dataclass(frozen=True)
class Patch:
    """The skin around a contact, its stiffness factored."""

    patch: I32  # (k,) vertices of the scan that may move
    area: F64  # (k,) mm² of each
    softness: F64  # (k,)
    operator: SuperLU  # K
    spread: SuperLU  # M + σ²/2 L: smooths what a dent displaces
    triangles: I32  # (t, 3) into `patch`
    rest_area: F64  # (t,) mm²

    def compliance(self, vertices: NDArray[np.integer]) -> F64:
        """Displacement (k, m) of the patch per unit force at each of `vertices` (m,), indices into the patch."""
        loads = np.zeros((len(self.patch), len(vertices)))
        loads[vertices, np.arange(len(vertices))] = 1.0
        return solve_columns(self.operator, loads)


def solve_columns(operator: SuperLU, columns: F64) -> F64:
    """Solutions (k, m) of the right-hand sides (k, m), a few at a time, on the machine's cores.

    From about eight columns on SuperLU's BLAS starts threads of its own, which cost five times what they save.
    """
    parts = [np.asfortranarray(columns[:, at : at + COLUMNS]) for at in range(0, columns.shape[1], COLUMNS)]
    with ThreadPoolExecutor(min(os.cpu_count() or 1, 4)) as pool:
        return np.concatenate(list(pool.map(operator.solve, parts)), axis=1)


def _factored(matrix: sparse.spmatrix) -> SuperLU:
    """Symmetric factors: a third of the fill of the general ordering."""
    return splu(matrix.tocsc(), permc_spec="MMD_AT_PLUS_A", diag_pivot_thresh=0.0, options={"SymmetricMode": True})


def build_tissue(scan: FaceScan, centres: F64) -> Patch:
    """Tissue of the skin within REACH_MM of any of `centres` (k, 3) mm."""
    gap = np.linalg.norm(scan.vertices[:, None] - centres[None], axis=2).min(axis=1)
    inside = gap < REACH_MM
    kept = inside[scan.triangles].all(axis=1)
    patch = np.unique(scan.triangles[kept]).astype(np.int32)
    renumber = np.full(len(scan.vertices), -1, np.int32)
    renumber[patch] = np.arange(len(patch))
    triangles = renumber[scan.triangles[kept]]
    vertices = scan.vertices[patch]
    areas = triangle_areas(vertices, triangles)
    area = vertex_areas(len(patch), triangles, areas) + 1e-3
    laplacian = cotangent_laplacian(vertices, triangles)
    mass = sparse.diags(area)
    edge = np.clip((gap[patch] - (1 - RIM) * REACH_MM) / (RIM * REACH_MM), 0, 1)
    anchor = 1.0 / scan.softness[patch] + HELD * (edge**2 + scan.skirt[patch] ** 2) + RIGID * scan.rigid[patch]
    stiffness = (
        sparse.diags(area * anchor)
        + STRETCH_MM**2 * laplacian
        + BEND_MM**4 * (laplacian @ sparse.diags(1.0 / area) @ laplacian)
    )
    spread = mass + 0.5 * BULGE_SPREAD_MM**2 * laplacian
    return Patch(
        patch=patch,
        area=area,
        softness=scan.softness[patch] * (1 - scan.rigid[patch]) * (1 - scan.skirt[patch]),
        operator=_factored(stiffness),
        spread=_factored(spread),
        triangles=triangles,
        rest_area=areas,
    )
