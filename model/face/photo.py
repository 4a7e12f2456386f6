"""Any upload → an upright 8-bit RGB photo, or one sentence that says what is wrong with it."""

import io
import math
import struct
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, UnidentifiedImageError

from annotation.paths import shown, why_not_read
from model.errors import InputError
from model.scene import F64, U8

FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
HEIC: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # brands: what iPhones write
MAX_PIXELS: Final = 64_000_000  # refused from the header; 6,000 × 6,000 still passes
MAX_BYTES: Final = 200_000_000
MIN_SIDE: Final = 64
WORKING_SIDE: Final = 4096  # longer photos are reduced: no clip shows more of a face
DRAFT_SIDE: Final = 3072  # a JPEG's decoder leaves at least this much of the long side
BAND: Final = 2_000_000  # pixels that are converted at once
DEEP: Final = ("I;16", "I;16B", "I;16L", "I", "F")
ORIENTATION: Final = 274  # EXIF's tag
TURNS: Final[dict[int, Callable[[U8], U8]]] = {
    2: np.fliplr,
    3: lambda photo: photo[::-1, ::-1],
    4: np.flipud,
    5: lambda photo: photo.swapaxes(0, 1),
    6: lambda photo: np.rot90(photo, -1),
    7: lambda photo: photo[::-1, ::-1].swapaxes(0, 1),
    8: np.rot90,
}

Image.init()  # all decoders, of which only FORMATS are used

# Sizes are checked here, from the header, with a sentence of our own.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with a photo is told in one sentence

DAMAGE: Final = (OSError, SyntaxError, EOFError, IndexError, KeyError, RuntimeError, struct.error, ValueError)
TOO_MUCH: Final = "The photo takes too much memory to be read: save it as a JPEG, or smaller."
NARROW: Final = "The photo has {width} × {height} pixels, too narrow for a face to be seen: use another one."
DAMAGED: Final = "The photo is damaged or cut short: save or upload it again."

Photo = str | Path | Image.Image | NDArray[np.uint8]


def load_photo(source: Photo) -> U8:
    """Upright RGB (h, w, 3), long side ≤ 4096 px, of a file, PIL image or uint8 array; or InputError."""
    if isinstance(source, np.ndarray):
        return _from_pil(_of_array(source))
    if isinstance(source, Image.Image):
        _check_size(*source.size)
        return _from_pil(source)
    data = _read(Path(source))
    with _opened(data, Path(source).name) as image:
        _check_size(*image.size)
        return _from_pil(image)


def _opened(data: bytes, name: str) -> Image.Image:
    """The image in some bytes, its header read; InputError if there is none."""
    try:
        return Image.open(io.BytesIO(data), formats=[known for known in FORMATS if known in Image.OPEN])
    except Image.DecompressionBombError:
        raise InputError(f"The photo has too many pixels: use one of at most {_megapixels()}.") from None
    except UnidentifiedImageError:
        if data[4:8] == b"ftyp" and data[8:12] in HEIC:
            raise InputError(f"{shown(name)} is a HEIC photo, which cannot be read here: save it as JPEG.") from None
        raise InputError(f"{shown(name)} is not a photo that can be read: use a JPEG, PNG or WebP file.") from None
    except DAMAGE as error:
        raise InputError(DAMAGED) from error


def _read(path: Path) -> bytes:
    """Bytes of a regular, non-empty file of a sensible size."""
    if why := why_not_read(path, "photo"):
        raise InputError(why)
    name, size = shown(path.name), path.stat().st_size
    if size == 0:
        raise InputError(f"{name} is empty (0 bytes): upload the photo again.")
    if size > MAX_BYTES:
        raise InputError(f"{name} is larger than {MAX_BYTES // 1_000_000} MB: use a smaller photo.")
    try:
        return path.read_bytes()
    except OSError as error:
        raise InputError(f"{name} cannot be read ({error.strerror}): check its permissions.") from None


def _megapixels() -> str:
    return f"{MAX_PIXELS // 1_000_000} megapixels"


def _check_size(width: int, height: int) -> None:
    """InputError for a size that is a bomb or has no face in it."""
    if width * height > MAX_PIXELS:
        raise InputError(
            f"The photo has {width} × {height} pixels: use one of at most {_megapixels()}."
        )  # fmt: skip
    if min(width, height) < MIN_SIDE:
        raise InputError(f"The photo has only {width} × {height} pixels: use one with at least 200 px on each side.")
    if min(_reduced_size(width, height)) < MIN_SIDE:
        raise InputError(NARROW.format(width=width, height=height))


