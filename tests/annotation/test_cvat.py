"""CVAT's XML 1.1 as CVAT writes it: tasks, jobs, projects, for video and for images, every shape."""

import re
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from samples import FACTS, FRAMES, SIZE, any_labels, contact, labels, make_video

from annotation import clips, exporting, importing, queue, revisions
from annotation.errors import BadInput
from annotation.formats import cvat
from annotation.formats.entry import Entry, Problem
from annotation.labels import Keyframe, mask_at
from annotation.polygons import mask
from annotation.values import About
from annotation.video import Facts

SQUARE = "10.00,10.00;30.00,10.00;30.00,30.00;10.00,30.00"
AREA = ((10.0, 10.0), (30.0, 10.0), (30.0, 30.0), (10.0, 30.0))


def attributes(finger="index", hand="left"):
    said = {"finger": finger, "hand": hand}
    return "".join(f'<attribute name="{name}">{word}</attribute>' for name, word in said.items() if word)


def shape(kind="polygon", words=f'points="{SQUARE}"', inner=None, **more):
    more = " ".join(f'{name}="{value}"' for name, value in more.items())
    inner = attributes() if inner is None else inner
    return f'<{kind} {more} occluded="0" source="manual" {words} z_order="0">{inner}</{kind}>'


def track(first, last, stop=FRAMES - 1, step=1, number=0, label="chin", belongs="", **what):
    """A track as CVAT writes it: every frame, outside in the one after."""
    frames = range(first, last + 1, step)
    shapes = [
        shape(frame=f, keyframe=int(f in (first, frames[-1])), outside=0, **what) for f in frames
    ]  # fmt: skip
    if last + step <= stop:
        shapes.append(shape(frame=last + step, keyframe=1, outside=1, **what))
    return f'<track id="{number}" label="{label}" source="manual"{belongs}>{"".join(shapes)}</track>'


def meta(kind="task", number=7, size=FRAMES, start=0, stop=None, step=1, source="v.mp4", name="what I do"):
    """A task or a job; CVAT says neither pattern nor rate."""
    stop = start + (size - 1) * step if stop is None else stop
    title = f"<name>{name}</name>" if kind == "task" else ""
    inner = f"<original_size><width>{SIZE}</width><height>{SIZE}</height></original_size>"
    inner += f"<source>{source}</source>" if source else ""
    filter_ = f"step={step}" if step > 1 else ""
    return (
        f"<{kind}><id>{number}</id>{title}<size>{size}</size><mode>interpolation</mode><overlap>5</overlap>"
        f"<bugtracker></bugtracker><created>2026-01-01 10:00:00.000000+00:00</created><subset>default</subset>"
        f"<start_frame>{start}</start_frame><stop_frame>{stop}</stop_frame><frame_filter>{filter_}</frame_filter>"
        f"<segments><segment><id>1</id><start>{start}</start><stop>{stop}</stop><url>http://x/api/jobs/1</url></segment>"
        f"</segments><owner><username>me</username><email></email></owner><assignee></assignee>"
        f"<labels><label><name>chin</name><color>#fa3253</color><type>polygon</type><attributes></attributes></label>"
        f"</labels>" + (inner if kind == "task" else "") + f"</{kind}>"
    ) + ("" if kind == "task" else inner)


def document(about, *rest):
    dumped = "<dumped>2026-01-01 10:00:00.000000+00:00</dumped>"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<annotations><version>1.1</version>'
        f"<meta>{about}{dumped}</meta>{''.join(rest)}</annotations>"
    )


@pytest.fixture
def rows(tmp_path):
    """The rows of a document."""

    def read(text, name="annotations.xml"):
        (tmp_path / name).write_text(text)
        return list(cvat.read(tmp_path / name))

    return read


def made(row, facts=FACTS):
    """What a row says of a video."""
    return row.labels(facts) if callable(row.labels) else row.labels


def times(value):
    return [(c.region, c.start, c.end) for c in value.contacts]


@pytest.mark.parametrize("kind", ["task", "job"])
def test_a_task_and_a_job(rows, kind):
    (row,) = rows(document(meta(kind), track(4, 12)))
    value = made(row)
    assert (row.file_name, row.loose, value.pattern, value.fps) == ("v.mp4", True, "", 24.0)
    (one,) = value.contacts
    assert (one.region, one.finger, one.hand, one.start, one.end) == ("chin", "index", "left", 4, 12)
    assert one.keyframes == (Keyframe(4, AREA), Keyframe(12, AREA))


