"""What visitors leave behind: nothing an hour after they left, and of their photos' metadata nothing even before."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
from gradio_client import Client, handle_file
from PIL import Image
from skimage.data import astronaut

from annotation.opening import open_store
from studio import engine, files, generate, home
from studio.app import build, launch_options
from studio.settings import Settings
from tests.ports import launched

ROOT = Path(__file__).parents[2]
PLACE = b"48 deg 51 min 24 s N"  # as a phone writes into a photo where it was taken
SMALL: dict[str, Any] = {"size": 256, "seconds": 1.5, "fps": 8}
HOUR = 3600


@pytest.fixture
def taken_there(tmp_path: Path) -> Path:
    """A visitor's photo, its place in it."""
    exif = Image.Exif()
    exif[0x8825] = {29: PLACE.decode()}
    exif[0x010E] = PLACE.decode()
    path = tmp_path / "me.jpg"
    Image.fromarray(astronaut()).save(path, quality=95, exif=exif)
    assert PLACE in path.read_bytes()
    return path


def on_disk(wanted: bytes, *places: Path) -> list[Path]:
    """Files in some folders that have these bytes in them."""
    found = []
    for place in places:
        for path in place.rglob("*"):
            if path.is_file() and wanted in path.read_bytes():
                found.append(path)
    return found


@pytest.fixture(scope="module")
def places(studio_url: str) -> Callable[[], list[Path]]:  # noqa: ARG001 (it makes the folder)
    """Where the app may have left something: the temporary folder without what tests and clients keep."""
    mine = Path(os.environ[home.TOLD])
    before = {path.name for path in Path(tempfile.gettempdir()).iterdir()}

    def look() -> list[Path]:
        new = [path for path in Path(tempfile.gettempdir()).iterdir() if path.name not in before]
        return [mine, *(path for path in new if not path.name.startswith("pytest"))]

    return look


def an_hour_passes() -> None:
    """The timer of the app, at the last time it looks within an hour from now."""
    files.sweep(now=time.time() + HOUR - files.EVERY)


def test_an_hour_after_a_visit_nothing_is_left(
    studio_url: str, taken_there: Path, places: Callable[[], list[Path]], tmp_path: Path
) -> None:
    client = Client(studio_url, verbose=False, download_files=str(tmp_path / "downloads"))
    clip, _, _ = client.predict(handle_file(taken_there), "poke-nose", **SMALL, api_name="/generate")
    made = Path(clip["path"] if isinstance(clip, dict) else clip).read_bytes()
    client.predict(handle_file(clip["path"] if isinstance(clip, dict) else clip), api_name="/prelabel")
    assert on_disk(made, *places()) and on_disk(PLACE, *places())
    an_hour_passes()
    for wanted in (PLACE, made, taken_there.read_bytes()[-2000:]):
        assert on_disk(wanted, *places(), tmp_path / "data") == []
    assert [path.name for path in places()[0].iterdir()] == [home.LOCK], "not even folders, which name contents"


def page_visit(photo: Path) -> tuple[Path, generate.Result]:
    """What the page does with a photo: look at it, make a clip, prepare its maps."""
    sent = files.folder() / "me.jpg"
    shutil.copy(photo, sent)
    kept, panel, _ = generate.look_at(None, SimpleNamespace(_data={"path": str(sent)}))  # type: ignore[arg-type]
    assert panel["state"] == "found" and kept is not None
    parts = SimpleNamespace(**{name: name for name in generate.Parts.__dataclass_fields__})
    request = generate.Request("poke-nose", **SMALL)
    *_, clip = engine.steps(kept, request)
    result = generate.finished(parts, kept, request, clip)["result"]  # type: ignore[arg-type]
    assert list(generate.prepare_guidance(result))
    return sent, result


