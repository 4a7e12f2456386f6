"""The weights of one network, from a folder in diffusers' layout, safetensors only.

Whatever is loaded is distrusted: configurations are bounded, names of shards plain, tensors compared with the
configuration before memory is taken, values finite. Nothing is unpickled or imported by name.
"""

import inspect
import json
import re
from pathlib import Path
from typing import Any, Final

import torch
from safetensors import SafetensorError, safe_open

from model.errors import InputError

MAX_JSON: Final = 4 * 2**20  # bytes
MAX_PARAMETERS: Final = 3_000_000_000
WEIGHTS: Final = "diffusion_pytorch_model.safetensors"
_SHARD = re.compile(r"[\w-]{1,80}(\.[\w-]{1,40})*\.safetensors")
_LARGEST = {"dim": 8192, "channels": 8192, "layers": 8, "patch": 16, "groups": 64, "window": 512, "picture": 4096}


def load_part(folder: Path, kind: Any) -> Any:
    """One network of a checkpoint, in evaluation mode; InputError."""
    config = read_config(folder / "config.json", kind)
    try:
        with torch.device("meta"):
            network = kind(**config)
    except Exception as error:  # a configuration within bounds may still not fit together
        raise InputError(f"{folder.name}: the configuration does not make a network ({short(error)}).") from error
    expected = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    if sum(value.numel() for value in network.state_dict().values()) > MAX_PARAMETERS:
        raise InputError(f"{folder.name}: the network is larger than {MAX_PARAMETERS // 10**9} billion parameters.")
    weights = _weights(folder, expected)
    network.load_state_dict(weights, strict=True, assign=True)
    return network.eval().requires_grad_(False)


def read_config(path: Path, kind: Any) -> dict[str, Any]:
    """The constructor's arguments in a `config.json`, checked against its signature; InputError."""
    raw = read_json(path)
    if raw.get("_class_name") != kind.__name__:
        raise InputError(f"{path.parent.name}: the configuration is not of a {kind.__name__}.")
    known = inspect.signature(kind.__init__).parameters
    config = {}
    for name, value in raw.items():
        if name.startswith("_"):
            continue
        if name not in known:
            raise InputError(f"{path.parent.name}: the configuration has an unknown entry {name[:40]!r}.")
        config[name] = bounded(name, value, known[name].default, path.parent.name)
    return config


def bounded(name: str, value: Any, default: Any, where: str) -> Any:
    """The value, if it is of the default's kind and of a sensible size."""
    if isinstance(value, list):
        if len(value) > 16 or not isinstance(default, tuple | list | type(None)):
            raise InputError(f"{where}: {name} in the configuration is not possible.")
        return tuple(bounded(name, item, default[0] if default else None, where) for item in value)
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
        raise InputError(f"{folder.name}: the weights are damaged ({short(error)}); get them again.") from error
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
    table = read_json(index).get("weight_map")
    if not isinstance(table, dict) or not table or not all(isinstance(name, str) for name in table.values()):
        raise InputError(f"{folder.name}: the weights' index is damaged; get it again.")
    names = sorted(set(table.values()))
    if len(names) > 4096 or not all(_SHARD.fullmatch(name) for name in names):
        raise InputError(f"{folder.name}: the weights' index names files that are not its own.")
    if missing := [name for name in names if not (folder / name).is_file()]:
        raise InputError(f"{folder.name}: {missing[0]} is missing; get the checkpoint again.")
    return [folder / name for name in names]


def read_json(path: Path) -> dict[str, Any]:
    """A JSON object of a checkpoint, of a sensible size; InputError."""
    try:
        if path.stat().st_size > MAX_JSON:
            raise InputError(f"{path.name} is larger than {MAX_JSON // 2**20} MB; it is not a checkpoint's.")
        value = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise InputError(f"{path.parent} has no {path.name}: it is not a whole checkpoint.") from error
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"{path.name} of the checkpoint is damaged ({short(error)}); get it again.") from error
    if not isinstance(value, dict):
        raise InputError(f"{path.name} of the checkpoint is not an object.")
    return value


def short(error: BaseException) -> str:
    """The kind of an error and the beginning of its first line."""
    lines = str(error).strip().splitlines()
    return f"{type(error).__name__}: {lines[0][:100]}" if lines else type(error).__name__
