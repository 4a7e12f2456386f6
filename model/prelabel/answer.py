"""A film in which a pattern was asked for → its labels and the verdict on it, of one look at its pictures."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS
from model.prelabel.check import Verdict, check_steps
from model.prelabel.labels import Said, labels_of, said_of
from model.prelabel.video import Film
from model.request import Progress

NOTHING: Final = Said((), (), PATTERNS[0], 0.0)


@dataclass(frozen=True)
class Answer:
    """What is seen in a film that answers to a pattern."""

    labels: Labels  # of the pattern that was asked for
    verdict: Verdict


def answer_steps(film: Film, pattern: str) -> Generator[Progress | Answer]:
    """Progress frame by frame, last the Answer; closing the iterator stops the work; InputError."""
    said = list[Said]()
    with closing(check_steps(film, pattern, lambda reading: said.append(said_of(reading)))) as steps:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                heard = [NOTHING] if step.why == "face lost" else said
                yield Answer(replace(labels_of(film, heard), pattern=pattern), step)
