"""One real photo through the whole way: frames, labels, figures, guidance, and what a request changes."""

import threading
from dataclasses import fields

import numpy as np
import pytest
from clips import FRAMES, SMALL, made, poke, touched
from skimage.data import astronaut

from annotation.labels import check, mask_at, mirrored
from annotation.taxonomy import FINGERS
from model import InputError, generate, generate_steps
from model.clip import Clip, Guidance
from model.mirror import mirror_image
from model.render import frames
from model.request import Progress, Request

METRICS = (
    "col_dist_mm", "max_penetration_mm", "non_collision_5mm", "non_collision_0_5mm", "touchness", "f_score",
    "identity_nme", "static_flicker", "seconds",
)  # fmt: skip


def test_frames_are_a_clip_of_the_person():
    clip = poke()
    assert clip.frames.shape == (FRAMES, 256, 256, 3) and clip.frames.dtype == np.uint8
    assert clip.fps == 12
    assert clip.frames.std() > 30  # a picture, not a plain colour
    steps = np.abs(np.diff(clip.frames.astype(int), axis=0)).mean(axis=(1, 2, 3))
    assert steps.max() > 1  # something moves


def test_every_figure_is_there_and_within_the_bars():
    figures = poke().metrics
    assert set(METRICS) <= set(figures)
    assert figures["col_dist_mm"] <= 0.05
    assert figures["max_penetration_mm"] <= 0.5
    assert figures["non_collision_5mm"] == 1.0
    assert figures["non_collision_0_5mm"] >= 0.99
    assert figures["touchness"] == 1.0 and figures["f_score"] == 1.0
    assert figures["identity_nme"] <= 0.02
    assert figures["static_flicker"] > 0.999
    assert figures["background_change"] <= 2
    assert figures["skin_delta_e"] <= 6
    stages = {k: v for k, v in figures["seconds"].items() if k != "total"}
    assert sum(stages.values()) == pytest.approx(figures["seconds"]["total"], abs=0.01)


def test_labels_say_what_the_pattern_is_about():
    labels = check(poke().labels)
    assert (labels.pattern, labels.source, labels.state) == ("poke-left-cheek", "simulated", "unreviewed")
    assert (labels.frames, labels.fps, labels.width, labels.height) == (FRAMES, 12, 256, 256)
    assert {(c.hand, c.finger, c.region) for c in labels.contacts} == {("left", "index", "left_cheek")}


def test_labels_agree_with_the_curves():
    clip = poke()
    on = touched(clip)
    assert 3 <= on.sum() <= FRAMES - 4
    area = clip.curves.area["left_cheek"]
    assert (area[on] > 3).all() and (area[~on] <= 3).all()
    assert (clip.curves.gap[on] < 0.5).all()
    assert clip.curves.gap[0] > 20 and clip.curves.gap[-1] > 20
    assert clip.curves.depth["left_cheek"][on].max() > 2
    for name in ("gap", "speed"):
        assert getattr(clip.curves, name).shape == (FRAMES,)


def test_polygons_lie_where_the_guidance_shows_contact():
    clip = poke()
    assert clip.guidance is not None
    contact = clip.labels.contacts[0]
    middle = (contact.start + contact.end) // 2
    painted = clip.guidance.contact_mask[middle] == 1 + FINGERS.index(contact.finger)
    drawn = mask_at(contact, middle, 256, 256)
    assert (painted & drawn).sum() / (painted | drawn).sum() > 0.5


def test_guidance_has_the_shapes_and_ranges_that_it_names():
    clip = poke()
    maps = clip.guidance
    assert maps is not None
    assert {field.name for field in fields(Guidance)} == set(vars(maps))
    for name, kind, tail in (
        ("hand_normals", np.int8, (3,)), ("hand_albedo", np.uint8, (3,)), ("hand_depth", np.float16, ()),
        ("hand_parts", np.uint8, ()), ("hand_mask", np.uint8, ()), ("face_mask", np.uint8, ()),
        ("contact_mask", np.uint8, ()), ("shadow", np.uint8, ()), ("flow", np.float16, (2,)),
    ):  # fmt: skip
        assert getattr(maps, name).shape == (FRAMES, 256, 256, *tail) and getattr(maps, name).dtype == kind
    on_hand = maps.hand_parts > 0
    assert maps.hand_parts.max() <= 8 and maps.contact_mask.max() <= 6
    assert np.allclose(np.linalg.norm(maps.hand_normals[maps.hand_mask > 127].astype(float), axis=1), 127, atol=2)
    assert (maps.hand_albedo[on_hand] > 0).all() and (maps.hand_albedo[maps.hand_mask == 0] == 0).all()
    assert (maps.hand_normals[maps.hand_mask == 0] == 0).all() and (maps.hand_depth[~on_hand] == 0).all()
    assert set(np.unique(maps.face_mask)) == {0, 255}
    assert ((maps.contact_mask > 0).any(axis=(1, 2)) <= touched(clip)).all()
    assert maps.shadow[0].min() > 200 and maps.shadow.min() < 200  # the hand darkens what it comes near to
    assert np.isfinite(maps.flow.astype(float)).all() and np.abs(maps.flow).max() < 40


