"""How the app looks: one calm theme, light and dark, with text of at least 4.5 : 1 contrast."""

from pathlib import Path
from typing import Final

import gradio as gr
from gradio.themes import Base, Color

from studio import components
from studio.modules import BOOTH, DESK

STYLE: Final = Path(__file__).with_suffix(".css")
SANS: Final = ("Inter", "ui-sans-serif", "system-ui", "-apple-system", "Segoe UI", "Roboto", "sans-serif")
MONO: Final = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

TEAL: Final = Color(
    "#effaf8", "#d6f1ec", "#aee2da", "#7ccdc3", "#46b0a6", "#23938b",
    "#127a73", "#0f635e", "#104f4c", "#11413f", "#062726", name="teal",
)  # fmt: skip
STONE: Final = Color(
    "#faf9f7", "#f3f1ee", "#e6e2dd", "#d3cec7", "#a29b92", "#756e66",
    "#565049", "#403b36", "#2a2724", "#1d1b19", "#131211", name="stone",
)  # fmt: skip

THEME: Final[Base] = Base(
    primary_hue=TEAL,
    secondary_hue=TEAL,
    neutral_hue=STONE,
    radius_size=gr.themes.sizes.radius_lg,
    font=SANS,
    font_mono=MONO,
).set(
    body_background_fill="*neutral_50",
    body_background_fill_dark="*neutral_950",
    body_text_color="*neutral_900",
    body_text_color_dark="*neutral_100",
    body_text_color_subdued="*neutral_600",
    body_text_color_subdued_dark="*neutral_300",
    background_fill_primary="white",
    background_fill_primary_dark="*neutral_900",
    background_fill_secondary="*neutral_100",
    background_fill_secondary_dark="*neutral_800",
    border_color_primary="*neutral_200",
    border_color_primary_dark="*neutral_700",
    block_background_fill="white",
    block_background_fill_dark="*neutral_900",
    block_border_width="1px",
    block_border_color="*neutral_200",
    block_border_color_dark="*neutral_700",
    block_shadow="none",
    block_label_text_color="*neutral_700",
    block_label_text_color_dark="*neutral_200",
    block_title_text_color="*neutral_800",
    block_title_text_color_dark="*neutral_100",
    block_title_text_weight="600",
    block_info_text_color="*neutral_600",
    block_info_text_color_dark="*neutral_300",
    input_background_fill="*neutral_50",
    input_background_fill_dark="*neutral_800",
    input_border_color="*neutral_300",
    input_border_color_dark="*neutral_600",
    input_placeholder_color="*neutral_600",
    input_placeholder_color_dark="*neutral_400",
    button_large_text_weight="600",
    button_primary_background_fill="*primary_600",
    button_primary_background_fill_hover="*primary_700",
    button_primary_background_fill_dark="*primary_600",
    button_primary_background_fill_hover_dark="*primary_700",
    button_primary_text_color="white",
    button_secondary_background_fill="white",
    button_secondary_background_fill_dark="*neutral_800",
    button_secondary_background_fill_hover="*neutral_100",
    button_secondary_background_fill_hover_dark="*neutral_700",
    button_secondary_border_color="*neutral_300",
    button_secondary_border_color_dark="*neutral_600",
    button_secondary_text_color="*neutral_800",
    button_secondary_text_color_dark="*neutral_100",
    button_border_width="1px",
    slider_color="*primary_600",
    slider_color_dark="*primary_400",
    checkbox_background_color_selected="*primary_600",
    checkbox_label_text_color="*neutral_800",
    checkbox_label_text_color_dark="*neutral_100",
    checkbox_label_background_fill_selected="*primary_50",
    checkbox_label_background_fill_selected_dark="*primary_900",
    checkbox_label_text_color_selected="*primary_800",
    checkbox_label_text_color_selected_dark="white",
    link_text_color="*primary_700",
    link_text_color_dark="*primary_300",
)  # fmt: skip

HEAD: Final = """
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="description" content="A photo of a face, a hand that touches it, and exact labels of where.">
<script>document.documentElement.lang = "en"</script>
"""


def css() -> str:
    """The page's style and that of every component."""
    return STYLE.read_text(encoding="utf-8") + components.styles() + DESK.style() + BOOTH.style()
