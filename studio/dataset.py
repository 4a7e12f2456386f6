"""The Dataset tab: progress, agreement and people; import, export and the queue's settings for admins."""

import secrets
import time
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from typing import Any

import gradio as gr
from gradio.context import Context

from annotation import backup, exporting, importing, people, queue, releasing, statistics
from annotation.audit import note
from annotation.errors import BadInput, NotAllowed, StoreError
from annotation.labels import STATES
from annotation.store import Store
from annotation.taxonomy import OF_CLIPS
from annotation.values import ROLES, STRANGER, Person
from studio import components, engine, prelabel
from studio import dataset_figures as figures
from studio.gallery.section import section
from studio.incoming import said
from studio.review import store as review_store
from studio.review.store import NotLoggedIn
from studio.settings import Settings

ALL = "all that are here now"
EVERY = 0.3  # s between two words on how far an import is
IMPORTS = """<p class="ia-note">A video is a clip that shows none of the patterns until somebody says otherwise; a
<code>manifest.csv</code> beside it (<code>file_name,pattern,subject,environment,device,split,consent</code>) says more.
What browsers cannot show is converted. A file of labels gives clips that are here new labels. The same again changes
nothing, and an import that was cut off goes on where it was.</p>"""
PRELABELS = """<p class="ia-note">The networks look at every clip that nobody has labelled or opened, and say which
finger touches what and when; annotators correct it. What is done stays when it is stopped.</p>"""
PRIVATE: dict[str, Any] = {"show_progress": "hidden", "api_visibility": "private"}


def tab(settings: Settings) -> None:
    """Draw the tab; its figures are made when it is opened."""
    here = Context.block
    note = gr.HTML(apply_default_css=False)
    with gr.Row():
        refresh = gr.Button("Refresh", size="sm", scale=0, min_width=120)
    with gr.Row():
        pattern, day = (gr.Plot(show_label=False, visible=False) for _ in range(2))
    region = gr.Plot(show_label=False, visible=False)
    work = gr.HTML(apply_default_css=False)
    agreement = gr.Plot(show_label=False, visible=False)
    section()
    with gr.Column(visible=False) as admins:
        import_section(settings)
        export_section(settings)
        backup_section(settings)
        queue_now = queue_section(settings)
    outputs = [note, pattern, day, region, work, agreement, admins, *queue_now]

    def show(request: gr.Request) -> list[Any]:
        try:
            store, person = who(settings, request)
            return shown(store, person)
        except (StoreError, NotLoggedIn) as error:
            raise gr.Error(str(error), print_exception=False) from error

    refresh.click(show, None, outputs, **PRIVATE)
    if isinstance(here, gr.Tab):
        here.select(show, None, outputs, **PRIVATE)


def who(settings: Settings, request: gr.Request) -> tuple[Store, Person]:
    """The store and the person of a request; raises `NotLoggedIn`, `StoreError`."""
    assert request.request is not None
    asking = review_store.caller(request.request, settings)
    store = review_store.store_of(settings)
    return store, review_store.sign_in(store, asking)


def ruler(settings: Settings, request: gr.Request) -> tuple[Store, Person]:
    """The store and the admin who asks: nobody else learns what is there. Raises as `who`, and `NotAllowed`."""
    store, person = who(settings, request)
    if person.role != "admin":
        raise NotAllowed(f"{person.name} is {person.role}: this takes the role admin.")
    return store, person


def shown(store: Store, person: Person) -> list[Any]:
    """What the tab shows to a person, in the order of its parts."""
    progress = statistics.progress(store, person.name)
    reviewer = person.at_least("reviewer")
    found = statistics.agreement_report(store, person.name) if reviewer else {}
    seen = any(one.frames for one in found.values())
    return [
        figures.counts(progress),
        *(gr.Plot(draw(progress), visible=True) for draw in (figures.by_pattern, figures.by_day, figures.by_region)),
        "" if person.name == STRANGER else figures.people(progress.work),
        gr.Plot(figures.agreed(found) if seen else None, visible=seen),
        gr.Column(visible=person.role == "admin"),
        *queue_settings(store),
    ]