def _from_pil(image: Image.Image) -> U8:
    """Upright RGB of the first frame of any PIL image; InputError if its data is damaged, or too much for the memory.

    Only what the decoder gives is ever in memory as a whole: bands of it become RGB, and are reduced, one by one.
    """
    try:
        _draft(image)
        image.load()
        ceiling = _ceiling(image)
        size = _reduced_size(*image.size)
        photo = np.empty((size[1], size[0], 3), np.uint8)
        rows = max(BAND * size[1] // (image.width * image.height), 1)
        for top in range(0, size[1], rows):
            bottom = min(top + rows, size[1])
            photo[top:bottom] = _band(image, size, top, bottom, ceiling)
        return _upright(photo, image)
    except MemoryError:
        raise InputError(TOO_MUCH) from None
    except DAMAGE as error:
        raise InputError(DAMAGED) from error


def _draft(image: Image.Image) -> None:
    """Let a JPEG decoder reduce by 2, 4 or 8 what stays large enough."""
    for factor in (8, 4, 2):
        if max(image.size) >= factor * DRAFT_SIDE:
            image.draft(None, (max(image.width // factor, 1), max(image.height // factor, 1)))
            return


def _reduced_size(width: int, height: int) -> tuple[int, int]:
    """Width and height with the long side at most WORKING_SIDE."""
    scale = min(WORKING_SIDE / max(width, height), 1.0)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def _band(image: Image.Image, size: tuple[int, int], top: int, bottom: int, ceiling: float) -> U8:
    """Rows of the reduced RGB: means of the areas that its pixels cover."""
    step = image.height / size[1]
    first, last = int(top * step), min(math.ceil(bottom * step), image.height)
    whole = first == 0 and last == image.height
    part = image if whole else image.crop((0, first, image.width, last))
    part.info = image.info
    rgb = _rgb(part, ceiling)
    if size != image.size:
        box = (0.0, top * step - first, image.width, min(bottom * step - first, last - first))
        rgb = rgb.resize((size[0], bottom - top), Image.Resampling.BOX, box)
    return np.asarray(rgb, dtype=np.uint8)


def _upright(photo: U8, image: Image.Image) -> U8:
    """The image's pixels turned as its EXIF orientation says; damaged EXIF is ignored."""
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError):
        turn = None
    return photo if turn is None else np.ascontiguousarray(turn(photo))


def _rgb(image: Image.Image, ceiling: float) -> Image.Image:
    """8-bit sRGB over white, of any mode: CMYK, palette, alpha, 16-bit, float, LAB, with any ICC profile."""
    if image.mode in DEEP:
        return _eight_bit(image, ceiling).convert("RGB")
    profile = image.info.get("icc_profile")
    if "A" in image.mode or "transparency" in image.info:
        rgba = image.convert("RGBA")
        flat = Image.new("RGBA", rgba.size, (255, 255, 255, 255))
        image = Image.alpha_composite(flat, rgba).convert("RGB")
    elif image.mode not in ("RGB", "CMYK"):
        image = image.convert("RGB")
    return _srgb(image, profile)


def _srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """sRGB of an RGB or CMYK image, through its ICC profile where it has one that fits."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
            if converted is not None:
                return converted
        except (ImageCms.PyCMSError, OSError, ValueError):
            pass  # a profile that does not fit its pixels: the plain conversion is the best guess
    return image.convert("RGB")


def _ceiling(image: Image.Image) -> float:
    """The largest value of deep grey, which tells how its values are meant; 0 of others."""
    if image.mode not in DEEP:
        return 0.0
    rows = max(BAND // image.width, 1)
    bands = (image.crop((0, top, image.width, min(top + rows, image.height))) for top in range(0, image.height, rows))
    return max(float(_finite(band).max(initial=0.0)) for band in bands)


def _finite(grey: Image.Image) -> F64:
    """Values (h, w) of 16-bit, 32-bit or float grey."""
    return np.nan_to_num(np.asarray(grey).astype(np.float64))


def _eight_bit(image: Image.Image, ceiling: float) -> Image.Image:
    """8-bit grey of a band of 16-bit, 32-bit or float grey; float in 0..1 or 0..255."""
    in_255 = ceiling <= 255 if image.mode != "F" else ceiling > 1.0
    scale = 1.0 if in_255 else 255.0 if image.mode == "F" else 1 / 257
    return Image.fromarray(np.clip(_finite(image) * scale, 0, 255).astype(np.uint8))


def _of_array(array: NDArray[np.uint8]) -> Image.Image:
    """The image of a uint8 array (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)."""
    shape = array.shape
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise InputError(
            "A photo given as an array must be uint8 of shape (height, width, 3): "
            f"this one is {array.dtype} of shape {shape}."
        )
    _check_size(shape[1], shape[0])
    if array.ndim == 3 and shape[2] == 1:
        array = array[..., 0]
    return Image.fromarray(np.ascontiguousarray(array))
