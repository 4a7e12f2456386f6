"""Small seeded components and drawn clips: a disc for a hand before a square for a face, no physics."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

from annotation.labels import Contact, Labels
from model.clip import Guidance
from model.diffusion.appearance import Appearance
from model.diffusion.network.denoiser import Conditions, InterAnimateDenoiser
from model.diffusion.network.guidance_channels import CHANNELS
from model.diffusion.network.identity import IdentityEncoder
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.training.config import Config
from model.diffusion.training.options import TrainingOptions
from model.diffusion.training.sample import Sample
from model.diffusion.training.shards import write_shard
from model.version import PHYSICS_VERSION

SMALL = Config(
    name="tiny",
    denoiser={
        "channels": (8, 16), "layers": 1, "patch": 2, "groups": 4, "head_dim": 8, "attention_levels": (1,),
        "region_levels": (0, 1), "motion_levels": (1,), "latent_dim": 16, "spatial_latents": 4, "temporal_latents": 4,
        "token_dim": 16, "identity_dim": 16,
    },
    identity={"channels": (8, 8, 16), "dim": 16},
    picture=64, crop=32, window=4, batch=2, identity_steps=3,
)  # fmt: skip


def draw_guidance(frames: int = 6, size: int = 64) -> Guidance:
    """A disc that comes from the right and touches the middle of a square."""
    rows, columns = np.mgrid[:size, :size].astype(np.float32)
    middle = size / 2
    x = np.linspace(size * 0.9, middle + 4, frames)
    away = np.stack([np.hypot(columns - a, rows - middle) for a in x])
    radius = size / 6
    hand = away < radius
    face = (abs(columns - middle) < size / 4) & (abs(rows - middle) < size / 3)
    normals = np.zeros((frames, size, size, 3))
    normals[..., 0] = np.where(hand, (columns - x[:, None, None]) / radius, 0)
    normals[..., 1] = np.where(hand, (rows - middle) / radius, 0)
    normals[..., 2] = np.where(hand, -np.sqrt(np.maximum(1 - (away / radius) ** 2, 0)), 0)
    touched = hand & (away > radius - 3) & face & (np.arange(frames)[:, None, None] >= frames // 2)
    joints = np.zeros((frames, 21, 2), np.float32)
    joints[..., 0] = x[:, None] + np.cos(np.arange(21)) * radius / 2
    joints[..., 1] = middle + np.sin(np.arange(21)) * radius / 2
    flow = np.where(touched[..., None], 1.5, 0.0) * [1.0, 0.0]
    return Guidance(
        hand_normals=np.round(normals * 127).astype(np.int8),
        hand_albedo=np.where(hand[..., None], [210, 160, 140], 0).astype(np.uint8),
        hand_depth=np.where(hand, -10, 0).astype(np.float16),
        hand_parts=np.where(hand, 2, 0).astype(np.uint8),
        hand_mask=np.where(hand, 255, 0).astype(np.uint8),
        face_mask=np.where(face & ~hand, 255, 0).astype(np.uint8),
        contact_mask=np.where(touched, 2, 0).astype(np.uint8),
        shadow=np.where((away < radius + 3) & ~hand & face, 180, 255).astype(np.uint8),
        flow=flow.astype(np.float16),
        joints=joints,
    )


def draw_sample(seed: int = 0, frames: int = 6, size: int = 64, person: str = "p0", split: str = "train") -> Sample:
    """A clip whose hand is a shaded disc."""
    rng = np.random.default_rng(seed)
    guidance = draw_guidance(frames, size)
    photo = np.clip(rng.normal(120, 20, (size // 4, size // 4, 3)), 0, 255).astype(np.uint8).repeat(4, 0).repeat(4, 1)
    photo[guidance.face_mask.max(axis=0) > 0] = (200, 150, 130)
    target = np.repeat(photo[None], frames, axis=0)
    hand = guidance.hand_mask > 0
    target[hand] = (np.array([210, 160, 140]) * (0.6 - 0.4 * guidance.hand_normals[hand][:, 2:] / 127)).astype(np.uint8)
    contact = Contact("c1", "left", "index", "left_cheek", frames // 2, frames - 1)
    labels = Labels("poke-left-cheek", 8.0, frames, size, size, "simulated", "physics", contacts=(contact,))
    return Sample(
        key=f"{seed:06d}-0", person=person, split=split, pattern="poke-left-cheek", intensity=1.0, fps=8.0,
        photo=photo, target=target, guidance=guidance, appearance=Appearance((0.5, 0.3, 0.25)), labels=labels,
    )  # fmt: skip


def write_data(folder: Path, train: int = 4, test: int = 2, physics: int | None = PHYSICS_VERSION) -> Path:
    """A data set of drawn clips of several people."""
    folder.mkdir(parents=True, exist_ok=True)
    for split, count in (("train", train), ("test", test)):
        samples = [replace(draw_sample(i, person=f"{split}{i % 3}"), split=split) for i in range(count)]
        write_shard(folder / f"{split}-00000.tar", samples, {"physics": physics})
    return folder


def options_of(data: str, output: Path, **changes: object) -> TrainingOptions:
    """Options of a run of seconds."""
    base = TrainingOptions(data, str(output), steps=4, workers=0, measure_every=2, measured_clips=1)
    return replace(base, **changes)  # type: ignore[arg-type]


def small_denoiser(seed: int = 0, **changes: object) -> InterAnimateDenoiser:
    """A denoiser none of whose layers is zero any more."""
    torch.manual_seed(seed)
    network = InterAnimateDenoiser(**{**SMALL.denoiser, **changes})
    for parameter in network.parameters():
        if parameter.dim() > 1 and not parameter.any():
            torch.nn.init.normal_(parameter, std=0.2)
    return network.eval()


def small_pipeline(seed: int = 0, **changes: object) -> InterAnimatePipeline:
    """Pipeline of small components."""
    denoiser = small_denoiser(seed, **changes)
    identity = IdentityEncoder(**SMALL.identity).eval()
    return InterAnimatePipeline(
        denoiser, identity, FlowMatchEulerDiscreteScheduler(), window=SMALL.window, overlap=2, picture=64
    )


def draw_conditions(batch: int = 2, frames: int = 3, size: int = 16, seed: int = 0) -> tuple[torch.Tensor, Conditions]:
    """A sample and random conditions."""
    torch.manual_seed(seed)
    conditions = Conditions(
        base=torch.randn(batch, 6, frames, size, size),
        guidance=torch.randn(batch, CHANNELS, frames, size, size),
        masks=torch.rand(batch, 3, frames, size, size),
        identity=torch.nn.functional.normalize(torch.randn(batch, 16), dim=1),
        pattern=torch.arange(batch),
        intensity=torch.linspace(0.5, 1.5, batch),
        strength=torch.arange(batch) % 3,
        times=torch.arange(frames).float().expand(batch, -1) / 8,
        phase=torch.linspace(0, 1, frames).expand(batch, -1),
    )
    return torch.randn(batch, 3, frames, size, size), conditions