def export_section(settings: Settings) -> None:
    """Export: a file of the newest labels, or a folder with the videos to the Hugging Face Hub."""
    with gr.Accordion("Export", open=False):
        with gr.Row():
            kind = gr.Dropdown(list(exporting.FORMATS), value="native", label="Format")
            states = gr.CheckboxGroup(list(STATES), value=["accepted", "corrected"], label="Of clips that are")
        make = act("Export")
        file = gr.DownloadButton("Download", visible=False)
        with gr.Row():
            repo = gr.Textbox(
                label="Dataset repository of the Hugging Face Hub",
                info="Videos and labels of these clips, with this machine's login.",
                placeholder="name/dataset",
            )
            public = gr.Checkbox(False, label="Make a new repository public")
        send = act("Push to the Hub")
        sent = gr.Textbox(label="What was pushed", interactive=False)

    def run(kind: str, states: list[str], request: gr.Request) -> Any:
        with told():
            store, person = ruler(settings, request)
            path = exporting.new_place(store, kind)
            number = exporting.export(store, person.name, path, kind, tuple(states))
        return gr.DownloadButton(f"Download {path.name}: {number} clips", value=str(path), visible=True)

    def push(repo: str, public: bool, states: list[str], request: gr.Request) -> Iterator[str]:
        store, person = ruler(settings, request)
        if not repo.strip():
            raise BadInput("Name the repository: name/dataset.")
        yield "Putting the folder together…"
        folder = store.exports / f"folder-{stamp()}"
        number = exporting.export_folder(store, person.name, folder, tuple(states))
        yield f"Sending {number} clips…"
        yield f"{number} clips: {exporting.push(store, person.name, folder, repo.strip(), private=not public)}"

    make.click(run, [kind, states], file, **PRIVATE)
    send.click(reported(push), [repo, public, states], sent, **PRIVATE)


def stamp() -> str:
    """Now, as part of a file's name that no other has."""
    return f"{time.strftime('%Y%m%d-%H%M%S')}-{secrets.token_hex(2)}"


def import_section(settings: Settings) -> None:
    """Import: videos, zips and labels that are sent, or a folder or file that lies on the server; then pre-labels."""
    with gr.Accordion("Import", open=False):
        gr.HTML(
            html_template=components.template("upload"),
            js_on_load=components.script("upload"),
            apply_default_css=False,
        )
        gr.HTML(IMPORTS, apply_default_css=False)
        place = gr.Textbox(label="Folder or file on the server", placeholder="/data/interhf")
        strict = gr.Checkbox(False, label="All or nothing: one bad row refuses the whole file")
        start, stop = act("Import", "Stop the import")
        report = gr.Textbox(label="What happened", lines=6, interactive=False)
    with gr.Accordion("Pre-label", open=False):
        gr.HTML(PRELABELS, apply_default_css=False)
        begin, end = act("Pre-label all", "Stop after this clip")
        step = gr.Textbox(label="How far it is", interactive=False)

    def bring_in(place: str, strict: bool, request: gr.Request) -> Iterator[str]:
        store, person = ruler(settings, request)
        if not place.strip():
            raise BadInput("Name a folder or a file on the server.")
        yield "Reading…"
        told, report = time.monotonic(), importing.Report()
        for report in importing.import_steps(store, person.name, Path(place.strip()), strict=strict):
            if time.monotonic() - told > EVERY:
                told = time.monotonic()
                yield f"{report.rows:,} read, {report.added:,} added, {report.failed:,} refused"
        yield said(report)

    def predict(request: gr.Request) -> Iterator[str]:
        store, person = ruler(settings, request)
        for step in prelabel.prelabel_all(store, person.name, engine.prelabel):
            yield step.words

    running = start.click(reported(bring_in), [place, strict], report, **PRIVATE)
    stop.click(lambda: "Stopped. What was said to be in stays.", None, report, cancels=[running], **PRIVATE)
    predicting = begin.click(reported(predict), None, step, concurrency_limit=1, **PRIVATE)
    end.click(lambda: "Stopped. What is done stays.", None, step, cancels=[predicting], **PRIVATE)


