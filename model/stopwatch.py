"""Seconds by stage, as a clip's figures report them."""

import time


class Stopwatch:
    """Adds up the time between laps under the lap's name."""

    def __init__(self) -> None:
        self._spent: dict[str, float] = {}
        self._last = time.perf_counter()

    def lap(self, stage: str) -> None:
        """Count the time since the last lap for `stage`."""
        now = time.perf_counter()
        self._spent[stage] = self._spent.get(stage, 0.0) + now - self._last
        self._last = now

    def seconds(self) -> dict[str, float]:
        """Stage → seconds, and their total."""
        rounded = {stage: round(spent, 3) for stage, spent in self._spent.items()}
        return {**rounded, "total": round(sum(self._spent.values()), 3)}
