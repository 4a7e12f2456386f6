"""What is left of a picture once a device has recorded it: a real H.264 encoder at the device's bit rate, and back."""

import io
from fractions import Fraction
from typing import Any

import av

from model.scene import U8

THREADS = 2  # fixed: with another number the encoder decides otherwise, and equal seeds would not be equal clips
SECONDS = 1.0  # from one whole picture to the next, between which errors roll


def record(frames: U8, fps: float, crf: int) -> None:
    """Encode frames (f, h, w, 3) and decode them again, in place: a clip is large."""
    memory = io.BytesIO()
    rate = Fraction(fps).limit_denominator(1001)
    options = {"preset": "veryfast", "crf": str(crf), "g": str(max(round(SECONDS * fps), 1)), "bf": "0"}
    with av.open(memory, "w", format="nut") as container:
        stream: Any = container.add_stream("libx264", rate=rate, options=options)
        stream.height, stream.width = frames.shape[1:3]
        stream.pix_fmt = "yuv420p"
        stream.codec_context.thread_count = THREADS
        for frame in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        container.mux(stream.encode())
    memory.seek(0)
    with av.open(memory, "r") as container:
        for i, picture in enumerate(container.decode(video=0)):
            frames[i] = picture.to_ndarray(format="rgb24")
