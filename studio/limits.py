"""How much one address or one person may ask for, so that one visitor does not stop the rest.

An address is the peer's; behind a proxy on this machine, and on a Space, the last one that the proxy added. Requests
from this machine itself, by no proxy, are its owner's: they are not limited, but for wrong passwords.
"""

import asyncio
import ipaddress
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, NamedTuple

from gradio.utils import get_space
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from studio import engine
from studio.owner import PROXIED

HERE: Final = "this machine"
BEHIND: Final = "a proxy that does not say for whom it asks"
INNER: Final = tuple(
    map(ipaddress.ip_network, ("127.0.0.0/8", "::1/128", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))
)
MOST_KEYS: Final = 8192  # addresses and names that are remembered, the last ones
LOGIN_BYTES: Final = 16_384
JOBS_AT_ONCE: Final = 3  # of an address, that wait or run
JOBS: Final = f"You have {JOBS_AT_ONCE} jobs in the queue already: wait until one is done."
SLOWER: Final = 0.25  # s that each wrong password adds to the next answer
SLOWEST: Final = 2.0  # s
FILE: Final = b"; filename="  # in the head of each file of a form
LOGIN_LONG: Final = "That is too long for a name and a password."


class Rule(NamedTuple):
    """So many in so many seconds, and what is said to who asks for more; {wait} is how long."""

    most: float
    seconds: float
    words: str


RULES: Final = {
    "pseudonym": Rule(20, 3600, "Too many new names from your network: come back in {wait}."),
    "claim": Rule(20, 60, "That were many clips in a short time: go on in {wait}."),
    "claims here": Rule(60, 60, "Too many clips went to your network: go on in {wait}."),
    "wrong, address": Rule(10, 600, "Too many wrong passwords: try again in {wait}."),
    "wrong, name": Rule(20, 900, "Too many wrong passwords for this name: try again in {wait}."),
    "enrolments": Rule(20, 3600, "Too many people began to record from your network: come back in {wait}."),
    "wrong codes": Rule(20, 600, "Too many wrong codes: try again in {wait}."),
    "uploads": Rule(60, 3600, "Too many files from your network: send more in {wait}."),
    "upload bytes": Rule(600e6, 3600, "Your network has sent over 600 MB: send more in {wait}."),
}


class TooMany(Exception):
    """More than a rule allows; the message says when to come back."""


class Limits:
    """What was asked lately, by rule and by whom: a bucket each, that empties with time. Bounded in memory."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.clock = clock
        self._levels: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()  # level, when
        self._known: OrderedDict[tuple[str, str], None] = OrderedDict()  # names that logged in from an address
        self._lock = threading.Lock()

    def spend(self, rule: str, who: str, amount: float = 1) -> float:
        """Count it; the level that is reached. Raises `TooMany`, and counts nothing, where it is more than allowed."""
        most, seconds, words = RULES[rule]
        with self._lock:
            now, level = self._level(rule, who)
            over = level + amount - most
            if over > 1e-9:
                raise TooMany(words.format(wait=spoken(over * seconds / most)))
            self._put(self._levels, (rule, who), (level + amount, now))
        return level + amount

    def give_back(self, rule: str, who: str, amount: float = 1) -> None:
        """It did not count after all."""
        with self._lock:
            now, level = self._level(rule, who)
            self._put(self._levels, (rule, who), (max(level - amount, 0.0), now))

    def remember(self, name: str, who: str) -> None:
        """The name logged in from there: wrong passwords that others try do not shut it out."""
        with self._lock:
            self._put(self._known, (name, who), None)

    def knows(self, name: str, who: str) -> bool:
        """Whether the name logged in from there."""
        return (name, who) in self._known

    def _level(self, rule: str, who: str) -> tuple[float, float]:
        """Now, and how full the bucket is."""
        now = self.clock()
        level, when = self._levels.get((rule, who), (0.0, now))
        return now, max(level - (now - when) * RULES[rule].most / RULES[rule].seconds, 0.0)

    @staticmethod
    def _put(kept: OrderedDict[Any, Any], key: Any, value: Any) -> None:
        kept[key] = value
        kept.move_to_end(key)
        while len(kept) > MOST_KEYS:
            kept.popitem(last=False)


def address_of(scope: Scope | MutableMapping[str, Any]) -> str:
    """Whose request it is, as far as limits go; networks of IPv6 count as one."""
    headers = Headers(scope=scope)
    peer = (scope.get("client") or ("", 0))[0]
    said = [part.strip() for part in ",".join(headers.getlist("x-forwarded-for")).split(",") if part.strip()]
    if get_space():
        outer = [entry for entry in said if not _is_inner(entry)]
        return _network((outer or said or [peer])[-1])
    if not _is_loopback(peer):  # also where the server has put in the last entry by itself
        return _network(peer)
    if said:
        return _network(said[-1])
    return BEHIND if any(name in headers for name in PROXIED) else HERE


def spoken(seconds: float) -> str:
    """How long, in words."""
    if seconds < 60:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return "a minute" if minutes == 1 else f"{minutes} minutes"


def one_of_many(demo: Any) -> None:
    """Let an address have a few jobs in the app's queue at once; to be called after `demo.queue`."""
    push, queue = demo._queue.push, demo._queue

    async def guarded(body: Any, request: Request, username: str | None) -> Any:
        who = address_of(request.scope)
        fn = demo.fns.get(body.fn_index)
        if who != HERE and fn is not None and _is_job(fn.concurrency_id):
            events = queue.event_ids_to_events.values()
            theirs = [e for e in events if e.alive and _is_job(e.concurrency_id) and address_of(e.request.scope) == who]
            if len(theirs) >= JOBS_AT_ONCE:
                return False, JOBS, "error"
        return await push(body=body, request=request, username=username)

    queue.push = guarded


