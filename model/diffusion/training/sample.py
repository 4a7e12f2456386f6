"""One clip as the model learns it: photo, guidance and the frames they lead to, always a left hand.

The simulation knows one hand, the subject's left; a clip of a right hand is the mirrored picture, so the
network sees one kind of hand and learns it twice as well.
"""

from dataclasses import dataclass, replace
from typing import Final

from annotation.labels import Labels
from annotation.labels import mirrored as mirrored_labels
from annotation.taxonomy import mirrored
from model.clip import Guidance
from model.diffusion.appearance import Appearance, mirror_appearance
from model.mirror import mirror_guidance, mirror_image
from model.scene import U8

SPLITS: Final = ("train", "test")  # by person


@dataclass(frozen=True)
class Sample:
    """A clip with its guidance: what `python -m model synthesize` writes and training reads."""

    key: str  # unique in its data set
    person: str
    split: str  # train or test: by person
    pattern: str
    intensity: float
    fps: float
    photo: U8  # (h, w, 3)
    target: U8  # (f, h, w, 3)
    guidance: Guidance
    appearance: Appearance
    labels: Labels
    full: bool = True  # False: a filmed clip, of which no normals, depth, parts, shadow and flow are known


def mirror_sample(sample: Sample) -> Sample:
    """The same clip in a mirror: the other hand."""
    return replace(
        sample,
        pattern=mirrored(sample.pattern),
        photo=mirror_image(sample.photo),
        target=mirror_image(sample.target),
        guidance=mirror_guidance(sample.guidance),
        appearance=mirror_appearance(sample.appearance),
        labels=mirrored_labels(sample.labels),
    )


def as_left_hand(sample: Sample) -> Sample:
    """The sample, mirrored if a right hand acts in it."""
    return mirror_sample(sample) if hand_of(sample.labels) == "right" else sample


def hand_of(labels: Labels) -> str:
    """The hand of the first contact; left if nothing is touched."""
    return labels.contacts[0].hand if labels.contacts else "left"
