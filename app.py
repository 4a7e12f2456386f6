"""InterAnimate Studio: `python app.py [--host HOST] [--port PORT] [--data DIR] [--auth FILE]`."""

from studio.app import main

if __name__ == "__main__":
    raise SystemExit(main())