def _is_job(concurrency_id: str | None) -> bool:
    return concurrency_id in (engine.QUEUE, engine.ASIDE)


class Quotas:
    """ASGI middleware before Gradio's own routes of logins and uploads."""

    def __init__(self, app: ASGIApp, limits: Limits) -> None:
        self.app = app
        self.limits = limits

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Count, refuse with 429 and a sentence, or pass on."""
        path = scope.get("path", "").rstrip("/") if scope["type"] == "http" and scope["method"] == "POST" else ""
        try:
            if path.endswith("/login"):
                await self._login(scope, receive, send)
            elif path.endswith("/upload") and address_of(scope) != HERE:
                await self._upload(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        except TooMany as error:
            await refused(429, str(error))(scope, receive, send)

    async def _login(self, scope: Scope, receive: Receive, send: Send) -> None:
        """A wrong password counts, for who sent it and for the name; each makes the next answer slower."""
        body = await _whole(receive, LOGIN_BYTES)
        if body is None:
            await refused(413, LOGIN_LONG)(scope, receive, send)
            return
        who, name = address_of(scope), await _name_in(scope, body)
        level = self.limits.spend("wrong, address", who)
        if not self.limits.knows(name, who):
            try:
                self.limits.spend("wrong, name", name)
            except TooMany:
                self.limits.give_back("wrong, address", who)
                raise

        async def sent(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                if message["status"] < 400:
                    self.limits.give_back("wrong, address", who)
                    if not self.limits.knows(name, who):
                        self.limits.give_back("wrong, name", name)
                    self.limits.remember(name, who)
                else:
                    await asyncio.sleep(min(SLOWER * (level - 1), SLOWEST))
            await send(message)

        await self.app(scope, _again(body, receive), sent)

    async def _upload(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Files and bytes count as they come; where they are too many, the rest is not read."""
        who, stopped, tail = address_of(scope), [], b""
        self.limits.spend("upload bytes", who, 0)
        self.limits.spend("uploads", who, 1)
        self.limits.give_back("uploads", who, 1)

        async def counted() -> MutableMapping[str, Any]:
            nonlocal tail
            message = await receive()
            part = message.get("body", b"")
            try:
                self.limits.spend("upload bytes", who, len(part))
                files = (tail + part).count(FILE)
                if files:
                    self.limits.spend("uploads", who, files)
            except TooMany as error:
                stopped.append(error)
                return {"type": "http.disconnect"}
            tail = part[-len(FILE) + 1 :]
            return message

        async def sent(message: MutableMapping[str, Any]) -> None:
            if not stopped:
                await send(message)

        try:
            await self.app(scope, counted, sent)
        except Exception:
            if not stopped:
                raise
        if stopped:
            raise stopped[0]


def refused(status: int, sentence: str) -> JSONResponse:
    """An answer that Gradio's page and ours understand."""
    return JSONResponse({"error": sentence, "detail": sentence}, status)


async def _whole(receive: Receive, most: int) -> bytes | None:
    """A request's body, None where it is longer."""
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            return None
    return body


def _again(body: bytes, receive: Receive) -> Callable[[], Awaitable[MutableMapping[str, Any]]]:
    """`receive` that begins with a body that was read."""
    left = [{"type": "http.request", "body": body, "more_body": False}]

    async def received() -> MutableMapping[str, Any]:
        return left.pop() if left else await receive()

    return received


async def _name_in(scope: Scope, body: bytes) -> str:
    """The name in a login's form, as Gradio reads it; "" where there is none."""
    try:
        form = await Request(scope, _again(body, _gone)).form()
    except Exception:  # it is no form: Gradio says so
        return ""
    return str(form.get("username", "")).strip()[:100]


async def _gone() -> MutableMapping[str, Any]:
    return {"type": "http.disconnect"}


def _is_loopback(address: str) -> bool:
    found = parsed(address)
    return found is not None and found.is_loopback


def _is_inner(address: str) -> bool:
    found = parsed(address)
    return found is not None and any(found in network for network in INNER if network.version == found.version)


def _network(address: str) -> str:
    """An IPv4 address, or the /64 of an IPv6 one: that is what one line has."""
    found = parsed(address)
    if found is None:
        return address[:64]
    return str(ipaddress.ip_network((found, 64), strict=False)) if found.version == 6 else str(found)


def parsed(address: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    """An address in digits; None for what is none, a name above all."""
    try:
        return ipaddress.ip_address(address)
    except ValueError:
        return None
