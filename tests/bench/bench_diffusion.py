"""Cost of the diffusion engine: a clip on this machine's processor, and a training step of `base` on its GPU.

    python -m tests.bench.bench_diffusion [--steps 4 8] [--size 512] [-o bench.json]

Times are processor seconds of one thread, which other work on the machine hardly lengthens (two threads would also
count how long one waits for the other); on two idle cores a clip takes about half as long. What denoising costs is
the difference from the same clip by physics.
"""

import argparse
import json
import resource
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from skimage.data import astronaut

from model import generate_steps
from model.clip import Clip
from model.diffusion.checkpoint import find_checkpoint, load_checkpoint
from model.diffusion.network.denoiser import BASE_CHANNELS, Conditions
from model.diffusion.network.guidance_channels import CHANNELS
from model.diffusion.training.config import BASE
from model.diffusion.training.describe import describe_hardware
from model.diffusion.training.initialise import build_pipeline
from model.diffusion.training.losses import denoising_loss
from model.request import Request

BAR = 60.0  # s of a 72-frame clip on two cores, at 8 steps or fewer
WARM, RUNS = 3, 10  # training steps
PEAKS = {"H100": 989e12, "H200": 989e12, "A100": 312e12}  # FLOP/s of dense bf16 matrices, by the makers' sheets


def main() -> None:
    """Print the figures, write them if asked."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, nargs="+", default=[4, 8])
    parser.add_argument("--size", type=int, default=512)
    parser.add_argument("--pattern", default="stroke-left-cheek")
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    torch.set_num_threads(1)
    request = Request(options.pattern, engine="interanimate", size=options.size)
    pipeline = load_checkpoint(find_checkpoint())
    counts = {name: sum(p.numel() for p in getattr(pipeline, name).parameters()) for name in ("denoiser", "identity")}
    print(*(f"{name} {count / 1e6:.2f} M parameters" for name, count in counts.items()), sep=", ")
    measure_clip(Request(options.pattern, size=256, seconds=1.5, fps=8))  # warm
    without = measure_clip(replace(request, engine="physics"))["processor_seconds"]
    print(f"physics   {without:6.1f} s of processor time, {request.frames} frames of {request.size}²")
    clips = []
    for steps in options.steps:
        row = {"steps": steps, **measure_clip(replace(request, steps=steps))}
        row["denoise_processor_seconds"] = row["processor_seconds"] - without
        clips.append(row)
        quiet = row["processor_seconds"] / 2
        kept = "" if steps > 8 else f" (bar {BAR:g} s: {'kept' if quiet <= BAR else 'broken'})"
        print(
            f"{steps:2} steps  {row['processor_seconds']:6.1f} s of processor time, {row['seconds']:.1f} s by the "
            f"clock, some {quiet:.1f} s on two idle cores{kept}; {row['peak_mb']:.0f} MB"
        )
    gpu = measure_training_step() if torch.cuda.is_available() else None
    print(f"base, one training step: {gpu}" if gpu else "base: no GPU was there, so no training step was measured")
    report = {
        "hardware": describe_hardware(pipeline.denoiser.device), "size": request.size, "frames": request.frames,
        "parameters": counts, "physics_processor_seconds": without, "clips": clips, "gpu": gpu,
    }  # fmt: skip
    if options.output:
        options.output.write_text(json.dumps(report, indent=1) + "\n")


def measure_clip(request: Request) -> dict[str, float]:
    """Seconds by the clock and of the processor of one clip, and most memory held so far."""
    started, busy = time.perf_counter(), time.process_time()
    *_, clip = generate_steps(astronaut(), request)
    assert isinstance(clip, Clip)
    return {
        "seconds": round(time.perf_counter() - started, 2),
        "processor_seconds": round(time.process_time() - busy, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
    }


def measure_training_step() -> dict[str, Any]:
    """Time, memory, throughput and matrix rate of `base` in bf16 with gradient checkpointing, as training runs it."""
    from torch.utils.flop_counter import FlopCounterMode

    network = build_pipeline(BASE, 0).denoiser.to("cuda").train().requires_grad_(True)
    network.enable_gradient_checkpointing()
    optimizer = torch.optim.AdamW(network.parameters(), lr=BASE.rate, fused=True)
    sample, conditions = random_batch(BASE.batch, BASE.window, BASE.crop, int(network.sizes.identity_dim))
    weights = torch.ones_like(sample[:, :1])

    def step() -> None:
        with torch.autocast("cuda", torch.bfloat16):
            made = network(sample, torch.full((BASE.batch,), 1000.0, device="cuda"), conditions).sample
        optimizer.zero_grad()
        denoising_loss(made, sample, weights).backward()
        optimizer.step()

    for _ in range(WARM):
        step()
    with FlopCounterMode(display=False) as counter:
        step()
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    started = time.perf_counter()
    for _ in range(RUNS):
        step()
    torch.cuda.synchronize()
    seconds = (time.perf_counter() - started) / RUNS
    name = torch.cuda.get_device_name()
    peak = next((rate for model, rate in PEAKS.items() if model in name), float("nan"))
    return {
        "device": name,
        "seconds": round(seconds, 4),
        "memory_gb": round(torch.cuda.max_memory_allocated() / 1e9, 2),
        "windows_a_second": round(BASE.batch / seconds, 2),
        "matrix_share": round(counter.get_total_flops() / seconds / peak, 4),
    }


def random_batch(batch: int, frames: int, side: int, identity: int) -> tuple[torch.Tensor, Conditions]:
    """A sample and conditions of noise on the GPU."""
    size = (frames, side, side)
    conditions = Conditions(
        base=torch.randn(batch, BASE_CHANNELS, *size, device="cuda"),
        guidance=torch.randn(batch, CHANNELS, *size, device="cuda"),
        masks=torch.rand(batch, 3, *size, device="cuda"),
        identity=torch.nn.functional.normalize(torch.randn(batch, identity, device="cuda"), dim=1),
        pattern=torch.zeros(batch, dtype=torch.long, device="cuda"),
        intensity=torch.ones(batch, device="cuda"),
        strength=torch.zeros(batch, dtype=torch.long, device="cuda"),
        times=torch.arange(frames, device="cuda").expand(batch, -1) / 8,
        phase=torch.linspace(0, 1, frames, device="cuda").expand(batch, -1),
    )
    return torch.randn(batch, 3, *size, device="cuda"), conditions


if __name__ == "__main__":
    main()
