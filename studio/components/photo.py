"""The photo panel: upload, camera or example, and at once what was found in the photo."""

import base64
import io
import secrets
from typing import Any

import gradio as gr
from PIL import Image

from model.face import FaceCheck
from model.scene import U8
from studio.components import script, template


def photo_panel() -> gr.HTML:
    """The panel; it triggers `photo` with the path of an upload, and `example`."""
    return gr.HTML(
        {"state": "empty"},
        html_template=template("photo"),
        js_on_load=script("photo"),
        apply_default_css=False,
        elem_id="photo",
    )


def found(photo: U8, check: FaceCheck, show: bool = False) -> dict[str, Any]:
    """Panel value: the face's mesh over the photo; `show` sends the picture too, reduced."""
    from mediapipe.python.solutions import face_mesh_connections as mesh  # takes a second to load

    height, width = photo.shape[:2]
    return {
        "nonce": secrets.token_hex(4),
        "state": "found",
        "width": width,
        "height": height,
        "net": _path(check.landmarks, mesh.FACEMESH_TESSELATION),
        "lines": _path(check.landmarks, mesh.FACEMESH_CONTOURS),
        "box": [float(v) for v in check.box],
        "notes": list(check.notes),
        "picture": _data_uri(photo) if show else None,
    }


def refused(message: str) -> dict[str, Any]:
    """Panel value: what is wrong with the photo and what to do."""
    return {"nonce": secrets.token_hex(4), "state": "refused", "message": message}


def _path(points: Any, edges: Any) -> str:
    """SVG path of every edge once."""
    once = {tuple(sorted(edge)) for edge in edges}
    return "".join(
        f"M{points[a][0]:.0f} {points[a][1]:.0f}L{points[b][0]:.0f} {points[b][1]:.0f}" for a, b in sorted(once)
    )


def _data_uri(photo: U8) -> str:
    file = io.BytesIO()
    Image.fromarray(photo).save(file, "JPEG", quality=88)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
