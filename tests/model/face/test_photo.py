"""Whatever is uploaded becomes an upright RGB photo, or a sentence that helps."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from skimage.data import astronaut

from model.errors import InputError
from model.face import load_photo

SMALL = astronaut()[:300, 80:400]


def saved(folder: Path, name: str, image: Image.Image, **options: object) -> Path:
    path = folder / name
    image.save(path, **options)
    return path


def difference(photo: np.ndarray, expected: np.ndarray = SMALL) -> float:
    assert photo.shape == expected.shape
    return float(np.abs(photo.astype(int) - expected.astype(int)).mean())


def png_header(width: int, height: int) -> bytes:
    """A PNG that claims a size and has no pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


pytestmark = pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")


@pytest.mark.parametrize("orientation", range(1, 9))
def test_reads_every_exif_orientation_upright(tmp_path: Path, orientation: int) -> None:
    turned = {
        1: SMALL, 2: SMALL[:, ::-1], 3: SMALL[::-1, ::-1], 4: SMALL[::-1], 5: SMALL.transpose(1, 0, 2),
        6: np.rot90(SMALL), 7: SMALL.transpose(1, 0, 2)[::-1, ::-1], 8: np.rot90(SMALL, -1),
    }  # fmt: skip
    exif = Image.Exif()
    exif[274] = orientation
    path = saved(tmp_path, "turned.png", Image.fromarray(np.ascontiguousarray(turned[orientation])), exif=exif)
    assert difference(load_photo(path)) == 0


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "RGBA", "LA", "1", "YCbCr", "LAB", "HSV"])
def test_takes_every_colour_mode(mode: str) -> None:
    photo = load_photo(Image.fromarray(SMALL).convert("L" if mode == "LA" else "RGB").convert(mode))
    assert photo.dtype == np.uint8
    grey = np.repeat(np.asarray(Image.fromarray(SMALL).convert("L"))[..., None], 3, axis=2)
    expected = grey if mode in ("L", "LA", "1") else SMALL
    assert difference(photo, expected) < (90 if mode == "1" else 16)


def test_16_bit_grey_keeps_its_range() -> None:
    grey = SMALL.mean(axis=2)
    photo = load_photo(Image.fromarray((grey * 257).astype(np.uint16)))
    assert np.abs(photo[..., 0] - grey).max() <= 1


def test_alpha_shows_white_behind() -> None:
    rgba = np.dstack([SMALL, np.zeros(SMALL.shape[:2], np.uint8)])
    assert (load_photo(rgba) == 255).all()


def test_takes_the_first_frame_of_an_animation(tmp_path: Path) -> None:
    frames = [Image.fromarray(SMALL), Image.fromarray(255 - SMALL)]
    path = saved(tmp_path, "two.webp", frames[0], save_all=True, append_images=frames[1:], lossless=True)
    assert difference(load_photo(path)) == 0


def test_takes_path_text_image_and_array_alike(tmp_path: Path) -> None:
    path = saved(tmp_path, "photo.png", Image.fromarray(SMALL))
    for source in (path, str(path), Image.fromarray(SMALL), SMALL):
        assert difference(load_photo(source)) == 0


def test_reduces_very_large_photos(tmp_path: Path) -> None:
    path = saved(tmp_path, "large.jpg", Image.fromarray(SMALL).resize((6000, 5625)))
    photo = load_photo(path)
    assert max(photo.shape) <= 4096
    assert photo.shape[1] / photo.shape[0] == pytest.approx(6000 / 5625, abs=2e-3)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("empty.jpg", b"", "empty"),
        ("notes.txt", b"hello " * 50, "not a photo"),
        ("page.jpg", b"<!DOCTYPE html><html><body>404</body></html>", "not a photo"),
        ("drawing.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><rect/></svg>", "not a photo"),
        ("program.eps", b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a photo"),
        ("bomb.png", png_header(10_000, 10_000), "10000 × 10000 pixels"),
        ("endless.png", png_header(2**31 - 1, 2**31 - 1), "pixels"),
        ("no_pixels.png", png_header(300, 300), "damaged"),
        ("dot.png", png_header(1, 1), "only 1 × 1 pixels"),
    ],
)
def test_refuses_what_is_no_photo(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=says) as refusal:
        load_photo(path)
    assert str(refusal.value).endswith(".")


def test_refuses_a_bomb_before_decoding_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "bomb.png"
    path.write_bytes(png_header(10_000, 10_000))
    monkeypatch.setattr(Image.Image, "load", lambda _: pytest.fail("decoded"))
    with pytest.raises(InputError, match="megapixels"):
        load_photo(path)


@pytest.mark.parametrize("share", [0.02, 0.3, 0.9])
@pytest.mark.parametrize("kind", ["jpg", "png", "webp"])
def test_refuses_a_file_cut_short(tmp_path: Path, kind: str, share: float) -> None:
    path = saved(tmp_path, f"photo.{kind}", Image.fromarray(SMALL))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    with pytest.raises(InputError, match="damaged|not a photo"):
        load_photo(path)


def test_refuses_paths_that_are_no_file(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no photo at"):
        load_photo(tmp_path / "missing.jpg")
    with pytest.raises(InputError, match="not a file"):
        load_photo(tmp_path)


@pytest.mark.parametrize(
    "array",
    [
        np.zeros((99, 99, 3), np.float32),
        np.zeros((99, 99, 2), np.uint8),
        np.zeros((99,), np.uint8),
        np.zeros((1, 99, 99, 3), np.uint8),
    ],
)
def test_refuses_arrays_of_other_kinds(array: np.ndarray) -> None:
    with pytest.raises(InputError, match="uint8"):
        load_photo(array)


@pytest.mark.parametrize("brand", [b"heic", b"mif1", b"hevx"])
def test_a_photo_of_an_iphone_is_told_what_to_do(tmp_path: Path, brand: bytes) -> None:
    path = tmp_path / "IMG_0001.HEIC"
    path.write_bytes(struct.pack(">I", 24) + b"ftyp" + brand + bytes(4) + b"mif1heic" + bytes(400))
    with pytest.raises(InputError, match=r"IMG_0001.HEIC is a HEIC photo.*save it as JPEG\."):
        load_photo(path)
