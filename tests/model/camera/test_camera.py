"""A device moves and spoils the picture; labels, joints and maps go with it."""

from dataclasses import replace

import cv2
import numpy as np
import pytest
from clips import poke

from model.camera import DEVICES, shoot
from model.camera.hold import MOST, hold
from model.clip import Clip

SIDE = 256
SPOT = np.array([150.0, 101.0])  # px: where a white square is, in every frame


def marked() -> Clip:
    """A poke whose frames are black but for a square, where every label and joint lies too."""
    clip = poke()
    frames = np.zeros_like(clip.frames)
    x, y = SPOT.astype(int)
    frames[:, y - 4 : y + 4, x - 4 : x + 4] = 255
    square = tuple(map(tuple, SPOT + np.array([(-4, -4), (4, -4), (4, 4), (-4, 4)])))
    contacts = tuple(
        replace(contact, keyframes=tuple(replace(key, polygon=square) for key in contact.keyframes))
        for contact in clip.labels.contacts
    )
    joints = np.broadcast_to(SPOT, (len(frames), 21, 2)).astype(np.float32)
    guidance = replace(clip.guidance, hand_mask=frames[..., 0], flow=np.zeros_like(clip.guidance.flow), joints=joints)
    return replace(
        clip, frames=frames, labels=replace(clip.labels, contacts=contacts), joints=joints, guidance=guidance
    )


def middle(picture: np.ndarray) -> np.ndarray:
    """Centroid (2,) px of what is bright."""
    weight = np.maximum(picture.astype(float) - 60, 0)
    rows, columns = np.indices(weight.shape) + 0.5
    return np.array([(weight * columns).sum(), (weight * rows).sum()]) / weight.sum()


@pytest.fixture(scope="module")
def filmed() -> Clip:
    return shoot(marked(), "phone", seed=3)


def test_labels_and_joints_lie_where_the_picture_shows_them(filmed: Clip) -> None:
    for contact in filmed.labels.contacts:
        for key in contact.keyframes:
            seen = middle(filmed.frames[key.frame, ..., 1])
            assert np.abs(np.mean(key.polygon, axis=0) - seen).max() < 0.25  # px
    seen = np.array([middle(frame[..., 1]) for frame in filmed.frames])
    assert np.abs(filmed.joints[:, 8] - seen).max() < 0.25
    assert np.ptp(seen, axis=0).max() > 0.5  # a phone is never still


def test_maps_lie_where_the_picture_shows_them_and_flow_leads_back(filmed: Clip) -> None:
    maps = filmed.guidance
    assert maps is not None
    for frame in (0, len(filmed.frames) - 1):
        seen = middle(maps.hand_mask[frame])
        assert np.abs(seen - middle(filmed.frames[frame, ..., 1])).max() < 0.25
        x, y = np.rint(seen - 0.5).astype(int)
        assert np.abs(seen + maps.flow[frame, y, x].astype(float) - SPOT).max() < 0.15


def test_a_still_camera_changes_nothing() -> None:
    clip = poke()
    assert shoot(clip, "still", seed=3) is clip


def test_equal_seeds_are_equal_recordings(filmed: Clip) -> None:
    again, other = shoot(marked(), "phone", seed=3), shoot(marked(), "phone", seed=4)
    assert (again.frames == filmed.frames).all() and again.labels == filmed.labels
    assert other.labels != filmed.labels


def test_the_border_never_shows() -> None:
    corners = np.array([(0.0, 0.0), (SIDE, 0), (0, SIDE), (SIDE, SIDE)])
    for name, device in DEVICES.items():
        for seed in range(40):
            shot = hold(device, 72, 24, SIDE, seed)
            where = np.einsum("fij,kj->fki", shot.places[:, :, :2], corners) + shot.places[:, None, :, 2]
            assert where.min() >= -1e-9 and where.max() <= SIDE + 1e-9, name


def test_it_sways_no_more_than_a_hand_does_and_the_same_at_any_size() -> None:
    for side in (256, 1024):
        shot = hold(DEVICES["phone"], 240, 24, side, seed=1)
        centre = shot.places[:, :, :2] @ np.full(2, side / 2) + shot.places[:, :, 2] - side / 2
        device = DEVICES["phone"]
        assert np.abs(centre).max() <= MOST * (device.drift + device.tremor) * side + 1e-9
        assert np.abs(np.diff(centre, axis=0)).max() < 0.004 * side  # a frame: no jumps


@pytest.mark.parametrize("camera", DEVICES)
def test_a_device_is_seen_but_the_person_stays(camera: str) -> None:
    clip = poke()
    filmed = shoot(clip, camera, seed=1).frames
    assert filmed.shape == clip.frames.shape
    still = np.abs(np.diff(filmed[:2].astype(int), axis=0)).mean()
    assert 0.2 < still < 8  # levels: noise and sway, as of a film
    assert cv2.PSNR(cv2.blur(filmed[0], (9, 9)), cv2.blur(clip.frames[0], (9, 9))) > 22  # dB
