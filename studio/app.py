"""The app: its tabs, its named endpoints, how it is served."""

import threading
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any, Final

import gradio as gr
from gradio.utils import get_space

from studio import dataset, endpoints, engine, files, gate, generate, home, incoming, owner, theme
from studio.gallery import routes as gallery_routes
from studio.limits import Limits, one_of_many
from studio.record import routes as record_routes
from studio.record.tab import tab as record_tab
from studio.review import routes, sending, store
from studio.review.tab import tab as review_tab
from studio.settings import Settings

Tab = Callable[[Settings], None]

# A tab is a name and a function that draws it: a new one is one line here.
TABS: Final[tuple[tuple[str, Tab], ...]] = (
    ("Generate", lambda settings: generate.tab(settings, sending.sender(settings), sending.withdrawer(settings))),
    ("Record", record_tab),
    ("Review", review_tab),
    ("Dataset", dataset.tab),
)

HEADER: Final = """
<header class="ia-header">
  <h1>InterAnimate Studio</h1>
  <p>A photo of a face, a hand that touches it, and exact labels of where.</p>
</header>
"""
ICON: Final = Path(__file__).parents[1] / "assets" / "icon.svg"
QUEUE: Final = 32  # visitors that may wait; the next one is told that the queue is full
FORGET: Final = (files.EVERY, files.AGE)  # what Gradio knows of, it deletes by the same rule, and when the app ends


def build(settings: Settings) -> gr.Blocks:
    """The whole app, not yet listening."""
    home.settle()  # before Gradio asks where files go
    with gr.Blocks(title="InterAnimate Studio", analytics_enabled=False, delete_cache=FORGET) as demo:
        gr.HTML(HEADER, apply_default_css=False)
        with gr.Tabs():
            for name, tab in TABS:
                with gr.Tab(name, id=name.lower()):
                    tab(settings)
        endpoints.register()
    demo.queue(max_size=QUEUE, default_concurrency_limit=8, api_open=False)  # nothing that waits goes past the queue
    one_of_many(demo)
    return demo


def launch_options(settings: Settings, limits: Limits | None = None) -> dict[str, Any]:
    """What `Blocks.launch` is given."""
    limits = limits or Limits()
    return {
        "server_name": settings.host,
        "server_port": settings.port,
        "auth": [(login.name, login.password) for login in settings.auth] or None,
        "theme": theme.THEME,
        "css": theme.css(),
        "head": theme.HEAD,
        "favicon_path": ICON,
        "max_file_size": "40mb",
        "run_history": False,  # would keep people's photos in the browser
        "ssr_mode": False,
        "footer_links": ["api"],
        "enable_monitoring": False,  # would show who uses the app to everybody
        "allowed_paths": [str(settings.data.absolute() / "exports")],
        "app_kwargs": {
            "routes": [
                *routes.routes(settings, limits),
                *record_routes.routes(settings, limits),
                *gallery_routes.routes(settings, limits),
                *incoming.routes(settings),
                *owner.routes(settings),
            ],
            "lifespan": lifespan(settings, limits),
        },
        "quiet": True,
    }


def lifespan(settings: Settings, limits: Limits) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """What begins and ends with the app: its gate, and the deleting of old files."""

    @asynccontextmanager
    async def started(app: Any) -> AsyncIterator[None]:
        async with gate.lifespan(settings, limits)(app), files.swept(lambda: store.sweep(settings)):
            yield

    return started


def serve(settings: Settings) -> None:
    """Start the app and stay; OSError if it cannot listen."""
    demo = build(settings)
    _, url, _ = demo.launch(prevent_thread_lock=True, **launch_options(settings))
    print(f"InterAnimate Studio is at {url}", flush=True)
    print(who_rules(settings, url), flush=True)
    threading.Thread(target=engine.warm, name="warm", daemon=True).start()
    demo.block_thread()


def who_rules(settings: Settings, url: str) -> str:
    """Who is admin, for the person who starts the app."""
    if settings.auth:
        admins = [login.name for login in settings.auth if login.role == "admin"]
        return f"Admin: {', '.join(admins)}." if admins else "No login is admin: write name:password:admin."
    if get_space():
        return f"Admin: who logs in at Hugging Face as {(get_space() or '').split('/')[0]}, or as one of its members."
    if owner.is_local(settings):
        return f"To rule its data, open this link once in your browser: {url.rstrip('/')}{owner.new_link(settings)}"
    return "Nobody is admin: start it with --auth FILE to say who may log in, and who is admin."
