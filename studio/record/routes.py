"""The Record tab's own HTTP routes; whose recordings it is about is by the code that is sent along, or by the login.

POST /studio/record/<action>    one of ACTIONS below; JSON in, JSON out
POST /studio/record/take?…      what was filmed, as it is
GET  /studio/record/take/<id>   the MP4 that was made of it, to whoever filmed it
GET  /studio/record/booth/…     the page's own modules, by `studio.modules`
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

import orjson
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import FileResponse, Response
from starlette.routing import Route

from annotation import recording, subjects
from annotation.errors import BadInput, NotAllowed, NotFound
from annotation.store import Store
from annotation.subjects import Subject
from annotation.values import is_stranger
from studio import files
from studio.answers import body_of, failed, said
from studio.components.viewer import overlay
from studio.limits import HERE, Limits, address_of
from studio.modules import BOOTH
from studio.record import consent, phrases
from studio.record.bodies import Agreed, Filmed, Nothing, OfTake, Skipped
from studio.record.takes import GONE, Take, Takes
from studio.record.takes import Filmed as Film
from studio.review import withdrawing
from studio.review.bodies import Body
from studio.review.store import caller, sign_in, store_of
from studio.settings import ALONE, Settings

CODE: Final = "x-studio-code"
NOBODY: Final = "-"  # for a code: whoever is logged in, it is somebody else who records
MOST_BYTES: Final = 40_000_000  # of a recording, as of other uploads
MOST_JSON: Final = 10_000
TOO_LARGE: Final = "The recording is larger than 40 MB: choose a smaller picture in the camera's settings."
WHO: Final = "Agree first, or give your code."
OTHER_WORDS: Final = "The words that you agreed to have changed: load the page again."
YOUNG: Final = "Only people of 18 or older can record here."
DONE: Final = "This pattern was recorded already."
WITHDRAWN: Final = "All of it is gone for good: {clips}, their labels and your consent."


class Asked(NamedTuple):
    """A request: by whom, about whom."""

    store: Store
    subject: Subject | None
    login: str | None
    takes: Takes
    limits: Limits
    address: str

    def require(self) -> Subject:
        """The subject; raises `NotAllowed` where nobody has agreed."""
        if self.subject is None:
            raise NotAllowed(WHO)
        return self.subject


@dataclass(frozen=True)
class Action:
    """What is done for a request, with what its body says; its answer as JSON."""

    body: type[Body]
    act: Callable[..., dict[str, Any]]


def routes(settings: Settings, limits: Limits | None = None) -> list[Route]:
    """The routes, for `launch(app_kwargs={"routes": …})`."""
    limits = limits or Limits()
    takes = Takes()

    async def act(request: Request) -> Response:
        action = ACTIONS.get(request.path_params["action"])
        if action is None:
            return said(404, {"error": "There is no such action."})
        raw = await body_of(request, MOST_JSON)
        if raw is None:
            return said(413, {"error": "This is too long."})
        return await run_in_threadpool(answer, settings, limits, takes, request, raw, action)

    async def film(request: Request) -> Response:
        try:
            asked = await run_in_threadpool(asked_by, settings, limits, takes, request)
            filmed = await receive(request, asked)
            return await run_in_threadpool(begin, asked, filmed)
        except Exception as error:
            return failed(error)

    async def video(request: Request) -> Response:
        try:
            asked = await run_in_threadpool(asked_by, settings, limits, takes, request)
            take = takes.of(asked.require().name, request.path_params["take"])
            if take.step != "done" or not take.video.is_file():
                raise NotFound(GONE)
            return FileResponse(take.video, media_type="video/mp4", headers={"Cache-Control": "private, no-store"})
        except Exception as error:
            return failed(error)

    return [
        Route("/studio/record/take", film, methods=["POST"]),
        Route("/studio/record/take/{take}", video),
        Route("/studio/record/{action}", act, methods=["POST"]),
        *BOOTH.routes(),
    ]


def answer(settings: Settings, limits: Limits, takes: Takes, request: Request, raw: bytes, action: Action) -> Response:
    """Do it; whatever goes wrong becomes a status and a sentence."""
    try:
        body = action.body.model_validate(orjson.loads(raw or b"{}"))
        asked = asked_by(settings, limits, takes, request)
        return said(200, action.act(asked, **body.given()))
    except Exception as error:
        return failed(error)


def asked_by(settings: Settings, limits: Limits, takes: Takes, request: Request) -> Asked:
    """Whose request it is: the code counts before the login. Raises `NotLoggedIn`, `NotFound`, `TooMany`."""
    asking, store, address = caller(request, settings), store_of(settings), address_of(request.scope)
    login = None if is_stranger(asking.name) or asking.name == ALONE else sign_in(store, asking).name
    code, subject = request.headers.get(CODE, ""), None
    if code and code != NOBODY:
        subject = _by_code(store, limits, address, code)
    elif login is not None and not code:
        subject = subjects.by_login(store, login)
    return Asked(store, subject, login, takes, limits, address)


def _by_code(store: Store, limits: Limits, address: str, code: str) -> Subject:
    """Whose code it is; wrong ones are counted."""
    if address != HERE:
        limits.spend("wrong codes", address)
    subject = subjects.by_code(store, code)
    if address != HERE:
        limits.give_back("wrong codes", address)
    return subject


async def receive(request: Request, asked: Asked) -> Film:
    """What was filmed, in a folder of its own; raises `BadInput`, `TooMany`, ValidationError."""
    said_of_it = Filmed.model_validate(dict(request.query_params))
    subject = asked.require()
    if said_of_it.pattern not in subject.plan:
        raise BadInput("There is no such pattern.")
    path, counted = files.folder() / "recording", asked.address != HERE
    try:
        if counted:
            asked.limits.spend("uploads", asked.address)
        await _write(request, path, asked if counted else None)
    except BaseException:
        files.forget(path)
        raise
    return Film(said_of_it.pattern, said_of_it.environment, said_of_it.device, path, asked.address)


async def _write(request: Request, path: Path, counted: Asked | None) -> None:
    """The body into a file; its bytes count for who is `counted`."""
    size = 0
    with open(path, "wb") as file:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                raise BadInput(TOO_LARGE)
            if counted is not None:
                counted.limits.spend("upload bytes", counted.address, len(part))
            file.write(part)
    if not size:
        raise BadInput("The recording is empty: film it again.")


def begin(asked: Asked, filmed: Film) -> Response:
    """Look at what was filmed; the page asks how far it is."""
    try:
        subject = asked.require()
        if filmed.pattern in subjects.kept(asked.store, subject):
            raise BadInput(DONE)
        return said(200, take_json(asked.takes.begin(subject.name, filmed)))
    except BaseException:
        files.forget(filmed.film)
        raise


def take_json(take: Take) -> dict[str, Any]:
    """How far a take is, and what was seen in it."""
    told = {"take": take.id, "pattern": take.filmed.pattern, "step": take.step, "fraction": round(take.fraction, 3)}
    if take.step == "failed":
        return told | {"error": take.error}
    if take.step != "done" or take.answer is None:
        return told
    verdict = take.answer.verdict
    words = phrases.sentence(verdict, take.crowded)
    return told | {"done": verdict.done, "words": words, "labels": overlay(take.answer.labels)}


def state(asked: Asked) -> dict[str, Any]:
    """Where somebody stands: what they have to record, and what they have recorded."""
    subject = asked.subject
    if subject is None:
        return {"subject": None, "login": asked.login}
    kept = subjects.kept(asked.store, subject)
    left = [pattern for pattern in subject.plan if pattern not in kept and pattern not in subject.skipped]
    return {
        "subject": subject.name,
        "login": asked.login if subject.login else None,
        "agreed": subject.agreed,
        "plan": subject.plan,
        "kept": kept,
        "skipped": [pattern for pattern in subject.skipped if pattern not in kept],
        "next": left[0] if left else None,
    }


def enrol(asked: Asked, version: str, adult: bool) -> dict[str, Any]:
    """Somebody agreed: their code, which is told this once."""
    if version != consent.VERSION:
        raise BadInput(OTHER_WORDS)
    if not adult:
        raise BadInput(YOUNG)
    if asked.address != HERE:
        asked.limits.spend("enrolments", asked.address)
    known = asked.login is not None and subjects.by_login(asked.store, asked.login) is not None
    subject, code = subjects.enrol(asked.store, consent.words(), version, None if known else asked.login)
    return state(asked._replace(subject=subject)) | {"code": code}


def skip(asked: Asked, patterns: list[str]) -> dict[str, Any]:
    """These patterns are not wanted; the others are."""
    subject = subjects.skip(asked.store, asked.require(), patterns)
    return state(asked._replace(subject=subject))


def look(asked: Asked, take: str) -> dict[str, Any]:
    """How far a take is."""
    return take_json(asked.takes.of(asked.require().name, take))


def keep(asked: Asked, take: str) -> dict[str, Any]:
    """The take goes to review."""
    subject = asked.require()
    taken = asked.takes.taken(subject.name, take)
    filmed = taken.filmed
    try:
        assert taken.facts is not None and taken.answer is not None
        if filmed.pattern in subjects.kept(asked.store, subject):
            raise BadInput(DONE)
        if not taken.video.is_file():
            raise NotFound(GONE)
        recording.keep(
            asked.store, subject, taken.video, taken.facts, taken.answer.labels, filmed.environment, filmed.device
        )
    finally:
        files.forget(filmed.film)
    return state(asked)


def drop(asked: Asked) -> dict[str, Any]:
    """The take, if there is one, is deleted."""
    asked.takes.drop(asked.require().name)
    return state(asked)


def withdraw(asked: Asked) -> dict[str, Any]:
    """All of somebody's recordings are deleted, and that they agreed."""
    subject = asked.require()
    asked.takes.drop(subject.name)
    number, backups = withdrawing.withdraw_subject(asked.store, subject.name)
    return {"words": WITHDRAWN.format(clips="1 clip" if number == 1 else f"{number} clips") + backups}


ACTIONS: Final[dict[str, Action]] = {
    "state": Action(Nothing, state),
    "enrol": Action(Agreed, enrol),
    "skip": Action(Skipped, skip),
    "look": Action(OfTake, look),
    "keep": Action(OfTake, keep),
    "drop": Action(Nothing, drop),
    "withdraw": Action(Nothing, withdraw),
}
