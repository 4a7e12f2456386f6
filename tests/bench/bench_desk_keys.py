"""Keys that it takes to correct pre-labels to the truth in the Review tab, driven in Chromium; prints the table.

    python -m tests.bench.bench_desk_keys [--clips DIR --truth DIR --predicted DIR]

Without folders: six clips without pictures, whose pre-labels and truths are like those of real ones. With them:
NAME.mp4, NAME.json as `{"touch": [{"start", "end", "hand", "fingers", "regions"}]}`, and the pre-labels of
`python -m model prelabel`; "unknown" and an empty list of fingers stand for any. The annotator knows the truth and the
keys, and takes the shortest of a few ways; what the store then holds is compared with the truth. Bar: 110 keys in all.
"""

import argparse
import json
import re
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from playwright.sync_api import Page, sync_playwright

from annotation import clips, people, revisions
from annotation.clips import About
from annotation.labels import Contact, Labels, polygon_at
from annotation.opening import open_store
from annotation.polygons import iou
from annotation.store import Store
from annotation.taxonomy import FINGERS
from studio import owner
from studio.app import build, launch_options
from studio.review import hands, tracks
from studio.settings import Settings
from tests.ports import free_port, launched

PATTERN: Final = "poke-left-cheek"  # of clips that are of none
PLACES: Final = {  # of the regions on the keyboard
    "right_temple": "q", "right_brow": "w", "forehead": "e", "left_brow": "r", "left_temple": "t",
    "right_cheek": "a", "right_eye": "s", "nose_bridge": "d", "left_eye": "f", "left_cheek": "g",
    "right_jaw": "z", "upper_lip": "x", "nose_tip": "c", "lower_lip": "v", "left_jaw": "b", "chin": "n",
}  # fmt: skip
BAR = re.compile(r"(\w+) (.+) → (.+), frames (\d+)–(\d+)")
BARS = "[...document.querySelectorAll('.rv-bar')].map((bar) => bar.getAttribute('aria-label'))"
LOOKS: Final = 500  # ms, how long the annotator looks at a clip first
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu")


@dataclass(frozen=True)
class Touch:
    """What one hand does over one interval; None for any hand, no fingers for any finger."""

    hand: str | None
    fingers: frozenset[str]
    regions: frozenset[str]
    start: int
    end: int


@dataclass(frozen=True)
class Task:
    """A clip, what is said of it, and what is true."""

    name: str
    video: Path | None  # None for one without pictures
    labels: Labels
    truth: tuple[Touch, ...]


class Annotator:
    """One who knows the keys; counts them."""

    def __init__(self, page: Page, frames: int) -> None:
        self.page, self.frames, self.keys = page, frames, 0

    def press(self, *keys: str) -> None:
        """Press keys one by one."""
        for key in keys:
            self.page.keyboard.press(key)
            self.keys += 1
        self.page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")

    def bars(self) -> list[Touch]:
        """The touches as the timeline says them, in time."""
        return sorted(map(read, self.page.evaluate(BARS)), key=lambda touch: touch.start)

    def selected(self) -> Touch:
        """The touch that is selected, the first of several."""
        words = (self.page.locator(".rv-what").text_content() or "").split(", and ")[0]
        return read(words)

    def find(self, bar: Touch) -> None:
        """Select this one alone."""
        while self.page.locator(".rv-chosen").count() != 1 or self.selected() != bar:
            self.press(".")

    def way_to(self, frame: int) -> list[str]:
        """The shortest way to a frame."""
        here = int(self.page.locator(".rv").get_attribute("data-frame") or 0)
        return min(_steps(here, frame), ["Home", *_steps(0, frame)], ["End", *_steps(self.frames - 1, frame)], key=len)

    def trim(self, said: Touch, truth: Touch) -> None:
        """Both ends, frame by frame or from the frame that it shall be."""
        for edge, mark, earlier, later in (("start", "i", "l", "Shift+L"), ("end", "o", "Shift+R", "r")):
            off = getattr(truth, edge) - getattr(said, edge)
            if off:
                nudges = [later if off > 0 else earlier] * abs(off)
                self.press(*min(nudges, [*self.way_to(getattr(truth, edge)), mark], key=len))

    def correct(self, truth: Touch) -> None:
        """The selected touch becomes the true one."""
        said = self.selected()
        if truth.hand and said.hand != truth.hand:
            self.press("h")
        self.press(*finger_keys([(said, truth)]), *region_keys([(said, truth)]))
        self.trim(said, truth)

    def together(self, pairs: list[tuple[Touch, Touch]]) -> None:
        """What all touches need, where that is shorter than one by one."""
        keys = [*finger_keys(pairs), *region_keys(pairs)]
        starts = {truth.start for _, truth in pairs}
        early = len(starts) == 1 and any(bar.start not in starts for bar, _ in pairs)
        if not keys and not early:
            return
        if self.page.locator(".rv-chosen").count() != len(pairs):
            self.press("Control+a")
        self.press(*keys)
        if early:
            self.press(*self.way_to(starts.pop()), "i")


