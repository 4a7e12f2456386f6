"""Skin through time under a ball: how deep, how wide, how it comes back, and where the flesh goes."""

from typing import Any

import numpy as np
import pytest
from flat import ball_track, flat_face, motion_of, pressing
from scipy.integrate import solve_ivp

from model.contact.simulate import SkinTrack, _bulges, drive_skin, expression_offset, simulate_skin
from model.contact.tissue import build_tissue
from model.motion.motion import Motion, PosedHand
from model.scene import FaceScan

RADIUS = 7.0
HALF, SPACING, SIDE = 36.0, 2.0, 37
COUNT = SIDE * SIDE
MIDDLE = COUNT // 2
BONE = np.full(COUNT, 0.05)  # softness of skin that hardly bulges


def pressed(depths: list[float], fps: int = 24, face: dict[str, Any] | None = None, **fields: Any) -> np.ndarray:
    """Displacement (f, n, 3) of a flat face by a ball whose lowest point goes through `depths` mm."""
    scan = flat_face(HALF, SPACING, **(face or {}))
    track = ball_track(pressing(depths, RADIUS), RADIUS)
    return spread(scan, answer(scan, motion_of(len(depths), fps, **fields), track))


def answer(scan: FaceScan, motion: Motion, track: PosedHand, frames: int | None = None) -> SkinTrack:
    touching = np.arange(track.vertices.shape[1], dtype=np.int32)
    skin = drive_skin(scan, motion, track, touching, len(motion.press))
    return simulate_skin(skin, frames or len(motion.press))


def spread(scan: FaceScan, track: SkinTrack) -> np.ndarray:
    out = np.zeros((len(track.displacement), *scan.vertices.shape))
    out[:, track.patch] = track.displacement
    return out


def volume(heights: np.ndarray) -> float:
    return float(heights.sum() * SPACING**2)


def test_a_dent_and_the_give_of_the_pad_are_as_deep_as_the_ball_goes_in() -> None:
    scan, frames = flat_face(HALF, SPACING), 24
    track = ball_track(pressing([-3.0] + [3.0] * frames, RADIUS), RADIUS)
    found = answer(scan, motion_of(frames + 1), track)
    middle = np.flatnonzero(found.patch[found.pressed] == MIDDLE)[0]
    dent, give = spread(scan, found)[-1, MIDDLE], found.overlap[-1, middle]
    assert dent[2] + give == pytest.approx(3.0, abs=0.1)
    assert give / 3.0 == pytest.approx(0.23, abs=0.02)  # a quarter on a cheek
    assert np.abs(dent[:2]).max() < 0.02


def test_on_bone_the_pad_gives_more_than_on_a_cheek() -> None:
    depths = [-3.0] + [3.0] * 12
    bone, cheek = pressed(depths, face={"softness": BONE}), pressed(depths)
    assert bone[-1, MIDDLE, 2] < 0.75 * cheek[-1, MIDDLE, 2]


def test_the_skin_lies_outside_the_ball_but_for_what_the_pad_gives() -> None:
    scan = flat_face(HALF, SPACING)
    centres = pressing(np.linspace(-3, 3, 13), RADIUS)
    found = answer(scan, motion_of(13), ball_track(centres, RADIUS))
    skin = scan.vertices[None] + spread(scan, found)
    for frame in range(13):
        height = np.linalg.norm(skin[frame, found.patch[found.pressed]] - centres[frame], axis=1) - RADIUS
        assert (height > -found.overlap[frame] - 0.15).all()
        loaded = found.overlap[frame] > 0
        assert (np.abs(height + found.overlap[frame])[loaded] < 0.3).all()  # what is loaded touches
    across = np.linalg.norm(scan.vertices[found.patch[found.pressed]], axis=1)
    assert across[found.overlap[-1] > 0].max() < np.sqrt(RADIUS**2 - (RADIUS - 3.0) ** 2) + SPACING


def test_a_dent_is_as_symmetric_as_the_ball() -> None:
    last = pressed([-3.0] + [3.0] * 8)[-1].reshape(SIDE, SIDE, 3)
    assert last[..., 2] == pytest.approx(last[::-1, ::-1, 2], abs=0.03)  # turned by half
    assert last[..., 2] == pytest.approx(last[..., 2].T, abs=0.03)
    assert last[..., 0] == pytest.approx(last[..., 1].T, abs=0.03)
    profile = last[18, 18:, 2]
    assert (np.diff(profile[:8]) < 0).all() and profile[9] < 0.2 * profile[0]


def test_a_ball_that_never_comes_near_changes_nothing() -> None:
    assert not pressed([-2.0, -1.5, -1.2, -2.0]).any()


