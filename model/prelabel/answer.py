"""A film in which a pattern was asked for → its labels and the verdict on it, of one look at its pictures."""

from collections.abc import Generator
from contextlib import closing
from dataclasses import dataclass, replace
from typing import Final

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS
from model.prelabel.check import Verdict, judge, require_pattern, verdict_of
from model.prelabel.labels import Said, labels_of, said_of
from model.prelabel.reading import readings
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
    require_pattern(pattern)
    seen, said, verdicts = 0, list[Said](), list[Verdict]()
    with closing(readings(film)) as steps:
        for step in steps:
            if isinstance(step, Progress):
                yield step
            else:
                seen += int(step.face.seen.sum())
                said.append(said_of(step))
                verdicts.append(judge(step, pattern))
    verdict = verdict_of(film, pattern, seen, verdicts)
    if verdict.why == "face lost":
        said = [NOTHING]
    yield Answer(replace(labels_of(film, said), pattern=pattern), verdict)
