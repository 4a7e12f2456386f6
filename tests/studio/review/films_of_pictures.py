"""Films of pictures that the tests make themselves."""

from pathlib import Path

import av
import numpy as np


def write(path: Path, pictures: list[np.ndarray]) -> Path:
    """A film of pictures (h, w, 3) RGB of one size, 24 a second."""
    height, width = pictures[0].shape[:2]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24, options={"crf": "16"})
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for picture in pictures:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(np.ascontiguousarray(picture), format="rgb24")))
        container.mux(stream.encode())
    return path
