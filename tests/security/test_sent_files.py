"""Files that are sent to be imported: by an admin alone, and none leads out of its folder or fills the disk."""

import io
import json
import stat
import struct
import zipfile
from collections import namedtuple
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from samples import contact, labels, make_video
from starlette.applications import Starlette
from starlette.testclient import TestClient

from annotation import backup, clips
from annotation.errors import BadInput
from annotation.store import Store
from studio import archives, incoming, owner
from studio.archives import unpack
from studio.review import store as review_store
from studio.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data=tmp_path / "data")


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    opened = review_store.store_of(settings)
    yield opened
    opened.close()


@pytest.fixture
def admin(settings: Settings, store: Store) -> TestClient:
    """The browser that opened the owner's link."""
    assert store
    client = TestClient(
        Starlette(routes=[*incoming.routes(settings), *owner.routes(settings)]), base_url="http://127.0.0.1"
    )
    client.get(owner.new_link(settings), follow_redirects=False)
    return client


@pytest.fixture
def video(tmp_path: Path) -> bytes:
    return make_video(tmp_path / "v.mp4").read_bytes()


def send(client: TestClient, name: str, body: bytes, status: int = 200) -> dict[str, Any]:
    """The last line of the answer."""
    answer = client.post("/studio/import", params={"name": name}, content=body)
    assert answer.status_code == status, answer.text
    return dict(json.loads(answer.text.splitlines()[-1]))


def zipped(**files: bytes) -> bytes:
    """An archive; `__` in a name stands for a slash, `_` for a dot."""
    return archive({name.replace("__", "/").replace("_", "."): body for name, body in files.items()})


