"""Which physics engine made a data set: a network learns the pictures of one version, and corrects those at its use."""

import logging
from pathlib import Path

from model.diffusion.training.sample import SPLITS
from model.diffusion.training.shards import Metadata, read_metadata
from model.errors import InputError
from model.version import PHYSICS_VERSION

log = logging.getLogger(__name__)


def simulated_versions(folder: Path) -> set[int | None]:
    """Versions of the engine that made the simulated shards of a data set; None: not written down."""
    found = [read_metadata(path) for split in SPLITS for path in sorted(folder.glob(f"{split}-*.tar"))]
    return {_version(metadata) for metadata in found if metadata is not None and "filmed" not in metadata}


def _version(metadata: Metadata) -> int | None:
    value = metadata.get("physics")
    return value if isinstance(value, int) else None


def require_physics(folder: Path) -> int | None:
    """The version that a data set is of, None if it does not say; InputError unless it is one, and today's."""
    versions = simulated_versions(folder)
    if len(versions) > 1:
        raise InputError(
            f"{folder} mixes clips of physics versions {_named(versions)}: make the data set again in an empty folder "
            "with `python -m model synthesize`."
        )
    version = next(iter(versions), None)
    if version is not None and version != PHYSICS_VERSION:
        raise InputError(
            f"{folder} was made by version {version} of the physics engine, and here runs {PHYSICS_VERSION}: make the "
            "data set again in an empty folder with `python -m model synthesize`."
        )
    if version is None and versions:
        log.warning(
            "%s does not say which version of the physics engine made it: if it was not %d, make it again.",
            folder, PHYSICS_VERSION,
        )  # fmt: skip
    return version


def _named(versions: set[int | None]) -> str:
    """In words, those that are known first."""
    known = [str(version) for version in sorted(version for version in versions if version is not None)]
    return " and ".join([*known, *(["unknown"] if None in versions else [])])
