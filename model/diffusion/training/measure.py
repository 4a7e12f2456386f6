"""Figures while a run is under way, of people it does not learn from; by them the best weights are kept."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import torch

from model.diffusion.checkpoint import write_weights
from model.diffusion.network.guidance_channels import STRENGTHS
from model.diffusion.training.figures import Figures, mean_figures, measure_frames
from model.diffusion.training.held_out import holds_out, touch_windows
from model.diffusion.training.run import Run, TrainingProgress
from model.files import PART, part_of

STEPS = 4  # of denoising, as the app's


def measure(run: Run, progress: TrainingProgress) -> TrainingProgress:
    """Measure the averaged weights on unseen people, and keep them for the next save if they are the best so far.

    Where nobody is held out the newest are kept.
    """
    accelerator = run.accelerator
    accelerator.wait_for_everyone()
    if accelerator.is_main_process:
        network = accelerator.unwrap_model(run.network)
        run.average.store(network.parameters())
        run.average.copy_to(network.parameters())
        run.pipeline.denoiser = network.eval()
        score = _score(run, progress) if holds_out(Path(run.options.data)) else None
        if score is None or _is_best(score, run, progress):
            progress = replace(progress, best=score, best_step=progress.step)
            write_weights(run.pipeline, run.output / PART)
        run.average.restore(network.parameters())
        network.train()
    accelerator.wait_for_everyone()
    return progress


def _is_best(score: float, run: Run, progress: TrainingProgress) -> bool:
    """Whether weights are better than those that are kept, if some are."""
    there = part_of(run.output, "denoiser").is_dir()
    return not there or progress.best is None or score > progress.best


def _score(run: Run, progress: TrainingProgress) -> float | None:
    """Log the figures; by their mean PSNR in hand and contact, dB, weights are chosen. None if neither is seen."""
    figures, strips = measure_run(run)
    chosen = [figures[name] for name in figures if name.endswith(("hand_psnr", "contact_psnr"))]
    score = float(np.mean(chosen)) if chosen else None
    run.accelerator.log({f"test/{name}": value for name, value in figures.items()}, step=progress.step)
    tracker = run.accelerator.get_tracker("tensorboard", unwrap=True)
    tracker.add_image("test/target_composite_made", strips, progress.step, dataformats="HWC")
    tracker.flush()
    run.log({"step": progress.step, "seconds": round(progress.seconds, 1), "score": score, **figures})
    return score


@torch.no_grad()
def measure_run(run: Run) -> tuple[Figures, np.ndarray]:
    """Mean figures by strength, `maps_hand_psnr` and so on, and a picture: target, composite, made."""
    rows: dict[str, list[Figures]] = {}
    pictures = []
    windows = touch_windows(Path(run.options.data), run.config, run.options.measured_clips, run.pipeline.space)
    for window in windows:
        made = run.pipeline(window.inputs, STEPS).frames.permute(0, 2, 3, 1).numpy(force=True)
        base = window.inputs.base[:3].permute(1, 2, 3, 0).numpy()
        name = STRENGTHS[window.inputs.strength]
        rows.setdefault(name, []).append(measure_frames(made, window, run.pipeline.embed))
        middle = len(made) // 2
        target = window.target.permute(1, 2, 3, 0).numpy()
        pictures.append(np.concatenate([target[middle], base[middle], made[middle]]))
    figures = {f"{name}_{key}": value for name, each in rows.items() for key, value in mean_figures(each).items()}
    return figures, (np.clip(np.concatenate(pictures, axis=1), 0, 1) * 255).astype(np.uint8)
