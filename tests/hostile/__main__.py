"""Many hostile inputs in processes of their own, and a table of what came of them.

    python -m tests.hostile [--kind K] [--count N] [--seed S]

Ends with 1 if one of them led to a crash, to an error that is not ours, to a hang, or to a loss.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from select import select
from typing import Any, Final

ROOT: Final = Path(__file__).parents[2]
SLOWEST_S: Final = 10.0  # that an input may take
PATIENCE_S: Final = 60.0  # after which a process is killed, its start included
MOST_MB: Final = 3_000
BATCH: Final = 500  # inputs of a process


@dataclass
class Row:
    """A line of the table."""

    kind: str
    inputs: int = 0
    read: int = 0
    refused: int = 0
    crashes: int = 0  # the process died, hung, or an error came out that is not ours
    losses: int = 0  # something else that must not be
    slowest: float = 0.0  # s
    peak: float = 0.0  # MB
    told: list[str] = field(default_factory=list)

    def add(self, result: dict[str, Any]) -> None:
        """Count one input."""
        self.inputs += 1
        self.read += result["read"]
        self.refused += bool(result["refusal"]) and not result["read"]
        self.crashes += bool(result["crash"])
        slow = result["seconds"] > SLOWEST_S
        self.losses += bool(result["faults"]) or slow
        self.slowest, self.peak = max(self.slowest, result["seconds"]), max(self.peak, result["peak"])
        if result["crash"] or result["faults"] or slow:
            what = result["crash"] or "; ".join(result["faults"]) or f"took {result['seconds']:.0f} s"
            self.told.append(f"{self.kind} {result['place']} ({result['how']}): {what}")


def main() -> int:
    """Run what is asked for, print a table of it."""
    parser = argparse.ArgumentParser(prog="python -m tests.hostile", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--kind", choices=("photo", "video", "labels", "manifest"), help="only this")
    parser.add_argument("--count", type=int, default=2_000, help="inputs of each kind")
    parser.add_argument("--seed", type=int, default=0, help="another seed makes other inputs")
    parser.add_argument("--first", type=int, default=0, help="place of the first")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.child:
        return _child(options)
    kinds = [options.kind] if options.kind else ["photo", "video", "labels", "manifest"]
    rows = [run(kind, options.seed, options.first, options.count) for kind in kinds]
    for row in rows:
        for line in row.told:
            print(line)
    print(
        f"{'kind':9} {'inputs':>6} {'read':>6} {'refused':>7} {'crashes':>7} {'losses':>6} {'slowest':>8} {'peak':>8}"
    )
    for row in rows:
        print(
            f"{row.kind:9} {row.inputs:>6} {row.read:>6} {row.refused:>7} {row.crashes:>7} {row.losses:>6}"
            f" {row.slowest:>6.2f} s {row.peak:>5.0f} MB"
        )
    return int(any(row.crashes or row.losses or row.peak > MOST_MB for row in rows))


def run(kind: str, seed: int, first: int, count: int) -> Row:
    """Bring inputs through a kind's door; a process that dies is followed by another."""
    row, place, end = Row(kind), first, first + count
    while place < end:
        for result in _results(kind, seed, place, min(BATCH, end - place)):
            row.add(result)
            place = result["place"] + 1
    return row


def _results(kind: str, seed: int, first: int, count: int) -> Iterator[dict[str, Any]]:
    """Results of one process, the last of which may be its end."""
    command = [sys.executable, "-m", "tests.hostile", "--child", "--kind", kind]
    command += ["--seed", str(seed), "--first", str(first), "--count", str(count)]
    paths = os.pathsep.join(str(ROOT / part) for part in ("", "tests/annotation"))
    place, began, rest = first, time.monotonic(), b""
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": paths}, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        os.set_blocking(process.stderr.fileno(), False)
        said = b""
        while place < first + count:
            ready, _, _ = select([process.stdout, process.stderr], [], [], PATIENCE_S)
            if process.stderr in ready:
                said = (said + (process.stderr.read() or b""))[-2_000:]
            if ready == [process.stderr] and process.poll() is None:
                continue
            piece = os.read(process.stdout.fileno(), 2**16) if process.stdout in ready else b""
            if not piece:
                process.kill()
                crash = f"the process {'hung' if not ready else 'died'}: {said.decode(errors='replace')[-300:]}"
                seconds = time.monotonic() - began
                yield {"place": place, "how": "", "read": False, "refusal": "", "faults": [], "crash": crash,
                       "seconds": seconds, "peak": 0.0}  # fmt: skip
                return
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield (result := json.loads(line))
                place, began = result["place"] + 1, time.monotonic()


def _child(options: argparse.Namespace) -> int:
    """Bring a few inputs through, a line of JSON for each."""
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no result
    from tests.hostile import doors, inputs

    try:
        for place in range(options.first, options.first + options.count):
            print(json.dumps(one(doors, inputs.make(options.kind, options.seed, place), place)), file=out, flush=True)
    finally:
        doors.close()
    return 0


def one(doors: Any, given: Any, place: int) -> dict[str, Any]:
    """The result of one input."""
    began, worked, crash, outcome = time.monotonic(), time.process_time(), "", doors.Outcome()
    try:
        outcome = doors.go_through(given, place)
    except Exception as error:
        where = traceback.extract_tb(error.__traceback__)[-1]
        near = [f for f in traceback.extract_tb(error.__traceback__) if "/tests/" not in f.filename]
        ours = [f for f in near if str(ROOT) in f.filename and ".venv" not in f.filename] or [where]
        crash = f"{type(error).__name__}: {str(error)[:200]} ({Path(ours[-1].filename).name}:{ours[-1].lineno})"
    return {
        "place": place,
        "how": given.how,
        "read": outcome.read,
        "refusal": outcome.refusal[:200].encode("utf-8", "replace").decode(),
        "faults": outcome.faults,
        "crash": crash,
        # On a busy machine the clock runs on while nothing is done; what hangs asleep is killed by `run`.
        "seconds": min(time.monotonic() - began, time.process_time() - worked),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


if __name__ == "__main__":
    sys.exit(main())
