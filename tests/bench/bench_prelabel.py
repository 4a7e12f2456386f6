"""Frames a second and memory of pre-labelling a long film of 720p, minute by minute.

    python -m tests.bench.bench_prelabel [--minutes 10] [--fps 30]

The film is a poke of a cheek, over and over. Bars: 15 frames a second on two cores, and memory that does not grow.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

import av
import cv2
import numpy as np
from skimage.data import astronaut

from model import generate, prelabel_steps
from model.prelabel.video import read_film
from model.request import Progress

WIDTH, HEIGHT = 1280, 720
BAR_FPS, BAR_MB = 15.0, 100.0  # memory at the end over that after the first minute


def main() -> None:
    """Make the film, and print a line a minute."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--fps", type=int, default=30)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film = make_film(Path(folder) / "long.mp4", round(options.minutes * 60 * options.fps), options.fps)
        measure(film, options.fps)


def make_film(path: Path, frames: int, fps: int) -> Path:
    """A film of that many frames."""
    clip = generate(astronaut(), "poke-left-cheek", seed=1)
    pictures = []
    for frame in clip.frames:
        picture = np.full((HEIGHT, WIDTH, 3), 90, np.uint8)
        picture[:, (WIDTH - HEIGHT) // 2 : (WIDTH + HEIGHT) // 2] = cv2.resize(frame, (HEIGHT, HEIGHT))
        pictures.append(picture)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        for number in range(frames):
            picture = av.VideoFrame.from_ndarray(pictures[number % len(pictures)], format="rgb24")
            container.mux(stream.encode(picture))
        container.mux(stream.encode())
    return path


def measure(film: Path, fps: int) -> None:
    """Pre-label it; memory and pace by minutes of the film."""
    began, seen, before = time.monotonic(), 0, 0.0
    for step in prelabel_steps(read_film(film)):
        seen += isinstance(step, Progress)
        if isinstance(step, Progress) and seen % (60 * fps) == 0:
            held = resident_mb()
            before = before or held
            print(f"minute {seen // (60 * fps)}: {seen / (time.monotonic() - began):.1f} frames/s, {held:.0f} MB")
            sys.stdout.flush()
    pace, grown = seen / (time.monotonic() - began), resident_mb() - before
    print(f"{pace:.1f} frames/s (bar {BAR_FPS:.0f}), {grown:+.0f} MB since the first minute (bar {BAR_MB:.0f})")


def resident_mb() -> float:
    """Memory of this process that is in use, MB."""
    return int(Path("/proc/self/status").read_text().split("VmRSS:")[1].split()[0]) / 1024


if __name__ == "__main__":
    main()
