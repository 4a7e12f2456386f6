"""What the physics makes is what it made: a refactoring moves nothing. `python -m tests.golden` keeps new figures."""

import pytest

from tests.golden.cases import Case, cases
from tests.golden.compare import allowed, changes
from tests.golden.figures import figures_of
from tests.golden.kept import kept


@pytest.mark.parametrize("case", cases(), ids=lambda case: case.name)
def test_the_physics_makes_what_it_made(case: Case) -> None:
    before = kept(case.name)
    assert before, f"no figures are kept of {case.name}: python -m tests.golden"
    moved = {name: way for name, way in changes(before, figures_of(case)).items() if way > allowed(name)}
    assert not moved, f"{case.name} has changed; if it should have: python -m tests.golden\n{moved}"
