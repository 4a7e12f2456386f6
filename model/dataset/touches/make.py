"""Photos → a folder of free clips with their truth: `python -m model touches`. What is there already stays."""

from collections.abc import Iterator
from pathlib import Path
from typing import Final

import numpy as np

from model.clip import save_video
from model.dataset.plan import list_photos
from model.dataset.touches.film import FreeClip, film_free, film_pattern
from model.errors import InputError
from model.face import load_photo, scan
from model.files import replacing
from model.scene import FaceScan

SIZE: Final = 320  # px of the picture before a camera makes it smaller or larger
EVERY_PATTERN: Final = 5  # one clip in so many shows one of the patterns
CLIPS_A_PHOTO: Final = 4


def make_touches(photos: list[Path], folder: Path, clips: int, seed: int = 0) -> Iterator[str]:
    """Make what is missing of `clips` clips; a line for each. InputError where there are no photos."""
    names = list_photos(photos)
    folder.mkdir(parents=True, exist_ok=True)
    face: tuple[str, FaceScan] | None = None
    for number in range(clips):
        target = folder / f"{number:05d}.npz"
        if target.exists():
            continue
        rng = np.random.default_rng((seed, number // CLIPS_A_PHOTO))
        name = names[int(rng.integers(len(names)))]
        try:
            if face is None or face[0] != name:
                face = name, scan(load_photo(name), SIZE)
            own = seed * 100_000 + number
            clip = (film_pattern if number % EVERY_PATTERN == 0 else film_free)(face[1], own)
        except InputError as error:
            yield f"{number:05d} of {Path(name).name} is left out: {error}"
            continue
        write_clip(clip, target, Path(name).name.split("_")[0])
        yield f"{number:05d}: {Path(name).name}, {clip.pattern or 'free'}, {int(clip.touches.any(axis=1).sum())} frames"


def write_clip(clip: FreeClip, target: Path, person: str) -> None:
    """Write the film beside what is true of it; the truth appears last."""
    save_video(clip.frames, clip.fps, target.with_suffix(".mp4"))
    with replacing(target) as temporary, open(temporary, "wb") as file:
        np.savez_compressed(
            file, touches=clip.touches, region=clip.region, distance=clip.distance, joints=clip.joints, left=clip.left,
            gap=clip.gap, pattern=clip.pattern, person=person,
        )  # fmt: skip
