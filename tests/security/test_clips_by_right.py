"""Faces in review over HTTP: by right, and gone when they are withdrawn."""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import pytest
from samples import FRAMES, SIZE, make_video
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotation import clips, people, releasing, revisions
from annotation.labels import Labels
from annotation.saving import Submission
from annotation.store import Store
from annotation.values import About
from model.request import Request
from studio import dataset
from studio.generate import AGREED, PARENTS, Result
from studio.review import routes, sending
from studio.review import store as review_store
from studio.settings import Settings

LABELS = Labels("poke-nose", 24, FRAMES, SIZE, SIZE, "simulated", "physics")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", host="0.0.0.0")


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Store]:
    """A store with two clips."""
    opened = review_store.store_of(settings)
    people.sign_in(opened, "maker", new_role="admin")
    for i in range(2):
        clips.add(
            opened, "maker", make_video(tmp_path / f"{i}.mp4", i), About("poke-nose", consent="Eva agreed"), LABELS
        )
    yield opened
    opened.close()


class Visitor:
    """A browser that is not logged in."""

    def __init__(self, settings: Settings) -> None:
        self.client = TestClient(Starlette(routes=routes.routes(settings)))
        self.token = ""
        self.token = self.ask("pseudonym")["token"]

    def headers(self) -> dict[str, str]:
        return {"x-studio-visitor": self.token}

    def ask(self, action: str, status: int = 200, **body: Any) -> Any:
        answer = self.client.post(f"/studio/review/{action}", json=body, headers=self.headers())
        assert answer.status_code == status, answer.text
        return answer.json()

    def get(self, clip: int, what: str = "video") -> Any:
        return self.client.get(f"/studio/clips/{clip}/{what}", headers=self.headers())


def test_no_face_is_had_by_its_number(settings: Settings, store: Store) -> None:
    visitor = Visitor(settings)
    for number in (1, 2, 3, 10**12):
        for what in ("video", "track", "hands"):
            answer = visitor.get(number, what)
            assert (answer.status_code, answer.json()["error"]) == (403, "Claim the clip first.")
        for action in ("history", "open"):
            visitor.ask(action, 403 if action == "history" or number < 3 else 404, clip=number)
    assert visitor.ask("claim") == {"clip": None} and visitor.ask("waiting") == {"waiting": 0}
    releasing.release(store, "maker", clip_ids=[2])
    claim = visitor.ask("claim")
    assert claim["clip"]["id"] == 2 and "Eva" not in str(claim)
    video = visitor.get(2)
    assert video.status_code == 200 and "no-store" in video.headers["cache-control"]
    assert visitor.get(1).status_code == Visitor(settings).get(2).status_code == 403
    assert visitor.client.get("/studio/clips/2/video").status_code == 403, "nobody yet"
    visitor.ask("release", clip=2, lease=claim["lease"])
    assert visitor.get(2).status_code == 403
    visitor.token = "abc.é"
    assert visitor.client.post("/studio/review/session", json={}, headers={"x-studio-visitor": b"abc.\xe9"}).json()[
        "visitor"
    ]


def saving(claim: dict[str, Any], **labels: Any) -> dict[str, Any]:
    """A save of a claim with other labels."""
    return {
        "clip": claim["clip"]["id"], "labels": claim["labels"] | labels, "seen": claim["seen"], "lease": claim["lease"],
    }  # fmt: skip


