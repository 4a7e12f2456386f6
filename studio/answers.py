"""How our own routes answer: JSON, and for what goes wrong a status and a sentence."""

import logging
from typing import Any, Final

import orjson
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import Response

from annotation import errors
from annotation.labels import LabelError
from model.errors import InputError
from studio.limits import TooMany
from studio.review.store import NotLoggedIn

log = logging.getLogger(__name__)

OURS: Final = "Something went wrong on our side, and it is in the log."
STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (NotLoggedIn, 401),
    (TooMany, 429),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.LeaseLost, 410),
    (errors.BadInput, 422),
    (LabelError, 422),
    (InputError, 422),
    (errors.Locked, 503),
    (errors.StoreError, 507),  # full, read-only, damaged: it may be put right, so it is sent again later
)


def said(status: int, value: Any) -> Response:
    """An answer as JSON."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def failed(error: Exception) -> Response:
    """What went wrong, as a status and a sentence; what is our fault is logged."""
    if isinstance(error, orjson.JSONDecodeError):
        return said(422, {"error": "The request is not JSON."})
    if isinstance(error, ValidationError):
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return said(422, {"error": f"The request cannot be used: {where} {first['msg']}"})
    for kind, status in STATUS:
        if isinstance(error, kind):
            return said(status, {"error": str(error)})
    log.error("A request failed", exc_info=error)
    return said(500, {"error": OURS})


async def body_of(request: Request, most: int) -> bytes | None:
    """The body, None where it is longer than `most` bytes."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > most:
            return None
        parts.append(part)
    return b"".join(parts)
