"""A film in which a pattern was asked for → its labels and the verdict on it, of one look at its pictures."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace

from annotation.labels import Labels
from model.prelabel.check import Verdict, face_lost, judge, require_pattern
from model.prelabel.labels import AUTHOR, labels_of
from model.prelabel.reading import look_steps, reading_of
from model.prelabel.video import Film
from model.request import Progress


@dataclass(frozen=True)
class Answer:
    """What is seen in a film that answers to a pattern."""

    labels: Labels  # of the pattern that was asked for
    verdict: Verdict


def answer_steps(film: Film, pattern: str) -> Generator[Progress | Answer]:
    """Progress frame by frame, last the Answer; closing the iterator stops the work; InputError."""
    require_pattern(pattern)
    with closing(look_steps(film)) as steps:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            elif lost := face_lost(step, pattern):
                yield Answer(_nothing(film, pattern), lost)
            else:
                reading = reading_of(film, step)
                yield Answer(replace(labels_of(reading), pattern=pattern), judge(reading, pattern))


def _nothing(film: Film, pattern: str) -> Labels:
    facts = film.facts
    return Labels(pattern, facts.fps, facts.frames, facts.width, facts.height, "predicted", AUTHOR)
