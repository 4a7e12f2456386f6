"""The card that goes with an export says who is in it, in which split, by which consent."""

from samples import contact, labels, make_video

from annotation import clips, exporting, recording, subjects
from annotation.datacard import Census, card
from annotation.values import About
from annotation.video import probe


def test_the_card_counts_people_patterns_places_and_consents(store, tmp_path):
    eva, _ = subjects.enrol(store, "yes", "2026-11")
    for i, pattern in enumerate(("poke-left-cheek", "poke-nose")):
        video = make_video(tmp_path / f"{i}.mp4", seed=i)
        recording.keep(store, eva, video, probe(video), labels(contact(), pattern=pattern), "outdoors", "webcam: a|b")
    clips.add(store, "ben", make_video(tmp_path / "2.mp4", seed=2), About("poke-nose"), labels(pattern="poke-nose"))
    exporting.export_folder(store, "joe", tmp_path / "out")
    text = (tmp_path / "out" / "README.md").read_text()
    for line in (
        "3 clips of 1 person; 0.1 minutes, 2 contacts.",
        "| poke-left-cheek | 1 | 1 |",
        "| poke-nose | 2 | 1 |",
        "| outdoors | 2 | 1 |",
        r"| webcam: a\|b | 2 | 1 |",
        f"| {eva.split} | 2 | 1 |",
        "| not told | 1 | 0 |",
        "Nobody is in two splits.",
        "2 of 3 clips carry a consent",
        "2 clips were filmed in the studio by consent version 2026-11.",
    ):
        assert line in text, line
    assert text.startswith("---\nlicense: other\n")


def test_somebody_in_two_splits_is_told():
    census = Census()
    for split in ("train", "test"):
        census.add(About("poke-nose", "eva", split=split), labels(), 1.0)
    assert "1 person is in more than one split." in card(census)


def test_what_people_write_does_not_become_markup():
    census = Census()
    census.add(About("poke-nose", device="<b>x</b> [a](http://evil.example)\n# head"), labels(), 1.0)
    text = card(census)
    assert "<b>" not in text and "[a](" not in text and "\n# head" not in text
