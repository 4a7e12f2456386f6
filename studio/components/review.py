"""The review desk: one custom component, its markup, scripts and style in the review files beside this one."""

from typing import Any, Final

import gradio as gr

from annotation.labels import STATES
from annotation.taxonomy import FINGERS, HANDS, PATTERNS, REGIONS, SOURCES
from studio.components import script, template

SCRIPTS: Final = (
    "review_labels",
    "review_frames",
    "review_server",
    "review_draft",
    "review_undo",
    "review_brush",
    "review_stage",
    "review_timeline",
    "review_panel",
    "review_keys",
    "review_dialogs",
    "review_filters",
    "review_saving",
    "review_queue",
    "review_edits",
    "review_time",
    "review_verdicts",
    "review",
)


def review_desk() -> gr.HTML:
    """The desk; it speaks to the server by the routes of `studio.review_routes`."""
    return gr.HTML(
        words(),
        html_template=template("review"),
        js_on_load=script(*SCRIPTS),
        apply_default_css=False,
        elem_id="review-desk",
    )


def words() -> dict[str, Any]:
    """The words of labels, for the page."""
    return {
        "hands": list(HANDS),
        "fingers": list(FINGERS),
        "regions": list(REGIONS),
        "patterns": list(PATTERNS),
        "sources": list(SOURCES),
        "states": list(STATES),
    }
