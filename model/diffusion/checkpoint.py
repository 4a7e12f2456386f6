"""Checkpoints: a folder or a Hub repository in diffusers' layout, safetensors only.

Whatever is loaded is distrusted: classes are fixed, and network/weights.py bounds configurations and tensors.
Nothing is unpickled or imported by name.
"""

import copy
import inspect
import os
import re
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler

from model.diffusion.network.denoiser import InterAnimateDenoiser
from model.diffusion.network.identity import IdentityEncoder, OnnxEncoder
from model.diffusion.network.weights import bounded, load_part, read_json, short
from model.diffusion.pipeline import InterAnimatePipeline
from model.errors import InputError
from model.files import changing, part_of
from model.version import PHYSICS_VERSION

SHARD: Final = "16MB"  # of weights
SHIPPED: Final = Path(__file__).parents[2] / "assets" / "interanimate"
COMPONENTS: Final[dict[str, Any]] = {
    "denoiser": InterAnimateDenoiser,
    "identity": IdentityEncoder,
    "vae": AutoencoderKL,
}
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
NUMBERS: Final = ("window", "overlap", "picture")  # of a pipeline, in its index
FLAGS: Final = ("plugged", "physics")
MAX_VERSION: Final = 65_536


def save_checkpoint(pipeline: InterAnimatePipeline, folder: Path) -> None:
    """Write the weights into a folder, in which they change whole or not at all."""
    with changing(folder) as made:
        write_weights(pipeline, made)


def write_weights(pipeline: InterAnimatePipeline, folder: Path) -> None:
    """Write the weights in half precision, in shards of at most 16 MB, into a folder that nobody reads yet."""
    _halved(pipeline).save_pretrained(folder, safe_serialization=True, max_shard_size=SHARD)
    for file in folder.glob("*/*.safetensors"):
        file.chmod(0o644)


def _halved(pipeline: InterAnimatePipeline) -> InterAnimatePipeline:
    """A copy in half precision; the pipeline itself stays as it is."""
    parts = {name: getattr(pipeline, name) for name in COMPONENTS if getattr(pipeline, name) is not None}
    halves = {name: torch.nn.Module.to(copy.deepcopy(part), dtype=torch.float16) for name, part in parts.items()}
    numbers = {name: pipeline.settings[name] for name in (*NUMBERS, *FLAGS)}
    return InterAnimatePipeline(**halves, scheduler=pipeline.scheduler, **numbers)


def find_checkpoint() -> str:
    """The checkpoint in use: STUDIO_CHECKPOINT (folder or Hub name), else the one that ships; "" if there is none."""
    named = os.environ.get("STUDIO_CHECKPOINT", "")
    return named or (str(SHIPPED) if (SHIPPED / "model_index.json").is_file() else "")


@lru_cache(maxsize=2)
def load_checkpoint(name: str, device: str = "") -> InterAnimatePipeline:
    """The pipeline of a folder or Hub repository, on the GPU if there is one; InputError."""
    folder = _fetch(name)
    parts = _index(folder)
    models = {part: load_part(part_of(folder, part), COMPONENTS[part]) for part in COMPONENTS if part in parts}
    vae = models.pop("vae", None)
    numbers: dict[str, Any] = _plain(parts, NUMBERS)
    numbers |= {"plugged": parts.get("plugged") is True, "physics": _version(parts.get("physics"))}
    pipeline = InterAnimatePipeline(**models, vae=vae, scheduler=_scheduler(folder), **numbers)
    _agree(pipeline)
    if numbers["plugged"] and (encoder := os.environ.get("STUDIO_FACE_ENCODER")):
        pipeline.encoder = OnnxEncoder(encoder)
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    if device == "cuda":
        for network in (pipeline.denoiser, pipeline.identity, pipeline.vae):
            if network is not None:
                torch.nn.Module.to(network, dtype=torch.bfloat16)  # diffusers' own warns of nothing here
    return pipeline.to(device)


