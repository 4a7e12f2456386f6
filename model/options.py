"""Options as fields of a dataclass: a rule beside each, from which checks, commands, endpoints and controls follow."""

from collections.abc import Callable
from dataclasses import MISSING, dataclass, fields
from difflib import get_close_matches
from inspect import Parameter, cleandoc, signature
from math import inf
from typing import Any, Final, TypeVar, get_type_hints

from model.errors import InputError

RULE: Final = "rule"  # its name in a field's metadata
REPEATED: Final = 40  # characters of a wrong choice that the refusal repeats
Function = TypeVar("Function", bound=Callable[..., Any])


@dataclass(frozen=True)
class Rule:
    """What a field may be, and the words for it; `one_of` and `between` make them."""

    choices: tuple[str, ...] = ()
    refusal: str = ""  # of what is no choice
    low: float = -inf
    high: float = inf
    step: float | None = None  # by which a slider moves
    multiple_of: int = 1
    unit: str = ""
    help: str = ""


@dataclass(frozen=True)
class Option:
    """One field: its name, type, default and rule."""

    name: str
    kind: type  # str, int or float
    default: Any  # MISSING where it must be named
    rule: Rule

    @property
    def required(self) -> bool:
        """Whether it must be named."""
        return self.default is MISSING

    @property
    def help(self) -> str:
        """What it is, with its choices and limits filled in."""
        rule = self.rule
        return rule.help.format(choices=listed(rule.choices), low=rule.low, high=rule.high)


def one_of(
    choices: tuple[str, ...], *, help: str = "", refusal: str = "{name} must be {choices}, not {value}."
) -> dict[str, Rule]:
    """Metadata of a field that is one of some words. `help` may say {choices}; `refusal` {nearest} and more, too."""
    return {RULE: Rule(choices, refusal, help=help)}


def between(
    low: float, high: float, *, step: float | None = None, multiple_of: int = 1, unit: str = "", help: str = ""
) -> dict[str, Rule]:
    """Metadata of a field that is a number, both ends included. `help` may say {low} and {high}."""
    return {RULE: Rule(low=low, high=high, step=step, multiple_of=multiple_of, unit=unit, help=help)}


def options_of(kind: type) -> dict[str, Option]:
    """The options of a dataclass by name, in order; each of its fields has a rule."""
    kinds = get_type_hints(kind)
    return {f.name: Option(f.name, kinds[f.name], f.default, f.metadata[RULE]) for f in fields(kind)}


def check_options(asked: Any) -> None:
    """InputError for a value that breaks its field's rule: wrong words first, then ranges, then multiples."""
    options = options_of(type(asked)).values()
    for check in (check_choice, check_range, check_multiple):
        for option in options:
            check(option, getattr(asked, option.name))


def check_choice(option: Option, value: Any) -> None:
    """InputError for what is no choice."""
    choices, refusal = option.rule.choices, option.rule.refusal
    if choices and value not in choices:
        near = get_close_matches(str(value), choices, n=1, cutoff=0.0)[0] if "{nearest}" in refusal else ""
        shown = repr(str(value)[:REPEATED])
        raise InputError(refusal.format(name=option.name, choices=listed(choices), value=shown, nearest=near))


def check_range(option: Option, value: Any) -> None:
    """InputError for a number out of range."""
    rule = option.rule
    if not rule.choices and not rule.low <= value <= rule.high:  # NaN fails too
        raise InputError(f"{option.name} must lie between {rule.low} and {rule.high}, not {value}.")


def check_multiple(option: Option, value: Any) -> None:
    """InputError for a number between two multiples."""
    step = option.rule.multiple_of
    if step > 1 and value % step:
        raise InputError(f"{option.name} must be a multiple of {step}: try {round(value / step) * step}.")


def listed(words: tuple[str, ...]) -> str:
    """`auto, left or right`."""
    return " or ".join(filter(None, [", ".join(words[:-1]), *words[-1:]]))


def spells_out(kind: type) -> Callable[[Function], Function]:
    """Show the options of `kind` in a function's signature, in place of its `*values` or `**options`, and say each in
    its docstring."""

    def spell_out(function: Function) -> Function:
        own = signature(function)
        *first, rest = own.parameters.values()
        how = Parameter.KEYWORD_ONLY if rest.kind is Parameter.VAR_KEYWORD else Parameter.POSITIONAL_OR_KEYWORD
        shown = [
            Parameter(
                option.name, how, annotation=option.kind, default=Parameter.empty if option.required else option.default
            )
            for option in options_of(kind).values()
            if option.name not in own.parameters
        ]
        told = own.replace(parameters=[*first, *shown])
        function.__signature__ = told  # type: ignore[attr-defined]
        function.__annotations__ = {p.name: p.annotation for p in told.parameters.values()}
        function.__annotations__["return"] = told.return_annotation
        if function.__doc__ and rest.kind is Parameter.VAR_KEYWORD:
            lines = (f"    {option.name}: {option.help}" for option in options_of(kind).values() if option.help)
            function.__doc__ = "\n".join([cleandoc(function.__doc__), "", "Options:", *lines, ""])
        return function

    return spell_out
