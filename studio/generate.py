"""The Generate tab: a photo and a pattern become a labelled clip."""

import logging
import secrets
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, Final

import gradio as gr
from PIL import Image

from model.clip import Clip
from model.errors import InputError
from model.face import CHILD, check
from model.request import Progress, Request
from studio import decoding, engine, figures, files, generate_engine
from studio.components import photo, picker, viewer
from studio.controls import OPTIONS, Controls, chosen, control
from studio.settings import Settings

log = logging.getLogger(__name__)

OURS: Final = "Something went wrong on our side, and it is in the log. Try again, or try another photo."
NO_PHOTO: Final = "Choose a photo first: upload one, use the camera, or take the example."
CONSENT: Final = (
    "Use photos of yourself or of people who agreed to it. Every clip is marked as AI-generated; "
    "photos are deleted within an hour after you leave."
)
AGREED: Final = "The person in the photo agreed that this clip is kept, and that others here see and label it"
PARENTS: Final = "The parents of this child agreed, and so does the child"
ASK_PARENTS: Final = "This seems to be a child: go on only if the parents agreed, and say so under the photo."
# Of who is not logged in, the last input is the name that their browser has in review; it asks for one if need be.
NAMED: Final = """
async (...given) => {
  const key = "studio.review.pseudonym";
  const ask = async (action) => {
    const headers = { "Content-Type": "application/json", "X-Studio-Visitor": localStorage.getItem(key) ?? "" };
    const place = new URL(`studio/review/${action}`, document.baseURI);
    return (await fetch(place, { method: "POST", headers, body: "{}" })).json();
  };
  try {
    if ((await ask("session")).visitor) localStorage.setItem(key, (await ask("pseudonym")).token ?? "");
    return [...given.slice(0, -1), localStorage.getItem(key) ?? ""];
  } catch {
    return given;
  }
}
"""
EXAMPLE: Final = "The example photo: the astronaut Eileen Collins"
MAPS: Final = "Guidance maps"
ENCODING: Final = 0.94  # share of the work that is done before the clip is encoded


@dataclass(frozen=True)
class Result:
    """A finished clip as the tab remembers it."""

    photo: Path
    request: Request
    clip: Path
    labels: Path
    child: bool = False  # it seems to be one; the parents agreed


# Puts a clip, whose person agreed, in the queue, for who is logged in or has that token; answers with a sentence and
# the clip's number, InputError if it cannot. The other takes the clip of a number back.
SendToReview = Callable[[Result, gr.Request, str], tuple[str, int]]
Withdraw = Callable[[int, gr.Request, str], str]
Update = dict[Any, Any]
Looked = tuple[Path | None, dict[str, Any], gr.Checkbox]  # the photo, the panel's value, the question about parents


@dataclass(frozen=True)
class Source:
    """Where a clip's photo comes from."""

    upload: gr.State
    parents: gr.Checkbox  # whether a child's parents agreed


@dataclass(frozen=True)
class Parts:
    """What the handlers write to."""

    viewer: gr.HTML
    generate: gr.Button
    cancel: gr.Button
    result: gr.State
    panel: gr.Column
    strip: gr.Plot
    figures: gr.HTML
    clip: gr.DownloadButton
    labels: gr.DownloadButton
    prepare: gr.Button
    guidance: gr.DownloadButton

    def all(self) -> list[Any]:
        """Every part, as outputs."""
        return list(vars(self).values())


