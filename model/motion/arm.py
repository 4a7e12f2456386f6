"""Where the elbow goes: the subject's own left arm, hanging from a shoulder that the photo implies."""

import numpy as np

from model.scene import F64

# From the middle of the face, in mm for an adult: viewer's right, down, away (ANSUR II means, rounded)
SHOULDER = np.array([165.0, 275.0, 95.0])
UPPER_ARM, FOREARM = 300.0, 262.0


def elbow_of(wrist: F64, face_centre: F64, out: float) -> F64:
    """Elbow (3,) mm of a wrist (3,) mm: on the circle that both bones allow, low, and `out` to the side."""
    hangs = np.array([out, 1.0, -0.10])
    shoulder = face_centre + SHOULDER
    span = wrist - shoulder
    length = np.linalg.norm(span)
    axis = span / length
    reach = min(length, UPPER_ARM + FOREARM - 1.0)
    along = (UPPER_ARM**2 - FOREARM**2 + reach**2) / (2 * reach)
    radius = np.sqrt(max(UPPER_ARM**2 - along**2, 1.0))
    down = hangs - axis * (hangs @ axis)
    return shoulder + axis * along + radius * down / np.linalg.norm(down)
