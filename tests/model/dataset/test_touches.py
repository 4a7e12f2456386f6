"""Free touches and near misses: what is drawn, what is filmed, and what is learnt from them."""

import json
from pathlib import Path

import numpy as np
import pytest
from skimage.data import astronaut

from model.dataset.touches.draw import ACTS, FRAMES, GAPS_MM, PARTS, draw_touch, height_curve
from model.dataset.touches.film import FreeClip, film_free
from model.dataset.touches.fit import Seen, card_of, fit_folder, fit_weights
from model.dataset.touches.make import write_clip
from model.errors import InputError
from model.face import load_photo, scan
from model.prelabel.fingers import TOLD, finger_weights
from model.prelabel.video import read_film

MANY = 300


def a_touch(gap: bool) -> int:
    """The first number whose clip rests on the face, or before it."""
    return next(n for n in range(MANY) if bool(draw_touch(n).gap) == gap and draw_touch(n).act == "rest")


def test_a_number_is_always_the_same_clip_and_all_kinds_come():
    drawn = [draw_touch(n) for n in range(MANY)]
    again = draw_touch(7)
    assert again.part == drawn[7].part and np.array_equal(again.angles, drawn[7].angles)
    assert {touch.part for touch in drawn} == set(PARTS) and {touch.act for touch in drawn} == set(ACTS)
    gaps = [touch.gap for touch in drawn if touch.gap]
    assert 0.3 < len(gaps) / MANY < 0.5 and min(gaps) >= GAPS_MM[0] and max(gaps) <= GAPS_MM[1]
    fingers = {finger for touch in drawn for finger in touch.fingers}
    assert fingers == {"thumb", "index", "middle", "ring", "little"}


def test_a_near_miss_never_comes_nearer_than_it_should():
    for n in range(MANY):
        touch = draw_touch(n)
        if touch.gap:
            high, _ = height_curve(touch, np.arange(FRAMES) / touch.fps, np.random.default_rng(n))
            assert high.min() > 0.85 * touch.gap


@pytest.fixture(scope="module")
def clips() -> dict[str, FreeClip]:
    face = scan(load_photo(astronaut()), 256)
    return {name: film_free(face, a_touch(gap)) for name, gap in (("touch", False), ("miss", True))}


def test_truth_and_distance_agree(clips: dict[str, FreeClip]):
    for clip in clips.values():
        assert clip.frames.shape[0] == FRAMES and clip.frames.dtype == np.uint8
        assert clip.touches.shape == clip.region.shape == clip.distance.shape == (FRAMES, 6)
        assert (clip.distance[clip.touches] < 5).all()  # of every fifth vertex of the hand
        assert ((clip.region >= 0) == clip.touches).all()
    assert not clips["miss"].touches.any() and clips["miss"].distance.min() > 0.5 * clips["miss"].gap
    assert clips["touch"].touches.any()


def test_a_clip_is_written_with_its_truth(clips: dict[str, FreeClip], tmp_path: Path):
    write_clip(clips["touch"], tmp_path / "00000.npz", "eileen")
    with np.load(tmp_path / "00000.npz") as truth:
        assert str(truth["person"]) == "eileen" and np.array_equal(truth["touches"], clips["touch"].touches)
    assert read_film(tmp_path / "00000.mp4").facts.frames == FRAMES


def a_person(name: str, rng: np.random.Generator) -> Seen:
    """Fingers of which those touch that are not behind the deepest."""
    told = np.zeros((40, 5, 2 * len(TOLD) + 5))
    behind = -rng.uniform(0, 1, (40, 5))
    told[:, 1:, 0], told[:, 0, len(TOLD)] = behind[:, 1:], behind[:, 0]
    told[..., -5:] = np.eye(5)
    return Seen(told, behind > -0.4, name, pattern=bool(rng.random() < 0.5))


def test_weights_are_learnt_and_measured_on_unseen_people():
    rng = np.random.default_rng(0)
    seen = [a_person(str(k), rng) for k in range(8)]
    weights, likely, figures = fit_weights(seen)
    assert weights[0] > 1 and weights[len(TOLD)] > 1  # what lies behind does not touch
    assert figures["all"] > 0.8 and 0 < likely < 1
    card = card_of(seen, likely, figures)
    assert "320 frames" in card and "8 people" in card and f"{figures['all']:.2f}" in card


def test_too_few_people_are_refused(tmp_path: Path):
    with pytest.raises(InputError, match="at least 4 people"):
        fit_folder(tmp_path, tmp_path / "out")


def test_the_weights_that_ship_fit_the_reader():
    shipped = finger_weights()
    assert shipped.weights.shape == (2 * len(TOLD) + 5,) and 0 < shipped.likely < 1
    folder = Path(__file__).parents[3] / "assets" / "prelabel"
    assert json.loads((folder / "fingers.json").read_text())["likely"] == shipped.likely
    assert "held out" in (folder / "README.md").read_text()
