"""A clip on its way to review while the app is killed or its disk turns read-only: it is there whole, or nowhere."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from samples import FRAMES, SIZE, make_video
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotation import backup, clips, people
from annotation.labels import Labels
from annotation.opening import open_store, sweep_store
from annotation.paths import why_not_made
from annotation.store import Store
from annotation.values import About
from model.errors import InputError
from model.request import Request
from studio.generate import AGREED, Result
from studio.review import routes, sending
from studio.review import store as review_store
from studio.settings import Settings, parse
from tests.disks import mounted, remount
from tests.kills import kills

LABELS = Labels("poke-nose", 24, FRAMES, SIZE, SIZE, "simulated", "physics")
WHO = "visitor abcdef"
TWO_HOURS = 7200


def send(data: Path, video: Path) -> None:
    """What the app does with a clip that a visitor sends."""
    store = open_store(data)
    try:
        people.sign_in(store, WHO, new_role="annotator")
        sending.send_to_review(store, WHO, video, LABELS, Request("poke-nose"), AGREED)
    finally:
        store.close()


def two_hours_pass(data: Path) -> None:
    for path in data.rglob("*"):
        os.utime(path, (time.time() - TWO_HOURS,) * 2)


def left_of(video: Path, data: Path) -> list[str]:
    """Files with the clip in them."""
    content = video.read_bytes()[-500:]
    return [path.name for path in data.rglob("*") if path.is_file() and content in path.read_bytes()]


def test_a_clip_that_is_sent_while_the_app_is_killed(tmp_path: Path) -> None:
    data, video = tmp_path / "data", make_video(tmp_path / "mine.mp4", 7)

    def fresh() -> None:
        shutil.rmtree(data, ignore_errors=True)
        open_store(data).close()

    seen = set()
    for _ in kills(data, lambda: send(data, video), fresh):
        store = open_store(data)
        found = clips.find(store, "system")
        seen.add((len(found), bool(left_of(video, data))))
        for clip in found:
            assert clip.consent.startswith(f"{AGREED}: confirmed by {WHO}") and clips.video_path(store, clip).exists()
        two_hours_pass(data)
        sweep_store(store)  # as the app's timer does
        assert len(left_of(video, data)) == len(found), "a face that nobody could find, and nobody would delete"
        assert backup.check(store, thorough=True) == []
        store.close()
        send(data, video)
        assert len(left_of(video, data)) == 1
    assert {(0, False), (0, True), (1, True)} <= seen


def test_what_an_import_is_about_to_add_stays(tmp_path: Path) -> None:
    """Nobody sweeps what came a moment ago, nor what a clip has."""
    data, video = tmp_path / "data", make_video(tmp_path / "mine.mp4", 7)
    store = open_store(data)
    clip, _ = clips.add(store, "system", video, About("poke-nose"), LABELS)
    young, old = (store.clips / f".adding-{sha}" for sha in ("0" * 64, clip.sha256))
    for mark in (young, old):
        mark.touch()
    young_file = store.clips / f"{'0' * 64}.mp4"
    young_file.write_bytes(b"x")
    os.utime(old, (0, 0))
    sweep_store(store)
    assert young.exists() and young_file.exists() and not old.exists() and clips.video_path(store, clip).exists()
    store.close()


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of its own, where one may be mounted."""
    with mounted(tmp_path / "disk", 16) as folder:
        yield folder


def test_an_app_on_a_read_only_folder_says_so_before_it_starts(disk: Path) -> None:
    remount(disk, "ro")
    for place in (disk, disk / "data"):
        assert "Read-only" in why_not_made(place)
        with pytest.raises(InputError, match="Cannot write .*Read-only file system. Name a folder that is writable"):
            parse(["--data", str(place)])


def test_a_folder_that_turns_read_only_costs_a_sentence(disk: Path, tmp_path: Path) -> None:
    """As a card does that breaks: the app says why it saves nothing, and goes on when it can."""
    settings = Settings(data=disk / "data", host="0.0.0.0")
    store = review_store.store_of(settings)
    people.sign_in(store, "joe", new_role="admin")
    number = clips.add(store, "joe", make_video(tmp_path / "0.mp4"), About("poke-nose"), LABELS)[0].id
    video = make_video(tmp_path / "mine.mp4", 7)
    web = TestClient(Starlette(routes=routes.routes(settings)))
    token = web.post("/studio/review/pseudonym", json={}).json()["token"]

    def ask(action: str, **body: Any) -> Any:
        return web.post(f"/studio/review/{action}", json=body, headers={"x-studio-visitor": token})

    result = Result(tmp_path / "me.jpg", Request("poke-nose"), video, tmp_path / "labels.json")
    LABELS.write(result.labels)
    asked: Any = SimpleNamespace(request=SimpleNamespace(app=SimpleNamespace(), cookies={}, scope={}, headers={}))
    store.close()
    remount(disk, "ro")
    for action in ("session", "claim", "waiting"):
        refused = ask(action)
        assert refused.status_code == 507 and "written" in refused.json()["error"], action
    with pytest.raises(InputError, match="written|read-only"):
        sending.sender(settings)(result, asked, token)
    review_store.sweep(settings)  # the timer goes on
    remount(disk, "rw")
    assert sending.sender(settings)(result, asked, token)[1] == number + 1
    assert backup.check(store) == []
    store.close()


def test_a_second_app_takes_nothing_of_the_firsts(tmp_path: Path) -> None:
    """On the same folder: both sweep."""
    data = tmp_path / "data"
    first: Store = open_store(data)
    second = open_store(data)
    video = make_video(tmp_path / "mine.mp4", 7)
    clip, _ = clips.add(first, "system", video, About("poke-nose"), LABELS)
    two_hours_pass(data)
    sweep_store(second)
    assert clips.video_path(second, clip).exists() and not list(second.clips.glob(".*"))
    first.close()
    second.close()
