"""The Record tab: people film themselves as they touch their faces."""

from collections.abc import Callable
from typing import Any, Final

import gradio as gr

from annotation.taxonomy import PATTERNS
from studio.components.picker import PICTURES, picture_url, title
from studio.modules import BOOTH
from studio.record import consent, phrases
from studio.record.bodies import ENVIRONMENTS
from studio.settings import Settings

# The booth's own modules, from the app that the page came from; `element` and `props` are gr.HTML's.
OPEN: Final = """
const root = element.querySelector(".rc");
import(new URL("%s", document.baseURI).href)
  .then(({ mount }) => mount(root, props.value))
  .catch((error) => {
    root.dataset.state = "failed";
    root.querySelector(".rc-say").textContent = "This page could not be loaded: load it again.";
    console.error(error);
  });
"""


def tab(settings: Settings) -> None:  # noqa: ARG001
    """Draw the tab."""
    gr.set_static_paths([PICTURES])
    gr.HTML(
        words(),
        html_template=BOOTH.markup(),
        js_on_load=OPEN % BOOTH.address("booth.js"),
        apply_default_css=False,
        elem_id="record-booth",
    )


def words() -> dict[str, Any]:
    """All that the page says, but for what is in its markup."""
    told: dict[str, Callable[[str], str | None]] = {
        "title": title, "do": phrases.instruction, "film": picture_url,
    }  # fmt: skip
    return {
        "patterns": {pattern: {name: of(pattern) for name, of in told.items()} for pattern in PATTERNS},
        "environments": list(ENVIRONMENTS),
        "consent": {
            "version": consent.VERSION,
            "points": [list(point) for point in consent.POINTS],
            "adult": consent.ADULT,
            "agreed": consent.AGREED,
        },
    }
