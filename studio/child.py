"""The child process that decodes strangers' photos and films: `python -m studio.child FD SECONDS`, see `decoding`.

It takes a question at a time as JSON and answers with JSON, and pixels where there are some. Its memory is limited, and
the processor's seconds for each question: what a bomb breaks is this process, and nothing else.
"""

import json
import os
import resource
import sys
import types
from collections.abc import Callable, Iterator
from dataclasses import asdict
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parents[1]
MEMORY: Final = 500 * 2**20  # bytes of data; with the libraries themselves it stays below 600 MB
LARGEST_FILE: Final = 2**28  # bytes that it may write
TOO_MUCH: Final = "{name} takes too much memory to be read: make it smaller."


def without_packages(*names: str) -> None:
    """Let modules of packages be imported without what the packages themselves import: all of the engine."""
    for name in names:
        package = types.ModuleType(name)
        package.__path__ = [str(ROOT / name.replace(".", "/"))]
        sys.modules[name] = package


without_packages("model", "model.face", "model.prelabel")

from model.errors import InputError  # noqa: E402
from model.face.photo import load_photo  # noqa: E402
from model.scene import U8  # noqa: E402


def main(connection: Connection, seconds: int) -> None:
    """Answer until nobody asks any more."""
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    while True:
        try:
            asked = json.loads(connection.recv_bytes())
        except EOFError:
            return
        used = resource.getrusage(resource.RUSAGE_SELF)
        most = int(used.ru_utime + used.ru_stime) + seconds + 1
        resource.setrlimit(resource.RLIMIT_CPU, (most, resource.RLIM_INFINITY))
        try:
            for facts, pixels in ANSWERS[asked["what"]](**asked["about"]):
                say(connection, facts, pixels)
        except InputError as error:
            say(connection, {"error": str(error)})
        except MemoryError:
            say(connection, {"error": TOO_MUCH.format(name=Path(asked["about"]["path"]).name)})


def say(connection: Connection, facts: dict[str, Any], pixels: U8 | None = None) -> None:
    """Send an answer: facts, and an image's pixels after them."""
    shape = None if pixels is None else pixels.shape
    connection.send_bytes(json.dumps(facts | {"shape": shape}).encode())
    if pixels is not None:
        connection.send_bytes(pixels.data.cast("B"))


Answers = Iterator[tuple[dict[str, Any], U8 | None]]


def photo(path: str, keep: str | None) -> Answers:
    """The upright, reduced photo; then it is kept as a file that has nothing else of the photo's in it."""
    picture = load_photo(path)
    yield {}, picture
    if keep:
        from PIL import Image

        part = f"{keep}.part"
        Image.fromarray(picture).save(part, "PPM")  # not packed: nobody waits for that
        os.replace(part, keep)
        yield {}, None


def film(path: str) -> Answers:
    """What a film is, then its frames at the size of the networks."""
    from model.prelabel.video import APP, read_pictures, read_video

    video = read_video(Path(path), APP)
    yield asdict(video.facts), None
    for picture in read_pictures(video):
        yield {"width": picture.width, "height": picture.height}, picture.image


def convert(path: str, target: str) -> Answers:
    """Write a short film as an MP4 that browsers show frame by frame, without its sound; what it is."""
    from annotation import converting, video
    from model.prelabel.video import SHORT, read_video

    film = read_video(Path(path), SHORT)
    try:
        converting.convert(film, Path(target))
    except video.VideoError as error:
        raise InputError(str(error)) from error
    yield asdict(film.facts), None


ANSWERS: Final[dict[str, Callable[..., Answers]]] = {"photo": photo, "film": film, "convert": convert}

if __name__ == "__main__":
    main(Connection(int(sys.argv[1])), int(sys.argv[2]))
