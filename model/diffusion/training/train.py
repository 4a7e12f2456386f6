"""Training: `python -m model train`, or `accelerate launch -m model train …` for many GPUs and machines.

First regression (all noise, the network learns the mean), then flow matching with x-prediction from its weights.
A run that was stopped goes on with --resume as if it had not been stopped: every window follows from its number,
and weights, moments, averages and random states are kept. Ends by steps or by time and keeps the best average.
"""

import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from math import cos, pi
from pathlib import Path
from typing import Any

import numpy as np
import torch
from accelerate import Accelerator
from accelerate.utils import DistributedDataParallelKwargs, set_seed
from diffusers.schedulers.scheduling_flow_match_euler_discrete import FlowMatchEulerDiscreteScheduler
from diffusers.training_utils import EMAModel
from torch.utils.data import DataLoader

from model.diffusion.checkpoint import save_checkpoint
from model.diffusion.network.denoiser import Conditions, InterAnimateDenoiser
from model.diffusion.network.guidance_channels import STRENGTHS
from model.diffusion.network.identity import IdentityEncoder, OnnxEncoder
from model.diffusion.pipeline import InterAnimatePipeline, join_conditions, noise_level
from model.diffusion.report.evaluate import Figures, mean_figures, measure_frames, touch_windows
from model.diffusion.training.config import Config, find_config
from model.diffusion.training.describe import describe_run
from model.diffusion.training.identity_training import gather_faces, train_identity
from model.diffusion.training.initialise import initialise, make_autoencoder
from model.diffusion.training.losses import denoising_loss, latent_loss, region_weights
from model.diffusion.training.windows import Window, Windows, index_shards
from model.errors import InputError

WARM_UP = 50  # steps
CLIP = 1.0  # of the gradient's norm
STATE, PROGRESS, LOG, FACTS = "state", "progress.json", "log.jsonl", "training.json"


@dataclass(frozen=True)
class Settings:
    """One run. Without `steps` it ends after `minutes`; a run of given steps is the same wherever it was cut."""

    data: str
    output: str
    config: str = "tiny"
    minutes: float = 30.0
    steps: int = 0
    seed: int = 0
    resume: bool = False
    regression: float = 0.6  # share of the run before flow matching
    measure_every: int = 250  # steps
    measured_clips: int = 6
    workers: int = 1
    batch: int = 0  # windows a step and process; 0 takes the configuration's
    precision: str = ""  # no, bf16; "" chooses bf16 where a GPU is
    switches: tuple[str, ...] = ()  # parts of the denoiser switched off, as use_motion: for ablations
    orthogonality: bool = True
    face_encoder: str = ""  # ONNX file in place of our own identity encoder


@dataclass(frozen=True)
class Progress:
    """How far a run is; written with every state."""

    step: int = 0
    seconds: float = 0.0
    processor_seconds: float = 0.0  # of this process, without those that read ahead
    best: float = -1.0
    best_step: int = 0


def train(settings: Settings) -> Progress:
    """Train and write the checkpoint; InputError for data, settings or a state that will not do."""
    config = configure(settings)
    output = _prepare_folder(settings)
    set_seed(settings.seed)
    encoder = OnnxEncoder(settings.face_encoder) if settings.face_encoder else None
    if encoder is not None:
        config = replace(config, denoiser={**config.denoiser, "identity_dim": encoder.dim}, identity_steps=0)
    accelerator = Accelerator(
        mixed_precision=settings.precision or ("bf16" if torch.cuda.is_available() else "no"),
        log_with="tensorboard", project_dir=output,
        kwargs_handlers=[DistributedDataParallelKwargs(find_unused_parameters=bool(settings.switches))],
    )  # fmt: skip
    pipeline = build_pipeline(config, settings.seed)
    pipeline.register_to_config(plugged=encoder is not None)
    pipeline.encoder = encoder
    windows = Windows(Path(settings.data), "train", config, settings.seed, pipeline.space)
    if pipeline.vae is not None:
        pipeline.vae.to(accelerator.device)
    network = pipeline.denoiser.train().requires_grad_(True)
    if accelerator.device.type == "cuda":
        network.enable_gradient_checkpointing()
    optimizer = torch.optim.AdamW(
        network.parameters(), lr=config.rate, weight_decay=0.01, betas=(0.9, 0.99), fused=True
    )
    network, optimizer = accelerator.prepare(network, optimizer)
    average = EMAModel(accelerator.unwrap_model(network).parameters(), decay=0.999, use_ema_warmup=True, power=0.75)
    average.to(accelerator.device)
    run = _Run(settings, config, accelerator, pipeline, network, optimizer, average, output)
    progress = run.resume() if settings.resume else Progress()
    if not settings.resume:
        _learn_faces(run, windows)
    pipeline.identity.to(accelerator.device).eval().requires_grad_(False)
    accelerator.init_trackers("logs")
    return _steps(run, windows, progress)


