"""What the Review tab's requests say, field by field; anything else is refused.

The fields are called as what they are given to: the functions of `annotation`.
"""

from dataclasses import fields
from typing import Annotated, Any, Final

from pydantic import BaseModel, ConfigDict, Field, create_model

from annotation.labels import MAX_POINTS, MAX_SIDE, Labels
from annotation.saving import Submission
from annotation.waiting import Filters


class Body(BaseModel):
    """What a request says."""

    model_config = ConfigDict(extra="forbid", strict=True)

    def given(self) -> dict[str, Any]:
        """The fields as arguments."""
        return dict(self)


_Coordinate = Annotated[float, Field(ge=-MAX_SIDE, le=2 * MAX_SIDE, strict=False)]  # px


class Nothing(Body):
    pass


# Of the queue's filters, one field each.
_FILTERS: Final[dict[str, Any]] = {field.name: (field.type, field.default) for field in fields(Filters)}
_Filters: Final = create_model("_Filters", __base__=Body, **_FILTERS)


class Wanted(_Filters):  # type: ignore[valid-type, misc]
    def given(self) -> dict[str, Any]:
        return {"filters": Filters(**dict(self))}


class OfClip(Body):
    clip_id: int = Field(alias="clip")


class Held(OfClip):
    lease: str


class Skipped(Held):
    reason: str = ""


class Said(OfClip):
    text: str
    revision: int | None = None


class Flagged(OfClip):
    flagged: bool


class Gold(OfClip):
    revision: int


class Numbered(OfClip):
    number: int


class Carried(OfClip):
    polygon: list[Annotated[list[_Coordinate], Field(min_length=2, max_length=2)]] = Field(max_length=MAX_POINTS)
    first: int
    last: int

    def given(self) -> dict[str, Any]:
        """The fields, the outline as it never changes."""
        return dict(self) | {"polygon": tuple(map(tuple, self.polygon))}


class Restored(Numbered):
    seen: int
    lease: str = ""


_OF_SUBMISSION: Final = tuple(field.name for field in fields(Submission))


class Submitted(OfClip):
    labels: dict[str, Any]
    seen: int
    lease: str = ""

    def given(self) -> dict[str, Any]:
        """The fields, those of a submission as one; raises `LabelError`."""
        said = dict(self) | {"labels": Labels.from_json(self.labels)}
        sent = {name: said.pop(name) for name in _OF_SUBMISSION if name in said}
        return said | {"sent": Submission(**sent)}


class Saved(Submitted):
    client: str = Field("", max_length=64)
    sequence: int | None = Field(None, ge=0, le=2**31 - 1)


class Decided(Saved):
    verdict: str
    note: str = ""
    seconds: float | None = None


class Merged(Submitted):
    yours: int
