"""Files that pass through the app: uploads on their way in, results on their way out. None is kept."""

import secrets
import shutil
import time
from pathlib import Path
from typing import Any, Final

from gradio.utils import get_upload_folder

from model.errors import InputError

LOST: Final = "The upload did not arrive whole: send it again."
PREFIX: Final = "studio-"


def taken(sent: Any) -> Path:
    """An upload, as the page (a path) or a client (FileData) names it, in a folder of its own; or InputError.

    Gradio names uploads by their content: left there, two visitors with the same photo would share one file.
    """
    name = sent.get("path") if isinstance(sent, dict) else sent
    if not isinstance(name, str) or "\0" in name:
        raise InputError(LOST)
    path = Path(name).resolve()
    if not (path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file()):
        raise InputError(LOST)
    target = folder() / path.name
    try:
        return path.rename(target)
    except OSError as error:
        raise InputError(LOST) from error


def folder() -> Path:
    """A new folder from which the app may serve files."""
    path = Path(get_upload_folder()) / f"{PREFIX}{secrets.token_hex(8)}"
    path.mkdir(parents=True)
    return path


def forget(path: Path | None) -> None:
    """Delete a file of ours with its folder."""
    if path is not None and path.parent.name.startswith(PREFIX):
        shutil.rmtree(path.parent, ignore_errors=True)


def sweep(age: float) -> None:
    """Delete folders older than `age` seconds, which a stopped app left behind."""
    for path in Path(get_upload_folder()).glob(f"{PREFIX}*"):
        if path.stat().st_mtime < time.time() - age:
            shutil.rmtree(path, ignore_errors=True)
