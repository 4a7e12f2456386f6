"""Hostile files through the real doors: a few in the short run, thousands in the long one."""

import pytest

from tests.hostile import doors, inputs
from tests.hostile.__main__ import MOST_MB, run

FEW = {"photo": 40, "video": 40, "labels": 40, "manifest": 40}
SEED = 9  # the long run has the seeds' own files, too


@pytest.mark.parametrize("kind", inputs.KINDS)
def test_a_few_hostile_files_do_no_harm(kind: str) -> None:
    whole = len(inputs.seeds(kind))
    given = [*inputs.kept(kind), *(inputs.make(kind, SEED, place) for place in range(FEW[kind]))]
    wrong = [(each.how, faults) for k, each in enumerate(given) if (faults := doors.go_through(each, k).faults)]
    assert not wrong
    assert whole >= 5


@pytest.mark.slow
@pytest.mark.parametrize("kind", inputs.KINDS)
def test_thousands_of_hostile_files_do_no_harm(kind: str) -> None:
    row = run(kind, seed=0, first=0, count=2_000)
    assert (row.crashes, row.losses, row.told) == (0, 0, [])
    assert row.inputs == 2_000 and row.read and row.refused and row.peak < MOST_MB


@pytest.mark.parametrize("kind", inputs.KINDS)
def test_whole_files_are_read(kind: str) -> None:
    """What programs write is no hostile input: else the mutated ones would be refused for nothing."""
    refused = {}
    for name, data in inputs.seeds(kind).items():
        outcome = doors.go_through(inputs.Input(kind, name, data, "whole"), 1)
        if not outcome.read or outcome.faults:
            refused[name] = outcome
    assert not refused


def test_the_same_number_gives_the_same_input() -> None:
    assert inputs.make("labels", 3, 77) == inputs.make("labels", 3, 77)
    assert len({inputs.make("labels", 3, place).data for place in range(50)}) > 45
