"""Long films are read in parts: memory does not grow with them, and what goes on over a cut stays one."""

from collections.abc import Iterator

import numpy as np
import pytest

from annotation.labels import Contact, Keyframe
from annotation.video import Facts
from model.errors import InputError
from model.prelabel import reading
from model.prelabel.check import Verdict, verdict_of
from model.prelabel.labels import Said, labels_of
from model.prelabel.reading import Part, look_steps
from model.prelabel.track import SeenHand, Sight
from model.prelabel.video import Film

HAND = SeenHand(np.zeros((21, 3)), 1.0, np.zeros((21, 3)))
TRIANGLE = ((1.0, 1.0), (9.0, 1.0), (5.0, 9.0))


def parts(monkeypatch: pytest.MonkeyPatch, frames: int, hands: set[int]) -> list[tuple[int, int]]:
    """First frame and length of the parts of a film of ten frames a second, with a hand in some frames."""

    def sights(_: object) -> Iterator[Sight]:
        for frame in range(frames):
            yield Sight(None, [HAND] if frame in hands else [])

    monkeypatch.setattr(reading, "sights_of", sights)
    monkeypatch.setattr(reading, "PART", 100)
    film = Film("film.mp4", Facts(frames, 10.0, 64, 64), iter(()))
    return [(step.first, len(step.sights)) for step in look_steps(film) if isinstance(step, Part)]


def test_a_film_is_cut_where_no_hand_was_seen_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parts(monkeypatch, 60, {5}) == [(0, 60)]
    assert parts(monkeypatch, 250, set()) == [(0, 100), (100, 100), (200, 50)]
    assert parts(monkeypatch, 200, set(range(90, 121))) == [(0, 128), (128, 72)]
    assert parts(monkeypatch, 100, set()) == [(0, 100)]


def test_no_part_is_longer_however_long_a_hand_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    assert parts(monkeypatch, 1000, set(range(1000))) == [(k, 200) for k in range(0, 1000, 200)]


def contact(start: int, end: int, finger: str = "index", confidence: float = 0.8) -> Contact:
    return Contact("c1", "left", finger, "chin", start, end, confidence, (Keyframe(start, TRIANGLE),))


def test_what_goes_on_over_a_cut_is_one_contact() -> None:
    film = Film("film.mp4", Facts(200, 10.0, 64, 64), iter(()))
    first = Said((contact(10, 20), contact(90, 99)), ((95, 99),), "poke-chin", 1.1)
    second = Said(
        (contact(100, 120, confidence=0.6), contact(100, 110, "thumb")), ((100, 104), (150, 160)), "pinch-chin", 2.1
    )
    labels = labels_of(film, [first, second])
    told = [(c.id, c.finger, c.start, c.end, c.confidence, [k.frame for k in c.keyframes]) for c in labels.contacts]
    assert told == [
        ("c1", "index", 10, 20, 0.8, [10]),
        ("c2", "index", 90, 120, 0.6, [90, 100]),
        ("c3", "thumb", 100, 110, 0.8, [100]),
    ]
    assert labels.unsure == ((95, 104), (150, 160))
    assert labels.pattern == "pinch-chin", "that of the longest touch"


def test_more_contacts_than_labels_hold_are_told() -> None:
    film = Film("film.mp4", Facts(90_000, 10.0, 64, 64), iter(()))
    with pytest.raises(InputError, match="film.mp4 has more than 1000 contacts: cut it"):
        labels_of(film, [Said(tuple(contact(20 * i, 20 * i + 9) for i in range(1001)), (), "poke-chin", 1.0)])


def test_the_best_part_decides_whether_a_pattern_was_done() -> None:
    film = Film("film.mp4", Facts(100, 10.0, 64, 64), iter(()))
    none = Verdict("poke-chin", False, 0.9, "no touch", "No touch was seen.")
    other = Verdict("poke-chin", False, 0.9, "other place", "", start=3, end=9)
    done = Verdict("poke-chin", True, 0.4, "", "", start=60, end=70)
    assert verdict_of(film, "poke-chin", 90, [none, other]) is other
    assert verdict_of(film, "poke-chin", 90, [other, done, none]) is done
    assert verdict_of(film, "poke-chin", 50, [done]).why == "face lost"
    assert verdict_of(film, "poke-chin", 0, []).why == "face lost"
