"""The gallery's place in the Dataset tab."""

import gradio as gr

from annotation.exporting import FORMATS
from annotation.labels import STATES
from annotation.taxonomy import OF_CLIPS, REGIONS
from studio import components


def section() -> None:
    """Draw it; it fills itself by its routes, for who may look at all clips."""
    words = {"states": list(STATES), "patterns": list(OF_CLIPS), "regions": list(REGIONS), "formats": list(FORMATS)}
    gr.HTML(
        words,
        html_template=components.template("gallery"),
        js_on_load=components.script("gallery"),
        apply_default_css=False,
        elem_id="gallery",
    )
