"""Our own identity encoder: faces of one person nearer to one another than to others' (SupCon, Khosla 2020)."""

from collections import defaultdict

import numpy as np
import torch
from torch.nn import functional

from model.diffusion.network.identity import IdentityEncoder, crop_face
from model.diffusion.training.encoding import decode_face
from model.diffusion.training.shards import Entry, read_members

PEOPLE, FACES = 12, 3  # of a batch
TEMPERATURE = 0.15  # of the loss
RATE, LAST_RATE = 1e-3, 1e-5  # learning rate at first, and what is left of it
MOVED = 0.06  # standard deviation of a shot's turn, scale and shift, in halves of the picture
BRIGHTER, TINTED = 0.2, 0.08  # standard deviation of other light's logarithm: of all channels, and of each alone
COVER = 20  # px: side of what covers the face in half of the shots


def gather_faces(entries: list[Entry], seed: int, limit: int = 400) -> dict[str, list[torch.Tensor]]:
    """Faces (3, 64, 64) by person, of at most `limit` samples drawn by the seed."""
    faces: dict[str, list[torch.Tensor]] = defaultdict(list)
    for index in np.random.default_rng((seed, 5)).permutation(len(entries))[:limit]:
        person, photo, face = decode_face(read_members(entries[int(index)], ("json", "photo.png", "maps.npz")))
        faces[person].append(crop_face(photo, face > 127))
    return dict(faces)


def train_identity(encoder: IdentityEncoder, faces: dict[str, list[torch.Tensor]], steps: int, seed: int) -> float:
    """Train in place; the mean loss of the last tenth."""
    people = sorted(faces)
    rng = np.random.default_rng((seed, 11))
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=RATE, weight_decay=0.01)
    encoder.train().requires_grad_(True)
    losses = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = RATE * (1 - step / steps) + LAST_RATE
        chosen = rng.choice(len(people), min(PEOPLE, len(people)), replace=False)
        each = [faces[people[i]] for i in chosen for _ in range(FACES)]
        pictures = [_augment(shots[int(rng.integers(len(shots)))], rng) for shots in each]
        labels = torch.arange(len(chosen)).repeat_interleave(FACES)
        loss = contrastive_loss(encoder(torch.stack(pictures)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    encoder.eval().requires_grad_(False)
    return float(np.mean(losses[-max(steps // 10, 1) :])) if losses else 0.0


def contrastive_loss(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Supervised contrastive loss of unit vectors (n, d)."""
    alike = vectors @ vectors.T / TEMPERATURE
    self_ = torch.eye(len(vectors), dtype=torch.bool)
    same = (labels[:, None] == labels[None]) & ~self_
    log_share = functional.log_softmax(alike.masked_fill(self_, -1e9), dim=1)
    return -(log_share * same).sum() / same.sum().clamp_min(1)


def _augment(face: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Another shot: mirrored, moved, in other light, partly covered, as a hand covers a face."""
    if rng.random() < 0.5:
        face = face.flip(2)
    move = torch.eye(2, 3) + torch.from_numpy(rng.normal(0, MOVED, (2, 3)).astype(np.float32))
    grid = functional.affine_grid(move[None], [1, 3, *face.shape[1:]], align_corners=False)
    face = functional.grid_sample(face[None], grid, padding_mode="border", align_corners=False)[0]
    gain = torch.from_numpy(np.exp(rng.normal(0, BRIGHTER) + rng.normal(0, TINTED, (3, 1, 1)))).float()
    face = ((face + 1) * gain - 1).clamp(-1, 1)
    if rng.random() < 0.5:
        x, y = rng.integers(0, 48, 2)
        face = face.clone()
        face[:, y : y + COVER, x : x + COVER] = float(rng.uniform(-1, 1))
    return face
