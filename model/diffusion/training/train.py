"""Training: `python -m model train`, or `accelerate launch -m model train …` for many GPUs and machines.

First regression (all noise, the network learns the mean), then flow matching with x-prediction from its weights.
A run that was stopped goes on with --resume as if it had not been stopped: every window follows from its number,
and weights, moments, averages and random states are kept. Ends by steps or by time and keeps the best average.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from math import cos, pi
from pathlib import Path

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, set_seed
from diffusers.training_utils import EMAModel

from model.diffusion.network.identity import OnnxEncoder
from model.diffusion.pipeline import noise_level
from model.diffusion.training.batches import join_batch, read_batches
from model.diffusion.training.held_out import NOBODY, holds_out, require_people
from model.diffusion.training.identity_training import gather_faces, train_identity
from model.diffusion.training.initialise import build_pipeline
from model.diffusion.training.losses import denoising_loss, latent_loss
from model.diffusion.training.measure import measure
from model.diffusion.training.options import TrainingOptions, configure
from model.diffusion.training.physics import require_physics
from model.diffusion.training.run import Run, TrainingProgress, prepare_folder
from model.diffusion.training.state import tidy
from model.diffusion.training.windows import Window, Windows

WARM_UP = 50  # steps over which the learning rate rises
LAST_RATE = 0.05  # of the learning rate, at the run's end
CLIP = 1.0  # of the gradient's norm
WEIGHT_DECAY, BETAS = 0.01, (0.9, 0.99)  # AdamW's
DECAY, POWER = 0.999, 0.75  # of the weights' average, and how fast it gets there
WHOLE_NOISE = 1 / 3  # share of flow matching's windows that are noise alone, where sampling starts
LEAST_LEFT = 0.1  # of the way: the others' noise is drawn from here on, as the last of 8 steps needs it
LOG_EVERY = 10  # steps
BEGINNING = TrainingProgress()


def train(options: TrainingOptions, say: Callable[[str], None] = print) -> TrainingProgress:
    """Train and write the checkpoint; InputError for data, options or a state that will not do."""
    config = configure(options)
    data = Path(options.data)
    require_people(data)
    physics, tested = require_physics(data), holds_out(data)
    windows = Windows(data, "train", config, options.seed)
    output = prepare_folder(options)
    set_seed(options.seed)
    encoder = OnnxEncoder(options.face_encoder) if options.face_encoder else None
    if encoder is not None:
        config = replace(config, denoiser={**config.denoiser, "identity_dim": encoder.dim}, identity_steps=0)
    accelerator = Accelerator(
        mixed_precision=options.precision or ("bf16" if torch.cuda.is_available() else "no"),
        log_with="tensorboard", project_dir=output,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=bool(options.switches))],
    )  # fmt: skip
    if accelerator.is_main_process:
        tidy(output)
    accelerator.wait_for_everyone()
    pipeline = build_pipeline(config, options.seed)
    pipeline.encoder = encoder
    windows.space = pipeline.space
    pipeline.register_to_config(plugged=encoder is not None, physics=physics)
    if pipeline.vae is not None:
        pipeline.vae.to(accelerator.device)
    network = pipeline.denoiser.train().requires_grad_(True)
    if accelerator.device.type == "cuda":
        network.enable_gradient_checkpointing()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.rate, weight_decay=WEIGHT_DECAY, betas=BETAS, fused=True
    )
    network, optimizer = accelerator.prepare(network, optimizer)
    average = EMAModel(accelerator.unwrap_model(network).parameters(), decay=DECAY, use_ema_warmup=True, power=POWER)
    average.to(accelerator.device)
    run = Run(options, config, accelerator, pipeline, network, optimizer, average, output)
    progress = run.resume() if options.resume else None
    if accelerator.is_main_process:
        for note in _notes(windows, tested, begins_again=options.resume and progress is None):
            run.log({"note": note})
            say(note)
    if progress is None:
        progress = TrainingProgress()
        _train_identity(run, windows)
    pipeline.identity.to(accelerator.device).eval().requires_grad_(False)
    accelerator.init_trackers("logs")
    return _steps(run, windows, progress)


def _notes(windows: Windows, tested: bool, begins_again: bool) -> Iterator[str]:
    """What a user must know of the data set and of how the run begins."""
    if begins_again:
        yield "The run was stopped before it had saved anything: it begins again."
    if windows.left_out:
        size = f"{windows.config.window} frames of {windows.config.crop} x {windows.config.crop} px"
        many = windows.left_out + len(windows.entries)
        yield f"{windows.left_out} of {many} samples are shorter or smaller than {size}: they are left out."
    if not tested:
        yield NOBODY


def _steps(run: Run, windows: Windows, progress: TrainingProgress) -> TrainingProgress:
    """All steps from `progress` to the run's end, measured and saved every so many."""
    options, accelerator = run.options, run.accelerator
    began, busy, before, losses = time.monotonic(), time.process_time(), progress, []
    for batch in read_batches(run, windows, progress.step):
        progress = replace(
            progress, seconds=before.seconds + time.monotonic() - began,
            processor_seconds=before.processor_seconds + time.process_time() - busy,
        )  # fmt: skip
        share = done_share(options, progress, before)
        if share >= 1:
            break
        loss = _step(run, batch, progress.step, share)
        losses.append(loss)
        progress = replace(progress, step=progress.step + 1)
        if progress.step % LOG_EVERY == 0:
            curves = {"loss": float(np.mean(losses[-LOG_EVERY:])), "rate": _rate(run, share, progress.step)}
            accelerator.log(curves, step=progress.step)
            run.log({"step": progress.step, "seconds": round(progress.seconds, 1), **curves})
        if progress.step % options.measure_every == 0:
            progress = measure(run, progress)
            run.save(progress)
    progress = measure(run, progress)
    run.save(progress)
    accelerator.end_training()
    return progress


