"""The Record tab's routes: whose recordings, what is refused, how much is taken."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from films import film
from skimage.data import astronaut
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotation import clips, subjects
from annotation.store import Store
from annotation.values import SYSTEM
from model.prelabel.check import Verdict
from studio.limits import Limits
from studio.record import consent, phrases, routes, takes
from studio.record.bodies import ENVIRONMENTS
from studio.review import store as review_store
from studio.settings import Settings

ABOUT = {"pattern": "poke-nose", "environment": ENVIRONMENTS[0], "device": "webcam: x\ny"}
ELSEWHERE = ("203.0.113.9", 4000)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", host="0.0.0.0")


@pytest.fixture(autouse=True)
def uploads(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for uploads of the test's own."""
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploads"))
    return tmp_path / "uploads"


@pytest.fixture(autouse=True)
def store(settings: Settings) -> Iterator[Store]:
    opened = review_store.store_of(settings)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A second of a face that nothing touches."""
    path = film(tmp_path_factory.mktemp("still") / "still.mp4", frames=24, size=(512, 512), picture=astronaut())
    return path.read_bytes()


class Person:
    """Somebody's browser."""

    def __init__(self, settings: Settings, limits: Limits | None = None) -> None:
        app = Starlette(routes=routes.routes(settings, limits))
        self.client = TestClient(app, client=ELSEWHERE)
        self.code = ""

    def ask(self, action: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.post(f"/studio/record/{action}", json=body, headers=self.headers())
        assert answer.status_code == status, answer.text
        return answer.json()

    def headers(self) -> dict[str, str]:
        return {"x-studio-code": self.code} if self.code else {}

    def agree(self) -> Any:
        told = self.ask("enrol", version=consent.VERSION, adult=True)
        self.code = told["code"]
        return told

    def send(self, content: bytes, status: int = 200, **about: str) -> Any:
        answer = self.client.post("/studio/record/take", params=ABOUT | about, content=content, headers=self.headers())
        assert answer.status_code == status, answer.text
        return answer.json()

    def seen(self, take: dict[str, Any]) -> Any:
        """The take, once it was looked at."""
        until = time.monotonic() + 120
        while take["step"] not in ("done", "failed") and time.monotonic() < until:
            time.sleep(0.1)
            take = self.ask("look", take=take["take"])
        return take


def test_a_take_is_its_owners_alone_and_in_review_only_when_kept(
    settings: Settings, store: Store, still: bytes
) -> None:
    eva = Person(settings)
    eva.agree()
    take = eva.seen(eva.send(still))
    assert (take["step"], take["done"], take["words"]) == ("done", False, "No touch was seen. Once more?")
    video = f"/studio/record/take/{take['take']}"
    answer = eva.client.get(video, headers=eva.headers())
    assert answer.status_code == 200 and "no-store" in answer.headers["cache-control"]
    mine, eva.code = eva.code, ""
    assert eva.client.get(video).status_code == 403
    eva.agree()
    assert eva.client.get(video, headers=eva.headers()).status_code == 404
    eva.ask("keep", 404, take=take["take"])
    assert clips.find(store, SYSTEM) == []
    eva.code = mine
    assert eva.ask("keep", take=take["take"])["kept"] == ["poke-nose"]
    eva.ask("keep", 404, take=take["take"])
    eva.send(still, 422)
    (clip,) = clips.find(store, SYSTEM)
    assert (clip.device, clip.environment, clip.frames) == ("webcam: x y", ENVIRONMENTS[0], 24)
    assert eva.client.get(video, headers=eva.headers()).status_code == 404


def test_nothing_is_taken_before_consent(settings: Settings, still: bytes) -> None:
    eva = Person(settings)
    assert eva.ask("state") == {"subject": None, "login": None}
    assert eva.send(still, 403)["error"] == routes.WHO
    for action in ("drop", "withdraw"):
        eva.ask(action, 403)
    assert "changed" in eva.ask("enrol", 422, version="1999", adult=True)["error"]
    assert "18" in eva.ask("enrol", 422, version=consent.VERSION, adult=False)["error"]
    eva.code = "0000-0000-0000-0000"
    assert eva.ask("state", 404)["error"] == subjects.UNKNOWN


@pytest.mark.parametrize(
    ("content", "about", "words"),
    [
        (b"", {}, "empty"),
        (b"x" * 40_000_001, {}, "larger than 40 MB"),
        (b"x", {"pattern": "poke-ear"}, "no such pattern"),
        (b"x", {"environment": "<script>"}, "none of those"),
        (b"x", {"device": "x" * 101}, "at most 100"),
        (b"x", {"split": "test"}, "not permitted"),
    ],
    ids=["empty", "large", "pattern", "environment", "device", "more"],
)
def test_what_cannot_be_used_is_refused(
    settings: Settings, uploads: Path, content: bytes, about: dict[str, str], words: str
) -> None:
    eva = Person(settings)
    eva.agree()
    assert words in eva.send(content, 422, **about)["error"]
    assert not list(uploads.glob("*/*"))


def test_what_is_no_film_and_what_is_too_long_fail_with_a_sentence(settings: Settings, tmp_path: Path) -> None:
    eva = Person(settings)
    eva.agree()
    assert eva.seen(eva.send(b"\0" * 1000))["error"].startswith("The recording is not a video that can be read")
    long = film(tmp_path / "long.mp4", frames=400, size=(64, 64), picture=astronaut()[:64, :64]).read_bytes()
    assert eva.seen(eva.send(long))["error"].startswith("The recording is longer than 10 s")


def test_uploads_enrolments_and_wrong_codes_are_limited(settings: Settings) -> None:
    limits = Limits()
    eva = Person(settings, limits)
    for _ in range(20):
        eva.code = ""
        eva.agree()
    eva.code = ""
    assert "come back" in eva.ask("enrol", 429, version=consent.VERSION, adult=True)["error"]
    limits.spend("uploads", ELSEWHERE[0], 60)
    eva.code = ""
    other = Person(settings, Limits())
    other.agree()
    eva.code = other.code
    assert "Too many files" in eva.send(b"x", 429)["error"]
    eva.code = "0000-0000-0000-0000"
    for _ in range(20):
        eva.ask("state", 404)
    assert "wrong codes" in eva.ask("state", 429)["error"]


def test_whoever_leaves_has_no_take_any_more(settings: Settings, still: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(takes, "GONE_S", 0.0)
    eva = Person(settings)
    eva.agree()
    take = eva.send(still)
    until = time.monotonic() + 30
    while time.monotonic() < until:
        answer = eva.client.post("/studio/record/look", json={"take": take["take"]}, headers=eva.headers())
        if answer.status_code == 404:
            break
        time.sleep(0.2)
    assert answer.json()["error"] == takes.GONE


def test_what_was_filmed_is_gone_when_it_is_withdrawn(settings: Settings, uploads: Path, still: bytes) -> None:
    eva = Person(settings)
    eva.agree()
    take = eva.seen(eva.send(still))
    assert list(uploads.glob("*/take.mp4"))
    assert "0 clips" in eva.ask("withdraw")["words"]
    eva.ask("look", 404, take=take["take"])
    assert not list(uploads.glob("*/take.mp4"))


@pytest.mark.parametrize(
    ("verdict", "words"),
    [
        (
            Verdict("pinch-chin", True, 0.9, "", "", "left", ("thumb", "index"), ("chin",)),
            "Thumb and index finger on your chin: done.",
        ),
        (
            Verdict("poke-nose", False, 0.9, "other place", "", "left", ("middle",), ()),
            "Middle finger on your face: that is another place. Once more, on your nose?",
        ),
        (
            Verdict("poke-nose", False, 0.9, "face lost", ""),
            "Your face was not seen: look into the camera. Once more?",
        ),
    ],
)
def test_the_verdict_in_words(verdict: Verdict, words: str) -> None:
    assert phrases.sentence(verdict) == words
    assert phrases.sentence(verdict, others=True) == f"{words} {phrases.OTHERS}"
