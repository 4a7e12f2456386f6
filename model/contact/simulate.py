"""The skin through time: implicit steps of tissue under a driven hand.

Every mode swings at the same frequency (mass and damping ∝ K), so a step is one scale on the static compliance:
unconditionally stable. A part of the displacement creeps and comes back slowly (skin recovers on two time scales).
"""

from dataclasses import dataclass

import numpy as np
import scipy.sparse as sparse

from model.contact.solver import FREE, GLUED, solve_contact
from model.contact.surface import CELL, heights, make_sheet, sort_points
from model.contact.tissue import Tissue, build_tissue, triangle_areas
from model.hand import vertex_normals
from model.motion.motion import HandTrack, Motion
from model.scene import F32, F64, I32, FaceScan

SUBSTEPS = 3  # per frame
FREQUENCY_HZ, DAMPING = 6.0, 0.8
CREEP_SHARE, CREEP_S = 0.3, 0.25  # of the displacement, and its time constant
PAD_STIFFNESS = 16.0  # per mm², in units of a cheek's foundation: a pad gives a quarter on a cheek, most on bone
NEAR_MM = 0.9  # skin that comes this near to the hand in some frame may touch it
SWELL = 0.55  # share of the dented volume that rises around a dent
FOLD_MM = 8.0  # height of a fold per unit of lost area


@dataclass(frozen=True)
class SkinTrack:
    """Displacement of the skin in every frame, on the vertices of the scan that was simulated."""

    patch: I32  # (k,) vertices that moved
    displacement: F32  # (f, k, 3) mm from the expression's rest
    overlap: F32  # (f, k) mm that the pad is to give way, 0 where nothing touches


@dataclass(frozen=True)
class Stepper:
    """Constants of the time integration."""

    scale: float  # of the static compliance
    inertia: float
    drag: float
    creep: float


def expression_offset(scan: FaceScan, motion: Motion, frame: int) -> F64:
    """Displacement (n, 3) of the unloaded face by its expressions."""
    total = np.zeros_like(scan.vertices)
    for name, strength in motion.expressions.items():
        if strength[frame]:
            total += strength[frame] * scan.expressions[name]
    return total


def simulate_skin(scan: FaceScan, motion: Motion, track: HandTrack, touching: I32) -> SkinTrack:
    """Skin of `scan` under the hand vertices `touching` (p,) of `track`."""
    tissue = build_tissue(scan, motion.path)
    rest = _unloaded(scan, motion, tissue)
    hand = track.vertices[:, touching].astype(np.float64)
    normals = track.normals[:, touching].astype(np.float64)
    candidates = _candidates(tissue, rest, hand, normals)
    step = _stepper(1.0 / (motion.fps * SUBSTEPS))
    full = tissue.compliance(candidates) * step.scale
    within = np.ascontiguousarray(full[candidates])
    within = 0.5 * (within + within.T)
    give = np.ascontiguousarray(step.scale / (PAD_STIFFNESS * tissue.area[candidates]))
    frames, count = len(hand), len(tissue.patch)
    displacement = np.zeros((frames, count, 3), np.float32)
    overlap = np.zeros((frames, count), np.float32)
    now, before, creep = (np.zeros((count, 3)) for _ in range(3))
    force = np.zeros((len(candidates), 3))
    held = np.full(len(candidates), FREE, np.int32)
    partner = np.full(len(candidates), -1, np.int32)
    place: F64 = rest[0][candidates]
    points = hand[0]
    for sub in range((frames - 1) * SUBSTEPS + 1):
        frame, part = divmod(sub, SUBSTEPS)
        mix = part / SUBSTEPS
        ahead = min(frame + 1, frames - 1)
        fresh = (1 - mix) * hand[frame] + mix * hand[ahead]
        unloaded = ((1 - mix) * rest[frame] + mix * rest[ahead])[candidates]
        free = step.inertia * (2 * now - before) + step.drag * now
        _hold(held, partner, bool(motion.grip[frame]))
        if _near(fresh, unloaded) or force.any():
            buckets = sort_points(fresh)
            solve_contact(
                unloaded, np.ascontiguousarray((free + creep)[candidates]), within, give, place, force, held, fresh,
                normals[frame], fresh - points, buckets.origin, buckets.counts, buckets.start, buckets.order,
                motion.friction, 2, 40, partner,
            )  # fmt: skip
        loaded = np.flatnonzero(np.abs(force).max(axis=1) > 0)
        before, now = now, np.asarray(free + full[:, loaded] @ force[loaded])
        creep = creep + step.creep * (CREEP_SHARE * now - creep)
        place = unloaded + (now + creep)[candidates]
        points = fresh
        if part == 0:
            displacement[frame] = now + creep
            overlap[frame, candidates] = give * np.linalg.norm(force, axis=1)
    displacement += _bulges(tissue, rest, displacement)
    return SkinTrack(tissue.patch, displacement, overlap)


