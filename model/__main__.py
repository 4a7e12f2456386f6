"""Command line: `python -m model COMMAND --help`. Ends with 0, with 2 for bad input, with 1 for our fault."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

from annotation import console
from annotation.paths import (
    one_line,
    shown,
    why_no_folder,
    why_not_made,
    why_not_read,
    why_not_together,
    why_not_written,
)
from annotation.taxonomy import PATTERNS, category
from model.errors import InputError
from model.files import write_text
from model.options import options_of
from model.request import Request

OPTIONS: Final = options_of(Request)
JSON: Final = (".json",)
MANY: Final = {"help": "one of the 18 that `patterns` lists; several by commas, or all, for many clips"}


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status."""
    console.speak()
    options = _parser().parse_args(arguments)
    return console.run(lambda: options.run(options), (InputError,))


def _parser() -> argparse.ArgumentParser:
    about = "From a photo and a pattern to a labelled clip."
    parser = argparse.ArgumentParser(prog="python -m model", description=about)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    _add_patterns(commands)
    _add_generate(commands)
    _add_prelabel(commands)
    _add_check(commands)
    _add_evaluate(commands)
    _add_synthesize(commands)
    _add_train(commands)
    _add_touches(commands)
    _add_fit(commands)
    _add_warm(commands)
    return parser


def _add_option(command: argparse.ArgumentParser, name: str, **own: Any) -> None:
    """An option of `Request`; `own` is what this command says otherwise."""
    option = OPTIONS[name]
    said: dict[str, Any] = {"help": option.help or None, "default": None if option.required else option.default}
    command.add_argument(f"--{name.replace('_', '-')}", type=option.kind, required=option.required, **(said | own))


