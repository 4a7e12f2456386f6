"""Data sets from photos: planned by number, split by person, resumed shard by shard."""

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from diffusion_samples import draw_sample

from annotation.taxonomy import PATTERNS
from model.__main__ import main
from model.dataset import synthesize as synthesis
from model.dataset.plan import CLIPS_PER_SHARD, ClipPlan, SynthesisOptions, list_photos, plan_clip, plan_shards
from model.dataset.synthesize import synthesize
from model.diffusion.training.physics import simulated_versions
from model.diffusion.training.sample import Sample
from model.diffusion.training.shards import MANIFEST, index_shards, read_entry, write_shard
from model.errors import InputError
from model.version import PHYSICS_VERSION

PEOPLE = tuple(f"/photos/{i:03d}_{mood}.jpg" for i in range(40) for mood in ("neutral", "smiling"))


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Clips are drawn instead of simulated; the numbers of those made."""
    made: list[int] = []

    def draw(_options: SynthesisOptions, plan: ClipPlan) -> Iterator[Sample]:
        made.append(plan.number)
        if plan.number == 3:
            raise InputError("No face was found.")
        sample = replace(draw_sample(plan.seed, person=plan.person), split=plan.split, key=f"{plan.number:06d}-0")
        yield sample

    monkeypatch.setattr(synthesis, "make_samples", draw)
    return made


def test_plans_follow_from_their_number() -> None:
    options = SynthesisOptions(PEOPLE)
    plans = [plan_clip(options, i) for i in range(400)]
    assert plans == [plan_clip(options, i) for i in range(400)]
    assert {plan.pattern for plan in plans} == set(PATTERNS)
    assert [plan.photo for plan in plans[:80]] != [plan.photo for plan in plans[80:160]]
    assert {plan.photo for plan in plans[:80]} == set(PEOPLE)
    assert plan_clip(replace(options, seed=1), 0) != plans[0]


def test_nobody_is_in_both_splits() -> None:
    plans = [plan_clip(SynthesisOptions(PEOPLE), i) for i in range(200)]
    people = {split: {plan.person for plan in plans if plan.split == split} for split in ("train", "test")}
    assert people["train"] and people["test"] and not people["train"] & people["test"]
    for shard in plan_shards(SynthesisOptions(PEOPLE), 200):
        assert {plan.split for plan in shard.plans} == {shard.name.split("-")[0]}


def test_every_split_has_all_patterns_equally_often() -> None:
    plans = [plan_clip(SynthesisOptions(PEOPLE), i) for i in range(400)]
    for split in ("train", "test"):
        times = Counter(plan.pattern for plan in plans if plan.split == split)
        assert times.keys() == set(PATTERNS) and max(times.values()) - min(times.values()) <= 1


def test_more_clips_keep_the_shards_that_are_full() -> None:
    few, many = plan_shards(SynthesisOptions(PEOPLE), 60), plan_shards(SynthesisOptions(PEOPLE), 120)
    full = {shard for shard in few if len(shard.plans) == CLIPS_PER_SHARD}
    assert len(full) >= 6 and full <= set(many)


def test_a_stopped_run_goes_on_and_gives_the_same_bytes(tmp_path: Path, drawn: list[int]) -> None:
    options = SynthesisOptions(PEOPLE)
    said: list[str] = []
    assert synthesize(tmp_path / "a", options, 20, say=said.append)[0] == len(list((tmp_path / "a").glob("*.tar")))
    assert any("left out clip 3" in line and "No face" in line for line in said)
    (tmp_path / "a" / "train-00001.tar").write_bytes(b"cut short")
    before = len(drawn)
    assert synthesize(tmp_path / "a", options, 20, say=said.append)[0] == 1
    assert 0 < len(drawn) - before <= CLIPS_PER_SHARD
    assert synthesize(tmp_path / "a", options, 20, say=said.append)[0] == 0
    synthesize(tmp_path / "b", options, 20, say=said.append)
    for path in (tmp_path / "a").glob("*.tar"):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()


def test_other_settings_need_another_folder(tmp_path: Path, drawn: list[int]) -> None:
    synthesize(tmp_path, SynthesisOptions(PEOPLE), 8, say=lambda _line: None)
    with pytest.raises(InputError, match="other settings"):
        synthesize(tmp_path, SynthesisOptions(PEOPLE, seed=1), 8)
    assert len(drawn) == 8


def test_a_data_set_says_which_physics_made_it_and_is_not_extended_by_another(tmp_path: Path, drawn: list[int]) -> None:
    synthesize(tmp_path, SynthesisOptions(PEOPLE), 8, say=lambda _line: None)
    manifest = json.loads((tmp_path / MANIFEST).read_text())
    assert manifest["physics"] == PHYSICS_VERSION and simulated_versions(tmp_path) == {PHYSICS_VERSION}
    del manifest["physics"]
    for held, words in (({**manifest, "physics": PHYSICS_VERSION - 1}, "of physics"), (manifest, "does not name")):
        (tmp_path / MANIFEST).write_text(json.dumps(held))
        with pytest.raises(InputError, match=f"{words}.* runs here: name another folder"):
            synthesize(tmp_path, SynthesisOptions(PEOPLE), 16)
    assert len(drawn) == 8


@pytest.mark.usefixtures("drawn")
def test_a_shard_of_another_physics_is_made_again(tmp_path: Path) -> None:
    options = SynthesisOptions(PEOPLE)
    synthesize(tmp_path, options, 8, say=lambda _line: None)
    shard = plan_shards(options, 8)[0]
    planned = [plan.number for plan in shard.plans]
    write_shard(tmp_path / shard.name, [], {"planned": planned, "physics": PHYSICS_VERSION - 1})
    assert synthesize(tmp_path, options, 8, say=lambda _line: None)[0] == 1


def test_a_real_clip_from_the_command(photo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["synthesize", str(photo_file), "-o", str(tmp_path / "made"), "--clips", "1", "--hold-out", "0"]
    assert main([*words, "--patterns", "swipe-left-cheek"]) == 0
    assert "1 shards made" in capsys.readouterr().out
    plain, varied = (read_entry(entry) for entry in index_shards(tmp_path / "made", "train"))
    assert plain.target.shape == (12, 256, 256, 3) and plain.pattern == "swipe-left-cheek"
    assert plain.labels.contacts and plain.guidance.contact_mask.any()
    for name in ("joints", "contact_mask", "flow"):
        np.testing.assert_array_equal(getattr(plain.guidance, name), getattr(varied.guidance, name), err_msg=name)
    assert abs(plain.photo.astype(int) - varied.photo).mean() > 3


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--patterns", "slap"], "no pattern 'slap'"),
        (["--size", "100"], "size must lie between"),
        (["--hold-out", "1"], "hold-out"),
    ],
)
def test_bad_settings_are_told(
    words: list[str], message: str, photo_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["synthesize", str(photo_file), "-o", str(tmp_path / "made"), *words]) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "made").exists()


def test_photos_must_be_there(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no photo or folder"):
        list_photos([tmp_path / "nowhere"])
    with pytest.raises(InputError, match="no photos in"):
        list_photos([tmp_path])


@pytest.mark.slow
def test_a_ray_cluster_spreads_the_same_shards(tmp_path: Path) -> None:
    pytest.importorskip("ray")
    options = SynthesisOptions((str(tmp_path / "000_nowhere.jpg"),), hold_out=0.0)  # every clip is refused, fast
    assert synthesize(tmp_path / "here", options, 9, say=lambda _line: None)[0] == 2
    assert synthesize(tmp_path / "there", options, 9, ray="local", say=lambda _line: None)[0] == 2
    for path in (tmp_path / "here").glob("*.tar"):
        assert path.read_bytes() == (tmp_path / "there" / path.name).read_bytes()
