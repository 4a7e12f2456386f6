"""The Review tab: clips from the queue, their labels corrected and never lost."""

import gradio as gr
from gradio.utils import get_space

from studio.components.review import review_desk
from studio.settings import Settings


def tab(settings: Settings) -> None:  # noqa: ARG001
    """Draw the tab."""
    if get_space():
        gr.LoginButton("Log in with Hugging Face to review under your name", size="sm")
    review_desk()
