"""The gallery's HTTP routes: JSON in, JSON out, the caller's name always from the session.

POST /studio/gallery/<action>          one of ACTIONS below
GET  /studio/clips/<id>/thumbnail      the clip's picture, for who may see the clip
GET  /studio/gallery/exports/<name>    a file that `export` wrote (admin)
"""

from collections.abc import Callable
from dataclasses import asdict, fields
from typing import Any, Final

from pydantic import Field, create_model
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from annotation import clips, exporting, forgetting, gallery, people, revisions
from annotation.errors import BadInput, NotFound
from annotation.gallery import PAGE, Wanted
from annotation.store import Store
from annotation.values import is_stranger
from studio.answers import failed
from studio.gallery.thumbnails import thumbnail
from studio.limits import Limits
from studio.review import withdrawing
from studio.review.bodies import Body, Nothing
from studio.review.routes import NOT_KEPT, Action, answered, caller_of
from studio.settings import Settings

_WANTED: Final[dict[str, Any]] = {field.name: (field.type, field.default) for field in fields(Wanted)}
_Wanted: Final = create_model("_Wanted", __base__=Body, **_WANTED)


class Browsed(_Wanted):  # type: ignore[valid-type, misc]
    offset: int = 0
    limit: int = PAGE

    def given(self) -> dict[str, Any]:
        """The filters as one, and which page."""
        said = dict(self)
        page = {name: said.pop(name) for name in ("offset", "limit")}
        return {"wanted": Wanted(**said), **page}


class Chosen(Body):
    """Some clips by number, or all that the filters find."""

    clips: list[int] = Field(default=[], max_length=gallery.MOST_AT_ONCE)
    found: _Wanted | None = None  # type: ignore[valid-type]

    def given(self) -> dict[str, Any]:
        """The fields, the filters as one."""
        return dict(self) | {"found": None if self.found is None else Wanted(**dict(self.found))}


class Assigned(Chosen):
    person: str


class Prioritised(Chosen):
    priority: int


class Flagged(Chosen):
    flagged: bool


class Exported(Chosen):
    format: str


def routes(settings: Settings, limits: Limits) -> list[Route]:
    """The routes, for `launch(app_kwargs={"routes": …})`."""

    async def act(request: Request) -> Response:
        return await answered(settings, request, ACTIONS, limits)

    async def picture(request: Request) -> Response:
        return await run_in_threadpool(send_thumbnail, settings, request)

    async def file(request: Request) -> Response:
        return await run_in_threadpool(send_export, settings, request)

    return [
        Route("/studio/gallery/exports/{name}", file),
        Route("/studio/gallery/{action}", act, methods=["POST"]),
        Route("/studio/clips/{clip:int}/thumbnail", picture),
    ]


def send_thumbnail(settings: Settings, request: Request) -> Response:
    """The clip's picture."""
    try:
        store, name = caller_of(settings, request)
        clip = clips.get(store, name, request.path_params["clip"])
        blind = not people.find(store, name).at_least("reviewer")  # to what others said of it
        shown = clip.prelabel if blind else clip.head
        labels = revisions.revision(store, name, clip.id, shown).labels
        path = thumbnail(store, clip, labels, clips.video_path(store, clip))
        kept = NOT_KEPT if is_stranger(name) else "private, max-age=3600"
        return FileResponse(path, media_type="image/webp", headers={"Cache-Control": kept})
    except Exception as error:
        return failed(error)


def send_export(settings: Settings, request: Request) -> Response:
    """A file of the exports folder."""
    try:
        store, name = caller_of(settings, request)
        exporting.require_admin(store, name)
        wanted = request.path_params["name"]
        path = next((path for path in store.exports.iterdir() if path.name == wanted and path.is_file()), None)
        if path is None:
            raise NotFound("There is no such export any more.")
        return FileResponse(path, filename=path.name, headers={"Cache-Control": NOT_KEPT})
    except Exception as error:
        return failed(error)


def browse(store: Store, actor: str, **asked: Any) -> dict[str, Any]:
    """A page of clips as the page reads it."""
    found = gallery.browse(store, actor, **asked)
    return {"total": found.total, "clips": [asdict(card) for card in found.cards]}


def on_many(act: Callable[..., dict[str, Any]]) -> Callable[..., dict[str, Any]]:
    """An act on clips that are named, or found."""

    def acted(store: Store, actor: str, clips: list[int], found: Wanted | None, **said: Any) -> dict[str, Any]:
        ids = clips if found is None else gallery.numbers(store, actor, found)
        if not ids:
            raise BadInput("Choose clips first.")
        return act(store, actor, ids, **said)

    return acted


def assign(store: Store, actor: str, ids: list[int], person: str) -> dict[str, Any]:
    """Keep them for a person."""
    number = gallery.assign(store, actor, ids, person)
    return {"words": f"{counted(number)} {f'wait for {person}' if person else 'wait for everybody'}."}


def prioritise(store: Store, actor: str, ids: list[int], priority: int) -> dict[str, Any]:
    """Say how soon they are wanted."""
    number = gallery.set_priority(store, actor, ids, priority)
    return {"words": f"{counted(number)} {'have' if number != 1 else 'has'} the priority {priority}."}


def flag(store: Store, actor: str, ids: list[int], flagged: bool) -> dict[str, Any]:
    """Mark them, or not."""
    number = gallery.flag_all(store, actor, ids, flagged)
    return {"words": f"{counted(number)} {'flagged' if flagged else 'no longer flagged'}."}


def export(store: Store, actor: str, ids: list[int], format: str) -> dict[str, Any]:
    """Write their labels to a file."""
    path = exporting.new_place(store, format)
    number = exporting.export(store, actor, path, format, only=ids)
    return {"words": f"{counted(number)} exported as {format}.", "file": path.name}


def delete(store: Store, actor: str, ids: list[int]) -> dict[str, Any]:
    """Delete them for good (admin)."""
    exporting.require_admin(store, actor)
    forgetting.forget(store, actor, ids)
    withdrawing.clean_up(store)
    return {"words": f"{counted(len(ids))} deleted for good."}


def counted(number: int) -> str:
    """So many clips."""
    return f"{number:,} {'clip' if number == 1 else 'clips'}"


ACTIONS: Final[dict[str, Action]] = {
    "browse": Action(Browsed, browse, dict),
    "choices": Action(Nothing, gallery.choices, dict),
    "assign": Action(Assigned, on_many(assign), dict),
    "priority": Action(Prioritised, on_many(prioritise), dict),
    "flag": Action(Flagged, on_many(flag), dict),
    "export": Action(Exported, on_many(export), dict),
    "delete": Action(Chosen, on_many(delete), dict),
}