def tab(
    settings: Settings,  # noqa: ARG001
    send_to_review: SendToReview | None = None,
    withdraw: Withdraw | None = None,
) -> None:
    """Draw the tab."""
    upload = gr.State(None)
    with gr.Row(equal_height=False):
        with gr.Column(scale=9, min_width=340):
            heading("Photo")
            panel = photo.photo_panel()
            parents = gr.Checkbox(True, label=PARENTS, visible=False, elem_id="parents")
            heading("Pattern", "left and right are the person's own")
            pattern = picker.pattern_picker()
            controls = options(pattern)
            with gr.Row(elem_classes="ia-go"):
                generate = gr.Button("Generate", variant="primary", size="lg", elem_id="generate")
                cancel = gr.Button("Cancel", size="lg", visible=False, elem_id="cancel")
            gr.HTML(f'<p class="ia-note">{CONSENT}</p>', apply_default_css=False)
        with gr.Column(scale=10, min_width=340, elem_classes="ia-result-side"):
            view = viewer.viewer()
            parts, again = results(view, generate, cancel, send_to_review, withdraw)
    wire_photo(panel, upload, parents)
    wire_generate(parts, again, Source(upload, parents), controls)
    there = gr.Timer(files.EVERY)
    there.tick(still_there, [upload, parts.result], queue=False, show_progress="hidden", api_visibility="private")


def heading(text: str, small: str = "") -> None:
    """A second-level heading."""
    gr.HTML(f'<h2 class="ia-heading">{text} <small>{small}</small></h2>', apply_default_css=False)


def options(pattern: gr.HTML) -> Controls:
    """The folded options; returns the controls of a whole request."""
    with gr.Accordion("Options", open=False, elem_id="options"):
        choice = generate_engine.engine_options()
        controls: Controls = {"pattern": pattern} | choice.controls
        controls |= {name: control(name) for name in ("hand", "intensity", "sleeve", "camera")}
        with gr.Row():
            seed = controls["seed"] = control("seed")
            dice = gr.Button("⚄ New seed", size="md", min_width=120)
        with gr.Row():
            controls |= {name: control(name) for name in ("size", "fps")}
        controls |= {name: control(name) for name in OPTIONS if name not in controls}
    dice.click(new_seed, None, seed, queue=False, api_visibility="private")
    generate_engine.wire_engine(choice, controls)
    return controls


def results(
    view: gr.HTML,
    generate: gr.Button,
    cancel: gr.Button,
    send_to_review: SendToReview | None,
    withdraw: Withdraw | None,
) -> tuple[Parts, gr.Button]:
    """What stands below the viewer once there is a clip; returns the parts and "another seed"."""
    result = gr.State(None)
    with gr.Column(visible=False, elem_id="results") as panel:
        with gr.Row():
            again = gr.Button("Same again, another seed", variant="primary", min_width=200, elem_id="again")
        if send_to_review:
            review(result, send_to_review, withdraw)
        with gr.Row():
            clip = gr.DownloadButton("Download clip", size="md", min_width=130)
            labels = gr.DownloadButton("Download labels", size="md", min_width=130)
            prepare = gr.Button(MAPS, size="md", min_width=130, elem_id="prepare")
            guidance = gr.DownloadButton("Download maps", size="md", min_width=130, visible=False)
        strip = gr.Plot(show_label=False, elem_id="strip", container=False)
        table = gr.HTML(apply_default_css=False, elem_id="figures")
    return Parts(view, generate, cancel, result, panel, strip, table, clip, labels, prepare, guidance), again


def wire_photo(panel: gr.HTML, upload: gr.State, parents: gr.Checkbox) -> None:
    """A new photo is looked at at once; the newest one counts."""
    private: dict[str, Any] = {
        "outputs": [upload, panel, parents],
        "show_progress": "hidden",
        "trigger_mode": "always_last",
        "concurrency_id": "look",
        "concurrency_limit": 2,
        "api_visibility": "private",
    }
    panel.photo(look_at, upload, **private)
    panel.example(take_example, upload, **private)


def still_there(upload: Path | None, result: Result | None) -> None:
    """The page is open: what it shows is in use."""
    files.use(upload)
    files.use(result.clip if result else None)


def look_at(before: Path | None, event: gr.EventData) -> Looked:
    """What is found in the upload that the panel names; of it only the upright picture is kept."""
    files.forget(before)
    path = None
    try:
        path = files.taken(event._data.get("path"))
        return looked(path)
    except InputError as error:
        return None, photo.refused(str(error)), parents_box(False)
    finally:
        files.forget(path)


