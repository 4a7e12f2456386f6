"""The engine's options in the Generate tab: what each is good at, and how long it takes here."""

import json
import os
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from typing import Any, Final

import gradio as gr

from model.generate import checkpoint_name
from model.request import Request
from studio import engine

CORES: Final = 2  # that the processor seconds of the benchmark are spread over
# How closely the simulation is followed, in words.
FOLLOW: Final = {
    "maps": "closely: every map of it",
    "joints": "loosely: skeleton and outlines",
    "pattern": "hardly: only pattern and place",
}
GOOD_AT: Final = {
    "physics": "Renders the simulated touch itself: sharp, exact, and the faster one.",
    "interanimate": "Paints hand and skin with a trained network, as closely to the simulation as you like. "
    "The looser, the more it shows what the network knows by itself; a small one knows smooth hands, or none.",
}
_paces: dict[int, float] = {}  # size in px → seconds a frame and step, of the last clip made here


@dataclass(frozen=True)
class Choice:
    """The components of an engine's choice."""

    kind: gr.Radio
    steps: gr.Slider
    follow: gr.Radio
    note: gr.HTML
    panel: gr.Column


def engine_options(usual: Request) -> Choice:
    """Draw the choice; what only the diffusion model has appears with it."""
    engines = engine.engines()
    kind = gr.Radio(list(engines), value=usual.engine, label="Engine", visible=len(engines) > 1, elem_id="engine")
    note = gr.HTML(about(usual), apply_default_css=False, visible=len(engines) > 1, elem_id="engine-note")
    with gr.Column(visible=usual.engine == "interanimate", elem_id="denoising") as panel:
        steps = gr.Slider(
            1, 50, usual.steps, step=1, label="Steps", info="of denoising: more take longer and add detail"
        )
        follow = gr.Radio(
            [(words, name) for name, words in FOLLOW.items()], value=usual.follow, label="Follow the simulation"
        )
    return Choice(kind, steps, follow, note, panel)


def wire_engine(choice: Choice, inputs: list[Any]) -> None:
    """`inputs` in the order of `Request`'s fields: the note follows all that changes how long a clip takes."""
    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    choice.kind.change(lambda kind: gr.Column(visible=kind == "interanimate"), choice.kind, choice.panel, **quick)
    _, kind, _, size, seconds, fps, _, _, steps, _ = inputs
    for part in (kind, size, seconds, fps, steps):
        part.change(told, [kind, size, seconds, fps, steps], choice.note, trigger_mode="always_last", **quick)


def told(kind: str, size: int, seconds: float, fps: int, steps: int) -> Any:
    """The note for choices that may not be complete yet."""
    if None in (kind, size, seconds, fps, steps):
        return gr.skip()
    return about(Request("poke-nose", kind, size=size, seconds=seconds, fps=fps, steps=steps))


def about(request: Request) -> str:
    """What an engine is good at, with which checkpoint, and about how long such a clip takes here."""
    sentences = [GOOD_AT[request.engine]]
    if request.engine == "interanimate":
        named = os.environ.get("STUDIO_CHECKPOINT", "")
        sentences.append(f"Checkpoint: {checkpoint_name(named)}." if named else "With the checkpoint that ships.")
        left = denoising_seconds(request)
        if left is not None:
            sentences.append(f"Denoising such a clip takes about {in_words(left)} here.")
    return f'<p class="ia-note" role="status">{escape(" ".join(sentences))}</p>'


def denoising_seconds(request: Request) -> float | None:
    """By the last clip made here, best of this size; before it by the benchmark; None if nothing is known."""
    pace = _paces.get(request.size) or next(iter(reversed(_paces.values())), None) or benchmark_pace()
    return None if pace is None else pace * request.frames * request.steps


def remember(request: Request, seconds: dict[str, float]) -> None:
    """Keep the pace of a clip that was made here."""
    if denoising := seconds.get("denoise"):
        _paces.pop(request.size, None)
        _paces[request.size] = denoising / (request.frames * request.steps)


@lru_cache(maxsize=1)
def benchmark_pace() -> float | None:
    """Seconds a frame and step by the `bench.json` beside the shipped checkpoint, if it has one."""
    try:
        bench = json.loads((engine.CHECKPOINTS / "bench.json").read_text())
        row = bench["clips"][0]
        return float(row["denoise_processor_seconds"]) / CORES / (int(bench["frames"]) * int(row["steps"]))
    except (OSError, ValueError, KeyError, IndexError, TypeError, ZeroDivisionError):
        return None


def in_words(seconds: float) -> str:
    """`40 s` or `3 min`, no more exact than it is known."""
    if seconds < 90:
        return f"{max(round(seconds / 5) * 5, 5)} s"
    return f"{round(seconds / 60)} min"
