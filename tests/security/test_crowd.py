"""Twelve clips at once, and films beside them that are made to take the engine: the clips hardly wait for these."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from films import film
from gradio_client import Client, handle_file
from PIL import Image
from skimage.data import astronaut

CALLS, PHOTOS = 12, 3
MOST_FRAMES = 3_000  # that a film may have; each is looked at for a hand and a face
DELAY = 10.0  # s


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    """Photos that the callers share."""
    made = [tmp_path / f"{number}.jpg" for number in range(PHOTOS)]
    for number, path in enumerate(made):
        Image.fromarray(astronaut()[number:]).save(path, quality=95)
    return made


def crowd(url: str, photos: list[Path], folder: Path) -> list[float]:
    """Everybody asks at once; when each clip was there, s."""
    client = Client(url, verbose=False, download_files=str(folder))
    began = time.monotonic()

    def call(number: int) -> tuple[bytes, float]:
        photo = handle_file(photos[number % PHOTOS])
        asked = {"seed": number, "size": 256, "seconds": 1.5, "fps": 8}
        clip = client.predict(photo, "poke-nose", **asked, api_name="/generate")[0]
        return Path(clip).read_bytes(), time.monotonic() - began

    with ThreadPoolExecutor(CALLS) as pool:
        made = list(pool.map(call, range(CALLS)))
    assert len({clip for clip, _ in made}) == CALLS, "a clip each"
    return sorted(when for _, when in made)


@pytest.mark.slow
def test_films_beside_twelve_clips_delay_them_by_less_than_ten_seconds(
    studio_url: str, photos: list[Path], tmp_path: Path
) -> None:
    """The film has as many frames as one may have, and its caller asks again as soon as it is done or refused."""
    picture = np.asarray(Image.fromarray(astronaut()).resize((64, 64)))
    hostile = film(tmp_path / "film.mp4", frames=MOST_FRAMES, size=(64, 64), picture=picture)
    alone = crowd(studio_url, photos, tmp_path)
    client, stop = Client(studio_url, verbose=False), threading.Event()

    def attack() -> None:
        while not stop.is_set():
            job = client.submit(handle_file(hostile), api_name="/prelabel")
            while not (stop.is_set() or job.done()):
                time.sleep(0.1)
            job.cancel()

    attacker = threading.Thread(target=attack)
    attacker.start()
    time.sleep(2)
    beside = crowd(studio_url, photos, tmp_path)
    stop.set()
    attacker.join()
    delays = [late - early for late, early in zip(beside, alone, strict=True)]
    print(f"alone {alone[0]:.1f} to {alone[-1]:.1f} s, beside {beside[0]:.1f} to {beside[-1]:.1f} s")
    assert max(delays) < DELAY