def read(words: str) -> Touch:
    """A touch as the page says it."""
    match = BAR.fullmatch(words)
    assert match, words
    hand, fingers, regions, start, end = match.groups()
    places = frozenset(region.replace(" ", "_") for region in regions.split(", "))
    return Touch(hand, frozenset(fingers.split(", ")), places, int(start), int(end))


def main() -> None:
    """Print keys, seconds of the machine, contacts with outlines and how these are like the pre-labeller's."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", type=Path)
    parser.add_argument("--truth", type=Path)
    parser.add_argument("--predicted", type=Path)
    parser.add_argument("--names", nargs="*", help="of the folder's clips, by default all")
    given = parser.parse_args()
    tasks = made_up() if given.clips is None else real(given.clips, given.truth, given.predicted, given.names)
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder)
        store = open_store(data)
        people.sign_in(store, "maker", new_role="admin")
        numbers = [add(store, task, data) for task in tasks]
        settings = Settings(data=data)
        demo = build(settings)
        url = launched(demo, launch_options(settings), free_port())
        with sync_playwright() as playwright:
            path = shutil.which("chromium-headless-shell") or shutil.which("chromium")
            page = playwright.chromium.launch(executable_path=path, args=list(FLAGS)).new_page()
            assert page.context.request.get(url.rstrip("/") + owner.new_link(settings)).ok
            page.goto(url)
            page.get_by_role("tab", name="Review", exact=True).click()
            total = 0
            print(f"{'clip':<16}{'contacts':>12}{'keys':>6}{'seconds':>9}{'outlined':>10}{'IoU':>6}")
            for task, number in zip(tasks, numbers, strict=True):
                began = time.perf_counter()
                keys = work(page, task)
                total += keys
                spent = time.perf_counter() - began
                found = check(store, number, task)
                change = f"{len(task.labels.contacts)} → {len(found)}"
                outlined = f"{sum(bool(c.keyframes) for c in found)} of {len(found)}"
                likeness = f"{alike(found, task.labels.contacts):.2f}"
                print(f"{task.name:<16}{change:>12}{keys:>6}{spent:>9.1f}{outlined:>10}{likeness:>6}", flush=True)
        print(f"{'all':<16}{'':>12}{total:>6}")
        demo.close()


def work(page: Page, task: Task) -> int:
    """Correct the clip on the desk and accept it; the keys that it took."""
    page.wait_for_function("document.querySelector('.rv')?.dataset.drawn", timeout=120_000)
    page.wait_for_timeout(LOOKS)
    here = Annotator(page, task.labels.frames)
    if len(here.bars()) > len(task.truth):
        here.press("Control+a", "q")
    pairs = match(here.bars(), task.truth)
    if len(pairs) > 1 and len(pairs) == len(here.bars()):
        here.together(pairs)
    for bar in [bar for bar in here.bars() if bar not in [said for said, _ in match(here.bars(), task.truth)]]:
        here.find(bar)
        here.press("Delete")
    for _, truth in sorted(match(here.bars(), task.truth), key=lambda pair: pair[1].start):
        here.find(next(said for said, its in match(here.bars(), task.truth) if its == truth))
        here.correct(truth)
    for truth in [truth for truth in task.truth if truth not in [its for _, its in match(here.bars(), task.truth)]]:
        here.press(*here.way_to(truth.start), "a")
        here.correct(truth)
    facts = page.locator(".rv-facts").text_content()
    here.press("Enter")
    page.wait_for_function(
        "(before) => { const rv = document.querySelector('.rv'); const now = rv.querySelector('.rv-facts').textContent;"
        " return rv.dataset.state === 'empty' || (now !== before && rv.dataset.drawn); }",
        arg=facts,
    )
    page.wait_for_function("Object.keys(localStorage).every((key) => !/^studio.review.[^.]+.[0-9]+$/.test(key))")
    return here.keys


def match(bars: list[Touch], truths: tuple[Touch, ...]) -> list[tuple[Touch, Touch]]:
    """Bars and the true touches that they become: the most frames, then fingers and regions, in common first."""

    def common(bar: Touch, truth: Touch) -> float:
        frames = min(bar.end, truth.end) - max(bar.start, truth.start) + 1
        return frames + len(bar.fingers & truth.fingers) + len(bar.regions & truth.regions) if frames > 0 else 0

    left_bars, left, pairs = list(bars), list(truths), []
    while left_bars and left:
        bar, truth = max(((bar, truth) for bar in left_bars for truth in left), key=lambda pair: common(*pair))
        if not common(bar, truth):
            break
        pairs.append((bar, truth))
        left_bars.remove(bar)
        left.remove(truth)
    return sorted(pairs, key=lambda pair: pair[0].start)


def finger_keys(pairs: list[tuple[Touch, Touch]]) -> list[str]:
    """Of the fingers that all of these touches have too many or too few; any finger is one finger."""
    if all(not truth.fingers for _, truth in pairs):
        return [] if all(len(bar.fingers) == 1 for bar, _ in pairs) else ["Shift+1"]
    keys = [
        str(i + 1)
        for i, finger in enumerate(FINGERS)
        if len({(finger in bar.fingers, finger in truth.fingers) for bar, truth in pairs}) == 1
        and (finger in pairs[0][0].fingers) != (finger in pairs[0][1].fingers)
    ]
    extra = [key for key in keys if FINGERS[int(key) - 1] in pairs[0][0].fingers]
    toggles = [key for key in keys if key not in extra] + extra  # the last one cannot be taken away
    if len(pairs) == 1:
        first, *others = sorted(str(FINGERS.index(finger) + 1) for finger in pairs[0][1].fingers)
        return min(toggles, [f"Shift+{first}", *others], key=len)
    return toggles


def region_keys(pairs: list[tuple[Touch, Touch]]) -> list[str]:
    """The shorter of: one alone and the others with it; those that are missing, then those that are too many."""
    inside = sorted(frozenset.intersection(*(truth.regions for _, truth in pairs)))
    alone = [key for i, region in enumerate(inside) for key in ("g", PLACES[region] if i == 0 else _shifted(region))]
    if len(pairs) == 1:
        bar, truth = pairs[0]
        order = [*sorted(truth.regions - bar.regions), *sorted(bar.regions - truth.regions)]
        return min([key for region in order for key in ("g", _shifted(region))], alone, key=len)
    single = sum(len(region_keys([pair])) for pair in pairs)
    after = [(Touch(None, bar.fingers, frozenset(inside), 0, 0), truth) for bar, truth in pairs]
    return alone if inside and len(alone) + sum(len(region_keys([pair])) for pair in after) < single else []


def add(store: Store, task: Task, data: Path) -> int:
    """Put the clip into the queue; its number."""
    video = data / f"{task.name}.mp4"
    if task.video is None:
        blank(video, task.labels)
    else:
        shutil.copyfile(task.video, video)
    clip, _ = clips.add(store, "maker", video, About(PATTERN, subject=task.name), task.labels, video.name)
    for measured in (tracks.track, hands.hands):  # the annotator has looked at the clip by then
        measured(store, clip.sha256, clips.video_path(store, clip))
    return clip.id


def alike(found: tuple[Contact, ...], predicted: tuple[Contact, ...]) -> float:
    """Mean IoU of the outlines with those that the pre-labeller drew for the same finger in the same frames."""
    values = []
    for ours in found:
        for theirs in predicted:
            if (ours.hand, ours.finger) == (theirs.hand, theirs.finger):
                shared = range(max(ours.start, theirs.start), min(ours.end, theirs.end) + 1)
                pairs = [(polygon_at(ours, frame), polygon_at(theirs, frame)) for frame in shared]
                values += [iou(p, q) for p, q in pairs if p and q]
    return float(np.mean(values)) if values else float("nan")


def check(store: Store, number: int, task: Task) -> tuple[Contact, ...]:
    """The contacts that the store has; AssertionError where they are others than the truth's, frame by frame."""
    head = clips.get(store, "system", number).head
    labels = revisions.revision(store, "system", number, head).labels
    any_finger = not any(touch.fingers for touch in task.truth)
    found: dict[tuple[str, str], set[int]] = {}
    for contact in labels.contacts:
        cell = ("any" if any_finger else contact.finger, contact.region)
        found.setdefault(cell, set()).update(range(contact.start, contact.end + 1))
    wanted: dict[tuple[str, str], set[int]] = {}
    for touch in task.truth:
        for finger in touch.fingers or {"any"}:
            for region in touch.regions:
                wanted.setdefault((finger, region), set()).update(range(touch.start, touch.end + 1))
    assert found == wanted, (task.name, {cell: (min(its), max(its)) for cell, its in found.items()}, wanted.keys())
    return labels.contacts


