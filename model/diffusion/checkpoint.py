"""Checkpoints: a folder or a Hub repository in diffusers' layout, safetensors only.

Whatever is loaded is distrusted: classes are fixed, configurations bounded, names of shards plain, tensors
compared with the configuration before memory is taken, values finite. Nothing is unpickled or imported by name.
"""

import copy
import inspect
import json
import os
import re
import shutil
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import torch
from diffusers.models.autoencoders.autoencoder_kl import AutoencoderKL
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from safetensors import SafetensorError, safe_open

from model.diffusion.network.denoiser import InterAnimateDenoiser
from model.diffusion.network.identity import IdentityEncoder, OnnxEncoder
from model.diffusion.pipeline import InterAnimatePipeline
from model.errors import InputError

SHARD: Final = "16MB"
MAX_JSON: Final = 4 * 2**20
MAX_PARAMETERS: Final = 3_000_000_000
SHIPPED: Final = Path(__file__).parents[2] / "assets" / "interanimate"
WEIGHTS: Final = "diffusion_pytorch_model.safetensors"
COMPONENTS: Final[dict[str, Any]] = {
    "denoiser": InterAnimateDenoiser,
    "identity": IdentityEncoder,
    "vae": AutoencoderKL,
}
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_SHARD = re.compile(r"[\w-]{1,80}(\.[\w-]{1,40})*\.safetensors")
_LARGEST = {"dim": 8192, "channels": 8192, "layers": 8, "patch": 16, "groups": 64, "window": 512, "picture": 4096}


def save_checkpoint(pipeline: InterAnimatePipeline, folder: Path) -> None:
    """Write the weights in half precision, in shards of at most 16 MB; they change whole or not at all."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    made = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        _halved(pipeline).save_pretrained(made, safe_serialization=True, max_shard_size=SHARD)
        folder.mkdir(exist_ok=True)
        for part in sorted(made.iterdir()):
            goal = folder / part.name
            if goal.is_dir():
                old = made / f".old-{part.name}"
                os.replace(goal, old)
            os.replace(part, goal)
        for file in folder.glob("*/*.safetensors"):
            file.chmod(0o644)
    finally:
        shutil.rmtree(made, ignore_errors=True)


def _halved(pipeline: InterAnimatePipeline) -> InterAnimatePipeline:
    """A copy in half precision; the pipeline itself stays as it is."""
    parts = {name: getattr(pipeline, name) for name in COMPONENTS if getattr(pipeline, name) is not None}
    halves = {name: torch.nn.Module.to(copy.deepcopy(part), dtype=torch.float16) for name, part in parts.items()}
    numbers = {name: pipeline.settings[name] for name in ("window", "overlap", "picture", "plugged")}
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
    models = {part: load_part(folder / part, COMPONENTS[part]) for part in COMPONENTS if part in parts}
    vae = models.pop("vae", None)
    numbers: dict[str, Any] = _plain(parts, ("window", "overlap", "picture"))
    numbers["plugged"] = parts.get("plugged") is True
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


def load_part(folder: Path, kind: Any) -> Any:
    """One network of a checkpoint, in evaluation mode; InputError."""
    config = read_config(folder / "config.json", kind)
    try:
        with torch.device("meta"):
            network = kind(**config)
    except Exception as error:  # a configuration within bounds may still not fit together
        raise InputError(f"{folder.name}: the configuration does not make a network ({_short(error)}).") from error
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if sum(value.numel() for value in network.state_dict().values()) > MAX_PARAMETERS:
        raise InputError(f"{folder.name}: the network is larger than {MAX_PARAMETERS // 10**9} billion parameters.")
    weights = _weights(folder, expected)
    network.load_state_dict(weights, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def read_config(path: Path, kind: Any) -> dict[str, Any]:
    """The constructor's arguments in a `config.json`, checked against its signature; InputError."""
    raw = _json(path)
    if raw.get("_class_name") != kind.__name__:
        raise InputError(f"{path.parent.name}: the configuration is not of a {kind.__name__}.")
    known = inspect.signature(kind.__init__).parameters
    config = {}
    for name, value in raw.items():
        if name.startswith("_"):
            continue
        if name not in known:
            raise InputError(f"{path.parent.name}: the configuration has an unknown entry {name[:40]!r}.")
        config[name] = _bounded(name, value, known[name].default, path.parent.name)
    return config


def _bounded(name: str, value: Any, default: Any, where: str) -> Any:
    """The value, if it is of the default's kind and of a sensible size."""
    if isinstance(value, list):
        if len(value) > 16 or not isinstance(default, tuple | list | type(None)):
            raise InputError(f"{where}: {name} in the configuration is not possible.")
        return tuple(_bounded(name, item, default[0] if default else None, where) for item in value)
    largest = next((most for word, most in _LARGEST.items() if word in name), 65_536)
    number = isinstance(value, int | float) and not isinstance(value, bool)
    least = 0 if "levels" in name else 1
    if number and isinstance(default, int) and not isinstance(default, bool):
        right = isinstance(value, int) and least <= value <= largest
    elif default is None:
        right = value is None or (number and abs(value) <= largest) or (isinstance(value, str) and len(value) < 100)
    else:
        right = isinstance(value, type(default)) and (not number or abs(value) <= largest)
        right = right and not (isinstance(value, str) and len(value) > 100)
    if not right:
        raise InputError(f"{where}: {name} in the configuration cannot be {str(value)[:40]!r}.")
    return value


