"""`python app.py` in a process whose clocks are put an hour forward by SIGUSR1: `python -m tests.clockwork OPTIONS`."""

import signal
import sys
import time
from typing import Any

from studio.start import main

HOUR = 3600.0
CLOCKS = {name: getattr(time, name) for name in ("time", "monotonic")}
ahead = 0.0


def an_hour_passes(*_: Any) -> None:
    """As for a machine that slept: what was to be done meanwhile is done at once."""
    global ahead
    ahead += HOUR


for name, clock in CLOCKS.items():
    setattr(time, name, lambda clock=clock: clock() + ahead)

if __name__ == "__main__":
    signal.signal(signal.SIGUSR1, an_hour_passes)
    sys.exit(main())
