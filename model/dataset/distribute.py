"""Work spread over processes of this machine, or over a Ray cluster."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from typing import Any, TypeVar

from model.errors import InputError

Result = TypeVar("Result")


def distribute(make: Callable[..., Result], work: list[tuple[Any, ...]], jobs: int, ray: str) -> Iterator[Result]:
    """`make` of each item's arguments, as they are done: here, in processes of this machine, or on a Ray cluster."""
    if ray:
        yield from _distribute_by_ray(make, work, ray)
    elif jobs <= 1 or len(work) <= 1:
        for item in work:
            yield make(*item)
    else:
        os.environ.setdefault("OMP_NUM_THREADS", "1")
        with ProcessPoolExecutor(jobs) as pool:
            for future in as_completed([pool.submit(make, *item) for item in work]):
                yield future.result()


def _distribute_by_ray(make: Callable[..., Result], work: list[tuple[Any, ...]], address: str) -> Iterator[Result]:
    """By the workers of a cluster (`local` starts one here); photos and folder must be on storage all can reach."""
    try:
        import ray
    except ImportError as error:
        raise InputError("Ray is not installed: `pip install ray`, or leave --ray out.") from error
    try:
        ray.init(address=address, ignore_reinit_error=True, log_to_driver=False)
    except (ConnectionError, ValueError) as error:
        raise InputError(f"There is no Ray cluster at {address}: start one with `ray start --head`.") from error
    task = ray.remote(make)
    waiting = [task.remote(*item) for item in work]
    while waiting:
        done, waiting = ray.wait(waiting)
        yield ray.get(done[0])
