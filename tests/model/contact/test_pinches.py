"""What makes a pinch a pinch: finger and thumb come together on skin, and the hand leaves the eyes free."""

import numpy as np
import pytest
from faces import scanned

from model.body import LEFT_EYE, RIGHT_EYE
from model.contact.simulation import Simulation
from model.generate import simulate
from model.motion.cast import cast_hand
from model.render.frames import firmest_frame
from model.request import Request

THUMB, INDEX = 4, 8  # tips, in MediaPipe's order


def pinched(pattern: str) -> tuple[Simulation, int]:
    request = Request(pattern, size=256)
    simulation, _ = simulate(scanned(), cast_hand(request), request)
    return simulation, firmest_frame(simulation)


@pytest.mark.parametrize("pattern", ["pinch-left-cheek", "pinch-chin"])
def test_thumb_and_index_close_on_a_fold(pattern: str) -> None:
    simulation, firm = pinched(pattern)
    apart = np.linalg.norm(simulation.joints[:, THUMB] - simulation.joints[:, INDEX], axis=1)
    first = np.flatnonzero(simulation.touch.any(axis=1))[0]
    assert apart[firm] < 28 and apart[firm] < 0.8 * apart[first]
    touching = set(simulation.touch[firm]) - {0}
    assert len(touching) == 2


def test_a_nose_is_pinched_from_below_so_that_both_eyes_see() -> None:
    simulation, firm = pinched("pinch-nose")
    camera = simulation.scan.camera
    hand = camera.project(simulation.hand[firm].astype(np.float64))
    for rows in (LEFT_EYE, RIGHT_EYE):
        eye = camera.project(simulation.face[firm][[*rows[0], *rows[1]]].astype(np.float64))
        assert np.linalg.norm(eye[:, None] - hand[None], axis=2).min() > 1
