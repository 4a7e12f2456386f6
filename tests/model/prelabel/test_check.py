"""Was the pattern done? On hands made of numbers, and on a generated clip by the command line."""

import json
from pathlib import Path

import numpy as np
import pytest
from clips import made
from tracked import hand_at, mesh

from annotation.video import Facts
from model import InputError
from model.__main__ import main
from model.prelabel.check import Verdict, check_clip, judge
from model.prelabel.reading import reading_of
from model.prelabel.track import SeenHand, Sight
from model.prelabel.video import Film
from model.request import Request

RATE, FRAMES = 25, 40
CHEEK, OTHER_CHEEK, FOREHEAD, CHIN = 425, 205, 151, 199
FAR = np.array([620.0, 470.0])


def verdict(pattern: str, hands: list[SeenHand | None]) -> Verdict:
    """The verdict on a film of a still face and one hand."""
    sights = [Sight(mesh(), [] if hand is None else [hand]) for hand in hands]
    facts = Facts(len(hands), RATE, 640, 480)
    return judge(reading_of(Film("film", facts, iter(())), sights), pattern)


def touching(place: int, first: int = 8, last: int = 31, way: float = 0.0, **how) -> list[SeenHand | None]:
    """A hand that rests at a landmark from one frame to another, and is beside the head before and after."""
    spot = mesh()[place, :2]
    spots = [spot + [0.0, way * (i - first) / (last - first)] if first <= i <= last else FAR for i in range(FRAMES)]
    return [hand_at(at, **how) for at in spots]


def test_a_pattern_that_is_done_is_done():
    said = verdict("poke-left-cheek", touching(CHEEK))
    assert said.done and said.why == "" and said.sure > 0.5
    assert (said.hand, said.fingers) == ("left", ("index",)) and "left_cheek" in said.regions
    assert said.start is not None and abs(said.start - 8) <= 2 and abs((said.end or 0) - 31) <= 2
    assert "index" in said.sentence and "left cheek" in said.sentence


@pytest.mark.parametrize(
    ("pattern", "hands", "why"),
    [
        ("poke-left-cheek", [None] * FRAMES, "no touch"),
        ("poke-left-cheek", [hand_at(FAR)] * FRAMES, "no touch"),
        ("poke-left-cheek", touching(CHEEK, 8, 11), "too short"),
        ("poke-left-cheek", touching(OTHER_CHEEK), "wrong side"),
        ("poke-right-cheek", touching(CHEEK), "wrong side"),
        ("poke-left-cheek", touching(FOREHEAD), "other place"),
        ("poke-chin", touching(CHEEK), "other place"),
        ("poke-left-cheek", touching(CHEEK, tip=20, stretched=(4,)), "other finger"),
        ("stroke-left-cheek", touching(CHEEK), "other motion"),
        ("stroke-left-cheek", touching(CHEEK, way=50.0), ""),
        ("poke-forehead", touching(FOREHEAD), ""),
        ("poke-chin", touching(CHIN), ""),
    ],
)
def test_what_is_wrong_is_said(pattern: str, hands: list[SeenHand | None], why: str):
    said = verdict(pattern, hands)
    assert said.why == why and said.done == (why == "")
    assert said.sentence and 0 <= said.sure <= 1


def test_of_two_touches_the_right_one_counts():
    wrong, right = touching(FOREHEAD, 1, 10), touching(CHEEK, 28, 38)
    hands = [*wrong[:16], *right[16:]]
    assert verdict("poke-left-cheek", hands).done
    assert verdict("poke-forehead", hands).done
    assert not verdict("poke-chin", hands).done


def test_a_film_whose_face_is_mostly_lost(tmp_path: Path):
    from model.clip import save_video

    save_video(np.full((8, 64, 64, 3), 90, np.uint8), 12, tmp_path / "grey.mp4")
    said = check_clip(tmp_path / "grey.mp4", "poke-nose")
    assert (said.done, said.why) == (False, "face lost")


def test_a_pattern_that_there_is_not_is_refused(tmp_path: Path):
    with pytest.raises(InputError, match="the nearest is poke-nose"):
        check_clip(tmp_path / "nothing.mp4", "poke-nse")


def test_the_command_prints_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "a film.mp4"
    made(Request("poke-left-cheek", size=256, seconds=3.0, fps=12, camera="still")).save(path)
    answers = {}
    for pattern in ("poke-left-cheek", "poke-right-cheek"):
        assert main(["check", str(path), "--pattern", pattern]) == 0
        answers[pattern] = json.loads(capsys.readouterr().out)
    assert answers["poke-left-cheek"]["done"] is True
    assert answers["poke-left-cheek"]["regions"] and answers["poke-left-cheek"]["hand"] == "left"
    assert answers["poke-right-cheek"]["done"] is False and answers["poke-right-cheek"]["why"] == "wrong side"
    assert set(answers["poke-left-cheek"]) == {
        "pattern", "done", "sure", "why", "sentence", "hand", "fingers", "regions", "start", "end",
    }  # fmt: skip
