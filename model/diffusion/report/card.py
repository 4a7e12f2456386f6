"""The model card of a checkpoint, written from what was measured: `python -m model.diffusion.card CHECKPOINT`.

    python -m model.diffusion.card RUN -o assets/interanimate --london    # copies what ships, then writes its card

Reads beside the weights training.json (written by training), evaluation.json (`model.diffusion.evaluate -o`),
ablation.json (`model.diffusion.ablate`) and bench.json (`tests.bench.bench_diffusion -o`). What is not there
is said not to have been measured: no figure in the card is typed by hand.
"""

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any, Final

from model.diffusion.checkpoint import COMPONENTS, load_checkpoint
from model.diffusion.pipeline import InterAnimatePipeline
from model.diffusion.report.ablate import VARIANTS, WHOLE, rows_of
from model.diffusion.report.evaluate import format_table
from model.diffusion.training.train import FACTS, LOG, WARM_UP
from model.errors import InputError

TRAINING, EVALUATION, ABLATION, BENCH = FACTS, "evaluation.json", "ablation.json", "bench.json"
KEPT_LOG: Final = "training.jsonl"
AIM_FOUND: Final = 0.9
AIM_STILL: Final = 0.01
JUDGED: Final = {"hand_psnr": 1, "contact_psnr": 1, "contact_ssim": 1, "warp": -1}  # figure → which way is better
Facts = dict[str, Any]

HEAD: Final = """---
library_name: diffusers
pipeline_tag: image-to-video
tags: [interanimate, hand-face-interaction, video-diffusion]
---
"""
ABOUT: Final = """A denoiser that turns a portrait and the guidance of a simulated touch into frames of a hand touching
that face. It implements the task of *InterAnimate* ([arXiv 2504.10905](https://arxiv.org/abs/2504.10905)); backbone,
sizes, training and data are our own, because the paper's are not public."""
LIMITS: Final = """- Trained on simulated pictures, nothing filmed: it is at best as true as the simulation, whose
  frames are the reference of all figures.
- The identity encoder knows the training's people only and is no face recognition.
- Hands that hold something, and anything beyond one hand and one face, were never seen."""
LONDON: Final = """Trained on clips made from the Face Research Lab London Set (DeBruine, L. & Jones, B., 2017,
figshare, doi 10.6084/m9.figshare.5047666.v5, CC BY 4.0), whose people consented to the use of their photos in
research and to illustrate it. No photo is part of this checkpoint."""
USE: Final = "Not for deception, nor for pictures of people who did not agree."


def write_card(folder: Path, london: bool) -> str:
    """Write and return the README.md of a checkpoint; InputError if there is none, or its facts are damaged."""
    pipeline = load_checkpoint(str(folder), "cpu")
    training, evaluation, ablation = (_read(folder / name) for name in (TRAINING, EVALUATION, ABLATION))
    parts = [
        f"{HEAD}\n# InterAnimate, `{training.get('config', 'own')}`\n\n{ABOUT}\n",
        _facts_table(pipeline, folder, training),
        "## Figures\n", _figures(evaluation),
        "## What each part is worth\n", _worth(ablation),
        "## Cost\n", _cost(_read(folder / BENCH)),
        "## Limits\n", "\n".join([*_shortfalls(evaluation), LIMITS]) + "\n",
        "## Make it again\n", _recipe(training, evaluation, ablation, _restarts(folder)),
        "## Faces\n", f"{LONDON} {USE}\n" if london else f"{USE}\n",
    ]  # fmt: skip
    text = "\n".join(parts)
    (folder / "README.md").write_text(text)
    return text