def real(folder: Path, truths: Path, predicted: Path, names: list[str] | None) -> list[Task]:
    """The clips of a folder."""
    found = names or sorted(path.stem for path in truths.glob("*.json"))
    return [
        Task(
            name,
            folder / f"{name}.mp4",
            Labels.read(predicted / f"{name}.json"),
            touches(json.loads((truths / f"{name}.json").read_text())["touch"]),
        )
        for name in found
    ]


def touches(told: list[dict[str, Any]]) -> tuple[Touch, ...]:
    """The truth in the fewest touches: a finger on a region goes on where one interval follows the other."""
    runs: dict[tuple[str | None, str, str], list[list[int]]] = {}
    for item in told:
        for finger in item["fingers"] or [""]:
            for region in item["regions"]:
                hand = None if item["hand"] == "unknown" else item["hand"]
                its = runs.setdefault((hand, finger, region), [])
                if its and its[-1][1] + 1 >= item["start"]:
                    its[-1][1] = item["end"]
                else:
                    its.append([item["start"], item["end"]])
    spans: dict[tuple[str | None, int, int], dict[str, set[str]]] = {}
    for (hand, finger, region), its in runs.items():
        for start, end in its:
            spans.setdefault((hand, start, end), {}).setdefault(finger, set()).add(region)
    found = []
    for (hand, start, end), by_finger in spans.items():
        for places in {frozenset(regions) for regions in by_finger.values()}:
            fingers = frozenset(finger for finger, regions in by_finger.items() if regions == places and finger)
            found.append(Touch(hand, fingers, places, start, end))
    return tuple(sorted(found, key=lambda touch: touch.start))


