"""Photo → FaceScan, the stages in order; and the quick look that says at once whether a photo will do."""

from dataclasses import dataclass

import numpy as np

from model.body import LANDMARKS
from model.face import crop, expression, light, masks, mesh, pose
from model.face.age import apparent_age
from model.face.content import content_mask
from model.face.garment import find_garment
from model.face.landmarks import find_face
from model.face.quality import CHILD, check_face
from model.face.sex import apparent_sex
from model.face.topology import Topology, topology
from model.optics import srgb_to_linear
from model.scene import F32, F64, U8, Camera, FaceScan

SIDE_PX = 512  # of a picture, if nothing else is asked for
GLASSES_MM = 3.5  # softness of where glasses keep the skin under them from moving


@dataclass(frozen=True)
class FaceCheck:
    """What a quick look at a photo finds."""

    landmarks: F32  # (478, 2) px of the photo
    box: tuple[float, float, float, float]  # x0, y0, x1, y1 px around the landmarks
    yaw: float  # degrees, + towards the viewer's right
    pitch: float  # degrees, + down
    roll: float  # degrees, + clockwise as seen
    notes: tuple[str, ...]  # sentences for the user
    child: bool = False  # it seems to be one: whether the parents agreed is to be asked


def check(photo: U8) -> FaceCheck:
    """The face in a photo (h, w, 3), about 0.3 s; InputError says what is wrong with the photo."""
    landmarks, notes = _locate(photo)
    flat = landmarks[:LANDMARKS, :2]
    box = (*flat.min(axis=0).tolist(), *flat.max(axis=0).tolist())
    yaw, pitch, roll = pose.yaw_pitch_roll(pose.head_pose(landmarks)[0])
    child = CHILD in notes
    notes += crop.crop_face(photo, landmarks, SIDE_PX).notes
    return FaceCheck(landmarks[:, :2].astype(np.float32), box, yaw, pitch, roll, notes, child)


def scan(photo: U8, size: int = SIDE_PX) -> FaceScan:
    """Mesh, tissue, light and masks of the face in a photo (h, w, 3), `size` px wide; or InputError."""
    found, notes = _locate(photo)
    return scan_at(photo, found, size, notes)


def scan_at(photo: U8, found: F64, size: int, notes: tuple[str, ...] = ()) -> FaceScan:
    """The scan of a face whose landmarks (478, 3) px of the photo are known."""
    square = crop.crop_face(photo, found, size)
    landmarks = square.to_image(found)
    camera = mesh.camera_of(landmarks, size)
    controls = mesh.controls_of(landmarks, camera)
    return _complete(square.image, landmarks, camera, controls, topology(), notes + square.notes)


def _locate(photo: U8) -> tuple[F64, tuple[str, ...]]:
    """Landmarks (478, 3) px of the largest face, and notes; InputError if it will not do."""
    found = find_face(photo)
    return found.landmarks, check_face(photo, found)


def _complete(
    image: U8, landmarks: F64, camera: Camera, controls: F64, shared: Topology, notes: tuple[str, ...]
) -> FaceScan:
    """Everything that follows from image, landmarks and control points."""
    vertices = shared.subdivision @ controls
    normals = mesh.scan_normals(vertices, shared.triangles)
    pixels = camera.project(vertices)
    rotation, _, _ = pose.head_pose(controls[:LANDMARKS])
    features = masks.features_mask((camera.height, camera.width), landmarks)
    plain = masks.skin_samples(pixels, normals, shared, features)
    colours = masks.sample(image, pixels[plain])
    linear = srgb_to_linear(np.clip(colours + 0.5, 0, 255).astype(np.uint8)).astype(np.float64)
    kept = light.typical(linear)
    lamp = light.fit_light(linear[kept], normals[plain][kept])
    skin = light.skin_albedo(linear[kept], normals[plain][kept], lamp)
    surface = masks.Surface(pixels, normals, shared, lamp, skin)
    layers = masks.all_masks(image, landmarks, surface, colours[kept], features)
    layers["content"] = content_mask(image)
    glasses = masks.sample(layers["glasses"], pixels)
    return FaceScan(
        image=image,
        background=masks.background_plate(image, layers["person"]),
        camera=camera,
        landmarks=landmarks[:, :2].astype(np.float32),
        controls=controls,
        subdivision=shared.subdivision,
        vertices=vertices,
        triangles=shared.triangles,
        normals=normals,
        pixels=pixels,
        region=shared.region,
        softness=shared.softness,
        depth_limit=shared.depth_limit,
        skirt=shared.skirt,
        rigid=np.maximum(np.maximum(shared.eyes, shared.mouth), glasses * (shared.skirt < 1)),
        expressions=expression.expressions(
            controls,
            shared,
            rotation,
            masks.sample(masks.blurred(layers["glasses"], GLASSES_MM / camera.mm_per_px), pixels),
        ),
        rotation=rotation,
        masks=layers,
        light=lamp,
        skin=skin,
        grain=light.grain_of(image, layers["skin"]),
        blur=light.blur_of(image),
        garment=find_garment(image, layers, landmarks, lamp),
        age=apparent_age(image, landmarks),
        sex=apparent_sex(image, landmarks),
        notes=notes,
    )
