"""Claim and save over the app's own HTTP routes, alone and eight at once; prints the table.

    python -m tests.bench.bench_review_http [--clips 90000] [--data DIR] [--rounds 150]

The app is a process of its own, as `python app.py` starts it; eight people log in. Bars on 2 cores,
synchronous=FULL: p95 of claim and of save 60 ms alone, 40 saves a second with eight at once. Label Studio
1.23 there: 408 and 288 ms, 6 saves a second.
"""

import argparse
import http.client
import json
import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.parse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from annotation.opening import open_store
from tests.bench import bench_store
from tests.ports import free_port

ROOT = Path(__file__).parents[2]
NAMES = bench_store.NAMES


class Annotator:
    """One person's browser: a connection that stays open, and its session."""

    def __init__(self, port: int, name: str) -> None:
        self.name = name
        self.connection = http.client.HTTPConnection("127.0.0.1", port)
        form = urllib.parse.urlencode({"username": name, "password": "secret"})
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        self.connection.request("POST", "/login", form, headers)
        answer = self.connection.getresponse()
        answer.read()
        cookies = [v.split(";")[0] for k, v in answer.getheaders() if k.lower() == "set-cookie"]
        self.headers = {"Cookie": "; ".join(cookies), "Content-Type": "application/json"}
        self.sequence = 0

    def ask(self, action: str, body: dict[str, Any]) -> tuple[dict[str, Any], float]:
        """The answer, and the milliseconds that it took."""
        text = json.dumps(body)
        begin = time.perf_counter()
        self.connection.request("POST", f"/studio/review/{action}", text, self.headers)
        answer = self.connection.getresponse()
        raw = answer.read()
        spent = (time.perf_counter() - begin) * 1000
        assert answer.status == 200, (action, answer.status, raw[:300])
        return json.loads(raw), spent

    def draft(self, claim: dict[str, Any], labels: dict[str, Any], rng: random.Random) -> dict[str, Any]:
        """A save of a claimed clip in which a polygon's point was moved."""
        self.sequence += 1
        labels["contacts"][0]["keyframes"][rng.randrange(90)]["polygon"][0][0] = rng.uniform(100, 400)
        return {
            "clip": claim["clip"]["id"], "labels": labels, "seen": claim["seen"], "lease": claim["lease"],
            "client": f"{self.name} {claim['clip']['id']}", "sequence": self.sequence,
        }  # fmt: skip


def work(person: Annotator, rounds: int, times: dict[str, list[float]]) -> None:
    """Claim, save twice, accept, again and again."""
    rng = random.Random(person.name)
    for _ in range(rounds):
        claim, spent = person.ask("claim", {})
        times["claim"].append(spent)
        for _ in range(2):
            saved, spent = person.ask("save", person.draft(claim, claim["labels"], rng))
            claim["seen"] = saved["number"]
            times["save"].append(spent)
        decision = person.draft(claim, claim["labels"], rng) | {"verdict": "corrected"}
        times["decide"].append(person.ask("decide", decision)[1])


def started(data: Path, logins: Path) -> tuple[subprocess.Popen[bytes], int]:
    """`python app.py` on a free port, answering."""
    port = free_port()
    command = [sys.executable, "app.py", "--port", str(port), "--data", str(data), "--auth", str(logins)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    until = time.monotonic() + 120
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return process, port
        time.sleep(0.2)
    raise RuntimeError("the app did not start")


def row(name: str, values: list[float]) -> None:
    """One line of the table, ms."""
    print(f"{name:24} p50 {median(values):7.1f}   p95 {quantiles(values, n=20)[-1]:7.1f}   n {len(values)}")


def measure(name: str, people: list[Annotator], rounds: int) -> None:
    """Times of all people working at once."""
    times: dict[str, list[float]] = {"claim": [], "save": [], "decide": []}
    for person in people:
        person.connection.close()  # the server has closed what was idle; the next request opens it anew
    begin = time.perf_counter()
    with ThreadPoolExecutor(len(people)) as pool:
        list(pool.map(lambda person: work(person, rounds, times), people))
    seconds = time.perf_counter() - begin
    for action, values in times.items():
        row(f"{action}, {name}", values)
    written = len(times["save"]) + len(times["decide"])
    print(f"{'saves a second, ' + name:24} {written / seconds:7.1f}")


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--clips", type=int, default=90_000)
    parser.add_argument("--rounds", type=int, default=150)
    parser.add_argument("--data", type=Path)
    options = parser.parse_args()
    folder = options.data or Path(tempfile.mkdtemp(prefix="bench-review-"))
    if not (folder / "studio.db").exists():
        store = open_store(folder)
        bench_store.make(store, options.clips)
        store.close()
    logins = folder / "logins"
    logins.write_text("".join(f"{name}:secret\n" for name in ("owner", *NAMES)))
    os.environ.pop("STUDIO_DATABASE_URL", None)
    process, port = started(folder, logins)
    try:
        time.sleep(20)  # the engine warms up beside it
        people = [Annotator(port, name) for name in NAMES]
        measure("alone", people[:1], 20)  # caches
        print()
        measure("alone", people[:1], options.rounds)
        measure(f"{len(people)} at once", people, max(options.rounds // 5, 5))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


if __name__ == "__main__":
    main()
