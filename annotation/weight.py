"""What a JSON document will weigh in memory, told before it is parsed: `[],[],[]…` takes thirty times its size."""

from typing import Final

FREE: Final = 2**28  # bytes that any document may take
TIMES: Final = 16  # its own size, that a large one may take: labels as they are take up to ten
# Bytes of a list, a dictionary, what stands between commas, what a name stands for, a text: CPython on 64 bits.
LIST, DICTIONARY, ITEM, NAMED, TEXT = 96, 200, 40, 40, 56


def too_heavy(text: str | bytes) -> bool:
    """Whether a document is made to fill the memory: guessed from its signs, a little too high."""
    if len(text) * LIST < FREE:
        return False
    return weight(text.encode("utf-8", "replace") if isinstance(text, str) else text) > max(FREE, TIMES * len(text))


def weight(text: bytes) -> int:
    """Bytes that a document takes when it is parsed, its text included."""
    names, texts = text.count(b":"), text.count(b'"') // 2
    return (
        2 * len(text)
        + LIST * text.count(b"[")
        + DICTIONARY * text.count(b"{")
        + ITEM * text.count(b",")
        + NAMED * names
        + TEXT * max(texts - names, 0)
    )
