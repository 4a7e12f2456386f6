"""The engine's options in the Generate tab: what each is good at, and how long it takes here."""

import json
import os
from dataclasses import dataclass
from functools import lru_cache, partial
from html import escape
from typing import Any, Final

import gradio as gr

from model.generate import checkpoint_name
from model.request import Request
from studio import engine
from studio.controls import Controls, chosen, control

CORES: Final = 2  # that the processor seconds of the benchmark are spread over
GOOD_AT: Final = {
    "physics": "Renders the simulated touch itself: sharp, exact, and the faster one.",
    "interanimate": "Paints hand and skin with a trained network, as closely to the simulation as you like. "
    "The looser, the more it shows what the network knows by itself; a small one knows smooth hands, or none.",
}
TIMED: Final = ("engine", "size", "seconds", "fps", "steps")  # options that change how long a clip takes
_paces: dict[int, float] = {}  # size in px → seconds a frame and step, of the last clip made here


@dataclass(frozen=True)
class Choice:
    """The components of an engine's choice."""

    controls: Controls  # the engine, and what only the diffusion model has
    note: gr.HTML
    panel: gr.Column


def engine_options() -> Choice:
    """Draw the choice; what only the diffusion model has appears with it."""
    engines, usual = engine.engines(), Request("poke-left-cheek")
    several = len(engines) > 1
    controls: Controls = {"engine": control("engine", choices=list(engines), visible=several)}
    note = gr.HTML(about(usual), apply_default_css=False, visible=several, elem_id="engine-note")
    with gr.Column(visible=usual.engine == "interanimate", elem_id="denoising") as panel:
        controls |= {name: control(name) for name in ("steps", "follow")}
    return Choice(controls, note, panel)


def wire_engine(choice: Choice, controls: Controls) -> None:
    """The note follows all that changes how long a clip takes, the panel the engine."""
    quick: dict[str, Any] = {"queue": False, "show_progress": "hidden", "api_visibility": "private"}
    kind = controls["engine"]
    kind.change(lambda kind: gr.Column(visible=kind == "interanimate"), kind, choice.panel, **quick)
    timed = {name: controls[name] for name in TIMED}
    for part in timed.values():
        part.change(partial(told, timed), set(timed.values()), choice.note, trigger_mode="always_last", **quick)


def told(timed: Controls, given: dict[Any, Any]) -> Any:
    """The note for choices that may not be complete yet."""
    choices = chosen(timed, given)
    if None in choices.values():
        return gr.skip()
    return about(Request("poke-nose", **choices))


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