def test_a_job_that_names_no_video_is_asked_for_it(store, tmp_path):
    make_video(tmp_path / "e.mp4")
    clips.add(store, "joe", tmp_path / "e.mp4", About("poke-chin"))
    text = document(meta("job", source=""), track(4, 12))
    (tmp_path / "job.xml").write_text(text)
    report = importing.import_file(store, "joe", tmp_path / "job.xml")
    assert report.failed == 1 and "call it like the video" in report.problems[0].message
    (tmp_path / "e.xml").write_text(text)
    assert importing.import_file(store, "joe", tmp_path / "e.xml").relabelled == 1


@pytest.mark.parametrize(
    ("start", "step", "size", "first", "last", "expected"),
    [
        (5, 1, 10, 6, 9, (6, 9)),  # numbers of the video
        (2, 3, 7, 5, 11, (5, 11)),
        (2, 3, 7, 14, 20, (14, 20)),  # to the end
        (10, 1, 10, 0, 5, (10, 15)),  # numbers of the task
        (9, 2, 7, 1, 3, (11, 15)),
    ],
)
def test_start_frame_and_step_are_heeded(rows, start, step, size, first, last, expected):
    said = step if first in range(start, FRAMES, step) else 1
    stop = start + (size - 1) * step if said == step else size - 1
    (row,) = rows(document(meta(size=size, start=start, step=step), track(first, last, stop, said)))
    ((_, *found),) = times(made(row))
    assert tuple(found) == expected
    assert row.span == (start, start + (size - 1) * step)


def test_a_task_of_frames_that_the_video_lacks_is_refused(rows):
    (row,) = rows(document(meta(size=FRAMES), track(4, 12)))
    for facts in (Facts(FRAMES - 1, 24.0, SIZE, SIZE), Facts(FRAMES, 24.0, SIZE, SIZE + 2)):
        with pytest.raises(BadInput, match="for a video of"):
            made(row, facts)


PROJECT = "<project><id>1</id><name>p</name><tasks>{}</tasks></project>"


@pytest.mark.parametrize("numbered_on", [True, False])
def test_a_project_whichever_way_it_is_numbered(rows, numbered_on):
    tasks = [meta(number=i, source=f"{i}.mp4") for i in (7, 8, 9)]
    tracks = []
    for i in range(3):
        first = 4 + i + (FRAMES * i if numbered_on else 0)
        stop = FRAMES - 1 + (FRAMES * i if numbered_on else 0)
        belongs = f' task_id="{7 + i}" subset="default"'
        tracks.append(track(first, first + 5, stop, number=i, belongs=belongs))
    found = rows(document(PROJECT.format("".join(tasks)), *tracks))
    assert [(row.file_name, times(made(row))) for row in found] == [
        (f"{7 + i}.mp4", [("chin", 4 + i, 9 + i)]) for i in range(3)
    ]


def test_a_task_without_a_shape_says_nothing(rows):
    found = rows(document(PROJECT.format(meta() + meta(number=8)), track(1, 2, belongs=' task_id="7"')))
    assert [row.labels is None for row in found] == [False, True]


def image(number, *shapes, name=None):
    name = f"frame_{number:06}" if name is None else name
    return f'<image id="{number}" name="{name}" width="{SIZE}" height="{SIZE}">{"".join(shapes)}</image>'


def test_images_become_a_contact_for_each_run_of_frames(rows):
    of_image = {"label": "chin"}
    images = [image(f, shape(**of_image) if f in (3, 4, 5, 9) else "") for f in range(FRAMES)]
    images[4] = image(4, shape(**of_image), shape(label="nose_tip", inner=attributes("thumb")))
    (row,) = rows(document(meta(), *images))
    assert times(made(row)) == [("chin", 3, 5), ("chin", 9, 9), ("nose_tip", 4, 4)]
    assert [c.id for c in made(row).contacts] == ["i0", "i0.1", "i1"]
    assert made(row).contacts[0].keyframes == tuple(Keyframe(f, AREA) for f in (3, 4, 5))


