"""A border that was drawn around a picture is not part of it; a backdrop and a person before one colour are."""

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from model.face.content import content_mask

SIDE = 512


def saved(picture: np.ndarray) -> np.ndarray:
    """As a JPEG has it."""
    return cv2.imdecode(cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 85])[1], cv2.IMREAD_COLOR)


def rounded(radius: int) -> np.ndarray:
    """A square with rounded corners (SIDE, SIDE)."""
    shape = np.zeros((SIDE, SIDE), np.uint8)
    cv2.rectangle(shape, (radius, 0), (SIDE - radius, SIDE), 1, -1)
    cv2.rectangle(shape, (0, radius), (SIDE, SIDE - radius), 1, -1)
    for x in (radius, SIDE - radius):
        for y in (radius, SIDE - radius):
            cv2.circle(shape, (x, y), radius, 1, -1)
    return shape


@pytest.mark.parametrize("radius", [40, 250])
def test_rounded_corners_are_no_content(radius: int) -> None:
    shape = rounded(radius)
    picture = saved(np.where(shape[..., None] > 0, astronaut(), 255).astype(np.uint8))
    found = content_mask(picture)
    assert abs(found.mean() - shape.mean()) < 0.006
    assert found[0, 0] == 0 and found[SIDE // 2, SIDE // 2] == 1


def test_a_white_border_is_no_content() -> None:
    small = cv2.resize(astronaut(), (440, 440), interpolation=cv2.INTER_AREA)
    found = content_mask(saved(cv2.copyMakeBorder(small, 36, 36, 36, 36, cv2.BORDER_CONSTANT, value=(255, 255, 255))))
    assert found[:33].max() < 1e-3 and found[:, -33:].max() < 1e-3 and found[40:-40, 40:-40].min() > 0.999


def test_without_a_border_all_is_content() -> None:
    dark = np.hypot(*np.meshgrid(*2 * [np.linspace(-1, 1, SIDE)]))[..., None]
    backdrop = np.clip(230 - 60 * dark**2 + np.zeros(3), 0, 255).astype(np.uint8)
    person = np.zeros((SIDE, SIDE), np.uint8)
    cv2.circle(person, (256, 200), 90, 1, -1)
    cv2.ellipse(person, (256, 512), (200, 200), 0, 0, 360, 1, -1)
    cut_out = np.where(person[..., None] > 0, astronaut(), 255).astype(np.uint8)
    for picture in (astronaut(), backdrop, np.where(person[..., None] > 0, astronaut(), backdrop), cut_out):
        assert content_mask(saved(picture)).min() > 0.999
