"""The Review tab: clips from the queue, their labels corrected and never lost."""

from typing import Any, Final

import gradio as gr
from gradio.utils import get_space

from annotation.labels import STATES
from annotation.taxonomy import FINGERS, HANDS, OF_CLIPS, REGIONS, SOURCES
from studio import owner
from studio.modules import DESK
from studio.settings import Settings

# The desk's own modules, from the app that the page came from; `element` and `props` are gr.HTML's.
OPEN: Final = """
const root = element.querySelector(".rv");
import(new URL("%s", document.baseURI).href)
  .then(({ mount }) => mount(root, props.value))
  .catch((error) => {
    root.dataset.state = "failed";
    root.querySelector(".rv-blank-head").textContent = "The desk could not be loaded: load the page again.";
    console.error(error);
  });
"""


WAIT: Final = "Clips that you send to review wait for the people who work here."
ASK: Final = "Ask who runs this studio to open some to visitors."


def tab(settings: Settings) -> None:
    """Draw the tab."""
    if get_space():
        gr.LoginButton("Log in with Hugging Face to review under your name", size="sm")
    gr.HTML(
        words() | {"entry": entry(settings)},
        html_template=DESK.markup(),
        js_on_load=OPEN % DESK.address("desk.js"),
        apply_default_css=False,
        elem_id="review-desk",
    )


def words() -> dict[str, Any]:
    """The words of labels, for the page."""
    return {
        "hands": list(HANDS),
        "fingers": list(FINGERS),
        "regions": list(REGIONS),
        "patterns": list(OF_CLIPS),
        "sources": list(SOURCES),
        "states": list(STATES),
    }


def entry(settings: Settings) -> str:
    """What a visitor is told for whom no clip is open: the way in that this app has."""
    if get_space():
        return f"Log in above to review under your name. {ASK} {WAIT}"
    if owner.is_local(settings):
        return f"If this studio is yours, open the link that it printed as it started. {ASK} {WAIT}"
    return f"{ASK} {WAIT}"
