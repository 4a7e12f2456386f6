"""Write clips and labels out, in any format; push a folder to the Hugging Face Hub."""

import os
import secrets
import shutil
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final, NamedTuple

from sqlalchemy import and_, func, select

from annotation import schema
from annotation.audit import note
from annotation.database import clear_errors
from annotation.datacard import Census, card
from annotation.errors import BadInput, NotFound, StoreError
from annotation.files import new_name, replacing, sync, sync_tree
from annotation.formats import activitynet, coco, cvat, flat, manifest, native
from annotation.formats.entry import Entry
from annotation.labels import STATES, Labels
from annotation.names import names_of, storable
from annotation.paths import same_file, shown, why_not_made, why_not_written
from annotation.people import require
from annotation.records import times_of, unpack
from annotation.store import Store
from annotation.values import About


class Format(NamedTuple):
    """A format that labels can be written in."""

    write: Callable[[IO[str], Collection[Entry]], int]  # how many clips were written
    suffix: str  # of its files


FORMATS: Final[dict[str, Format]] = {
    "native": Format(native.write, "jsonl"),
    "coco": Format(coco.write, "json"),
    "cvat": Format(cvat.write, "xml"),
    "activitynet": Format(activitynet.write, "json"),
    "csv": Format(flat.write, "csv"),
}
PAGE: Final = 200


@dataclass(frozen=True)
class Chosen(Collection[Entry]):
    """The clips of some states, or of these some, with their newest labels, read page by page, as often as wanted."""

    store: Store
    states: tuple[str, ...] = STATES
    only: frozenset[int] | None = None  # their numbers

    def __iter__(self) -> Iterator[Entry]:
        clips, revisions, documents = schema.clips, schema.revisions, schema.documents
        query = (
            select(clips, documents.c.labels)
            .join(revisions, and_(revisions.c.clip_id == clips.c.id, revisions.c.number == clips.c.head))
            .join(documents, documents.c.revision_id == revisions.c.id)
            .where(clips.c.state.in_(self.states))
            .order_by(clips.c.id)
            .limit(PAGE)
        )
        last = 0
        while True:
            with self.store.read() as connection:
                rows = connection.execute(query.where(clips.c.id > last)).all()
                names = names_of(connection, [row.id for row in rows])
            for row in rows:
                last = row.id
                if self.only is not None and row.id not in self.only:
                    continue
                about = About(row.pattern, row.subject, row.environment, row.device, row.split, row.consent)
                kept = names.get(row.id, (row.file_name,))
                labels, times = unpack(row.labels), times_of(row)
                yield Entry(row.id, f"clips/{row.sha256}.mp4", labels, about, row.head, kept, times=times)
            if len(rows) < PAGE:
                return

    def __len__(self) -> int:
        if self.only is not None:
            return sum(1 for _ in self)
        with self.store.read() as connection:
            query = select(func.count()).where(schema.clips.c.state.in_(self.states))
            return int(connection.scalar(query) or 0)

    def __contains__(self, entry: object) -> bool:
        return any(entry == other for other in self)


def export(
    store: Store,
    actor: str,
    out: str | Path,
    format: str = "native",
    states: tuple[str, ...] = STATES,
    only: Collection[int] | None = None,
) -> int:
    """Write the newest labels of all clips of some states, or of `only` some, to one file (admin); how many clips."""
    out = Path(out)
    if format not in FORMATS:
        raise BadInput(f"{format!r} is not a format: {', '.join(FORMATS)}.")
    chosen = _chosen(store, actor, states)
    if only is not None:
        chosen = replace(chosen, only=frozenset(only))
    with clear_errors():
        _check_place(store, out, format)
        place = Path(os.path.realpath(out))  # a link stays, and what it names is replaced
        temporary = new_name(place.parent)
        with replacing(place, temporary), open(temporary, "w", encoding="utf-8", newline="") as file:
            written = FORMATS[format].write(file, chosen)
    note(store, "export", f"{written} clips as {format} to {storable(out.name)}", actor)
    return written


