"""Sections of the model card: each is text made of what was measured."""

from pathlib import Path
from typing import Any, Final

from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.report.table import format_table, join

AIM_FOUND: Final = 0.9  # share of hands that are to be found
AIM_STILL: Final = 0.01  # how much more still areas may flicker than physics'
Measured = dict[str, Any]  # a JSON object of training, evaluation or bench; empty if nothing was measured


def about_table(pipeline: InterAnimatePipeline, folder: Path, training: Measured) -> str:
    """Sizes, what the network does, its data and its training, as a Markdown table."""
    sizes, settings = pipeline.denoiser.sizes, pipeline.settings
    counts = {
        name: sum(p.numel() for p in part.parameters())
        for name, part in pipeline.components.items()
        if hasattr(part, "parameters")
    }
    size = sum(file.stat().st_size for file in folder.glob("*/*.safetensors")) / 1e6
    rows = [
        ("size", f"{join(f'{count / 1e6:.2f} M parameters of {name}' for name, count in counts.items())}; "
                 f"{size:.1f} MB on disk"),
        ("works on", f"{'pixels' if pipeline.vae is None else 'latents'} of the interaction crop, "
                     f"{settings.picture} px pictures, {settings.window} frames at a time, larger pictures reduced"),
        ("predicts", "the correction of a composite: the photo under the simulated flow, the hand's bare skin in plain "
                     "shading"),
        ("parts", f"region attention to {sizes.spatial_latents} spatial latents at {len(sizes.region_levels)} scales, "
                  f"{sizes.temporal_latents} temporal latents, {sizes.identity_tokens} identity tokens, "
                  "guidance at three strengths"),
    ]  # fmt: skip
    if training:
        rows += _training_rows(training)
    return "| | |\n|---|---|\n" + "\n".join(f"| {name} | {value} |" for name, value in rows) + "\n"


def _training_rows(training: Measured) -> list[tuple[str, str]]:
    data = training["data"]
    made = f", {data['size']} px, {data['seconds']:g} s at {data['fps']} frames a second" if "size" in data else ""
    rows = [
        (name, f"{split['samples']} samples of {split['clips']} clips, {split['people']} people{made}")
        for name, key in (("data", "train"), ("held out", "test"))
        if (split := data.get(key)) and split["people"]
    ]
    if not holds_out(training):
        rows.append(("held out", "nobody: how good it is on people it never saw is not known"))
    off = f"; without {join(training['switched_off'])}" if training["switched_off"] else ""
    return [
        *rows,
        ("training", f"{training['step']} steps of {training['batch']} windows of {training['window']} frames at "
                     f"{training['crop']} px{off}; {training['regression']:.0%} regression, then flow matching with "
                     f"x-prediction; AdamW, averaged weights, {_chosen(training)} of step {training['best_step']}"),
        ("time", f"{training['seconds'] / 60:.0f} min, {training['processor_seconds'] / 60:.0f} min of processor time"),
        ("hardware", f"{training['hardware']}; torch {training['torch']}, {training['date']}"),
    ]  # fmt: skip


def holds_out(training: Measured) -> bool:
    """Whether people of the training's data set were held out; so it is taken to be where nothing tells."""
    return not training or bool(training["data"].get("test", {}).get("people"))


def _chosen(training: Measured) -> str:
    """How the weights were chosen: a figure is there where they were measured on people held out."""
    return "the last, unmeasured," if training.get("best") is None and "best" in training else "the best"


def figures_text(evaluation: Measured, training: Measured) -> str:
    """What was measured, what the figures mean, and their table."""
    if not evaluation:
        return "Not measured.\n" if holds_out(training) else "Not measured: nobody was held out.\n"
    table = next(iter(evaluation["tables"].values()))
    return (
        f"{evaluation['clips']} whole clips of {evaluation['patterns']} patterns and {evaluation['people']} people "
        "never trained on, nor used to choose among weights, against the physics engine's frames. `composite` is no "
        "network, `1 steps` plain regression. PSNR in dB; `warp` mean error of the "
        "change from frame to frame, in 8-bit levels; `flicker` static-flicker score less the reference's; "
        "`contact_mm` how far the touching fingertip, as MediaPipe Hands finds it, lies from the one it finds in "
        "the reference, `contact_found` the share of touching frames that this could be told of; `hand_found` the "
        "share of the hands found in the reference that are found here; `face_nme` landmark error over the pupils' "
        "distance; `identity` cosine to the photo, less the reference's; `detail` fine contrast in the hand as a "
        f"share of the reference's.\n\n{format_table(table)}\n"
    )


