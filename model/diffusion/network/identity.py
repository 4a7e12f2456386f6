"""The ID Preserver: who is shown, as tokens that the denoiser attends to.

The paper takes ArcFace. Its weights are non-commercial, so a small encoder of our own ships, and an ArcFace-type
ONNX file can be plugged in by its path.
"""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.modeling_utils import ModelMixin
from torch import nn

from model.errors import InputError
from model.scene import U8

SIDE = 64  # px of the face that the encoder sees
ONNX_SIDE = 112  # px
AROUND = 1.1  # side of the crop over the face's
LEAST_SIDE = 8  # px that a face is taken to have


class IdentityEncoder(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """Face (b, 3, 64, 64) in -1..1 → unit vector (b, dim)."""

    @register_to_config
    def __init__(self, channels: tuple[int, ...] = (16, 32, 64, 128), dim: int = 128) -> None:
        super().__init__()
        layers: list[nn.Module] = []
        before = 3
        for each in channels:
            layers += [nn.Conv2d(before, each, 3, stride=2, padding=1), nn.GroupNorm(8, each), nn.SiLU()]
            layers += [nn.Conv2d(each, each, 3, padding=1), nn.GroupNorm(8, each), nn.SiLU()]
            before = each
        self.layers = nn.Sequential(*layers)
        last = SIDE // 2 ** len(channels)
        self.out = nn.Linear(before * last * last, dim)

    def forward(self, faces: torch.Tensor) -> torch.Tensor:
        """Unit vectors (b, dim)."""
        return nn.functional.normalize(self.out(self.layers(faces).flatten(1)), dim=1)


class OnnxEncoder:
    """An ArcFace-type network in an ONNX file: face (b, 3, 112, 112) → unit vector (b, dim). Needs onnxruntime."""

    def __init__(self, path: str | Path) -> None:
        try:
            import onnxruntime  # type: ignore[import-not-found]
        except ImportError as error:
            raise InputError("An ONNX face encoder needs onnxruntime: `pip install onnxruntime`.") from error
        if not Path(path).is_file():
            raise InputError(f"There is no ONNX file {path}: check the path.")
        try:
            self.session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
            self.name = self.session.get_inputs()[0].name
            self.dim = self(torch.zeros(1, 3, ONNX_SIDE, ONNX_SIDE)).shape[1]
        except Exception as error:  # onnxruntime has an error class of its own for every fault
            raise InputError(f"{path} is not an ONNX network: {str(error)[:80]}") from error

    def __call__(self, faces: torch.Tensor) -> torch.Tensor:
        """Unit vectors (b, dim) of faces (b, 3, h, w) in -1..1."""
        large = nn.functional.interpolate(faces, (ONNX_SIDE, ONNX_SIDE), mode="bilinear")
        out: Any = self.session.run(None, {self.name: large.numpy(force=True).astype(np.float32)})[0]
        return nn.functional.normalize(torch.from_numpy(out).to(faces), dim=1)


def crop_face(photo: U8, face: np.ndarray) -> torch.Tensor:
    """The face (3, 64, 64) in -1..1 of a photo (h, w, 3) by its mask (h, w); the middle where there is no mask."""
    rows, columns = np.flatnonzero(face.any(axis=1)), np.flatnonzero(face.any(axis=0))
    height, width = photo.shape[:2]
    if not len(rows):
        rows, columns = np.array([height // 4, height * 3 // 4]), np.array([width // 4, width * 3 // 4])
    middle = np.array([columns[0] + columns[-1], rows[0] + rows[-1]]) / 2
    side = max(rows[-1] - rows[0], columns[-1] - columns[0], LEAST_SIDE) * AROUND
    scale = SIDE / side
    move = np.array([[scale, 0, SIDE / 2 - scale * middle[0]], [0, scale, SIDE / 2 - scale * middle[1]]])
    flags = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.warpAffine(photo, move, (SIDE, SIDE), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return torch.from_numpy(small).permute(2, 0, 1).float() / 127.5 - 1
