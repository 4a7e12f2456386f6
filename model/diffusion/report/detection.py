"""What MediaPipe finds in generated frames beside what it finds in the physics engine's: the same hand, finger, face.

hand_found   share of the frames with a hand found in physics' frame in which it is found in ours too
contact_mm   distance of the touching finger's tip, found in ours, from the one found in physics' frame; median
contact_found  share of the touching frames in which both were found, so how much contact_mm speaks of
face_nme     median distance of face landmarks, ours from physics', over the distance of the pupils
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from model.body import MIDDLE_KNUCKLE, PUPILS, TIPS
from model.clip import Guidance
from model.face import networks
from model.scene import F32, F64, IPD_MM, U8

FRAMES: Final = 4  # of the touching ones of a clip that are looked at
NEAR: Final = 0.25  # of the hand's diagonal: mean joint error of a hand that counts as found
REACHED: Final = (*TIPS, MIDDLE_KNUCKLE)  # for each of FINGERS, the palm by its middle knuckle


@dataclass(frozen=True)
class Detection:
    """What is found in one frame."""

    hand: F64 | None  # (21, 2) px
    face: F64 | None  # (478, 2) px


@dataclass(frozen=True)
class Reference:
    """The frames of a clip that are looked at, and what is found there in physics' frames."""

    frames: tuple[int, ...]
    fingers: tuple[int, ...]  # index into REACHED of the finger that touches most
    joints: F32  # (n, 21, 2) px, where the simulation has them
    found: tuple[Detection, ...]  # in physics' frames
    mm_per_px: float | None  # None where no face is found in the photo


def detect_reference(photo: U8, target: U8, guidance: Guidance) -> Reference:
    """Choose frames of a clip (f, h, w, 3) that touch with the whole hand in view, and detect hand and face there."""
    side = np.array(target.shape[2:0:-1])
    inside = ((guidance.joints > 0) & (guidance.joints < side)).all(axis=(1, 2))
    area = np.stack([(guidance.contact_mask == 1 + finger).sum(axis=(1, 2)) for finger in range(len(REACHED))], axis=1)
    touching = np.flatnonzero(inside & (area.sum(axis=1) > 0))
    chosen = touching[np.linspace(0, len(touching) - 1, min(FRAMES, len(touching))).round().astype(int)]
    face = networks.mesh(photo)
    return Reference(
        frames=tuple(int(frame) for frame in chosen),
        fingers=tuple(int(area[frame].argmax()) for frame in chosen),
        joints=guidance.joints[chosen],
        found=tuple(
            _detect(target[frame], joints) for frame, joints in zip(chosen, guidance.joints[chosen], strict=True)
        ),
        mm_per_px=None if face is None else float(IPD_MM / np.linalg.norm(face[PUPILS[0], :2] - face[PUPILS[1], :2])),
    )


def compare(reference: Reference, made: U8) -> dict[str, float]:
    """Figures of frames made (f, h, w, 3) against the reference; what cannot be told is left out."""
    found, faces, errors, hands = 0, [], [], 0
    looked_at = zip(reference.frames, reference.fingers, reference.joints, reference.found, strict=True)
    for frame, finger, joints, wanted in looked_at:
        seen = _detect(made[frame], joints)
        if wanted.hand is not None:
            hands += 1
            if seen.hand is not None:
                found += 1
                errors.append(float(np.linalg.norm(seen.hand[REACHED[finger]] - wanted.hand[REACHED[finger]])))
        if wanted.face is not None and seen.face is not None:
            apart = np.median(np.linalg.norm(seen.face - wanted.face, axis=1))
            faces.append(float(apart / np.linalg.norm(wanted.face[PUPILS[0]] - wanted.face[PUPILS[1]])))
    figures = {"contact_found": len(errors) / len(reference.frames)} if reference.frames else {}
    if hands:
        figures["hand_found"] = found / hands
    if errors and reference.mm_per_px is not None:
        figures["contact_mm"] = float(np.median(errors)) * reference.mm_per_px
    if faces:
        figures["face_nme"] = float(np.median(faces))
    return figures


def nearest_hand(joints: F32, found: list[F64]) -> F64 | None:
    """The found hand (21, 2) that lies on `joints`; None if there is none."""
    diagonal = float(np.linalg.norm(np.ptp(joints, axis=0)))
    errors = [float(np.linalg.norm(hand - joints, axis=1).mean()) for hand in found]
    return found[int(np.argmin(errors))] if errors and min(errors) <= NEAR * diagonal else None


def _detect(frame: U8, joints: F32) -> Detection:
    face = networks.mesh(frame)
    return Detection(nearest_hand(joints, networks.hands(frame)), None if face is None else face[:, :2])
