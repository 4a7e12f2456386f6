"""What a video is: its frames as they are shown, when, and upright; and what is made of it where browsers fail."""

import json
import shutil
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from films import (
    AS_IT_IS,
    BACK,
    CONVERTED,
    FALL,
    FRAMES,
    HALF,
    HIGH,
    LEAN,
    MIRROR,
    QUARTER,
    UNEVEN,
    WIDE,
    cut,
    film,
    number_of,
    numbered,
)
from sqlalchemy import update

from annotation import backup, clips, exporting, importing, schema
from annotation.converting import convert
from annotation.files import digest
from annotation.labels import Labels
from annotation.opening import open_store
from annotation.values import About
from annotation.video import Bounds, Facts, VideoError, examine, pictures, probe, starts

UNEVEN_S = [stamp / 600 for stamp in UNEVEN[:FRAMES]]


def numbers(path: Path) -> list[int]:
    return [number_of(picture.image) for picture in pictures(examine(path))]


@pytest.mark.parametrize("name", AS_IT_IS)
def test_what_browsers_show_frame_by_frame_is_kept_as_it_is(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, **AS_IT_IS[name])
    rate = float(AS_IT_IS[name].get("rate", 30))
    assert probe(path) == Facts(FRAMES, round(rate, 6), WIDE, HIGH)
    assert examine(path).unlike == "" and numbers(path) == list(range(FRAMES))


@pytest.mark.parametrize("name", CONVERTED)
def test_what_they_do_not_is_converted_frame_for_frame(tmp_path: Path, name: str) -> None:
    path = film(tmp_path / name, **CONVERTED[name])
    video, made = examine(path), tmp_path / "made.mp4"
    assert video.unlike and video.facts.frames == FRAMES
    convert(video, made)
    after = examine(made)
    assert after.unlike == ""
    assert after.facts == Facts(FRAMES, video.facts.fps, video.facts.width, video.facts.height)
    before = [picture.image.astype(int) for picture in pictures(video)]
    for old, new in zip(before, pictures(after), strict=True):
        assert np.abs(old - new.image).mean() < 6
    if (video.turn.transposed, video.turn.across, video.facts.width) == (False, False, WIDE):
        assert numbers(made) == list(range(FRAMES))


@pytest.mark.parametrize(
    ("matrix", "upright"),
    [
        (QUARTER, lambda p: np.rot90(p, -1)),
        (BACK, lambda p: np.rot90(p)),
        (HALF, lambda p: np.rot90(p, 2)),
        (MIRROR, lambda p: p[:, ::-1]),
        (FALL, lambda p: p[::-1]),
        (LEAN, lambda p: p.swapaxes(0, 1)),
        ([-k if i < 6 else k for i, k in enumerate(LEAN)], lambda p: np.rot90(p, 2).swapaxes(0, 1)),
    ],
)
def test_a_picture_stands_as_its_matrix_says(tmp_path: Path, matrix: list[int], upright: Any) -> None:
    path = film(tmp_path / "a.mp4", matrix=matrix, frames=3)
    shown = [picture.image for picture in pictures(examine(path))]
    assert (probe(path).height, probe(path).width) == shown[0].shape[:2]
    for wanted, image in zip(numbered(3), shown, strict=True):
        assert np.abs(upright(wanted).astype(int) - image).mean() < 6


def test_pixels_are_square(tmp_path: Path) -> None:
    wide = probe(film(tmp_path / "a.mp4", aspect=Fraction(4, 3), frames=2))
    high = probe(film(tmp_path / "b.mp4", aspect=Fraction(1, 2), frames=2))
    turned = probe(film(tmp_path / "c.mp4", aspect=Fraction(4, 3), matrix=QUARTER, frames=2))
    assert [(f.width, f.height) for f in (wide, high, turned)] == [(128, 64), (96, 128), (64, 128)]


@pytest.mark.parametrize("container", ["mp4", "webm", "mkv", "flv", "ts"])
def test_frames_keep_the_times_at_which_they_are_shown(tmp_path: Path, container: str) -> None:
    codec = "libvpx" if container == "webm" else "libx264"
    path = film(tmp_path / f"a.{container}", codec, stamps=UNEVEN, clock=Fraction(1, 600))
    facts = probe(path)
    assert facts.times == pytest.approx(UNEVEN_S, abs=0.002) and numbers(path) == list(range(FRAMES))
    assert facts.fps == pytest.approx((FRAMES - 1) / (UNEVEN_S[-1]), rel=1e-3), "the mean"
    assert [p.time for p in pictures(examine(path))] == list(facts.times or ())


def test_a_picture_that_begins_after_the_sound_keeps_its_time(tmp_path: Path) -> None:
    facts = probe(film(tmp_path / "late.mp4", sound=True, late=45))
    assert facts.fps == 30 and facts.times == pytest.approx([1.5 + k / 30 for k in range(FRAMES)], abs=1e-5)
    assert starts(facts.fps, facts.frames, facts.times)[-1] == pytest.approx(1.5 + FRAMES / 30)


