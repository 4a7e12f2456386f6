"""Figures of the Dataset tab: where the review stands, how far people agree, how they work."""

from collections.abc import Mapping, Sequence
from html import escape
from math import isnan
from typing import Any, Final

import plotly.graph_objects as go

from annotation.agreement import Agreement
from annotation.labels import STATES
from annotation.statistics import ReviewProgress, Work
from annotation.taxonomy import FINGERS, REGIONS
from studio.figures import GREY, GRID
from studio.theme import SANS

STATE_COLOURS: Final = {
    "unreviewed": "#a29b92",
    "accepted": "#17918a",
    "corrected": "#d09a1e",
    "rejected": "#d6483b",
}
MEASURES: Final = (
    ("kappa", "Cohen's κ"),
    ("alpha", "Krippendorff's α"),
    ("temporal_iou", "overlap in time"),
    ("polygon_iou", "overlap of outlines"),
)
SCALE: Final = ((0.0, "#b3402f"), (0.5, "#c98a10"), (0.8, "#5d9a78"), (1.0, "#127a73"))


def counts(progress: ReviewProgress) -> str:
    """The numbers at the top, as HTML cards."""
    done = progress.clips - progress.by_state.get("unreviewed", 0)
    share = f"{done / progress.clips:.0%} of all" if progress.clips else "none yet"
    cards = (
        ("Clips", progress.clips, f"{progress.gold} of them gold"),
        ("Reviewed", done, share),
        ("Disputed", progress.disputed, "wait for a reviewer"),
        ("Flagged", progress.flagged, "marked by somebody"),
        ("Conflicts", progress.conflicts, "saves that nobody merged"),
    )
    items = "".join(
        f"<div><dt>{name}</dt><dd>{value:,}</dd><dd>{escape(words)}</dd></div>" for name, value, words in cards
    )
    return f'<dl class="ia-figures ia-counts">{items}</dl>'


def by_pattern(progress: ReviewProgress) -> go.Figure:
    """Clips of each pattern, by state."""
    patterns = sorted(progress.by_pattern, reverse=True)
    figure = go.Figure()
    for state in STATES:
        values = [progress.by_pattern[pattern].get(state, 0) for pattern in patterns]
        names = [pattern.replace("-", " ") for pattern in patterns]
        figure.add_bar(
            x=values, y=names, name=state, orientation="h", marker_color=STATE_COLOURS[state],
            hovertemplate=f"%{{x}} {state}<extra>%{{y}}</extra>",
        )  # fmt: skip
    figure.update_layout(barmode="stack", bargap=0.3)
    figure.update_xaxes(dtick=_step(max((sum(c.values()) for c in progress.by_pattern.values()), default=0)))
    figure = _dressed(figure, "Clips by pattern", max(260, 120 + 20 * len(patterns)), left=130)
    return figure if patterns else _empty(figure, "No clips yet: send one from Generate, or import some")


def by_day(progress: ReviewProgress) -> go.Figure:
    """Verdicts a day."""
    figure = go.Figure()
    figure.add_bar(x=list(progress.by_day), y=list(progress.by_day.values()), marker_color="#17918a")
    figure.update_xaxes(type="category", range=[-1, max(len(progress.by_day), 7) - 0.5])
    figure.update_yaxes(dtick=_step(max(progress.by_day.values(), default=0)))
    figure = _dressed(figure, "Verdicts a day (UTC)", 260)
    return figure if progress.by_day else _empty(figure, "Nobody has decided on a clip yet")


def by_region(progress: ReviewProgress) -> go.Figure:
    """Contacts of each region in the newest labels."""
    names = [region for region in REGIONS if progress.by_region.get(region)]
    figure = go.Figure()
    figure.add_bar(
        x=[name.replace("_", " ") for name in names],
        y=[progress.by_region[name] for name in names],
        marker_color="#7a6fd0",
        width=0.6,
    )
    figure.update_yaxes(dtick=_step(max(progress.by_region.values(), default=0)))
    figure = _dressed(figure, "Contacts by region", 260)
    return figure if names else _empty(figure, "No contacts yet")