def copy_shipped(run: Path, folder: Path) -> None:
    """Copy weights, log and figures of a run, without the state from which it would go on."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in (*COMPONENTS, "scheduler"):
        if (run / name).is_dir():
            shutil.rmtree(folder / name, ignore_errors=True)
            shutil.copytree(run / name, folder / name)
    for name in ("model_index.json", TRAINING, EVALUATION, ABLATION, BENCH):
        if (run / name).is_file():
            shutil.copyfile(run / name, folder / name)
    if (run / LOG).is_file():
        shutil.copyfile(run / LOG, folder / KEPT_LOG)


def _facts_table(pipeline: InterAnimatePipeline, folder: Path, training: Facts) -> str:
    sizes, settings = pipeline.denoiser.sizes, pipeline.settings
    counts = {
        name: sum(p.numel() for p in part.parameters())
        for name, part in pipeline.components.items()
        if hasattr(part, "parameters")
    }
    size = sum(file.stat().st_size for file in folder.glob("*/*.safetensors")) / 1e6
    rows = [
        ("size", f"{_join(f'{count / 1e6:.2f} M parameters of {name}' for name, count in counts.items())}; "
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


def _training_rows(training: Facts) -> list[tuple[str, str]]:
    data = training["data"]
    made = f", {data['size']} px, {data['seconds']:g} s at {data['fps']} frames a second" if "size" in data else ""
    rows = [
        (name, f"{split['samples']} samples of {split['clips']} clips, {split['people']} people{made}")
        for name, key in (("data", "train"), ("held out", "test"))
        if (split := data.get(key))
    ]
    off = f"; without {_join(training['switched_off'])}" if training["switched_off"] else ""
    return [
        *rows,
        ("training", f"{training['step']} steps of {training['batch']} windows of {training['window']} frames at "
                     f"{training['crop']} px{off}; {training['regression']:.0%} regression, then flow matching with "
                     f"x-prediction; AdamW, averaged weights, the best of step {training['best_step']}"),
        ("time", f"{training['seconds'] / 60:.0f} min, {training['processor_seconds'] / 60:.0f} min of processor time"),
        ("hardware", f"{training['hardware']}; torch {training['torch']}, {training['date']}"),
    ]  # fmt: skip


def _figures(evaluation: Facts) -> str:
    if not evaluation:
        return "Not measured.\n"
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


def _worth(report: Facts) -> str:
    """The ablation's table, and in how many comparisons the whole model is the better one."""
    if not report:
        return "Ablations have not been run: nothing is known yet of what each part is worth.\n"
    rows = rows_of(report)
    steps = _join(sorted({str(variant["training"]["steps"]) for variant in report["variants"].values()}))
    lines = [
        f"Each variant trained from the same seed on the same data for {steps} steps, then measured on "
        f"{report['about']['clips']} clips of people never trained on.\n",
        format_table(rows) + "\n",
        f"How often the whole model beats the one without a part, in {_join(JUDGED)}:\n",
        "| guidance | " + " | ".join(name for name in VARIANTS if name != WHOLE) + " |",
        "|---" * len(VARIANTS) + "|",
    ]
    for strength, each in rows.items():
        cells = [_beaten(each, name) for name in VARIANTS if name != WHOLE]
        lines.append(f"| {strength} | " + " | ".join(cells) + " |")
    return "\n".join([*lines, *_not_ahead(rows)]) + "\n"


def _not_ahead(rows: dict[str, dict[str, dict[str, float]]]) -> list[str]:
    """In words: against which variants the whole model does not win most figures."""
    lines = []
    for strength, each in rows.items():
        behind = [name for name in VARIANTS if name != WHOLE and (wins := _wins(each, name)) and 2 * wins[0] <= wins[1]]
        if behind:
            lines.append(f"- Guided by {strength}, the whole model is not ahead of {_join(behind)}: at this length of "
                         "training, what they lack shows no use there.")  # fmt: skip
    return ["", *lines] if lines else []


def _beaten(rows: dict[str, dict[str, float]], name: str) -> str:
    wins = _wins(rows, name)
    return f"{wins[0]} of {wins[1]}" if wins else "–"


