"""Servers of tests that run side by side."""

import socket
from typing import Any, Final

ATTEMPTS: Final = 3  # a busy machine may not answer itself in the seconds that Gradio waits


def free_port() -> int:
    """A port of this machine that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def launched(demo: Any, options: dict[str, Any], port: int | None = None) -> str:
    """Launch the app at `port`, or where that is taken at one of its own; its address."""
    for attempt in range(1, ATTEMPTS + 1):
        try:
            _, url, _ = demo.launch(prevent_thread_lock=True, **options | {"server_port": port or free_port()})
            return str(url)
        except (OSError, ValueError):  # taken; what Gradio raises when its server did not answer in time
            demo.close()
            port = None
            if attempt == ATTEMPTS:
                raise
    raise AssertionError