def done_share(options: TrainingOptions, progress: TrainingProgress, before: TrainingProgress = BEGINNING) -> float:
    """How much of the run is done: by steps if they were given, else by time, of which the minutes come on top of what
    was done `before` the run was resumed."""
    if options.steps:
        return progress.step / options.steps
    return progress.seconds / (before.seconds + options.minutes * 60)


def _step(run: Run, batch: list[Window], step: int, share: float) -> float:
    """One optimisation step; the loss."""
    options, device = run.options, run.accelerator.device
    rng = np.random.default_rng((options.seed, step, run.accelerator.process_index, 3))
    conditions, clean, weights = join_batch(run.pipeline, batch, device)
    noise = torch.stack([window.inputs.noise for window in batch]).to(device)
    sigma = torch.from_numpy(draw_sigmas(rng, len(batch), share < options.regression)).to(device)
    each = sigma[:, None, None, None, None]
    with run.accelerator.autocast():
        made = run.network((1 - each) * clean + each * noise, sigma * 1000, conditions).sample
    loss = denoising_loss(made, clean, weights)
    if options.orthogonality:
        loss = loss + latent_loss(run.accelerator.unwrap_model(run.network).latents)
    for group in run.optimizer.param_groups:
        group["lr"] = _rate(run, share, step)
    run.optimizer.zero_grad()
    run.accelerator.backward(loss)
    run.accelerator.clip_grad_norm_(run.network.parameters(), CLIP)
    run.optimizer.step()
    run.average.step(run.accelerator.unwrap_model(run.network).parameters())
    value = float(loss.detach())
    if not np.isfinite(value):
        raise RuntimeError(f"the loss is {value} at step {step}")
    return value


def draw_sigmas(rng: np.random.Generator, count: int, regression: bool) -> np.ndarray:
    """Noise levels (count,) float32: 1 in regression; later a third 1, where sampling starts, the others as it goes."""
    levels = np.where(rng.random(count) < WHOLE_NOISE, 1.0, noise_level(rng.uniform(LEAST_LEFT, 1.0, count)))
    return np.ones(count, np.float32) if regression else levels.astype(np.float32)


def _rate(run: Run, share: float, step: int) -> float:
    """Warm-up, then half a cosine down to a twentieth."""
    fall = LAST_RATE + (1 - LAST_RATE) * (1 + cos(pi * min(share, 1.0))) / 2
    return run.config.rate * min((step + 1) / WARM_UP, 1.0) * fall


def _train_identity(run: Run, windows: Windows) -> None:
    """Train the identity encoder first; it stays as it is while the denoiser learns."""
    steps, seed = run.config.identity_steps, run.options.seed
    if steps:
        faces = gather_faces(windows.entries, seed)
        loss = train_identity(run.pipeline.identity, faces, steps, seed)
        run.log({"identity_people": len(faces), "identity_loss": loss})
