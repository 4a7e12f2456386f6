"""Files that say they are long, or are large with nothing in them: told in moments, in little memory."""

import os
import resource
import socket
import struct
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import numpy as np
import pytest
from films import film
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from annotation import importing, people
from annotation.errors import BadInput
from annotation.opening import open_store
from annotation.store import Store
from model.errors import InputError
from studio import decoding, files, home

TERA = 2**40
TEN_HOURS = 36_000  # s
MOMENTS = 20  # s, on a busy machine
PEAK_MB = 600
GREY = np.zeros((16, 16, 3), np.uint8)


def of_two_frames(path: Path) -> Path:
    """The second frame comes after ten hours."""
    return film(path, frames=2, size=(16, 16), stamps=[0, 600 * TEN_HOURS], clock=Fraction(1, 600), picture=GREY)


def of_a_header(path: Path) -> Path:
    """Its table of times has ten hours of frames; the file has twelve."""
    data = bytearray(film(path, frames=12, size=(16, 16), options={"bf": "0"}, picture=GREY).read_bytes())
    at = data.index(b"stts") + 12
    assert struct.unpack_from(">I", data, at - 4) == (1,)
    struct.pack_into(">I", data, at, 30 * TEN_HOURS)
    path.write_bytes(data)
    return path


@pytest.mark.parametrize("make", [of_two_frames, of_a_header])
def test_a_film_of_ten_hours_is_refused_by_its_header(tmp_path: Path, make) -> None:
    path = make(tmp_path / "long.mp4")
    assert path.stat().st_size < 10_000
    began = time.monotonic()
    with pytest.raises(InputError, match=r"long\.mp4 (lasts|is longer|is too long).*: cut it"):
        list(decoding.film(path))
    assert time.monotonic() - began < MOMENTS


def test_the_client_of_a_film_of_ten_hours_is_told_so(studio_url: str, tmp_path: Path) -> None:
    path = of_two_frames(tmp_path / "long.mp4")
    with pytest.raises(AppError, match="cut it"):
        Client(studio_url, verbose=False).predict(handle_file(path), api_name="/prelabel")


def with_a_hole(path: Path) -> Path:
    """The file, and nothing after it for a terabyte."""
    os.truncate(path, TERA)
    return path


def test_a_photo_with_a_hole_behind_it_takes_no_memory(tmp_path: Path, photo_file: Path) -> None:
    path = tmp_path / "me.jpg"
    path.write_bytes(photo_file.read_bytes())
    began = time.monotonic()
    with decoding.photo(with_a_hole(path)) as reading:
        try:
            picture = reading.picture(MOMENTS)
            assert picture is not None and picture.shape == (512, 512, 3)
        except InputError as error:
            assert "smaller" in str(error)
        peak = Path(f"/proc/{reading.child.process.pid}/status").read_text().split("VmHWM:")[1].split()[0]
        assert int(peak) / 1024 < PEAK_MB
    assert time.monotonic() - began < MOMENTS


def test_a_film_with_a_hole_behind_it_is_looked_at_or_refused_at_once(tmp_path: Path) -> None:
    path = with_a_hole(film(tmp_path / "film.mp4", frames=4, size=(16, 16), picture=GREY))
    began = time.monotonic()
    try:
        found = next(found for found in decoding.film(path) if found)
        assert found.facts.frames == 4
    except InputError as error:
        assert str(error).startswith("film.mp4")
    assert time.monotonic() - began < MOMENTS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    opened = open_store(tmp_path / "data")
    people.sign_in(opened, "joe", new_role="admin")
    yield opened
    opened.close()


@pytest.mark.parametrize(
    ("name", "begins"),
    [
        ("labels.json", "["), ("labels.jsonl", '{"contacts":'), ("manifest.csv", ""),
        ("manifest.csv", "file_name,pattern\n"), ("manifest.jsonl", ""), ("labels.xml", "<annotations>"),
    ],
)  # fmt: skip
def test_labels_that_are_a_hole_are_refused_in_little_memory(
    store: Store, tmp_path: Path, name: str, begins: str
) -> None:
    path = tmp_path / name
    path.write_text(begins)
    before, began = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        report = importing.import_file(store, "joe", with_a_hole(path))
        assert report.failed and not report.added
    except BadInput as error:
        assert "\n" not in str(error) and "\0" not in str(error)
    assert time.monotonic() - began < MOMENTS
    assert (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024 < PEAK_MB


def files_of_app() -> set[Path]:
    return {path for path in Path(os.environ[home.TOLD]).rglob("*") if path.is_file()}


def test_an_upload_that_is_too_large_leaves_nothing(studio_url: str) -> None:
    before = files_of_app()
    answer = httpx.post(f"{studio_url}gradio_api/upload", files={"files": ("hole.png", bytes(41 * 2**20))}, timeout=60)
    assert answer.status_code == 413
    assert files_of_app() == before


def test_an_upload_that_promises_a_terabyte_and_goes_is_swept_with_the_rest(studio_url: str) -> None:
    before, place = files_of_app(), urlsplit(studio_url)
    head = (
        f"POST /gradio_api/upload HTTP/1.1\r\nHost: {place.netloc}\r\nContent-Length: {TERA}\r\n"
        "Content-Type: multipart/form-data; boundary=x\r\n\r\n"
        '--x\r\nContent-Disposition: form-data; name="files"; filename="a.png"\r\n\r\n'
    )
    with socket.create_connection((place.hostname, place.port)) as client:
        client.sendall(head.encode() + bytes(2**20))
        until = time.monotonic() + MOMENTS
        while files_of_app() == before and time.monotonic() < until:
            time.sleep(0.1)
    assert sum(path.stat().st_size for path in files_of_app() - before) <= 2**20
    assert httpx.get(studio_url, timeout=60).status_code == 200
    files.sweep(now=time.time() + files.AGE + MOMENTS)
    assert files_of_app() <= before
