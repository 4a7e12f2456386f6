"""The values that go from stage to stage: photo → face scan → hand motion → simulation → frames.

Millimetres in 3-D (X to the viewer's right, Y down, Z away from the camera), pixels in 2-D, images
`uint8` RGB. The simulation knows one hand, the subject's left; the right hand is the mirrored photo.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

F32 = NDArray[np.float32]
F64 = NDArray[np.float64]
I32 = NDArray[np.int32]
U8 = NDArray[np.uint8]

IPD_MM: Final = 63.0  # inter-pupillary distance that sets the scale (Dodgson 2004)
NO_REGION: Final = 255


@dataclass(frozen=True)
class Camera:
    """Perspective camera: px = centre + X · D / (D + Z) / mm_per_px."""

    width: int
    height: int
    mm_per_px: float
    distance: float = 700.0  # mm from the camera to Z = 0

    def project(self, points: NDArray[np.floating]) -> F64:
        """Pixels (n, 2) of points (n, 3) in mm."""
        scale = self.distance / (self.distance + points[..., 2]) / self.mm_per_px
        centre = np.array([self.width, self.height]) / 2
        return centre + points[..., :2] * scale[..., None]

    def unproject(self, pixels: NDArray[np.floating], z: NDArray[np.floating]) -> F64:
        """Points (n, 3) in mm of pixels (n, 2) at depths `z` (n,) in mm."""
        centre = np.array([self.width, self.height]) / 2
        scale = (self.distance + z) / self.distance * self.mm_per_px
        return np.concatenate([(pixels - centre) * scale[..., None], z[..., None]], axis=-1)


@dataclass(frozen=True)
class Light:
    """First-order spherical-harmonic light in linear RGB: I(n) = albedo · colour · (1 + strength · n·direction)."""

    direction: F64  # (3,) unit, towards the light
    strength: float  # directional over ambient, 0 .. 0.85
    colour: F64  # (3,) white light 1, 1, 1

    def shade(self, normals: NDArray[np.floating]) -> F64:
        """Brightness (n,) of normals (n, 3), never below 0.05."""
        facing = sum((normals[..., k] * self.direction[k] for k in range(3)), np.float64(0.0))  # narrow for a product
        return np.maximum(1.0 + self.strength * facing, 0.05)


@dataclass(frozen=True)
class Garment:
    """What the person wears, of which a sleeve is made."""

    colour: F64  # (3,) linear albedo
    weave: F32  # (p, p, 3) a square of it at the picture's scale, over its own mean
    collared: bool  # closed at the neck: such garments have long sleeves


@dataclass(frozen=True)
class FaceScan:
    """What a photo tells about the face in it: a metric mesh, its tissue, its light, its masks."""

    image: U8  # (h, w, 3) the square crop at clip size
    background: U8  # (h, w, 3) plate with the person's edge inpainted
    camera: Camera
    landmarks: F32  # (478, 2) px: MediaPipe Face Mesh with irises
    controls: F64  # (c, 3) mm: coarse mesh that is subdivided, the first 468 are the landmarks
    subdivision: object  # scipy.sparse.csr_matrix (n, c): vertices = subdivision @ controls + offset
    vertices: F64  # (n, 3) mm
    triangles: I32  # (t, 3) counter-clockwise seen from the camera, normals point at the viewer
    normals: F64  # (n, 3) unit
    pixels: F64  # (n, 2) where each vertex lies in `image`
    region: U8  # (n,) index into REGIONS, NO_REGION in skirt and inside mouth
    softness: F64  # (n,) 0.08 bone .. 1 cheek
    depth_limit: F64  # (n,) mm that the skin may be indented at most
    skirt: F64  # (n,) 0 on the face .. 1 on the outermost ring, which hardly moves
    rigid: F64  # (n,) 0 skin .. 1 not to be deformed by touch: eyes, mouth interior, glasses
    expressions: dict[str, F64]  # (n, 3) mm at full strength, by name: model.face.expression, model.face.muscles
    rotation: F64  # (3, 3) head pose: columns are the head's right-of-viewer, down and back axes
    masks: dict[str, F32]  # name → (h, w) 0..1: person, skin, hair, eyes, mouth, glasses, beard, content
    light: Light
    skin: F64  # (3,) median cheek albedo, linear RGB
    grain: float  # standard deviation of the photo's noise on skin, 8-bit levels
    blur: float  # standard deviation of the photo's point spread, px
    garment: Garment | None = None  # where enough of one is seen
    age: float = 30.0  # years that the face looks
    sex: float = 0.0  # −1 it looks a woman's .. 1 a man's
    notes: tuple[str, ...] = ()  # sentences for the user: "Two faces: the larger is used."
