"""Labels predicted for films: of a generated clip close to the exact ones, of bad files one clear sentence."""

from pathlib import Path

import numpy as np
import pytest
from clips import made, poke, touched

from annotation.labels import check, polygon_at
from model import InputError, prelabel
from model.clip import save_video
from model.request import Request


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A clip as long as they are, for a hand that moves as hands do."""
    path = tmp_path_factory.mktemp("film") / "a film %20.mp4"
    clip = made(Request("poke-left-cheek", size=256, seconds=3.0, fps=12, camera="still"))
    clip.save(path)
    clip.labels.write(path.with_suffix(".json"))
    return path


def test_a_generated_clip_gets_nearly_its_own_labels(film: Path):
    from annotation.labels import Labels

    exact, labels = Labels.read(film.with_suffix(".json")), prelabel(film)
    assert check(labels) == labels
    assert (labels.source, labels.author, labels.state) == ("predicted", "prelabel", "unreviewed")
    assert (labels.frames, labels.fps, labels.width, labels.height) == (36, 12, 256, 256)
    assert {(c.hand, c.finger) for c in labels.contacts} == {("left", "index")}
    assert "left_cheek" in {c.region for c in labels.contacts}
    assert all(0 < c.confidence < 1 for c in labels.contacts)
    true, found = frames_of(exact), frames_of(labels)
    assert len(true & found) / len(true | found) > 0.6
    frame = sorted(true & found)[len(true & found) // 2]
    real, guess = (middle_at(what, frame) for what in (exact, labels))
    assert np.linalg.norm(real - guess) < 20  # px of 256


def frames_of(labels) -> set[int]:
    return {frame for c in labels.contacts for frame in range(c.start, c.end + 1)}


def middle_at(labels, frame: int) -> np.ndarray:
    return np.mean([np.mean(p, axis=0) for c in labels.contacts if (p := polygon_at(c, frame))], axis=0)


def test_a_face_that_nobody_touches_has_no_contacts(tmp_path: Path):
    clip = poke()
    free = clip.frames[: int(np.argmax(touched(clip))) - 3]
    save_video(np.repeat(free[:1], 12, axis=0), 12, tmp_path / "free.mp4")
    assert prelabel(tmp_path / "free.mp4").contacts == ()


def test_a_film_without_a_face_is_refused(tmp_path: Path):
    save_video(np.full((6, 64, 64, 3), 90, np.uint8), 12, tmp_path / "grey.mp4")
    with pytest.raises(InputError, match="No face"):
        prelabel(tmp_path / "grey.mp4")


def test_files_that_are_no_films_are_refused(tmp_path: Path, film: Path):
    whole = film.read_bytes()
    damaged = bytearray(whole)
    damaged[len(whole) // 2 : len(whole) // 2 + 4000] = bytes(4000)
    for name, data in {
        "empty.mp4": b"",
        "text.mp4": b"not a film",
        "cut.mp4": whole[: len(whole) // 2],
        "damaged.mp4": bytes(damaged),
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{film}\n#EXT-X-ENDLIST\n".encode(),
        "concat.mp4": f"ffconcat version 1.0\nfile '{film}'\n".encode(),
        "picture.mp4": b"\x89PNG\r\n\x1a\n" + bytes(64),
    }.items():
        (tmp_path / name).write_bytes(data)
        with pytest.raises(InputError, match=name):
            prelabel(tmp_path / name)
    with pytest.raises(InputError, match="nothing.mp4"):
        prelabel(tmp_path / "nothing.mp4")


def test_a_film_that_never_ends_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    from model.prelabel import video

    monkeypatch.setattr(video, "MAX_FRAMES", 5)
    save_video(np.full((6, 64, 64, 3), 90, np.uint8), 12, tmp_path / "long.mp4")
    with pytest.raises(InputError, match="longer than 5 frames"):
        prelabel(tmp_path / "long.mp4")
