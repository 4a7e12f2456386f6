"""The review desk's ES modules, served under a version: a new release is never mixed with what a browser kept.

GET /studio/review/desk/<version>/<name>.js
"""

import hashlib
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

FOLDER: Final = Path(__file__).parent / "desk"
PLACE: Final = "studio/review/desk"
KEPT: Final = "public, max-age=31536000, immutable"  # other content has another version


def routes() -> list[Route]:
    """The modules' route."""
    return [Route(f"/{PLACE}/{{version}}/{{name}}", send)]


async def send(request: Request) -> Response:
    """A module of this release; a page of another release gets none."""
    version, scripts = release()
    text = scripts.get(request.path_params["name"])
    if text is None or request.path_params["version"] != version:
        return Response("There is no such script in this release.", 404, media_type="text/plain")
    return Response(text, media_type="text/javascript", headers={"Cache-Control": KEPT})


def address(name: str) -> str:
    """Where a module is, from the app's root."""
    return f"{PLACE}/{release()[0]}/{name}"


@cache
def release() -> tuple[str, dict[str, bytes]]:
    """The version and the modules by name, read once: what is served belongs together."""
    scripts = {path.name: path.read_bytes() for path in sorted(FOLDER.glob("*.js"))}
    content = b"\0".join(part for name, text in scripts.items() for part in (name.encode(), text))
    return hashlib.sha256(content).hexdigest()[:12], scripts


def markup() -> str:
    """The desk's markup, for `html_template`."""
    return (FOLDER / "desk.html").read_text(encoding="utf-8")


def style() -> str:
    """The desk's style."""
    return (FOLDER / "desk.css").read_text(encoding="utf-8")
