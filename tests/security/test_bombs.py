"""Files that are made to take memory and time: each gets a sentence or an answer, and the app goes on."""

import json
import struct
import threading
import time
import zlib
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from films import film
from gradio_client import Client, handle_file
from PIL import Image

from annotation import importing, people
from annotation.errors import BadInput
from annotation.labels import LabelError, parse
from annotation.opening import open_store
from annotation.weight import too_heavy
from model.errors import InputError
from model.prelabel.video import Film
from model.request import Progress
from studio import decoding, engine

PEAK_MB = 600  # of memory, for any photo
ALIKE = 7_900  # px: 62 megapixels


def png(path: Path, width: int, height: int, depth: int, kind: int) -> Path:
    """A PNG whose rows are alike: small on the disk, whatever its size."""
    row = bytes(range(256)) * (width * depth * {0: 1, 2: 3, 6: 4}[kind] // 8 // 256 + 1)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    packer = zlib.compressobj(1)
    row = b"\0" + row[: width * depth * {0: 1, 2: 3, 6: 4}[kind] // 8]
    packed = b"".join(packer.compress(row) for _ in range(height)) + packer.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, kind, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b""))
    return path


def peak_mb(child: decoding.Child) -> float:
    """The most memory that a child has had, MB."""
    told = Path(f"/proc/{child.process.pid}/status").read_text()
    return int(told.split("VmHWM:")[1].split()[0]) / 1024


@pytest.mark.parametrize(("depth", "kind"), [(16, 0), (16, 6)], ids=["grey of 16 bits", "colour and alpha of 16 bits"])
def test_a_photo_of_62_megapixels_is_read_in_little_memory(tmp_path: Path, depth: int, kind: int) -> None:
    path = png(tmp_path / "bomb.png", ALIKE, ALIKE, depth, kind)
    with decoding.photo(path) as reading:
        picture = reading.picture(120)
        assert picture is not None and picture.shape == (4096, 4096, 3)
        assert peak_mb(reading.child) < PEAK_MB


def test_a_photo_that_is_a_line_is_refused_by_its_header(tmp_path: Path) -> None:
    path = png(tmp_path / "line.png", 900_000, 64, 8, 2)
    with decoding.photo(path) as reading, pytest.raises(InputError, match="too narrow for a face"):
        reading.picture(60)


def test_a_format_that_takes_too_much_is_told_so_and_the_child_goes_on(tmp_path: Path, photo_file: Path) -> None:
    Image.new("RGB", (6_000, 6_000), (9, 90, 9)).save(tmp_path / "large.webp", quality=1, method=0)
    for _ in range(2):
        with decoding.photo(tmp_path / "large.webp") as reading:
            with pytest.raises(InputError, match="too much memory"):
                reading.picture(60)
            child = reading.child
            assert peak_mb(child) < PEAK_MB
        with decoding.photo(photo_file) as reading:
            assert reading.picture(60) is not None and reading.child is child


