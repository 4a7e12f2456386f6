"""What can go wrong with the store, in sentences for the person at the screen."""

from annotation.values import Labelled


class StoreError(Exception):
    """The store could not do it; the message is one clear line."""


class BadInput(StoreError):
    """What was given cannot be used."""


class NotFound(BadInput):
    """There is no such clip, revision or person."""


class NotAllowed(StoreError):
    """The person's role does not permit it."""


class ReadOnly(StoreError):
    """The database or its folder cannot be written."""


class DiskFull(StoreError):
    """There is no room left."""


class Locked(StoreError):
    """Another program has held the database for too long."""


class Damaged(StoreError):
    """The database file is not intact."""


class LeaseLost(StoreError):
    """The lease ran out and somebody else has the clip."""


class Conflict(StoreError):
    """Somebody saved in between. `yours` is stored beside `head`; merge them or choose one."""

    def __init__(self, message: str, head: Labelled, yours: Labelled) -> None:
        super().__init__(message)
        self.head = head
        self.yours = yours
