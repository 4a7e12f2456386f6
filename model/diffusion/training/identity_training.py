"""Our own identity encoder: faces of one person nearer to one another than to others' (SupCon, Khosla 2020)."""

from collections import defaultdict

import numpy as np
import torch
from torch.nn import functional

from model.diffusion.network.identity import IdentityEncoder, crop_face
from model.diffusion.training.shards import decode_face
from model.diffusion.training.windows import Entry, read_members

PEOPLE, FACES = 12, 3  # of a batch
TEMPERATURE = 0.15


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
    optimizer = torch.optim.AdamW(encoder.parameters(), lr=1e-3, weight_decay=0.01)
    encoder.train().requires_grad_(True)
    losses = []
    for step in range(steps):
        for group in optimizer.param_groups:
            group["lr"] = 1e-3 * (1 - step / steps) + 1e-5
        chosen = rng.choice(len(people), min(PEOPLE, len(people)), replace=False)
        each = [faces[people[i]] for i in chosen for _ in range(FACES)]
        pictures = [_varied(shots[int(rng.integers(len(shots)))], rng) for shots in each]
        labels = torch.arange(len(chosen)).repeat_interleave(FACES)
        loss = contrast(encoder(torch.stack(pictures)), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    encoder.eval().requires_grad_(False)
    return float(np.mean(losses[-max(steps // 10, 1) :])) if losses else 0.0


def contrast(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Supervised contrastive loss of unit vectors (n, d)."""
    alike = vectors @ vectors.T / TEMPERATURE
    self_ = torch.eye(len(vectors), dtype=torch.bool)
    same = (labels[:, None] == labels[None]) & ~self_
    log_share = functional.log_softmax(alike.masked_fill(self_, -1e9), dim=1)
    return -(log_share * same).sum() / same.sum().clamp_min(1)


def _varied(face: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Another shot: mirrored, moved, in other light, partly covered, as a hand covers a face."""
    if rng.random() < 0.5:
        face = face.flip(2)
    move = torch.eye(2, 3) + torch.from_numpy(rng.normal(0, 0.06, (2, 3)).astype(np.float32))
    grid = functional.affine_grid(move[None], [1, 3, *face.shape[1:]], align_corners=False)
    face = functional.grid_sample(face[None], grid, padding_mode="border", align_corners=False)[0]
    gain = torch.from_numpy(np.exp(rng.normal(0, 0.2) + rng.normal(0, 0.08, (3, 1, 1)))).float()
    face = ((face + 1) * gain - 1).clamp(-1, 1)
    if rng.random() < 0.5:
        x, y = rng.integers(0, 48, 2)
        face = face.clone()
        face[:, y : y + 20, x : x + 20] = float(rng.uniform(-1, 1))
    return face
