"""What an admin sets of the queue: how long a lease runs, how much is labelled twice, how much is checked."""

from typing import Final

from sqlalchemy import Connection, bindparam, insert, select

from annotation import schema
from annotation.errors import BadInput
from annotation.values import LONGEST_LEASE

DEFAULTS: Final[dict[str, float]] = {
    "lease_seconds": 900.0,
    "double_share": 0.0,  # of clips that two people label independently
    "gold_share": 0.0,  # of an annotator's clips that check the annotator
}
BOUNDS: Final[dict[str, tuple[int, int]]] = {
    "lease_seconds": (10, LONGEST_LEASE),
    "double_share": (0, 1),
    "gold_share": (0, 1),
}


_SETTING: Final = select(schema.settings.c.value).where(schema.settings.c.name == bindparam("wanted"))


def setting(connection: Connection, name: str) -> float:
    """A setting, or its default."""
    value = connection.scalar(_SETTING, {"wanted": name})
    return DEFAULTS[name] if value is None else float(value)


def put_setting(connection: Connection, name: str, value: float) -> None:
    """Change a setting; raises `BadInput` where it is out of bounds."""
    least, most = BOUNDS[name]
    if not least <= value <= most:
        raise BadInput(f"{name} is not between {least} and {most}.")
    connection.execute(schema.settings.delete().where(schema.settings.c.name == name))
    connection.execute(insert(schema.settings).values(name=name, value=float(value)))