def take_example(before: Path | None) -> Looked:
    """The example photo, and what is found in it."""
    files.forget(before)
    path = files.folder() / "astronaut.png"
    try:
        Image.fromarray(engine.example()).save(path)
        return looked(path, EXAMPLE)
    finally:
        files.forget(path)


def looked(path: Path, alt: str = "") -> Looked:
    """What is found in a photo, and its picture as a file without anything else; none of one that will not do."""
    pixels, kept = None, files.folder() / "photo.ppm"
    try:
        with decoding.photo(path, kept) as reading:
            pixels = reading.picture()
            assert pixels is not None
            seen = check(pixels)
            shown = photo.found(pixels, seen, alt)
            reading.kept()
        return kept, shown, parents_box(seen.child)
    except InputError as error:
        refusal = photo.refused(str(error), pixels, error.place)
    except Exception:
        log.exception("The photo could not be looked at")
        refusal = photo.refused(OURS)
    files.forget(kept)
    return None, refusal, parents_box(False)


def parents_box(child: bool) -> gr.Checkbox:
    """The question about a child's parents; where there is none to ask it says yes by itself."""
    return gr.Checkbox(value=not child, visible=child)


def wire_generate(parts: Parts, again: gr.Button, source: Source, controls: Controls) -> None:
    """Generate, another seed, cancel, guidance maps."""
    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    slow: dict[str, Any] = {
        "show_progress": "hidden",
        "concurrency_id": engine.QUEUE,
        "concurrency_limit": 1,
        "api_visibility": "private",
    }
    begin, work = partial(started, parts), partial(make, parts, source, controls)
    inputs: set[Any] = {source.upload, source.parents, *controls.values()}
    making = [
        parts.generate.click(begin, None, parts.all(), **quick).then(work, inputs, parts.all(), **slow),
        again.click(new_seed, None, controls["seed"], **quick)
        .then(begin, None, parts.all(), **quick)
        .then(work, inputs, parts.all(), **slow),
    ]
    for run in making:
        run.failure(partial(stopped, parts, viewer.refused()), None, parts.all(), **quick)
    parts.cancel.click(partial(stopped, parts, viewer.idle()), None, parts.all(), cancels=making, **quick)
    outputs = [parts.prepare, parts.guidance]
    parts.prepare.click(prepare_guidance, parts.result, outputs, **slow)


def new_seed() -> int:
    """A seed that is easy to read out."""
    return secrets.randbelow(1_000_000)


def started(parts: Parts) -> Update:
    """The page as the button is pressed."""
    return {
        parts.viewer: viewer.working(Progress("wait", 0.0), None),
        parts.generate: gr.Button(visible=False),
        parts.cancel: gr.Button(visible=True),
        parts.panel: gr.Column(visible=False),
    }


def stopped(parts: Parts, value: dict[str, Any]) -> Update:
    """The page with nothing running."""
    return {
        parts.viewer: value,
        parts.generate: gr.Button(visible=True),
        parts.cancel: gr.Button(visible=False),
    }


def make(parts: Parts, source: Source, controls: Controls, given: dict[Any, Any]) -> Iterator[Update]:
    """Make a clip; yields the page as it goes. Closing it stops the engine."""
    path, choices = given[source.upload], chosen(controls, given)
    try:
        if path is None:
            raise InputError(NO_PHOTO)
        if not given[source.parents]:
            raise InputError(ASK_PARENTS)
        if None in choices.values():
            raise InputError("Fill in every option.")
        request = Request(**choices)
        start, still = time.monotonic(), None
        for step in engine.steps(path, request):
            if isinstance(step, Clip):
                generate_engine.remember(request, step.metrics["seconds"])
                yield finished(parts, path, request, step)
            else:
                still = step.preview if step.preview is not None else still
                step = replace(step, fraction=step.fraction * ENCODING, preview=still)
                yield {parts.viewer: viewer.working(step, seconds_left(step.fraction, time.monotonic() - start))}
    except InputError as error:
        yield stopped(parts, viewer.failed(str(error)))
    except Exception:
        log.exception("A clip could not be made")
        yield stopped(parts, viewer.failed(OURS))


