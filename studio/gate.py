"""The gate before everything that is served, Gradio's routes and ours: for which host, to which page, how guarded.

A browser sends its cookies along whoever wrote the page that asks. So a request that names a page of another site is
refused, and so is a host name that is not ours: a foreign name that leads here (DNS rebinding) has our cookies too.
"""

import os
from collections.abc import Awaitable, Callable, MutableMapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlsplit

from gradio.utils import get_space
from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from studio.limits import Limits, Quotas, parsed, refused
from studio.settings import LOOPBACK, Settings

EVERYWHERE: Final = ("0.0.0.0", "::", "")  # hosts that listen at every address of the machine
OTHER_HOST: Final = "This app is not called {host}: its owner can start it with --allow-host {host}."
OTHER_SITE: Final = "This request came from a page of another site, and was not done."
HUB: Final = "https://huggingface.co https://*.hf.space"  # may show a Space in a frame
POLICY: Final = (
    "default-src 'self' data: blob:; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:{scripts};"
    " style-src 'self' 'unsafe-inline'; connect-src 'self' data: blob:{hub}; object-src 'none'; base-uri 'self';"
    " form-action 'self'{hub}; frame-ancestors 'self'{hub}"
)  # Gradio's page has scripts in it and makes functions of text
FRAME_SCRIPT: Final = " https://cdnjs.cloudflare.com"  # by which Gradio fits a Space into the Hub's frame


@dataclass(frozen=True)
class Ours:
    """What the app is called."""

    names: frozenset[str]
    addresses: bool  # any address in digits will do: no foreign name leads to one
    space: bool

    def host(self, host: str) -> bool:
        """Whether a Host header is ours."""
        name = _name(host)
        return name in self.names or (self.addresses and parsed(name) is not None)

    def origin(self, origin: str, host: str) -> bool:
        """Whether an Origin header is that of our own pages: of the same host and port, or of one that was allowed."""
        place = urlsplit(origin).netloc.lower()
        return bool(place) and (place == host.lower() or (place in self.names and place not in LOOPBACK))


def ours(settings: Settings) -> Ours:
    """What the app is called, by its settings and the Space that it runs on."""
    names = {*LOOPBACK, *(name.lower() for name in settings.allow_hosts)}
    if settings.host not in EVERYWHERE:
        names.add(settings.host.lower())
    if os.environ.get("SPACE_HOST"):
        names |= set(os.environ["SPACE_HOST"].lower().split(","))
    return Ours(frozenset(names), settings.host in EVERYWHERE, bool(get_space()))


class Gate:
    """ASGI middleware that stands outside all others."""

    def __init__(self, app: ASGIApp, ours: Ours) -> None:
        self.app = app
        self.ours = ours

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and look after the answer's headers."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        sent = _guarded(send, self.ours)
        status, sentence = refusal(headers, scope.get("method", "GET"), self.ours)
        if not status:
            await self.app(scope, receive, sent)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            await refused(status, sentence)(scope, receive, sent)


def refusal(headers: Headers, method: str, ours: Ours) -> tuple[int, str]:
    """Status and sentence of a request that is not let in; 0 for one that is.

    Browsers say by `Origin` or `Sec-Fetch-Site` whose page asks. Programs say neither, and have no one's cookies. To
    be led here by a link is no harm: such a page can be looked at, not read by who set the link.
    """
    host = headers.get("host", "")
    if not ours.host(host):
        return 421, OTHER_HOST.format(host=_name(host)[:100])
    origin = headers.get("origin")
    if origin is not None:
        return (0, "") if ours.origin(origin, host) else (403, OTHER_SITE)
    linked = headers.get("sec-fetch-mode") == "navigate" and method in ("GET", "HEAD")
    if headers.get("sec-fetch-site", "none") in ("same-origin", "none") or linked:
        return 0, ""
    return 403, OTHER_SITE


def lifespan(settings: Settings, limits: Limits) -> Callable[[Any], Any]:
    """For `launch(app_kwargs={"lifespan": …})`: puts the gate, and the limits, around the app as it starts.

    Middleware that Gradio is given stands inside its own, which answers foreign pages by itself.
    """

    @asynccontextmanager
    async def started(app: Any) -> Any:
        app.user_middleware[:0] = [Middleware(Gate, ours=ours(settings)), Middleware(Quotas, limits=limits)]
        app.middleware_stack = app.build_middleware_stack()
        yield

    return started


def _guarded(send: Send, ours: Ours) -> Callable[[Message], Awaitable[None]]:
    """`send` with the headers by which a browser keeps other sites out; Gradio lets them all in."""

    async def sent(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
            for name, value in _protecting(ours.space).items():
                headers.setdefault(name, value)
            message["headers"] = headers.raw if ours.space else [_own_cookie(*pair) for pair in headers.raw]
        await send(message)

    return sent


def _protecting(space: bool) -> dict[str, str]:
    hub = f" {HUB}" if space else ""
    found = {
        "content-security-policy": POLICY.format(hub=hub, scripts=FRAME_SCRIPT if space else ""),
        "x-content-type-options": "nosniff",
        "referrer-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(self), microphone=(), geolocation=()",
    }
    return found if space else found | {"x-frame-options": "SAMEORIGIN"}


def _own_cookie(name: bytes, value: bytes) -> tuple[bytes, bytes]:
    """A cookie that no other site's page sends along; a Space in the Hub's frame needs them."""
    if name.lower() != b"set-cookie":
        return name, value
    parts = [part for part in value.split(b";") if not part.strip().lower().startswith(b"samesite")]
    return name, b";".join([*parts, b" SameSite=Lax"])


def _name(host: str) -> str:
    """A Host header's name without the port, IPv6 without its brackets."""
    try:
        return (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return ""
