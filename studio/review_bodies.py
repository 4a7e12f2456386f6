"""What the Review tab's requests say, field by field; anything else is refused."""

from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from annotation.queue import Filters


class Body(BaseModel):
    """What a request says."""

    model_config = ConfigDict(extra="forbid", strict=True)


class Nothing(Body):
    pass


class Wanted(Body):
    pattern: str = ""
    region: str = ""
    state: str = "unreviewed"
    source: str = ""
    split: str = ""
    subject: str = ""
    flagged: bool = False
    order: str = "oldest"

    def filters(self) -> Filters:
        """The same for the queue."""
        return Filters(**self.model_dump())


class OfClip(Body):
    clip: int


class Held(OfClip):
    lease: str


class Skipped(Held):
    reason: str = ""


class Said(OfClip):
    text: str
    revision: int | None = None


class Flagged(OfClip):
    flagged: bool


class Numbered(OfClip):
    number: int


class Restored(Numbered):
    seen: int
    lease: str = ""


class Saved(OfClip):
    labels: dict[str, Any]
    seen: int
    lease: str = ""
    client: str = Field("", max_length=64)
    sequence: int | None = Field(None, ge=0, le=2**31 - 1)


class Decided(Saved):
    verdict: str
    note: str = ""
    seconds: float | None = None


class Merged(OfClip):
    labels: dict[str, Any]
    yours: int
    seen: int
    lease: str = ""