def test_of_a_photo_only_the_picture_is_kept_and_only_while_the_page_is_open(
    studio_url: str,  # noqa: ARG001 (its folders, its warm engine)
    taken_there: Path,
    places: Callable[[], list[Path]],
) -> None:
    sent, result = page_visit(taken_there)
    assert on_disk(PLACE, *places()) == [sent], "beyond the upload"
    assert {path.suffix for path in result.clip.parent.iterdir()} == {".mp4", ".json", ".npz"}
    late = time.time() + HOUR - files.EVERY
    for path in (*result.clip.parent.iterdir(), result.clip.parent, sent, sent.parent, result.photo):
        os.utime(path, (late - 2 * HOUR, late - 2 * HOUR))
    generate.still_there(result.photo, result)
    files.sweep()
    assert not sent.exists() and result.photo.exists() and result.clip.exists(), "the page is open"
    an_hour_passes()
    assert not result.photo.parent.exists() and not result.clip.parent.exists()


def test_others_uploads_of_the_same_photo_outlive_mine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(home.TOLD, str(tmp_path))
    shared = tmp_path / "hash" / "me.jpg"
    shared.parent.mkdir()
    shared.write_bytes(b"x")
    os.utime(shared, (0, 0))
    mine = files.taken(str(shared))  # it is in use from now on
    files.sweep()
    assert shared.exists() and mine.exists()
    (tmp_path / "new").write_bytes(b"x")
    os.utime(shared, (0, 0))
    os.rename(tmp_path / "new", shared)  # as another's upload comes
    files.forget(mine)
    files.sweep()
    assert shared.exists()


@pytest.mark.parametrize("calls", [pytest.param(12, marks=pytest.mark.slow), 4])
def test_calls_at_once_with_the_same_photos_all_get_their_clips(studio_url: str, tmp_path: Path, calls: int) -> None:
    photos = [tmp_path / f"{number}.jpg" for number in range(max(calls // 4, 1))]
    for number, photo in enumerate(photos):
        Image.fromarray(astronaut()[number:]).save(photo, quality=95)
    client = Client(studio_url, verbose=False, download_files=str(tmp_path))

    def call(number: int) -> Path:
        photo = handle_file(photos[number % len(photos)])
        return Path(client.predict(photo, "poke-nose", seed=number, **SMALL, api_name="/generate")[0])

    with ThreadPoolExecutor(calls) as pool:
        clips = list(pool.map(call, range(calls)))
    assert len({clip.read_bytes() for clip in clips}) == calls


LIVING = """
import time
from studio import home
(home.settle() / "me.jpg").write_bytes(b"48 deg 51 min 24 s N")
print(home.settle(), flush=True)
time.sleep(600)
"""


@pytest.fixture
def living(tmp_path: Path) -> Iterator[list[subprocess.Popen[str]]]:
    """Two apps, as far as their files go."""
    environment = {name: value for name, value in os.environ.items() if name != home.TOLD} | {"TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", LIVING]
    apps = [subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    yield apps
    for app in apps:
        app.kill()
        app.wait()


def test_what_a_killed_app_left_goes_as_the_next_one_starts(
    living: list[subprocess.Popen[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folders = [Path((app.stdout and app.stdout.readline() or "").strip()) for app in living]
    assert len(on_disk(PLACE, tmp_path)) == 2
    assert folders[0].parent.stat().st_mode & 0o777 == 0o700, "nobody else on the machine may look"
    living[0].send_signal(signal.SIGKILL)
    living[0].wait()
    monkeypatch.setenv(home.TOLD, str(tmp_path))
    mine = home.settle()
    assert mine.parent == folders[0].parent and mine == home.settle()
    assert not folders[0].exists()
    assert [path.is_relative_to(folders[1]) for path in on_disk(PLACE, tmp_path)] == [True], "a living one's stay"


def test_an_export_can_be_fetched_wherever_the_data_is() -> None:
    """Also outside of the working and the temporary folder."""
    data = Path(tempfile.mkdtemp(dir=Path.home()))
    try:
        settings = Settings(data=data)
        store = open_store(data)
        (store.exports / "native.jsonl").write_text("{}\n")
        (data / "studio.txt").write_text("not for others")
        store.close()
        demo = build(settings)
        url = launched(demo, launch_options(settings))
        assert httpx.get(f"{url}gradio_api/file={data}/exports/native.jsonl").text == "{}\n"
        assert httpx.get(f"{url}gradio_api/file={data}/studio.txt").status_code == 403
        demo.close()
    finally:
        shutil.rmtree(data)
