"""The body below the face: what moves with the arm, and what must not."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flat import flat_face, motion_of

from model.body import CHIN
from model.contact.simulation import Simulation
from model.render.body import displace, prepare_body
from model.scene import Camera

SIZE, MM = 256, 1.6
FRAMES = 48


def simulation(**motion: Any) -> Simulation:
    """A person 180 px wide below the chin, an arm that comes up by 280 mm and goes down again."""
    person = np.zeros((SIZE, SIZE), np.float32)
    person[:130, 80:176], person[130:, 30:226] = 1, 1
    landmarks = np.zeros((478, 2), np.float32)
    landmarks[CHIN] = 128, 120
    plain = flat_face(40.0)
    scan = replace(
        plain, image=np.zeros((SIZE, SIZE, 3), np.uint8), camera=Camera(SIZE, SIZE, MM), landmarks=landmarks,
        masks={**plain.masks, "person": person},
    )  # fmt: skip
    wrist = np.zeros((FRAMES, 3))
    wrist[:, 1] = 280 * (0.5 + 0.5 * np.cos(2 * np.pi * np.arange(FRAMES) / (FRAMES - 1)))
    given = motion_of(FRAMES, position=wrist, **motion)
    none = np.zeros((FRAMES, 1))
    return Simulation(scan, given, none, none, none, none, none, none, none, 1.0)  # type: ignore[arg-type]


def moved(found: Simulation, frame: int, seed: int = 0) -> np.ndarray:
    """How far what is seen at each pixel came (h, w, 2)."""
    source = np.zeros((SIZE, SIZE, 2), np.float32)
    displace(source, prepare_body(found, seed), frame)
    return -source


def test_the_shoulder_of_the_arm_rises_and_sinks_again() -> None:
    up, down = moved(simulation(), FRAMES // 2 - 2), moved(simulation(), FRAMES - 1)
    own, other = (165, 205), (165, 51)  # rows and columns, on the viewer's right and left
    assert up[own][1] - down[own][1] < -2.0  # px, up
    assert abs(up[other][1] - down[other][1]) < 0.5 * abs(up[own][1] - down[own][1])
    assert up[own][0] < -0.5  # and in


def test_the_background_and_the_lower_border_stay() -> None:
    found = simulation()
    for frame in range(0, FRAMES, 7):
        field = moved(found, frame)
        assert not field[:100].any()
        assert not field[130:, :15].any() and not field[130:, -15:].any()
        assert np.abs(field[-1]).max() < 0.02


def test_nothing_is_folded() -> None:
    """What is seen keeps its order: the map's steps stay forward."""
    for seed in range(4):
        body = prepare_body(simulation(), seed)
        source = np.stack(np.meshgrid(np.arange(SIZE), np.arange(SIZE)), axis=-1).astype(np.float32)
        displace(source, body, FRAMES // 2)
        assert np.diff(source[..., 1], axis=0).min() > 0 and np.diff(source[..., 0], axis=1).min() > 0


def test_the_neck_goes_with_the_head() -> None:
    head = np.zeros((FRAMES, 6))
    head[10:, 0] = 4.0
    still, led = moved(simulation(), 20), moved(simulation(head=head), 20)
    neck = (120 + 26, 128)
    assert led[neck][0] - still[neck][0] == pytest.approx(0.45 * 4.0 / MM, abs=0.15)
    assert led[neck][1] == still[neck][1]


def test_the_chest_breathes_slowly() -> None:
    found = simulation(head=np.zeros((FRAMES, 6)))
    found.motion.position[:] = 0.0
    rise = np.array([moved(found, frame)[190, 128, 1] for frame in range(FRAMES)])
    assert rise.max() <= 0 and rise.min() > -2.5 / MM
    assert np.ptp(rise) > 0.3 and np.abs(np.diff(rise)).max() < 0.2


def test_equal_seeds_give_equal_bodies() -> None:
    assert (moved(simulation(), 20, 5) == moved(simulation(), 20, 5)).all()
    assert (moved(simulation(), 20, 5) != moved(simulation(), 20, 6)).any()