def test_several_areas_of_an_image_are_one(rows):
    other = 'points="40,40;50,40;50,60;40,60"'
    (row,) = rows(document(meta(), image(3, shape(label="chin"), shape(label="chin", words=other))))
    (one,) = made(row).contacts
    pixels = mask_at(one, 3, SIZE, SIZE)
    assert pixels.sum() == 400 + 200 and pixels[20, 20] and pixels[50, 45] and not pixels[35, 35]


def test_images_with_names_of_their_own_count_by_their_number(rows):
    (row,) = rows(document(meta(), image(3, shape(label="chin"), name="a/3rd.png")))
    assert times(made(row)) == [("chin", 3, 3)]


L_SHAPE = f'rle="0, 210, {"10, 10, " * 9}10" left="10" top="10" width="20" height="20"'  # row by row
BOX = 'xtl="20" ytl="30" xbr="40" ybr="34"'


@pytest.mark.parametrize(
    ("kind", "words", "inside", "outside", "area"),
    [
        ("box", BOX, (30, 32), (30, 40), 80),
        ("box", BOX + ' rotation="90.0"', (30, 40), (22, 32), 80),
        ("box", BOX + ' rotation="45.0"', (36, 38), (36, 26), 80),  # clockwise on the screen
        ("ellipse", 'cx="30" cy="30" rx="20" ry="5"', (45, 30), (30, 40), 314),
        ("ellipse", 'cx="30" cy="30" rx="20" ry="5" rotation="90"', (30, 45), (45, 30), 314),
        ("mask", L_SHAPE, (25, 15), (25, 25), 300),
        ("mask", 'rle="0, 400" left="10" top="10" width="20" height="20"', (20, 20), (35, 20), 400),
    ],
)
def test_every_shape_becomes_a_polygon(rows, kind, words, inside, outside, area):
    (row,) = rows(document(meta(), track(4, 6, kind=kind, words=words)))
    (one,) = made(row).contacts
    pixels = mask(one.keyframes[0].polygon, SIZE, SIZE)
    assert pixels[inside[1], inside[0]] and not pixels[outside[1], outside[0]]
    assert abs(int(pixels.sum()) - area) <= 0.11 * area


def test_what_is_no_area_or_no_region_is_counted_and_named(rows):
    (row,) = rows(
        document(
            meta(),
            track(4, 12),
            track(1, 2, kind="points", words='points="1,1"', number=1),
            track(1, 2, kind="polyline", words='points="1,1;5,5"', number=2),
            track(1, 2, label="face", number=3),
            track(8, 9, label="face", number=4),
        )
    )
    assert times(made(row)) == [("chin", 4, 12)]
    assert [(lost.count, lost.what.split(":")[0]) for lost in row.lost] == [
        (1, "points track of label 'chin'"),
        (1, "polyline track of label 'chin'"),
        (2, "label 'face' is no region of the face"),
    ]


@pytest.mark.parametrize(
    "rest",
    [
        track(1, 2, kind="polyline", words='points="1,1;5,5"'),
        track(1, 2, label="face"),
        image(3, shape("points", 'points="1,1"', label="chin")),
        image(3, '<tag label="chin" source="manual"></tag>'),
        '<track id="0" label="chin"><skeleton frame="1" outside="0"></skeleton></track>',
    ],
)
def test_nothing_is_relabelled_by_losing_all_it_has(store, tmp_path, rest):
    make_video(tmp_path / "v.mp4")
    clips.add(store, "joe", tmp_path / "v.mp4", About("poke-chin"), labels(contact(), pattern="poke-chin"))
    (tmp_path / "a.xml").write_text(document(meta(), rest))
    report = importing.import_file(store, "joe", tmp_path / "a.xml")
    assert (report.failed, report.relabelled) == (1, 0)
    assert "nothing of it can be kept: 1 ×" in report.problems[0].message
    assert queue.claim(store, "anna").labels.contacts == (contact(),)


