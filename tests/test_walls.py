"""The walls between rooms: who may import whom, wherever in a file the import stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("app", "studio", "model", "annotation", "tests")
VALUES = ("model.clip", "model.errors", "model.request", "model.scene", "model.version")
WORDS = ("annotation.taxonomy", "annotation.labels")
# The way of one clip through diffusion
DENOISING = tuple(
    f"model.diffusion.{name}"
    for name in ("appearance", "checkpoint", "composite", "crop", "engine", "pipeline", "prepare")
)

# A file → what of ours it may import; the longest matching prefix holds.
ALLOWED = {
    "app": ("studio",),
    "studio": ("studio", "model", "annotation"),
    "model": ("model", *WORDS),
    "model.diffusion": ("model.diffusion.network", *DENOISING, *VALUES, *WORDS),
    "model.diffusion.network": ("model.diffusion.network", *VALUES, *WORDS),
    "model.diffusion.training": (
        "model.diffusion.training",
        "model.diffusion.network",
        "model.mirror",
        *DENOISING,
        *VALUES,
        *WORDS,
    ),  # fmt: skip
    "model.diffusion.report": ("model.diffusion", *VALUES, *WORDS),
    "model.diffusion.report.detection": ("model.face.networks", *VALUES, *WORDS),
    **{f"model.diffusion.{door}": ("model.diffusion.report",) for door in ("evaluate", "ablate", "card")},
    "annotation": ("annotation",),
}
# A file → packages of others that it must do without.
FORBIDDEN = {
    "app": ("torch", "sqlalchemy"),
    "model": ("gradio", "sqlalchemy"),
    "annotation": ("gradio", "torch", "mediapipe", "diffusers"),
    "annotation.taxonomy": ("gradio", "torch", "sqlalchemy", "numpy"),
    "annotation.labels": ("gradio", "torch", "sqlalchemy"),
}
FILES = sorted(p for p in ROOT.rglob("*.py") if p.relative_to(ROOT).parts[0].removesuffix(".py") in OURS[:4])


def name_of(file: Path) -> str:
    """Dotted module name of a file of the project."""
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(file: Path) -> Iterator[str]:
    """Every module that `file` imports, `from a import b` as a.b."""
    package = file.relative_to(ROOT).parent.parts
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = ".".join((*base, *([node.module] if node.module else [])))
            yield from (f"{module}.{alias.name}" for alias in node.names)


def within(name: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a dotted name is one of the prefixes or lies under one."""
    return any(name == prefix or name.startswith(prefix + ".") for prefix in prefixes)


def rule(name: str, rules: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    """The rule of the longest prefix of a module's name."""
    return rules[max((p for p in rules if within(name, (p,))), key=len)]


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_a_room_imports_only_what_it_may(file: Path) -> None:
    allowed = rule(name_of(file), ALLOWED)
    wrong = [name for name in imports(file) if within(name, OURS) and not within(name, allowed)]
    assert not wrong, f"{name_of(file)} may import of ours only {allowed}, and imports {wrong}"


@pytest.mark.parametrize("file", [f for f in FILES if within(name_of(f), tuple(FORBIDDEN))], ids=name_of)
def test_a_room_does_without(file: Path) -> None:
    forbidden = rule(name_of(file), FORBIDDEN)
    wrong = [name for name in imports(file) if within(name, forbidden)]
    assert not wrong, f"{name_of(file)} imports {wrong}"


def test_the_walls_stand_where_the_rooms_are() -> None:
    assert {name_of(f).split(".")[0] for f in FILES} == set(OURS[:4])
