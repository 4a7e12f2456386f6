"""What tests of training share: a tiny size that trains in seconds, and drawn clips."""

from dataclasses import replace
from pathlib import Path

import pytest
import torch
from diffusion_samples import SMALL, write_data

from model.diffusion.training import config, train


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    """`tiny` is the tests' own size."""
    monkeypatch.setitem(config.CONFIGS, "tiny", replace(SMALL, rate=5e-3, strengths={"maps": 1.0}))
    monkeypatch.setattr(train, "WARM_UP", 5)
    torch.set_num_threads(1)


@pytest.fixture
def data(tmp_path: Path) -> str:
    """A data set of drawn clips."""
    return str(write_data(tmp_path / "data"))