def archive(files: dict[str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, body in files.items():
            zipped.writestr(name, body)
    return held.getvalue()


def left(store: Store) -> list[str]:
    """What is in the data folder besides what the store keeps."""
    return [path.name for path in store.data.iterdir() if path.name.startswith(".new-")]


def test_a_video_is_a_clip_by_its_own_name(admin: TestClient, store: Store, video: bytes) -> None:
    answer = send(admin, "Käthe at the window.mp4", video)
    assert answer["done"] and answer["words"].startswith("1 clip added")
    clip = clips.get(store, "anonymous", 1)
    assert (clip.file_name, clip.pattern) == ("sent/Käthe at the window.mp4", "none")
    assert backup.check(store, thorough=True) == [] and not left(store)


def test_a_zip_of_videos_with_its_manifest(admin: TestClient, store: Store, video: bytes, tmp_path: Path) -> None:
    other = make_video(tmp_path / "w.mp4", seed=1).read_bytes()
    manifest = b"file_name,pattern,subject\na/v.mp4,poke-chin,ann\nw.mp4,,ben\n"
    body = zipped(films__a__v_mp4=video, films__w_mp4=other, films__manifest_csv=manifest, films__notes_txt=b"x")
    assert send(admin, "films.zip", body)["words"].startswith("2 clips added")
    assert [(c.subject, c.pattern) for c in clips.find(store, "anonymous")] == [("ann", "poke-chin"), ("ben", "none")]
    assert send(admin, "films.zip", body)["words"].endswith("Nothing has changed.") and not left(store)


def test_labels_find_the_clips_that_are_here(admin: TestClient, store: Store, video: bytes) -> None:
    send(admin, "v.mp4", video)
    line = json.dumps({"file_name": "v.mp4", **labels(contact()).to_json()}).encode()
    assert "1 relabelled" in send(admin, "labels.jsonl", line)["words"]
    assert clips.get(store, "anonymous", 1).head == 2


def test_it_takes_an_admin(settings: Settings, store: Store, video: bytes) -> None:
    assert store
    stranger = TestClient(Starlette(routes=incoming.routes(settings)), base_url="http://127.0.0.1")
    assert "takes the role admin" in send(stranger, "v.mp4", video, 403)["error"]
    assert clips.total(store) == 0 and not left(store)


@pytest.mark.parametrize("name", ["", "x", "x.exe", ".mp4", "..", "a/../../.bashrc"])
def test_other_files_are_refused_by_name(admin: TestClient, store: Store, name: str) -> None:
    assert "neither a video" in send(admin, name, b"x", 422)["error"] and not left(store)


def test_a_path_for_a_name_is_its_last_part(admin: TestClient, store: Store, video: bytes) -> None:
    send(admin, "../../../etc/v.mp4", video)
    assert clips.get(store, "anonymous", 1).file_name == "sent/v.mp4"


def test_what_is_no_video_and_no_zip_is_told(admin: TestClient, store: Store) -> None:
    assert "not a video that can be read" in send(admin, "v.mp4", b"nothing")["words"]
    assert "not a zip file" in send(admin, "v.zip", b"nothing")["error"]
    assert clips.total(store) == 0 and not left(store)


def test_too_large_a_file_is_refused_as_it_comes(
    admin: TestClient, store: Store, video: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(incoming, "MOST_BYTES", 100)
    assert "larger than" in send(admin, "v.mp4", video, 422)["error"] and not left(store)


def test_a_place_is_free_again_whatever_happened(admin: TestClient, store: Store, video: bytes) -> None:
    for _ in range(incoming.AT_ONCE + 1):
        send(admin, "v.zip", b"nothing")
        send(admin, "v.exe", b"", 422)
    assert send(admin, "v.mp4", video)["done"] and not left(store)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "out").mkdir()
    return tmp_path / "out"


def put(folder: Path, body: bytes) -> Path:
    path = folder.parent / "a.zip"
    path.write_bytes(body)
    return path


@pytest.mark.parametrize("name", ["../v.mp4", "a/../../v.mp4", "/v.mp4", "\\v.mp4", "C:/v.mp4", "a\\..\\..\\v.mp4"])
def test_a_name_that_leads_out_refuses_all(folder: Path, video: bytes, name: str) -> None:
    with pytest.raises(BadInput, match="leads out"):
        list(unpack(put(folder, archive({"good.mp4": video, name: video})), folder))
    assert not list(folder.rglob("*")) and not (folder.parent / "a.mp4").exists()


def test_links_hidden_files_and_others_are_left(folder: Path, video: bytes) -> None:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w") as made:
        link = zipfile.ZipInfo("link.mp4")
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        made.writestr(link, "/etc/passwd")
        for name in (".hidden.mp4", "__MACOSX/._v.mp4", "run.sh", "a/b/v.mp4"):
            made.writestr(name, video)
    assert list(unpack(put(folder, held.getvalue()), folder)) == [1]
    assert [path.name for path in folder.rglob("*") if path.is_file()] == ["v.mp4"]


def test_a_bomb_is_refused_by_its_list(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = archive({f"{i}.mp4": bytes(2**20) for i in range(20)})
    assert len(bomb) < 2**16
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(archives.shutil, "disk_usage", lambda _: usage(0, 0, archives.LEFT_FREE + 10 * 2**20))
    with pytest.raises(BadInput, match="no room"):
        list(unpack(put(folder, bomb), folder))
    assert not list(folder.iterdir())


def test_a_list_that_lies_about_a_size_is_found_out(folder: Path) -> None:
    body = bytearray(archive({"v.mp4": bytes(2**20)}))
    at = body.rfind(b"PK\x01\x02")
    struct.pack_into("<L", body, at + 24, 10)  # the size after unpacking
    with pytest.raises(BadInput):
        list(unpack(put(folder, bytes(body)), folder))
    assert sum(path.stat().st_size for path in folder.rglob("*")) <= 10


def test_too_many_files_are_refused_before_their_list_is_read(folder: Path) -> None:
    body = bytearray(archive({"v.mp4": b"x"}))
    end = body.rfind(b"PK\x05\x06")
    struct.pack_into("<L", body, end + 12, archives.MOST_LIST + 1)
    with pytest.raises(BadInput, match="list of its files"):
        list(unpack(put(folder, bytes(body)), folder))


def test_more_files_than_are_taken(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archives, "MOST_FILES", 2)
    with pytest.raises(BadInput, match="several archives"):
        list(unpack(put(folder, archive({f"{i}.mp4": b"x" for i in range(3)})), folder))


@pytest.mark.parametrize("cut", [0, 10, 100, -30, -5])
def test_cut_archives_get_a_sentence(folder: Path, video: bytes, cut: int) -> None:
    body = archive({"v.mp4": video, "w.mp4": video})
    with pytest.raises(BadInput, match="zip file"):
        list(unpack(put(folder, body[:cut] if cut else b""), folder))


def test_names_that_meet_on_this_machine_are_refused(folder: Path, video: bytes) -> None:
    with pytest.raises(BadInput, match="same name"):
        list(unpack(put(folder, archive({"a/v.mp4": video, "a//v.mp4": video})), folder))


def test_a_folder_where_a_file_is_gets_a_sentence(folder: Path, video: bytes) -> None:
    with pytest.raises(BadInput):
        list(unpack(put(folder, archive({"a.mp4": video, "a.mp4/v.mp4": video})), folder))