def test_who_has_lost_a_clip_does_not_see_what_the_next_one_made_of_it(
    settings: Settings, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Their own is kept, and they are told."""
    releasing.release(store, "maker", clip_ids=[1])
    late, next_one = Visitor(settings), Visitor(settings)
    claim = late.ask("claim")
    with monkeypatch.context() as later:
        later.setattr("time.time", lambda: claim["until"] + 1)
        other = next_one.ask("claim")
        assert other["clip"]["id"] == 1
        next_one.ask("save", **saving(other, pattern="poke-chin"))
        told = late.ask("save", 409, **saving(claim, pattern="pinch-chin"))
        assert set(told) == {"error", "yours", "lost"} and told["lost"] and "poke-chin" not in str(told)
        assert (told["yours"]["number"], told["yours"]["labels"]["pattern"]) == (3, "pinch-chin")
    # It lapsed, nobody took it, and a reviewer saved: they do not hold it either.
    with monkeypatch.context() as later:
        later.setattr("time.time", lambda: other["until"] + 1)
        theirs = Labels.from_json(claim["labels"] | {"pattern": "pinch-nose"})
        revisions.save(store, "maker", 1, Submission(theirs, seen=2))
        told = next_one.ask("save", 409, **saving(other, pattern="stroke-chin") | {"seen": 2})
        assert "head" not in told and told["lost"] and "pinch-nose" not in str(told)


def test_who_holds_a_clip_sees_what_it_is_to_be_merged_with(settings: Settings, store: Store) -> None:
    releasing.release(store, "maker", clip_ids=[1])
    visitor = Visitor(settings)
    claim = visitor.ask("claim")
    theirs = Labels.from_json(claim["labels"] | {"pattern": "poke-chin"})
    revisions.save(store, "maker", 1, Submission(theirs, seen=1))
    told = visitor.ask("save", 409, **saving(claim, pattern="pinch-chin"))
    assert told["head"]["labels"]["pattern"] == "poke-chin" and not told["lost"]


def result(tmp_path: Path, child: bool = False) -> Result:
    LABELS.write(tmp_path / "labels.json")
    video = make_video(tmp_path / "mine.mp4", 7)
    return Result(tmp_path / "me.jpg", Request("poke-nose"), video, tmp_path / "labels.json", child)


def asked() -> Any:
    request = SimpleNamespace(app=SimpleNamespace(), cookies={}, scope={}, headers={})
    return SimpleNamespace(request=request)


@pytest.mark.parametrize("child", [False, True])
def test_consent_says_who_when_and_what(settings: Settings, store: Store, tmp_path: Path, child: bool) -> None:
    visitor = Visitor(settings)
    name = visitor.ask("session")["person"]
    _, number = sending.sender(settings)(result(tmp_path, child), asked(), visitor.token)
    clip = clips.get(store, "maker", number)
    words = f"{AGREED}; {PARENTS}" if child else AGREED
    assert clip.consent.startswith(f"{words}: confirmed by {name}, 20")
    assert clip.provenance["consent"]["who"] == name and clip.provenance["consent"]["to"] == words
    assert not clip.released
    with pytest.raises(Exception, match="no name"):
        sending.sender(settings)(result(tmp_path), asked(), "forged.token")


def test_who_sent_a_clip_withdraws_it(settings: Settings, store: Store, tmp_path: Path) -> None:
    visitor, other = Visitor(settings), Visitor(settings)
    _, number = sending.sender(settings)(result(tmp_path), asked(), visitor.token)
    sha = clips.get(store, "maker", number).sha256
    assert visitor.ask("session")["sent"] == [number] and other.ask("session")["sent"] == []
    assert "who sent" in other.ask("withdraw", 403, clip=number)["error"]
    assert "gone for good" in visitor.ask("withdraw", clip=number)["words"]
    left = [
        p.name for p in settings.data.rglob("*") if p.is_file() and (sha in p.name or sha.encode() in p.read_bytes())
    ]
    assert left == []
    visitor.ask("withdraw", 403, clip=number)
    _, again = sending.sender(settings)(result(tmp_path), asked(), visitor.token)
    assert "gone for good" in sending.withdrawer(settings)(again, asked(), visitor.token)


def test_who_may_not_import_learns_nothing_of_the_disk(settings: Settings, store: Store, tmp_path: Path) -> None:
    """The answer is the same for what is there and what is not."""
    with gr.Blocks() as demo:
        dataset.tab(settings)
    (run,) = (fn.fn for fn in demo.fns.values() if fn.name == "bring_in")
    request = gr.Request(request=asked().request)
    said = {tuple(run(str(place), False, request)) for place in (tmp_path, tmp_path / "x", "", "/etc/passwd")}
    assert len(said) == 1 and "takes the role admin" in said.pop()[0]
    assert store.exports.exists() and not any(store.exports.iterdir())
