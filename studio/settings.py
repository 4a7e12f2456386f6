"""What the person who starts the app may choose."""

import argparse
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NamedTuple

from annotation import console
from annotation.paths import shown, why_not_made, why_not_read
from annotation.values import ROLES, STRANGER, SYSTEM, Role
from model.errors import InputError

ALONE: Final = "anonymous"  # the person at the machine on which the app runs, without a login
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")  # what a machine calls itself


class Login(NamedTuple):
    """Somebody who may log in, and the role with which they begin."""

    name: str
    password: str
    role: Role = "annotator"


@dataclass(frozen=True)
class Settings:
    """Where the app listens and what it is called, where it keeps its data, who may log in."""

    host: str = "127.0.0.1"
    port: int = 7860
    data: Path = Path("data")
    auth: tuple[Login, ...] = ()  # nobody: no login
    allow_hosts: tuple[str, ...] = ()  # names, with the port where it is not the usual one, that lead here too


def parse(arguments: Sequence[str] | None = None) -> Settings:
    """Settings of a command line, defaults from the environment; InputError for a bad login file."""
    parser = argparse.ArgumentParser(prog="python app.py", description="InterAnimate Studio")
    parser.add_argument("--host", default=os.environ.get("GRADIO_SERVER_NAME", "127.0.0.1"))
    parser.add_argument("--port", type=int, default=os.environ.get("GRADIO_SERVER_PORT", "7860"))
    parser.add_argument("--data", type=console.path, default=Path(os.environ.get("STUDIO_DATA", "data")), metavar="DIR")
    parser.add_argument(
        "--auth",
        type=console.path,
        metavar="FILE",
        help="who may log in: a line name:password or name:password:role each; without roles the first is admin",
    )
    parser.add_argument(
        "--allow-host",
        action="append",
        default=None,
        metavar="NAME",
        help="what else the app is called: its name behind a proxy, say",
    )
    options = parser.parse_args(arguments)
    if not 0 < options.port < 2**16:
        raise InputError(f"{options.port} is no port: choose one from 1 to {2**16 - 1}.")
    if why := why_not_made(options.data):
        raise InputError(why)
    auth = read_logins(options.auth) if options.auth is not None else ()
    hosts = options.allow_host or os.environ.get("STUDIO_ALLOW_HOST", "").split(",")
    return Settings(options.host, options.port, options.data, auth, tuple(filter(None, map(str.strip, hosts))))


def read_logins(path: Path) -> tuple[Login, ...]:
    """Logins, one `name:password` or `name:password:role` a line; InputError names the line that is not.

    Where no line has a role, the first is the admin.
    """
    if why := why_not_read(path, "file of logins"):
        raise InputError(why)
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except OSError as error:
        raise InputError(f"Cannot read the logins in {shown(path)}: {error.strerror}.") from error
    except UnicodeDecodeError:
        raise InputError(f"The logins in {shown(path)} are no UTF-8 text: save them as UTF-8.") from None
    logins: dict[str, Login] = {}
    for number, line in enumerate(lines, 1):
        if line.strip():
            login = _login(line, f"{shown(path)}, line {number}")
            logins[login.name] = login
    if not logins:
        raise InputError(f"{shown(path)} has no logins: write a line name:password for each person.")
    first, *others = logins.values()
    if all(login.role == "annotator" for login in logins.values()):
        first = first._replace(role="admin")
    return first, *others


def _login(line: str, where: str) -> Login:
    """The login of a line; a password may have colons in it, but not end in a role's name."""
    name, separator, password = line.partition(":")
    before, _, last = password.rpartition(":")
    role = next((role for role in ROLES if before and role == last.strip()), None)
    if role is not None:
        password = before
    name = name.strip()
    if not (separator and name and password):
        raise InputError(f"{where}: write name:password, or name:password:role.")
    if name.lower().startswith(STRANGER) or name in (ALONE, SYSTEM):
        raise InputError(f"{where}: {name} is what the app calls others: choose another name.")
    return Login(name, password, role or "annotator")
