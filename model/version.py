"""The version of the physics engine, which clips, data sets and checkpoints carry."""

from typing import Final

PHYSICS_VERSION: Final = 4  # clips of one version, photo, request are equal bit for bit on one machine
