"""What the Generate tab says of an engine: the checkpoint, and how long it takes here."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from model.errors import InputError
from model.request import Request
from studio import engine, generate_engine, gpu

DENOISED = Request("poke-nose", "interanimate")


@pytest.fixture(autouse=True)
def nothing_known(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr(generate_engine, "_paces", {})
    monkeypatch.setattr(engine, "CHECKPOINTS", tmp_path)
    monkeypatch.delenv("STUDIO_CHECKPOINT", raising=False)
    generate_engine.benchmark_pace.cache_clear()
    return tmp_path


def test_time_is_told_once_it_is_known(nothing_known: Path) -> None:
    assert "takes about" not in generate_engine.about(DENOISED)
    bench = {"frames": 72, "clips": [{"steps": 4, "denoise_processor_seconds": 80.0}]}
    (nothing_known / "bench.json").write_text(json.dumps(bench))
    generate_engine.benchmark_pace.cache_clear()
    assert "takes about 40 s here" in generate_engine.about(DENOISED)
    generate_engine.remember(DENOISED, {"denoise": 20.0})
    assert "takes about 20 s here" in generate_engine.about(DENOISED)
    assert "takes about 4 min here" in generate_engine.about(Request("poke-nose", "interanimate", steps=50))
    assert "takes about" not in generate_engine.about(Request("poke-nose"))


def test_the_checkpoint_is_named_without_its_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert "checkpoint that ships" in generate_engine.about(DENOISED)
    folder = tmp_path / "<b>mine"
    folder.mkdir()
    monkeypatch.setenv("STUDIO_CHECKPOINT", str(folder))
    assert "Checkpoint: &lt;b&gt;mine." in generate_engine.about(DENOISED)
    assert engine.engines() == ("physics", "interanimate")


def test_a_hostile_checkpoint_is_refused_before_any_work(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "InterAnimatePipeline", "evil": ["os", "system"]}')
    monkeypatch.setenv("STUDIO_CHECKPOINT", str(tmp_path))
    with pytest.raises(InputError, match="unknown entry 'evil'"):
        list(engine.steps(np.zeros((4, 4, 3), np.uint8), DENOISED))  # which would be refused, were it looked at


def test_a_gpu_is_asked_for_as_long_as_a_clip_takes() -> None:
    assert gpu.expected(None, DENOISED) < gpu.expected(None, Request("poke-nose", "interanimate", steps=50)) <= 120


def test_the_work_is_done_while_a_gpu_is_lent(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Lender:
        """As the package on a Space: the duration is asked with the work's own arguments."""

        @staticmethod
        def GPU(duration: Callable[..., int]) -> Callable[[gpu.Steps], gpu.Steps]:
            def lend(work: gpu.Steps) -> gpu.Steps:
                def lent(*arguments: Any) -> Iterator[Any]:
                    asked.append(duration(*arguments))
                    yield from work(*arguments)

                return lent

            return lend

    def work(photo: Any, _request: Request, _guidance: bool) -> Iterator[Any]:
        yield photo

    assert list(gpu.lent(work)("here", DENOISED, False)) == ["here"] and asked == []
    monkeypatch.setattr(gpu, "spaces", Lender)
    assert list(gpu.lent(work)("lent", DENOISED, False)) == ["lent"]
    assert asked == [gpu.expected(None, DENOISED)]