def _weights(folder: Path, expected: dict[str, tuple[int, ...]]) -> dict[str, torch.Tensor]:
    """All tensors of a network, each of the shape that its configuration asks for, finite."""
    found: dict[str, torch.Tensor] = {}
    try:
        for file in _files(folder):
            with safe_open(file, framework="pt") as tensors:
                for name in tensors.keys():  # noqa: SIM118 - not a mapping
                    shape = tuple(tensors.get_slice(name).get_shape())
                    if expected.get(name) != shape or name in found:
                        raise InputError(f"{folder.name}: {name[:60]} does not belong to this configuration.")
                    # a copy, because a file's tensors lie unaligned and would round otherwise
                    found[name] = tensors.get_tensor(name).float().clone()
                    if not torch.isfinite(found[name]).all():
                        raise InputError(f"{folder.name}: {name[:60]} holds values that are not numbers.")
    except (SafetensorError, OSError, ValueError, RuntimeError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{folder.name}: the weights are damaged ({_short(error)}); get them again.") from error
    if missing := sorted(expected.keys() - found.keys()):
        raise InputError(f"{folder.name}: {len(missing)} tensors are missing, {missing[0]} for one; get it again.")
    return found


def _files(folder: Path) -> list[Path]:
    """The weight files of a network, by its index if there are several."""
    if (folder / WEIGHTS).is_file():
        return [folder / WEIGHTS]
    index = folder / f"{WEIGHTS}.index.json"
    if not index.is_file():
        others = [file.name for pattern in ("*.bin", "*.pt", "*.ckpt", "*.pkl") for file in folder.glob(pattern)]
        hint = f"; {others[0]} is not read, because such files can run code" if others else ""
        raise InputError(f"{folder.name}: there are no safetensors weights{hint}.")
    table = _json(index).get("weight_map")
    if not isinstance(table, dict) or not table or not all(isinstance(name, str) for name in table.values()):
        raise InputError(f"{folder.name}: the weights' index is damaged; get it again.")
    names = sorted(set(table.values()))
    if len(names) > 4096 or not all(_SHARD.fullmatch(name) for name in names):
        raise InputError(f"{folder.name}: the weights' index names files that are not its own.")
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise InputError(f"{folder.name}: {missing[0]} is missing; get the checkpoint again.")
    return [folder / name for name in names]


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
        raise InputError(
            f"Cannot get {name} from the Hub ({_short(error)}): check the name and the network."
        ) from error


def _index(folder: Path) -> dict[str, Any]:
    """`model_index.json`, which may name no classes but ours."""
    raw = _json(folder / "model_index.json")
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
        if name not in kinds and name not in ("window", "overlap", "picture", "plugged"):
            raise InputError(f"{folder}: model_index.json has an unknown entry {name[:40]!r}.")
        present[name] = value
    if not {"denoiser", "identity", "scheduler"} <= present.keys():
        raise InputError(f"{folder}: the checkpoint is not complete; get it again.")
    return present


def _scheduler(folder: Path) -> FlowMatchEulerDiscreteScheduler:
    kind = FlowMatchEulerDiscreteScheduler
    raw = _json(folder / "scheduler" / "scheduler_config.json")
    known = inspect.signature(kind.__init__).parameters
    try:
        return kind(**{name: value for name, value in raw.items() if name in known})
    except Exception as error:
        raise InputError(f"{folder}: the scheduler's settings are wrong ({_short(error)}).") from error


def _plain(parts: dict[str, Any], names: tuple[str, ...]) -> dict[str, int]:
    return {name: _bounded(name, parts[name], 0, "model_index.json") for name in names if name in parts}


def _agree(pipeline: InterAnimatePipeline) -> None:
    """InputError unless the parts fit one another."""
    fits = pipeline.identity.config["dim"] == pipeline.denoiser.sizes.identity_dim
    if not fits and not pipeline.settings.plugged:
        raise InputError("The checkpoint's identity encoder and denoiser do not fit together.")
    if not 0 <= pipeline.settings.overlap < pipeline.settings.window:
        raise InputError("The checkpoint's windows do not overlap as they must.")


def _json(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_JSON:
            raise InputError(f"{path.name} is larger than {MAX_JSON // 2**20} MB; it is not a checkpoint's.")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path.parent} has no {path.name}: it is not a whole checkpoint.") from error
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} of the checkpoint is damaged ({_short(error)}); get it again.") from error
    if not isinstance(value, dict):
        raise InputError(f"{path.name} of the checkpoint is not an object.")
    return value


def _short(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:100]}" if lines else type(error).__name__