def export_folder(
    store: Store,
    actor: str,
    out: str | Path,
    states: tuple[str, ...] = STATES,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Write a folder that `datasets` reads: videos, metadata.jsonl, manifest.csv, README.md (admin)."""
    out = Path(out)
    chosen = _chosen(store, actor, states)
    if why := why_not_made(out):
        raise BadInput(why)
    with clear_errors():
        if out.exists() and (not out.is_dir() or any(out.iterdir())):
            raise BadInput(f"{shown(out)} is there already: choose an empty folder.")
        out = Path(os.path.realpath(out))
        out.parent.mkdir(parents=True, exist_ok=True)
        temporary = new_name(out.parent)
        try:
            written = _write_folder(store, chosen, temporary, progress)
            sync_tree(temporary)
            os.replace(temporary, out)  # also where an empty folder is
            sync(out.absolute().parent)
        finally:
            shutil.rmtree(temporary, ignore_errors=True)
    note(store, "export", f"{written} clips to {storable(out.name)}", actor)
    return written


def push(store: Store, actor: str, folder: str | Path, repo: str, private: bool = True, api: Any = None) -> str:
    """Upload an exported folder to a dataset repository of the Hub, made if need be (admin); its URL.

    `api` is a `huggingface_hub.HfApi`, by default one with the login of this machine.
    """
    folder = Path(folder)
    with store.read() as connection:
        require(connection, actor, "admin")
    if not (folder / "metadata.jsonl").is_file():
        raise BadInput(f"{shown(folder)} is not an exported folder: it has no metadata.jsonl.")
    if api is None:
        from huggingface_hub import HfApi

        api = HfApi()
    try:
        api.create_repo(repo, repo_type="dataset", private=private, exist_ok=True)
        done = api.upload_folder(
            repo_id=repo,
            folder_path=str(folder),
            repo_type="dataset",
            commit_message="Labels of InterAnimate Studio",
        )
    except (OSError, ValueError) as error:  # HTTP errors are OSErrors, bad names ValueErrors
        raise StoreError(f"The Hub did not take it: {' '.join(str(error).split())[:200]}") from error
    note(store, "export", f"pushed {storable(folder.name)} to {repo}", actor)
    return str(getattr(done, "commit_url", done))


def require_admin(store: Store, actor: str) -> None:
    """Raises `NotAllowed` for who may not export."""
    with store.read() as connection:
        require(connection, actor, "admin")


def new_place(store: Store, format: str) -> Path:
    """A new file for an export of that format; raises `BadInput` for one that is none."""
    if format not in FORMATS:
        raise BadInput(f"{format[:60]!r} is not a format: {', '.join(FORMATS)}.")
    when = f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"
    return store.exports / f"{format}-{when}.{FORMATS[format].suffix}"


def _write_folder(store: Store, chosen: Chosen, folder: Path, progress: Callable[[int], None] | None) -> int:
    (folder / "clips").mkdir(parents=True)
    copied: list[tuple[str, About]] = []
    census = Census()

    def with_videos() -> Iterator[Entry]:
        for entry in chosen:
            name = Path(entry.file_name).name
            if not (store.clips / name).is_file():
                raise NotFound(f"The video of clip {entry.line} is missing: {name}.")
            _copy(store.clips / name, folder / "clips" / name)
            about = entry.about or About("")
            copied.append((entry.file_name, about))
            assert isinstance(entry.labels, Labels)
            census.add(about, entry.labels, entry.labels.frames / entry.labels.fps)
            if progress is not None:
                progress(len(copied))
            yield entry

    with open(folder / "metadata.jsonl", "w", encoding="utf-8") as file:
        written = native.write(file, with_videos())
    with open(folder / "manifest.csv", "w", encoding="utf-8", newline="") as file:
        manifest.write(file, copied)
    (folder / "README.md").write_text(card(census), encoding="utf-8")
    return written


def _copy(source: Path, target: Path) -> None:
    """A hard link where the disk allows it: clips are never changed."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def _chosen(store: Store, actor: str, states: tuple[str, ...]) -> Chosen:
    unknown = set(states) - set(STATES)
    if unknown:
        raise BadInput(f"{sorted(unknown)[0]!r} is not a state: {', '.join(STATES)}.")
    with store.read() as connection:
        require(connection, actor, "admin")
    return Chosen(store, states)


def _check_place(store: Store, out: Path, format: str) -> None:
    """Raises `BadInput` where no file of that format can be written, or one of the store's would be lost."""
    if why := why_not_written(out, (f".{FORMATS[format].suffix}",)):
        raise BadInput(why)
    place = Path(os.path.realpath(out))
    if place.name.startswith("studio.db") and same_file(place.parent, store.data):
        raise BadInput(f"{shown(out)} is the database: name another file.")
    if any(place.is_relative_to(os.path.realpath(folder)) for folder in (store.clips, store.backups)):
        raise BadInput(f"{shown(out)} is where the store keeps its own files: name another folder.")
