"""The endpoint and the Generate tab offer what the fields of `Request` say, by name."""

import inspect
from typing import Any

import gradio as gr
import pytest

from model.errors import InputError
from model.options import options_of
from model.request import Request
from studio import endpoints, engine, generate, generate_engine
from studio.controls import LOOKS, chosen

OPTIONS = options_of(Request)
USUAL = Request("poke-left-cheek")


@pytest.fixture(scope="module")
def controls() -> dict[str, Any]:
    with gr.Blocks():
        return generate.options(gr.HTML(USUAL.pattern))


def test_the_tab_has_a_control_for_each_field(controls: dict[str, Any]) -> None:
    assert set(controls) == set(OPTIONS) and set(LOOKS) <= set(OPTIONS)
    assert {name: control.value for name, control in controls.items()} == vars(USUAL)


@pytest.mark.parametrize("name", [name for name in OPTIONS if name != "pattern"])
def test_what_a_control_offers_is_allowed(controls: dict[str, Any], name: str) -> None:
    control, rule = controls[name], OPTIONS[name].rule
    if isinstance(control, gr.Radio):
        offered = [value for _, value in control.choices]
    else:
        assert (control.minimum, control.maximum) == (rule.low, rule.high)
        offered = [control.minimum, control.maximum]
    if name == "engine":
        assert tuple(offered) == engine.engines()
    elif rule.choices:
        assert tuple(offered) == rule.choices
    for value in offered:
        Request(**({"pattern": "poke-nose"} | {name: value}))


def test_choices_travel_by_name(controls: dict[str, Any]) -> None:
    given = {control: name for name, control in reversed(controls.items())} | {"another": "value"}
    assert chosen(controls, given) == {name: name for name in OPTIONS}


def test_the_note_waits_until_all_is_chosen(controls: dict[str, Any]) -> None:
    timed = {name: controls[name] for name in generate_engine.TIMED}
    given = {timed[name]: getattr(USUAL, name) for name in timed}
    assert generate_engine.told(timed, given) == generate_engine.about(USUAL)
    assert generate_engine.told(timed, given | {timed["fps"]: None}) == gr.skip()


def test_the_endpoint_has_the_fields_as_its_parameters() -> None:
    photo, *rest = inspect.signature(endpoints.generate).parameters.values()
    assert photo.name == "photo" and [p.name for p in rest] == list(OPTIONS)
    for parameter in rest:
        option = OPTIONS[parameter.name]
        default = inspect.Parameter.empty if option.required else option.default
        assert (parameter.annotation, parameter.default) == (option.kind, default)


def test_what_a_client_sends_is_a_request() -> None:
    sent = ("poke-nose", "physics", 3.0, 256.0, 2, 12.0, 1, "left", "phone", "auto", 4.0, "maps")
    asked = endpoints.by_name(sent)
    assert Request(**asked) == Request("poke-nose", seed=3, size=256, seconds=2.0, fps=12, hand="left")
    assert {name: type(value) for name, value in asked.items()} == {name: OPTIONS[name].kind for name in asked}
    assert endpoints.by_name(sent[:2]) == {"pattern": "poke-nose", "engine": "physics"}
    with pytest.raises(InputError, match="fps must lie between"):
        Request(**endpoints.by_name((*sent[:5], 0)))
