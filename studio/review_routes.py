"""The Review tab's own HTTP routes: JSON in, JSON out, the caller's name always from the session.

POST /studio/review/<action>         one of ACTIONS below
GET  /studio/clips/<id>/video        the clip, /studio/clips/<id>/track the regions in every frame
"""

import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any, Final

import orjson
from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from annotation import clips, difference, errors, queue, revisions
from annotation.labels import MAX_BYTES, LabelError, Labels
from annotation.people import Person
from annotation.queue import Claim
from annotation.records import Revision
from annotation.store import Store
from studio import review_store, review_tracks
from studio.review_bodies import (
    Body,
    Decided,
    Flagged,
    Held,
    Merged,
    Nothing,
    Numbered,
    OfClip,
    Restored,
    Said,
    Saved,
    Skipped,
    Wanted,
)
from studio.review_store import NotLoggedIn
from studio.settings import Settings

log = logging.getLogger(__name__)

OURS: Final = "Something went wrong on our side, and it is in the log."
TOO_LONG: Final = "These labels are too large to be sent."
STATUS: Final[tuple[tuple[type[Exception], int], ...]] = (
    (NotLoggedIn, 401),
    (errors.NotAllowed, 403),
    (errors.NotFound, 404),
    (errors.LeaseLost, 410),
    (errors.BadInput, 422),
    (LabelError, 422),
    (errors.Locked, 503),
    (errors.StoreError, 507),  # full, read-only, damaged: it may be put right, so it is sent again later
)


@dataclass(frozen=True)
class Caller:
    """Who asks, and where."""

    store: Store
    person: Person


def session(caller: Caller, _: Nothing) -> dict[str, Any]:
    """Who the caller is, and the clips that they hold, newest first."""
    held = [claim_json(claim) for claim in queue.mine(caller.store, caller.person.name)]
    shared = caller.person.name == review_store.STRANGER  # several people: what one holds is not another's
    return {"person": caller.person.name, "role": caller.person.role, "shared": shared, "mine": held}


def claim(caller: Caller, body: Wanted) -> dict[str, Any]:
    """The next clip, or `{"clip": null}`."""
    taken = queue.claim(caller.store, caller.person.name, body.filters())
    return claim_json(taken) if taken else {"clip": None}


def waiting(caller: Caller, body: Wanted) -> dict[str, Any]:
    """How many clips wait for the caller."""
    return {"waiting": queue.count(caller.store, caller.person.name, body.filters())}


def reopen(caller: Caller, body: OfClip) -> dict[str, Any]:
    """A certain clip."""
    return claim_json(queue.open_clip(caller.store, caller.person.name, body.clip))


def renew(caller: Caller, body: Held) -> dict[str, Any]:
    """Keep a clip for longer."""
    return {"until": queue.renew(caller.store, caller.person.name, body.clip, body.lease)}


def release(caller: Caller, body: Held) -> dict[str, Any]:
    """Give a clip back."""
    queue.release(caller.store, caller.person.name, body.clip, body.lease)
    return {}


def skip(caller: Caller, body: Skipped) -> dict[str, Any]:
    """Give a clip back and do not get it again."""
    queue.skip(caller.store, caller.person.name, body.clip, body.lease, body.reason)
    return {}


def save(caller: Caller, body: Saved) -> dict[str, Any]:
    """Keep a draft."""
    saved = revisions.save(
        caller.store,
        caller.person.name,
        body.clip,
        Labels.from_json(body.labels),
        seen=body.seen,
        lease=body.lease,
        client=body.client,
        sequence=body.sequence,
    )
    return revision_json(saved)


def decide(caller: Caller, body: Decided) -> dict[str, Any]:
    """Accept, correct, reject."""
    saved = revisions.decide(
        caller.store,
        caller.person.name,
        body.clip,
        Labels.from_json(body.labels),
        body.verdict,
        seen=body.seen,
        lease=body.lease,
        note=body.note,
        seconds=body.seconds,
        client=body.client,
        sequence=body.sequence,
    )
    return revision_json(saved)


def merge(caller: Caller, body: Merged) -> dict[str, Any]:
    """Settle a conflict."""
    labels = Labels.from_json(body.labels)
    name = caller.person.name
    saved = revisions.merge(caller.store, name, body.clip, labels, yours=body.yours, seen=body.seen, lease=body.lease)
    return revision_json(saved)


def restore(caller: Caller, body: Restored) -> dict[str, Any]:
    """An earlier revision as the newest; with its labels."""
    name = caller.person.name
    saved = revisions.restore(caller.store, name, body.clip, body.number, seen=body.seen, lease=body.lease)
    return revision_json(saved, labels=True)


def revision(caller: Caller, body: Numbered) -> dict[str, Any]:
    """A revision with its labels."""
    found = revisions.revision(caller.store, caller.person.name, body.clip, body.number)
    return revision_json(found, labels=True)


def history(caller: Caller, body: OfClip) -> dict[str, Any]:
    """Revisions and events, newest first, and the caller's conflicts that are not settled."""
    name = caller.person.name
    return {
        "revisions": [revision_json(r) for r in revisions.history(caller.store, name, body.clip)],
        "events": [asdict(event) for event in clips.events(caller.store, name, body.clip)],
        "conflicts": [r.number for r in revisions.conflicts(caller.store, name, body.clip)],
    }


def comment(caller: Caller, body: Said) -> dict[str, Any]:
    """Say something about a clip."""
    return asdict(clips.comment(caller.store, caller.person.name, body.clip, body.text, body.revision))


def flag(caller: Caller, body: Flagged) -> dict[str, Any]:
    """Mark a clip for a reviewer."""
    clips.flag(caller.store, caller.person.name, body.clip, body.flagged)
    return {}