def seconds_left(fraction: float, elapsed: float) -> float | None:
    """Seconds to go at the pace so far; None while that says too little."""
    return elapsed * (1 - fraction) / fraction if fraction > 0.08 else None


def finished(parts: Parts, upload: Path, request: Request, clip: Clip) -> Update:
    """The page with its clip."""
    folder = files.folder()
    result = Result(
        upload, request, folder / f"{request.pattern}-{request.seed}.mp4", folder / "labels.json",
        child=CHILD in clip.provenance["notes"],
    )  # fmt: skip
    clip.save(result.clip)
    clip.labels.write(result.labels)
    return stopped(parts, viewer.done(result.clip, clip.labels)) | {
        parts.result: result,
        parts.panel: gr.Column(visible=True),
        parts.strip: figures.strip(clip),
        parts.figures: figures.table(clip.metrics),
        parts.clip: str(result.clip),
        parts.labels: str(result.labels),
        parts.prepare: gr.Button(MAPS, visible=True, interactive=True),
        parts.guidance: gr.DownloadButton(visible=False),
    }


def prepare_guidance(result: Result) -> Iterator[tuple[Any, Any]]:
    """Make the same clip once more, with the maps behind it: they are large, and few ask for them."""
    try:
        if not result.photo.is_file():
            raise InputError("The photo was changed since: generate the clip again first.")
        for step in engine.steps(result.photo, result.request, guidance=True):
            if isinstance(step, Clip) and step.guidance:
                path = result.clip.with_name("guidance.npz")
                step.guidance.save(path)
                yield gr.Button(visible=False), gr.DownloadButton(value=str(path), visible=True)
            elif isinstance(step, Progress):
                yield gr.Button(f"Preparing… {step.fraction:.0%}", interactive=False), gr.skip()
    except InputError as error:
        gr.Warning(str(error))
        yield gr.Button(MAPS, interactive=True), gr.skip()


def review(result: gr.State, send_to_review: SendToReview, withdraw: Withdraw | None) -> None:
    """The way of a clip into the review queue, with the consent of the person in it, and out of it again."""
    sent = gr.State(None)  # the number of the clip that was sent
    token = gr.Textbox("", visible=False)  # this browser's, where nobody is logged in
    with gr.Row():
        agreed = gr.Checkbox(False, label=AGREED, min_width=240, elem_id="consent")
        send = gr.Button("Send to review", min_width=140, interactive=False, elem_id="send")
        back = gr.Button("Withdraw this clip", min_width=140, visible=False, elem_id="withdraw")
    private: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}
    result.change(lambda: (False, gr.Button(visible=False)), None, [agreed, back], queue=False, **private)
    agreed.change(lambda yes: gr.Button(interactive=yes), agreed, send, queue=False, **private)
    send.click(sender(send_to_review), [result, agreed, token], [send, sent, back], js=NAMED, **private)
    if withdraw:
        back.click(taker(withdraw), [sent, token], [agreed, back], js=NAMED, **private)


def sender(send_to_review: SendToReview) -> Callable[[Result, bool, str, gr.Request], tuple[Any, ...]]:
    """The click handler, which says how sending went."""

    def send(result: Result, agreed: bool, token: str, request: gr.Request) -> tuple[Any, ...]:
        try:
            if not agreed:
                raise InputError("Confirm first that the person in the photo agreed.")
            words, number = send_to_review(result, request, token or "")
            gr.Info(words)
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return gr.Button(interactive=False), number, gr.Button(visible=True)

    return send


def taker(withdraw: Withdraw) -> Callable[[int, str, gr.Request], tuple[Any, ...]]:
    """The click handler that takes a clip back."""

    def take(number: int, token: str, request: gr.Request) -> tuple[Any, ...]:
        try:
            gr.Info(withdraw(number, request, token or ""))
        except InputError as error:
            raise gr.Error(str(error), print_exception=False) from error
        return False, gr.Button(visible=False)

    return take