def backup_section(settings: Settings) -> None:
    """Backups."""
    with gr.Accordion("Backup", open=False):
        start = act("Back up now")
        report = gr.Textbox(label="Backups, newest first", lines=4, interactive=False)

    def run(request: gr.Request) -> Iterator[str]:
        store, person = ruler(settings, request)
        yield "Copying the database, and verifying the copy…"
        place = backup.backup(store)
        note(store, "backup", place.name, person.name)
        others = [path.name for path in backup.list_backups(store) if path != place]
        size = place.stat().st_size / 1e6
        yield "\n".join([f"{place.name}: {size:,.1f} MB, verified: the copy is whole.", *others])

    start.click(reported(run), None, report, **PRIVATE)


def queue_settings(store: Store) -> tuple[float, float, float, str]:
    """Share of double annotation, share of gold, minutes of a lease, how many clips are open to visitors."""
    now = queue.settings(store)
    return now["double_share"], now["gold_share"], now["lease_seconds"] / 60, open_words(*releasing.released(store))


def open_words(open: int, total: int) -> str:
    """How many clips visitors may label."""
    return f"{open} of {total} clips. Clips that come later are closed until they are opened."


def queue_section(settings: Settings) -> list[gr.components.Component]:
    """The queue's settings and people's roles; gives the fields that show `queue_settings`."""
    with gr.Accordion("Queue and people", open=False):
        with gr.Row():
            double = gr.Slider(0, 1, 0, step=0.01, label="Share of clips that two people label")
            gold = gr.Slider(0, 1, 0, step=0.01, label="Share of gold clips that check the annotator")
            lease = gr.Number(15, minimum=1, maximum=1440, label="Minutes until an idle clip goes back")
        set_queue = act("Set the queue")
        with gr.Row():
            name = gr.Textbox(label="Person")
            role = gr.Dropdown(list(ROLES), value="annotator", label="Role")
            active = gr.Checkbox(True, label="May work here")
        set_role = act("Set the role")
        visitors = gr.Textbox(label="Visitors who are not logged in may label", interactive=False)
        with gr.Row():
            pattern = gr.Dropdown([ALL, *OF_CLIPS], value=ALL, label="Clips to open or close")
            open_them = gr.Button("Open to visitors", size="md", scale=0, min_width=180)
            close_them = gr.Button("Close to visitors", size="md", scale=0, min_width=180)

    def configure(double: float, gold: float, minutes: float, request: gr.Request) -> None:
        with told():
            store, person = ruler(settings, request)
            queue.configure(store, person.name, lease_seconds=60 * minutes, double_share=double, gold_share=gold)
            gr.Info("The queue is set.")

    def appoint(name: str, role: str, active: bool, request: gr.Request) -> None:
        with told():
            store, person = ruler(settings, request)
            people.set_role(store, person.name, name.strip(), role, active)
            gr.Info(f"{name.strip()} is {role}{'' if active else ', and may not work here'}.")

    def release(pattern: str, request: gr.Request, open: bool = True) -> str:
        with told():
            store, person = ruler(settings, request)
            only = "" if pattern == ALL else pattern
            return open_words(*releasing.release(store, person.name, open=open, pattern=only))

    def close(pattern: str, request: gr.Request) -> str:
        return release(pattern, request, open=False)

    open_them.click(release, pattern, visitors, **PRIVATE)
    close_them.click(close, pattern, visitors, **PRIVATE)
    set_queue.click(configure, [double, gold, lease], None, **PRIVATE)
    set_role.click(appoint, [name, role, active], None, **PRIVATE)
    return [double, gold, lease, visitors]


def act(*words: str) -> Any:
    """A button at the left, as wide as its words; several beside each other."""
    with gr.Row():
        buttons = [gr.Button(each, size="md", scale=0, min_width=180) for each in words]
    return buttons if len(words) > 1 else buttons[0]


def reported(steps: Callable[..., Iterator[str]]) -> Callable[..., Iterator[str]]:
    """What a long act says as it goes on; what the store refuses is its last sentence."""

    @wraps(steps)  # Gradio looks which arguments are requests
    def run(*given: Any) -> Iterator[str]:
        try:
            yield from steps(*given)
        except (StoreError, NotLoggedIn) as error:
            yield f"It could not be done. {error}"

    return run


class told:
    """Turns what the store refuses into a sentence on the page."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, StoreError | NotLoggedIn):
            raise gr.Error(str(error), print_exception=False) from error
