"""Motion and scan → simulation: the skin's answer on a coarse mesh, both surfaces fitted on a fine one."""

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sparse
from scipy.spatial.transform import Rotation

from model.body import FOREARM_BONE, FOREARM_PART, LANDMARKS
from model.contact.conform import Fit, Pads, Skin, conform
from model.contact.gather import shares
from model.contact.simulate import DrivenSkin, SkinTrack, drive_skin, expression_offset, simulate_skin
from model.contact.simulation import Simulation
from model.face import refine
from model.face.expression import level_at
from model.hand import HandModel, landmarks, load_hand, pose_bones, skin_hand
from model.motion.motion import Motion, PosedHand
from model.motion.reaction import NECK
from model.scene import F64, I32, FaceScan

WORKERS = min(os.cpu_count() or 1, 4)
FINE_MM = 17.0  # radius around the path in which the skin is refined
FIRM = 0.98  # of the most that a motion presses
ELBOW_MM = 255.0  # from the wrist, along the forearm


@dataclass(frozen=True)
class Posed:
    """A hand on its way to a face whose skin has not answered yet."""

    scan: FaceScan  # refined around the path
    carry: sparse.csr_matrix  # from the vertices of the scan as it came to the refined ones
    model: HandModel
    motion: Motion
    hand: PosedHand
    touching: I32  # (p,) vertices of the hand that may touch
    skin: DrivenSkin
    hand_scale: float  # 1 for the adult mean


def pose(scan: FaceScan, model: HandModel, motion: Motion) -> Posed:
    """All that can be known before the skin answers; the mesh is refined meanwhile."""
    scan = replace(scan, expressions=level_at(scan, motion.path))
    with ThreadPoolExecutor(1) as pool:
        refining = pool.submit(refined, scan, motion.path)
        hand = pose_hand(model, motion)
        touching = np.flatnonzero(model.part < FOREARM_PART).astype(np.int32)
        skin = drive_skin(scan, motion, hand, touching, firm_moment(motion) + 2)
        fine, carry = refining.result()
    return Posed(fine, carry, model, motion, hand, touching, skin, model.length / load_hand().length)


def pose_hand(model: HandModel, motion: Motion) -> PosedHand:
    """The hand's mesh in every frame."""
    vertices, normals, joints, elbows = [], [], [], []
    for angles, rotation, position in zip(motion.angles, motion.rotation, motion.position, strict=True):
        bones = pose_bones(model, angles, rotation, position)
        points, outward = skin_hand(model, bones)
        vertices.append(points.astype(np.float32))
        normals.append(outward.astype(np.float32))
        joints.append(landmarks(model, bones).astype(np.float32))
        elbows.append((bones.position[0] - ELBOW_MM * bones.rotation[FOREARM_BONE][:, 1]).astype(np.float32))
    return PosedHand(np.stack(vertices), np.stack(normals), np.stack(joints), np.stack(elbows))


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


def firm_moment(motion: Motion) -> int:
    """The first frame in which the hand presses as it means to."""
    return int(np.argmax(motion.press >= FIRM * motion.press.max()))


def collide_moment(posed: Posed) -> Simulation:
    """The moment of contact, before the rest of the clip: other frames than it and its neighbours are empty."""
    frames, moment = len(posed.motion.press), firm_moment(posed.motion)
    last = min(moment + 1, frames - 1)
    answer = simulate_skin(posed.skin, last + 1)
    return _fitted(posed, answer, list(range(max(moment - 1, 0), last + 1)))


def collide(posed: Posed) -> Simulation:
    """Skin and hand in every frame, fitted to each other, moved with the head."""
    frames = len(posed.motion.press)
    return _fitted(posed, simulate_skin(posed.skin, frames), list(range(frames)))


def _fitted(posed: Posed, answer: SkinTrack, frames: list[int]) -> Simulation:
    """Both surfaces in `frames`, mesh against mesh."""
    fine, motion, track, model = posed.scan, posed.motion, posed.hand, posed.model
    movable = (fine.rigid < 0.5).astype(np.uint8)
    shape = (len(motion.press), len(fine.vertices))
    hands = track.vertices.shape
    simulation = Simulation(
        scan=fine, motion=motion, face=np.zeros((*shape, 3), np.float32), hand=np.zeros(hands, np.float32),
        hand_normals=np.zeros(hands, np.float32), joints=track.joints.copy(), elbow=track.elbow.copy(),
        touch=np.zeros(shape, np.uint8), dent=np.zeros(shape, np.float32), hand_scale=posed.hand_scale,
    )  # fmt: skip
    pinch = posed.skin.pinch
    gathered = None if pinch is None else shares(pinch, fine)

    def fit_frame(frame: int) -> None:
        unloaded = fine.vertices + expression_offset(fine, motion, frame)
        moved, overlap = _spread(answer, posed.carry, frame)
        if pinch is not None and gathered is not None:
            moved += gathered @ pinch.moves[frame]
        skin = Skin(unloaded + moved, fine.triangles, overlap, movable)
        points, normals = track.vertices[frame].astype(np.float64), track.normals[frame].astype(np.float64)
        fit = conform(skin, Pads(points, normals, model.triangles, posed.touching, model.part))
        simulation.dent[frame] = -np.einsum("ij,ij->i", fit.face - unloaded, fine.normals)
        simulation.touch[frame] = fit.touch
        _move_with_head(simulation, frame, fit)

    with ThreadPoolExecutor(WORKERS) as pool:
        list(pool.map(fit_frame, frames))
    return simulation


def _spread(answer: SkinTrack, carry: sparse.csr_matrix, frame: int) -> tuple[F64, F64]:
    """Displacement (n, 3) and the pad's share of the overlap (n,) on the fine mesh."""
    coarse = np.zeros((carry.shape[1], 4))
    coarse[answer.patch, :3] = answer.displacement[frame]
    coarse[answer.patch[answer.pressed], 3] = answer.overlap[frame]
    fine = carry @ coarse
    return fine[:, :3], fine[:, 3]


def _move_with_head(simulation: Simulation, frame: int, fit: Fit) -> None:
    """Head and hand moved together, so that their contact stays as it is; the outer ring stays with the photo."""
    scan, head = simulation.scan, simulation.motion.head[frame]
    pivot = scan.vertices[:LANDMARKS].mean(axis=0) + NECK
    loose = ((1.0 - scan.skirt**2) ** 2)[:, None]
    turn, shift = Rotation.from_rotvec(head[3:]).as_matrix(), head[:3]
    simulation.face[frame] = fit.face + loose * (_moved(fit.face, turn, shift, pivot) - fit.face)
    simulation.hand[frame] = _moved(fit.hand, turn, shift, pivot)
    simulation.hand_normals[frame] = fit.hand_normals @ turn.T
    simulation.joints[frame] = _moved(simulation.joints[frame], turn, shift, pivot)
    simulation.elbow[frame] = _moved(simulation.elbow[frame], turn, shift, pivot)


def _moved(points: F64, turn: F64, shift: F64, pivot: F64) -> F64:
    return (points - pivot) @ turn.T + pivot + shift