def _wins(rows: dict[str, dict[str, float]], name: str) -> tuple[int, int] | None:
    """Figures in which the whole model is better than a variant, of how many; None if one was not trained."""
    if name not in rows or WHOLE not in rows:
        return None
    both = [key for key in JUDGED if key in rows[name] and key in rows[WHOLE]]
    return sum(JUDGED[key] * (rows[WHOLE][key] - rows[name][key]) > 0 for key in both), len(both)


def _cost(bench: Facts) -> str:
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


def _shortfalls(evaluation: Facts) -> list[str]:
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
            lines.append(f"- Guided by {strength}, the composite without a network is nearer in {_join(worse)}.")
        if flicker is not None and flicker < -AIM_STILL:
            lines.append(f"- Guided by {strength}, still areas flicker by {-flicker:.1%} more than physics'.")
    return lines


def _restarts(folder: Path) -> list[int]:
    """Steps at which the learning rate rose again, the run having been stopped and resumed for longer."""
    log = next((folder / name for name in (KEPT_LOG, LOG) if (folder / name).is_file()), None)
    rises: list[int] = []
    kept: list[Facts] = []
    for line in _lines(log) if log else []:
        while kept and kept[-1]["step"] >= line["step"]:  # what was done after the last save is done once more
            kept.pop()
        if kept and line["rate"] > kept[-1]["rate"]:
            rises.append(line["step"])
        kept.append(line)
    return rises


def _lines(log: Path) -> list[Facts]:
    """Lines of a run's log that have a rate, from where it has warmed up; InputError if the log is damaged."""
    try:
        lines = [json.loads(line) for line in log.read_text().splitlines()]
        return [line for line in lines if "rate" in line and line["step"] > WARM_UP]
    except (ValueError, KeyError, TypeError) as error:
        raise InputError(f"{log} is damaged: {error}.") from error


def _recipe(training: Facts, evaluation: Facts, ablation: Facts, restarts: list[int]) -> str:
    clips, measured = _clips(training), _clips(evaluation)
    many = f" --clips {clips}" if clips else ""
    more = f"    python -m model synthesize PHOTOS -o data --clips {measured}\n" if measured > clips else ""
    exact = f" --precision {training['precision']}" if training.get("precision") else ""
    about = ablation.get("about", {})
    steps = about.get("steps") or training.get("step", 0)
    stops = f" It was resumed for longer: the rate rises again at step {_join(map(str, restarts))}." if restarts else ""
    return f"""    python -m model synthesize PHOTOS -o data{many}
    python -m model train data -o run --config {training.get("config", "tiny")} --steps {training.get("step", 0)}{exact}
{more}    python -m model.diffusion.evaluate data run -o run/evaluation.json --clips {evaluation.get("clips", 24)}
    python -m model.diffusion.ablate data -o ablation --steps {steps} --clips {about.get("clips", 24)}{exact}
    python -m tests.bench.bench_diffusion -o run/bench.json
    python -m model.diffusion.card run

`{KEPT_LOG}` is this run's log.{stops}
"""


def _clips(facts: Facts) -> int:
    """Of both splits of the data set that was trained or measured on."""
    data = facts.get("data", {})
    return sum(data[split]["clips"] for split in ("train", "test") if split in data)


def _join(words: Any) -> str:
    return ", ".join(words)


def _read(path: Path) -> Facts:
    """A JSON object; empty if there is no such file; InputError if it is damaged."""
    if not path.is_file():
        return {}
    try:
        value = json.loads(path.read_text())
    except ValueError as error:
        raise InputError(f"{path} is damaged: {error}.") from error
    if not isinstance(value, dict):
        raise InputError(f"{path} is not an object.")
    return value


def main() -> int:
    """Write the card; the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("-o", "--output", type=Path, help="copy what ships into this folder, and write the card there")
    parser.add_argument("--london", action="store_true", help="the clips show people of the London Set: cite it")
    options = parser.parse_args()
    try:
        folder = options.checkpoint
        if options.output:
            copy_shipped(folder, options.output)
            folder = options.output
        write_card(folder, options.london)
        print(f"{folder / 'README.md'} written")
    except InputError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
