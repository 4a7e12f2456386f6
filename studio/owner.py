"""The admin of an app on one's own machine: a link that opens once, printed at the start, leaves a cookie.

Nobody is admin for where they sit: behind a proxy everybody sits at the machine.
"""

import hmac
import secrets
from html import escape
from pathlib import Path
from typing import Final

from starlette.requests import HTTPConnection, Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from studio.review import visitors
from studio.settings import LOOPBACK, Settings

PLACE: Final = "/studio/admin"
COOKIE: Final = "studio-admin"
KEPT: Final = 90 * 24 * 3600  # s
# What a proxy adds: through one, everybody on the network may be asking.
PROXIED: Final = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip")
USED: Final = "This link was used before, or is of an earlier start: the app prints a new one whenever it is started."
_codes: dict[Path, str] = {}


def is_local(settings: Settings) -> bool:
    """Whether only this machine reaches the app, and nobody logs in."""
    return settings.host in LOOPBACK and not settings.auth


def new_link(settings: Settings) -> str:
    """Path of the link that makes its first visitor admin; those of before are void."""
    code = _codes[settings.data.absolute()] = secrets.token_urlsafe(18)
    return f"{PLACE}?code={code}"


def routes(settings: Settings) -> list[Route]:
    """The link's route."""

    async def enter(request: Request) -> Response:
        code, folder = request.query_params.get("code", ""), settings.data.absolute()
        known = _codes.get(folder, "")
        if not (
            known and is_local(settings) and _direct(request) and hmac.compare_digest(code.encode(), known.encode())
        ):
            return HTMLResponse(f"<p>{escape(USED)}</p>", 403)
        del _codes[folder]
        answer = RedirectResponse("/", 303)
        answer.set_cookie(COOKIE, _ticket(settings), max_age=KEPT, httponly=True, samesite="strict")
        return answer

    return [Route(PLACE, enter)]


def is_owner(request: HTTPConnection, settings: Settings) -> bool:
    """Whether the request is of the browser that opened the link, straight from this machine."""
    sent = request.cookies.get(COOKIE, "")
    return (
        bool(sent)
        and is_local(settings)
        and _direct(request)
        and hmac.compare_digest(sent.encode(), _ticket(settings).encode())
    )


def _direct(request: HTTPConnection) -> bool:
    return request.url.hostname in LOOPBACK and not any(name in request.headers for name in PROXIED)


def _ticket(settings: Settings) -> str:
    """What the cookie holds; only who has the data folder can make it."""
    return visitors.signature(settings.data, "admin of this machine")
