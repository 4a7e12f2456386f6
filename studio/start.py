"""From the command line to the running app."""

from collections.abc import Sequence

from annotation import console
from annotation.errors import BadInput, StoreError
from model.errors import InputError
from studio.settings import Settings, parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the app and stay; 2 and one line for bad input."""
    console.speak()
    return console.run(lambda: _start(parse(arguments)), (InputError, BadInput), (StoreError,))


def _start(settings: Settings) -> None:
    from studio.app import serve  # takes seconds: bad options are told before

    try:
        serve(settings)
    except OSError as error:
        raise InputError(f"Cannot listen on {settings.host}:{settings.port}: {error}") from error
