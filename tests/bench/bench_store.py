"""Claim, save, filters and statistics at 90,000 clips with 90-frame labels; prints the table.

    python -m tests.bench.bench_store [--clips 90000] [--data DIR]

Bars on 2 cores, synchronous=FULL: p95 claim and save 60 ms, 40 saves a second with 8 writers, filters and
statistics 300 ms. A third of the clips are decided, a twentieth of these by two people.
"""

import argparse
import hashlib
import random
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import cos, pi, sin
from pathlib import Path
from statistics import median, quantiles

from annotation import backup, people, queue, revisions, schema, statistics
from annotation.labels import Contact, Keyframe, Labels
from annotation.opening import open_store
from annotation.queue import Filters
from annotation.records import contact_rows, pack, region_bits, uncertainty
from annotation.saving import Submission
from annotation.store import Store
from annotation.taxonomy import FINGERS, PATTERNS, REGIONS
from annotation.values import SYSTEM

FRAMES = 90
WRITERS = 8
NAMES = [f"annotator {i}" for i in range(WRITERS)]
BATCH = 1000


def some_labels(rng: random.Random, pattern: str = PATTERNS[0]) -> Labels:
    """Labels with a keyframe in each of 90 frames, about 14 KB."""
    x, y = rng.uniform(100, 400), rng.uniform(100, 400)
    keys = []
    for frame in range(FRAMES):
        x, y = x + rng.uniform(-2, 2), y + rng.uniform(-2, 2)
        ring = ((round(x + 9 * cos(i * pi / 4), 1), round(y + 7 * sin(i * pi / 4), 1)) for i in range(8))
        keys.append(Keyframe(frame, tuple(ring)))
    region, finger = rng.choice(REGIONS), rng.choice(FINGERS)
    first = Contact("c1", "left", finger, region, 0, FRAMES - 1, round(rng.random(), 3), tuple(keys))
    second = Contact("c2", "left", "thumb", rng.choice(REGIONS), 20, 60, round(rng.random(), 3))
    return Labels(pattern, 30.0, FRAMES, 512, 512, "predicted", "model", "unreviewed", (first, second))


def make(store: Store, clips: int) -> None:
    """Fill an empty store by executemany, a thousand clips at a time."""
    rng = random.Random(0)
    pool = [some_labels(rng, PATTERNS[i % len(PATTERNS)]) for i in range(64 * len(PATTERNS))]
    packed = [pack(labels) for labels in pool]
    print(f"labels: {len(pool[0].text()) / 1000:.1f} KB, stored {len(packed[0]) / 1000:.1f} KB")
    for name in NAMES:
        people.sign_in(store, name, new_role="annotator")
    revision_id = 0
    for start in range(0, clips, BATCH):
        rows: dict[str, list[dict[str, object]]] = {
            name: [] for name in ("clips", "revisions", "documents", "contacts", "tasks", "decisions")
        }
        for clip_id in range(start + 1, min(start + BATCH, clips) + 1):
            i = rng.randrange(len(pool))
            decided = clip_id % 3 == 0
            double = clip_id % 60 == 0
            versions = 1 + decided + double
            for number in range(1, versions + 1):
                revision_id += 1
                _revision(rows, revision_id, clip_id, number, pool[i], packed[i], rng)
            _clip(rows, clip_id, pool[i], decided, double)
        with store.write() as connection:
            for table, values in rows.items():
                if values:
                    connection.execute(schema.metadata.tables[table].insert(), values)
    with store.write() as connection:
        connection.exec_driver_sql("ANALYZE")


