"""What photographs of hands have in common and how they differ, on the baked hand's own texture.

MakeHuman's skins lie on the base mesh's own texture coordinates: a texel of ours takes the colour of the nearest point
of the base mesh. Of a picture only what is finer than `COARSE_MM` is kept, as amounts of melanin and blood.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from scipy.spatial import cKDTree

from .fields import F64, Texels
from .skeleton import read_arm

SKIN_PX: Final = 2048  # side of MakeHuman's textures
CROP: Final = (732, 1636)  # left, top of the right hand in them, px
FINE: Final = 8  # points along a side of a quad, where a texel is looked up
FARTHEST_MM: Final = 6.0  # from the base mesh: beyond it nothing is known
WRIST_MM: Final = (6.0, 20.0)  # y over which the picture fades in: it ends at the wrist
COARSE_MM, TEXEL_MM = 14.0, 0.58  # coarsest blotches that are kept, and a texel of the photographs
STRONGEST: Final = 0.45  # of the logarithm of a colour over its surroundings: shine and dirt are more
BLOOD: Final = np.array([0.18, 0.62, 0.50])  # absorption in linear RGB, as model/hand/texture.py has it
MELANIN: Final = np.array([0.42, 0.62, 0.80])
DARK_SHOWN: Final = 0.5  # of the mean of dark hands, whose palms' borders and coarse compression are in it
SHARE: Final = 0.97  # of the variance that the components together keep
MOST: Final = 8


@dataclass(frozen=True)
class Photographs:
    """A linear model of how hands differ from each other."""

    light: F64  # (k, 2) mean melanin and blood of light hands at the covered texels
    dark: F64  # (k, 2) and of dark ones
    components: F64  # (c, k, 2) each at one standard deviation
    scores: F64  # (p, c) of the pictures
    is_dark: np.ndarray  # (p,) bool
    known: F64  # (k,) 0..1


def points_of(raw: dict[str, np.ndarray]) -> tuple[F64, F64]:
    """Points (p, 3) mm of the right hand's skin, mirrored into the left hand's frame, and where they lie (p, 2)."""
    names = np.array(raw["bones"])
    main = names[np.take_along_axis(raw["weight_bones"], raw["weights"].argmax(1)[:, None], 1)[:, 0]]
    hand = np.array([n.endswith(".R") and n.startswith(("wrist", "finger", "metacarpal", "lowerarm")) for n in main])
    chosen = hand[raw["quads"]].all(1)
    mirrored = {**raw, "base_vertices": raw["base_vertices"] * [-1.0, 1.0, 1.0]}
    vertices = read_arm(mirrored, "base", np.arange(len(main))).vertices
    corners, places = vertices[raw["quads"][chosen]], raw["uv"][raw["uv_quads"][chosen]].astype(float)
    step = (np.arange(FINE) + 0.5) / FINE
    s, t = (grid.ravel() for grid in np.meshgrid(step, step))
    weights = np.stack([(1 - s) * (1 - t), s * (1 - t), s * t, (1 - s) * t], 1)
    return (weights @ corners).reshape(-1, 3), (weights @ places).reshape(-1, 2)


def looked_up(texels: Texels, raw: dict[str, np.ndarray]) -> tuple[F64, F64]:
    """Where each texel lies in the crops (k, 2) px, and how well that is known (k,)."""
    points, places = points_of(raw)
    gap, near = cKDTree(points).query(texels.points, k=3)
    weight = 1 / (gap + 0.05)
    place = (places[near[:, :1]] * 1.0).reshape(-1, 2)
    same = np.linalg.norm(places[near] - place[:, None], axis=2) < 8 / SKIN_PX  # not over a seam
    weight = weight * same
    place = (places[near] * weight[..., None]).sum(1) / weight.sum(1, keepdims=True)
    pixel = np.column_stack([place[:, 0] * SKIN_PX - CROP[0], (1 - place[:, 1]) * SKIN_PX - CROP[1]])
    y = np.clip((texels.points[:, 1] - WRIST_MM[0]) / (WRIST_MM[1] - WRIST_MM[0]), 0, 1)
    return pixel, y * (gap[:, 0] < FARTHEST_MM)


def pigments(picture: np.ndarray, pixel: F64, known: F64, mask: np.ndarray) -> F64:
    """Melanin and blood (k, 2) of a picture against its surroundings, 0 where it is not known."""
    linear = (picture.astype(np.float32) / 255) ** 2.2
    x, y = pixel[:, 0].astype(np.float32) - 0.5, pixel[:, 1].astype(np.float32) - 0.5
    rows = [cv2.remap(linear, x[None, i : i + 30000], y[None, i : i + 30000], cv2.INTER_CUBIC)[0]
            for i in range(0, len(x), 30000)]  # fmt: skip
    logs = np.log(np.clip(np.concatenate(rows), 0.004, 1))
    image, weight = np.zeros((*mask.shape, 3), np.float32), np.zeros(mask.shape, np.float32)
    image[mask], weight[mask] = logs * known[:, None], known

    sigma = COARSE_MM / 2 / TEXEL_MM
    total, share = (cv2.GaussianBlur(x, (0, 0), sigma) for x in (image, weight))
    around = total / np.maximum(share, 1e-4)[..., None]
    detail = np.clip(logs - around[mask], -STRONGEST, STRONGEST)
    axes = -np.stack([MELANIN, BLOOD], 1)
    amounts = detail @ np.linalg.pinv(axes).T
    return np.asarray(amounts * known[:, None])


def read_photographs(folder: Path, texels: Texels, raw: dict[str, np.ndarray]) -> Photographs:
    """The model of all MakeHuman skins in `folder`; on nails (k,) 0..1, which shine in them, nothing is known."""
    pixel, known = looked_up(texels, raw)
    names = sorted(p for p in folder.glob("*.png") if not p.stem.endswith(("NRM", "SPEC")))
    pictures = [cv2.imread(str(p))[:, :, ::-1] for p in names]
    details = np.stack([pigments(p, pixel, known, texels.mask) for p in pictures])
    dark = np.array(["dark" in p.stem or "african" in p.stem for p in names])
    means = np.stack([details[~dark].mean(0), details[dark].mean(0)])
    flat = (details - means[dark.astype(int)]).reshape(len(details), -1)
    left, size, axes = np.linalg.svd(flat, full_matrices=False)
    kept = min(int(np.searchsorted(np.cumsum(size**2) / (size**2).sum(), SHARE)) + 1, MOST)
    root = np.sqrt(len(details))
    components = (axes[:kept] * size[:kept, None] / root).reshape(kept, -1, 2)
    return Photographs(means[0], DARK_SHOWN * means[1], components, left[:, :kept] * root, dark, known)
