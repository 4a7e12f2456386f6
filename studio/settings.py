"""What the person who starts the app may choose."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from annotation import console
from annotation.paths import shown, why_not_made, why_not_read
from model.errors import InputError


@dataclass(frozen=True)
class Settings:
    """Where the app listens, where it keeps its data, who may log in."""

    host: str = "127.0.0.1"
    port: int = 7860
    data: Path = Path("data")
    auth: tuple[tuple[str, str], ...] = ()  # (name, password); nobody: no login


def parse(arguments: Sequence[str] | None = None) -> Settings:
    """Settings of a command line, defaults from the environment; InputError for a bad login file."""
    parser = argparse.ArgumentParser(prog="python app.py", description="InterAnimate Studio")
    parser.add_argument("--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=os.environ.get("GRADIO_SERVER_PORT", "7860"))
    parser.add_argument("--data", type=console.path, default=Path(os.environ.get("STUDIO_DATA", "data")), metavar="DIR")
    parser.add_argument("--auth", type=console.path, metavar="FILE", help="who may log in: a line name:password each")
    options = parser.parse_args(arguments)
    if not 0 < options.port < 2**16:
        raise InputError(f"{options.port} is no port: choose one from 1 to {2**16 - 1}.")
    if why := why_not_made(options.data):
        raise InputError(why)
    auth = read_logins(options.auth) if options.auth is not None else ()
    return Settings(options.host, options.port, options.data, auth)


def read_logins(path: Path) -> tuple[tuple[str, str], ...]:
    """Pairs of name and password, one `name:password` a line; InputError names the line that is not."""
    if why := why_not_read(path, "file of logins"):
        raise InputError(why)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"Cannot read the logins in {shown(path)}: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise InputError(f"The logins in {shown(path)} are no UTF-8 text: save them as UTF-8.") from None
    logins: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        name, separator, password = line.partition(":")
        if not (separator and name.strip() and password):
            raise InputError(f"{shown(path)}, line {number}: write name:password.")
        logins[name.strip()] = password
    if not logins:
        raise InputError(f"{shown(path)} has no logins: write a line name:password for each person.")
    return tuple(logins.items())
