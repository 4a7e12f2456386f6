"""Label files and manifests as this program, CVAT, YouTube-VIS tools and Label Studio write them, of three clips.

The clips are `media_seeds.clips`: a.mp4, b.mp4, c.mp4, of `FRAMES` frames of `WIDE` x `HIGH` px.
"""

import io
import json
from typing import Any, Final

from annotation.formats import coco, cvat, native
from annotation.formats.entry import Entry
from annotation.labels import Contact, Keyframe, Labels
from annotation.values import About

WIDE, HIGH, FRAMES = 64, 48, 12
SQUARE: Final = ((20.0, 20.0), (40.0, 20.0), (40.0, 40.0), (20.0, 40.0))
POINTS: Final = "20.00,20.00;40.00,20.00;40.00,40.00;20.00,40.00"
WORDS: Final = '<attribute name="finger">index</attribute><attribute name="hand">left</attribute>'
AREAS: Final = (
    f'<polygon {{0}} points="{POINTS}" z_order="0">{WORDS}</polygon>',
    f'<box {{0}} xtl="20.00" ytl="20.00" xbr="40.00" ybr="40.00" rotation="30.00" z_order="0">{WORDS}</box>',
    f'<ellipse {{0}} cx="30.00" cy="30.00" rx="9.00" ry="5.00" z_order="0">{WORDS}</ellipse>',
    f'<mask {{0}} rle="3, 4, 2, 6, 1" left="10" top="10" width="4" height="4" z_order="0">{WORDS}</mask>',
)


def labels() -> dict[str, bytes]:
    """Files of labels."""
    return {
        **{f"ours.{suffix}": _ours(write) for suffix, write in (("jsonl", native), ("xml", cvat), ("json", coco))},
        **{f"{name}.xml": text.encode() for name, text in _cvat().items()},
        **{f"{name}.json": json.dumps(data, indent=1).encode() for name, data in (_vis() | _label_studio()).items()},
    }


def manifests() -> dict[str, bytes]:
    """Manifests of the three clips, a Matroska file among them."""
    plain = "file_name,pattern,subject\na.mp4,poke-nose,s1\nb.mp4,poke-chin,s2\nc.mkv,swipe-lips,s2\n"
    rows = [
        {"file_name": "a.mp4", "pattern": "poke-nose", "subject": "s1", "environment": "kitchen", "device": "phone"},
        {"file_name": "b.mp4", "pattern": "poke-chin", "split": "train", "consent": "form 12", "session": 3},
        {"file_name": "c.mkv", "pattern": "swipe-lips", "notes": {"light": "low", "list": [1, 2.5, None]}},
    ]
    quoted = 'file_name,pattern,notes\n"a.mp4","poke-nose","a, ""b"""\n"b.mp4","poke-chin","two\nlines"\n'
    return {
        "manifest.csv": plain.encode(),
        "excel.csv": ("\ufeff" + plain.replace("\n", "\r\n")).encode(),
        "quoted.csv": quoted.encode(),
        "wide.csv": b"pattern,file_name,subject,environment,device,split,consent,extra\npoke-nose,a.mp4,,,,,,\n",
        "manifest.jsonl": "".join(json.dumps(row) + "\n" for row in rows).encode(),
    }


def _contact(number: int, **fields: Any) -> Contact:
    given = {"keyframes": (Keyframe(2, SQUARE), Keyframe(5, SQUARE))} | fields
    return Contact(f"c{number}", "left", "index", "left_cheek", 2, 8, 0.5, **given)


def _ours(module: Any) -> bytes:
    entries = []
    for number, name in enumerate("abc"):
        contacts = tuple(_contact(k, **({"keyframes": ()} if k == 2 else {})) for k in range(number + 1))
        said = Labels("poke-left-cheek", 24.0, FRAMES, WIDE, HIGH, "predicted", "model", "unreviewed", contacts)
        about = About("poke-left-cheek", split="train")
        entries.append(Entry(number + 1, f"{name}.mp4", said, about, 1, (f"{name}.mp4",)))
    file = io.StringIO()
    module.write(file, entries)
    return file.getvalue().encode()