def cost_text(bench: Measured) -> str:
    """Seconds and memory of clips, and of a training step where a GPU was there."""
    if not bench:
        return "Not measured.\n"
    lines = [f"On {bench['hardware']}, a clip of {bench['frames']} frames of {bench['size']} px:\n"]
    lines += [
        f"- {row['steps']} steps: {row['processor_seconds']:.0f} s of processor time, of which denoising "
        f"{row['denoise_processor_seconds']:.0f} s; the process held {row['peak_mb']:.0f} MB at most"
        for row in bench["clips"]
    ]
    if step := bench.get("gpu"):
        lines.append(f"- one training step of `base` on {step['device']}: {step['seconds']:.3f} s, "
                     f"{step['memory_gb']:.1f} GB, {step['windows_a_second']:.1f} windows a second, "
                     f"{step['matrix_share']:.0%} of the matrix rate")  # fmt: skip
    return "\n".join(lines) + "\n"


def shortfalls(evaluation: Measured) -> list[str]:
    """Lines of what was aimed at and not reached, at the app's four steps."""
    lines = []
    table = next(iter(evaluation["tables"].values())) if evaluation else {}
    for strength, methods in table.items():
        figures = methods.get("4 steps", {})
        found, flicker = figures.get("hand_found"), figures.get("flicker")
        if found is not None and found < AIM_FOUND:
            lines.append(
                f"- Guided by {strength}, the hand is found in {found:.0%} of the frames in which physics' is, "
                f"short of the {AIM_FOUND:.0%} aimed at."
            )
        worse = [
            f"{region} ({figures[key]:.1f} dB against {methods['composite'][key]:.1f})"
            for region in ("hand", "contact")
            if (key := f"{region}_psnr") in figures and figures[key] < methods.get("composite", {}).get(key, 0)
        ]
        if worse:
            lines.append(f"- Guided by {strength}, the composite without a network is nearer in {join(worse)}.")
        if flicker is not None and flicker < -AIM_STILL:
            lines.append(f"- Guided by {strength}, still areas flicker by {-flicker:.1%} more than physics'.")
    return lines


def recipe(training: Measured, evaluation: Measured, ablation: Measured, restarts: list[int], log: str) -> str:
    """The commands that make the checkpoint again."""
    clips, measured = _clips(training), _clips(evaluation)
    many = f" --clips {clips}" if clips else ""
    more = f"    python -m model synthesize PHOTOS -o data --clips {measured}\n" if measured > clips else ""
    exact = f" --precision {training['precision']}" if training.get("precision") else ""
    about = ablation.get("about", {})
    steps = about.get("steps") or training.get("step", 0)
    stops = f" It was resumed for longer: the rate rises again at step {join(map(str, restarts))}." if restarts else ""
    return f"""    python -m model synthesize PHOTOS -o data{many}
    python -m model train data -o run --config {training.get("config", "tiny")} --steps {training.get("step", 0)}{exact}
{more}    python -m model.diffusion.evaluate data run -o run/evaluation.json --clips {evaluation.get("clips", 24)}
    python -m model.diffusion.ablate data -o ablation --steps {steps} --clips {about.get("clips", 24)}{exact}
    python -m tests.bench.bench_diffusion -o run/bench.json
    python -m model.diffusion.card run

`{log}` is this run's log.{stops}
"""


def _clips(measured: Measured) -> int:
    """Of both splits of the data set that was trained or measured on."""
    data = measured.get("data", {})
    return sum(data[split]["clips"] for split in ("train", "test") if split in data)
