"""A clip seen in a mirror: everything in it, and back."""

import numpy as np
from clips import poke

from model.mirror import mirror_clip, mirror_guidance


def test_twice_mirrored_is_the_same():
    clip = poke()
    again = mirror_clip(mirror_clip(clip))
    assert np.array_equal(again.frames, clip.frames)
    assert (again.labels.pattern, again.labels.contacts[0].region) == ("poke-left-cheek", "left_cheek")
    assert set(again.curves.depth) == set(clip.curves.depth)
    for name, value in vars(clip.guidance).items():
        assert np.allclose(getattr(again.guidance, name), value, atol=1e-4), name


def test_sideways_directions_change_sign():
    maps = poke().guidance
    assert maps is not None
    other = mirror_guidance(maps)
    frame, width = poke().labels.contacts[0].start + 2, 256
    y, x = np.argwhere(maps.contact_mask[frame] > 0)[0]
    for name, signs in (("flow", [-1, 1]), ("hand_normals", [-1, 1, 1])):
        here, there = getattr(maps, name)[frame, y, x], getattr(other, name)[frame, y, width - 1 - x]
        assert np.array_equal(there, here * np.array(signs, here.dtype)), name
    y, x = np.argwhere(maps.hand_parts[frame] > 0)[0]
    assert np.array_equal(other.hand_normals[frame, y, width - 1 - x], maps.hand_normals[frame, y, x] * [-1, 1, 1])
    assert np.allclose(other.joints[..., 0], width - maps.joints[..., 0])