def _unloaded(scan: FaceScan, motion: Motion, tissue: Tissue) -> F64:
    """The patch (f, k, 3) under its expressions alone."""
    rest = np.repeat(scan.vertices[tissue.patch][None], len(motion.press), axis=0)
    for name, strength in motion.expressions.items():
        if np.any(strength):
            rest += strength[:, None, None] * scan.expressions[name][tissue.patch]
    return rest


def _stepper(dt: float) -> Stepper:
    omega = 2 * np.pi * FREQUENCY_HZ
    mass, drag = 1 / omega**2, 2 * DAMPING / omega
    scale = 1 / (mass / dt**2 + drag / dt + 1)
    return Stepper(scale, scale * mass / dt**2, scale * drag / dt, 1 - np.exp(-dt / CREEP_S))


def _candidates(tissue: Tissue, rest: F64, hand: F64, normals: F64) -> I32:
    """Patch vertices that the hand would run into, or all but, in some frame, if they stayed where they are."""
    hit = np.zeros(len(tissue.patch), bool)
    soft = np.flatnonzero(tissue.softness > 0.02).astype(np.int32)
    for skin, points, outward in zip(rest, hand, normals, strict=True):
        if _near(points, skin[soft]):
            height, _ = heights(skin, soft, *make_sheet(points, outward).all)
            hit[soft[height < NEAR_MM]] = True
    found = np.flatnonzero(hit).astype(np.int32)
    return found if len(found) else soft[:1]


def _near(hand: F64, skin: F64) -> bool:
    low, high = skin.min(axis=0) - CELL, skin.max(axis=0) + CELL
    return bool(((hand > low) & (hand < high)).all(axis=1).any())


def _hold(held: I32, partner: I32, grip: bool) -> None:
    """A grip keeps what it touches when it closes, until it opens."""
    if not grip:
        held[:] = FREE
    elif not (held >= GLUED).any():
        held[:] = partner


def _bulges(tissue: Tissue, rest: F64, displacement: F32) -> F32:
    """Flesh keeps its volume: it rises around a dent and folds where the skin is pushed together (f, k, 3)."""
    count = len(tissue.patch)
    smooth = _averaging(tissue, count)
    out = np.zeros_like(displacement)
    moving = np.flatnonzero(np.abs(displacement).max(axis=(1, 2)) > 0.05)
    for frame in moving:
        normals = vertex_normals(rest[frame], tissue.triangles)
        dent = np.einsum("ij,ij->i", displacement[frame], normals)
        swell = -SWELL * tissue.spread.solve(tissue.area * np.minimum(dent, 0))
        areas = triangle_areas(rest[frame] + displacement[frame], tissue.triangles)
        lost = np.repeat(np.clip(1 - areas / tissue.rest_area, -0.25, 0.6) * tissue.rest_area, 3)
        ratio = np.bincount(tissue.triangles.ravel(), lost, count) / np.bincount(
            tissue.triangles.ravel(), np.repeat(tissue.rest_area, 3), count
        ).clip(1e-6)
        fold = FOLD_MM * (smooth @ ratio)
        out[frame] = normals * ((swell + fold) * np.clip(1.1 * tissue.softness, 0, 1))[:, None]
    return out


def _averaging(tissue: Tissue, count: int) -> sparse.csr_matrix:
    """Three rounds of averaging over neighbours (k, k)."""
    edges = np.concatenate([tissue.triangles[:, [0, 1]], tissue.triangles[:, [1, 2]], tissue.triangles[:, [2, 0]]])
    both = np.concatenate([edges, edges[:, ::-1]])
    links = sparse.csr_matrix((np.ones(len(both)), (both[:, 0], both[:, 1])), (count, count))
    links.data[:] = 1.0
    links = links + sparse.identity(count)
    mean = sparse.diags(1 / np.asarray(links.sum(axis=1)).ravel()) @ links
    return mean @ mean @ mean