def _fetch(name: str) -> Path:
    """The folder of a checkpoint; a Hub repository is downloaded, weights and settings only."""
    if Path(name).is_dir():
        return Path(name)
    if not _REPOSITORY.fullmatch(name):
        raise InputError(f"There is no checkpoint {name[:80]}: name a folder, or a Hub repository as owner/name.")
    from huggingface_hub import snapshot_download

    try:
        return Path(snapshot_download(name, allow_patterns=["*.json", "*.safetensors", "README.md"]))
    except Exception as error:  # network, permission and name have classes of their own in several packages
        raise InputError(f"Cannot get {name} from the Hub ({short(error)}): check the name and the network.") from error


def _index(folder: Path) -> dict[str, Any]:
    """`model_index.json`, which may name no classes but ours."""
    raw = read_json(part_of(folder, "model_index.json"))
    if raw.get("_class_name") != InterAnimatePipeline.__name__:
        raise InputError(f"{folder} is not an InterAnimate checkpoint.")
    kinds = {name: kind.__name__ for name, kind in COMPONENTS.items()}
    kinds["scheduler"] = FlowMatchEulerDiscreteScheduler.__name__
    present = {}
    for name, value in raw.items():
        if name.startswith("_") or value == [None, None]:
            continue
        if name in kinds and not (isinstance(value, list) and len(value) == 2 and value[1] == kinds[name]):
            raise InputError(f"{folder}: {name} is of a class that is not allowed.")
        if name not in kinds and name not in (*NUMBERS, *FLAGS):
            raise InputError(f"{folder}: model_index.json has an unknown entry {name[:40]!r}.")
        present[name] = value
    if not {"denoiser", "identity", "scheduler"} <= present.keys():
        raise InputError(f"{folder}: the checkpoint is not complete; get it again.")
    return present


def _scheduler(folder: Path) -> FlowMatchEulerDiscreteScheduler:
    kind = FlowMatchEulerDiscreteScheduler
    raw = read_json(part_of(folder, "scheduler") / "scheduler_config.json")
    known = inspect.signature(kind.__init__).parameters
    try:
        return kind(**{name: value for name, value in raw.items() if name in known})
    except Exception as error:
        raise InputError(f"{folder}: the scheduler's settings are wrong ({short(error)}).") from error


def _plain(parts: dict[str, Any], names: tuple[str, ...]) -> dict[str, int]:
    return {name: bounded(name, parts[name], 0, "model_index.json") for name in names if name in parts}


def _version(value: Any) -> int | None:
    """The physics engine's version that an index names, None if it names none; InputError if it cannot be one."""
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value < MAX_VERSION):
        return value
    raise InputError(f"model_index.json: physics in the configuration cannot be {str(value)[:40]!r}.")


def physics_note(pipeline: InterAnimatePipeline) -> str:
    """A sentence for the user if a checkpoint learnt the pictures of another physics engine than runs here, else ""."""
    version = pipeline.settings.physics
    if version == PHYSICS_VERSION:
        return ""
    if version is None:
        return (
            "This checkpoint does not say which version of the physics engine it learnt from: hands may look worse "
            f"if it is not {PHYSICS_VERSION}, which runs here."
        )
    return (
        f"This checkpoint learnt from version {version} of the physics engine, and {PHYSICS_VERSION} runs here: hands "
        "may look worse until it is trained again."
    )


def _agree(pipeline: InterAnimatePipeline) -> None:
    """InputError unless the parts fit one another."""
    fits = pipeline.identity.config["dim"] == pipeline.denoiser.sizes.identity_dim
    if not fits and not pipeline.settings.plugged:
        raise InputError("The checkpoint's identity encoder and denoiser do not fit together.")
    if not 0 <= pipeline.settings.overlap < pipeline.settings.window:
        raise InputError("The checkpoint's windows do not overlap as they must.")
