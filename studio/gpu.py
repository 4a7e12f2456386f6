"""The diffusion engine on a Space's shared GPU (ZeroGPU): lent for as long as a clip is expected to take."""

from collections.abc import Callable, Iterator
from typing import Any, Final

try:
    import spaces  # before torch, as ZeroGPU asks; only Spaces have it
except ImportError:
    spaces = None

import model
from model.clip import Clip
from model.request import Progress, Request

Steps = Callable[[Any, Request, bool], Iterator[Progress | Clip]]
READY: Final = 20.0  # s for loading, and for all that the processor does, before and after
EACH: Final = 0.006  # s a frame and step, several times what a GPU should need
LONGEST: Final = 120.0  # s


def expected(_photo: Any, request: Request, _guidance: bool = False) -> int:
    """Seconds for which the GPU is asked."""
    return round(min(READY * request.seconds / 3 + EACH * request.frames * request.steps, LONGEST))


def lent(work: Steps) -> Steps:
    """The same work, with a GPU lent where there are some to lend."""
    made: Steps = spaces.GPU(duration=expected)(work) if spaces else work
    return made


@lent
def denoised_steps(photo: Any, request: Request, guidance: bool) -> Iterator[Progress | Clip]:
    """`model.generate_steps` by the diffusion engine."""
    yield from model.generate_steps(photo, request, guidance=guidance)
