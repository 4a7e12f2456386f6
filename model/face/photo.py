"""Any upload → an upright 8-bit RGB photo, or one sentence that says what is wrong with it."""

import io
import struct
import warnings
from pathlib import Path
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from annotation.paths import shown, why_not_read
from model.errors import InputError
from model.scene import U8

FORMATS: Final = ("JPEG", "MPO", "PNG", "WEBP", "GIF", "BMP", "TIFF", "AVIF", "PPM")
HEIC: Final = (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1")  # brands: what iPhones write
MAX_PIXELS: Final = 64_000_000  # refused from the header; 6,000 × 6,000 still passes
MAX_BYTES: Final = 200_000_000
MIN_SIDE: Final = 64
WORKING_SIDE: Final = 4096  # longer photos are reduced: no clip shows more of a face

Image.init()  # all decoders, of which only FORMATS are used

# Sizes are checked here, from the header, with a sentence of our own.
warnings.filterwarnings("ignore", category=Image.DecompressionBombWarning)
warnings.filterwarnings("ignore", module=r"PIL\.")  # what is wrong with a photo is told in one sentence

DAMAGE: Final = (
    OSError,
    SyntaxError,
    EOFError,
    IndexError,
    KeyError,
    MemoryError,
    RuntimeError,
    struct.error,
    ValueError,
)
DAMAGED: Final = "The photo is damaged or cut short: save or upload it again."

Photo = str | Path | Image.Image | NDArray[np.uint8]


def load_photo(source: Photo) -> U8:
    """Upright RGB (h, w, 3), long side ≤ 4096 px, of a file, PIL image or uint8 array; or InputError."""
    if isinstance(source, np.ndarray):
        return _reduced(_from_array(source))
    if isinstance(source, Image.Image):
        _check_size(*source.size)
        return _reduced(_from_pil(source))
    data = _read(Path(source))
    with _opened(data, Path(source).name) as image:
        _check_size(*image.size)
        return _reduced(_from_pil(image))


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


def _from_pil(image: Image.Image) -> U8:
    """Upright RGB of the first frame of any PIL image; InputError if its data is damaged."""
    try:
        image.draft(None, (WORKING_SIDE, WORKING_SIDE))  # a large JPEG is decoded at a half or less
        image.load()
        upright = _upright(image)
        return np.ascontiguousarray(np.asarray(_rgb(upright), dtype=np.uint8))
    except DAMAGE as error:
        raise InputError(DAMAGED) from error


def _upright(image: Image.Image) -> Image.Image:
    """Turned as its EXIF orientation says; damaged EXIF is ignored."""
    try:
        return ImageOps.exif_transpose(image)
    except (OSError, SyntaxError, ValueError, KeyError, TypeError, ZeroDivisionError):
        return image


def _rgb(image: Image.Image) -> Image.Image:
    """8-bit sRGB over white, of any mode: CMYK, palette, alpha, 16-bit, float, LAB, with any ICC profile."""
    if image.mode in ("I;16", "I;16B", "I;16L", "I", "F"):
        return _eight_bit(image).convert("RGB")
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


def _eight_bit(image: Image.Image) -> Image.Image:
    """8-bit grey of 16-bit, 32-bit or float grey; float in 0..1 or 0..255."""
    grey = np.nan_to_num(np.asarray(image).astype(np.float64))
    top = grey.max(initial=0.0)
    in_255 = top <= 255 if image.mode != "F" else top > 1.0
    scale = 1.0 if in_255 else 255.0 if image.mode == "F" else 1 / 257
    return Image.fromarray(np.clip(grey * scale, 0, 255).astype(np.uint8))


def _from_array(array: NDArray[np.uint8]) -> U8:
    """RGB of a uint8 array (h, w), (h, w, 1), (h, w, 3) or (h, w, 4)."""
    shape = array.shape
    if array.dtype != np.uint8 or array.ndim not in (2, 3) or (array.ndim == 3 and shape[2] not in (1, 3, 4)):
        raise InputError(
            "A photo given as an array must be uint8 of shape (height, width, 3): "
            f"this one is {array.dtype} of shape {shape}."
        )
    _check_size(shape[1], shape[0])
    if array.ndim == 3 and shape[2] == 1:
        array = array[..., 0]
    return _from_pil(Image.fromarray(np.ascontiguousarray(array)))


def _reduced(photo: U8) -> U8:
    """The photo with its long side at most WORKING_SIDE."""
    height, width = photo.shape[:2]
    scale = WORKING_SIDE / max(height, width)
    if scale >= 1:
        return photo
    size = (max(round(width * scale), 1), max(round(height * scale), 1))
    return np.asarray(cv2.resize(photo, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)
