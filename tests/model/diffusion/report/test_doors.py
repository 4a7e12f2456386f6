"""The commands that cards of checkpoints name can be run, wherever the work behind them lies."""

import re
import runpy
import sys

import pytest

from model.diffusion.checkpoint import SHIPPED

NAMED = sorted(set(re.findall(r"python -m (model\.diffusion[\w.]+)", (SHIPPED / "README.md").read_text())))


def test_the_card_names_commands() -> None:
    assert len(NAMED) == 3


@pytest.mark.parametrize("name", NAMED)
def test_a_command_of_the_card_can_be_run(
    name: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    monkeypatch.delitem(sys.modules, name, raising=False)
    with pytest.raises(SystemExit) as ended:
        runpy.run_module(name, run_name="__main__")
    assert ended.value.code == 0 and "usage:" in capsys.readouterr().out
