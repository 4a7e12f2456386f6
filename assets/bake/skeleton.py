"""The bones of the hand in the hand's own frame: x radial, y distal, z dorsal, millimetres, wrist at 0."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]
LENGTH_MM = 187.0  # wrist to the tip of the straight middle finger, adult mean (ANSUR II, both sexes)
RAYS = ("thumb", "index", "middle", "ring", "little")
BONES = ("palm", *(f"{ray}{i}" for ray in RAYS for i in (1, 2, 3)), "forearm", "elbow")
PARENTS = (-1, *(p for ray in range(5) for p in (0, 3 * ray + 1, 3 * ray + 2)), 0, 16)
# Share of the distance wrist .. joint of Anny at which the anatomical joint lies: Anny's are in the webs.
KNUCKLE = (0.0, 0.845, 0.855, 0.865, 0.865)
THUMB_BASE = np.array([20.0, 21.0, -9.0])  # trapezium: Anny's thumb starts in the middle of the metacarpal


@dataclass(frozen=True)
class Arm:
    """One variant of the body's left arm in the hand frame."""

    vertices: F64  # (n, 3)
    chains: F64  # (n, 5) Anny's weight of each finger with its metacarpal
    heads: dict[str, F64]
    tails: dict[str, F64]


def read_arm(raw: dict[str, np.ndarray], variant: str, keep: NDArray[np.int64]) -> Arm:
    """The arm of `variant`, elbow straightened, scaled to `LENGTH_MM`."""
    names = list(raw["bones"])
    points = raw[f"{variant}_vertices"][keep].astype(float) * 1000
    weights = np.zeros((len(raw["weights"]), len(names)))
    np.add.at(weights, (np.arange(len(weights))[:, None], raw["weight_bones"]), raw["weights"])
    weights = weights[keep]
    heads = {n: raw[f"{variant}_heads"][i] * 1000.0 for i, n in enumerate(names)}
    tails = {n: raw[f"{variant}_tails"][i] * 1000.0 for i, n in enumerate(names)}

    wrist, elbow = heads["wrist.L"], heads["lowerarm01.L"]
    upper = weights[:, [names.index("upperarm01.L"), names.index("upperarm02.L")]].sum(1, keepdims=True)
    turn = rotation_between(elbow - heads["upperarm02.L"], wrist - elbow)
    points = points + upper * ((points - elbow) @ turn.T + elbow - points)

    y = unit(tails["metacarpal2.L"] - wrist)
    z = unit(np.cross(tails["metacarpal1.L"] - tails["metacarpal4.L"], y))
    frame = np.stack([np.cross(y, z), y, z])
    chain = [wrist, *(heads[f"finger3-{i}.L"] for i in (1, 2, 3)), tails["finger3-3.L"]]
    scale = LENGTH_MM / np.linalg.norm(np.diff(chain, axis=0), axis=1).sum()
    place = lambda p: (p - wrist) @ frame.T * scale  # noqa: E731
    chains = np.stack([weights[:, [i for i, n in enumerate(names) if of_ray(n, k)]].sum(1) for k in range(5)], 1)
    return Arm(
        place(points),
        chains,
        {k: place(v) for k, v in heads.items()},
        {k: place(v) for k, v in tails.items()},
    )


def of_ray(name: str, ray: int) -> bool:
    """Whether Anny's bone belongs to a finger or its metacarpal on the left."""
    return name in {f"finger{ray + 1}-{i}.L" for i in (1, 2, 3)} | {f"metacarpal{ray}.L"}


def joints_of(arm: Arm) -> tuple[F64, F64]:
    """Joint positions (17, 3) of BONES without the elbow bone's own, and fingertips (5, 3)."""
    joints = [np.zeros(3)]
    tips = []
    for ray in range(5):
        chain = [arm.heads[f"finger{ray + 1}-{i}.L"] for i in (1, 2, 3)]
        if ray == 0:
            chain[0] = THUMB_BASE * np.linalg.norm(arm.heads["finger2-1.L"]) / 109.0
        else:
            meta = arm.heads[f"metacarpal{ray}.L"] * [1.0, 0.0, 1.0]
            chain[0] = meta + KNUCKLE[ray] * (chain[0] - meta)
        joints += chain
        tips.append(arm.tails[f"finger{ray + 1}-3.L"])
    return np.array(joints + [np.zeros(3)]), np.array(tips)


def frames_of(arm: Arm, quads: NDArray[np.int64], joints: F64, tips: F64) -> F64:
    """Rest frames (18, 3, 3); columns flexion axis (radial), along the bone, dorsal.

    The three bones of a finger share their axis; the forearm's frame is the palm's, the elbow's lies along
    the arm.
    """
    frames = [np.eye(3)]
    for ray in range(5):
        chain = np.vstack([joints[1 + 3 * ray : 4 + 3 * ray], tips[ray : ray + 1]])
        axis = thumb_axis(arm, quads, chain) if ray == 0 else curl_axis(chain)
        frames += [hinge_frame(chain[i + 1] - chain[i], axis) for i in range(3)]
    forearm = unit(-arm.heads["lowerarm01.L"])
    x = unit(np.array([1.0, 0.0, 0.0]) - forearm * forearm[0])
    return np.array([*frames, np.eye(3), np.stack([x, forearm, np.cross(x, forearm)], 1)])


def curl_axis(chain: F64) -> F64:
    """Normal of the plane in which a slightly curled finger (4, 3) lies, pointing radially."""
    bends = np.cross(np.diff(chain, axis=0)[:-1], np.diff(chain, axis=0)[1:]).sum(0)
    return unit(bends) * np.sign(bends[0])


def thumb_axis(arm: Arm, quads: NDArray[np.int64], chain: F64) -> F64:
    """The thumb is straight: its axis follows from the nail, where the quads are smallest."""
    along = unit(chain[3] - chain[2])
    corner = arm.vertices[quads]
    area = np.linalg.norm(np.cross(corner[:, 2] - corner[:, 0], corner[:, 3] - corner[:, 1]), axis=1)
    offset = corner.mean(1) - chain[2]
    end = (arm.chains[quads, 0].min(1) > 0.9) & (offset @ along > 0.35 * np.linalg.norm(chain[3] - chain[2]))
    nail = offset[end & (area < np.percentile(area[end], 40))].mean(0)
    return unit(np.cross(along, nail - along * (nail @ along)))


def hinge_frame(along: F64, axis: F64) -> F64:
    """Right-handed frame with exact x = `axis` and y as near to `along` as possible."""
    y = unit(along - axis * (along @ axis))
    return np.stack([axis, y, np.cross(axis, y)], 1)


def unit(v: F64) -> F64:
    """Unit vector."""
    return v / np.linalg.norm(v)


def rotation_between(a: F64, b: F64) -> F64:
    """Shortest rotation that takes direction `a` to `b` (Rodrigues)."""
    a, b = unit(a), unit(b)
    v = np.cross(a, b)
    k = np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])
    return np.eye(3) + k + k @ k / (1 + a @ b)
