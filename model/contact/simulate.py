"""The skin through time: implicit steps of tissue under a driven hand.

Every mode swings at the same frequency (mass and damping ∝ K), so a step is one scale on the static compliance:
unconditionally stable. A part of the displacement creeps and comes back slowly (skin recovers on two time scales).
"""

from dataclasses import dataclass

import numpy as np

from model.contact.gather import Pinch, find_pinch, shares
from model.contact.solver import Contacts, Hand, Tissue, solve_contact
from model.contact.surface import SIGHT_MM, Sheet, heights, make_sheet, sort_points
from model.contact.tissue import Patch, build_tissue, solve_columns
from model.mesh.areas import triangle_areas
from model.mesh.boxes import around
from model.mesh.laplacian import averaging
from model.mesh.normals import vertex_normals
from model.motion.motion import Motion, PosedHand
from model.scene import F32, F64, I32, FaceScan

SUBSTEPS = 3  # per frame
PASSES, SWEEPS = 2, 40  # of the solver: looks at what touches, and at most so many sweeps after each
FREQUENCY_HZ, DAMPING = 6.0, 0.8
CREEP_SHARE, CREEP_S = 0.3, 0.25  # of the displacement, and its time constant
PAD_STIFFNESS = 123.0  # per mm², in units of a cheek's foundation: a pad gives a quarter on a cheek, most on bone
YIELDS = 0.02  # softness from which skin can be pressed at all
NEAR_MM = 0.9  # skin that comes this near to the hand in some frame may touch it
MOVES_MM = 0.05  # less in a frame is no dent to swell around
SWELL = 0.55  # share of the dented volume that rises around a dent
FOLD_MM = 8.0  # height of a fold per unit of lost area
MOST_LOST = 0.6  # of a triangle's area that counts as folded
UNDER_PAD, SOFT_GAIN = 1.5, 1.1  # how soon a pad keeps skin from rising, and softness from which it rises fully


@dataclass(frozen=True)
class SkinTrack:
    """Displacement of the skin in every frame, on the vertices of the scan that was simulated."""

    patch: I32  # (k,) vertices that moved
    displacement: F32  # (f, k, 3) mm from its rest under expressions and pinch
    pressed: I32  # (m,) those of the patch that may be touched, as indices into it
    overlap: F32  # (f, m) mm that the pad is to give way there, 0 where nothing touches


@dataclass(frozen=True)
class DrivenSkin:
    """The skin, and the hand that is driven against it."""

    tissue: Patch
    motion: Motion
    rest: F64  # (f, k, 3) mm: the patch under its expressions and its pinch alone
    hand: F64  # (f, p, 3) mm: vertices that may touch
    normals: F64  # (f, p, 3)
    first: I32  # (m,) those of the patch that may be touched in the early frames, as indices into it
    later: I32  # those that may be touched in the other frames only
    compliance: F64  # (k, m) mm of the patch per unit force on `first`
    pinch: Pinch | None


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


def drive_skin(scan: FaceScan, motion: Motion, posed: PosedHand, touching: I32, early: int) -> DrivenSkin:
    """Skin of `scan` for the hand vertices `touching` (p,) of `posed`; ready for its first `early` frames."""
    tissue = build_tissue(scan, motion.path)
    pinch = find_pinch(scan, motion)
    rest = _unloaded(scan, motion, tissue, pinch)
    hand = posed.vertices[:, touching].astype(np.float64)
    normals = posed.normals[:, touching].astype(np.float64)
    first, later = _candidates(tissue, rest, hand, normals, early)
    return DrivenSkin(tissue, motion, rest, hand, normals, first, later, tissue.compliance(first), pinch)


def simulate_skin(skin: DrivenSkin, frames: int) -> SkinTrack:
    """The skin in the first `frames`; what may only be touched later takes part only if there are later ones."""
    tissue, count = skin.tissue, len(skin.tissue.patch)
    pressed, compliance = skin.first, skin.compliance
    if frames == len(skin.hand) and len(skin.later):
        pressed = np.concatenate([pressed, skin.later])
        compliance = np.concatenate([compliance, tissue.compliance(skin.later)], axis=1)
    rest = skin.rest[:frames]
    loads, overlap = _press(skin, frames, pressed, compliance[pressed])
    displacement = (compliance @ loads).reshape(count, frames, 3).transpose(1, 0, 2).astype(np.float32)
    displacement += _bulges(tissue, rest, displacement, pressed, overlap)
    return SkinTrack(tissue.patch, displacement, pressed, overlap)


