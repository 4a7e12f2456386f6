"""Names for those who are not logged in: each browser has one, and nobody can take another's.

The browser keeps a token, "<number>.<signature>", and sends it in the header X-Studio-Visitor; the key that
signs it lies in the data folder.
"""

import hashlib
import hmac
import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Final

from annotation import people
from annotation.database import clear_errors
from annotation.errors import Damaged, NotAllowed, NotFound
from annotation.store import Store
from annotation.values import STRANGER

HEADER: Final = "x-studio-visitor"
KEY: Final = "visitors.key"
KEY_BYTES: Final = 32


def issue(store: Store, actor: str) -> str:
    """A new token, for one who has none; raises `NotAllowed`, `StoreError`."""
    if actor != STRANGER:
        raise NotAllowed(f"{actor} has a name.")
    while True:
        number = secrets.token_hex(3)
        try:
            people.find(store, _name(number))
        except NotFound:
            people.sign_in(store, _name(number), new_role="annotator")
            return f"{number}.{signature(store.data, number)}"


def name_of(data: Path, token: str) -> str:
    """Whose token it is, `STRANGER` (no name of their own) for none or one that is not of our making."""
    number, _, signed = token.partition(".")
    ours = bool(signed) and token.isascii() and hmac.compare_digest(signed, signature(data, number))
    return _name(number) if ours else STRANGER


def _name(number: str) -> str:
    """No login has a name with a space in it at Hugging Face."""
    return f"{STRANGER} {number}"


def signature(data: Path, text: str) -> str:
    """What only who has the data folder's key can make of a text."""
    return hmac.new(_key(data.absolute()), text.encode(), hashlib.sha256).hexdigest()


@lru_cache(maxsize=8)
def _key(data: Path) -> bytes:
    """The key of a data folder, made where there is none."""
    path = data / KEY
    with clear_errors():
        data.mkdir(parents=True, exist_ok=True)  # the first visitor of a new app may be its owner, by the link
        try:
            with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
                file.write(secrets.token_bytes(KEY_BYTES))
                file.flush()
                os.fsync(file.fileno())
        except FileExistsError:
            pass
        key = path.read_bytes()
    if len(key) != KEY_BYTES:
        raise Damaged(f"{path} is not whole: delete it.")
    return key
