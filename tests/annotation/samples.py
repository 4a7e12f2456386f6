"""Labels, videos and clips to test with."""

import hashlib
from pathlib import Path

import av
import numpy as np
from hypothesis import strategies as st

from annotation.clips import NewClip, insert_clip
from annotation.keeping import Kept
from annotation.labels import Contact, Keyframe, Labels
from annotation.store import Store
from annotation.taxonomy import FINGERS, HANDS, PATTERNS, REGIONS, SOURCES
from annotation.values import SYSTEM, About
from annotation.video import Facts

SIZE = 64
FRAMES = 24
FACTS = Facts(FRAMES, 24.0, SIZE, SIZE)
TRIANGLE = ((20.0, 20.0), (40.0, 20.0), (30.0, 40.0))


def contact(id: str = "c1", start: int = 4, end: int = 12, **fields) -> Contact:
    """A contact of the left index finger with the left cheek, with one keyframe."""
    given = {"hand": "left", "finger": "index", "region": "left_cheek", "confidence": 0.75} | fields
    keyframes = given.pop("keyframes", (Keyframe(start, TRIANGLE),))
    return Contact(id=id, start=start, end=end, keyframes=keyframes, **given)


def labels(*contacts: Contact, **fields) -> Labels:
    """Labels of a small clip."""
    given = {"pattern": "poke-left-cheek", "source": "predicted", "author": "model"} | fields
    return Labels(fps=24.0, frames=FRAMES, width=SIZE, height=SIZE, contacts=contacts, **given)


def add_clips(store: Store, number: int, labels_of=None, about=None) -> list[int]:
    """Clips without their files, quickly; their ids."""
    ids = []
    labels_of = labels_of or (lambda _: labels(contact()))
    with store.write() as connection:
        for i in range(number):
            sha256 = hashlib.sha256(f"clip {i}".encode()).hexdigest()
            new = NewClip(Kept(sha256, 1), f"{i}.mp4", FACTS, about or About("poke-left-cheek"), labels_of(i))
            clip, _ = insert_clip(connection, new, SYSTEM)
            ids.append(clip.id)
    return ids


def make_video(path: Path, seed: int = 0, frames: int = FRAMES, size: int = SIZE) -> Path:
    """A video of coloured noise."""
    rng = np.random.default_rng(seed)
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width = stream.height = size
        stream.pix_fmt = "yuv420p"
        for _ in range(frames):
            picture = np.full((size, size, 3), rng.integers(0, 255, 3), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


coordinate = st.floats(-16, SIZE + 16, allow_nan=False).map(lambda x: x + 0.0)  # no -0.0
polygons = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8).map(tuple)


@st.composite
def contacts(draw, id: str = "c1", shapes=polygons) -> Contact:
    """Any contact of a small clip."""
    start = draw(st.integers(0, FRAMES - 1))
    end = draw(st.integers(start, FRAMES - 1))
    frames = sorted(draw(st.sets(st.integers(start, end), max_size=3)))
    return Contact(
        id,
        draw(st.sampled_from(HANDS)),
        draw(st.sampled_from(FINGERS)),
        draw(st.sampled_from(REGIONS)),
        start,
        end,
        draw(st.floats(0, 1).map(abs)),
        tuple(Keyframe(frame, draw(shapes)) for frame in frames),
    )


@st.composite
def any_labels(draw, shapes=polygons) -> Labels:
    """Any labels of a small clip."""
    number = draw(st.integers(0, 3))
    return Labels(
        draw(st.sampled_from(PATTERNS)),
        draw(st.sampled_from([24.0, 29.97, 60.0])),
        FRAMES,
        SIZE,
        SIZE,
        draw(st.sampled_from(SOURCES)),
        draw(st.text("abc <&>\"'é=+", min_size=1, max_size=8).map(str.strip).filter(bool)),
        draw(st.sampled_from(["unreviewed", "accepted", "corrected", "rejected"])),
        tuple(draw(contacts(f"c{i}", shapes)) for i in range(number)),
    )
