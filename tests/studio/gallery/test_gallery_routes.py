"""The gallery over HTTP: by right, in clear words, and a picture that is made once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from samples import contact, labels, make_video
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotation import clips, people
from annotation.store import Store
from annotation.values import About
from annotation.video import picture_at
from studio import owner
from studio.gallery import routes, thumbnails
from studio.gallery.thumbnails import firmest
from studio.limits import Limits
from studio.review import store as review_store
from studio.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Store]:
    opened = review_store.store_of(settings)
    people.sign_in(opened, "maker", new_role="admin")
    for i in range(3):
        video = make_video(tmp_path / f"{i}.mp4", i)
        clips.add(opened, "maker", video, About("poke-left-cheek"), labels(contact()))
    yield opened
    opened.close()


def browser(settings: Settings, owns: bool = True) -> TestClient:
    app = Starlette(routes=[*routes.routes(settings, Limits()), *owner.routes(settings)])
    client = TestClient(app, base_url="http://127.0.0.1")
    if owns:
        client.get(owner.new_link(settings), follow_redirects=False)
    return client


def ask(client: TestClient, action: str, status: int = 200, **body: Any) -> Any:
    answer = client.post(f"/studio/gallery/{action}", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def test_the_owner_finds_changes_exports_and_deletes(settings: Settings, store: Store) -> None:
    client = browser(settings)
    assert ask(client, "choices")["role"] == "admin"
    page = ask(client, "browse", text="2.mp4")
    assert page["total"] == 1 and page["clips"][0]["name"] == "2.mp4"
    assert "consent" not in page["clips"][0] and "provenance" not in page["clips"][0]
    assert ask(client, "flag", clips=[1], flagged=True)["words"] == "1 clip flagged."
    assert ask(client, "assign", found={"text": ""}, person="maker")["words"] == "3 clips wait for maker."
    assert ask(client, "priority", clips=[1, 2], priority=3)["words"] == "2 clips have the priority 3."
    made = ask(client, "export", clips=[2], format="csv")
    text = client.get(f"/studio/gallery/exports/{made['file']}").text
    assert len(text.splitlines()) == 2
    assert ask(client, "delete", clips=[2, 3])["words"] == "2 clips deleted for good."
    assert ask(client, "browse")["total"] == clips.total(store) == 1


@pytest.mark.parametrize(
    ("action", "body"),
    [
        ("browse", {"offset": -1}), ("browse", {"limit": 10**9}), ("browse", {"state": "x"}), ("browse", {"text": 1}),
        ("browse", {"more": 1}), ("assign", {"clips": []}), ("assign", {"clips": ["1"], "person": ""}),
        ("priority", {"clips": [1], "priority": 99}), ("priority", {"clips": [1], "priority": True}),
        ("export", {"clips": [1], "format": "../x"}), ("flag", {"clips": [1]}),
        ("delete", {"clips": [10**15]}), ("assign", {"clips": [1], "person": "nobody"}),
    ],
)  # fmt: skip
def test_hostile_bodies_get_a_sentence(settings: Settings, store: Store, action: str, body: dict[str, Any]) -> None:
    answer = browser(settings).post(f"/studio/gallery/{action}", json=body)
    assert 400 <= answer.status_code < 500 and answer.json()["error"], answer.text
    assert clips.total(store) == 3


@pytest.mark.parametrize("action", list(routes.ACTIONS))
def test_a_stranger_may_nothing(settings: Settings, store: Store, action: str) -> None:
    said = {
        "assign": {"person": ""},
        "priority": {"priority": 1},
        "flag": {"flagged": True},
        "export": {"format": "csv"},
    }
    some = {} if action in ("browse", "choices") else {"clips": [1]}
    ask(browser(settings, owns=False), action, 403, **some, **said.get(action, {}))
    assert clips.total(store) == 3


def test_pictures_are_for_who_may_see_the_clip(settings: Settings, store: Store) -> None:
    path = "/studio/clips/1/thumbnail"
    assert browser(settings, owns=False).get(path).status_code == 403
    client = browser(settings)
    answer = client.get(path)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
    (kept,) = (store.data / "thumbnails").iterdir()
    made = kept.stat().st_mtime_ns
    assert client.get(path).content == answer.content and kept.stat().st_mtime_ns == made
    assert client.get("/studio/clips/99/thumbnail").status_code == 404
    ask(client, "delete", clips=[1])
    assert not list((store.data / "thumbnails").iterdir())


def test_exports_are_had_by_their_name_alone(settings: Settings, store: Store) -> None:
    client = browser(settings)
    (store.data / "secret.txt").write_text("x")
    for name in ("..%2Fsecret.txt", "..%2Fstudio.db", "none.csv", "%00"):
        assert client.get(f"/studio/gallery/exports/{name}").status_code == 404, name
    (store.exports / "a.csv").write_text("x")
    assert client.get("/studio/gallery/exports/a.csv").text == "x"
    assert browser(settings, owns=False).get("/studio/gallery/exports/a.csv").status_code == 403


def test_the_picture_is_of_the_firmest_touch(store: Store) -> None:
    assert firmest(labels()) == 12
    assert firmest(labels(contact(start=4, end=12))) == 8
    two = labels(contact(start=0, end=9, confidence=0.5), contact("c2", start=6, end=20, confidence=0.9))
    assert firmest(two) == 7
    clip = clips.get(store, "maker", 1)
    picture = Image.open(thumbnails.thumbnail(store, clip, two, clips.video_path(store, clip)))
    assert picture.size == (64, 64)
    frame = picture_at(clips.video_path(store, clip), 7, 24.0)
    assert abs(float(frame.mean()) - sum(picture.convert("RGB").resize((1, 1)).getpixel((0, 0))) / 3) < 6
