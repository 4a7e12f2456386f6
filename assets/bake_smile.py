"""Bake `face_smile.npz`: how faces move from neutral to a smile, the mean and the axes in which people differ.

`python assets/bake_smile.py FOLDER` with pairs named `*_neutral.jpg` and `*_smiling.jpg`. The shipped file was made
from the Face Research Lab London Set (DeBruine & Jones 2017, doi 10.6084/m9.figshare.5047666, CC BY 4.0), 74 pairs
of photos; it holds means and axes of all, no single person's data.
"""

import sys
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from model.body import LANDMARKS, STEADY
from model.face import load_photo, networks
from model.face.pose import similarity
from model.face.shape import mean_shape, mirror_landmarks
from model.face.smile import ASSET
from model.scene import F64

AXES = 3  # in which smiles differ
LIFTED = (116, 345, 123, 352, 4)  # steady landmarks that a smile moves after all: cheekbones, the tip of the nose
RIDGE = 30.0  # of the line along which a photo's smile is read, in units of the mean eigenvalue times 1e-3
DEPTH_TRUST = (1.0, 1.0, 0.6)  # Face Mesh guesses depth
NEAR_MM = 55.0  # from the middle of the mouth: landmarks that are read


def main(folder: str) -> None:
    """Write the asset."""
    pairs = [pair for pair in map(shapes_of, sorted(Path(folder).glob("*_neutral.jpg"))) if pair is not None]
    neutral, smiling = (np.array(side) for side in zip(*pairs, strict=True))
    fields = (smiling - neutral) * DEPTH_TRUST
    flip = mirror_landmarks()
    mirrored = (fields * [-1, 1, 1])[:, flip]
    mean = (fields.mean(axis=0) + mirrored.mean(axis=0)) / 2
    away = (fields - mean).reshape(len(fields), -1)
    _, value, axes = np.linalg.svd(away, full_matrices=False)
    spread = value / np.sqrt(len(fields))
    line, zero = reading_line(neutral, smiling)
    np.savez_compressed(
        ASSET, mean=mean.astype(np.float16), line=line.astype(np.float32), zero=np.float32(zero),
        axes=(axes[:AXES] * spread[:AXES, None]).reshape(AXES, LANDMARKS, 3).astype(np.float16),
    )  # fmt: skip
    share = (value[:AXES] ** 2).sum() / (value**2).sum()
    print(
        f"{len(pairs)} pairs; mean smile {np.linalg.norm(mean, axis=1).max():.1f} mm; axes hold {share:.0%} of the rest"
    )


def shapes_of(neutral: Path) -> tuple[F64, F64] | None:
    """Shapes (468, 3) mm of a person's two photos in the frame of the mean face, None where one shows no face."""
    both = []
    for path in (neutral, neutral.with_name(neutral.name.replace("neutral", "smiling"))):
        found = networks.mesh(load_photo(str(path))) if path.exists() else None
        if found is None:
            return None
        both.append(found[:LANDMARKS])
    steady = [i for i in STEADY if i not in LIFTED]
    rotation, scale, shift = similarity(mean_shape()[steady], both[0][steady])
    first = (both[0] - shift) @ rotation / scale
    rotation, scale, shift = similarity(first[steady], both[1][steady])
    return first, (both[1] - shift) @ rotation / scale


def reading_line(neutral: F64, smiling: F64) -> tuple[F64, float]:
    """Weights (468, 3) and offset: shape (468, 3) mm · weights − offset is 0 for neutral faces, 1 for smiles.

    Ridge regression on both sides of each face.
    """
    near = np.linalg.norm(mean_shape() - mean_shape()[[13, 14]].mean(axis=0), axis=1) < NEAR_MM
    flip = mirror_landmarks()
    shapes = np.concatenate([neutral, smiling])
    shapes = np.concatenate([shapes, (shapes * [-1, 1, 1])[:, flip]])
    wanted = np.tile(np.repeat([0.0, 1.0], len(neutral)), 2)
    flat = (shapes - mean_shape())[:, near].reshape(len(shapes), -1)
    middle = flat.mean(axis=0)
    centred = flat - middle
    gram = centred @ centred.T
    weights = centred.T @ np.linalg.solve(
        gram + RIDGE * 1e-3 * np.trace(gram) * np.eye(len(gram)), wanted - wanted.mean()
    )
    line = np.zeros((LANDMARKS, 3))
    line[near] = weights.reshape(-1, 3)
    zero = float(middle @ weights + (mean_shape() * line).sum() - wanted.mean())
    read = (shapes * line).sum(axis=(1, 2)) - zero
    low, high = (float(np.median(read[wanted == side])) for side in (0, 1))  # ridge draws both to the middle
    line, zero = line / (high - low), (zero + low) / (high - low)
    read = (read - low) / (high - low)
    print("read of neutral", np.percentile(read[wanted == 0], [5, 50, 95]).round(2), "of smiling",
          np.percentile(read[wanted == 1], [5, 50, 95]).round(2))  # fmt: skip
    return line, zero


if __name__ == "__main__":
    main(sys.argv[1])