@dataclass
class _Run:
    """What the steps of one run share."""

    settings: Settings
    config: Config
    accelerator: Accelerator
    pipeline: InterAnimatePipeline
    network: Any
    optimizer: Any
    average: EMAModel
    output: Path

    def save(self, progress: Progress) -> None:
        """State from which the run goes on exactly; the last one stays until this one is whole."""
        made, old = self.output / f"{STATE}.part", self.output / f"{STATE}.old"
        self.accelerator.save_state(str(made))
        self.accelerator.wait_for_everyone()
        if self.accelerator.is_main_process:
            torch.save(self.average.state_dict(), made / "average.pt")
            self.pipeline.identity.save_pretrained(made / "identity")
            (made / PROGRESS).write_text(json.dumps({"progress": asdict(progress), **_facts(self)}))
            facts = {**describe_run(self.settings, self.config, self.accelerator.device), **asdict(progress)}
            (self.output / FACTS).write_text(json.dumps(facts, indent=1) + "\n")
            if (self.output / STATE).exists():
                os.replace(self.output / STATE, old)
            os.replace(made, self.output / STATE)
            shutil.rmtree(old, ignore_errors=True)

    def resume(self) -> Progress:
        """Load the state that `save` wrote."""
        path = self.output / STATE / PROGRESS
        try:
            kept = json.loads(path.read_text())
            if kept["settings"] != _facts(self)["settings"]:
                raise InputError(f"The run in {self.output} had other settings; resume it with the same.")
            self.accelerator.load_state(str(self.output / STATE))
            self.average.load_state_dict(torch.load(self.output / STATE / "average.pt", weights_only=True))
            kind = IdentityEncoder.from_pretrained(self.output / STATE / "identity")
            self.pipeline.identity.load_state_dict(kind.state_dict())
            return Progress(**kept["progress"])
        except (OSError, KeyError, TypeError, ValueError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"There is no run to resume in {self.output}: leave --resume out.") from error


def configure(settings: Settings) -> Config:
    """The configuration with the parts that are switched off; InputError."""
    config = find_config(settings.config)
    known = {"use_spatial_latents", "use_temporal_latents", "use_region_attention", "use_identity", "use_motion"}
    if unknown := set(settings.switches) - known:
        raise InputError(f"There is no part {min(unknown)[:40]!r}: choose of {', '.join(sorted(known))}.")
    if settings.minutes <= 0 and settings.steps <= 0:
        raise InputError("Nothing to train: minutes must be above 0.")
    if settings.batch < 0 or settings.workers < 0:
        raise InputError("batch and workers cannot be below 0.")
    denoiser = {**config.denoiser, **dict.fromkeys(settings.switches, False)}
    return replace(config, denoiser=denoiser, batch=settings.batch or config.batch)