def _press(skin: DrivenSkin, frames: int, pressed: I32, within: F64) -> tuple[F64, F32]:
    """What holds `pressed` (m,) down: static loads (m, 3 f) of their displacement, overlap (f, m) mm.

    within (m, m): their compliance. As every mode swings alike, the displacement is at any time the compliance times
    a load, and all of the dynamics is in the few loads of what is pressed.
    """
    motion, hand, rest = skin.motion, skin.hand, skin.rest[:, pressed]
    step = _stepper(1.0 / (motion.fps * SUBSTEPS))
    within = 0.5 * (within + within.T)
    scaled = np.ascontiguousarray(step.scale * within)
    give = np.ascontiguousarray(1.0 / (PAD_STIFFNESS * skin.tissue.area[pressed]))
    count = len(pressed)
    loads, overlap = np.zeros((count, frames, 3)), np.zeros((frames, count), np.float32)
    now, before, creep = (np.zeros((count, 3)) for _ in range(3))
    contacts = Contacts(np.zeros((count, 3)), np.full(count, -1, np.int32))
    place, points = rest[0], hand[0]
    for sub in range((frames - 1) * SUBSTEPS + 1):
        frame, part = divmod(sub, SUBSTEPS)
        mix = part / SUBSTEPS
        ahead = min(frame + 1, frames - 1)
        fresh = (1 - mix) * hand[frame] + mix * hand[ahead]
        unloaded = (1 - mix) * rest[frame] + mix * rest[ahead]
        free = step.inertia * (2 * now - before) + step.drag * now
        moved = within @ (free + creep)
        near = around(fresh, unloaded + moved, SIGHT_MM)
        if len(near) or contacts.force.any():
            sheet = Sheet(fresh, skin.normals[frame], sort_points(fresh, near if len(near) else None))
            pressing = Hand(sheet, fresh - points, motion.friction)
            moved = solve_contact(Tissue(unloaded, moved, place, scaled, give), pressing, contacts, PASSES, SWEEPS)
        before, now = now, free + step.scale * contacts.force
        fresh_creep = step.creep * (CREEP_SHARE * now - creep)
        creep = creep + fresh_creep
        place = unloaded + moved + within @ fresh_creep
        points = fresh
        if part == 0:
            loads[:, frame] = now + creep
            overlap[frame] = give * np.linalg.norm(contacts.force, axis=1)
    return loads.reshape(count, -1), overlap


def _unloaded(scan: FaceScan, motion: Motion, tissue: Patch, pinch: Pinch | None) -> F64:
    """The patch (f, k, 3) under its expressions and its pinch alone."""
    rest = np.repeat(scan.vertices[tissue.patch][None], len(motion.press), axis=0)
    for name, strength in motion.expressions.items():
        if np.any(strength):
            rest += strength[:, None, None] * scan.expressions[name][tissue.patch]
    if pinch is not None:
        rest += shares(pinch, scan)[tissue.patch] @ pinch.moves
    return rest


def _stepper(dt: float) -> Stepper:
    omega = 2 * np.pi * FREQUENCY_HZ
    mass, drag = 1 / omega**2, 2 * DAMPING / omega
    scale = 1 / (mass / dt**2 + drag / dt + 1)
    return Stepper(scale, scale * mass / dt**2, scale * drag / dt, 1 - np.exp(-dt / CREEP_S))


def _candidates(tissue: Patch, rest: F64, hand: F64, normals: F64, early: int) -> tuple[I32, I32]:
    """What of the patch the hand would all but run into, if it stayed where it is: in early frames, in others only."""
    soft = np.flatnonzero(tissue.softness > YIELDS).astype(np.int32)
    hit = np.full(len(tissue.patch), len(rest))  # the first frame
    for frame in reversed(range(len(rest))):
        skin, points = rest[frame], hand[frame]
        if len(around(points, skin[soft], SIGHT_MM)):
            height, _ = heights(skin, soft, make_sheet(points, normals[frame]))
            hit[soft[height < NEAR_MM]] = frame
    first = np.flatnonzero(hit < early).astype(np.int32)
    later = np.flatnonzero((hit >= early) & (hit < len(rest))).astype(np.int32)
    return first if len(first) else soft[:1], later


def _bulges(tissue: Patch, rest: F64, displacement: F32, pressed: I32, overlap: F32) -> F32:
    """Flesh keeps its volume: it rises around a dent and folds where the skin is pushed together (f, k, 3).

    Under a pad, which is in the way, it does neither.
    """
    count = len(tissue.patch)
    smooth = averaging(tissue.triangles, count)
    out = np.zeros_like(displacement)
    moving = np.flatnonzero(np.abs(displacement).max(axis=(1, 2)) > MOVES_MM)
    normals = np.stack([vertex_normals(rest[frame], tissue.triangles) for frame in moving]) if len(moving) else rest[:0]
    dents = np.minimum(np.einsum("fij,fij->fi", displacement[moving], normals), 0)
    swell = -SWELL * solve_columns(tissue.spread, (tissue.area * dents).T).T if len(moving) else dents
    whole = np.bincount(tissue.triangles.ravel(), np.repeat(tissue.rest_area, 3), count).clip(1e-6)
    for row, frame in enumerate(moving):
        areas, before = (
            triangle_areas(skin, tissue.triangles) for skin in (rest[frame] + displacement[frame], rest[frame])
        )
        lost = np.repeat(np.clip(1 - areas / before, 0.0, MOST_LOST) * tissue.rest_area, 3)
        ratio = np.bincount(tissue.triangles.ravel(), lost, count) / whole
        covered = np.zeros(count)
        covered[pressed] = overlap[frame] > 0
        free = np.clip(1 - UNDER_PAD * (smooth @ covered), 0, 1) * np.clip(SOFT_GAIN * tissue.softness, 0, 1)
        out[frame] = normals[row] * ((swell[row] + FOLD_MM * (smooth @ ratio)) * free)[:, None]
    return out
