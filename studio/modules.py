"""ES modules of our pages, served under a version: a new release is never mixed with what a browser kept.

GET /studio/review/desk/<version>/<name>.js, and so on: the address is where the folder is.
"""

import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

HERE: Final = Path(__file__).parent
KEPT: Final = "public, max-age=31536000, immutable"  # other content has another version


@dataclass(frozen=True)
class Modules:
    """A folder of modules, with the markup and the style that they work on, which have its name."""

    folder: Path

    @property
    def place(self) -> str:
        """Where they are served, from the app's root."""
        return self.folder.relative_to(HERE.parent).as_posix()

    def routes(self) -> list[Route]:
        """The modules' route."""
        return [Route(f"/{self.place}/{{version}}/{{name}}", self.send)]

    async def send(self, request: Request) -> Response:
        """A module of this release; a page of another release gets none."""
        version, scripts = release(self.folder)
        text = scripts.get(request.path_params["name"])
        if text is None or request.path_params["version"] != version:
            return Response("There is no such script in this release.", 404, media_type="text/plain")
        return Response(text, media_type="text/javascript", headers={"Cache-Control": KEPT})

    def address(self, name: str) -> str:
        """Where a module is, from the app's root."""
        return f"{self.place}/{release(self.folder)[0]}/{name}"

    def markup(self) -> str:
        """The page's markup, for `html_template`."""
        return (self.folder / f"{self.folder.name}.html").read_text(encoding="utf-8")

    def style(self) -> str:
        """The page's style."""
        return (self.folder / f"{self.folder.name}.css").read_text(encoding="utf-8")


@cache
def release(folder: Path) -> tuple[str, dict[str, bytes]]:
    """The version and the modules of a folder by name, read once: what is served belongs together."""
    scripts = {path.name: path.read_bytes() for path in sorted(folder.glob("*.js"))}
    content = b"\0".join(part for name, text in scripts.items() for part in (name.encode(), text))
    return hashlib.sha256(content).hexdigest()[:12], scripts


DESK: Final = Modules(HERE / "review" / "desk")  # where labels are reviewed
BOOTH: Final = Modules(HERE / "record" / "booth")  # where people film themselves
