"""Photos and videos as cameras, phones, browsers and programs write them; small."""

import io
import os
import tempfile
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

import numpy as np
from films import BACK, CONVERTED, HALF, MIRROR, QUARTER, UNEVEN, film
from PIL import Image, ImageCms
from skimage.data import astronaut

from tests.hostile.label_seeds import FRAMES, HIGH, WIDE

TURNED: Final = 6  # EXIF: the camera was held upright
FACE: Final = (slice(0, 256), slice(96, 352))  # of the astronaut
SHORT: Final = 10  # frames


def photos() -> dict[str, bytes]:
    """Photos in many formats; those called face show one."""
    face = Image.fromarray(astronaut()[FACE])
    small = face.resize((96, 80))
    exif = Image.Exif()
    exif[0x0112], exif[0x010F] = TURNED, "Camera"
    exif.get_ifd(0x8825)[1] = "N"  # where it was taken
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    wide = Image.fromarray((np.asarray(small.convert("L")).astype(np.uint16) * 257).astype(np.uint16))
    floats = Image.fromarray(np.asarray(small.convert("L"), np.float32) / 255)
    ways: dict[str, tuple[Image.Image, dict[str, Any]]] = {
        "face.jpg": (face, {"quality": 85}),
        "face.png": (face, {}),
        "face.webp": (face, {"quality": 80}),
        "turned.jpg": (small, {"exif": exif, "icc_profile": profile}),
        "progressive.jpg": (small, {"progressive": True}),
        "cmyk.jpg": (small.convert("CMYK"), {}),
        "grey.jpg": (small.convert("L"), {}),
        "two.mpo": (small, {"save_all": True, "append_images": [small]}),
        "plain.png": (small, {"icc_profile": profile, "exif": exif}),
        "palette.png": (small.quantize(16), {"transparency": 0}),
        "alpha.png": (small.convert("RGBA"), {}),
        "wide.png": (wide, {}),
        "bits.png": (small.convert("1"), {}),
        "moving.png": (small, {"save_all": True, "append_images": [small.rotate(90)]}),
        "plain.webp": (small, {"lossless": True, "exif": exif}),
        "moving.webp": (small, {"save_all": True, "append_images": [small.rotate(9)], "duration": 40}),
        "plain.avif": (small, {"quality": 60, "exif": exif}),
        "pages.tif": (small, {"save_all": True, "append_images": [small], "compression": "tiff_lzw"}),
        "jpeg.tif": (small, {"compression": "jpeg"}),
        "wide.tif": (wide, {}),
        "floats.tif": (floats, {}),
        "cmyk.tif": (small.convert("CMYK"), {}),
        "plain.gif": (small, {}),
        "moving.gif": (small, {"save_all": True, "append_images": [small.rotate(9)], "duration": 40}),
        "plain.bmp": (small, {}),
        "plain.ppm": (small, {}),
        "grey.pgm": (small.convert("L"), {}),
    }
    return {name: _saved(name, *way) for name, way in ways.items()} | {"interlaced.png": _interlaced(small)}


def videos() -> dict[str, bytes]:
    """Videos of ten frames in many containers, turned, uneven, late; and the astronaut standing still."""
    ways: dict[str, dict[str, Any]] = {
        "constant.mp4": {},
        "turned.mp4": {"matrix": QUARTER},
        "back.mov": {"matrix": BACK},
        "half.mp4": {"matrix": HALF},
        "mirrored.mp4": {"matrix": MIRROR},
        "vp9.mp4": {"codec": "libvpx-vp9"},
        "av1.mp4": {"codec": "libsvtav1", "options": {"preset": "12"}},
        "sound.mp4": {"sound": True},
        "vp9.webm": {"codec": "libvpx-vp9"},
        "motion.avi": {"codec": "mjpeg", "pixels": "yuvj420p"},
        "mpeg2.mpg": {"codec": "mpeg2video"},
        "film.wmv": {"codec": "wmv2"},
        **{name: way for name, way in CONVERTED.items() if name not in ("portrait.mp4", "selfie.mp4", "lean.mp4")},
    }
    os.environ.setdefault("SVT_LOG", "1")  # only what is wrong
    face = np.ascontiguousarray(astronaut()[FACE][::2, ::2])
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, way in ways.items():
            short = {"stamps": UNEVEN[:SHORT]} if "stamps" in way else {}
            made[name] = film(Path(folder) / name, **({"frames": SHORT} | way | short)).read_bytes()
        made["face.mp4"] = film(Path(folder) / "face.mp4", frames=6, size=(128, 128), picture=face).read_bytes()
    return made


def clips() -> dict[str, bytes]:
    """The videos of which the label files speak, and one that has to be converted."""
    made = {}
    with tempfile.TemporaryDirectory() as folder:
        for grey, name in enumerate(("a.mp4", "b.mp4", "c.mp4", "c.mkv"), 1):
            picture = np.full((HIGH, WIDE, 3), 40 * grey, np.uint8)
            size: Any = {"size": (WIDE, HIGH), "rate": Fraction(24), "frames": FRAMES, "picture": picture}
            made[name] = film(Path(folder) / name, **size).read_bytes()
    return made


def _saved(name: str, image: Image.Image, way: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    kinds = {"tif": "TIFF", "jpg": "JPEG", "pgm": "PPM"}
    suffix = name.rpartition(".")[2]
    image.save(file, format=kinds.get(suffix, suffix.upper()), **way)
    return file.getvalue()


def _interlaced(image: Image.Image) -> bytes:
    """A PNG in Adam7's seven passes, which Pillow reads and does not write."""
    import struct
    import zlib

    pixels = np.asarray(image.convert("RGB"))
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    rows = b"".join(
        b"\0" + row.tobytes() for top, left, down, across in passes for row in pixels[top::down, left::across]
    )

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", image.width, image.height, 8, 2, 0, 0, 1)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")
