"""From the Generate tab into the review queue, with the consent of the photo's owner."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import gradio as gr

from annotation import clips
from annotation.clips import About
from annotation.errors import NotAllowed, StoreError
from annotation.labels import Labels
from annotation.rights import NAMELESS
from annotation.store import Store
from annotation.values import STRANGER
from model.errors import InputError
from model.request import Request
from studio.generate import AGREED, PARENTS
from studio.review import visitors, withdrawing
from studio.review.store import Asking, NotLoggedIn, caller, sign_in, store_of
from studio.settings import Settings

if TYPE_CHECKING:
    from studio.generate import Result, SendToReview, Withdraw


def send_to_review(
    store: Store, actor: str, video: Path, labels: Labels, request: Request, words: str
) -> tuple[int, bool]:
    """Keep a clip and its labels for review; its id, and False where it was there. Raises `StoreError`.

    With it is kept who confirmed the consent, when, and in which `words`.
    """
    when = datetime.now(UTC).isoformat(timespec="seconds")
    about = About(
        pattern=labels.pattern,
        environment="simulated",
        device=f"{request.engine} engine",
        consent=f"{words}: confirmed by {actor}, {when}",
        provenance={"made_with": vars(request), "sent_by": actor, "consent": {"who": actor, "when": when, "to": words}},
    )
    clip, new = clips.add(store, actor, video, about, labels, file_name=video.name)
    return clip.id, new


def sender(settings: Settings) -> "SendToReview":
    """What the Generate tab calls once the person in the photo agreed."""

    def send(result: "Result", asked: gr.Request, token: str = "") -> tuple[str, int]:
        try:
            store, name = _who(settings, asked, token)
            words = f"{AGREED}; {PARENTS}" if result.child else AGREED
            labels = Labels.read(result.labels)
            number, new = send_to_review(store, name, result.clip, labels, result.request, words)
        except (StoreError, NotLoggedIn) as error:
            raise InputError(str(error)) from error
        except OSError as error:
            raise InputError("The clip is no longer there: generate it again first.") from error
        return (f"Clip {number} waits in the Review tab." if new else f"It is there already, as clip {number}."), number

    return send


def withdrawer(settings: Settings) -> "Withdraw":
    """What the Generate tab calls for who wants a clip back that they sent."""

    def withdraw(number: int, asked: gr.Request, token: str = "") -> str:
        try:
            store, name = _who(settings, asked, token)
            return withdrawing.withdraw(store, name, number)
        except (StoreError, NotLoggedIn) as error:
            raise InputError(str(error)) from error

    return withdraw


def _who(settings: Settings, asked: gr.Request, token: str) -> tuple[Store, str]:
    """The store and the sender's name; of who is not logged in, by the token that their browser keeps."""
    store = store_of(settings)
    assert asked.request is not None
    asking = caller(asked.request, settings)
    if asking.name == STRANGER:
        asking = Asking(visitors.name_of(store.data, token))
        if asking.name == STRANGER:
            raise NotAllowed(NAMELESS)
    return store, sign_in(store, asking).name