def made_up() -> list[Task]:
    """Six clips as real ones are: what a pre-labeller says of them, and what a person sees."""
    told: list[tuple[str, int, list[tuple[str, str, int, int]], list[tuple[str, str, int, int]]]] = [
        ("a dab", 30, [("index", "right_cheek", 0, 13)], [("index", "right_cheek", 0, 13)]),
        (
            "a flat hand",
            50,
            [("index", "right_cheek", 5, 20), ("middle", "right_cheek", 5, 49), ("ring", "right_cheek", 5, 49)],
            [("index", "right_cheek", 0, 28), ("middle ring little", "right_cheek", 0, 49)],
        ),
        (
            "a smoker",
            160,
            [("thumb", "chin", 44, 51), ("index", "upper_lip lower_lip", 44, 60), ("palm", "chin", 58, 92)],
            [("thumb", "upper_lip lower_lip chin", 48, 90)],
        ),
        (
            "eats",
            102,
            [("thumb", "chin", 44, 48), ("thumb", "right_jaw", 47, 66), ("index ring", "upper_lip", 46, 62)],
            [("thumb index middle", "upper_lip lower_lip", 44, 66)],
        ),
        (
            "cheek and temple",
            44,
            [],
            [("middle ring little", "right_temple", 0, 27), ("middle ring little", "right_cheek", 16, 43)],
        ),
        (
            "holds the nose",
            70,
            [
                ("thumb", "right_cheek", 7, 18), ("thumb", "upper_lip", 17, 31),
                ("index", "nose_tip left_cheek", 8, 31),
                ("index", "nose_tip", 37, 42), ("thumb", "right_cheek", 38, 42), ("thumb", "right_jaw", 47, 60),
                ("index middle", "nose_tip", 52, 66),
            ],
            [
                ("thumb index", "nose_tip upper_lip", 8, 31), ("thumb index", "nose_tip upper_lip lower_lip", 36, 44),
                ("thumb index", "nose_tip upper_lip right_cheek", 48, 66),
            ],
        ),
    ]  # fmt: skip
    tasks = []
    for name, frames, predicted, true in told:
        cells = [(f, r, s, e) for fingers, places, s, e in predicted for f in fingers.split() for r in places.split()]
        contacts = tuple(Contact(f"c{i + 1}", "right", f, r, s, e, 0.7) for i, (f, r, s, e) in enumerate(cells))
        labels = Labels(PATTERN, 24, frames, 160, 160, "predicted", "model", "unreviewed", contacts)
        truth = tuple(Touch("right", frozenset(f.split()), frozenset(r.split()), s, e) for f, r, s, e in true)
        tasks.append(Task(name, None, labels, truth))
    return tasks


def blank(path: Path, labels: Labels) -> None:
    """A video without anything to be seen, no two alike."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=round(labels.fps))
        stream.width, stream.height, stream.pix_fmt = labels.width, labels.height, "yuv420p"
        for number in range(labels.frames):
            picture = np.full((labels.height, labels.width, 3), (labels.frames, number, 90), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())


def _shifted(region: str) -> str:
    return f"Shift+{PLACES[region].upper()}"


def _steps(here: int, frame: int) -> list[str]:
    """From frame to frame, ten or one at a time."""
    off = abs(frame - here)
    big, small = ("PageDown", "ArrowRight") if frame > here else ("PageUp", "ArrowLeft")
    back = "ArrowLeft" if frame > here else "ArrowRight"
    over = [big] * (off // 10 + 1) + [back] * (10 - off % 10)
    return min([big] * (off // 10) + [small] * (off % 10), over, key=len)


if __name__ == "__main__":
    main()
