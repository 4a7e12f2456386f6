"""A control for each option of `Request`: its limits, choices and usual value are the field's own."""

from collections.abc import Mapping
from typing import Any, Final

import gradio as gr

from model.options import options_of
from model.request import Request

OPTIONS: Final = options_of(Request)
SLIDER_STOPS: Final = 1000  # of a range; a longer one is typed in
# How closely the simulation is followed, in words.
FOLLOW: Final = {
    "maps": "closely: every map of it",
    "joints": "loosely: skeleton and outlines",
    "pattern": "hardly: only pattern and place",
}
# Where the page says or shows another thing than the field does.
LOOKS: Final[dict[str, dict[str, Any]]] = {
    "engine": {"info": None, "elem_id": "engine"},
    "seed": {"min_width": 120},
    "size": {"info": None, "choices": [512, 768], "min_width": 140},
    "fps": {"label": "Frames a second", "choices": [12, 24, 30], "min_width": 180},
    "intensity": {"info": "from a light touch to a firm press"},
    "hand": {"info": "auto: the hand on that side"},
    "camera": {"info": "it is filmed with: a phone in a hand, a webcam, or none"},
    "sleeve": {"info": "auto: as the person is dressed"},
    "steps": {"info": "of denoising: more take longer and add detail"},
    "follow": {
        "label": "Follow the simulation",
        "info": None,
        "choices": [(words, name) for name, words in FOLLOW.items()],
    },
}

Control = gr.Radio | gr.Slider | gr.Number | gr.HTML
Controls = dict[str, Control]  # by the option's name


def control(name: str, **special: Any) -> Control:
    """Draw one: buttons for choices, a slider for a short range, a number for a long one."""
    option = OPTIONS[name]
    rule = option.rule
    look = {"value": option.default, "label": _label(name, rule.unit), "info": option.help or None}
    look |= LOOKS.get(name, {}) | special
    if rule.choices or "choices" in look:
        return gr.Radio(**({"choices": list(rule.choices)} | look))
    step = rule.step or (rule.multiple_of if option.kind is int else None)
    if step and rule.high - rule.low > SLIDER_STOPS * step:
        precision = 0 if option.kind is int else None
        return gr.Number(precision=precision, minimum=rule.low, maximum=rule.high, **look)
    return gr.Slider(rule.low, rule.high, step=step, **look)


def _label(name: str, unit: str) -> str:
    words = name.replace("_", " ").capitalize()
    return f"{words}, {unit}" if unit else words


def chosen(controls: Controls, given: Mapping[Any, Any]) -> dict[str, Any]:
    """The options by name, of what Gradio gives a handler by control."""
    return {name: given[control] for name, control in controls.items()}
