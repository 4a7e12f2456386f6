"""The one open store of the app, and who is asking."""

import os
import threading
from functools import lru_cache
from typing import Any, Final

from gradio.utils import get_space
from starlette.requests import HTTPConnection

from annotation import people
from annotation.opening import open_store
from annotation.people import Person
from annotation.store import Store
from studio.review import visitors
from studio.settings import Settings

ALONE: Final = "anonymous"  # the person at the machine on which the app runs, without a login
LOOPBACK: Final = ("127.0.0.1", "localhost", "::1")
_opening = threading.Lock()


class NotLoggedIn(Exception):
    """The session has ended, or there was none."""


def store_of(settings: Settings) -> Store:
    """The store of the app's data folder, opened once; raises `StoreError`."""
    with _opening:
        return _open(str(settings.data), os.environ.get("STUDIO_DATABASE_URL"))


@lru_cache(maxsize=8)
def _open(data: str, url: str | None) -> Store:
    return open_store(data, url)


def caller(request: HTTPConnection, settings: Settings) -> str:
    """The name of who sent a request: by login, by Hugging Face, or the browser's; raises `NotLoggedIn`."""
    app: Any = request.app
    if settings.auth:
        cookies = (f"access-token{kind}-{app.cookie_id}" for kind in ("", "-unsecure"))
        tokens = (request.cookies.get(name) for name in cookies)
        name = next((app.tokens[token] for token in tokens if token in app.tokens), None)
        if name is None:
            raise NotLoggedIn("Your login has ended: log in again. What you did is kept in this browser.")
        return str(name)
    if get_space():
        from gradio.oauth import _get_valid_oauth_info_from_session  # the only place that knows expiry

        session = request.session if "session" in request.scope else {}
        profile = (_get_valid_oauth_info_from_session(session) or {}).get("userinfo", {})
        if profile.get("preferred_username"):
            return str(profile["preferred_username"])
    elif settings.host in LOOPBACK:
        return ALONE
    return visitors.name_of(settings.data, request.headers.get(visitors.HEADER, ""))


def sign_in(store: Store, name: str, settings: Settings) -> Person:
    """The person of a name; a new one begins as annotator, the app's owner as admin. Raises `NotAllowed`."""
    return people.sign_in(store, name, new_role="admin" if name == _owner(settings) else "annotator")


def _owner(settings: Settings) -> str:
    """Whose app it is: the first of the logins, the Space's author, or the person at the machine."""
    if settings.auth:
        return settings.auth[0][0]
    return (get_space() or "").split("/")[0] or ALONE
