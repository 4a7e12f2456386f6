"""The model card of a checkpoint, written from what was measured: `python -m model.diffusion.card CHECKPOINT`.

    python -m model.diffusion.card RUN -o assets/interanimate --london    # copies what ships, then writes its card

Reads beside the weights training.json (written by training), evaluation.json (`model.diffusion.evaluate -o`),
ablation.json (`model.diffusion.ablate`) and bench.json (`tests.bench.bench_diffusion -o`). What is not there
is said not to have been measured: no figure in the card is typed by hand.
"""

import argparse
import json
import shutil
from pathlib import Path
from typing import Final

from annotation import console
from annotation.paths import shown, why_not_made
from model.diffusion.checkpoint import COMPONENTS, load_checkpoint
from model.diffusion.report import card_sections as section
from model.diffusion.report.card_sections import Measured
from model.diffusion.report.run_log import restarts
from model.diffusion.report.worth import worth_of_parts
from model.diffusion.training.run import LOG, TRAINING
from model.errors import InputError
from model.files import changing, part_of, settle, write_text

EVALUATION, ABLATION, BENCH = "evaluation.json", "ablation.json", "bench.json"
KEPT_LOG: Final = "training.jsonl"

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
    """Write and return the README.md of a checkpoint; InputError if there is none, or its figures are damaged."""
    settle(folder)
    pipeline = load_checkpoint(str(folder), "cpu")
    training, evaluation, ablation = (_read(folder / name) for name in (TRAINING, EVALUATION, ABLATION))
    log = next((folder / name for name in (KEPT_LOG, LOG) if (folder / name).is_file()), None)
    parts = [
        f"{HEAD}\n# InterAnimate, `{training.get('config', 'own')}`\n\n{ABOUT}\n",
        section.about_table(pipeline, folder, training),
        "## Figures\n", section.figures_text(evaluation, training),
        "## What each part is worth\n", worth_of_parts(ablation),
        "## Cost\n", section.cost_text(_read(folder / BENCH)),
        "## Limits\n", "\n".join([*section.shortfalls(evaluation), LIMITS]) + "\n",
        "## Make it again\n", section.recipe(training, evaluation, ablation, restarts(log), KEPT_LOG),
        "## Faces\n", f"{LONDON} {USE}\n" if london else f"{USE}\n",
    ]  # fmt: skip
    text = "\n".join(parts)
    write_text(folder / "README.md", text)
    return text


def copy_shipped(run: Path, folder: Path) -> None:
    """Copy weights, log and figures of a run, without the state from which it would go on; all at once."""
    with changing(folder) as made:
        for name in (*COMPONENTS, "scheduler"):
            if part_of(run, name).is_dir():
                shutil.copytree(part_of(run, name), made / name)
        for name in ("model_index.json", TRAINING, EVALUATION, ABLATION, BENCH):
            if part_of(run, name).is_file():
                shutil.copyfile(part_of(run, name), made / name)
        if (run / LOG).is_file():
            shutil.copyfile(run / LOG, made / KEPT_LOG)


def _read(path: Path) -> Measured:
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
    console.speak()
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("checkpoint", type=console.path)
    parser.add_argument(
        "-o", "--output", type=console.path, help="copy what ships into this folder, and write the card there"
    )
    parser.add_argument("--london", action="store_true", help="the clips show people of the London Set: cite it")
    options = parser.parse_args()

    def work() -> None:
        folder = options.checkpoint
        if options.output:
            if why := why_not_made(options.output):
                raise InputError(why)
            copy_shipped(folder, options.output)
            folder = options.output
        write_card(folder, options.london)
        print(f"{shown(folder / 'README.md')} written")

    return console.run(work, (InputError,))
