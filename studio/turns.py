"""Turns at what one at a time may use, in the order of asking."""

import threading
from collections import deque


class Turns:
    """Whose turn it is: who asked first, until they leave."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._tickets: deque[object] = deque()

    def ask(self) -> object:
        """A ticket at the end of the line."""
        ticket = object()
        with self._changed:
            self._tickets.append(ticket)
        return ticket

    def wait(self, ticket: object, seconds: float) -> bool:
        """Whether it is this ticket's turn, waiting up to so many seconds for it."""
        with self._changed:
            return self._changed.wait_for(lambda: self._tickets[0] is ticket, seconds)

    def leave(self, ticket: object) -> None:
        """End a turn, or give up waiting for one."""
        with self._changed:
            self._tickets.remove(ticket)
            self._changed.notify_all()
