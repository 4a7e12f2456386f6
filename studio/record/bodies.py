"""What the Record tab's requests say, field by field; anything else is refused."""

import re
from typing import Final

from pydantic import Field, field_validator

from annotation.taxonomy import PATTERNS
from studio.review.bodies import Body, Nothing

ENVIRONMENTS: Final = tuple(
    f"{light}, {ground} background"
    for light in ("daylight indoors", "lamp light", "dim light", "outdoors")
    for ground in ("plain", "busy")
)  # eight, as in InterHF: light and background
UNPRINTABLE: Final = re.compile(r"[\x00-\x1f\x7f]+")

__all__ = ["ENVIRONMENTS", "Agreed", "Filmed", "Nothing", "OfTake", "Skipped"]


class Agreed(Body):
    version: str = Field(max_length=20)
    adult: bool


class Skipped(Body):
    patterns: list[str] = Field(max_length=len(PATTERNS))


class OfTake(Body):
    take: str = Field(max_length=32)


class Filmed(Body):
    """Of the address of what is filmed."""

    pattern: str = Field(max_length=40)
    environment: str = Field(max_length=60)
    device: str = Field(max_length=100)

    @field_validator("environment")
    @classmethod
    def known(cls, value: str) -> str:
        """One of ours."""
        if value not in ENVIRONMENTS:
            raise ValueError("is none of those that can be chosen")
        return value

    @field_validator("device")
    @classmethod
    def printable(cls, value: str) -> str:
        """In one line."""
        return UNPRINTABLE.sub(" ", value).strip()
