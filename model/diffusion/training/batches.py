"""Batches of windows without end, and the tensors that the denoiser is trained on."""

from collections.abc import Iterator
from dataclasses import fields

import torch
from torch.utils.data import DataLoader, Dataset

from model.diffusion.network.denoiser import Conditions
from model.diffusion.pipeline import InterAnimatePipeline, join_conditions
from model.diffusion.training.losses import region_weights
from model.diffusion.training.run import Run
from model.diffusion.training.windows import Window, Windows
from model.errors import InputError


def read_batches(run: Run, windows: Windows, step: int) -> Iterator[list[Window]]:
    """This process's windows from a step on, without end, read ahead by other processes; InputError."""
    world, rank, size = run.accelerator.num_processes, run.accelerator.process_index, run.config.batch

    def numbers() -> Iterator[list[int]]:
        now = step
        while True:
            first = (now * world + rank) * size
            yield list(range(first, first + size))
            now += 1

    workers = run.options.workers
    loader = DataLoader(
        _Told(windows),
        batch_sampler=_Endless(numbers()),
        collate_fn=list,
        num_workers=workers,
        persistent_workers=workers > 0,
        generator=torch.Generator().manual_seed(0),
    )
    for batch in loader:
        for window in batch:
            if isinstance(window, InputError):
                raise window
        yield batch


class _Told(Dataset[Window | InputError]):
    """Windows, or what is wrong with them: raised in another process it would come as a traceback in words."""

    def __init__(self, windows: Windows) -> None:
        self.windows = windows

    def __len__(self) -> int:
        return len(self.windows)

    def __getitem__(self, number: int) -> Window | InputError:
        try:
            return self.windows[number]
        except InputError as error:
            return InputError(str(error))


class _Endless:
    """A batch sampler without end."""

    def __init__(self, numbers: Iterator[list[int]]) -> None:
        self.numbers = numbers

    def __iter__(self) -> Iterator[list[int]]:
        return self.numbers


def join_batch(
    pipeline: InterAnimatePipeline, batch: list[Window], device: torch.device
) -> tuple[Conditions, torch.Tensor, torch.Tensor]:
    """Conditions, clean corrections (b, c, f, h, w) and weights (b, 1, f, h, w) of a batch."""
    space = pipeline.space
    inputs = [window.inputs for window in batch]
    bases = [space.encode(each.base, device) for each in inputs]
    clean = torch.stack(
        [
            space.correct(window.target.to(device), base, window.inputs.base)
            for window, base in zip(batch, bases, strict=True)
        ]
    )
    identity = pipeline.embed(torch.stack([each.face for each in inputs]).to(device))
    conditions = join_conditions(inputs, torch.stack(bases), identity)
    conditions = Conditions(**{f.name: getattr(conditions, f.name).to(device) for f in fields(Conditions)})
    weights = region_weights(
        torch.stack([window.change for window in batch]), torch.stack([window.regions for window in batch])
    )
    if weights.shape[2:] != clean.shape[2:]:
        weights = torch.nn.functional.interpolate(weights, clean.shape[2:], mode="area")
    return conditions, clean, weights.to(device)
