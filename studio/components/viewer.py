"""The viewer: how far a clip is, the still of its contact, then the clip with its labels drawn over it."""

import base64
import io
import json
import secrets
from pathlib import Path
from typing import Any, Final

import gradio as gr
from PIL import Image

from annotation.labels import Labels, polygon_at
from model.request import Progress
from studio.components import script, template

STAGES: Final = {
    "scan": "Reading the face",
    "motion": "Planning the movement",
    "contact": "Pressing the skin",
    "render": "Rendering the frames",
    "denoise": "Painting hand and skin",
    "label": "Writing the labels",
}


BUSY: Final = "Too many people are waiting just now: try again in a minute."


def viewer() -> gr.HTML:
    """The viewer, empty."""
    return gr.HTML(
        idle(),
        html_template=template("viewer"),
        js_on_load=script("viewer", "player"),
        apply_default_css=False,
        elem_id="viewer",
    )


def idle() -> dict[str, Any]:
    """Viewer value before the first clip, and after a cancelled one."""
    return _value("idle")


def working(progress: Progress, left: float | None) -> dict[str, Any]:
    """Viewer value while a clip is made; `left` seconds are expected."""
    step = "Waiting for a free engine" if progress.stage == "wait" else STAGES.get(progress.stage, progress.stage)
    preview = None if progress.preview is None else _still(progress.preview)
    return _value("working", step=step, fraction=progress.fraction, left=left, preview=preview)


def failed(sentence: str) -> dict[str, Any]:
    """Viewer value when no clip came out: what is wrong and what to do."""
    return _value("failed", message=sentence)


def refused() -> dict[str, Any]:
    """Viewer value when a clip was not even begun; the page ignores it if the visitor cancelled."""
    return _value("failed", message=BUSY, begun=False)


def done(clip: Path, labels: Labels) -> dict[str, Any]:
    """Viewer value with the finished clip and where the hand touches in every frame."""
    return _value("done", video=gr.FileData(path=str(clip)).model_dump(), labels=json.dumps(overlay(labels)))


def overlay(labels: Labels) -> dict[str, Any]:
    """What the player draws: by contact its words, interval and, frame by frame, its polygon in pixels."""
    contacts = []
    for contact in labels.contacts:
        polygons = [polygon_at(contact, frame) for frame in range(contact.start, contact.end + 1)]
        contacts.append(
            {
                "words": f"{contact.finger} → {contact.region.replace('_', ' ')}",
                "start": contact.start,
                "end": contact.end,
                "polygons": [[[round(x, 1), round(y, 1)] for x, y in polygon or ()] for polygon in polygons],
            }
        )
    return {
        "fps": labels.fps,
        "frames": labels.frames,
        "width": labels.width,
        "height": labels.height,
        "contacts": contacts,
    }


def _value(state: str, **fields: Any) -> dict[str, Any]:
    return {"nonce": secrets.token_hex(4), "state": state, **fields}


def _still(picture: Any) -> str:
    file = io.BytesIO()
    Image.fromarray(picture).save(file, "JPEG", quality=85)
    return "data:image/jpeg;base64," + base64.b64encode(file.getvalue()).decode()
