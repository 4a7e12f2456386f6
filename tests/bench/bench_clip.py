"""Seconds of one clip by stage, against the floor below which no renderer of this kind can go.

    python -m tests.bench.bench_clip [--runs 3] [--size 512] [--pattern stroke-left-cheek]

The floor is what any way must do: for every frame one remap of the photo and one raster of the hand, and the encoding.
"""

import argparse
import resource
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

from model import generate_steps
from model.clip import Clip, save_video
from model.hand import load_hand
from model.mesh.raster import rasterise
from model.request import Request
from tests.ports import free_port

BARS = {"total": 6.0, "first still": 1.5, "first answer": 10.0, "memory": 1228.8}


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--pattern", default="stroke-left-cheek")
    options = parser.parse_args()
    answer = first_answer()
    request = Request(options.pattern, size=options.size)
    measure(request)  # warm
    runs = [measure(request) for _ in range(options.runs)]
    floor = statistics.median(floor_seconds(request) for _ in range(options.runs))
    report(runs, floor, answer, request)


def measure(request: Request) -> dict[str, float]:
    """Seconds by stage of one clip and its file, and until its first still."""
    started, busy, still, clip = time.perf_counter(), time.process_time(), float("nan"), None
    for step in generate_steps(astronaut(), request):
        if isinstance(step, Clip):
            clip = step
        elif step.preview is not None and np.isnan(still):
            still = time.perf_counter() - started
    assert clip is not None
    encoding = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        clip.save(Path(folder) / "clip.mp4")
    done = time.perf_counter()
    stages = {stage: s for stage, s in clip.metrics["seconds"].items() if stage != "total"}
    whole = {"total": done - started, "all cores": time.process_time() - busy}
    return {**stages, "encode": done - encoding, **whole, "first still": still}


def floor_seconds(request: Request) -> float:
    """Seconds of a remap and a raster for every frame, and of the encoding, one after the other."""
    side, hand = request.size, load_hand()
    photo = cv2.resize(astronaut(), (side, side))
    y, x = np.mgrid[:side, :side].astype(np.float32)
    shifted = [x + 0.5 * np.sin(y / 40), y + 0.5 * np.cos(x / 40)]
    mm = side / 260.0
    place = (hand.vertices - hand.vertices.mean(axis=0)) * mm + side / 2
    flat = [np.ascontiguousarray(column, np.float32) for column in place.T]
    rasterise(hand.triangles, *flat, side, side)
    started = time.perf_counter()
    frames = []
    for _ in range(request.frames):
        frames.append(cv2.remap(photo, *shifted, cv2.INTER_LINEAR))
        rasterise(hand.triangles, *flat, side, side)
    with tempfile.TemporaryDirectory() as folder:
        save_video(np.stack(frames), request.fps, Path(folder) / "floor.mp4")
    return time.perf_counter() - started


def first_answer() -> float:
    """Seconds from `python app.py` until its page is answered."""
    port = free_port()
    with tempfile.TemporaryDirectory() as data:
        command = [sys.executable, "app.py", "--port", str(port), "--data", data]
        started = time.perf_counter()
        app = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while app.poll() is None and time.perf_counter() - started < 120:
                try:
                    urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=5).close()
                    return time.perf_counter() - started
                except (urllib.error.URLError, OSError):
                    time.sleep(0.05)
            return float("nan")
        finally:
            app.terminate()
            app.wait(timeout=20)


def report(runs: list[dict[str, float]], floor: float, answer: float, request: Request) -> None:
    """Medians with their bars."""
    print(f"\n{request.pattern}, {request.frames} frames of {request.size}², median of {len(runs)}\n")
    middle = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    for name, value in {**middle, "first answer": answer}.items():
        bar = f"bar {BARS[name]:g} s" if name in BARS else ""
        print(f"{name:14} {value:8.2f} s   {bar}")
    print(f"{'floor':14} {floor:8.2f} s   the clip takes {middle['total'] / floor:.1f} times as long")
    print(f"{'memory':14} {memory:8.0f} MB  bar {BARS['memory']:.0f} MB, the benchmark's own included")


if __name__ == "__main__":
    main()