Action = Callable[[Caller, Any], dict[str, Any]]
ACTIONS: Final[dict[str, tuple[type[Body], Action]]] = {
    "session": (Nothing, session),
    "claim": (Wanted, claim),
    "waiting": (Wanted, waiting),
    "open": (OfClip, reopen),
    "renew": (Held, renew),
    "release": (Held, release),
    "skip": (Skipped, skip),
    "save": (Saved, save),
    "decide": (Decided, decide),
    "merge": (Merged, merge),
    "restore": (Restored, restore),
    "revision": (Numbered, revision),
    "history": (OfClip, history),
    "comment": (Said, comment),
    "flag": (Flagged, flag),
}


def routes(settings: Settings) -> list[Route]:
    """The routes, for `launch(app_kwargs={"routes": …})`."""

    async def act(request: Request) -> Response:
        known = ACTIONS.get(request.path_params["action"])
        if known is None:
            return _json(404, {"error": "There is no such action."})
        if not from_here(request):
            return _json(403, {"error": "This request came from another site."})
        body = await _body(request)
        if body is None:
            return _json(413, {"error": TOO_LONG})
        return await run_in_threadpool(answer, settings, request, body, *known)

    async def video(request: Request) -> Response:
        return await run_in_threadpool(send_video, settings, request)

    async def track(request: Request) -> Response:
        return await run_in_threadpool(send_track, settings, request)

    return [
        Route("/studio/review/{action}", act, methods=["POST"]),
        Route("/studio/clips/{clip:int}/video", video),
        Route("/studio/clips/{clip:int}/track", track),
    ]


def answer(settings: Settings, request: Request, raw: bytes, model: type[Body], action: Action) -> Response:
    """Do it; whatever goes wrong becomes a status and a sentence."""
    store: Store | None = None
    try:
        caller = _caller(settings, request)
        store = caller.store
        return _json(200, action(caller, model.model_validate(orjson.loads(raw or b"{}"))))
    except orjson.JSONDecodeError:
        return _json(422, {"error": "The request is not JSON."})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        return _json(422, {"error": f"The request cannot be used: {where} {first['msg']}"})
    except errors.Conflict as conflict:
        assert store is not None
        return _json(409, conflict_json(store, conflict))
    except Exception as error:
        return _failed(error)


def send_video(settings: Settings, request: Request) -> Response:
    """The clip's file, in parts where asked."""
    try:
        caller = _caller(settings, request)
        clip = clips.get(caller.store, caller.person.name, request.path_params["clip"])
        path = clips.video_path(caller.store, clip)
        if not path.is_file():
            return _json(404, {"error": "The video of this clip is missing on the server."})
        return FileResponse(path, media_type="video/mp4", headers={"Cache-Control": "private, max-age=604800"})
    except Exception as error:
        return _failed(error)


def send_track(settings: Settings, request: Request) -> Response:
    """Where the regions are in every frame."""
    try:
        caller = _caller(settings, request)
        clip = clips.get(caller.store, caller.person.name, request.path_params["clip"])
        text = review_tracks.track(caller.store, clip.sha256, clips.video_path(caller.store, clip))
        return Response(text, media_type="application/json")
    except Exception as error:
        return _failed(error)


def claim_json(claim: Claim) -> dict[str, Any]:
    """A claim as the page reads it."""
    clip = asdict(claim.clip)
    del clip["provenance"]
    return {
        "kind": claim.kind,
        "lease": claim.lease,
        "until": claim.until,
        "held_by": claim.held_by,
        "clip": clip,
        "seen": claim.seen,
        "labels": claim.labels.to_json(),
        "prelabel": claim.prelabel.to_json() if claim.prelabel is not claim.labels else None,
        "rivals": [revision_json(rival, labels=True) for rival in claim.rivals],
    }


def revision_json(found: Revision, labels: bool = False) -> dict[str, Any]:
    """A revision as the page reads it."""
    fields = {name: value for name, value in vars(found).items() if name != "labels"}
    if labels and found.labels is not None:
        fields["labels"] = found.labels.to_json()
    return fields


def conflict_json(store: Store, conflict: errors.Conflict) -> dict[str, Any]:
    """Both revisions, and both people's changes in one."""
    head, yours = conflict.head, conflict.yours
    fields: dict[str, Any] = {
        "error": str(conflict),
        "head": revision_json(head, labels=True),
        "yours": revision_json(yours, labels=True),
        "lost": yours.parent == head.number,
    }
    if not fields["lost"] and yours.parent is not None:
        base = revisions.revision(store, yours.author, yours.clip_id, yours.parent)
        assert base.labels is not None
        merged = difference.merge(base.labels, head.labels, yours.labels)
        fields["merged"] = merged.labels.to_json()
        fields["clashes"] = [asdict(clash) for clash in merged.clashes]
    return fields


def from_here(request: Request) -> bool:
    """Whether the app's own page sent it: browsers say so, other programs say nothing."""
    return request.headers.get("sec-fetch-site", "same-origin") in ("same-origin", "none")


def _caller(settings: Settings, request: Request) -> Caller:
    name = review_store.caller(request, settings)
    store = review_store.store_of(settings)
    return Caller(store, review_store.sign_in(store, name, settings))


async def _body(request: Request) -> bytes | None:
    """The body, None where it is too long."""
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > MAX_BYTES:
            return None
        parts.append(part)
    return b"".join(parts)


def _failed(error: Exception) -> Response:
    for kind, status in STATUS:
        if isinstance(error, kind):
            return _json(status, {"error": str(error)})
    log.error("A request of the Review tab failed", exc_info=error)
    return _json(500, {"error": OURS})


def _json(status: int, value: Any) -> Response:
    return Response(orjson.dumps(value), status, media_type="application/json")
