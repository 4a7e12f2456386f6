"""The Review tab's own HTTP routes: JSON in, JSON out, the caller's name always from the session.

POST /studio/review/<action>         one of ACTIONS below
GET  /studio/clips/<id>/video        the clip; /track the regions in every frame, /hands the hands
GET  /studio/review/desk/…           the page's own modules, by `studio.modules`
"""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from annotation import clips, difference, errors, forgetting, leaving, people, queue, revisions
from annotation.labels import MAX_BYTES, MAX_POINTS
from annotation.polygons import Polygon
from annotation.queue import Claim
from annotation.store import Store
from annotation.values import STRANGER, Labelled, Revision, is_stranger
from annotation.video import VideoError
from studio.answers import body_of, failed, said
from studio.limits import HERE, Limits, address_of
from studio.modules import DESK
from studio.review import carrying, hands, tracks, visitors, withdrawing
from studio.review.bodies import (
    Body,
    Carried,
    Decided,
    Flagged,
    Gold,
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
from studio.review.store import caller, sign_in, store_of
from studio.settings import Settings

NOT_KEPT: Final = "private, no-store"  # by a stranger's browser: they see the clip while their lease runs
TOO_LONG: Final = "These labels are too large to be sent."


@dataclass(frozen=True)
class Action:
    """A function of the store, called with the caller's name and what the body says; its result as JSON."""

    body: type[Body]
    act: Callable[..., Any]
    shown: Callable[[Any], dict[str, Any]]


def routes(settings: Settings, limits: Limits | None = None) -> list[Route]:
    """The routes, for `launch(app_kwargs={"routes": …})`."""
    limits = limits or Limits()

    async def act(request: Request) -> Response:
        return await answered(settings, request, ACTIONS, limits)

    async def video(request: Request) -> Response:
        return await run_in_threadpool(send_video, settings, request)

    async def track(request: Request) -> Response:
        return await run_in_threadpool(send_measured, settings, request, tracks.track)

    async def hand(request: Request) -> Response:
        return await run_in_threadpool(send_measured, settings, request, hands.hands)

    return [
        Route("/studio/review/{action}", act, methods=["POST"]),
        Route("/studio/clips/{clip:int}/video", video),
        Route("/studio/clips/{clip:int}/track", track),
        Route("/studio/clips/{clip:int}/hands", hand),
        *DESK.routes(),
    ]


async def answered(settings: Settings, request: Request, actions: dict[str, Action], limits: Limits) -> Response:
    """What the action of the request's path answers."""
    action = actions.get(request.path_params["action"])
    if action is None:
        return said(404, {"error": "There is no such action."})
    body = await body_of(request, MAX_BYTES)
    if body is None:
        return said(413, {"error": TOO_LONG})
    return await run_in_threadpool(answer, settings, request, body, action, limits)


def answer(settings: Settings, request: Request, raw: bytes, action: Action, limits: Limits) -> Response:
    """Do it; whatever goes wrong becomes a status and a sentence."""
    store: Store | None = None
    try:
        store, name = caller_of(settings, request)
        body = action.body.model_validate(orjson.loads(raw or b"{}"))
        count(limits, request, name)
        return said(200, action.shown(action.act(store, name, **body.given())))
    except errors.Conflict as conflict:
        assert store is not None
        return said(409, conflict_json(store, name, conflict))
    except Exception as error:
        return failed(error)


def send_video(settings: Settings, request: Request) -> Response:
    """The clip's file, in parts where asked."""
    try:
        store, name = caller_of(settings, request)
        clip = clips.get(store, name, request.path_params["clip"])
        path = clips.video_path(store, clip)
        if not path.is_file():
            return said(404, {"error": "The video of this clip is missing on the server."})
        kept = NOT_KEPT if is_stranger(name) else "private, max-age=604800"
        return FileResponse(path, media_type="video/mp4", headers={"Cache-Control": kept})
    except Exception as error:
        return failed(error)


def send_measured(settings: Settings, request: Request, measured: Callable[[Store, str, Path], bytes]) -> Response:
    """What is measured in every frame: the regions, or the hands."""
    try:
        store, name = caller_of(settings, request)
        clip = clips.get(store, name, request.path_params["clip"])
        text = measured(store, clip.sha256, clips.video_path(store, clip))
        kept = NOT_KEPT if is_stranger(name) else "private, no-cache"
        return Response(text, media_type="application/json", headers={"Cache-Control": kept})
    except Exception as error:
        return failed(error)


def count(limits: Limits, request: Request, name: str) -> None:
    """Count what a stranger may ask for only so often; raises `TooMany`."""
    action, who = request.path_params["action"], address_of(request.scope)
    if not is_stranger(name):
        return
    if action == "pseudonym" and who != HERE:
        limits.spend("pseudonym", who)
    elif action == "claim":
        limits.spend("claim", name)
        if who != HERE:
            limits.spend("claims here", who)


def carried(store: Store, name: str, clip_id: int, polygon: Polygon, first: int, last: int) -> dict[str, Any]:
    """An outline carried on through the frames of a clip; raises `BadInput`."""
    clip = clips.get(store, name, clip_id)
    if not (3 <= len(polygon) <= MAX_POINTS and 0 <= first <= last < clip.frames):
        raise errors.BadInput("An outline has 3 to 1000 points, and its frames are the clip's.")
    try:
        return {"polygons": carrying.carry(clips.video_path(store, clip), polygon, first, last)}
    except VideoError as error:
        raise errors.BadInput(str(error)) from error


def claim_json(claim: Claim) -> dict[str, Any]:
    """A claim as the page reads it."""
    clip = asdict(claim.clip)
    del clip["provenance"], clip["consent"]  # they name people
    return {
        "kind": claim.kind,
        "lease": claim.lease,
        "until": claim.until,
        "held_by": claim.held_by,
        "clip": clip,
        "seen": claim.seen,
        "labels": claim.labels.to_json(),
        "prelabel": claim.prelabel.to_json() if claim.prelabel is not claim.labels else None,
        "rivals": [labelled_json(rival) for rival in claim.rivals],
    }


def revision_json(found: Revision) -> dict[str, Any]:
    """A revision as the page reads it, without its labels."""
    return {name: value for name, value in vars(found).items() if name != "labels"}


def labelled_json(found: Labelled) -> dict[str, Any]:
    """A revision with its labels."""
    return revision_json(found) | {"labels": found.labels.to_json()}


def conflict_json(store: Store, name: str, conflict: errors.Conflict) -> dict[str, Any]:
    """Both revisions, and both people's changes in one; without the other's for who may not see the clip any more."""
    head, yours = conflict.head, conflict.yours
    fields: dict[str, Any] = {"error": str(conflict), "yours": labelled_json(yours)}
    try:
        clips.get(store, name, yours.clip_id)
    except (errors.NotAllowed, errors.NotFound):
        return fields | {"lost": True}
    fields |= {"head": labelled_json(head), "lost": yours.parent == head.number}
    if not fields["lost"] and yours.parent is not None:
        base = revisions.revision(store, yours.author, yours.clip_id, yours.parent)
        merged = difference.merge(base.labels, head.labels, yours.labels)
        fields["merged"] = merged.labels.to_json()
        fields["clashes"] = [asdict(clash) for clash in merged.clashes]
    return fields


def session(store: Store, name: str) -> dict[str, Any]:
    """Who the caller is, and the clips that they hold, newest first."""
    held = [claim_json(claim) for claim in queue.mine(store, name)]
    person = people.find(store, name)
    sent = forgetting.sent_by(store, name)
    return {"person": name, "role": person.role, "visitor": name == STRANGER, "mine": held, "sent": sent}


def history(store: Store, name: str, clip_id: int) -> dict[str, Any]:
    """Revisions and events, newest first, and the caller's conflicts that are not settled."""
    return {
        "revisions": [revision_json(r) for r in revisions.history(store, name, clip_id)],
        "events": [asdict(event) for event in clips.events(store, name, clip_id)],
        "conflicts": [r.number for r in revisions.conflicts(store, name, clip_id)],
    }


def nothing(_: Any) -> dict[str, Any]:
    """It is done, and there is no more to say."""
    return {}


ACTIONS: Final[dict[str, Action]] = {
    "session": Action(Nothing, session, dict),
    "claim": Action(Wanted, queue.claim, lambda taken: claim_json(taken) if taken else {"clip": None}),
    "waiting": Action(Wanted, queue.count, lambda number: {"waiting": number}),
    "open": Action(OfClip, queue.open_clip, claim_json),
    "renew": Action(Held, queue.renew, lambda until: {"until": until}),
    "leave": Action(Held, leaving.leave, nothing),
    "release": Action(Held, queue.release, nothing),
    "skip": Action(Skipped, queue.skip, nothing),
    "save": Action(Saved, revisions.save, revision_json),
    "decide": Action(Decided, revisions.decide, revision_json),
    "merge": Action(Merged, revisions.merge, revision_json),
    "restore": Action(Restored, revisions.restore, labelled_json),
    "revision": Action(Numbered, revisions.revision, labelled_json),
    "history": Action(OfClip, history, dict),
    "comment": Action(Said, clips.comment, asdict),
    "flag": Action(Flagged, clips.flag, nothing),
    "gold": Action(Gold, clips.set_gold, nothing),
    "carry": Action(Carried, carried, dict),
    "withdraw": Action(OfClip, withdrawing.withdraw, lambda words: {"words": words}),
    "pseudonym": Action(Nothing, visitors.issue, lambda token: {"token": token}),
}


def caller_of(settings: Settings, request: Request) -> tuple[Store, str]:
    """The store, and the name of who asks."""
    asking = caller(request, settings)
    store = store_of(settings)
    return store, sign_in(store, asking).name
