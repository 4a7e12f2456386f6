"""Pre-labels for all clips that have none: python -m studio.prelabel --data DIR. The Dataset tab does the same.

What is done stays: stopped, it goes on from there.
"""

import argparse
import os
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from annotation import console, prelabelling
from annotation.errors import BadInput, NotAllowed, StoreError
from annotation.labels import Labels
from annotation.opening import open_store
from annotation.paths import shown, why_not_read
from annotation.store import Store
from annotation.values import SYSTEM
from model.errors import InputError
from model.request import Progress

Predict = Callable[[Path], Iterator[Progress | Labels]]


@dataclass(frozen=True)
class Prelabelled:
    """How far it is."""

    total: int  # clips that had none as it began
    done: int = 0  # of them have one now
    failed: int = 0  # in which none could be made: no face, above all
    clip: int = 0  # at which it is
    share: float = 0.0  # of that clip, 0 .. 1

    @property
    def words(self) -> str:
        """One line for who waits."""
        left = self.total - self.done - self.failed
        failed = f", {self.failed:,} without a face or not readable" if self.failed else ""
        now = f"; clip {self.clip}: {self.share:.0%}" if self.clip and left else ""
        return f"{self.done:,} of {self.total:,} clips pre-labelled{failed}{now}"


def prelabel_all(store: Store, actor: str, predict: Predict) -> Iterator[Prelabelled]:
    """Pre-label clip after clip (admin); closing the iterator stops after the clip's last frame. `StoreError`."""
    total, done, failed, clip_id = prelabelling.count(store, actor), 0, 0, 0
    yield Prelabelled(total)
    while (found := prelabelling.next_clip(store, actor, clip_id, time.time())) is not None:
        clip_id, video = found
        labels, words = None, "pre-labelled"
        try:
            with closing(predict(video)) as steps:  # type: ignore[type-var]
                for step in steps:
                    if isinstance(step, Labels):
                        labels = step
                    else:
                        yield Prelabelled(total, done, failed, clip_id, step.fraction)
            prelabelling.attach(store, actor, clip_id, labels, words, time.time())
            done += 1
        except (InputError, BadInput) as error:
            prelabelling.attach(store, actor, clip_id, None, str(error), time.time())
            failed += 1
        yield Prelabelled(total, done, failed, clip_id, 1.0)


def predict_film(video: Path) -> Iterator[Progress | Labels]:
    """Progress, last the labels of a film of any length: whoever has a shell here may ask for it."""
    from model.prelabel import prelabel_steps  # takes seconds
    from model.prelabel.video import read_film

    yield from prelabel_steps(read_film(video))


def main(arguments: Sequence[str] | None = None) -> int:
    """Pre-label what has none; the exit status."""
    console.speak()
    parser = argparse.ArgumentParser("python -m studio.prelabel", description="Pre-label all clips that have none.")
    parser.add_argument("--data", metavar="DIR", help="data folder (default: STUDIO_DATA or data)")
    options = parser.parse_args(arguments)
    bad = (BadInput, InputError, NotAllowed)
    stopped = ("error: stopped; what is done stays, the same command goes on from there", 1)
    return console.run(lambda: _run(options.data), bad, (StoreError,), stopped)


def _run(data: str | None) -> None:
    folder = Path(data or os.environ.get("STUDIO_DATA") or "data")
    if not os.environ.get("STUDIO_DATABASE_URL") and why_not_read(folder / "studio.db"):
        raise BadInput(f"{shown(folder)} has no studio.db: python -m annotation init --data {shown(folder)}")
    store, line, step = open_store(folder), console.Line(), Prelabelled(0)
    try:
        for step in prelabel_all(store, SYSTEM, predict_film):
            line.say(step.done + step.failed, step.words)
    finally:
        line.end()
        store.close()
    print(step.words)


if __name__ == "__main__":
    sys.exit(main())