@pytest.mark.parametrize("bf", ["0", "3"])
def test_only_what_an_edit_list_leaves_is_there(tmp_path: Path, bf: str) -> None:
    whole = film(tmp_path / "whole.mp4", options={"bf": bf}, frames=40)
    path = cut(whole, tmp_path / "cut.mp4", 0.5)
    with av.open(str(path)) as container:
        assert container.streams.video[0].frames == 40, "packets"
    assert probe(path) == Facts(25, 30.0, WIDE, HIGH) and numbers(path) == list(range(15, 40))


def test_frames_that_cannot_be_decoded_are_none(tmp_path: Path) -> None:
    """A recording that was cut out of another begins between its key frames."""
    whole, path = film(tmp_path / "whole.ts", options={"g": "8", "bf": "0"}), tmp_path / "cut.ts"
    with av.open(str(whole)) as source, av.open(str(path), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for number, packet in enumerate(source.demux(video=0)):
            if packet.size and number >= 3:
                packet.stream = stream
                target.mux(packet)
    assert numbers(path) == list(range(8, FRAMES)) and probe(path).fps == 30


def test_a_rate_is_believed_only_if_the_times_bear_it_out(tmp_path: Path) -> None:
    """Browsers' recordings say 1,000 frames a second; some files claim twice their rate."""
    recorded = film(
        tmp_path / "a.webm", "libvpx", clock=Fraction(1, 1000), stamps=[33 * k for k in range(60)], muxing={"live": "1"}
    )
    with av.open(str(recorded)) as container:
        assert container.duration is None
    assert probe(recorded).fps == pytest.approx(30.3, abs=0.01)
    twice = film(tmp_path / "b.avi", "mpeg4", rate=Fraction(60), stamps=range(0, 120, 2))
    assert probe(twice) == Facts(FRAMES, 30.0, WIDE, HIGH)


def test_cover_art_is_no_video(tmp_path: Path) -> None:
    plain, path = film(tmp_path / "plain.mp4"), tmp_path / "cover.mp4"
    with av.open(str(plain)) as source, av.open(str(path), "w") as target:
        art = target.add_stream("mjpeg", rate=1)
        art.width, art.height, art.pix_fmt = 32, 32, "yuvj420p"
        art.disposition = av.stream.Disposition.attached_pic
        copy = target.add_stream_from_template(source.streams.video[0])
        target.mux(art.encode(av.VideoFrame(32, 32, "yuvj420p")))
        target.mux(art.encode())
        for packet in source.demux(video=0):
            if packet.size:
                packet.stream = copy
                target.mux(packet)
    assert probe(path) == Facts(FRAMES, 30.0, WIDE, HIGH) and numbers(path) == list(range(FRAMES))


def test_no_file_opens_another_and_none_is_endless(tmp_path: Path) -> None:
    video = film(tmp_path / "a.mp4")
    for name, text in {
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:3\n#EXTINF:3,\n{video}\n#EXT-X-ENDLIST\n",
        "concat.mp4": f"ffconcat version 1.0\nfile '{video}'\n",
        "text.mp4": "no video",
    }.items():
        (tmp_path / name).write_text(text)
        with pytest.raises(VideoError, match=name):
            probe(tmp_path / name)
    for path in (video, film(tmp_path / "a.avi", "mpeg4")):
        with pytest.raises(VideoError, match="longer than 5 frames: cut it"):
            examine(path, Bounds(frames=5))
        with pytest.raises(VideoError, match="too long for its size: cut it"):
            examine(path, Bounds(pixels=1000))
        with pytest.raises(VideoError, match="longer than 0 s: cut it"):
            examine(path, Bounds(seconds=0.01))
    with pytest.raises(VideoError, match="no such file"):
        probe(tmp_path / "nothing.mp4")


def folder_of(folder: Path, films: dict[str, dict[str, Any]]) -> Path:
    """Videos with a manifest."""
    folder.mkdir()
    for name, made in films.items():
        film(folder / name, **made)
    rows = "".join(f"{name},poke-nose\n" for name in films)
    (folder / "manifest.csv").write_text(f"file_name,pattern\n{rows}")
    return folder


def test_an_import_converts_once_and_says_so(store: Any, tmp_path: Path) -> None:
    wanted = {name: CONVERTED[name] for name in ("uneven.mp4", "film.avi")} | {"constant.mp4": {}}
    folder = folder_of(tmp_path / "in", wanted)
    report = importing.import_file(store, "joe", folder)
    assert (report.added, report.converted, report.problems) == (3, 2, [])
    assert [note.line for note in report.notes] == [2, 3]
    assert all(note.message.startswith("converted: ") for note in report.notes)
    found = {clip.file_name: clip for clip in clips.find(store, "joe")}
    uneven, avi, constant = (found[f"in/{name}"] for name in wanted)
    assert uneven.times == pytest.approx(UNEVEN_S, abs=1e-5) and (avi.times, constant.times) == (None, None)
    assert (uneven.original_format, avi.original_format, constant.original_format) == ("MP4 h264", "AVI mpeg4", "")
    assert constant.original is None and uneven.original != uneven.sha256
    for clip in found.values():
        assert numbers(clips.video_path(store, clip)) == list(range(FRAMES))
        assert probe(clips.video_path(store, clip)) == Facts(FRAMES, clip.fps, WIDE, HIGH)
    assert any(event.action == "convert" for event in clips.events(store, "joe", avi.id))
    assert clips.add(store, "joe", folder / "film.avi", About("poke-nose")) == (avi, False)
    assert backup.check(store, thorough=True) == [] and len(list(store.clips.iterdir())) == 3


def test_films_that_differ_in_their_times_alone_stay_two(store: Any, tmp_path: Path) -> None:
    films = {"a.mkv": {}, "late.mp4": CONVERTED["late.mp4"], "later.mp4": {"sound": True, "late": 60}}
    report = importing.import_file(store, "joe", folder_of(tmp_path / "in", films))
    assert (report.added, report.same) == (3, 0)
    assert [(clip.times or [0.0])[0] for clip in clips.find(store, "joe")] == [0.0, 1.5, 2.0]
    assert importing.import_file(store, "joe", tmp_path / "in").same == 3


def test_seconds_are_those_of_the_video_that_was_given(store: Any, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "in", {"uneven.mp4": CONVERTED["uneven.mp4"], "late.mp4": CONVERTED["late.mp4"]})
    contact = {
        "id": "c1", "hand": "left", "finger": "index", "region": "left_cheek", "start": 2, "end": 5,
        "confidence": 1.0, "keyframes": [],
    }  # fmt: skip
    rows = [
        {"file_name": name, "schema": 1, "pattern": "poke-nose", "fps": 1000, "frames": FRAMES, "width": WIDE,
         "height": HIGH, "source": "predicted", "author": "a", "contacts": [contact]}
        for name in ("uneven.mp4", "late.mp4")
    ]  # fmt: skip
    (folder / "labels.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    importing.import_file(store, "joe", folder / "labels.jsonl")
    exporting.export(store, "joe", tmp_path / "a.json", "activitynet")
    uneven, late = json.loads((tmp_path / "a.json").read_text())["database"].values()
    assert uneven["annotations"][0]["segment"] == pytest.approx([UNEVEN_S[2], UNEVEN_S[6]], abs=1e-5)
    assert late["annotations"][0]["segment"] == pytest.approx([1.5 + 2 / 30, 1.5 + 6 / 30], abs=1e-5)
    assert late["duration"] == pytest.approx(1.5 + FRAMES / 30, abs=1e-5)
    exporting.export(store, "joe", tmp_path / "a.jsonl")
    labels = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert [row["fps"] for row in labels] == [pytest.approx(19.3, abs=0.01), 30], "the rate that the times bear out"


def test_times_come_back_with_an_exported_folder(store: Any, tmp_path: Path) -> None:
    films = {"uneven.mp4": CONVERTED["uneven.mp4"], "constant.mp4": {}}
    importing.import_file(store, "joe", folder_of(tmp_path / "in", films))
    exporting.export_folder(store, "joe", tmp_path / "out")
    other = open_store(tmp_path / "other")
    report = importing.import_file(other, "system", tmp_path / "out")
    assert (report.added, report.converted, report.problems) == (2, 0, [])
    before, after = clips.find(store, "joe"), clips.find(other, "system")
    assert [(c.sha256, c.fps, c.times) for c in after] == [(c.sha256, c.fps, c.times) for c in before]
    other.close()


def test_a_check_finds_clips_that_were_stored_before_they_were_converted(store: Any, tmp_path: Path) -> None:
    path = film(tmp_path / "uneven.mp4", **CONVERTED["uneven.mp4"])
    clip, _ = clips.add(store, "joe", path, About("poke-nose"))
    sha256, size = digest(path)
    shutil.copyfile(path, store.clips / f"{sha256}.mp4")
    clips.video_path(store, clip).unlink()
    with store.write() as connection:
        connection.execute(update(schema.clips).values(sha256=sha256, bytes=size, times=None, original=None))
    assert backup.check(store) == []
    (problem,) = backup.check(store, thorough=True)
    assert "clip 1: browsers may show it wrongly (its frames do not come at one rate)" in problem


def test_labels_of_a_turned_film_are_those_of_the_upright_picture(store: Any, tmp_path: Path) -> None:
    path = film(tmp_path / "portrait.mp4", matrix=QUARTER)
    value = Labels("poke-nose", 30.0, FRAMES, HIGH, WIDE, "predicted", "prelabel")
    clip, added = clips.add(store, "joe", path, About("poke-nose"), value)
    assert added and (clip.width, clip.height) == (HIGH, WIDE)