def test_joints_follow_the_hand():
    clip = poke()
    assert clip.joints is not None and clip.guidance is not None
    assert clip.joints.shape == (FRAMES, 21, 2)
    assert np.array_equal(clip.joints, clip.guidance.joints)
    frame = clip.labels.contacts[0].start + 2
    x, y = np.clip(clip.joints[frame, 6].astype(int), 0, 255)  # the index finger's middle joint
    assert clip.guidance.hand_mask[frame, y, x] > 200


def test_provenance_tells_how_to_make_it_again():
    origin = poke().provenance
    request = Request("poke-left-cheek", **SMALL)
    assert {name: origin[name] for name in ("pattern", "seed", "size", "seconds", "fps", "intensity")} == {
        name: getattr(request, name) for name in ("pattern", "seed", "size", "seconds", "fps", "intensity")
    }
    assert origin["generated"] is True and origin["hand"] == "left" and origin["engine"] == "physics"


def test_the_same_request_gives_the_same_frames():
    clip, again = poke(), generate(astronaut(), "poke-left-cheek", **SMALL)
    assert np.array_equal(clip.frames, again.frames)
    assert clip.labels == again.labels
    assert np.array_equal(clip.joints, again.joints)


def test_another_seed_gives_another_clip():
    clip, other = poke(), made(Request("poke-left-cheek", seed=1, **SMALL))
    middle = clip.labels.contacts[0].start + 2
    assert np.abs(clip.frames[middle].astype(int) - other.frames[middle]).mean() > 1
    assert np.abs(clip.joints - other.joints).max() > 5


def test_a_lighter_touch_dents_less():
    firm, light = poke(), made(Request("poke-left-cheek", intensity=0.3, **SMALL))
    deep, shallow = (clip.curves.depth["left_cheek"].max() for clip in (firm, light))
    assert 0 < shallow < 0.7 * deep
    assert light.labels.contacts


def test_a_right_hand_is_a_left_hand_in_the_mirror():
    left = made(Request("poke-nose", hand="left", **SMALL))
    right = made(Request("poke-nose", hand="right", **SMALL), flipped=True)
    assert np.array_equal(right.frames, mirror_image(left.frames))
    assert right.labels == mirrored(left.labels)
    assert {c.hand for c in right.labels.contacts} == {"right"}
    assert np.allclose(right.joints[..., 0], 256 - left.joints[..., 0])
    assert set(right.curves.depth) == set(mirrored_words(left.curves.depth))


def mirrored_words(words: dict) -> set[str]:
    """Regions on the other side."""
    from annotation.taxonomy import mirrored as other

    return {other(word) for word in words}


def test_the_first_still_is_a_frame_of_the_clip():
    *steps, clip = generate_steps(astronaut(), Request("stroke-left-cheek", size=256, seconds=1.5, camera="still"))
    assert isinstance(clip, Clip)
    still = next(step.preview for step in steps if isinstance(step, Progress) and step.preview is not None)
    away = np.abs(clip.frames.astype(np.float32) - still).mean(axis=(1, 2, 3))
    contact = clip.labels.contacts[0]
    assert away.min() < 0.1  # levels
    assert contact.start <= away.argmin() <= contact.end


def test_closing_the_generator_stops_the_work(monkeypatch: pytest.MonkeyPatch):
    rendered = []

    def counted(stage: frames.Stage, frame: int) -> frames.Rendered:
        rendered.append(frame)
        return whole(stage, frame)

    whole = frames.render_frame
    monkeypatch.setattr(frames, "render_frame", counted)
    before = threading.active_count()
    steps = generate_steps(astronaut(), Request("poke-left-cheek", size=256, seconds=3.0, fps=24))
    seen: list[Progress] = []
    while not rendered:
        seen.append(next(steps))
    steps.close()
    assert seen[-1].stage == "render" and any(step.preview is not None for step in seen)
    assert [step.fraction for step in seen] == sorted(step.fraction for step in seen)
    assert len(rendered) < 36  # of 72
    assert threading.active_count() <= before


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        ({"pattern": "poke-left-check"}, "poke-left-cheek"), ({"engine": "magic"}, "physics"),
        ({"hand": "middle"}, "left or right"), ({"size": 4096}, "between 256 and 1024"), ({"size": 500}, "496"),
        ({"seconds": float("nan")}, "between"), ({"fps": 0}, "between"), ({"seed": -1}, "between"),
        ({"intensity": 9}, "between"),
    ],
)  # fmt: skip
def test_a_request_that_cannot_be_met_is_refused_at_once(change: dict, hint: str):
    with pytest.raises(InputError, match=hint):
        Request(**({"pattern": "poke-nose"} | change))


def test_no_clip_is_shared_between_requests():
    assert isinstance(poke(), Clip)
    with pytest.raises(AttributeError):
        poke().fps = 30  # type: ignore[misc]
