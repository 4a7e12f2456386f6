"""Labels, joints and guidance moved as the device moves the picture."""

from dataclasses import replace

import cv2
import numpy as np

from annotation.labels import Contact, Keyframe, Labels
from model.camera.hold import Shot
from model.clip import Guidance
from model.scene import F32, F64

NAMES = ("hand_parts", "contact_mask")  # maps of codes, which must not be mixed


def follow_points(points: F32, shot: Shot) -> F32:
    """Points (f, k, 2) px of the picture, in the recording."""
    back = _recorded(shot)
    return (np.einsum("fij,fkj->fki", back[:, :, :2], points) + back[:, None, :, 2]).astype(np.float32)


def _recorded(shot: Shot) -> F64:
    """From the picture to the recording (f, 2, 3) px."""
    return np.stack([cv2.invertAffineTransform(place) for place in shot.places])


def follow_labels(labels: Labels, shot: Shot) -> Labels:
    """The labels of the recording; between two keyframes a polygon follows to within a share of a pixel."""
    back = _recorded(shot)

    def moved(key: Keyframe) -> Keyframe:
        way = back[key.frame]
        points = np.array(key.polygon) @ way[:, :2].T + way[:, 2]
        return Keyframe(key.frame, tuple((round(float(x), 2), round(float(y), 2)) for x, y in points))

    def follow(contact: Contact) -> Contact:
        return replace(contact, keyframes=tuple(moved(key) for key in contact.keyframes))

    return replace(labels, contacts=tuple(follow(contact) for contact in labels.contacts))


def follow_guidance(guidance: Guidance, shot: Shot) -> Guidance:
    """The maps of the recording; `flow` still says where in the photo a pixel comes from."""
    height, width = guidance.hand_mask.shape[1:]
    grid = np.stack(np.meshgrid(np.arange(width) + 0.5, np.arange(height) + 0.5), axis=-1)
    maps = {name: np.empty_like(getattr(guidance, name)) for name in guidance.__dataclass_fields__ if name != "joints"}
    for frame, place in enumerate(shot.places):
        seen = grid @ place[:, :2].T + place[:, 2]
        where = (seen - 0.5).astype(np.float32)
        for name, out in maps.items():
            mode = cv2.INTER_NEAREST if name in NAMES else cv2.INTER_LINEAR
            source = np.asarray(getattr(guidance, name)[frame], np.float32)
            fresh = cv2.remap(source, where, None, mode, borderMode=cv2.BORDER_REPLICATE)
            if name == "flow":
                fresh = fresh + (seen - grid)
            out[frame] = np.rint(fresh) if np.issubdtype(out.dtype, np.integer) else fresh
    return Guidance(**maps, joints=follow_points(guidance.joints, shot))
