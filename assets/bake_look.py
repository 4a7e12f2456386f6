"""Bake `hand_look.npz`: a model of how hands look, from photographs of hands.

`python assets/bake_look.py arm_raw.npz HANDS` in the project's environment, after `bake_anny.py` in Anny's and
`bake_hand.py`. HANDS holds `makehuman/*.png`, the hand's island (410 x 396 px at 732, 1636) of MakeHuman's 2048 px
skins, and `hafnia/`, the textures of Hafnia Hands.
"""

import sys
from pathlib import Path

import cv2
import numpy as np
from bake.detail import detail_bands
from bake.fields import F64, Texels, spread, texels_of
from bake.paint import (
    back_mask,
    border_mask,
    finger_folds,
    flush,
    joint_ovals,
    knuckle_bumps,
    palm_lines,
    palm_mask,
    tendons,
    veins,
    wrinkles,
)
from bake.photographs import read_photographs

HERE = Path(__file__).parent
SIDES = {"fine": 1024, "broad": 512, "photo": 384}  # px of lines, of what is broad, and of what photographs show
FOLDS, WRINKLES, VEINS = 3, 4, 6  # variants
FLUSH_SOFT_PX = 6.0  # blur of redness: 2.6 mm
CREDIT = (
    "A linear model and band statistics of photographic hands: MakeHuman system skins (CC0, "
    "https://github.com/makehumancommunity/makehuman-assets), mindfront's skin of an African man (CC0, MakeHuman "
    "community skins02), Hafnia Hands (MIT, (C) Henning Pohl, https://github.com/henningpohl/Hafnia-Hands)."
)


def rest_texels(hand: dict[str, np.ndarray], size: int) -> Texels:
    """The texels of a texture (size, size) of the baked hand."""
    weights = np.zeros((len(hand["vertices"]), len(hand["bones"])))
    np.add.at(weights, (np.arange(len(weights))[:, None], hand["bone_index"]), hand["bone_weight"])
    mesh = hand["vertices"].astype(float), hand["normals"].astype(float), weights
    return texels_of(*mesh, hand["triangles"], hand["uv"], hand["uv_triangles"], size)


def stored(fields: list[F64], texels: Texels, low: float = 0.0, high: float = 1.0) -> np.ndarray:
    """Images (f, s, s) uint8 of fields (k,) from `low` to `high`."""
    out = np.zeros((*texels.mask.shape, len(fields)))
    out[texels.mask] = np.clip((np.column_stack(fields) - low) / (high - low), 0, 1) * 255
    return np.moveaxis(np.round(spread(out, texels.mask)), 2, 0).astype(np.uint8)


def main(raw_path: Path, hands: Path) -> None:
    """Write `hand_look.npz` beside this file."""
    raw, hand = dict(np.load(raw_path)), dict(np.load(HERE / "hand.npz"))
    frames, tips, joints = hand["frames"], hand["fingertips"], hand["joints"]
    bones = joints, frames, tips
    fine, broad, photo = (rest_texels(hand, SIDES[name]) for name in ("fine", "broad", "photo"))
    side = border_mask(fine, frames)
    folds = [np.maximum(finger_folds(fine, bones, side, v), palm_lines(fine, side, v)) for v in range(FOLDS)]
    lines = [wrinkles(fine, bones, side, v) for v in range(WRINKLES)]
    hard = border_mask(broad, frames)
    back, ovals = back_mask(broad, hard), joint_ovals(broad, bones, hard)
    bumps = knuckle_bumps(broad, joints, back)
    model = read_photographs(hands / "makehuman", photo, raw)
    scale = np.abs(model.components).max() + 1e-9
    apart = np.moveaxis(model.components, 2, 1)
    light_dark = np.concatenate([model.light, model.dark], 1).T
    np.savez_compressed(
        HERE / "hand_look.npz",
        folds=stored(folds, fine), wrinkles=stored(lines, fine),
        palm=stored([palm_mask(broad, frames)], broad)[0], ovals=stored([ovals], broad)[0],
        bumps=stored([bumps], broad)[0], tendons=stored([tendons(broad, joints, back)], broad)[0],
        veins=stored([veins(broad, back, v) for v in range(VEINS)], broad),
        flush=cv2.GaussianBlur(stored([flush(broad, hard, ovals, bumps)], broad)[0], (0, 0), FLUSH_SOFT_PX),
        means=stored(list(light_dark), photo, -scale, scale),
        components=stored(list(apart.reshape(-1, apart.shape[-1])), photo, -scale, scale),
        scale=np.array(scale, np.float32), scores=model.scores.astype(np.float32), is_dark=model.is_dark,
        **detail_bands(hands / "hafnia"), credit=np.array(CREDIT),
    )  # fmt: skip
    print({k: v.shape for k, v in np.load(HERE / "hand_look.npz").items()})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