def _revision(rows, revision_id, clip_id, number, labels, document, rng) -> None:
    verdict = "corrected" if number > 1 else "unreviewed"
    person = NAMES[(clip_id + number) % WRITERS]
    rows["revisions"].append({
        "id": revision_id, "clip_id": clip_id, "number": number, "parent": 1 if number > 1 else None,
        "merged": None, "branch": number - 2 if number > 1 else 0, "kind": verdict if number > 1 else "import",
        "author": person if number > 1 else SYSTEM, "created": 1.7e9 + 20 * clip_id, "state": verdict, "note": "",
        "client": None, "sequence": None,
    })  # fmt: skip
    rows["documents"].append({"revision_id": revision_id, "labels": document})
    rows["contacts"] += contact_rows(labels, revision_id)
    if number > 1:
        rows["decisions"].append({
            "revision_id": revision_id, "person": person, "task": "annotate" if number == 2 else "second",
            "verdict": verdict, "created": 1.7e9 + 20 * clip_id, "seconds": rng.uniform(5, 60),
            "changes": rng.randrange(3), "score": rng.random() if clip_id % 300 == 0 else None,
        })  # fmt: skip


def _clip(rows, clip_id, labels, decided, double) -> None:
    copies = {"pattern": labels.pattern, "source": "predicted", "regions": region_bits(labels),
              "uncertainty": uncertainty(labels)}  # fmt: skip
    rows["clips"].append({
        **copies, "id": clip_id, "sha256": hashlib.sha256(str(clip_id).encode()).hexdigest(),
        "file_name": f"clip {clip_id}.mp4", "bytes": 1, "subject": f"s{clip_id % 500}", "environment": "room",
        "device": "phone", "split": ("train", "val", "test")[clip_id % 3], "fps": 30.0, "frames": FRAMES,
        "width": 512, "height": 512, "state": "corrected" if decided else "unreviewed", "flagged": 0, "gold": 0,
        "prelabel": 1, "head": 2 if decided else 1, "disagreement": 0.0 if double else None, "created": 1.7e9,
        "updated": 1.7e9 + clip_id, "consent": "", "provenance": "{}",
    })  # fmt: skip
    for slot in range(1 + double):
        rows["tasks"].append({
            **copies, "clip_id": clip_id, "slot": slot, "kind": ("annotate", "second")[slot],
            "status": "done" if decided else "open",
            "person": NAMES[(clip_id + 2 + slot) % WRITERS] if decided else None, "head": 2 + slot if decided else None,
            "disagreement": 0.0,
        })  # fmt: skip


def timed(times: list[float], act: Callable[[], object]) -> object:
    """Run and note the milliseconds."""
    start = time.perf_counter()
    result = act()
    times.append((time.perf_counter() - start) * 1000)
    return result


def line(name: str, times: list[float], extra: str = "") -> None:
    """One row of the table: p50, p95, worst."""
    p95 = quantiles(times, n=20)[-1] if len(times) > 1 else times[0]
    print(f"{name:38} {len(times):5} {median(times):8.1f} {p95:8.1f} {max(times):8.1f}  {extra}", flush=True)


def variants(labels: Labels) -> Iterator[Labels]:
    """The labels, each time with other ends."""
    for i in range(10**9):
        first = labels.contacts[0]
        yield replace(labels, contacts=(replace(first, confidence=(i % 1000) / 1000), *labels.contacts[1:]))


def claims(store: Store) -> None:
    """Claim with each kind of filter."""
    for name, filters in (
        ("claim", Filters()),
        ("claim, least certain first", Filters(order="uncertain")),
        ("claim, most disagreed first", Filters(order="disagreement")),
        ("claim, one pattern", Filters(pattern="stroke-chin")),
        ("claim, one region", Filters(region="nose_tip")),
        (
            "claim, pattern + region, uncertain",
            Filters(pattern="poke-nose", region="chin", order="uncertain"),
        ),
        ("claim, one subject of test", Filters(split="test", subject="s7")),
    ):
        times: list[float] = []
        for i in range(100):
            timed(times, lambda f=filters, i=i: queue.claim(store, NAMES[i % WRITERS], f))
        line(name, times)


