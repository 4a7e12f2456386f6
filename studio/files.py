"""Files that pass through the app: uploads on their way in, results on their way out. None is kept.

Whatever lies in the folder of uploads and was not used for `AGE` is deleted; a page that is open says so of its files.
"""

import asyncio
import os
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final

from gradio.utils import get_upload_folder

from model.errors import InputError
from studio import home

LOST: Final = "The upload did not arrive whole: send it again."
PREFIX: Final = "studio-"
AGE: Final = 50 * 60  # s without use; with EVERY it is well within the hour that visitors are promised
EVERY: Final = 5 * 60  # s


def taken(sent: Any) -> Path:
    """An upload, as the page (a path) or a client (FileData) names it, in a folder of its own; or InputError.

    Gradio names uploads by their content, so that others may wait for the same file: it stays, and goes by its age.
    """
    name = sent.get("path") if isinstance(sent, dict) else sent
    if not isinstance(name, str) or "\0" in name:
        raise InputError(LOST)
    path = Path(name).resolve()
    if not (path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file()):
        raise InputError(LOST)
    target = folder() / path.name
    try:
        os.link(path, target)
        os.utime(target)
    except OSError as error:
        forget(target)
        raise InputError(LOST) from error
    return target


def folder() -> Path:
    """A new folder from which the app may serve files."""
    path = Path(get_upload_folder()) / f"{PREFIX}{secrets.token_hex(8)}"
    path.mkdir(parents=True)
    return path


def forget(path: Path | None) -> None:
    """Delete a file of ours with its folder."""
    if path is not None and path.parent.name.startswith(PREFIX):
        shutil.rmtree(path.parent, ignore_errors=True)


def use(path: Path | None) -> None:
    """Say that a file of ours, and what lies beside it, is still in use."""
    if path is not None and path.parent.name.startswith(PREFIX):
        for each in (path.parent, *path.parent.glob("*")):
            with suppress(OSError):
                os.utime(each)


def sweep(age: float = AGE, now: float | None = None) -> None:
    """Delete what was not used in the last `age` seconds, file by file, and the folders that it leaves empty."""
    now = time.time() if now is None else now
    before = now - age
    for path in list(_below(Path(get_upload_folder()))):
        with suppress(OSError):
            used = path.lstat().st_mtime
            if used > now:  # by a clock that was ahead: its time begins now
                os.utime(path, (now, now), follow_symlinks=False)
            if path.name == home.LOCK or used >= before:
                continue
            if path.is_dir() and not path.is_symlink():
                path.rmdir()  # fails where something younger is in it
            else:
                _delete(path, before)


def _below(folder: Path) -> Iterator[Path]:
    """Files and folders in a folder, each after what is in it."""
    with suppress(OSError):
        for entry in list(os.scandir(folder)):
            if entry.is_dir(follow_symlinks=False):
                yield from _below(Path(entry.path))
            yield Path(entry.path)


def _delete(path: Path, before: float) -> None:
    """Delete a file, and its folder if it was the last in it: that has the content's hash for a name."""
    old = path.parent.stat().st_mtime < before
    path.unlink()
    if old and path.parent != Path(get_upload_folder()):
        path.parent.rmdir()


@asynccontextmanager
async def swept(others: Callable[[], None]) -> AsyncIterator[None]:
    """While the app runs: sweep every few minutes, here and where `others` does."""

    async def go_on() -> None:
        while True:
            await asyncio.sleep(EVERY)
            await asyncio.to_thread(sweep)
            await asyncio.to_thread(others)

    task = asyncio.create_task(go_on())
    try:
        yield
    finally:
        task.cancel()
