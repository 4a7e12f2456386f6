"""Films of every kind: what the pre-labeller says of them is what the importer says, and is taken by it."""

from pathlib import Path
from typing import Any

import cv2
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
from model.prelabel.track import look
from model.prelabel.video import Picture

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


def test_the_largest_of_several_faces_is_read_and_the_others_are_told() -> None:
    """Also where it is not the first that is found."""
    small, large = (np.asarray(cv2.resize(FACE, size), np.uint8) for size in ((272, 204), (368, 276)))
    wide = np.full((360, 640, 3), 120, np.uint8)
    wide[80:284, :272] = small
    alone = [Picture(wide.copy(), 640, 360)] * 20
    wide[40:316, 272:] = large
    both = [Picture(wide, 640, 360)] * 20
    sights = list(look([*alone, *both]))
    assert [sight.others for sight in sights[:20]] == [False] * 20
    assert all(sight.others for sight in sights[30:])
    before, after = sights[10].face, sights[39].face
    assert before is not None and before[:, 0].mean() < 272
    assert after is not None and after[:, 0].mean() > 272
