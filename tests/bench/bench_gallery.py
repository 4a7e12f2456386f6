"""Search, filters and pages of the gallery over 90,000 clips, and an import of small ones; prints the table.

    python -m tests.bench.bench_gallery [--clips 90000] [--data DIR] [--videos 500]

Bars on 2 cores: a page, whatever is asked for, 300 ms; an import 100 small clips a second, each on the disk.
"""

import argparse
import tempfile
import time
from pathlib import Path

import av
import numpy as np

from annotation import gallery, importing, schema
from annotation.gallery import Wanted
from annotation.names import _tail as tail
from annotation.names import parts
from annotation.opening import open_store
from annotation.store import Store
from annotation.values import SYSTEM
from tests.bench.bench_store import NAMES, line, make, people_there, timed

ASKED = (
    ("newest", Wanted(), 0),
    ("the last page", Wanted(), 89_940),
    ("changed last", Wanted(sort="changed"), 0),
    ("least certain", Wanted(sort="unsure"), 0),
    ("least certain, in the middle", Wanted(sort="unsure"), 45_000),
    ("a word of the name", Wanted(text="clip 4711"), 0),
    ("a word that is nowhere", Wanted(text="nowhere"), 0),
    ("three words", Wanted(text="clip mp4 s17"), 0),
    ("a number", Wanted(text="77777"), 0),
    ("state and pattern", Wanted(state="corrected", pattern="poke-nose"), 0),
    ("region, least certain", Wanted(region="chin", sort="unsure"), 0),
    ("a person", Wanted(subject="s17"), 0),
    ("an annotator", Wanted(annotator=NAMES[3]), 0),
    ("an annotator and a word", Wanted(annotator=NAMES[3], text="12"), 0),
    ("disputed", Wanted(disputed=True), 0),
    ("flagged", Wanted(flagged=True), 0),
    ("gold", Wanted(gold=True), 0),
    ("assigned to somebody", Wanted(assigned=NAMES[0]), 0),
)


def name(store: Store) -> None:
    """A name for each clip that has none."""
    clips = schema.clips
    with store.write() as connection:
        rows = [
            {"clip_id": row.id, "position": 1, "name": f"films/day {row.id % 30}/{row.file_name}", "tail": ""}
            for row in connection.execute(
                clips.select().where(clips.c.id.not_in(schema.names.select().with_only_columns(schema.names.c.clip_id)))
            )
        ]
        for row in rows:
            row["tail"] = tail(parts(str(row["name"]))[-1])
        if rows:
            connection.execute(schema.names.insert(), rows)


def pages(store: Store) -> None:
    """Each kind of question, ten times."""
    for words, wanted, offset in ASKED:
        times: list[float] = []
        for _ in range(10):
            page = timed(times, lambda w=wanted, o=offset: gallery.browse(store, SYSTEM, w, o))
        line(words, times, f"{page.total} found")  # type: ignore[attr-defined]


def many(store: Store) -> None:
    """Acts on a thousand clips at once."""
    ids = range(1, 3001, 3)
    for words, act in (
        ("assign 1,000", lambda: gallery.assign(store, SYSTEM, ids, NAMES[0])),
        ("priority of 1,000", lambda: gallery.set_priority(store, SYSTEM, ids, 5)),
        ("flag 1,000", lambda: gallery.flag_all(store, SYSTEM, ids, True)),
    ):
        times: list[float] = []
        timed(times, act)
        line(words, times)


def films(folder: Path, number: int) -> Path:
    """So many small videos, each another."""
    folder.mkdir()
    first = folder / "0.mp4"
    with av.open(str(first), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width = stream.height = 128
        stream.pix_fmt = "yuv420p"
        for frame in range(24):
            picture = np.full((128, 128, 3), frame * 10, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    body = first.read_bytes()
    for i in range(1, number):
        word = str(i).rjust(8).encode()
        (folder / f"{i}.mp4").write_bytes(body + (8 + len(word)).to_bytes(4, "big") + b"free" + word)
    return folder


def imported(folder: Path, number: int) -> None:
    """An import of a folder without a manifest."""
    store = open_store(folder / "store")
    source = films(folder / "films", number)
    start = time.perf_counter()
    report = importing.import_file(store, SYSTEM, source)
    took = time.perf_counter() - start
    print(
        f"{'import of small clips':38} {report.added:5} {1000 * took / number:8.1f}"
        f" ms each, {number / took:.0f} a second"
    )
    store.close()


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=90_000)
    parser.add_argument("--data", type=Path, help="keep the database here, or use the one that is here")
    parser.add_argument("--videos", type=int, default=500)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        imported(Path(temporary), options.videos)
        store = open_store(options.data or Path(temporary) / "data")
        if not people_there(store):
            make(store, options.clips)
        name(store)
        print(f"{'ms':38} {'n':>5} {'p50':>8} {'p95':>8} {'worst':>8}")
        pages(store)
        many(store)
        pages(store)
        store.close()


if __name__ == "__main__":
    main()
