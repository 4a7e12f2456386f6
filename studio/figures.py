"""What a clip measures: figures in plain words, and a strip of depth and area over time."""

from collections.abc import Mapping
from html import escape
from typing import Any, Final

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from model.clip import Clip

GREY: Final = "#8a837b"  # readable on light and on dark
GRID: Final = "rgba(138, 131, 123, 0.22)"
COLOURS: Final = ("#e2582c", "#17918a", "#7a6fd0", "#c98a10", "#3b82c4", "#b8477f", "#5c9a3c", "#8a6a4f")

PERCENT: Final = "percent"
FIGURES: Final[tuple[tuple[str, str, str, str], ...]] = (
    ("max_penetration_mm", "mm", "Deepest overlap", "How far hand and face ever run into each other."),
    ("col_dist_mm", "mm", "Mean overlap", "The same, on average over all frames."),
    ("non_collision_0_5mm", PERCENT, "Clean frames", "Frames with no overlap above half a millimetre."),
    ("touchness", PERCENT, "Real touch", "Frames meant to touch in which the hand is on the skin."),
    ("identity_nme", PERCENT, "Face moved", "Drift of the face away from the touch, of the eye distance."),
    ("static_flicker", PERCENT, "Stillness", "100 % if nothing changes where nothing should move."),
)


def table(metrics: Mapping[str, Any]) -> str:
    """The figures as HTML cards, each with what it means."""
    cards = "".join(
        f"<div><dt>{name}</dt><dd>{_number(metrics[key], unit)}</dd><dd>{meaning}</dd></div>"
        for key, unit, name, meaning in FIGURES
        if metrics.get(key) is not None
    )
    return f'<dl class="ia-figures">{cards}</dl><p class="ia-note">{_seconds(metrics.get("seconds"))}</p>'


def _number(value: float, unit: str) -> str:
    if unit == PERCENT:
        return f"{100 * value:.1f} %".replace(".0 ", " ")
    return f"{value:.2f} {escape(unit)}"


def _seconds(stages: Any) -> str:
    if not isinstance(stages, Mapping):
        return ""
    parts = {name: float(value) for name, value in stages.items() if name != "total"}
    words = ", ".join(f"{escape(str(name))} {value:.1f} s" for name, value in parts.items())
    return f"Made in {stages.get('total', sum(parts.values())):.1f} s: {words}."


def strip(clip: Clip) -> go.Figure:
    """Depth and touched area by region over time, s."""
    figure = make_subplots(rows=2, cols=1, shared_xaxes=True, vertical_spacing=0.08)
    time = np.arange(len(clip.frames)) / clip.fps
    regions = [region for region, depth in clip.curves.depth.items() if np.max(depth, initial=0) > 0.05]
    regions += [r for r, area in clip.curves.area.items() if r not in regions and np.max(area, initial=0) > 1]
    for i, region in enumerate(regions):
        style: dict[str, Any] = {
            "x": time.tolist(),
            "name": region.replace("_", " "),
            "legendgroup": region,
            "line": {"color": COLOURS[i % len(COLOURS)], "width": 2},
            "mode": "lines",
        }
        for row, curves, unit in ((1, clip.curves.depth, "mm"), (2, clip.curves.area, "mm²")):
            values = np.round(curves.get(region, np.zeros(len(time))), 2).tolist()
            hover = f"%{{y:.1f}} {unit} at %{{x:.2f}} s"
            figure.add_trace(go.Scatter(y=values, showlegend=row == 1, hovertemplate=hover, **style), row=row, col=1)
    return _dressed(figure)


def _dressed(figure: go.Figure) -> go.Figure:
    figure.update_layout(
        height=300,
        margin={"l": 52, "r": 12, "t": 8, "b": 34},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": GREY, "size": 12},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0},
        hovermode="closest",
    )
    figure.update_xaxes(gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, fixedrange=True, rangemode="tozero")
    figure.update_xaxes(title_text="seconds", row=2, col=1)
    figure.update_yaxes(title_text="depth, mm", row=1, col=1)
    figure.update_yaxes(title_text="area, mm²", row=2, col=1)
    return figure
