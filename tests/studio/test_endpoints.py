"""The named endpoints, as a program calls them."""

from pathlib import Path

import av
import pytest
from gradio_client import Client, handle_file
from gradio_client.exceptions import AppError

from annotation.labels import Labels
from annotation.taxonomy import PATTERNS

METRICS = {
    "col_dist_mm", "max_penetration_mm", "non_collision_5mm", "non_collision_0_5mm", "touchness", "f_score",
    "identity_nme", "static_flicker", "seconds",
}  # fmt: skip


@pytest.fixture(scope="module")
def client(studio_url: str, tmp_path_factory: pytest.TempPathFactory) -> Client:
    return Client(studio_url, verbose=False, download_files=str(tmp_path_factory.mktemp("downloads")))


def test_the_four_endpoints_and_no_others(client: Client) -> None:
    described = client.view_api(return_format="dict", print_info=False)
    assert set(described["named_endpoints"]) == {"/generate", "/patterns", "/prelabel", "/check"}
    assert not described["unnamed_endpoints"]


def test_patterns(client: Client) -> None:
    assert client.predict(api_name="/patterns") == list(PATTERNS)


def test_generate_and_prelabel(client: Client, photo_file: Path) -> None:
    clip, labels, metrics = client.predict(
        handle_file(photo_file), "stroke-chin", size=256, seconds=1.5, fps=12, seed=3, api_name="/generate"
    )
    said = Labels.from_json(labels)
    assert (said.pattern, said.frames, said.width, said.source) == ("stroke-chin", 18, 256, "simulated")
    assert set(metrics) >= METRICS
    path = clip["path"] if isinstance(clip, dict) else clip
    with av.open(path) as video:
        assert sum(1 for _ in video.decode(video=0)) == 18
        assert "AI-generated" in video.metadata["comment"]
    guessed = Labels.from_json(client.predict(handle_file(path), api_name="/prelabel"))
    assert (guessed.frames, guessed.source) == (18, "predicted")
    verdict = client.predict(handle_file(path), "stroke-chin", api_name="/check")
    assert verdict["pattern"] == "stroke-chin" and 0 <= verdict["sure"] <= 1
    assert verdict["done"] == (verdict["why"] == "") and verdict["sentence"]
    with pytest.raises(AppError, match="the nearest is stroke-chin"):
        client.predict(handle_file(path), "stroke-chn", api_name="/check")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pattern": "poke-left-chek"}, "the nearest is poke-left-cheek"),
        ({"size": 100}, "size must lie between 256 and 1024"),
        ({"engine": "magic"}, "choose physics or interanimate"),
    ],
)
def test_bad_requests_get_a_sentence(client: Client, photo_file: Path, change: dict, sentence: str) -> None:
    asked = {"photo": handle_file(photo_file), "pattern": "poke-nose"} | change
    with pytest.raises(AppError, match=sentence):
        client.predict(**asked, api_name="/generate")


def test_a_file_that_is_no_photo(client: Client, tmp_path: Path) -> None:
    file = tmp_path / "readme.txt"
    file.write_text("hello")
    with pytest.raises(AppError, match="readme.txt is not a photo"):
        client.predict(handle_file(file), "poke-nose", api_name="/generate")
