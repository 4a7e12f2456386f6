"""What every test stands on: no network, no data of the user's, one running app.

Properties are tried on the same examples every time (profile `same`); `make test-full` searches on (`search`).
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings

from tests.ports import launched

hypothesis_settings.register_profile("same", derandomize=True, max_examples=60, deadline=None)
hypothesis_settings.register_profile("search", max_examples=500, deadline=None)
hypothesis_settings.load_profile("same")  # where --hypothesis-profile names no other

os.environ |= {"HF_HUB_OFFLINE": "1", "GRADIO_ANALYTICS_ENABLED": "False", "OMP_NUM_THREADS": "1"}

LONGEST = ("tests/browser", "tests/model/diffusion", "tests/studio", "tests/golden", "tests/model")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first: no worker is left alone with it at the end."""
    rank = {place: number for number, place in enumerate(LONGEST)}
    items.sort(key=lambda item: next((rank[place] for place in LONGEST if item.nodeid.startswith(place)), len(rank)))


@pytest.fixture(autouse=True)
def own_data(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the test's own, so that nobody's `data/` is touched."""
    folder = tmp_path_factory.mktemp("data")
    monkeypatch.setenv("STUDIO_DATA", str(folder))
    monkeypatch.delenv("STUDIO_DATABASE_URL", raising=False)
    return folder


@pytest.fixture(scope="session")
def photo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The photo that comes with scikit-image, as a JPEG file."""
    from PIL import Image
    from skimage.data import astronaut

    path = tmp_path_factory.mktemp("photo") / "astronaut.jpg"
    Image.fromarray(astronaut()).save(path, quality=95)
    return path


@pytest.fixture
def hand_on_face() -> Path:
    """A picture of scikit-image's astronaut whose hand, drawn by the physics engine, strokes her cheek."""
    return Path(__file__).parent / "model" / "face" / "hand_on_face.jpg"


@pytest.fixture(scope="session")
def studio_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Address of the running app, its engine warm."""
    from studio import engine
    from studio.app import build, launch_options
    from studio.settings import Settings

    settings = Settings(data=tmp_path_factory.mktemp("studio"))
    demo = build(settings)
    url = launched(demo, launch_options(settings))
    engine.warm()
    yield url
    demo.close()
