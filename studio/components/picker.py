"""The pattern picker: a radio group of small moving pictures, one row a category."""

from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

import gradio as gr

from annotation.taxonomy import CATEGORIES, PATTERNS, category
from studio.components import script

PICTURES: Final = Path(__file__).parents[2] / "assets" / "patterns"
HINTS: Final = {
    "pinch": "thumb and finger squeeze and pull",
    "poke": "a fingertip presses in",
    "stroke": "fingertips glide along",
    "swipe": "a quick brush past",
}
# Where a drawn face shows the place, for a pattern that has no picture yet.
PLACES: Final = {
    "left-cheek": (63, 58), "right-cheek": (37, 58), "forehead": (50, 27), "nose": (50, 53),
    "chin": (50, 81), "lips": (50, 68),
}  # fmt: skip
FACE: Final = (
    '<svg viewBox="0 0 100 100">'
    '<path d="M50 10c-20 0-30 15-30 34 0 26 16 46 30 46s30-20 30-46c0-19-10-34-30-34Z"/>'
    '<path d="M34 44h8m16 0h8M50 46v10M41 69c6 4 12 4 18 0"/><circle cx="{}" cy="{}" r="7"/></svg>'
)


def pattern_picker(value: str = "poke-left-cheek") -> gr.HTML:
    """The picker; its value is the chosen pattern, `change` follows a choice."""
    gr.set_static_paths([PICTURES])
    rows = "".join(_row(name) for name in CATEGORIES)
    template = f'<div class="ia-picker" role="radiogroup" aria-label="Pattern">{rows}</div>'
    return gr.HTML(
        value, html_template=template, js_on_load=script("picker"), apply_default_css=False, elem_id="picker"
    )


def place(pattern: str) -> str:
    """Where a pattern touches, for people: `poke-left-cheek` → `Left cheek`."""
    return pattern.split("-", 1)[1].replace("-", " ").capitalize()


def title(pattern: str) -> str:
    """A pattern in words: `Poke · left cheek`."""
    return f"{category(pattern).capitalize()} · {place(pattern).lower()}"


def picture_url(pattern: str) -> str | None:
    """Where a pattern's film is, from the app's root; None where it has none yet."""
    file = PICTURES / f"{pattern}.webp"
    return f"gradio_api/file={quote(str(file))}" if file.is_file() else None


def _row(name: str) -> str:
    cards = "".join(_card(pattern) for pattern in PATTERNS if category(pattern) == name)
    heading = f"<strong>{escape(name.capitalize())}</strong> {escape(HINTS.get(name, ''))}"
    return f'<div class="ia-picker-row"><p aria-hidden="true">{heading}</p><div>{cards}</div></div>'


def _card(pattern: str) -> str:
    url = picture_url(pattern)
    if url is not None:
        picture = f'<span class="ia-picker-film" style="background-image:url(&quot;{url}&quot;)"></span>'
    else:
        picture = FACE.format(*PLACES.get(pattern.split("-", 1)[1], (50, 50)))
    label = f'aria-label="{escape(title(pattern))}" data-pattern="{escape(pattern)}"'
    return (
        f'<button type="button" role="radio" aria-checked="false" tabindex="-1" {label}>'
        f"{picture}<span>{escape(place(pattern))}</span></button>"
    )
