"""Our own parts of the page: each a Python file with its markup, script and style beside it."""

from pathlib import Path

FOLDER = Path(__file__).parent


def template(name: str) -> str:
    """The named markup, for `html_template`: it stays as it is, else what scripts put in would go."""
    return (FOLDER / f"{name}.html").read_text(encoding="utf-8")


def script(*names: str) -> str:
    """The named scripts as one, for `js_on_load`."""
    return "\n".join((FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in names)


def styles() -> str:
    """The styles of all components."""
    return "\n".join(path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.css")))