def test_a_child_that_dies_costs_one_visitor_a_sentence(
    tmp_path: Path, photo_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with decoding.photo(photo_file, tmp_path / "kept.ppm") as reading:
        reading.child.process.kill()
        with pytest.raises(InputError, match="astronaut.jpg could not be read with the memory and time"):
            while reading.picture(60) is None:
                pass
            reading.kept()
        dead = reading.child
    with decoding.photo(photo_file) as reading:
        assert reading.child is not dead and reading.picture(60) is not None
    monkeypatch.setattr(decoding, "SILENCE_S", 0.2)
    with decoding.photo(png(tmp_path / "slow.png", ALIKE, ALIKE, 16, 6)) as reading:
        with pytest.raises(InputError, match="could not be read with the memory and time"):
            while reading.picture(0.1) is None:
                pass
        assert reading.child.process.returncode is not None


def test_what_a_child_reads_is_what_the_engine_reads(photo_file: Path, tmp_path: Path) -> None:
    from model.face import load_photo

    kept = tmp_path / "kept.ppm"
    with decoding.photo(photo_file, kept) as reading:
        assert np.array_equal(reading.picture(60), load_photo(photo_file))
        reading.kept()
    assert np.array_equal(load_photo(kept), load_photo(photo_file))


def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    child = decoding.Child(1)
    assert b"hf_secret" not in Path(f"/proc/{child.process.pid}/environ").read_bytes()
    child.kill()


def test_a_film_of_too_many_frames_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = film(tmp_path / "long.mp4", frames=3_001, size=(16, 16), picture=np.zeros((16, 16, 3), np.uint8))
    with pytest.raises(InputError, match="long.mp4 is longer than 3000 frames: cut it"):
        list(decoding.film(path))


@pytest.fixture
def endless(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """A film whose pre-labelling never ends; set as soon as it was closed."""
    closed = threading.Event()

    def steps(_: Film) -> Iterator[Progress]:
        try:
            while True:
                time.sleep(0.05)
                yield Progress("look", 0.1)
        finally:
            closed.set()

    monkeypatch.setattr("model.prelabel_steps", steps)
    yield closed


def test_pre_labelling_lets_clips_go_first(endless: threading.Event, hand_film: Path) -> None:
    work = engine.prelabel(hand_film)
    while next(work).stage != "look":  # type: ignore[union-attr]
        pass
    stop = threading.Event()
    hostile = threading.Thread(target=lambda: [None for _ in iter(lambda: stop.is_set() or next(work) is None, True)])
    hostile.start()
    ticket, asked = engine._turns.ask(), time.monotonic()
    assert engine._turns.wait(ticket, 10)
    waited = time.monotonic() - asked
    engine._turns.leave(ticket)
    stop.set()
    hostile.join()
    work.close()  # type: ignore[attr-defined]
    assert waited < 2 and endless.is_set()


@pytest.fixture
def hand_film(tmp_path: Path) -> Path:
    return film(tmp_path / "film.mp4", frames=4, size=(64, 64), picture=np.zeros((64, 64, 3), np.uint8))


def test_pre_labelling_ends_with_its_client(studio_url: str, endless: threading.Event, hand_film: Path) -> None:
    """Also its child does, and clips are made meanwhile."""
    client = Client(studio_url, verbose=False)
    job = client.submit(handle_file(hand_film), api_name="/prelabel")
    until = time.monotonic() + 30
    while not engine._turns._tickets and time.monotonic() < until:
        time.sleep(0.02)
    job.cancel()
    assert endless.wait(10), "it goes on, and nobody waits for it"
    ticket = engine._turns.ask()
    assert engine._turns.wait(ticket, 5)
    engine._turns.leave(ticket)


@pytest.mark.parametrize("part", ["[]", "{}", '[[["a"]]]', '{"a":[]}'])
def test_json_that_is_made_to_fill_the_memory_is_not_parsed(
    tmp_path: Path, part: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(json, "loads", lambda *_, **__: pytest.fail("parsed"))
    text = "[" + ",".join([part] * (13 * 2**20 // (len(part) + 1))) + "]"
    assert too_heavy(text)
    with pytest.raises(LabelError, match="too many parts"):
        parse(text)
    path = tmp_path / "bomb.json"
    path.write_text(text)
    store = open_store(tmp_path / "data")
    people.sign_in(store, "joe", new_role="admin")
    with pytest.raises(BadInput, match=r"bomb.json has more parts than labels have: split it\."):
        importing.import_file(store, "joe", path)
    store.close()


def test_json_of_labels_is_not_too_heavy() -> None:
    point = "[301.5,288.0]"
    key = f'{{"frame":7,"polygon":[{",".join([point] * 12)}]}}'
    box = '{"x":10.5,"y":20.25,"width":3.75,"height":4.5,"frame":7,"enabled":true,"rotation":0}'
    for part in (key, box):
        assert not too_heavy("[" + ",".join([part] * (40 * 2**20 // len(part))) + "]")


def test_a_row_named_by_a_dot_does_not_end_the_import(tmp_path: Path, hand_film: Path) -> None:
    (tmp_path / "manifest.csv").write_text(
        f"file_name,pattern\n.,poke-nose\n./,poke-nose\n{hand_film.name},poke-nose\n"
    )
    store = open_store(tmp_path / "data")
    people.sign_in(store, "joe", new_role="admin")
    report = importing.import_file(store, "joe", tmp_path)
    assert (report.added, report.failed) == (1, 2)
    store.close()