def agreed(found: Mapping[str, Agreement]) -> go.Figure:
    """How far independent annotations agree, by region and finger, as a table of colours."""
    names = [name for name in ("all", *REGIONS, *FINGERS) if name in found and found[name].frames]
    rows = [[_number(getattr(found[name], field)) for field, _ in MEASURES] for name in names]
    texts = [["" if value is None else f"{value:.2f}" for value in row] for row in rows]
    hover = [
        [f"{found[name].contacts} pairs, ends {_text(found[name].boundary_error)} frames apart"] * len(MEASURES)
        for name in names
    ]
    figure = go.Figure(
        go.Heatmap(
            z=rows, x=[title for _, title in MEASURES], y=[name.replace("_", " ") for name in names],
            text=texts, texttemplate="%{text}", customdata=hover, zmin=0, zmax=1, colorscale=SCALE, showscale=False,
            hovertemplate="%{y}, %{x}: %{text}<br>%{customdata}<extra></extra>", xgap=2, ygap=2,
        )
    )  # fmt: skip
    figure.update_yaxes(autorange="reversed")
    return _dressed(figure, "Agreement of independent annotations", 120 + 26 * max(len(names), 2), left=100)


def people(work: Sequence[Work]) -> str:
    """What each person did, as an HTML table."""
    heads = "".join(f"<th>{escape(head)}</th>" for head in WORK_HEADS)
    rows = "".join("<tr>" + "".join(f"<td>{escape(str(cell))}</td>" for cell in _cells(one)) + "</tr>" for one in work)
    none = f'<tr><td colspan="{len(WORK_HEADS)}">Nobody has decided on a clip yet.</td></tr>'
    return (
        '<div class="ia-people" tabindex="0" role="region" aria-label="People"><table><caption>People</caption>'
        f"<thead><tr>{heads}</tr></thead><tbody>{rows or none}</tbody></table></div>"
    )


WORK_HEADS: Final = (
    "Person", "Verdicts", "Accepted", "Corrected", "Rejected", "Seconds a clip", "Changed", "Gold clips", "Like gold",
)  # fmt: skip


def _cells(one: Work) -> list[Any]:
    changed = "–" if one.share_changed is None else f"{one.share_changed:.0%}"
    return [
        one.person, one.decided, one.accepted, one.corrected, one.rejected, _text(one.median_seconds, 1), changed,
        one.gold, _text(one.gold_score),
    ]  # fmt: skip


def _step(most: int) -> int | None:
    """Whole numbers on the axis of a small count; elsewhere Plotly knows best."""
    return 1 if most < 8 else None


def _number(value: float) -> float | None:
    return None if isnan(value) else round(value, 3)


def _text(value: float | None, digits: int = 2) -> str:
    return "–" if value is None or isnan(value) else f"{value:.{digits}f}"


def _dressed(figure: go.Figure, title: str, height: int, left: int = 44) -> go.Figure:
    figure.update_layout(
        title={"text": f"<b>{title}</b>", "font": {"size": 14}, "x": 0, "xref": "paper", "xanchor": "left"},
        height=height,
        margin={"l": left, "r": 12, "t": 64, "b": 40},
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"color": GREY, "size": 12, "family": ", ".join(SANS)},
        legend={"orientation": "h", "y": 1.0, "yanchor": "bottom", "x": 0},
    )
    figure.update_traces(selector={"type": "bar"}, marker_line_width=0)
    figure.update_xaxes(gridcolor=GRID, zeroline=False, fixedrange=True)
    figure.update_yaxes(gridcolor=GRID, zeroline=False, fixedrange=True)
    return figure


def _empty(figure: go.Figure, words: str) -> go.Figure:
    """In place of axes without anything."""
    figure.add_annotation(text=words, x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False)
    figure.update_xaxes(visible=False)
    figure.update_yaxes(visible=False)
    return figure
