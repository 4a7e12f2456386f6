"""Motion and scan → simulation: the skin's answer on a coarse mesh, both surfaces fitted on a fine one."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import scipy.sparse as sparse
from scipy.spatial.transform import Rotation

from model.contact.conform import conform
from model.contact.simulate import SkinTrack, expression_offset, simulate_skin
from model.contact.simulation import Simulation
from model.face import refine
from model.hand import BONES, FOREARM, HandModel, landmarks, pose_bones, skin
from model.motion.motion import HandTrack, Motion
from model.motion.reaction import NECK
from model.scene import F32, F64, U8, FaceScan

WORKERS = min(os.cpu_count() or 1, 4)
FINE_MM = 17.0  # radius around the path in which the skin is refined
FOREARM_BONE, FOREARM_MM = BONES.index("forearm"), 255.0


def pose_hand(model: HandModel, motion: Motion) -> tuple[HandTrack, F32]:
    """The hand's mesh in every frame, and the elbow (f, 3) mm."""
    vertices, normals, joints, elbows = [], [], [], []
    for angles, rotation, position in zip(motion.angles, motion.rotation, motion.position, strict=True):
        bones = pose_bones(model, angles, rotation, position)
        points, outward = skin(model, bones)
        vertices.append(points.astype(np.float32))
        normals.append(outward.astype(np.float32))
        joints.append(landmarks(model, bones).astype(np.float32))
        elbows.append((bones[1][0] - FOREARM_MM * bones[0][FOREARM_BONE][:, 1]).astype(np.float32))
    return HandTrack(np.stack(vertices), np.stack(normals), np.stack(joints)), np.stack(elbows)


def refined(scan: FaceScan, path: F64) -> tuple[FaceScan, sparse.csr_matrix]:
    """The scan refined around `path` (k, 3), and the matrix from its old vertices to the new."""
    plain = replace(scan, subdivision=sparse.identity(len(scan.vertices), format="csr"))
    fine = refine(plain, _thinned(path), FINE_MM)
    carry = fine.subdivision
    assert isinstance(carry, sparse.csr_matrix)
    return replace(fine, subdivision=(carry @ scan.subdivision).tocsr()), carry


def _thinned(path: F64) -> F64:
    """Points of the path, with the middles between them, so that no gap is wider than the radius."""
    return np.concatenate([path, (path[1:] + path[:-1]) / 2]) if len(path) > 1 else path


def collide(scan: FaceScan, model: HandModel, motion: Motion, hand_scale: float) -> Simulation:
    """Skin and hand in every frame, fitted to each other, moved with the head."""
    track, elbow = pose_hand(model, motion)
    touching = np.flatnonzero(model.part != FOREARM).astype(np.int32)
    answer = simulate_skin(scan, motion, track, touching)
    fine, carry = refined(scan, motion.path)
    movable = (fine.rigid < 0.5).astype(np.uint8)

    def fit_frame(frame: int) -> tuple[F32, F32, F32, U8, F32]:
        unloaded = fine.vertices + expression_offset(fine, motion, frame)
        moved, overlap = _spread(answer, carry, frame)
        fit = conform(
            unloaded + moved, fine.triangles, overlap, movable, track.vertices[frame].astype(np.float64),
            track.normals[frame].astype(np.float64), model.triangles, touching, model.part,
        )  # fmt: skip
        dent = -np.einsum("ij,ij->i", fit.face - unloaded, fine.normals)
        single = (fit.face, fit.hand, fit.hand_normals)
        return *(a.astype(np.float32) for a in single), fit.touch, dent.astype(np.float32)

    with ThreadPoolExecutor(WORKERS) as pool:
        rows = list(pool.map(fit_frame, range(len(track.vertices))))
    face, hand, normals, touch, dent = (np.stack(column) for column in zip(*rows, strict=True))
    return _with_head(Simulation(
        scan=fine, motion=motion, face=face, hand=hand, hand_normals=normals, joints=track.joints, elbow=elbow,
        touch=touch, dent=dent, hand_scale=hand_scale,
    ))  # fmt: skip


def _spread(answer: SkinTrack, carry: sparse.csr_matrix, frame: int) -> tuple[F64, F64]:
    """Displacement (n, 3) and the pad's share of the overlap (n,) on the fine mesh."""
    coarse = np.zeros((carry.shape[1], 4))
    coarse[answer.patch, :3] = answer.displacement[frame]
    coarse[answer.patch[answer.pressed], 3] = answer.overlap[frame]
    fine = carry @ coarse
    return fine[:, :3], fine[:, 3]


def _with_head(simulation: Simulation) -> Simulation:
    """Head and hand moved together, so that their contact stays as it is; the outer ring stays with the photo."""
    scan = simulation.scan
    pivot = scan.vertices[:468].mean(axis=0) + NECK
    loose = ((1.0 - scan.skirt**2) ** 2)[:, None]
    face, hand = np.empty_like(simulation.face), np.empty_like(simulation.hand)
    normals, joints, elbow = (np.empty_like(a) for a in (simulation.hand_normals, simulation.joints, simulation.elbow))
    for frame, head in enumerate(simulation.motion.head):
        turn, shift = Rotation.from_rotvec(head[3:]).as_matrix(), head[:3]
        here = simulation.face[frame].astype(np.float64)
        face[frame] = here + loose * (_moved(here, turn, shift, pivot) - here)
        hand[frame] = _moved(simulation.hand[frame], turn, shift, pivot)
        normals[frame] = simulation.hand_normals[frame] @ turn.T
        joints[frame] = _moved(simulation.joints[frame], turn, shift, pivot)
        elbow[frame] = _moved(simulation.elbow[frame], turn, shift, pivot)
    return replace(simulation, face=face, hand=hand, hand_normals=normals, joints=joints, elbow=elbow)


def _moved(points: F64, turn: F64, shift: F64, pivot: F64) -> F64:
    return (points - pivot) @ turn.T + pivot + shift
