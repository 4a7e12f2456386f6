"""What the devices do to a picture. The paper's data is from ten phones and ten webcams (arXiv 2504.10905).

Lengths are shares of the picture's side, so that a clip of any size looks filmed with the same device.
"""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Device:
    """One camera, as it is held."""

    drift: float  # standard deviation of the slow sway of a hand that holds it, share of the side
    tremor: float  # and of its tremble
    roll: float  # rad, standard deviation of the slow roll
    breath: float  # standard deviation of the slow change of scale: it comes nearer and goes
    soft: float  # standard deviation of its point spread, share of the side
    crisp: float  # how much of the lost sharpness its processing puts back, with halos
    noise: float  # standard deviation in 8-bit levels, in the dark; half of it in the light
    colour_noise: float  # the same of the colour, in blotches
    exposure: float  # standard deviation of its slow drift, share of the light
    crf: int  # x264's quality of what it records: 18 is hardly seen, 32 is blocky


PHONE: Final = Device(
    drift=0.0042, tremor=0.0005, roll=0.0030, breath=0.0022, soft=0.0006, crisp=0.10, noise=1.5, colour_noise=0.5,
    exposure=0.006, crf=15,
)  # fmt: skip
WEBCAM: Final = Device(
    drift=0.0, tremor=0.0, roll=0.0, breath=0.0, soft=0.0019, crisp=0.15, noise=4.0, colour_noise=1.6,
    exposure=0.012, crf=23,
)  # fmt: skip
DEVICES: Final = {"phone": PHONE, "webcam": WEBCAM}
