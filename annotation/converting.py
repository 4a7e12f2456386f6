"""A video → an MP4 that browsers show frame by frame: one frame for each that is shown, upright, at a constant rate."""

from pathlib import Path
from typing import Any, Final

import av
from av.video.reformatter import Colorspace

from annotation.video import Video, pictures

BT709: Final = 1  # as H.264 numbers colour spaces
QUALITY: Final = {"libx264": {"preset": "veryfast", "crf": "16", "bf": "0", "g": "24"}}
# H.264 has whole 2 x 2 px of colour: an odd picture goes into the codec that has odd ones.
ODD: Final = {
    "libvpx-vp9": {"deadline": "realtime", "cpu-used": "8", "crf": "16", "b": "0", "g": "24", "lag-in-frames": "0"}
}


def convert(video: Video, target: Path, original: str = "") -> None:
    """Write the MP4 to `target`, the index before the pictures; raises `VideoError`, OSError.

    It carries `original`, the checksum of the file that it is made from: videos of other files stay others, even where
    only the times of their frames differ, which are not in it.
    """
    facts = video.facts
    odd = facts.width % 2 or facts.height % 2
    ((codec, options),) = (ODD if odd else QUALITY).items()
    with av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as container:
        container.metadata["comment"] = f"converted from {original}" if original else "converted"
        stream: Any = container.add_stream(codec, rate=video.rate, options=options)
        stream.width, stream.height, stream.pix_fmt = facts.width, facts.height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = 1 / video.rate
        context = stream.codec_context
        context.color_primaries = context.color_trc = context.colorspace = BT709
        for picture in pictures(video):
            frame = av.VideoFrame.from_ndarray(picture.image, format="rgb24")
            frame = frame.reformat(format="yuv420p", dst_colorspace=Colorspace.ITU709)
            frame.pts, frame.time_base = picture.index, 1 / video.rate
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
