"""InterAnimate Studio: `python app.py [--host HOST] [--port PORT] [--data DIR] [--auth FILE]`."""

from studio.start import main

if __name__ == "__main__":
    raise SystemExit(main())
