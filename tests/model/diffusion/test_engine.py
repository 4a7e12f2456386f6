"""The engine in the app's way: nothing outside the interaction changes, a missing checkpoint is told at once."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diffusion_samples import SMALL, draw_guidance, draw_sample, small_pipeline

from annotation.taxonomy import PATTERNS
from model.clip import Clip
from model.diffusion import checkpoint
from model.diffusion.checkpoint import load_checkpoint, save_checkpoint
from model.diffusion.composite import composite
from model.diffusion.crop import Box, change_mask, reduce_guidance
from model.diffusion.engine import denoise_clip, interanimate_frames, reduction
from model.errors import InputError
from model.generate import generate, generate_steps
from model.request import Progress, Request

REQUEST = Request("poke-left-cheek", fps=8)


@pytest.fixture
def saved(tmp_path: Path) -> str:
    save_checkpoint(small_pipeline(), tmp_path / "saved")
    load_checkpoint.cache_clear()
    return str(tmp_path / "saved")


@pytest.mark.parametrize("size", [64, 128])
def test_only_the_interaction_changes(saved: str, size: int) -> None:
    sample = draw_sample(size=size)
    made = interanimate_frames(sample.photo, sample.guidance, REQUEST, saved, appearance=sample.appearance, steps=2)
    base, _ = composite(sample.photo, sample.guidance, sample.appearance, Box(0, 0, size, size), "maps")
    base = (base * 255 + 0.5).astype(np.uint8)
    factor = size // SMALL.picture  # the picture is denoised as small as those of the training, and so is its mask
    free = change_mask(reduce_guidance(sample.guidance, factor), "maps") == 0
    free = free.repeat(factor, axis=1).repeat(factor, axis=2)
    np.testing.assert_array_equal(made[free], base[free])
    hand = sample.guidance.hand_mask > 0
    assert abs(made[hand].astype(int) - base[hand]).mean() > 1


def test_previews_come_while_it_works_and_the_same_seed_gives_the_same(saved: str) -> None:
    sample, seen = draw_sample(), []
    frames = [
        interanimate_frames(
            sample.photo, sample.guidance, REQUEST, saved, steps=2, seed=seed,
            callback=lambda share, preview: seen.append((share, preview is not None)),
        )
        for seed in (0, 0, 1)
    ]  # fmt: skip
    assert np.array_equal(frames[0], frames[1]) and not np.array_equal(frames[0], frames[2])
    shares = [share for share, _ in seen[: len(seen) // 3]]
    assert shares == sorted(shares) and shares[-1] == 1
    assert sum(has for _, has in seen) == 6


def test_a_clip_without_a_hand_is_the_photo(saved: str) -> None:
    guidance = draw_guidance()
    nothing = {name: np.zeros_like(getattr(guidance, name)) for name in guidance.__dataclass_fields__}
    photo = draw_sample().photo
    still = replace(guidance, **{**nothing, "shadow": np.full_like(guidance.shadow, 255)})
    made = interanimate_frames(photo, still, REQUEST, saved)
    assert abs(made.astype(int) - photo).max() <= 1


def test_bad_choices_are_told(saved: str) -> None:
    sample = draw_sample()
    with pytest.raises(InputError, match="steps must lie"):
        interanimate_frames(sample.photo, sample.guidance, REQUEST, saved, steps=0)
    with pytest.raises(InputError, match="choose maps, joints, pattern"):
        interanimate_frames(sample.photo, sample.guidance, REQUEST, saved, strength="dreams")
    with pytest.raises(InputError, match="Follow maps"):
        Request("poke-nose", follow="dreams")


def test_a_pattern_that_came_after_the_checkpoint_is_refused() -> None:
    """As many patterns as it learnt; one that was added since has no place in it."""
    sample, older = draw_sample(), small_pipeline(patterns=4)
    assert REQUEST.pattern == PATTERNS[4]
    with pytest.raises(InputError, match="before poke-left-cheek was a pattern: choose the physics engine"):
        next(denoise_clip(sample.photo, sample.guidance, REQUEST, older))
    first = replace(REQUEST, pattern=PATTERNS[3])
    assert next(denoise_clip(sample.photo, sample.guidance, first, older, steps=1)).fraction > 0


@pytest.mark.parametrize(("width", "factor"), [(256, 1), (352, 1), (384, 2), (512, 2), (768, 4), (1024, 4)])
def test_large_pictures_are_denoised_at_a_fraction(width: int, factor: int) -> None:
    assert reduction(width, 256) == factor
    assert width % (factor * 16) == 0 or width == 352


def test_closing_the_iterator_stops(saved: str) -> None:
    sample = draw_sample()
    work = denoise_clip(sample.photo, sample.guidance, REQUEST, load_checkpoint(saved), steps=50)
    assert next(work).fraction < 0.1
    work.close()


def test_without_a_checkpoint_it_is_told_before_the_work(
    photo_file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checkpoint, "SHIPPED", tmp_path / "none")
    monkeypatch.delenv("STUDIO_CHECKPOINT", raising=False)
    with pytest.raises(InputError, match="needs a checkpoint"):
        generate(photo_file, "poke-nose", engine="interanimate")


def test_a_damaged_checkpoint_is_told_before_the_work(
    photo_file: Path, saved: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (Path(saved) / "denoiser" / "config.json").write_text("{}")
    monkeypatch.setenv("STUDIO_CHECKPOINT", saved)
    work = generate_steps(photo_file, Request("poke-nose", engine="interanimate"))
    assert isinstance(next(work), Progress)
    with pytest.raises(InputError, match="denoiser: the configuration"):
        next(work)


def test_photo_and_pattern_to_a_denoised_clip(photo_file: Path, saved: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_CHECKPOINT", saved)
    request = Request("poke-right-cheek", engine="interanimate", size=256, seconds=1.5, fps=8, steps=1, follow="joints")
    *progress, clip = generate_steps(photo_file, request)
    assert isinstance(clip, Clip) and clip.frames.shape == (12, 256, 256, 3)
    assert clip.guidance is None and clip.labels.contacts[0].region == "right_cheek"
    assert clip.provenance["checkpoint"] == "saved" and clip.provenance["engine"] == "interanimate"
    assert "denoise" in clip.metrics["seconds"]
    assert "does not say which version of the physics engine" in clip.provenance["notes"][-1]
    shares = [each.fraction for each in progress if isinstance(each, Progress)]
    assert shares == sorted(shares)
    assert any(each.stage == "denoise" for each in progress if isinstance(each, Progress))