def test_what_is_lost_beside_what_is_kept_is_reported(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    clips.add(store, "joe", tmp_path / "v.mp4", About("poke-chin"))
    text = document(meta(), track(4, 12), track(1, 2, kind="points", words='points="1,1"', number=1))
    (tmp_path / "a.xml").write_text(text)
    report = importing.import_file(store, "joe", tmp_path / "a.xml")
    assert (report.relabelled, report.lost) == (1, 1)
    assert report.notes[0].message.startswith("not kept: 1 × points track")


def test_hand_and_finger_may_stand_in_the_label(rows):
    (row,) = rows(document(meta(), track(4, 6, label="Left cheek - thumb (right)", inner="")))
    (one,) = made(row).contacts
    assert (one.region, one.finger, one.hand) == ("left_cheek", "thumb", "right")
    (row,) = rows(document(meta(), track(4, 6, inner="")))
    assert isinstance(row, Problem) and "the attribute finger is missing" in row.message


def test_a_track_that_comes_back_is_two_contacts(rows):
    shapes = [
        shape(frame=2, keyframe=1, outside=0),
        shape(frame=3, keyframe=0, outside=0),
        shape(frame=6, keyframe=1, outside=1),
        shape(frame=9, keyframe=1, outside=0, inner=""),
    ]
    (row,) = rows(document(meta(), f'<track id="0" label="chin" source="manual">{"".join(shapes)}</track>'))
    assert [(c.id, c.start, c.end, c.finger) for c in made(row).contacts] == [
        ("t0", 2, 5, "index"),
        ("t0.1", 9, 23, "index"),
    ]


BOMB = '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "x"><!ENTITY c "&b;&b;">]><annotations>&c;</annotations>'
OUTSIDE = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "file:///etc/passwd"><annotations/>'


@pytest.mark.parametrize("text", [BOMB, OUTSIDE, "<annotations>", "", "<annotations/>", "\0"])
def test_hostile_xml_is_refused(rows, text):
    with pytest.raises(BadInput):
        rows(text)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('frame="4"', 'frame="-1"', "frame"),
        ('frame="9"', 'frame="1000000000"', "frame"),
        ('frame="9"', 'frame="99"', "99 is not among its frames 0 to 23"),
        ("<size>24</size>", "<size>1e9</size>", "size"),
        ("<size>24</size>", "<size>0</size>", "size"),
        ("<size>24</size>", "", "size"),
        ("10.00,10.00;30.00", "nan,10.00;30.00", "outside"),
        ("10.00,10.00;30.00", "10.00;30.00", "points"),
        ('label="chin"', 'label="knee"', "knee"),
        (">index<", ">toe<", "toe"),
        ('<attribute name="finger">index</attribute>', "", "finger"),
        ("<start_frame>0<", "<start_frame>x<", "start_frame"),
        ('label="chin" source', 'task_id="99" label="chin" source', "no task"),
        ("<polygon", '<mask rle="1,2" left="0" top="0" width="9" height="9"/><polygon', "frame"),
        ("<polygon", '<mask frame="3" rle="1,2" left="0" top="0" width="9" height="9"/><polygon', "81|9 x 9"),
        ("<polygon", '<box frame="3" xtl="a" ytl="0" xbr="9" ybr="9"/><polygon', "xtl"),
    ],
)
def test_wrong_values_are_reported(rows, old, new, says):
    text = document(meta(), track(4, 12)).replace(old, new)
    assert new in text
    try:
        (row,) = rows(text)
        message = row.message if isinstance(row, Problem) else ""
        if not message:
            clips.prepare(About("poke-chin"), FACTS, replace(made(row), pattern="poke-chin"))
    except BadInput as error:
        message = str(error)
    assert any(word in message for word in says.split("|"))


