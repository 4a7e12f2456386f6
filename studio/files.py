"""Files that pass through the app: uploads on their way in, results on their way out. None is kept."""

import secrets
from pathlib import Path
from typing import Any, Final

from gradio.utils import get_upload_folder

from model.errors import InputError

LOST: Final = "The upload did not arrive whole: send it again."


def uploaded(sent: Any) -> Path:
    """The path of an upload, as the page (a path) or a client (its FileData) names it; or InputError."""
    name = sent.get("path") if isinstance(sent, dict) else sent
    if not isinstance(name, str) or "\0" in name:
        raise InputError(LOST)
    path = Path(name).resolve()
    if not (path.is_relative_to(Path(get_upload_folder()).resolve()) and path.is_file()):
        raise InputError(LOST)
    return path


def forget(path: Path | None) -> None:
    """Delete an upload."""
    if path is not None:
        path.unlink(missing_ok=True)


def folder() -> Path:
    """A new folder for results, from which the app may serve them until it forgets them."""
    path = Path(get_upload_folder()) / f"clip-{secrets.token_hex(8)}"
    path.mkdir(parents=True)
    return path
