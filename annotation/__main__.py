"""The annotation store on the command line: python -m annotation COMMAND --help."""

import argparse
import json
import math
import os
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from annotation import (
    backup,
    console,
    exporting,
    forgetting,
    importing,
    people,
    queue,
    releasing,
    restoring,
    statistics,
)
from annotation.audit import note
from annotation.errors import BadInput, NotAllowed, StoreError
from annotation.labels import STATES, LabelError
from annotation.names import storable
from annotation.opening import open_store
from annotation.paths import one_line, shown, why_not_read
from annotation.store import Store
from annotation.values import SYSTEM

MANIFEST: Final = """\
Each video in the folder becomes a clip. What is known of them may stand in a manifest.csv in the folder:

  file_name,pattern,subject,environment,device,split,consent
  monday/ann.mp4,poke-left-cheek,ann,kitchen,phone,train,"signed, 2026-11-02"
  monday/ben.mp4,none,ben,,webcam,test,

Only file_name and pattern are needed, and a pattern may be empty; other columns are kept as provenance. A
manifest.jsonl has the same, an object a line. metadata.jsonl is a folder that was exported, with its labels.
"""
STOPPED: Final = ("error: stopped; what is in stays, the same command goes on from there", 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command: 0, or one line on stderr and 2 (bad input) or 1 (our fault)."""
    console.speak()
    options = _parser().parse_args(arguments, argparse.Namespace(opened=[]))
    try:
        return console.run(lambda: options.run(options), (BadInput, LabelError, NotAllowed), (StoreError,), STOPPED)
    finally:
        for store in options.opened:
            store.close()


def _open(options: argparse.Namespace) -> Store:
    """The store, closed when the command ends."""
    store = open_store(options.data)
    options.opened.append(store)
    return store


def _init(options: argparse.Namespace) -> None:
    store = _open(options)
    if options.admin:
        people.set_role(store, SYSTEM, options.admin, "admin")
    shares = {name: getattr(options, name) for name in ("lease_seconds", "double_share", "gold_share")}
    if any(value is not None for value in shares.values()):
        queue.configure(store, SYSTEM, **shares)
    print(f"{shown(store.data)}: ready")


def _import(options: argparse.Namespace) -> None:
    store = _open(options)

    line = console.Line()

    def progress(report: importing.Report) -> None:
        line.say(report.rows, f"{report.added:,} added, {report.failed:,} refused, {report.rows:,} in all")

    report = importing.import_file(
        store, SYSTEM, options.source, options.format, strict=options.strict, progress=progress
    )
    line.end()
    for problem in sorted([*report.problems, *report.notes], key=lambda problem: problem.line):
        print(f"{report.each} {problem.line}: {one_line(problem.message)}", file=sys.stderr)
    counts = f"{report.added} added, {report.relabelled} relabelled, {report.same} as before"
    lost = f", {report.lost} not kept of the others" if report.lost else ""
    converted = f", {report.converted} converted" if report.converted else ""
    print(f"{counts}, {report.failed} refused{lost}{converted}{': nothing changed' if report.unchanged else ''}")
    if report.failed and not (report.added or report.relabelled or report.same):
        raise BadInput("nothing was imported: every row was refused")


def _export(options: argparse.Namespace) -> None:
    if options.push and options.format != "folder":
        raise BadInput("--push takes --format folder")
    store = _existing(options)
    states = tuple(options.state) or STATES
    if options.format == "folder":
        written = exporting.export_folder(store, SYSTEM, options.out, states)
    else:
        written = exporting.export(store, SYSTEM, options.out, options.format, states)
    print(f"{shown(options.out)}: {written} clips")
    if options.push:
        print(exporting.push(store, SYSTEM, options.out, options.push, private=not options.public))


def _stats(options: argparse.Namespace) -> None:
    progress = statistics.progress(_existing(options), SYSTEM)
    if options.json:
        print(json.dumps(asdict(progress), indent=1))
        return
    print(f"clips {progress.clips}: " + ", ".join(f"{n} {state}" for state, n in progress.by_state.items()))
    print(
        f"flagged {progress.flagged}, gold {progress.gold}, disputed {progress.disputed},"
        f" conflicts {progress.conflicts}"
    )
    for pattern, states in sorted(progress.by_pattern.items()):
        print(f"  {pattern:18} " + ", ".join(f"{n} {state}" for state, n in sorted(states.items())))
    for work in progress.work:
        print(
            f"  {work.person}: {work.decided} decided, median {_figure(work.median_seconds)} s,"
            f" changed {_figure(work.share_changed)}, gold {_figure(work.gold_score)} ({work.gold})"
        )


def _agreement(options: argparse.Namespace) -> None:
    report = statistics.agreement_report(_existing(options), SYSTEM, limit=options.limit)
    if options.json:
        rows = {
            name: {key: None if _missing(value) else value for key, value in asdict(row).items()}
            for name, row in report.items()
        }
        print(json.dumps(rows, indent=1))
        return
    print(f"{'':14} {'kappa':>6} {'alpha':>6} {'time':>6} {'area':>6} {'ends':>6} {'frames':>7} contacts")
    for name, row in report.items():
        values = (row.kappa, row.alpha, row.temporal_iou, row.polygon_iou, row.boundary_error)
        print(f"{name:14} " + " ".join(f"{_figure(v):>6}" for v in values) + f" {row.frames:>7} {row.contacts:>8}")


def _backup(options: argparse.Namespace) -> None:
    store = _existing(options)
    place = backup.backup(store, keep=options.keep)
    note(store, "backup", place.name)
    print(one_line(str(place)))


def _restore(options: argparse.Namespace) -> None:
    data = Path(options.data or os.environ.get("STUDIO_DATA") or "data")
    if os.environ.get("STUDIO_DATABASE_URL"):
        raise BadInput("The database is on a server: restore it there (pg_restore).")
    source = Path(options.backup)
    if why_not_read(source) and not why_not_read(data / "backups" / source.name):
        source = data / "backups" / source.name
    with restoring.without_forgotten(data, source) as (place, back):
        kept = backup.restore(data, place)
    note(_open(options), "restore", storable(source.name))
    print(f"{shown(source.name)} is in place" + (f"; what was there is {one_line(str(kept))}" if kept else ""))
    if words := _words_of(back):
        print(words)


def _words_of(back: restoring.Back | None) -> str:
    """What is to be said of those who were forgotten since a backup that was restored; empty for nothing."""
    if back is None:
        return "What was there cannot be read: whoever was forgotten since the backup is here again. Forget them anew."
    if not back.any:
        return ""
    clips = f"clips {', '.join(map(str, back.clips))}" if back.clips else ""
    who = " and ".join(filter(None, [clips, ", ".join(map(one_line, back.people))]))
    if back.sure:
        return f"Forgotten since the backup was made, and forgotten again: {who}"
    return f"Here again, and maybe forgotten since the backup was made: {who}. Look, and use forget."


def _check(options: argparse.Namespace) -> None:
    problems = backup.check(_existing(options), options.thorough)
    for problem in problems:
        print(one_line(problem))
    if problems:
        raise StoreError(f"{len(problems)} problems")
    print("everything is there")


def _release(options: argparse.Namespace) -> None:
    store = _existing(options)
    if options.clips or options.pattern or options.all:
        releasing.release(store, SYSTEM, open=not options.withdraw, clip_ids=options.clips, pattern=options.pattern)
    elif options.withdraw:
        raise BadInput("Which clips? Give their numbers, --pattern or --all.")
    open, total = releasing.released(store)
    print(f"{open} of {total} clips are open to visitors who are not logged in")


def _forget(options: argparse.Namespace) -> None:
    if not (options.clips or options.person or options.backups):
        raise BadInput("What? Give numbers of clips, --person NAME or --backups.")
    store = _existing(options)
    number, exports = len(set(options.clips)), tuple[str, ...]()
    if options.clips:
        exports = forgetting.forget(store, SYSTEM, set(options.clips))
    if options.person:
        more, others = forgetting.forget_person(store, SYSTEM, options.person)
        number, exports = number + more, (*exports, *others)
    if forgetting.due(store) is not None:
        forgetting.scrub(store)
    if options.clips or options.person:
        print(f"{number} clips forgotten{f', and {options.person}' if options.person else ''}")
    for name in exports:
        print(f"exports/{name} held them: deleted")
    if options.backups:
        for path in forgetting.delete_backups(store, SYSTEM):
            print(f"backups/{path.name} deleted")
    elif stale := forgetting.stale_backups(store):
        print("These backups still hold what is no longer here (forget --backups deletes them):")
        print("\n".join(f"  backups/{path.name}" for path in stale))
    if store.file is None:
        print("The server's own backups and logs may still hold it.")


def _existing(options: argparse.Namespace) -> Store:
    data = Path(options.data or os.environ.get("STUDIO_DATA") or "data")
    if not os.environ.get("STUDIO_DATABASE_URL") and why_not_read(data / "studio.db"):
        raise BadInput(f"{shown(data)} has no studio.db: python -m annotation init --data {shown(data)}")
    return _open(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser("python -m annotation", description="The annotation store.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Any, text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.add_argument("--data", metavar="DIR", help="data folder (default: STUDIO_DATA or data)")
        sub.set_defaults(run=run)
        return sub

    init = command("init", _init, "Make the store, or bring it up to date; set the queue.")
    init.add_argument("--admin", metavar="NAME", help="make this person an admin")
    init.add_argument("--lease-seconds", type=float, metavar="S", help="how long a claimed clip is held")
    init.add_argument("--double-share", type=float, metavar="0..1", help="clips that two people label")
    init.add_argument("--gold-share", type=float, metavar="0..1", help="clips that check an annotator")

    imports = command("import", _import, "Bring clips or labels in; run it again to go on after a stop.")
    imports.epilog, imports.formatter_class = MANIFEST, argparse.RawDescriptionHelpFormatter
    imports.add_argument(
        "source", type=console.path, help="folder of videos, with or without a manifest, or file of labels"
    )
    imports.add_argument("--format", default="", choices=importing.FORMATS, help="what it is (default: by its name)")
    imports.add_argument("--strict", action="store_true", help="one bad row refuses all")

    export = command("export", _export, "Write the newest labels.")
    export.add_argument("out", type=console.path, help="file, or for the format folder a new folder")
    export.add_argument("--format", default="native", choices=[*exporting.FORMATS, "folder"])
    export.add_argument("--state", action="append", default=[], choices=STATES, help="only these (may be repeated)")
    export.add_argument("--push", metavar="REPO", help="upload the folder to this dataset of the Hub")
    export.add_argument("--public", action="store_true", help="make a pushed data set public")

    stats = command("stats", _stats, "Say how far the work is.")
    stats.add_argument("--json", action="store_true", help="as JSON")

    agreement = command("agreement", _agreement, "Say how far people agree, by region and finger.")
    agreement.add_argument("--json", action="store_true", help="as JSON")
    agreement.add_argument("--limit", type=int, default=5_000, help="of the newest clips (default: 5000)")

    copy = command("backup", _backup, "Copy the database while it is in use, verify the copy, rotate.")
    copy.add_argument("--keep", type=int, default=backup.KEEP, help="how many to keep (default: 10)")

    restore = command("restore", _restore, "Put a backup in place of the database; the app must be stopped.")
    restore.add_argument("backup", type=console.path, help="the file, or its name in the folder backups")

    check = command("check", _check, "Look for missing files, broken parents, contacts out of range.")
    check.add_argument("--thorough", action="store_true", help="also read every video and label")

    release = command("release", _release, "Say which clips people who are not logged in may label.")
    release.add_argument("clips", nargs="*", type=int, metavar="CLIP", help="numbers of clips")
    release.add_argument("--pattern", default="", help="all clips of a pattern")
    release.add_argument("--all", action="store_true", help="all clips that are here now")
    release.add_argument("--withdraw", action="store_true", help="close them again")

    forget = command("forget", _forget, "Delete clips, or a person, for good, with all that is known of them.")
    forget.add_argument("clips", nargs="*", type=int, metavar="CLIP", help="numbers of clips")
    forget.add_argument("--person", metavar="NAME", help="their clips, and their name wherever it stands")
    forget.add_argument("--backups", action="store_true", help="delete the backups that hold what is no longer here")
    return parser


def _figure(value: float | None) -> str:
    return "-" if value is None or _missing(value) else f"{value:.2f}"


def _missing(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


if __name__ == "__main__":
    sys.exit(main())
