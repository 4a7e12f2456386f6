"""The picture of a clip at a glance: the firmest touch, made once and kept by the clip's content and the frame."""

import threading
from pathlib import Path
from typing import Final

from PIL import Image

from annotation.files import new_name, replacing
from annotation.labels import Labels
from annotation.store import Store
from annotation.values import Clip
from annotation.video import picture_at

SIDE: Final = 320  # px, the longer one
QUALITY: Final = 72
AT_ONCE: Final = 2  # that are made; all others wait
_places = threading.BoundedSemaphore(AT_ONCE)


def thumbnail(store: Store, clip: Clip, labels: Labels, video: Path) -> Path:
    """The file of a clip's thumbnail, WebP; raises `VideoError`."""
    frame = firmest(labels)
    place = store.data / "thumbnails" / f"{clip.sha256}.{frame}.webp"
    if place.exists():
        return place
    with _places:
        if not place.exists():
            place.parent.mkdir(exist_ok=True)
            picture = Image.fromarray(picture_at(video, frame, clip.fps))
            picture.thumbnail((SIDE, SIDE))
            temporary = new_name(place.parent)
            with replacing(place, temporary):
                picture.save(temporary, "WEBP", quality=QUALITY)
    return place


def firmest(labels: Labels) -> int:
    """The frame where most is touched, weighed by how sure that is: the middle of the first such run.

    Of a clip without a contact, its middle.
    """
    if not labels.contacts:
        return labels.frames // 2
    changes = sorted({edge for contact in labels.contacts for edge in (contact.start, contact.end + 1)})
    weights = [
        sum(contact.confidence for contact in labels.contacts if contact.start <= begin < contact.end + 1)
        for begin in changes
    ]
    best = max(range(len(changes) - 1), key=lambda i: (weights[i], changes[i + 1] - changes[i]))
    return min((changes[best] + changes[best + 1] - 1) // 2, labels.frames - 1)