def saves(store: Store) -> None:
    """One person: draft after draft, then verdicts."""
    drafts: list[float] = []
    verdicts: list[float] = []
    for _ in range(100):
        work = queue.claim(store, NAMES[0])
        assert work is not None
        made, seen = variants(work.labels), work.seen
        given = {"lease": work.lease, "client": f"tab {work.clip.id}"}
        for sequence in range(3):
            labels = next(made)
            saved = timed(
                drafts,
                lambda s=seen, n=sequence, v=labels, w=work, g=given: revisions.save(
                    store, NAMES[0], w.clip.id, Submission(v, seen=s, sequence=n, **g)
                ),
            )
            seen = saved.number  # type: ignore[attr-defined]
        labels = next(made)
        timed(
            verdicts,
            lambda s=seen, v=labels, w=work, g=given: revisions.decide(
                store, NAMES[0], w.clip.id, Submission(v, seen=s, **g), "corrected"
            ),
        )
    line("save (14 KB)", drafts)
    line("accept or correct", verdicts)


def writers(store: Store, each: int = 60) -> None:
    """Eight annotators at once."""
    times: list[float] = []

    def write(name: str) -> None:
        work = queue.claim(store, name)
        assert work is not None
        seen, made = work.seen, variants(work.labels)
        for _ in range(each):
            labels = next(made)
            saved = timed(
                times,
                lambda: revisions.save(store, name, work.clip.id, Submission(labels, seen=seen, lease=work.lease)),  # noqa: B023
            )
            seen = saved.number  # type: ignore[attr-defined]

    threads = [threading.Thread(target=write, args=(name,)) for name in NAMES]
    start = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    line("save, 8 at once", times, f"{len(times) / (time.perf_counter() - start):.0f} saves/s")


def reads(store: Store) -> None:
    """Counts of the queue, statistics, agreement."""
    for name, filters in (
        ("count waiting", Filters()),
        ("count waiting, one pattern", Filters(pattern="stroke-chin")),
        ("count waiting, one region", Filters(region="nose_tip")),
        ("count waiting, one subject", Filters(subject="s7")),
    ):
        times: list[float] = []
        for _ in range(10):
            timed(times, lambda f=filters: queue.count(store, NAMES[0], f))
        line(name, times)
    times = []
    for _ in range(10):
        timed(times, lambda: statistics.progress(store, SYSTEM))
    line("statistics", times)
    times = []
    timed(times, lambda: statistics.agreement_report(store, SYSTEM))
    line("agreement", times)
    times = []
    for i in range(50):
        timed(times, lambda i=i: revisions.history(store, SYSTEM, 3 + 3 * i))
    line("history of a clip", times)


def floor(folder: Path) -> None:
    """What the disk allows: one row of 5 KB a transaction, in SQLite alone."""
    connection = sqlite3.connect(folder / "floor.db", isolation_level=None)
    connection.executescript("PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; CREATE TABLE t (x BLOB)")
    times: list[float] = []
    for _ in range(200):
        timed(times, lambda: connection.execute("INSERT INTO t VALUES (randomblob(5000))"))
    connection.close()
    line("floor: bare insert of 5 KB", times)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clips", type=int, default=90_000)
    parser.add_argument("--data", type=Path, help="keep the database here, or use the one that is here")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.data or Path(temporary)
        start = time.perf_counter()
        store = open_store(folder)
        if not people_there(store):
            make(store, options.clips)
        assert store.file is not None
        size = store.file.stat().st_size / 2**20
        print(f"{options.clips} clips, {size:.0f} MB, made in {time.perf_counter() - start:.0f} s\n")
        print(f"{'ms':38} {'n':>5} {'p50':>8} {'p95':>8} {'worst':>8}")
        floor(Path(temporary))
        claims(store)
        saves(store)
        writers(store)
        reads(store)
        times: list[float] = []
        timed(times, lambda: backup.backup(store))
        line("backup, verified", times)
        store.close()


def people_there(store: Store) -> bool:
    """Whether the store has been filled before."""
    with store.read() as connection:
        return connection.execute(schema.clips.select().limit(1)).first() is not None


if __name__ == "__main__":
    main()
