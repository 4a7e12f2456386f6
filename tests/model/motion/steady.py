"""What the seed would vary, held at its mean: motions whose every number is known."""

from typing import Any

import numpy as np


class Steady(np.random.Generator):
    """A generator that always draws the middle."""

    def __init__(self) -> None:
        super().__init__(np.random.PCG64(0))

    def uniform(self, low: Any = 0.0, high: Any = 1.0, size: Any = None) -> Any:
        """Half way between `low` and `high`."""
        middle = (np.asarray(low) + np.asarray(high)) / 2
        return float(middle) if size is None and middle.ndim == 0 else np.broadcast_to(middle, size or middle.shape)

    def normal(self, loc: Any = 0.0, scale: Any = 1.0, size: Any = None) -> Any:  # noqa: ARG002
        """The mean."""
        return float(loc) if size is None else np.full(size, float(loc))

    def random(self, size: Any = None, *_: Any) -> Any:
        """A half."""
        return 0.5 if size is None else np.full(size, 0.5)