def build_pipeline(config: Config, seed: int) -> InterAnimatePipeline:
    """A pipeline of a configuration with seeded weights, from Hub weights where the configuration names some."""
    torch.manual_seed(seed)
    denoiser = InterAnimateDenoiser(**config.denoiser)
    identity = IdentityEncoder(**config.identity)
    if config.start_from:
        initialise(denoiser, config.start_from)
    return InterAnimatePipeline(
        denoiser, identity, FlowMatchEulerDiscreteScheduler(), make_autoencoder(config),
        window=config.window, overlap=max(config.window // 4, 1), picture=config.picture,
    )  # fmt: skip


def _steps(run: _Run, windows: Windows, progress: Progress) -> Progress:
    settings, accelerator = run.settings, run.accelerator
    began, busy, before, losses = time.monotonic(), time.process_time(), progress, []
    for batch in _batches(run, windows, progress.step):
        progress = replace(
            progress, seconds=before.seconds + time.monotonic() - began,
            processor_seconds=before.processor_seconds + time.process_time() - busy,
        )  # fmt: skip
        share = done_share(settings, progress)
        if share >= 1:
            break
        loss = _step(run, batch, progress.step, share)
        losses.append(loss)
        progress = replace(progress, step=progress.step + 1)
        if progress.step % 10 == 0:
            facts = {"loss": float(np.mean(losses[-10:])), "rate": _rate(run, share, progress.step)}
            accelerator.log(facts, step=progress.step)
            _write(run, {"step": progress.step, "seconds": round(progress.seconds, 1), **facts})
        if progress.step % settings.measure_every == 0:
            progress = _measure(run, progress)
            run.save(progress)
    progress = _measure(run, progress)
    run.save(progress)
    accelerator.end_training()
    return progress


def _batches(run: _Run, windows: Windows, step: int) -> Iterator[list[Window]]:
    """This process's windows from a step on, without end, read ahead by other processes."""
    world, rank, size = run.accelerator.num_processes, run.accelerator.process_index, run.config.batch

    def numbers() -> Iterator[list[int]]:
        now = step
        while True:
            first = (now * world + rank) * size
            yield list(range(first, first + size))
            now += 1

    workers = run.settings.workers
    return iter(
        DataLoader(
            windows,
            batch_sampler=_Endless(numbers()),
            collate_fn=list,
            num_workers=workers,
            persistent_workers=workers > 0,
            generator=torch.Generator().manual_seed(0),
        )  # fmt: skip
    )


class _Endless:
    """A batch sampler without end."""

    def __init__(self, numbers: Iterator[list[int]]) -> None:
        self.numbers = numbers

    def __iter__(self) -> Iterator[list[int]]:
        return self.numbers


def done_share(settings: Settings, progress: Progress) -> float:
    """How much of the run is done: by steps if they were given, else by time."""
    if settings.steps:
        return progress.step / settings.steps
    return progress.seconds / (settings.minutes * 60)


def _step(run: _Run, batch: list[Window], step: int, share: float) -> float:
    """One optimisation step; the loss."""
    settings, device = run.settings, run.accelerator.device
    rng = np.random.default_rng((settings.seed, step, run.accelerator.process_index, 3))
    conditions, clean, weights = join_batch(run.pipeline, batch, device)
    noise = torch.stack([window.inputs.noise for window in batch]).to(device)
    sigma = torch.from_numpy(draw_sigmas(rng, len(batch), share < settings.regression)).to(device)
    each = sigma[:, None, None, None, None]
    with run.accelerator.autocast():
        made = run.network((1 - each) * clean + each * noise, sigma * 1000, conditions).sample
    loss = denoising_loss(made, clean, weights)
    if settings.orthogonality:
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
    levels = np.where(rng.random(count) < 1 / 3, 1.0, noise_level(rng.uniform(0.1, 1.0, count)))
    return np.ones(count, np.float32) if regression else levels.astype(np.float32)


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
    known = pipeline.know(torch.stack([each.face for each in inputs]).to(device))
    conditions = join_conditions(inputs, torch.stack(bases), known)
    conditions = Conditions(**{f.name: getattr(conditions, f.name).to(device) for f in fields(Conditions)})
    weights = region_weights(
        torch.stack([window.change for window in batch]), torch.stack([window.regions for window in batch])
    )
    if weights.shape[2:] != clean.shape[2:]:
        weights = torch.nn.functional.interpolate(weights, clean.shape[2:], mode="area")
    return conditions, clean, weights.to(device)


def _rate(run: _Run, share: float, step: int) -> float:
    """Warm-up, then half a cosine down to a twentieth."""
    fall = 0.05 + 0.95 * (1 + cos(pi * min(share, 1.0))) / 2
    return run.config.rate * min((step + 1) / WARM_UP, 1.0) * fall


def _learn_faces(run: _Run, windows: Windows) -> None:
    """Train the identity encoder first; it stays as it is while the denoiser learns."""
    steps, seed = run.config.identity_steps, run.settings.seed
    if steps:
        faces = gather_faces(windows.entries, seed)
        loss = train_identity(run.pipeline.identity, faces, steps, seed)
        _write(run, {"identity_people": len(faces), "identity_loss": loss})


def _measure(run: _Run, progress: Progress) -> Progress:
    """Figures of the averaged weights on unseen people; kept if they are the best so far."""
    accelerator = run.accelerator
    accelerator.wait_for_everyone()
    if accelerator.is_main_process and has_test(run.settings.data):
        network = accelerator.unwrap_model(run.network)
        run.average.store(network.parameters())
        run.average.copy_to(network.parameters())
        run.pipeline.denoiser = network.eval()
        figures, strips = measure_run(run)
        score = float(np.mean([figures[name] for name in figures if name.endswith(("hand_psnr", "contact_psnr"))]))
        if score > progress.best:
            progress = replace(progress, best=score, best_step=progress.step)
            save_checkpoint(run.pipeline, run.output)
        run.average.restore(network.parameters())
        network.train()
        accelerator.log({f"test/{name}": value for name, value in figures.items()}, step=progress.step)
        tracker = accelerator.get_tracker("tensorboard", unwrap=True)
        tracker.add_image("test/target_composite_made", strips, progress.step, dataformats="HWC")
        tracker.flush()
        _write(run, {"step": progress.step, "seconds": round(progress.seconds, 1), "score": score, **figures})
    accelerator.wait_for_everyone()
    return progress


@torch.no_grad()
def measure_run(run: _Run) -> tuple[Figures, np.ndarray]:
    """Mean figures by strength, `maps_hand_psnr` and so on, and a picture: target, composite, made."""
    rows: dict[str, list[Figures]] = {}
    pictures = []
    windows = touch_windows(Path(run.settings.data), run.config, run.settings.measured_clips, run.pipeline.space)
    for window in windows:
        made = run.pipeline(window.inputs, 4).frames.permute(0, 2, 3, 1).numpy(force=True)
        base = window.inputs.base[:3].permute(1, 2, 3, 0).numpy()
        name = STRENGTHS[window.inputs.strength]
        rows.setdefault(name, []).append(measure_frames(made, window, run.pipeline.know))
        middle = len(made) // 2
        target = window.target.permute(1, 2, 3, 0).numpy()
        pictures.append(np.concatenate([target[middle], base[middle], made[middle]]))
    figures = {f"{name}_{key}": value for name, each in rows.items() for key, value in mean_figures(each).items()}
    return figures, (np.clip(np.concatenate(pictures, axis=1), 0, 1) * 255).astype(np.uint8)


def has_test(data: str) -> bool:
    """Whether there are people to test on."""
    try:
        return bool(index_shards(Path(data), "test"))
    except InputError:
        return False


def read_facts(output: Path) -> dict[str, Any]:
    """What a run in a folder was, by its `training.json`; InputError."""
    try:
        facts = json.loads((output / FACTS).read_text())
        return {**facts, "steps": int(facts["step"])}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(f"{output} has no whole {FACTS}: train it first.") from error


def _prepare_folder(settings: Settings) -> Path:
    output = Path(settings.output)
    if not settings.resume and (output / STATE).exists():
        raise InputError(f"{output} holds a run: continue it with --resume, or name another folder.")
    try:
        output.mkdir(parents=True, exist_ok=True)
        (output / LOG).touch()
    except OSError as error:
        raise InputError(f"Cannot write {output}: {error.strerror}. Name a folder that is writable.") from error
    return output


def _facts(run: _Run) -> dict[str, Any]:
    same = {**asdict(run.settings), "switches": list(run.settings.switches)}
    for name in ("resume", "minutes", "workers", "output", "data", "measure_every", "measured_clips"):
        del same[name]
    return {"settings": same}


def _write(run: _Run, facts: dict[str, Any]) -> None:
    """A line of the log."""
    if run.accelerator.is_main_process:
        with open(run.output / LOG, "a") as file:
            file.write(json.dumps({k: round(v, 5) if isinstance(v, float) else v for k, v in facts.items()}) + "\n")
