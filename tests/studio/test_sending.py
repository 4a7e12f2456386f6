"""From the Generate tab to the review queue, with consent or not at all."""

from pathlib import Path
from types import SimpleNamespace

import gradio as gr
import pytest

from model.errors import InputError
from model.request import Request
from studio import generate
from studio.settings import Settings

RESULT = generate.Result(Path("me.jpg"), Request("poke-nose"), Path("clip.mp4"), Path("labels.json"))


def ids(send_to_review: generate.SendToReview | None) -> set[str]:
    with gr.Blocks() as demo:
        generate.tab(Settings(), send_to_review)
    return {block.elem_id for block in demo.blocks.values() if block.elem_id}


def test_the_button_is_there_only_where_there_is_a_queue() -> None:
    assert "send" not in ids(None)
    assert {"send", "consent"} <= ids(lambda *_: "sent")


def test_nothing_is_sent_without_consent() -> None:
    sent = []
    send = generate.sender(lambda result, *_: (sent.append(result) or "In the queue.", 1))
    with pytest.raises(gr.Error, match="agreed"):
        send(RESULT, False, "", SimpleNamespace())
    assert not sent
    send(RESULT, True, "", SimpleNamespace())
    assert sent == [RESULT]


def test_a_refusal_is_passed_on() -> None:
    def refuse(*_: object) -> str:
        raise InputError("The disk is full.")

    with pytest.raises(gr.Error, match="The disk is full."):
        generate.sender(refuse)(RESULT, True, "", SimpleNamespace())
