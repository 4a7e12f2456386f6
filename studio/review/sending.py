"""From the Generate tab into the review queue, with the consent of the photo's owner."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from annotation import clips
from annotation.clips import About
from annotation.errors import StoreError
from annotation.labels import Labels
from annotation.store import Store
from model.errors import InputError
from model.request import Request
from studio.review.store import NotLoggedIn, caller, sign_in, store_of
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.generate import Result, SendToReview


def send_to_review(
    store: Store, actor: str, video: Path, labels: Labels, request: Request, consent: str
) -> tuple[int, bool]:
    """Keep a clip and its labels for review; its id, and False where it was there. Raises `StoreError`."""
    about = About(
        pattern=labels.pattern,
        environment="simulated",
        device=f"{request.engine} engine",
        consent=consent,
        provenance={"made_with": vars(request), "sent_by": actor},
    )
    clip, new = clips.add(store, actor, video, about, labels, file_name=video.name)
    return clip.id, new


def sender(settings: Settings) -> "SendToReview":
    """What the Generate tab calls once the person in the photo agreed."""

    def send(result: "Result", asked: gr.Request) -> str:
        try:
            store = store_of(settings)
            assert asked.request is not None
            name = sign_in(store, caller(asked.request, settings)).name
            when = datetime.now(UTC).isoformat(timespec="seconds")
            who = "the child's parents agreed that it is" if result.child else "agreed to be"
            consent = f"{who} kept and labelled, confirmed by {name}, {when}"
            labels = Labels.read(result.labels)
            number, new = send_to_review(store, name, result.clip, labels, result.request, consent)
        except (StoreError, NotLoggedIn) as error:
            raise InputError(str(error)) from error
        except OSError as error:
            raise InputError("The clip is no longer there: generate it again first.") from error
        return f"Clip {number} waits in the Review tab." if new else f"It is there already, as clip {number}."

    return send
