"""The card of an exported folder: who and what is in it, in which splits, with whose consent; for the Hub."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS
from annotation.values import About

HEAD: Final = """---
license: other
task_categories:
- video-classification
tags:
- hand-face-interaction
---
# Hand-face contacts

Each line of `metadata.jsonl` is one clip's labels, as `labels.json` of InterAnimate Studio, with `file_name`
(relative to this folder, by the video's SHA-256), `revision`, the `names` that the clip ever had, and `times` (s)
where its frames came irregularly. Frames count from 0, intervals include both ends. Polygons are in pixels, x to the
right and y down; left and right are the subject's. `manifest.csv` has subject, pattern, environment, device and split
of each clip, and the consent given for it.
"""
LONGEST: Final = 40  # rows of a table
NOT_TOLD: Final = "not told"
_VERSION: Final = re.compile(r"consent of recordings, version ([^,\s]+)")


@dataclass
class Census:
    """What is counted, clip by clip."""

    clips: int = 0
    seconds: float = 0.0
    contacts: int = 0
    without_consent: int = 0
    counted: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    people: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))  # by field and its value

    def add(self, about: About, labels: Labels, seconds: float) -> None:
        """Count a clip."""
        self.clips += 1
        self.seconds += seconds
        self.contacts += len(labels.contacts)
        self.without_consent += not about.consent
        for version in _VERSION.findall(about.consent):
            self.counted["consent"][version] += 1
        of_clip = {
            "pattern": labels.pattern, "split": about.split, "environment": about.environment, "device": about.device,
            "source": labels.source, "state": labels.state, "": "",
        }  # fmt: skip
        for name, value in of_clip.items():
            self.counted[name][value] += 1
            if about.subject:
                self.people[name, value].add(about.subject)


def card(census: Census) -> str:
    """The card as Markdown."""
    parts = [HEAD, _summary(census), _splits(census), _consent(census)]
    parts.append(_table(census, "pattern", "Patterns", [p for p in PATTERNS if census.counted["pattern"][p]]))
    parts += [_table(census, name, f"{name.capitalize()}s") for name in ("environment", "device", "source", "state")]
    return "\n".join(parts)


def _summary(census: Census) -> str:
    people = len(census.people["", ""])
    of = f" of {_of(people, 'person', 'people')}" if people else ", of whom is not told"
    return f"{_of(census.clips, 'clip')}{of}; {census.seconds / 60:.1f} minutes, {_of(census.contacts, 'contact')}.\n"


def _splits(census: Census) -> str:
    """Splits, and whether anybody is in two of them."""
    where: dict[str, set[str]] = defaultdict(set)
    for (name, split), people in census.people.items():
        if name == "split":
            for person in people:
                where[person].add(split)
    torn = sum(len(splits) > 1 for splits in where.values())
    words = f"{_of(torn, 'person is', 'people are')} in more than one split." if torn else "Nobody is in two splits."
    return f"{_table(census, 'split', 'Splits')}\n{words}\n"


def _consent(census: Census) -> str:
    given = census.clips - census.without_consent
    lines = [f"{given} of {_of(census.clips, 'clip')} carry a consent, word for word in `manifest.csv`."]
    if census.without_consent:
        lines.append(f"{census.without_consent} carry none: they are under the licence of where they come from.")
    lines += [
        f"{_of(number, 'clip was', 'clips were')} filmed in the studio by consent version {_cell(version)}."
        for version, number in sorted(census.counted["consent"].items())
    ]
    lines.append("Who withdrew was deleted before this export; copies of it must be brought up to date by you.")
    return "## Consent\n\n" + "\n".join(lines) + "\n"


def _table(census: Census, name: str, title: str, order: Sequence[str] = ()) -> str:
    """How many clips and people for each value, the most frequent first."""
    counted = census.counted[name]
    values = list(order) or [value for value, _ in sorted(counted.items(), key=lambda item: (-item[1], item[0]))]
    rows = [f"| {_cell(value)} | {counted[value]} | {len(census.people[name, value])} |" for value in values[:LONGEST]]
    if len(values) > LONGEST:
        rows.append(f"| {len(values) - LONGEST} more | {sum(counted[value] for value in values[LONGEST:])} | |")
    return f"## {title}\n\n" + _lines([f"| {name} | clips | people |", "|---|---|---|", *rows])


def _lines(lines: Iterable[str]) -> str:
    return "\n".join(lines) + "\n"


def _cell(text: str) -> str:
    """A text of anywhere, as text of a table and nothing else."""
    return re.sub(r"([\\`*_{}\[\]<>|#!&~])", r"\\\1", " ".join(text.split())) or NOT_TOLD


def _of(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"
