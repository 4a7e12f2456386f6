"""The walls between rooms: who may import whom, wherever in a file the import stands."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("app", "studio", "model", "annotation", "tests")
WORDS = ("annotation.taxonomy", "annotation.labels", "annotation.paths", "annotation.files")
CONSOLE = "annotation.console"  # how programs speak
FILMS = "annotation.video"  # what a video is
VALUES = (
    "model.clip",
    "model.encoders",
    "model.errors",
    "model.files",
    "model.mirror",
    "model.options",
    "model.patterns",
    "model.request",
    "model.scene",
    "model.version",
)
SHARED = ("model.mesh", "model.body", "model.optics", *VALUES, *WORDS)
STAGES = ("face", "hand", "motion", "contact", "render", "metrics", "camera")  # in the order of a clip's way
# The way of one clip through diffusion
DENOISING = tuple(
    f"model.diffusion.{name}"
    for name in ("appearance", "checkpoint", "composite", "crop", "engine", "pipeline", "prepare")
)
NETWORK = ("model.diffusion.network", "model.body", "model.optics", *VALUES, *WORDS)

# A file → what of ours it may import; the longest matching prefix holds.
ALLOWED = {
    "app": ("studio",),
    "studio": ("studio", "model", "annotation"),
    "model": ("model", CONSOLE, FILMS, *WORDS),
    **dict.fromkeys(VALUES, (*VALUES, *WORDS)),
    "model.body": (),
    "model.optics": ("model.scene",),
    "model.mesh": ("model.mesh", "model.scene"),
    **{
        f"model.{stage}": (*(f"model.{earlier}" for earlier in STAGES[: i + 1]), *SHARED)
        for i, stage in enumerate(STAGES)
    },
    "model.prelabel": ("model.prelabel", "model.face", "model.hand", FILMS, *SHARED),
    "model.diffusion": (*DENOISING, *NETWORK),
    "model.diffusion.network": NETWORK,
    "model.diffusion.training": ("model.diffusion.training", *DENOISING, *NETWORK),
    "model.diffusion.report": ("model.diffusion", CONSOLE, "model.body", "model.optics", *VALUES, *WORDS),
    "model.diffusion.report.detection": ("model.face.networks", "model.body", *VALUES, *WORDS),
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
    "annotation.paths": ("gradio", "torch", "sqlalchemy", "numpy"),
    "annotation.console": ("gradio", "torch", "sqlalchemy", "numpy"),
    "annotation.video": ("gradio", "torch", "sqlalchemy", "cv2"),
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


def circles(modules: dict[str, set[str]]) -> list[tuple[str, ...]]:
    """Rings of modules that import one another: Tarjan (1972), strongly connected components of more than one."""
    order: dict[str, int] = {}
    lowest: dict[str, int] = {}
    stack: list[str] = []
    found = []

    def visit(name: str) -> None:
        order[name] = lowest[name] = len(order)
        stack.append(name)
        for other in sorted(modules[name]):
            if other not in order:
                visit(other)
            if other in stack:
                lowest[name] = min(lowest[name], lowest[other])
        if lowest[name] == order[name]:
            ring = stack[stack.index(name) :]
            del stack[-len(ring) :]
            if len(ring) > 1 or name in modules[name]:
                found.append(tuple(sorted(ring)))

    for name in sorted(modules):
        if name not in order:
            visit(name)
    return sorted(found)


def imported_modules() -> dict[str, set[str]]:
    """Each module of ours → those of ours that it imports anywhere in its file, also late or for types alone."""
    names = {name_of(file) for file in FILES}

    def module(name: str) -> set[str]:
        """The module in which an imported name stands."""
        return {name} & names or {name.rpartition(".")[0]} & names

    return {name_of(file): {one for name in imports(file) for one in module(name)} for file in FILES}


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


def test_no_module_imports_itself_in_a_circle() -> None:
    assert circles(imported_modules()) == []


def test_a_circle_is_noticed_wherever_it_goes_round() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"d"}, "d": {"b"}, "e": {"a", "d"}}) == [("b", "c", "d")]
    assert circles({"a": {"a"}, "b": set()}) == [("a",)]
    assert circles({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []
