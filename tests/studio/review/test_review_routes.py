"""The routes of the Review tab: who is asking, what is refused, in which words."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotation import clips, people, queue
from annotation.clips import About
from annotation.errors import DiskFull, Locked, ReadOnly
from annotation.labels import Contact, Labels
from annotation.store import Store
from annotation.values import STRANGER
from model.errors import InputError
from model.request import Request
from studio import answers
from studio.generate import Result
from studio.review import routes as review_routes
from studio.review import sending as review_queue
from studio.review import store as review_store
from studio.review import visitors as review_visitors
from studio.settings import Login, Settings

FRAMES, SIZE = 12, 64
LABELS = Labels(
    "poke-nose", 24, FRAMES, SIZE, SIZE, "predicted", "model", "unreviewed",
    (Contact("c1", "left", "index", "nose_tip", 2, 8),),
)  # fmt: skip


def make_video(path: Path) -> Path:
    import av
    import numpy as np

    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=24)
        stream.width = stream.height = SIZE
        stream.pix_fmt = "yuv420p"
        for _ in range(FRAMES):
            picture = np.random.default_rng(len(path.name)).integers(0, 255, (SIZE, SIZE, 3)).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data", auth=(Login("joe", "x", "admin"), Login("anna", "x"), Login("ben", "x")))


@pytest.fixture
def store(settings: Settings, tmp_path: Path) -> Iterator[Store]:
    """A store with two clips."""
    opened = review_store.store_of(settings)
    people.sign_in(opened, "maker", new_role="admin")
    for i in range(2):
        clips.add(opened, "maker", make_video(tmp_path / f"{'x' * i}.mp4"), About("poke-nose"), LABELS)
    yield opened
    opened.close()


@pytest.fixture
def web(settings: Settings, store: Store) -> TestClient:  # noqa: ARG001
    """Somebody's browser: `web.as_("anna", action, body)`."""
    app = Starlette(routes=review_routes.routes(settings))
    app.cookie_id = "k"  # type: ignore[attr-defined]
    app.tokens = {f"token of {login.name}": login.name for login in settings.auth}  # type: ignore[attr-defined]
    client = TestClient(app)

    def as_(name: str, action: str, body: Any = None, status: int = 200, **headers: str) -> Any:
        cookie = {"cookie": f"access-token-k=token of {name}"} if name else {}
        answer = client.post(f"/studio/review/{action}", json=body or {}, headers=cookie | headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    client.as_ = as_  # type: ignore[attr-defined]
    return client


def draft(claim: dict[str, Any], finger: str = "middle", **fields: Any) -> dict[str, Any]:
    labels = json.loads(json.dumps(claim["labels"]))
    labels["contacts"][0]["finger"] = finger
    kept = {"clip": claim["clip"]["id"], "labels": labels, "seen": claim["seen"], "lease": claim["lease"]}
    return kept | fields


def test_names_come_from_the_session_alone(web: TestClient, store: Store) -> None:
    assert web.as_("", "session", status=401)["error"].startswith("Your login has ended")
    assert web.as_("nobody", "claim", status=401)
    assert web.as_("joe", "session")["role"] == "admin", "whose app it is"
    assert web.as_("anna", "session") == {
        "person": "anna", "role": "annotator", "visitor": False, "mine": [], "sent": [],
    }  # fmt: skip
    claim = web.as_("anna", "claim")
    web.as_("anna", "save", draft(claim, actor="joe"), status=422)
    assert web.as_("anna", "save", draft(claim))["author"] == "anna"
    refused = web.as_("ben", "save", draft(claim, seen=2, lease=""), status=403)
    assert "Claim the clip first" in refused["error"]
    assert web.as_("anna", "claim", {"state": "accepted"}, status=403)
    assert people.find(store, "anna").role == "annotator"


def test_without_a_login_nobody_is_admin_for_where_they_sit(tmp_path: Path) -> None:
    request = SimpleNamespace(app=SimpleNamespace(), cookies={}, scope={}, headers={})
    for settings in (Settings(data=tmp_path), Settings(data=tmp_path, host="0.0.0.0")):
        asking = review_store.caller(request, settings)  # type: ignore[arg-type]
        assert asking == (STRANGER, "annotator")
        assert review_store.sign_in(review_store.store_of(settings), asking).role == "annotator"


def test_on_a_space_names_come_from_hugging_face(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SYSTEM", "spaces")
    monkeypatch.setenv("SPACE_ID", "eva/studio")
    settings = Settings(data=tmp_path)
    session = {"oauth_info": {"userinfo": {"preferred_username": "eva", "orgs": []}}}
    request = SimpleNamespace(
        app=SimpleNamespace(), cookies={}, scope={"session": session}, session=session, headers={}
    )
    store = review_store.store_of(settings)
    asking = review_store.caller(request, settings)  # type: ignore[arg-type]
    assert asking == ("hf:eva", "admin") and review_store.sign_in(store, asking).role == "admin"
    profile = session["oauth_info"]["userinfo"]
    for name, groups, role in (
        ("visitor", [], "annotator"), ("ben", [{"preferred_username": "lab"}], "annotator"),
        ("lu", [{"preferred_username": "lab"}, {"preferred_username": "eva"}], "admin"),
    ):  # fmt: skip
        profile |= {"preferred_username": name, "orgs": groups}
        assert review_store.caller(request, settings) == (f"hf:{name}", role)  # type: ignore[arg-type]
    session["oauth_info"]["expires_at"] = 1
    assert review_store.caller(request, settings) == (STRANGER, "annotator")  # type: ignore[arg-type]


def test_odd_requests_are_refused(web: TestClient) -> None:
    assert web.as_("anna", "delete-everything", status=404)
    assert "labels" in web.as_("anna", "save", {"clip": 1}, status=422)["error"]
    claim = web.as_("anna", "claim")
    bad = draft(claim)
    bad["labels"]["contacts"][0]["start"] = -1
    assert "start" in web.as_("anna", "save", bad, status=422)["error"]
    cookie = {"cookie": "access-token-k=token of anna"}
    answer = web.post("/studio/review/save", content=b"[" * 10_000, headers=cookie)
    assert answer.status_code == 422
    answer = web.post("/studio/review/save", content=b" " * (17 * 2**20), headers=cookie)
    assert (answer.status_code, answer.json()["error"]) == (413, review_routes.TOO_LONG)


def test_a_repeated_save_is_one_revision(web: TestClient) -> None:
    claim = web.as_("anna", "claim")
    body = draft(claim, client="tab", sequence=1)
    assert web.as_("anna", "save", body)["number"] == web.as_("anna", "save", body)["number"] == 2


def test_a_conflict_tells_both_sides_and_their_merge(web: TestClient) -> None:
    claim = web.as_("anna", "claim")
    web.as_("joe", "save", draft(claim, "thumb", lease=""))
    mine = draft(claim, "middle")
    mine["labels"]["contacts"][0]["end"] = 9
    told = web.as_("anna", "save", mine, status=409)
    assert told["error"] == "joe saved revision 2 in between. Yours is kept as revision 3."
    assert told["clashes"] == [{"contact": "c1", "field": "finger", "head": "thumb", "yours": "middle"}]
    merged = told["merged"]["contacts"][0]
    assert (merged["finger"], merged["end"]) == ("thumb", 9)
    answer = {"clip": claim["clip"]["id"], "labels": told["merged"], "yours": 3, "seen": 2, "lease": claim["lease"]}
    assert web.as_("anna", "merge", answer)["number"] == 4
    history = web.as_("anna", "history", {"clip": claim["clip"]["id"]})
    assert [r["kind"] for r in history["revisions"]] == ["merge", "conflict", "draft", "import"]
    assert history["conflicts"] == []


@pytest.mark.parametrize(("error", "status"), [(DiskFull, 507), (ReadOnly, 507), (Locked, 503)])
def test_trouble_with_the_disk_is_said(
    web: TestClient, monkeypatch: pytest.MonkeyPatch, error: type[Exception], status: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error("Nothing was saved.")

    claim = web.as_("anna", "claim")
    monkeypatch.setattr(Store, "write", fail)
    assert web.as_("anna", "save", draft(claim), status=status)["error"] == "Nothing was saved."
    monkeypatch.setattr(Store, "write", lambda _: 1 / 0)
    assert web.as_("anna", "save", draft(claim), status=500)["error"] == answers.OURS


def test_only_an_admin_makes_a_clip_gold(web: TestClient, store: Store) -> None:
    clip = web.as_("anna", "claim")["clip"]["id"]
    assert "admin" in web.as_("anna", "gold", {"clip": clip, "revision": 1}, status=403)["error"]
    assert web.as_("joe", "gold", {"clip": clip, "revision": 1}) == {}
    assert clips.get(store, "maker", clip).gold == 1
    assert web.as_("joe", "gold", {"clip": clip, "revision": 7}, status=404)


def test_filters_are_checked_one_by_one(web: TestClient) -> None:
    assert web.as_("anna", "waiting", {"pattern": "poke-nose", "order": "uncertain"}) == {"waiting": 2}
    assert web.as_("anna", "waiting", {"pattern": "poke-chin"}) == {"waiting": 0}
    assert "order" in web.as_("anna", "waiting", {"order": "best"}, status=422)["error"]
    assert "flagged" in web.as_("anna", "waiting", {"flagged": "yes"}, status=422)["error"]
    assert "colour" in web.as_("anna", "claim", {"colour": "red"}, status=422)["error"]


def test_every_browser_that_is_not_logged_in_is_somebody(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "open", host="0.0.0.0")
    store = review_store.store_of(settings)
    client = TestClient(Starlette(routes=review_routes.routes(settings)))

    def ask(action: str, token: str = "") -> Any:
        return client.post(f"/studio/review/{action}", json={}, headers={"x-studio-visitor": token}).json()

    assert ask("session")["visitor"]
    tokens = [ask("pseudonym")["token"] for _ in range(2)]
    names = [ask("session", token)["person"] for token in tokens]
    assert len({*names, STRANGER}) == 3 and not ask("session", tokens[0])["visitor"]
    assert all(people.find(store, name).role == "annotator" for name in names)
    assert "has a name" in ask("pseudonym", tokens[0])["error"]
    number, _, signature = tokens[0].partition(".")
    for forged in (
        number,
        f"{number}.",
        f"{number}.é",
        f"ffffff.{signature}",
        f"{number}.{signature[:-1]}",
        "é.é",
        ".",
    ):
        assert review_visitors.name_of(settings.data, forged) == STRANGER
    key = settings.data / review_visitors.KEY
    assert key.stat().st_mode & 0o077 == 0
    store.close()


def test_video_in_parts_and_for_members_only(web: TestClient) -> None:
    claim = web.as_("anna", "claim")
    url = f"/studio/clips/{claim['clip']['id']}/video"
    assert web.get(url).status_code == 401
    other = {"cookie": "access-token-k=token of ben"}
    for what in ("video", "track", "hands"):
        refused = web.get(f"/studio/clips/{claim['clip']['id']}/{what}", headers=other)
        assert (refused.status_code, refused.json()["error"]) == (403, "Claim the clip first.")
    cookie = {"cookie": "access-token-k=token of anna"}
    part = web.get(url, headers=cookie | {"range": "bytes=0-99"})
    assert (part.status_code, len(part.content)) == (206, 100)
    assert web.get("/studio/clips/99/video", headers=cookie).status_code == 404


def test_an_outline_is_carried_on_for_who_has_the_clip(web: TestClient) -> None:
    claim = web.as_("anna", "claim")
    body = {"clip": claim["clip"]["id"], "polygon": [[10, 10], [30, 10], [30.5, 30]], "first": 0, "last": 2}
    found = web.as_("anna", "carry", body)["polygons"]
    assert len(found) == 3 and found[0] == body["polygon"]
    web.as_("ben", "carry", body, status=403)
    for wrong in (
        {"last": 10**6},
        {"first": -1},
        {"polygon": [[1, 2]]},
        {"polygon": [[1e300, 2]] * 3},
        {"first": 2, "last": 1},
    ):
        web.as_("anna", "carry", body | wrong, status=422)


def test_sent_to_review_with_the_consent(store: Store, settings: Settings, tmp_path: Path) -> None:
    video, said = make_video(tmp_path / "sent.mp4"), tmp_path / "labels.json"
    LABELS.write(said)
    result = Result(tmp_path / "me.jpg", Request("poke-nose", seed=5), video, said)
    app = SimpleNamespace(cookie_id="k", tokens={"t": "anna"})
    asked = SimpleNamespace(request=SimpleNamespace(app=app, cookies={"access-token-k": "t"}))
    send = review_queue.sender(settings)
    assert send(result, asked)[0].startswith("Clip 3 waits")  # type: ignore[arg-type]
    assert send(result, asked)[0].startswith("It is there already")  # type: ignore[arg-type]
    clip = clips.get(store, "maker", 3)
    assert "confirmed by anna" in clip.consent and clip.provenance["made_with"]["seed"] == 5
    assert queue.count(store, "maker") == 3
    video.unlink()
    with pytest.raises(InputError, match="sent.mp4"):
        send(result, asked)  # type: ignore[arg-type]
