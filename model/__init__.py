"""From a photo to a labelled clip of a hand touching the face in it."""

from model.errors import InputError
from model.generate import generate, generate_steps
from model.many import Made, generate_many
from model.prelabel import check_clip, check_steps, prelabel, prelabel_steps

__all__ = [
    "InputError", "Made", "check_clip", "check_steps", "generate", "generate_many", "generate_steps", "prelabel",
    "prelabel_steps",
]  # fmt: skip
