"""What is forgotten is nowhere on the disk: rows, files, exports, free pages, the log; backups are named."""

from pathlib import Path

import pytest
from samples import contact, labels, make_video

from annotation import backup, clips, exporting, forgetting, people, queue, revisions, statistics
from annotation.__main__ import main
from annotation.errors import NotAllowed, NotFound
from annotation.records import pack
from annotation.saving import Submission
from annotation.values import About

SECRET = "quetzalcoatl"  # what is looked for on the disk


def fill(store, tmp_path: Path, sender: str = "ben") -> list[int]:
    """Three clips, each with a revision, a comment and a track; the second names the secret wherever it can."""
    ids = []
    for i in range(3):
        word = SECRET if i == 1 else f"other{i}"
        video = make_video(tmp_path / f"{word}.mp4", seed=i)
        about = About("poke-left-cheek", subject=word, consent=f"{word} agreed", provenance={"by": word})
        clip, _ = clips.add(store, sender, video, about, labels(contact(id=word)), video.name)
        video.unlink()
        (store.data / "tracks").mkdir(exist_ok=True)
        (store.data / "tracks" / f"{clip.sha256}.2.json").write_text("{}")
        ids.append(clip.id)
    for i, number in enumerate(ids):
        work = queue.claim(store, "anna")
        changed = labels(contact(id=SECRET if i == 1 else f"other{i}", end=9))
        revisions.save(
            store, "anna", number, Submission(changed, work.seen, work.lease, note=f"{SECRET} {i}"[: 20 * (i == 1)])
        )
        clips.comment(store, "anna", number, SECRET if i == 1 else "so")
        if i != 1:
            queue.skip(store, "anna", number, work.lease, "why not")
    return ids


def found(data: Path, *words: bytes) -> list[str]:
    """Files whose name or content has one of the words."""
    files = [path for path in data.rglob("*") if path.is_file()]
    return [p.name for p in files if any(w in p.read_bytes() or w.decode("latin1") in p.name for w in words)]


def test_nothing_of_a_forgotten_clip_is_left_on_the_disk(store, tmp_path):
    ids = fill(store, tmp_path)
    clip = clips.get(store, "joe", ids[1])
    document = pack(labels(contact(id=SECRET)))[10:40]
    exporting.export(store, "joe", store.exports / "coco.json", "coco")
    exporting.export_folder(store, "joe", store.exports / "folder")
    wanted = (SECRET.encode(), clip.sha256.encode(), document)
    assert len(found(store.data, *wanted)) > 4
    gone = forgetting.forget(store, "joe", [clip.id])
    forgetting.scrub(store)
    assert gone == ("coco.json", "folder")
    assert found(store.data, *wanted) == []
    with pytest.raises(NotFound):
        clips.get(store, "joe", clip.id)
    assert backup.check(store, thorough=True) == []
    assert [c.id for c in clips.find(store, "joe")] == [ids[0], ids[2]]
    assert statistics.progress(store, "joe").clips == 2
    last = clips.events(store, "joe")[0]
    assert (last.action, last.person, last.clip_id, last.detail) == ("forgotten", "system", None, "a clip")
    assert forgetting.due(store) is None


def test_only_who_sent_a_clip_or_an_admin_withdraws_it(store, tmp_path):
    ids = fill(store, tmp_path)
    for who in ("anna", "eva"):
        with pytest.raises(NotAllowed, match="who sent"):
            forgetting.forget(store, who, [ids[0]])
    assert forgetting.sent_by(store, "ben") == ids[::-1]
    assert forgetting.sent_by(store, "anna") == []
    forgetting.forget(store, "ben", [ids[0]])
    assert forgetting.due(store) is not None
    forgetting.forget(store, "joe", [ids[2]])
    assert forgetting.sent_by(store, "ben") == [ids[1]]
    with pytest.raises(NotFound):
        forgetting.forget(store, "joe", [ids[0]])


def test_nobody_withdraws_for_all_who_have_no_name(store, tmp_path):
    people.sign_in(store, "visitor", new_role="annotator")
    ids = fill(store, tmp_path, sender="visitor")
    assert forgetting.sent_by(store, "visitor") == []
    with pytest.raises(NotAllowed):
        forgetting.forget(store, "visitor", [ids[0]])


def test_a_forgotten_person_is_nowhere(store, tmp_path):
    people.sign_in(store, SECRET, new_role="annotator")
    own, _ = clips.add(store, SECRET, make_video(tmp_path / "own.mp4", 7), About("poke-nose"))
    other, _ = clips.add(store, "joe", make_video(tmp_path / "other.mp4", 8), About("poke-nose"), labels(contact()))
    people.set_role(store, "joe", SECRET, "reviewer")
    work = queue.open_clip(store, SECRET, other.id)
    sent = Submission(labels(contact(end=9)), work.seen, work.lease)
    revisions.decide(store, SECRET, other.id, sent, "corrected")
    clips.comment(store, SECRET, other.id, "so")
    assert forgetting.forget_person(store, "joe", SECRET) == (1, ())
    forgetting.scrub(store)
    assert found(store.data, SECRET.encode()) == []
    assert [c.id for c in clips.find(store, "joe")] == [other.id] != [own.id]
    head = revisions.revision(store, "joe", other.id, 2)
    assert (head.author, head.labels.author, head.state) == ("somebody", "somebody", "corrected")
    assert backup.check(store, thorough=True) == []
    with pytest.raises(NotFound):
        forgetting.forget_person(store, "joe", SECRET)
    with pytest.raises(NotAllowed):
        forgetting.forget_person(store, "eva", "anna")


def test_backups_that_still_hold_it_are_named_and_deleted_where_asked(store, tmp_path, capsys):
    ids = fill(store, tmp_path)
    before = backup.backup(store)
    (store.backups / "studio-0.db").write_bytes(b"no database")
    data = ["--data", str(store.data)]
    assert main(["forget", *data, str(ids[1])]) == 0
    said = capsys.readouterr().out
    assert before.name in said and "studio-0.db" in said and "forget --backups" in said
    after = backup.backup(store)
    assert main(["forget", *data, "--backups"]) == 0
    assert list(store.backups.iterdir()) == [after]
    assert found(store.data, SECRET.encode()) == []
    assert main(["forget", *data, str(ids[1])]) == 2
    assert main(["forget", *data]) == 2
    assert main(["forget", *data, "--person", "nobody"]) == 2


def test_clips_are_opened_on_the_command_line(store, tmp_path, capsys):
    ids = fill(store, tmp_path)
    data = ["--data", str(store.data)]
    for arguments, words in (
        ([], "0 of 3"), (["--all"], "3 of 3"), (["--withdraw", str(ids[0])], "2 of 3"),
        (["--pattern", "poke-left-cheek", "--withdraw"], "0 of 3"),
    ):  # fmt: skip
        assert main(["release", *data, *arguments]) == 0
        assert words in capsys.readouterr().out
    assert main(["release", *data, "--withdraw"]) == 2
