"""Eyes that blink: shut lids show no eyeball, and their edge is smooth."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from model.body import LEFT_EYE, MOUTH
from model.contact.simulation import Simulation
from model.face.scan import scan
from model.render.mouth import darken_mouth
from model.render.photo import prepare_plate, render_face
from model.scene import U8, FaceScan

FAR_AWAY = np.array([[0.0, 0.0, -900.0, 1.0, 0.0, -900.0, 1.0]])


@pytest.fixture(scope="module")
def scanned() -> FaceScan:
    return scan(astronaut(), 512)


def drawn(scanned: FaceScan, shut: float) -> U8:
    blink = scanned.expressions["blink_left"] + scanned.expressions["blink_right"]
    return rendered(scanned, scanned.vertices + shut * blink)


def rendered(scanned: FaceScan, moved: np.ndarray) -> U8:
    n = len(scanned.vertices)
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
    # what is left is the line of the lashes
    assert np.abs(np.diff(shut, axis=1)).max() < 0.75 * np.abs(np.diff(opened, axis=1)).max()


def test_the_edge_of_a_closing_lid_has_no_stairs(scanned: FaceScan) -> None:
    """A fiftieth of its way moves a lid by a fraction of a pixel: nothing jumps by what an edge's step would."""
    for shut in (0.3, 0.6, 0.9):
        step = np.abs(eye(scanned, drawn(scanned, shut + 0.02)) - eye(scanned, drawn(scanned, shut)))
        assert 2 < step.max() < 45


def test_lips_that_close_over_teeth_have_no_stairs(scanned: FaceScan, monkeypatch: pytest.MonkeyPatch) -> None:
    """Steps along the edge fall when it is drawn finer."""

    def roughness() -> float:
        moved = scanned.vertices + 0.5 * scanned.expressions["lips_close"]
        rim = scanned.pixels[[*MOUTH[0], *MOUTH[1]]]
        (left, top), (right, bottom) = rim.min(axis=0).astype(int), rim.max(axis=0).astype(int) + 1
        grey = cv2.cvtColor(rendered(scanned, moved), cv2.COLOR_RGB2GRAY)[top:bottom, left:right].astype(float)
        return float(np.abs(np.diff(grey, 2, axis=1)).mean())

    smooth = roughness()
    monkeypatch.setattr("model.render.photo.smooth_lids", lambda warped, *_: warped)
    assert smooth < 0.95 * roughness()


@pytest.mark.parametrize("light", [1.0, 0.3])
def test_a_shut_lid_is_of_the_persons_own_skin_and_has_lashes_at_its_edge(scanned: FaceScan, light: float) -> None:
    """Between brow and lashes a lid is about as bright as the skin around the eye, on any skin."""
    dim = replace(scanned, image=(scanned.image * light).astype(np.uint8))
    shut = cv2.cvtColor(drawn(dim, 1.0), cv2.COLOR_RGB2GRAY).astype(float)
    upper, lower = (scanned.landmarks[list(row)] for row in LEFT_EYE)
    middle = slice(2, 7)
    lid = sampled(shut, (0.65 * upper + 0.35 * lower)[middle])
    lashes = min(sampled(shut, lower[middle] + [0, k]).mean() for k in range(-2, 4))
    around = np.median(sampled(dim.image.mean(axis=2), scanned.landmarks[[450, 449, 444, 443]]))
    assert 0.62 * around < lid.mean() < 1.15 * around and lid.min() > 0.5 * around
    assert lashes < 0.8 * lid.mean()


def sampled(picture: np.ndarray, places: np.ndarray) -> np.ndarray:
    return np.array([picture[round(float(y)), round(float(x))] for x, y in places])


def test_lips_that_part_show_the_dark_behind_them(scanned: FaceScan) -> None:
    """A mouth that the photo has closed; one that it has open is left as it is."""
    for shut_mouth in (True, False):
        pixels = scanned.pixels.astype(np.float32).copy()
        rest = replace(scanned, pixels=pixels.copy().astype(np.float64))
        if shut_mouth:
            rest.pixels[list(MOUTH[1])] = rest.pixels[list(MOUTH[0])]
        pixels[list(MOUTH[1]), 1] = rest.pixels[list(MOUTH[1]), 1] + 6 * np.sin(np.linspace(0, np.pi, 11))
        grey = np.full_like(scanned.image, 150)
        found = darken_mouth(grey, rest, pixels)
        middle = pixels[[13, 14]].mean(axis=0).round().astype(int)
        assert (found[middle[1], middle[0]] < 90).all() if shut_mouth else (found == grey).all()
        assert (found[0] == grey[0]).all()


def test_lashes_that_stood_over_the_open_eye_are_not_drawn_out_over_the_shut_one(scanned: FaceScan) -> None:
    """Dark hairs painted above the open lid's edge leave next to nothing where the shut lid is."""
    painted = scanned.image.copy()
    upper, lower = (scanned.landmarks[list(row)] for row in LEFT_EYE)
    hairs = np.linspace(upper[2], upper[6], 6)
    for x, y in hairs:
        cv2.line(painted, (round(float(x)), round(float(y))), (round(float(x)), round(float(y)) - 8), (60, 45, 35), 1)

    def streaks(image: U8) -> float:
        shut = cv2.cvtColor(drawn(replace(scanned, image=image), 1.0), cv2.COLOR_RGB2GRAY).astype(float)
        rows = (0.5 * upper + 0.5 * lower)[2:7]
        places = [
            [x, np.interp(x, *rows[np.argsort(rows[:, 0])].T)] for x in np.arange(rows[:, 0].min(), rows[:, 0].max())
        ]
        return float(np.abs(np.diff(sampled(shut, np.array(places)), 2)).mean())

    assert streaks(painted) < streaks(scanned.image) + 1.0


def test_teeth_lie_in_the_shade_of_lips_that_close_over_them(scanned: FaceScan) -> None:
    """The less of them is seen, the darker; the face beside them stays."""
    grey = np.full_like(scanned.image, 200)
    seen = []
    for share in (1.0, 0.6, 0.3):
        pixels = scanned.pixels.astype(np.float32).copy()
        lower, upper = pixels[list(MOUTH[1])], pixels[list(MOUTH[0])]
        pixels[list(MOUTH[1])] = upper + share * (lower - upper)
        found = darken_mouth(grey, scanned, pixels)
        column = found[:, round(float(pixels[13, 0])), 1]
        seen.append(int(column.min()))
        assert (found[0] == 200).all()
    assert seen[0] == 200 and 180 < seen[1] < 200 and 120 < seen[2] < 180