def _cvat() -> dict[str, str]:
    """CVAT 1.1: a task, a job, a project, images."""
    size = f"<original_size><width>{WIDE}</width><height>{HIGH}</height></original_size>"
    labels = "<labels><label><name>chin</name><color>#ff0000</color><type>any</type></label></labels>"

    def about(kind: str, number: int, source: str, start: int = 0, step: str = "") -> str:
        stop = FRAMES - 1
        frames = (stop - start) // int(step or "1") + 1
        return (
            f"<{kind}><id>{number}</id><name>{source[:1]}</name><size>{frames}</size><mode>interpolation</mode>"
            f"<overlap>5</overlap><bugtracker></bugtracker><subset>default</subset><start_frame>{start}</start_frame>"
            f"<stop_frame>{stop}</stop_frame><frame_filter>{f'step={step}' if step else ''}</frame_filter>{labels}"
            f"<segments><segment><id>1</id><start>0</start><stop>{stop}</stop></segment></segments>"
            + (f"{size}<source>{source}</source></{kind}>" if source else f"</{kind}>")
        )

    def track(number: int, first: int, label: str = "chin", belongs: str = "", kind: int = 0, step: int = 1) -> str:
        frames = range(first, first + 5 * step, step)
        said = 'frame="{}" keyframe="{}" outside="{}" occluded="0"'
        shapes = [AREAS[kind].format(said.format(k, int(k == first), int(k == frames[-1]))) for k in frames]
        return f'<track id="{number}" label="{label}" source="manual"{belongs}>{"".join(shapes)}</track>'

    def image(number: int, shapes: str) -> str:
        return f'<image id="{number}" name="frame_{number:06}" width="{WIDE}" height="{HIGH}">{shapes}</image>'

    def whole(meta: str, *rest: str) -> str:
        head = '<?xml version="1.0" encoding="utf-8"?>\n<annotations>\n  <version>1.1</version>\n  <meta>'
        return f"{head}{meta}<dumped>2026-01-01 10:00:00.000000+00:00</dumped></meta>\n{''.join(rest)}</annotations>\n"

    of_task = [f' task_id="{number}" subset="default"' for number in (7, 8)]
    shapes = [area.format('label="chin" source="manual" occluded="0"') for area in AREAS]
    return {
        "task": whole(about("task", 7, "a.mp4"), track(0, 2), track(1, 4, "left_cheek", kind=1), track(2, 1, "hat")),
        "step": whole(about("task", 7, "b.mp4", 2, "2"), track(0, 2, step=2), track(1, 2, kind=3, step=2)),
        "a": whole(about("job", 9, "") + size, track(0, 2), track(1, 3, "nose_tip", kind=2)),
        "project": whole(
            f"<project><id>3</id><name>p</name><tasks>{about('task', 7, 'a.mp4')}{about('task', 8, 'b.mp4')}</tasks>"
            f"{labels}</project>",
            track(0, 2, belongs=of_task[0]),
            track(1, 2, "forehead", of_task[0], 2),
            track(2, FRAMES + 3, belongs=of_task[1]),
        ),
        "images": whole(
            about("task", 7, "c.mp4"),
            *[image(k, shapes[0] + (shapes[k % 4] if k > 5 else "")) for k in range(3, 9)],
            image(9, '<points label="chin" points="1,2;3,4"></points>'),
        ),
    }


def _vis() -> dict[str, Any]:
    """YouTube-VIS: polygons, run lengths, boxes."""
    flat = [number for point in SQUARE for number in point]
    videos = [
        {"id": k, "width": WIDE, "height": HIGH, "length": FRAMES, "license": 1, "flickr_url": "", "date_captured": "",
         "file_names": [f"{name}/{i:05}.jpg" for i in range(FRAMES)]}
        for k, name in enumerate("ab", 1)
    ]  # fmt: skip
    categories = [{"id": 1, "name": "chin index left", "supercategory": "face"}, {"id": 2, "name": "left_cheek"}]
    runs = {"size": [HIGH, WIDE], "counts": [500, 20, 28, 20, HIGH * WIDE - 568]}
    shapes: dict[str, Any] = {"polygons": [flat], "parts": [flat, [1, 1, 9, 1, 9, 9]], "runs": runs}

    def seen(number: int, video: int, shape: Any, category: int = 1) -> dict[str, Any]:
        frames = [shape if 2 <= k <= 5 or k == 9 else None for k in range(FRAMES)]
        boxes = [[20, 20, 20, 20] if frame else None for frame in frames]
        more = {"attributes": {"finger": "thumb", "hand": "right"}} if category == 2 else {}
        return {"id": number, "video_id": video, "category_id": category, "iscrowd": 0, "segmentations": frames,
                "bboxes": boxes, "areas": [400 if frame else None for frame in frames], **more}  # fmt: skip

    return {
        f"vis-{name}": {"info": {"year": 2026}, "licenses": [], "videos": videos, "categories": categories,
                        "annotations": [seen(1, 1, shape), seen(2, 1, shape, 2), seen(3, 2, shape)]}
        for name, shape in shapes.items()
    }  # fmt: skip


def _label_studio() -> dict[str, Any]:
    """Label Studio's JSON: timelines, boxes followed through the video, several answers, predictions."""

    def task(number: int, video: str, *answers: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"id": number, "annotations": list(answers), "file_upload": f"1a2b3c4d-{video}", "drafts": [],
                "predictions": [], "data": {"video": f"/data/upload/3/1a2b3c4d-{video}", "pattern": "poke-nose"},
                "meta": {}, "created_at": "2026-01-01T10:00:00.000000Z", "project": 3, **more}  # fmt: skip

    def answer(number: int, *results: dict[str, Any], **more: Any) -> dict[str, Any]:
        return {"id": number, "completed_by": 1, "result": list(results), "was_cancelled": False, "ground_truth": False,
                "created_at": f"2026-01-01T10:00:0{number}Z", "updated_at": f"2026-01-01T10:00:0{number}Z",
                "lead_time": 12.5, **more}  # fmt: skip

    def result(kind: str, value: dict[str, Any]) -> dict[str, Any]:
        return {"id": "aB3", "type": kind, "from_name": "l", "to_name": "video", "origin": "manual", "value": value}

    timeline = result(
        "timelinelabels",
        {"ranges": [{"start": 2, "end": 5}, {"start": 8, "end": 9}], "timelinelabels": ["left_cheek index"]},
    )
    keys = [
        {"frame": k, "enabled": on, "rotation": 0, "x": 30, "y": 40, "width": 20.5, "height": 20, "time": k / 24}
        for k, on in ((2, True), (5, False), (8, True))
    ]
    boxes = result("videorectangle", {"framesCount": FRAMES, "duration": 0.5, "sequence": keys, "labels": ["chin"]})
    return {
        "timeline": [task(1, "a.mp4", answer(1, timeline)), task(2, "b.mp4", answer(2, timeline, boxes))],
        "answers": [
            task(1, "a.mp4", answer(1, was_cancelled=True), answer(2, timeline), answer(3, boxes)),
            task(2, "c.mp4", predictions=[answer(4, boxes, score=0.7)]),
            task(3, "b.mp4"),
        ],
    }
