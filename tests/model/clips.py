"""Clips of the astronaut for the tests, small, each made once."""

from functools import cache

import numpy as np
from skimage.data import astronaut

from model.clip import Clip
from model.generate import generate_steps
from model.mirror import mirror_image
from model.request import Progress, Request

SMALL = {"size": 256, "seconds": 1.5, "fps": 12, "camera": "still"}
FRAMES = 18


@cache
def poke() -> Clip:
    """A poke of the left cheek, with guidance."""
    return made(Request("poke-left-cheek", **SMALL), guidance=True)


def made(request: Request, guidance: bool = False, flipped: bool = False) -> Clip:
    """The clip of one request, of the mirrored photo if `flipped`."""
    photo = mirror_image(astronaut()) if flipped else astronaut()
    *steps, clip = generate_steps(photo, request, guidance=guidance)
    assert isinstance(clip, Clip) and all(isinstance(step, Progress) for step in steps)
    return clip


def touched(clip: Clip) -> np.ndarray:
    """Frames (f,) bool in which some contact is labelled."""
    on = np.zeros(len(clip.frames), bool)
    for contact in clip.labels.contacts:
        on[contact.start : contact.end + 1] = True
    return on
