"""What may be asked for: each limit holds and is told, and the command line and `generate` say what the fields say."""

import argparse
import inspect
import math
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model import __main__ as command_line
from model import generate
from model.errors import InputError
from model.options import Option, between, check_options, listed, one_of, options_of, spells_out
from model.request import Request

OPTIONS = options_of(Request)
CHOICES = [option for option in OPTIONS.values() if option.rule.choices]
NUMBERS = [option for option in OPTIONS.values() if not option.rule.choices]


def request(**changes: Any) -> Request:
    return Request(**({"pattern": "poke-nose"} | changes))


def allowed(option: Option) -> st.SearchStrategy[Any]:
    """Every value of a field that keeps its rule."""
    rule = option.rule
    if rule.choices:
        return st.sampled_from(rule.choices)
    if option.kind is float:
        return st.floats(rule.low, rule.high)
    step = rule.multiple_of
    return st.integers(math.ceil(rule.low / step), int(rule.high) // step).map(lambda n: n * step)


@given(st.fixed_dictionaries({name: allowed(option) for name, option in OPTIONS.items()}))
def test_what_keeps_the_rules_is_taken(asked: dict[str, Any]) -> None:
    assert vars(Request(**asked)) == asked


@given(st.sampled_from(NUMBERS), st.data())
def test_what_is_out_of_range_is_refused_with_the_range(option: Option, data: st.DataObject) -> None:
    low, high = option.rule.low, option.rule.high
    beyond = st.floats(max_value=low, exclude_max=True) | st.floats(min_value=high, exclude_min=True)
    if option.kind is int:
        beyond = st.integers(max_value=int(low) - 1) | st.integers(min_value=int(high) + 1)
    value = data.draw(beyond | st.just(math.nan))
    with pytest.raises(InputError) as refused:
        request(**{option.name: value})
    assert str(refused.value) == f"{option.name} must lie between {low} and {high}, not {value}."


@given(st.sampled_from(CHOICES), st.text())
def test_what_is_no_choice_is_refused_in_one_short_line(option: Option, word: str) -> None:
    if word in option.rule.choices:
        return
    with pytest.raises(InputError) as refused:
        request(**{option.name: word})
    assert repr(word[:40]) in str(refused.value) and "{" not in str(refused.value).replace(repr(word[:40]), "")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"pattern": "poke-left-check"}, "There is no pattern 'poke-left-check'; the nearest is poke-left-cheek."),
        ({"engine": "magic"}, "There is no engine 'magic'; choose physics or interanimate."),
        ({"hand": "{name}"}, "The hand is auto, left or right, not '{name}'."),
        ({"follow": None}, "Follow maps, joints or pattern, not 'None'."),
        ({"seed": -1}, "seed must lie between 0 and 4294967295, not -1."),
        ({"seconds": math.nan}, "seconds must lie between 1.5 and 8.0, not nan."),
        ({"size": 1024.5}, "size must lie between 256 and 1024, not 1024.5."),
        ({"size": 500}, "size must be a multiple of 16: try 496."),
        ({"steps": 51}, "steps must lie between 1 and 50, not 51."),
        ({"size": 500, "fps": 0, "hand": "no"}, "The hand is auto, left or right, not 'no'."),
        ({"size": 500, "fps": 0}, "fps must lie between 8 and 60, not 0."),
    ],
)
def test_the_sentences(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError) as refused:
        request(**change)
    assert str(refused.value) == sentence


def test_the_usual_request_keeps_its_own_rules() -> None:
    assert [name for name, option in OPTIONS.items() if option.required] == ["pattern"]
    assert vars(request()) == {"pattern": "poke-nose"} | {o.name: o.default for o in OPTIONS.values() if not o.required}


def arguments(command: str) -> dict[str, argparse.Action]:
    """The arguments of a command, by the name of their value."""
    (commands,) = (a for a in command_line._parser()._actions if isinstance(a, argparse._SubParsersAction))
    return {action.dest: action for action in commands.choices[command]._actions}


def test_the_command_line_has_the_fields_and_what_is_written() -> None:
    said = arguments("generate")
    assert set(said) - set(OPTIONS) == {"help", "photo", "seeds", "output", "labels", "metrics", "guidance"}
    for name, option in OPTIONS.items():
        action = said[name]
        assert (action.option_strings, action.type, action.required) == ([f"--{name}"], option.kind, option.required)
        assert action.default == (None if option.required else option.default)
        if name == "pattern":  # of which the command takes several
            assert "by commas" in (action.help or "")
        else:
            assert (action.help or "") == option.help


@pytest.mark.parametrize(
    ("command", "own"),
    [
        ("evaluate", {"engine": "physics", "size": 512}),
        ("synthesize", {"size": 256, "seconds": 1.5, "fps": 8, "seed": 0}),
    ],
)
def test_other_commands_share_the_options_with_values_of_their_own(command: str, own: dict[str, Any]) -> None:
    said = arguments(command)
    assert {name: said[name].default for name in OPTIONS if name in said} == own
    assert all(said[name].type is OPTIONS[name].kind for name in own)
    request(**own)


def test_generate_shows_the_fields_as_its_parameters() -> None:
    photo, *rest = inspect.signature(generate).parameters.values()
    assert photo.name == "photo" and [p.name for p in rest] == list(OPTIONS)
    for parameter in rest[1:]:
        option = OPTIONS[parameter.name]
        assert (parameter.kind, parameter.annotation, parameter.default) == (
            inspect.Parameter.KEYWORD_ONLY, option.kind, option.default
        )  # fmt: skip


@dataclass(frozen=True)
class Soup:
    """Options of another kind."""

    size: int = field(default=2, metadata=between(1, 9, help="{low} a cup .. {high} a pot"))
    taste: str = field(default="mild", metadata=one_of(("mild", "hot"), help="{choices}"))

    def __post_init__(self) -> None:
        check_options(self)


def test_a_new_option_needs_one_line() -> None:
    @spells_out(Soup)
    def cook(*values: Any) -> int:
        return len(values)

    assert str(inspect.signature(cook)) == "(size: int = 2, taste: str = 'mild') -> int"
    assert cook.__annotations__ == {"size": int, "taste": str, "return": int} and cook(1, "hot") == 2
    assert [option.help for option in options_of(Soup).values()] == ["1 a cup .. 9 a pot", "mild or hot"]
    with pytest.raises(InputError, match=r"^taste must be mild or hot, not 'sour'\.$"):
        Soup(taste="sour")


@pytest.mark.parametrize(
    ("words", "sentence"),
    [((), ""), (("a",), "a"), (("a", "b"), "a or b"), (("a", "b", "c"), "a, b or c")],
)
def test_words_are_listed(words: tuple[str, ...], sentence: str) -> None:
    assert listed(words) == sentence
