"""The network that judges touch: small pictures of fingertips and palm, and the cues through time."""

from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional

from model.prelabel.patches import COUNT
from model.prelabel.vector import WIDTH

SEEN: Final = 12  # numbers that a patch becomes
CHANNELS: Final = 48
DILATIONS: Final = (1, 2, 4)
NEAR_MM: Final = (6.0, 15.0, 40.0)  # distances that the network learns to tell besides touch
OUT: Final = 1 + COUNT * (1 + len(NEAR_MM))  # any part touches, each does, each is nearer than each of these


class Eye(nn.Module):
    """Patches (n, 3, 32, 32) 0..1 → numbers (n, SEEN)."""

    def __init__(self) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.Conv2d(3, 16, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(16, 32, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(32, 48, 3, 2, 1), nn.ReLU(),
            nn.Conv2d(48, 48, 3, 1, 1), nn.ReLU(),
            nn.Flatten(), nn.Dropout(0.2), nn.Linear(48 * 16, SEEN),
        )  # fmt: skip

    def forward(self, patches: Tensor) -> Tensor:
        """Each patch in its own light: what counts is contrast."""
        mean = patches.mean(dim=(1, 2, 3), keepdim=True)
        spread = patches.std(dim=(1, 2, 3), keepdim=True)
        out: Tensor = self.layers((patches - mean) / (spread + 0.04))
        return out


class Judge(nn.Module):
    """Cues (b, t, WIDTH) and what was seen (b, t, 6 · SEEN) → logits (b, t, OUT)."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Linear(WIDTH + COUNT * SEEN, CHANNELS)
        self.steps = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 3, padding=d, dilation=d) for d in DILATIONS)
        self.mixes = nn.ModuleList(nn.Conv1d(CHANNELS, CHANNELS, 1) for _ in DILATIONS)
        self.leave = nn.Conv1d(CHANNELS, OUT, 1)
        self.drop = nn.Dropout(0.25)

    def forward(self, cues: Tensor, seen: Tensor) -> Tensor:
        """Logits through time."""
        x = functional.gelu(self.enter(torch.cat([cues, seen], dim=2))).transpose(1, 2)
        for step, mix in zip(self.steps, self.mixes, strict=True):
            x = x + self.drop(mix(functional.gelu(step(x))))
        out: Tensor = self.leave(x).transpose(1, 2)
        return out
