"""The folder of this process, for what passes through the app; what a killed process left there goes at the next start.

Nobody else on the machine may look into it. While the process lives it holds a lock, which no kill leaves behind.
"""

import atexit
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Final

TOLD: Final = "GRADIO_TEMP_DIR"  # by which Gradio is told where uploads and results go
LOCK: Final = ".lock"
_held: dict[Path, IO[bytes]] = {}  # the folder of this process, and its lock


def settle() -> Path:
    """The folder of this process, made at the first call and told to Gradio; deletes those of processes that died."""
    here = Path(os.environ.get(TOLD, ""))
    if here in _held and here.is_dir():
        return here
    root = _root()
    with _locked(root):
        for left in root.iterdir():
            if left.is_dir() and _is_free(left):
                shutil.rmtree(left, ignore_errors=True)
        home = Path(tempfile.mkdtemp(dir=root)).resolve()
        lock = open(home / LOCK, "wb")  # noqa: SIM115 (held as long as the process lives)
        fcntl.flock(lock, fcntl.LOCK_EX)
    _held[home] = lock
    os.environ[TOLD] = str(home)
    atexit.register(_leave, home, os.getpid())
    return home


def _root() -> Path:
    """Where the folders of all our processes lie: the user's own, within what was told, or the temporary folder."""
    told = Path(os.environ.get(TOLD) or tempfile.gettempdir()).absolute()
    name = f"interanimate-{os.getuid()}"
    root = told.parent if told.parent.name == name else told / name  # told by one of ours that started this one
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    if root.is_symlink() or root.stat().st_uid != os.getuid():  # somebody else's trap
        root = Path(tempfile.mkdtemp(prefix=name))
    root.chmod(0o700)
    return root


@contextmanager
def _locked(root: Path) -> Iterator[None]:
    """One process at a time makes and deletes folders."""
    with open(root / LOCK, "wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _is_free(folder: Path) -> bool:
    """Whether no living process holds a folder's lock."""
    try:
        with open(folder / LOCK, "rb") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return True
    except FileNotFoundError:
        return True
    except OSError:
        return False


def _leave(home: Path, process: int) -> None:
    """Delete the folder as its process ends; not where a copy of the process does."""
    if os.getpid() == process:
        shutil.rmtree(home, ignore_errors=True)