def test_a_missing_pattern_comes_from_the_known_clip_or_the_manifest(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    (tmp_path / "a.xml").write_text(document(meta(), track(4, 12)))
    (tmp_path / "manifest.csv").write_text("file_name,pattern\nv.mp4,poke-chin\n")
    assert importing.import_file(store, "joe", tmp_path / "a.xml").added == 1
    assert clips.get(store, "joe", 1).pattern == "poke-chin"
    (tmp_path / "manifest.csv").unlink()
    assert importing.import_file(store, "joe", tmp_path / "a.xml").unchanged


def test_footage_of_which_no_pattern_is_said_shows_none(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    (tmp_path / "a.xml").write_text(document(meta(), track(4, 12)))
    assert importing.import_file(store, "joe", tmp_path / "a.xml").added == 1
    assert clips.get(store, "joe", 1).pattern == "none"
    assert [c.start for c in queue.claim(store, "anna").labels.contacts] == [4]


def test_a_job_speaks_of_its_frames_only(store, tmp_path):
    make_video(tmp_path / "v.mp4")
    clips.add(store, "joe", tmp_path / "v.mp4", About("poke-chin"))
    first = document(meta("job", size=12), track(2, 11, stop=11))
    second = document(meta("job", size=12, start=12), track(12, 20), track(22, 23, number=1))
    for text in (first, second, second, first):
        (tmp_path / "a.xml").write_text(text)
        importing.import_file(store, "joe", tmp_path / "a.xml")
    head = revisions.revision(store, "joe", 1, clips.get(store, "joe", 1).head)
    assert [(c.id, c.start, c.end) for c in head.labels.contacts] == [("t0", 2, 11), ("t0-2", 12, 20), ("t1", 22, 23)]
    assert head.number == 3  # the third and the fourth said nothing new


def entry(value, name="clips/a b&c.mp4", revision=3, **more):
    return Entry(1, name, value, None, revision, **more)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("cvat")


def there_and_back(entries, folder):
    with open(folder / "file", "w", encoding="utf-8") as file:
        assert cvat.write(file, entries) == len(entries)
    return list(cvat.read(folder / "file"))


@given(any_labels(), any_labels(), any_labels())
def test_ours_come_back_equal(folder, a, b, c):
    entries = [entry(a), entry(b, "é.mp4", 0, names=("x y.mp4", "é/ü.mp4")), entry(c, "c.mp4")]
    back = there_and_back(entries, folder)
    assert back == [replace(each, line=line) for line, each in enumerate(entries, 1)]


def test_ours_share_no_frames_and_say_what_cvat_says(folder):
    clip = labels(contact(start=2, end=9, keyframes=(Keyframe(5, ((1, 1), (9, 1), (5, 9))),)))
    there_and_back([entry(clip), entry(clip, "b.mp4", names=("sub/b.mp4",))], folder)
    text = (folder / "file").read_text()
    frames = [part.split('"')[0] for part in text.split('<polygon frame="')[1:]]
    assert frames == [str(frame) for first in (2, 26) for frame in range(first, first + 9)]
    assert 'frame="10" keyframe="1" outside="1"' in text and 'frame="6" keyframe="0" outside="0"' in text
    assert text.count("<subset>default</subset>") == 2 and text.count('subset="default"') == 2
    assert "<source>sub/b.mp4</source>" in text and "<stop_frame>23</stop_frame>" in text


def test_what_was_written_here_before_is_read(folder):
    """Frames of each task from 0, keyframes only, `source_file`, and no start frame."""
    two = [entry(labels(contact())), entry(labels(contact(start=1, end=3)), "b.mp4")]
    there_and_back(two, folder)
    text = (folder / "file").read_text()
    for tag in ("start_frame", "stop_frame", "subset", "source", "names"):
        text = re.sub(f"<{tag}>[^<]*</{tag}>", "", text)
    text = re.sub(r'<polygon frame="\d+" keyframe="0".*?</polygon>\n', "", text)
    text = re.sub(r'frame="(\d+)"', lambda found: f'frame="{int(found[1]) % FRAMES}"', text)
    (folder / "old.xml").write_text(text)
    assert [times(row.labels) for row in cvat.read(folder / "old.xml")] == [
        [("left_cheek", 4, 12)],
        [("left_cheek", 1, 3)],
    ]


def test_an_export_comes_back_equal(store, tmp_path):
    for seed in range(3):
        make_video(tmp_path / f"{seed}.mp4", seed=seed)
        made_ = labels(contact(start=seed, end=20), pattern="poke-chin") if seed else None
        clips.add(store, "joe", tmp_path / f"{seed}.mp4", About("poke-chin"), made_)
    (tmp_path / "out").mkdir()
    exporting.export(store, "joe", tmp_path / "out" / "a.xml", "cvat")
    report = importing.import_file(store, "joe", tmp_path / "out" / "a.xml")
    assert (report.same, report.unchanged) == (3, True)


def test_large_pictures_and_masks_take_no_long(rows):
    runs = ",".join(["1"] * 9999)
    words = f'rle="{runs}" left="0" top="0" width="99" height="101"'
    (row,) = rows(document(meta(), track(4, 4, kind="mask", words=words)))
    assert np.isfinite(made(row).contacts[0].keyframes[0].polygon).all()
