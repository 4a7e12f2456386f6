"""The photo panel: upload, camera or example, and at once what was found in the photo."""

import base64
import io
import secrets
from typing import Any, Final

import gradio as gr
from PIL import Image

from model.errors import Box
from model.face import FaceCheck
from model.scene import U8
from studio.components import script, template

SHOWN_SIDE: Final = 1280  # px of the picture in the panel


def photo_panel() -> gr.HTML:
    """The panel; it triggers `photo` with the path of an upload, and `example`."""
    return gr.HTML(
        {"state": "empty"},
        html_template=template("photo"),
        js_on_load=script("photo"),
        apply_default_css=False,
        elem_id="photo",
    )


def found(photo: U8, check: FaceCheck, alt: str = "") -> dict[str, Any]:
    """Panel value: the face's mesh over the photo; `alt` names it where it is not the visitor's own."""
    from mediapipe.python.solutions import face_mesh_connections as mesh  # takes a second to load

    return shown(photo) | {
        "state": "found",
        "net": _path(check.landmarks, mesh.FACEMESH_TESSELATION),
        "lines": _path(check.landmarks, mesh.FACEMESH_CONTOURS),
        "box": [float(v) for v in check.box],
        "notes": list(check.notes),
        "alt": alt,
    }


def refused(message: str, photo: U8 | None = None, place: Box | None = None) -> dict[str, Any]:
    """Panel value: what is wrong with the photo and what to do; `place` is marked on a photo that could be read."""
    picture = {"nonce": secrets.token_hex(4)} if photo is None else shown(photo)
    return picture | {"state": "refused", "message": message, "place": place}


def shown(photo: U8) -> dict[str, Any]:
    """The photo as the engine sees it: browsers turn few of the formats upright, and show not all of them."""
    height, width = photo.shape[:2]
    return {"nonce": secrets.token_hex(4), "width": width, "height": height, "picture": _data_uri(photo)}


def _path(points: Any, edges: Any) -> str:
    """SVG path of every edge once."""
    once = {tuple(sorted(edge)) for edge in edges}
    return "".join(
        f"M{points[a][0]:.0f} {points[a][1]:.0f}L{points[b][0]:.0f} {points[b][1]:.0f}" for a, b in sorted(once)
    )


def _data_uri(photo: U8) -> str:
    """A JPEG of at most SHOWN_SIDE px."""
    picture, file = Image.fromarray(photo), io.BytesIO()
    picture.thumbnail((SHOWN_SIDE, SHOWN_SIDE))
    picture.save(file, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
