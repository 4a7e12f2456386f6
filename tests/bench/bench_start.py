"""How soon `python app.py` answers, beside an empty Gradio app in the same sitting; prints the table.

    python -m tests.bench.bench_start [--rounds 5]

Seconds of the clock and seconds of work, from the start of the process to the first page. Importing Gradio is most
of both. Bar on 2 cores: 10 s of work, twice what the empty app takes.
"""

import argparse
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from statistics import median

import psutil

from tests.ports import free_port

ROOT = Path(__file__).parents[2]
EMPTY = """
import sys
import gradio as gr
with gr.Blocks(analytics_enabled=False) as demo:
    gr.Textbox()
demo.launch(server_port=int(sys.argv[1]), quiet=True)
"""


def first_answer(command: list[str], port: int) -> tuple[float, float]:
    """Seconds of the clock and of work until the app answers."""
    begin = time.perf_counter()
    process = psutil.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
                    answer.read()
                spent = process.cpu_times()
                return time.perf_counter() - begin, spent.user + spent.system
            except urllib.error.URLError:
                time.sleep(0.05)
        raise RuntimeError(f"it did not start: {' '.join(command)}")
    finally:
        process.kill()
        process.wait()


def row(name: str, times: list[tuple[float, float]]) -> tuple[float, float]:
    """One line of the table, and its medians."""
    clock, work = (median(values) for values in zip(*times, strict=True))
    print(f"{name:16} first answer {clock:6.2f} s   work {work:6.2f} s   n {len(times)}")
    return clock, work


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    ours, empty = [], []
    for _ in range(options.rounds + 1):
        port = free_port()
        empty.append(first_answer([sys.executable, "-c", EMPTY, str(port)], port))
        with tempfile.TemporaryDirectory(prefix="bench-start-") as data:
            port = free_port()
            ours.append(first_answer([sys.executable, "app.py", "--port", str(port), "--data", data], port))
    app, gradio = row("the app", ours[1:]), row("an empty one", empty[1:])  # the first fills the disk's cache
    print(f"{'ratio':16} first answer {app[0] / gradio[0]:6.2f}     work {app[1] / gradio[1]:6.2f}")


if __name__ == "__main__":
    main()
