"""What CVAT's XML holds of a task or job, before it is labels, and how its frames are numbered.

Frames are numbered as in the video (start frame and step of the task), or on from task to task of a project;
which it is shows in the numbers.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from annotation.errors import BadInput
from annotation.polygons import Polygon


@dataclass(frozen=True)
class Shape:
    """A shape in a frame, by the file's own number."""

    frame: int
    outside: bool
    polygon: Polygon | None  # None where it is no keyframe
    attributes: dict[str, str]


@dataclass(frozen=True)
class Track:
    """Shapes of one label, by frame."""

    id: str
    label: str
    shapes: list[Shape]


@dataclass(frozen=True)
class Image:
    """A shape in an image, the image's number, and the frame that its name says."""

    id: int
    name: int | None
    label: str
    shape: Shape


@dataclass
class Task:
    """A task or job while its tracks and images are read."""

    id: str
    words: dict[str, str]
    size: int = 0
    start: int = 0
    step: int = 1
    offset: int = 0  # frames of the tasks before it
    tracks: list[Track] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    lost: dict[str, int] = field(default_factory=dict)
    problem: str = ""
    way: "Callable[[Task, int], int | None] | None" = None  # from the file's number to the video's frame

    @property
    def ours(self) -> bool:
        """Whether it was written here, and so says everything."""
        return "source_file" in self.words

    def frame(self, number: int) -> int | None:
        """The video's frame of a number in the file; None where it has none."""
        assert self.way is not None
        return self.way(self, number)

    @property
    def last(self) -> int:
        """The last frame of the video that it shows."""
        return self.start + (self.size - 1) * self.step

    def in_video(self, number: int) -> int | None:
        """The frame, if numbers are the video's."""
        place, rest = divmod(number - self.start, self.step)
        return number if not rest and 0 <= place < self.size else None

    def in_file(self, number: int) -> int | None:
        """The frame, if numbers go on from task to task."""
        place = number - self.offset
        return self.start + place * self.step if 0 <= place < self.size else None

    def numbers(self) -> Iterator[int]:
        """The numbers of all frames with a shape that shows, but of those that are said in names."""
        for track in self.tracks:
            yield from (shape.frame for shape in track.shapes if not shape.outside)
        if not self.named:
            yield from (image.id for image in self.images)

    @property
    def named(self) -> bool:
        """Whether the images' names say the frames."""
        return all(image.name is not None and self.in_video(image.name) is not None for image in self.images)

    def placed(self, track: Track) -> Track:
        """The track by the video's frames."""
        shapes = []
        for shape in track.shapes:
            frame = self.frame(shape.frame)
            if frame is None and not shape.outside:
                where = f"track {track.id[:20]}: frame {shape.frame}"
                raise BadInput(f"{where} is not among its frames {self.start} to {self.last}")
            shapes.append(replace(shape, frame=self.last + self.step if frame is None else frame))
        return replace(track, id=f"t{track.id}", shapes=shapes)

    def lose(self, what: str) -> None:
        """Count something that cannot be kept."""
        self.lost[what] = self.lost.get(what, 0) + 1


def number_frames(tasks: list[Task]) -> None:
    """Find out how frames are numbered: of a project on from task to task, else as in the video, if that fits."""

    def fits(way: Callable[[Task, int], int | None]) -> bool:
        return all(way(task, frame) is not None for task in tasks if not task.problem for frame in task.numbers())

    old = tasks[0].ours and "start_frame" not in tasks[0].words  # written here before projects were numbered on
    ways = [Task.in_file, Task.in_video] if len(tasks) > 1 and not old else [Task.in_video, Task.in_file]
    way = next((way for way in ways if fits(way)), ways[0])
    for task in tasks:
        task.way = way


def whole(text: str, name: str) -> int:
    """A whole number of XML; raises `BadInput`."""
    if not (text.isascii() and text.isdigit() and len(text) <= 9):
        raise BadInput(f"{name} {text[:40]!r} is not a whole number")
    return int(text)


def number(text: str, name: str) -> float:
    """A number of XML; raises `BadInput`."""
    try:
        return float(text)
    except ValueError:
        raise BadInput(f"{name} {text[:40]!r} is not a number") from None
