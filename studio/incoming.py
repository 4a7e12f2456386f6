"""What an admin sends in the browser: videos, a zip of them, a file of labels. POST /studio/import?name=FILE.

The body is the file, the answer a line of JSON for each step; a page that is closed stops the work, and what was said
to be in stays. What was sent lies in a folder of its own until it is imported, and is gone then.
"""

import logging
import os
import secrets
import shutil
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import orjson
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from annotation import exporting, importing
from annotation.beside import VIDEOS
from annotation.errors import BadInput, DiskFull, StoreError
from annotation.files import new_name
from annotation.names import parts, storable
from annotation.store import Store
from studio import answers
from studio.archives import LEFT_FREE, unpack
from studio.review.routes import caller_of
from studio.settings import Settings

log = logging.getLogger(__name__)

PLACE: Final = "/studio/import"
LABELS: Final = (".csv", ".jsonl", ".json", ".xml")
MOST_BYTES: Final = 16 * 2**30  # of one file that is sent
AT_ONCE: Final = 3  # files that are received or imported
EVERY: Final = 0.3  # s between two lines of the answer
FOLDER: Final = "sent"  # before the names of clips that came so
UNKNOWN: Final = "It is neither a video, nor a zip, nor a file of labels ({suffixes})."
TOO_LARGE: Final = f"It is larger than {MOST_BYTES // 2**30} GB: put it on the server, and name its folder."
BUSY: Final = f"{AT_ONCE} files are being taken in already: wait until one is done."


def routes(settings: Settings) -> list[Route]:
    """The route, for `launch(app_kwargs={"routes": …})`."""
    places = threading.BoundedSemaphore(AT_ONCE)

    async def take(request: Request) -> Response:
        try:
            store, name = await run_in_threadpool(_admin, settings, request)
            file = _named(request.query_params.get("name", ""))
        except Exception as error:
            return answers.failed(error)
        if not places.acquire(blocking=False):
            return answers.said(429, {"error": BUSY})
        folder = new_name(store.data)
        try:
            place = folder / FOLDER / file
            place.parent.mkdir(parents=True)
            await _receive(request, place)
        except BaseException as error:
            places.release()
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, Exception) and not isinstance(error, ClientDisconnect):
                return answers.failed(error)
            raise
        steps = _told(_import(store, name, place), folder, places)
        next(steps)  # from now on it cleans up when it is closed, also where nobody reads the answer
        return StreamingResponse(iterate_in_threadpool(steps), media_type="application/x-ndjson")

    return [Route(PLACE, take, methods=["POST"])]


def said(report: importing.Report) -> str:
    """What an import did; by line its bad rows, and what could not be kept of the others."""
    counts = (
        f"{report.added:,} {'clip' if report.added == 1 else 'clips'} added, {report.relabelled:,} relabelled,"
        f" {report.same:,} here already, {report.failed:,} refused."
        + (f" {report.converted:,} were converted." if report.converted else "")
        + (f" {report.lost:,} things of the others could not be kept." if report.lost else "")
        + (" Nothing has changed." if report.unchanged else "")
    )
    named = sorted([*report.problems, *report.notes], key=lambda problem: problem.line)
    return "\n".join([counts, *(f"{report.each} {problem.line}: {problem.message}" for problem in named[:200])])


def _admin(settings: Settings, request: Request) -> tuple[Store, str]:
    """The store and the admin who asks."""
    store, name = caller_of(settings, request)
    exporting.require_admin(store, name)
    return store, name


def _named(name: str) -> str:
    """The last part of the file's name; raises `BadInput`."""
    last = parts(storable(name))[-1:] or ("",)
    suffix = Path(last[0]).suffix.lower()
    if last[0].startswith(".") or suffix not in (*VIDEOS, *LABELS, ".zip"):
        raise BadInput(UNKNOWN.format(suffixes=", ".join(LABELS)))
    return last[0] if len(last[0].encode()) <= 200 else f"{secrets.token_hex(8)}{suffix}"


async def _receive(request: Request, place: Path) -> None:
    """Write the body to a file, as long as it and the disk allow it."""
    size = 0
    with open(place, "xb") as file:
        async for part in request.stream():
            size += len(part)
            if size > MOST_BYTES:
                raise BadInput(TOO_LARGE)
            if size % 2**26 < len(part) and shutil.disk_usage(place.parent).free < LEFT_FREE:
                raise DiskFull("The disk is nearly full: free some space, then send it again.")
            await run_in_threadpool(file.write, part)


def _import(store: Store, name: str, place: Path) -> Iterator[str]:
    """How far it is, last what was done."""
    source, kind = place, ""
    if place.suffix.lower() == ".zip":
        source = place.with_suffix("")
        source.mkdir()
        for number in unpack(place, source):
            yield f"{number:,} files unpacked"
        place.unlink()
        source = _inner(source)
    elif place.suffix.lower() in VIDEOS:
        source, kind = place.parent, "videos"
    report = importing.Report()
    for report in importing.import_steps(store, name, source, kind):
        yield f"{report.rows:,} read, {report.added:,} added"
    yield said(report)


def _inner(folder: Path) -> Path:
    """The folder that was packed, where it is all that is in the archive."""
    inside = list(folder.iterdir())
    return _inner(inside[0]) if len(inside) == 1 and inside[0].is_dir() else folder


def _told(steps: Iterator[str], folder: Path, places: threading.BoundedSemaphore) -> Iterator[bytes]:
    """The steps as lines of JSON, the last with `done`; the folder goes with it. The first line is none."""
    line, last = "", 0.0
    try:
        yield b""
        for line in steps:
            now = time.monotonic()
            if now - last > EVERY:
                os.utime(folder)  # it is in use
                last = now
                yield orjson.dumps({"words": line}) + b"\n"
        yield orjson.dumps({"words": line, "done": True}) + b"\n"
    except StoreError as error:
        yield orjson.dumps({"error": str(error)}) + b"\n"
    except Exception:
        log.exception("What was sent could not be imported")
        yield orjson.dumps({"error": answers.OURS}) + b"\n"
    finally:
        places.release()
        shutil.rmtree(folder, ignore_errors=True)
