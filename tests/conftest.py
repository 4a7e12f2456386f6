"""What every test stands on: no network, no data of the user's, the same threads everywhere."""

import os
from pathlib import Path

import pytest

os.environ |= {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False", "OMP_NUM_THREADS": "1"}


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, so that nobody's `data/` is touched."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("STUDIO_DATA", str(folder))
    monkeypatch.delenv("STUDIO_DATABASE_URL", raising=False)
    return folder
