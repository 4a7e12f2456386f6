"""Rows of measured clips → aggregates, bars passed or missed, and a table to read."""

import csv
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

Row = dict[str, Any]
Aggregate = Callable[[list[Row], str], float | None]

SHOWN: Final = (
    "max_penetration_mm",
    "region_share",
    "hand_found",
    "hand_error",
    "identity_nme",
    "skin_delta_e",
)
PEOPLE: Final = "info.csv"  # beside the photos: file, subject, ethnicity


def _values(rows: list[Row], key: str) -> list[float]:
    return [float(row[key]) for row in rows if row.get(key) is not None]


def highest(rows: list[Row], key: str) -> float | None:
    """Largest value of any clip."""
    return max(_values(rows, key), default=None)


def lowest(rows: list[Row], key: str) -> float | None:
    """Smallest value of any clip."""
    return min(_values(rows, key), default=None)


def mean(rows: list[Row], key: str) -> float | None:
    """Mean over the clips."""
    values = _values(rows, key)
    return float(np.mean(values)) if values else None


def median(rows: list[Row], key: str) -> float | None:
    """Median over the clips."""
    values = _values(rows, key)
    return float(np.median(values)) if values else None


def by_frames(rows: list[Row], key: str) -> float | None:
    """Mean over all frames in which the hand is wholly in view."""
    seen = [row for row in rows if row.get(key) is not None]
    frames = sum(row["hand_frames"] for row in seen)
    return sum(row[key] * row["hand_frames"] for row in seen) / frames if frames else None


def worst_group(rows: list[Row], key: str) -> float | None:
    """Largest median of any group of people."""
    medians = [median(group, key) for group in _grouped(rows, "group").values()]
    return max((value for value in medians if value is not None), default=None)


@dataclass(frozen=True)
class Bar:
    """What a figure must reach over all clips."""

    words: str
    key: str
    aggregate: Aggregate
    limit: float
    at_most: bool = True

    def judge(self, rows: list[Row]) -> Row:
        """The figure, and whether it passes; None where nothing could be measured."""
        value = self.aggregate(rows, self.key)
        good = None if value is None else (value <= self.limit if self.at_most else value >= self.limit)
        return {
            "figure": self.words, "key": self.key, "value": value, "bar": self.limit,
            "at_most": self.at_most, "pass": good,
        }  # fmt: skip


BARS: Final = (
    Bar("collision distance, mm, worst clip", "col_dist_mm", highest, 0.05),
    Bar("penetration, mm, worst frame", "max_penetration_mm", highest, 0.5),
    Bar("no collision at 5 mm, worst clip", "non_collision_5mm", lowest, 1.0, False),
    Bar("no collision at 0.5 mm, worst clip", "non_collision_0_5mm", lowest, 0.99, False),
    Bar("touchness, worst clip", "touchness", lowest, 1.0, False),
    Bar("contact in the pattern's region, frames", "region_share", mean, 0.95, False),
    Bar("hand found where wholly in view, frames", "hand_found", by_frames, 0.9, False),
    Bar("face found, worst clip", "face_found", lowest, 1.0, False),
    Bar("identity error, of eye distance, median", "identity_nme", median, 0.02),
    Bar("hand to cheek, CIEDE2000, worst group", "skin_delta_e", worst_group, 6.0),
    Bar("untouched background, levels, worst clip", "background_change", highest, 1.0),
    Bar("peak memory of a process, MB", "peak_mb", highest, 1228.8),
)


def report(rows: list[Row], photos: Iterable[Path]) -> Row:
    """Clips, aggregates, bars, and what failed; people's groups from an info.csv beside the photos."""
    about = {str(photo): _about(photo) for photo in photos}
    good = [row | about[row["photo"]] for row in rows if row["error"] is None]
    return {
        "bars": [bar.judge(good) for bar in BARS] if good else [],
        "aggregate": {
            "all": _summary(good),
            **{f"by_{key}": {k: _summary(v) for k, v in _grouped(good, key).items()}
               for key in ("pattern", "person", "group")},
        },
        "clips": good,
        "skipped": [{"photo": row["photo"], "reason": row["error"]} for row in rows if row["refused"]],
        "failed": [row for row in rows if row["error"] is not None and not row["refused"]],
    }  # fmt: skip


def _about(photo: Path) -> dict[str, str]:
    """Person and group of a photo; its own name and "all" where nobody wrote them down."""
    try:
        with open(photo.parent / PEOPLE, newline="", encoding="utf-8") as file:
            known = {row.get("file", ""): row for row in csv.DictReader(file)}
    except (OSError, UnicodeDecodeError, csv.Error):
        known = {}
    row = known.get(photo.name, {})
    return {"person": row.get("subject") or photo.stem, "group": row.get("ethnicity") or "all"}


def _grouped(rows: list[Row], key: str) -> dict[str, list[Row]]:
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row[key], []).append(row)
    return dict(sorted(groups.items()))


def _summary(rows: list[Row]) -> Row:
    """Mean, median, least and largest of every figure, and of the seconds by stage."""
    flat = [row | {f"{stage}_s": s for stage, s in row["seconds"].items()} for row in rows]
    keys = [key for key in (flat[0] if flat else {}) if any(_is_figure(row.get(key)) for row in flat)]
    aggregates: dict[str, Aggregate] = {"mean": mean, "median": median, "least": lowest, "largest": highest}
    figures = {
        key: {name: aggregate(flat, key) for name, aggregate in aggregates.items()} for key in keys if key != "seed"
    }
    return {"clips": len(rows), **figures}


def _is_figure(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def table(result: Row) -> str:
    """The report in lines: bars, then the figures by pattern and by group."""
    lines = [f"{len(result['clips'])} clips", "", f"{'':4} {'figure':44} {'value':>9}  bar"]
    for bar in result["bars"]:
        sign = "≤" if bar["at_most"] else "≥"
        word = {True: "ok", False: "MISS", None: "-"}[bar["pass"]]
        lines.append(f"{word:4} {bar['figure']:44} {_short(bar['value']):>9}  {sign} {bar['bar']:g}")
    for title in ("by_pattern", "by_group"):
        lines += ["", f"{title.removeprefix('by_'):18}" + "".join(f"{key:>20}" for key in SHOWN)]
        for name, summary in result["aggregate"][title].items():
            values = [_short(summary.get(key, {}).get("mean")) for key in SHOWN]
            lines.append(f"{name:18}" + "".join(f"{value:>20}" for value in values))
    seconds = result["aggregate"]["all"].get("total_s", {})
    lines += [
        "",
        f"seconds a clip: median {_short(seconds.get('median'))}, most {_short(seconds.get('largest'))}",
    ]
    lines += [f"skipped {row['photo']}: {row['reason']}" for row in result["skipped"]]
    lines += [f"FAILED {row['photo']} {row['pattern']}: {row['error']}" for row in result["failed"]]
    return "\n".join(lines)


def _short(value: float | None) -> str:
    return "-" if value is None else f"{value:.4g}"