def _add_patterns(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("patterns", help="list the 18 patterns")
    command.set_defaults(run=list_patterns)


def list_patterns(_options: argparse.Namespace) -> None:
    """One pattern a line, with its category."""
    for pattern in PATTERNS:
        print(f"{pattern}\t{category(pattern)}")


def _add_generate(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("generate", help="make a clip from a photo")
    command.add_argument("photo", type=console.path, help="a photo; or a folder of them, for many clips")
    for name in OPTIONS:
        _add_option(command, name, **(MANY if name == "pattern" else {}))
    command.add_argument("--seeds", type=int, default=1, help="clips of each photo and pattern of a folder")
    command.add_argument(
        "-o",
        "--output",
        type=console.path,
        required=True,
        help="clip.mp4, or .webm, .gif, .webp; of many, their folder",
    )
    command.add_argument("--labels", type=console.path, help="write labels.json")
    command.add_argument("--metrics", type=console.path, help="write metrics.json")
    command.add_argument("--guidance", type=console.path, help="write guidance.npz")
    command.set_defaults(run=generate_clip)


def generate_clip(options: argparse.Namespace) -> None:
    """Make one clip and write what was asked for; of a folder of photos, or several patterns, many clips."""
    if options.photo.is_dir() or options.pattern == "all" or "," in options.pattern:
        generate_clips(options)
        return
    from model.clip import Clip
    from model.encoders import encoder_of
    from model.generate import generate_steps

    request = Request(**{name: getattr(options, name) for name in OPTIONS})
    require(why_not_read(options.photo, "photo"))
    files = {"-o": options.output} | {f"--{name}": getattr(options, name) for name in ("labels", "metrics", "guidance")}
    for name, suffixes in {"-o": (), "--labels": JSON, "--metrics": JSON, "--guidance": (".npz",)}.items():
        require_writable(files[name], suffixes)
    require(why_not_together(files, [options.photo]))
    encoder_of(options.output)
    *_, clip = generate_steps(options.photo, request, guidance=options.guidance is not None)
    assert isinstance(clip, Clip)
    clip.save(options.output)
    if options.labels:
        write_text(options.labels, clip.labels.text() + "\n")
    if options.metrics:
        write_text(options.metrics, json.dumps(clip.metrics, indent=2) + "\n")
    if options.guidance and clip.guidance:
        clip.guidance.save(options.guidance)
    for note in clip.provenance["notes"]:
        print(note)
    print(f"{shown(options.output)}: {len(clip.frames)} frames in {clip.metrics['seconds']['total']:.1f} s")


def generate_clips(options: argparse.Namespace) -> None:
    """Make many clips into a folder, a line for each."""
    from model.many import generate_many

    named = [name for name in ("labels", "metrics", "guidance") if getattr(options, name)]
    if named:
        raise InputError(f"--{named[0]} is of one clip; the labels of many are in metadata.jsonl of their folder.")
    given = {name: getattr(options, name) for name in OPTIONS if name != "pattern"}
    failed, total = 0, 0
    for made in generate_many(options.photo, options.pattern, options.output, seeds=options.seeds, **given):
        failed, total = failed + bool(made.error), made.total
        said = one_line(made.error) or (f"{made.seconds:.1f} s" if made.seconds else "was there")
        print(f"{made.number} of {made.total} {shown(made.clip.name)}: {said}", flush=True)
    print(f"{shown(options.output)}: {total - failed} clips{f', {failed} could not be made' if failed else ''}")
    if failed == total:
        raise InputError("No clip could be made: the reasons stand above.")


def require(why_not: str) -> None:
    """InputError with what is wrong, if anything is; asked before the work, not after."""
    if why_not:
        raise InputError(why_not)


def require_writable(path: Path | None, suffixes: Sequence[str]) -> None:
    """InputError unless a file of that kind can be written at `path`."""
    require("" if path is None else why_not_written(path, suffixes))


def _add_prelabel(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("prelabel", help="predict the contact labels of a clip")
    command.add_argument("clip", type=console.path, help="a video of a face that is touched")
    command.add_argument("-o", "--output", type=console.path, required=True, help="labels.json")
    command.set_defaults(run=prelabel_clip)


def prelabel_clip(options: argparse.Namespace) -> None:
    """Write the labels that are predicted for one clip."""
    require_writable(options.output, JSON)
    require(why_not_read(options.clip, "video"))
    require(why_not_together({"-o": options.output}, [options.clip]))
    from model.prelabel import prelabel_steps  # takes seconds
    from model.prelabel.reading import SEVERAL
    from model.prelabel.video import read_film
    from model.request import Progress

    crowded = False
    for step in prelabel_steps(read_film(options.clip)):
        if isinstance(step, Progress):
            crowded = crowded or step.stage == SEVERAL
            tell(step.fraction)
        else:
            labels = step
    write_text(options.output, labels.text() + "\n")
    if crowded:
        print("There are several faces in it: what touches the largest one is labelled.")
    print(f"{shown(options.output)}: {len(labels.contacts)} contacts, most like {labels.pattern}")


def tell(fraction: float) -> None:
    """How far a long work is, on a terminal."""
    if sys.stderr.isatty():
        print(f"\r{fraction:4.0%}", end="" if fraction < 1 else "\n", file=sys.stderr, flush=True)


def _add_check(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("check", help="say whether a pattern was done in a clip, and if not, why")
    command.add_argument("clip", type=console.path, help="a video of a face that is touched")
    _add_option(command, "pattern")
    command.set_defaults(run=check_pattern)


def check_pattern(options: argparse.Namespace) -> None:
    """Print the verdict as JSON."""
    require(why_not_read(options.clip, "video"))
    from model.prelabel.check import check_clip  # takes seconds

    print(json.dumps(check_clip(options.clip, options.pattern).to_json(), indent=2))


def _add_evaluate(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("evaluate", help="make many clips and hold their figures against the bars")
    command.add_argument("photos", type=console.path, nargs="+")
    _add_option(command, "engine")
    command.add_argument("--patterns", default="all", help="all, or names with commas between them")
    command.add_argument("--seeds", type=int, default=1, help="clips of each photo and pattern")
    command.add_argument("--jobs", type=int, default=1, help="processes side by side")
    _add_option(command, "size")
    command.add_argument("--sheets", type=console.path, help="folder for a PNG of twelve frames per clip")
    command.add_argument("-o", "--output", type=console.path, required=True, help="report.json")
    command.set_defaults(run=evaluate_photos)


def evaluate_photos(options: argparse.Namespace) -> None:
    """Measure clips of all photos and patterns, write the report, print its table."""
    if options.seeds < 1 or options.jobs < 1:
        raise InputError("--seeds and --jobs must be at least 1.")
    require_writable(options.output, JSON)
    require(why_not_together({"-o": options.output}, options.photos))
    from model.evaluation.evaluate import evaluate  # takes seconds
    from model.evaluation.report import table

    if options.sheets:
        require(why_not_made(options.sheets))
        options.sheets.mkdir(parents=True, exist_ok=True)
    patterns = list(PATTERNS) if options.patterns == "all" else options.patterns.split(",")
    names = ("engine", "seeds", "jobs", "size", "sheets")
    report: dict[str, Any] = {}
    for report in evaluate(options.photos, patterns, **{name: getattr(options, name) for name in names}):
        if "photo" in report:
            about = f"{shown(report['photo'])} {report['pattern']} {report['seed']}"
            print(f"{about}: {report['error'] or 'done'}", flush=True)
    write_text(options.output, json.dumps(report, indent=1) + "\n")
    print(table(report))
    if report["failed"]:
        first = report["failed"][0]["error"]
        raise RuntimeError(f"{len(report['failed'])} clips failed, the first: {first}")
    if not report["clips"]:
        raise InputError("No clip could be made of any photo: the reasons stand above.")


def _add_synthesize(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("synthesize", help="make a data set of labelled clips from photos")
    command.add_argument(
        "photos",
        type=console.path,
        nargs="+",
        help="photos or folders of them, PERSON_anything.jpg; or a folder of filmed clips with metadata.jsonl",
    )
    command.add_argument("-o", "--output", type=console.path, required=True, help="folder of the data set")
    command.add_argument("--patterns", default="all", help="all, or some by commas")
    command.add_argument("--clips", type=int, default=100, help="how many; more later adds to what is there")
    command.add_argument("--jobs", type=int, default=1, help="processes on this machine")
    command.add_argument("--ray", default="", metavar="ADDRESS", help="spread over a Ray cluster: auto, or HOST:PORT")
    _add_option(command, "size", default=256, help="side of the pictures in px")
    _add_option(command, "seconds", default=1.5)
    _add_option(command, "fps", default=8)
    _add_option(command, "seed")
    command.add_argument("--hold-out", type=float, default=0.15, help="share of the people kept for testing")
    command.set_defaults(run=synthesize_clips)


def synthesize_clips(options: argparse.Namespace) -> None:
    """Make what is missing of a data set."""
    from model.dataset.filmed import convert_films, is_filmed
    from model.dataset.plan import SynthesisOptions, list_photos
    from model.dataset.synthesize import synthesize

    require(why_not_made(options.output))
    if is_filmed(options.photos[0]):
        for line in convert_films(options.photos[0], options.output, options.size, options.hold_out):
            print(one_line(line))
        return
    patterns = PATTERNS if options.patterns == "all" else tuple(options.patterns.split(","))
    chosen = SynthesisOptions(
        list_photos(options.photos), patterns, options.size, options.seconds, options.fps,
        hold_out=options.hold_out, seed=options.seed,
    )  # fmt: skip
    made, before = synthesize(options.output, chosen, options.clips, options.jobs, options.ray)
    print(f"{shown(options.output)}: {made} shards made, {before} were there")


def _add_train(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("train", help="train the diffusion model on a data set")
    command.add_argument("data", type=console.path, help="folder of `python -m model synthesize`")
    command.add_argument("-o", "--output", type=console.path, required=True, help="folder of the checkpoint")
    command.add_argument("--config", default="tiny", help="tiny, base or full")
    command.add_argument("--resume", action="store_true", help="go on where the run in the folder was stopped")
    command.add_argument(
        "--minutes", type=float, default=30.0, help="the run ends after so long, a resumed one after so long again"
    )
    command.add_argument("--steps", type=int, default=0, help="the run ends after so many steps instead")
    command.add_argument("--seed", type=int, default=0)
    command.add_argument("--workers", type=int, default=1, help="processes that read ahead")
    command.add_argument("--batch", type=int, default=0, help="windows a step and process; 0 is the configuration's")
    command.add_argument("--precision", choices=["no", "bf16"], default="", help="bf16 where a GPU is, unless told")
    command.add_argument("--face-encoder", default="", metavar="FILE", help="ONNX network in place of our own")
    command.set_defaults(run=train_model)


def train_model(options: argparse.Namespace) -> None:
    """Train until the time is up."""
    names = ("config", "resume", "minutes", "steps", "seed", "workers", "batch", "precision", "face_encoder")
    chosen = {name: getattr(options, name) for name in names}
    require(why_no_folder(options.data))
    require(why_not_made(options.output))
    from model.diffusion.training.options import TrainingOptions
    from model.diffusion.training.train import train  # takes seconds

    done = train(TrainingOptions(str(options.data), str(options.output), **chosen))
    best = "not measured on unseen people" if done.best is None else f"best {done.best:.2f} dB"
    print(f"{shown(options.output)}: {done.step} steps in {done.seconds / 60:.1f} min, {best}")


def _add_touches(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("touches", help="make clips of free touches and near misses, with exact truth")
    command.add_argument("photos", type=console.path, nargs="+", help="photos or folders of them, PERSON_anything.jpg")
    command.add_argument("-o", "--output", type=console.path, required=True, help="folder of the clips")
    command.add_argument("--clips", type=int, default=100, help="how many; more later adds to what is there")
    _add_option(command, "seed")
    command.set_defaults(run=make_free_touches)


def make_free_touches(options: argparse.Namespace) -> None:
    """Make what is missing of the clips."""
    from model.dataset.touches.make import make_touches

    require(why_not_made(options.output))
    for line in make_touches(options.photos, options.output, options.clips, options.seed):
        print(one_line(line), flush=True)


def _add_fit(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("fit", help="fit the pre-labeller's weights to such clips")
    command.add_argument("data", type=console.path, help="folder of `python -m model touches`")
    command.add_argument(
        "-o", "--output", type=console.path, required=True, help="folder of the weights and their card"
    )
    command.set_defaults(run=fit_prelabeller)


def fit_prelabeller(options: argparse.Namespace) -> None:
    """Fit, and write the weights with their card."""
    from model.dataset.touches.fit import fit_folder

    require(why_no_folder(options.data))
    require(why_not_made(options.output))
    fit_folder(options.data, options.output)


def _add_warm(commands: argparse._SubParsersAction) -> None:
    command = commands.add_parser("warm", help="compile the kernels now, so that the first clip does not wait")
    command.set_defaults(run=lambda _options: warm_up())


def warm_up() -> None:
    """Make one small clip, so that everything is compiled and loaded."""
    import skimage.data

    from model.generate import generate

    generate(skimage.data.astronaut(), "poke-left-cheek", size=256, seconds=1.5, fps=12)


if __name__ == "__main__":
    sys.exit(main())
