"""A run's log, read again: where the learning rate rose because the run was resumed for longer."""

import json
from pathlib import Path
from typing import Any

from model.diffusion.training.train import WARM_UP
from model.errors import InputError


def restarts(log: Path | None) -> list[int]:
    """Steps at which the learning rate rose again, the run having been stopped and resumed for longer."""
    rises: list[int] = []
    kept: list[dict[str, Any]] = []
    for line in _lines(log) if log else []:
        while kept and kept[-1]["step"] >= line["step"]:  # what was done after the last save is done once more
            kept.pop()
        if kept and line["rate"] > kept[-1]["rate"]:
            rises.append(line["step"])
        kept.append(line)
    return rises


def _lines(log: Path) -> list[dict[str, Any]]:
    """Lines of a run's log that have a rate, from where it has warmed up; InputError if the log is damaged."""
    try:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return [line for line in lines if "rate" in line and line["step"] > WARM_UP]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{log} is damaged: {error}.") from error
