"""Films of every kind: what the pre-labeller says of them is what the importer says, and is taken by it."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from films import BACK, CONVERTED, LEAN, MIRROR, QUARTER, cut, film
from skimage.data import astronaut

from annotation import clips, people
from annotation.labels import Labels
from annotation.opening import open_store
from annotation.values import About
from annotation.video import probe
from model.__main__ import main

FACE = astronaut()[:240, 90:410]
FRAMES = 6
LAID: dict[str, Any] = {
    "portrait.mp4": (QUARTER, np.rot90),
    "turned.mp4": (BACK, lambda picture: np.rot90(picture, -1)),
    "selfie.mp4": (MIRROR, np.fliplr),
    "lean.mp4": (LEAN, lambda picture: picture.swapaxes(0, 1)),
}
KINDS = (
    "constant.mp4", "uneven.mp4", "late.mp4", "recorded.webm", "uneven.webm", "film.avi", "reordered.avi", "film.ts",
    "film.flv", "film.mkv", "odd.webm", *LAID, "cut.mp4",
)  # fmt: skip


def film_of(folder: Path, name: str) -> Path:
    """A face that holds still, as a film of a kind."""
    path, made = folder / name, dict(CONVERTED.get(name, {}))
    if name == "cut.mp4":
        whole = film(folder / "whole.mp4", frames=FRAMES + 4, picture=FACE, size=(320, 240))
        return cut(whole, path, 4 / 30)
    picture, size = FACE, (320, 240)
    if name == "odd.webm":
        picture, size = FACE[:239, :319], (319, 239)
    if name in LAID:
        made["matrix"], made["lay"] = LAID[name]
        size = made["lay"](FACE).shape[1::-1]
    return film(path, **(made | {"frames": FRAMES, "picture": np.ascontiguousarray(picture), "size": size}))


@pytest.mark.parametrize("name", KINDS)
def test_a_films_own_pre_label_is_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.delenv("STUDIO_DATABASE_URL", raising=False)
    path = film_of(tmp_path, name)
    assert main(["prelabel", str(path), "-o", str(tmp_path / "labels.json")]) == 0
    labels, facts = Labels.read(tmp_path / "labels.json"), probe(path)
    assert (labels.frames, labels.fps, labels.width, labels.height) == (
        FRAMES, facts.fps, facts.width, facts.height,
    )  # fmt: skip
    store = open_store(tmp_path / "data")
    people.sign_in(store, "joe", new_role="admin")
    clip, added = clips.add(store, "joe", path, About("poke-nose"), labels)
    assert added and (clip.frames, clip.fps) == (labels.frames, labels.fps)
    store.close()