def test_the_skin_swings_back_at_its_frequency_and_creeps_back_on_its_time_constant() -> None:
    """A ball holds bony skin long enough and is gone: the rest is two linear equations, solved here finely."""
    fps, held = 36, 54
    track = pressed([-3.0] + [3.0] * held + [-30.0] * fps, fps, face={"softness": BONE})
    seen = track[held:, MIDDLE, 2] / track[held, MIDDLE, 2]
    hertz, damping, share, slow = 6.0, 0.8, 0.3, 0.25
    omega = 2 * np.pi * hertz

    def flow(_: float, state: np.ndarray) -> list[float]:
        here, speed, creep = state
        return [speed, -(omega**2) * here - 2 * damping * omega * speed, (share * here - creep) / slow]

    at = np.arange(1, fps) / fps  # the ball leaves at once
    exact = solve_ivp(flow, (0, 1), [1 / (1 + share), 0.0, share / (1 + share)], t_eval=at, rtol=1e-8)
    expected = exact.y[0] + exact.y[2]
    assert seen[1:fps] == pytest.approx(expected, abs=0.05)
    late = slice(int(0.4 * fps), int(0.8 * fps))
    rate = -np.polyfit(np.arange(fps)[late] / fps, np.log(seen[late]), 1)[0]
    assert 1 / rate == pytest.approx(slow, rel=0.04)
    assert seen[fps // 4] == pytest.approx(expected[fps // 4 - 1], abs=0.012)


def test_a_dent_is_as_deep_at_every_frame_rate() -> None:
    deep = [pressed([-3.0] + [2.5] * fps, fps)[-1, MIDDLE, 2] for fps in (12, 24, 60)]
    assert deep == pytest.approx([deep[1]] * 3, abs=0.03)


def test_skin_takes_part_that_the_hand_comes_near() -> None:
    """What is 0.9 mm from the ball may be touched when the skin is drawn along; what is farther is left out."""
    scan = flat_face(HALF, SPACING)
    found = answer(scan, motion_of(3), ball_track(pressing([-3.0, 2.0, 2.0], RADIUS), RADIUS))
    height = np.linalg.norm(scan.vertices - pressing([2.0], RADIUS), axis=1) - RADIUS
    taken = np.zeros(COUNT, bool)
    taken[found.patch[found.pressed]] = True
    assert taken[height < 0.7].all() and not taken[height > 1.1].any()
    assert ((height > 0.3) & (height < 0.7)).any() and ((height > 1.1) & (height < 2.5)).any()


def test_a_finger_that_slides_drags_the_skin_by_its_friction() -> None:
    centres = pressing([-3.0] + [2.5] * 9, RADIUS)
    centres[:, 0] = np.clip(np.arange(10) - 4, 0, None) * 0.8
    scan, track = flat_face(HALF, SPACING), ball_track(centres, RADIUS)
    rough, smooth = (
        spread(scan, answer(scan, motion_of(10, friction=friction), track))[-1, MIDDLE, 0] for friction in (0.9, 0.0)
    )
    assert rough > 0.8 and rough > smooth + 0.8


def test_what_is_rigid_is_never_pressed_and_hardly_moves() -> None:
    rigid = (flat_face(HALF, SPACING).vertices[:, 0] > 3).astype(float)
    scan = flat_face(HALF, SPACING, rigid=rigid)
    found = answer(scan, motion_of(9), ball_track(pressing([-3.0] + [2.0] * 8, RADIUS), RADIUS))
    assert not rigid[found.patch[found.pressed]].any()
    free, held = pressed([-3.0] + [2.0] * 8)[-1, :, 2], spread(scan, found)[-1, :, 2]
    beside = MIDDLE + 3
    assert rigid[beside] and abs(held[beside]) < 0.4 * free[beside]
    assert held[MIDDLE] > 1.0


def test_an_expression_moves_the_skin_that_is_pressed() -> None:
    raised = {"brow_lower": np.tile([0.0, 0.0, -2.0], (COUNT, 1))}
    scan = flat_face(HALF, SPACING, expressions=raised)
    strength = {"brow_lower": np.full(9, 0.5)}
    motion = motion_of(9, expressions=strength)
    assert expression_offset(scan, motion, 3) == pytest.approx(0.5 * raised["brow_lower"])
    track = ball_track(pressing([-3.0] + [2.0] * 8, RADIUS), RADIUS)
    higher = spread(scan, answer(scan, motion, track))[-1, MIDDLE, 2]
    assert higher == pytest.approx(pressed([-4.0] + [3.0] * 8)[-1, MIDDLE, 2], abs=0.05)  # 1 mm deeper in


def test_the_first_frames_do_not_know_the_last() -> None:
    scan, motion = flat_face(HALF, SPACING), motion_of(8)
    track = ball_track(pressing([-3.0, 1.0, 2.0, 2.0, 1.0, -1.0, -3.0, -3.0], RADIUS), RADIUS)
    whole, early = answer(scan, motion, track), answer(scan, motion, track, frames=4)
    assert early.displacement == pytest.approx(whole.displacement[:4], abs=1e-5)


def test_what_is_touched_only_later_is_found_later() -> None:
    centres = pressing([-3.0, 1.5, 1.5, 1.5, 1.5, 1.5], RADIUS)
    centres[3:, 0] = 16.0
    scan, motion, track = flat_face(HALF, SPACING), motion_of(6), ball_track(centres, RADIUS)
    touching = np.arange(track.vertices.shape[1], dtype=np.int32)
    skin = drive_skin(scan, motion, track, touching, 3)
    place = scan.vertices[skin.tissue.patch]
    assert np.abs(place[skin.first, 0]).max() < 8 and place[skin.later, 0].min() > 4
    assert spread(scan, simulate_skin(skin, 6))[-1, MIDDLE + 8, 2] > 0.9
    assert simulate_skin(skin, 3).displacement == pytest.approx(answer(scan, motion, track, 3).displacement, abs=0.02)


def bulged(move: np.ndarray, covered: np.ndarray | float = 0.0, softness: float = 1.0) -> np.ndarray:
    """How far (n,) flesh rises out of a flat face whose skin is displaced by `move` (n, 3), pads over `covered`."""
    scan = flat_face(HALF, SPACING, softness=np.full(COUNT, softness))
    tissue = build_tissue(scan, np.zeros((1, 3)))
    assert len(tissue.patch) == COUNT
    every, overlap = np.arange(COUNT, dtype=np.int32), np.broadcast_to(covered, (1, COUNT)).astype(np.float32)
    return -_bulges(tissue, scan.vertices[None], move[None].astype(np.float32), every, overlap)[0, :, 2]


def far() -> np.ndarray:
    """Distance (n,) of the vertices from the middle."""
    return np.linalg.norm(flat_face(HALF, SPACING).vertices, axis=1)


def hollow(deep: float) -> np.ndarray:
    """A smooth round dent of 12 mm radius (n, 3)."""
    return np.outer(deep * np.where(far() < 12, 0.5 + 0.5 * np.cos(np.pi * far() / 12), 0), [0.0, 0.0, 1.0])


def test_more_than_half_of_the_dented_volume_rises_around_it() -> None:
    dent = hollow(0.5)
    rise = bulged(dent)
    assert volume(rise) == pytest.approx(0.55 * volume(dent[:, 2]), rel=0.02)
    assert bulged(2 * dent) == pytest.approx(2 * rise, abs=0.03)
    assert bulged(dent, softness=0.1) == pytest.approx(0.11 * rise)  # skin on bone has nowhere to go


def test_flesh_rises_as_wide_as_it_spreads() -> None:
    """What smooths a dent, (1 - σ²/2 ∇²)⁻¹ with σ = 16 mm, worked out by Fourier's way on a larger plane."""
    dent, wide = hollow(0.5)[:, 2].reshape(SIDE, SIDE), 128
    grid = np.zeros((wide, wide))
    grid[:SIDE, :SIDE] = dent
    k = 2 * np.pi * np.fft.fftfreq(wide, SPACING)
    smooth = np.fft.ifft2(np.fft.fft2(grid) / (1 + 16.0**2 / 2 * (k[:, None] ** 2 + k**2))).real[:SIDE, :SIDE]
    rise = bulged(hollow(0.5)).reshape(SIDE, SIDE)
    assert rise[6:31, 6:31] == pytest.approx(0.55 * smooth[6:31, 6:31], abs=0.006)


def test_under_a_pad_nothing_rises() -> None:
    rise, bare = bulged(hollow(2.0), np.where(far() < 9, 0.1, 0.0)), bulged(hollow(2.0))
    assert not rise[far() < 7].any()
    around = (far() > 18) & (far() < 24)
    assert rise[around] == pytest.approx(bare[around]) and rise[around].min() > 0.015


def test_skin_that_is_pushed_together_folds_outward() -> None:
    """A tenth of the area lost lifts the skin by a tenth of a fold's height."""
    squeeze = flat_face(HALF, SPACING).vertices * [-0.1, 0.0, 0.0]
    assert bulged(squeeze)[MIDDLE] == pytest.approx(0.1 * 8.0, rel=0.01)
    assert np.abs(bulged(-squeeze)).max() < 1e-3
