"""From the command line to the running app."""

import sys
from collections.abc import Sequence

from model.errors import InputError
from studio.settings import parse


def main(arguments: Sequence[str] | None = None) -> int:
    """Start the app and stay; 2 and one line for bad input."""
    try:
        settings = parse(arguments)
    except InputError as error:
        print(error, file=sys.stderr)
        return 2
    from studio.app import serve  # takes seconds: bad options are told before

    try:
        serve(settings)
    except OSError as error:
        print(f"Cannot listen on {settings.host}:{settings.port}: {error}", file=sys.stderr)
        return 2
    return 0
