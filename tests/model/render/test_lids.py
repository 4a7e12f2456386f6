"""Eyes that blink: shut lids show no eyeball, and their edge is smooth."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from model.body import LEFT_EYE
from model.contact.simulation import Simulation
from model.face.scan import scan
from model.render.photo import prepare_plate, render_face
from model.scene import U8, FaceScan

FAR_AWAY = np.array([[0.0, 0.0, -900.0, 1.0, 0.0, -900.0, 1.0]])


@pytest.fixture(scope="module")
def scanned() -> FaceScan:
    return scan(astronaut(), 512)


def drawn(scanned: FaceScan, shut: float) -> U8:
    n = len(scanned.vertices)
    moved = scanned.vertices + shut * (scanned.expressions["blink_left"] + scanned.expressions["blink_right"])
    nothing = np.zeros((1, n), np.uint8)
    face = moved[None].astype(np.float32)
    simulation = Simulation(scanned, None, face, face, face, face, face, nothing, face[..., 0], 1.0)  # type: ignore[arg-type]
    return render_face(simulation, prepare_plate(scanned), 0, np.ones(n, np.float32), FAR_AWAY).warped


def eye(scanned: FaceScan, picture: U8) -> np.ndarray:
    rim = scanned.pixels[[*LEFT_EYE[0], *LEFT_EYE[1]]]
    (left, top), (right, bottom) = rim.min(axis=0).astype(int) - 1, rim.max(axis=0).astype(int) + 2
    return cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)[top:bottom, left:right].astype(float)


def test_open_eyes_are_the_photo(scanned: FaceScan) -> None:
    assert np.abs(drawn(scanned, 0.0).astype(int) - scanned.image).max() <= 2


def test_shut_eyes_hide_the_eyeball(scanned: FaceScan) -> None:
    opened, shut = eye(scanned, drawn(scanned, 0.0)), eye(scanned, drawn(scanned, 1.0))
    pupil = np.percentile(opened, 2)
    assert np.percentile(shut, 2) > pupil + 40
    assert np.abs(np.diff(shut, axis=1)).max() < 0.6 * np.abs(np.diff(opened, axis=1)).max()


def test_the_edge_of_a_closing_lid_has_no_stairs(scanned: FaceScan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps along the edge fall when it is drawn finer."""
    smooth = eye(scanned, drawn(scanned, 0.95))
    monkeypatch.setattr("model.render.photo.smooth_lids", lambda warped, *_: warped)
    stairs = eye(scanned, drawn(scanned, 0.95))
    assert np.abs(np.diff(smooth, axis=1)).max() < 0.8 * np.abs(np.diff(stairs, axis=1)).max()
