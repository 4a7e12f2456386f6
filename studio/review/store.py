"""The one open store of the app, and who is asking."""

import logging
import os
import threading
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final, NamedTuple

from gradio.utils import get_space
from starlette.requests import HTTPConnection

from annotation import people
from annotation.errors import StoreError
from annotation.opening import open_store, sweep_store
from annotation.store import Store
from annotation.values import Person, Role
from studio import owner
from studio.review import visitors, withdrawing
from studio.settings import ALONE, Settings

HUB: Final = "hf:"  # before the names of those who logged in at Hugging Face
log = logging.getLogger(__name__)
_opening = threading.Lock()


class NotLoggedIn(Exception):
    """The session has ended, or there was none."""


def store_of(settings: Settings) -> Store:
    """The store of the app's data folder, opened once; raises `StoreError`."""
    with _opening:
        return _open(str(settings.data), os.environ.get("STUDIO_DATABASE_URL"))


@lru_cache(maxsize=8)
def _open(data: str, url: str | None) -> Store:
    store = open_store(data, url)
    with suppress(StoreError):  # of before the last stop; the next one who withdraws a clip does it too
        withdrawing.clean_up(store)
    return store


def sweep(settings: Settings) -> None:
    """Remove what a killed process left in the data folder; what cannot be done now is done the next time."""
    try:
        sweep_store(store_of(settings))
    except StoreError as error:
        log.warning("The data folder could not be swept: %s", error)


class Asking(NamedTuple):
    """Who sent a request, and the role with which they begin where they are new."""

    name: str
    role: Role = "annotator"


def caller(request: HTTPConnection, settings: Settings) -> Asking:
    """Who sent a request: by login, by Hugging Face, by the owner's link, or the browser's; raises `NotLoggedIn`.

    Their names cannot meet: a login has no colon and does not begin with "visitor", a Hub name begins with "hf:".
    """
    if settings.auth:
        return _by_login(request, settings)
    if get_space():
        found = _by_hub(request)
        if found is not None:
            return found
    elif owner.is_owner(request, settings):
        return Asking(ALONE, "admin")
    return Asking(visitors.name_of(settings.data, request.headers.get(visitors.HEADER, "")))


def sign_in(store: Store, asking: Asking) -> Person:
    """The person of who asks, made where they are new. Raises `NotAllowed`."""
    return people.sign_in(store, asking.name, new_role=asking.role)


def _by_login(request: HTTPConnection, settings: Settings) -> Asking:
    app: Any = request.app
    cookies = (f"access-token{kind}-{app.cookie_id}" for kind in ("", "-unsecure"))
    tokens = (request.cookies.get(name) for name in cookies)
    name = next((app.tokens[token] for token in tokens if token in app.tokens), None)
    login = next((login for login in settings.auth if login.name == name), None)
    if login is None:
        raise NotLoggedIn("Your login has ended: log in again. What you did is kept in this browser.")
    return Asking(login.name, login.role)


def _by_hub(request: HTTPConnection) -> Asking | None:
    """Who logged in at Hugging Face; the Space's owner, or a member of the organisation that owns it, is admin."""
    from gradio.oauth import _get_valid_oauth_info_from_session  # the only place that knows expiry

    session = request.session if "session" in request.scope else {}
    profile = (_get_valid_oauth_info_from_session(session) or {}).get("userinfo", {})
    name = profile.get("preferred_username")
    if not name:
        return None
    mine = {name, *(group.get("preferred_username") for group in profile.get("orgs") or [])}
    return Asking(HUB + str(name), "admin" if (get_space() or "").split("/")[0] in mine else "annotator")
