"""The numbering of the body: landmarks of the face, joints, bones and parts of the hand. The one place.

Faces are numbered as by MediaPipe Face Mesh (234 is at the subject's right ear, 454 at the left), joints as by
MediaPipe Hands, bones and parts as by `assets/hand.npz`. Left and right are the subject's.
"""

from typing import Final

Landmarks = tuple[int, ...]

# ---- the face ----
LANDMARKS: Final = 468  # of the face mesh; five of each iris follow
WITH_IRISES: Final = 478
RIGHT_PUPIL, LEFT_PUPIL = PUPILS = 468, 473
IRIS_PARTNERS: Final = (473, 476, 475, 474, 477, 468, 471, 470, 469, 472)  # of 468 .. 477, on the other side
CROWN, SUBNASALE, CHIN, SELLION = 10, 1, 152, 168  # of the midline: hair line, under the nose, chin, between the eyes
RIGHT_EYE_CORNERS, LEFT_EYE_CORNERS = (33, 133), (263, 362)  # outer, inner
RIGHT_MOUTH_CORNER, LEFT_MOUTH_CORNER = 61, 291
OVAL: Final[Landmarks] = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)  # fmt: skip
MOUTH: Final[tuple[Landmarks, Landmarks]] = (
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)  # upper and lower inner lip, corner to corner
RIGHT_EYE: Final[tuple[Landmarks, Landmarks]] = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
)  # upper and lower lid, outer corner to inner
LEFT_EYE: Final[tuple[Landmarks, Landmarks]] = (
    (263, 466, 388, 387, 386, 385, 384, 398, 362),
    (263, 249, 390, 373, 374, 380, 381, 382, 362),
)
OPENINGS: Final = (MOUTH, RIGHT_EYE, LEFT_EYE)
LIPS: Final[Landmarks] = (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146)
BROWS: Final[tuple[Landmarks, Landmarks]] = (
    (70, 63, 105, 66, 107, 55, 65, 52, 53, 46),
    (300, 293, 334, 296, 336, 285, 295, 282, 283, 276),
)  # right, left
# Hardly moved by expression: forehead, temples, nose bridge, eye corners, cheekbones.
STEADY: Final[Landmarks] = (
    10, 151, 9, 8, 168, 6, 197, 195, 33, 133, 362, 263, 127, 356, 234, 454, 162, 389, 103, 332, 67, 297,
    116, 345, 123, 352, 54, 284, 21, 251, 122, 351, 4,
)  # fmt: skip

# ---- the hand ----
RAYS: Final = ("thumb", "index", "middle", "ring", "little")
JOINTS: Final = 21  # wrist, then four a ray from the thumb on, its tip last
WRIST, MIDDLE_KNUCKLE = 0, 9
TIPS: Final = (4, 8, 12, 16, 20)  # joints at the ends of the rays
TIP_OF: Final = dict(zip(RAYS, TIPS, strict=True))
CHAINS: Final = ((2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))  # knuckle to tip
PALM: Final = (0, 1, 5, 9, 13, 17)  # around it: wrist, thumb's base, knuckles
LINKS: Final = tuple((4 * ray + k, 4 * ray + k + 1) for ray in range(5) for k in (1, 2, 3))  # along each finger
SPOKES: Final = tuple((0, 4 * ray + 1) for ray in range(5))  # from the wrist to each finger's first joint
BONES: Final = ("palm", *(f"{ray}{i}" for ray in RAYS for i in (1, 2, 3)), "forearm", "elbow")
FOREARM_BONE: Final = BONES.index("forearm")
FOREARM_PART: Final = 6  # of the hand's mesh; smaller codes are indices into annotation.taxonomy.FINGERS
SLEEVE_PART: Final = 7


def last_bone(ray: int) -> int:
    """Index into BONES of the last bone of a ray, 0 thumb .. 4 little."""
    return 3 + 3 * ray
