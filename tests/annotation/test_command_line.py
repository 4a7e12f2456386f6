import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from samples import add_clips, make_video

from annotation import clips, people
from annotation.__main__ import main
from annotation.opening import open_store
from annotation.taxonomy import PATTERNS

COMMANDS = ("init", "import", "export", "stats", "agreement", "backup", "restore", "check", "release", "forget")
HEADER = "file_name,pattern,subject,environment,device,split\n"


@pytest.fixture
def run(capsys, tmp_path):
    """Run a command on a data folder; gives code, output and errors."""

    def call(command, *arguments, data=tmp_path / "data"):
        code = main([command, "--data", str(data), *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out, err

    return call


@pytest.fixture
def source(tmp_path):
    """A folder with two videos and a manifest with one bad row."""
    (tmp_path / "in").mkdir()
    for i in range(2):
        make_video(tmp_path / "in" / f"v{i}.mp4", seed=i)
    rows = ["v0.mp4,poke-nose,s,k,p,train", "v1.mp4,poke-knee,s,k,p,train", "v1.mp4,poke-chin,s,k,p,val"]
    (tmp_path / "in" / "manifest.csv").write_text(HEADER + "\n".join(rows))
    return tmp_path / "in"


def test_every_command_has_help(capsys):
    with pytest.raises(SystemExit) as end:
        main(["--help"])
    assert end.value.code == 0
    overview = capsys.readouterr().out
    for command in COMMANDS:
        assert re.search(rf"^ +{command}\b\s+[A-Z]", overview, re.MULTILINE), command
        with pytest.raises(SystemExit) as end:
            main([command, "--help"])
        assert end.value.code == 0
        for option in re.findall(r"^  (--[\w-]+|[a-z]+)(.*)$", capsys.readouterr().out, re.MULTILINE):
            assert option[1].strip() or option[0] == "--format", option


def test_from_an_empty_folder_to_a_checked_export(run, source, tmp_path):
    assert run("init", "--admin", "joe", "--double-share", "0.5", "--lease-seconds", "60")[0] == 0
    code, out, err = run("import", source)
    assert (code, out) == (0, "2 added, 0 relabelled, 0 as before, 1 refused\n")
    assert err == f"line 3: pattern 'poke-knee' is not one of the {len(PATTERNS)} patterns, nor none\n"
    code, out, _ = run("stats", "--json")
    assert (code, json.loads(out)["by_pattern"]) == (
        0,
        {"poke-nose": {"unreviewed": 1}, "poke-chin": {"unreviewed": 1}},
    )
    assert "clips 2: 2 unreviewed" in run("stats")[1]
    assert "kappa" in run("agreement")[1]
    assert json.loads(run("agreement", "--json")[1])["chin"]["kappa"] is None
    assert run("export", tmp_path / "out", "--format", "folder")[:2] == (0, f"{tmp_path / 'out'}: 2 clips\n")
    for format in ("native", "coco", "cvat", "activitynet", "csv"):
        assert run("export", tmp_path / format, "--format", format)[0] == 0
        assert (tmp_path / format).stat().st_size >= 50
    code, place, _ = run("backup")
    assert code == 0 and Path(place.strip()).is_file()
    assert run("check", "--thorough")[:2] == (0, "everything is there\n")
    code, out, err = run("restore", Path(place.strip()).name)
    assert (code, err) == (0, "") and "is in place" in out
    store = open_store(tmp_path / "data")
    assert clips.total(store) == 2
    assert people.sign_in(store, "joe").role == "admin"
    assert [event.action for event in clips.events(store, "joe")][0] == "restore"
    store.close()


@pytest.mark.usefixtures("source")
@pytest.mark.parametrize(
    ("command", "arguments", "code"),
    [
        ("import", ["nowhere"], 2),
        ("import", ["--strict", "in"], 2),
        ("export", ["no/such/folder/x"], 2),
        ("export", ["x", "--push", "me/x"], 2),
        ("restore", ["none.db"], 2),
        ("init", ["--gold-share", "7"], 2),
        ("init", ["--admin", " x"], 2),
    ],
)
def test_bad_input_ends_with_one_line_and_2(run, tmp_path, monkeypatch, command, arguments, code):
    monkeypatch.chdir(tmp_path)
    run("init")
    got, out, err = run(command, *arguments)
    assert (got, out) == (code, "")
    assert err.startswith("error: ") and err.count("\n") == 1


def test_commands_on_a_folder_without_a_store(run, tmp_path):
    for command in ("stats", "agreement", "backup", "check"):
        code, _, err = run(command, data=tmp_path / "none")
        assert code == 2 and "init" in err
    assert not (tmp_path / "none").exists()


def test_what_is_broken_ends_with_1(run, tmp_path):
    run("init")
    store = open_store(tmp_path / "data")
    add_clips(store, 2)
    store.close()
    code, out, err = run("check")
    assert (code, out.count("is missing"), err) == (1, 2, "error: 2 problems\n")
    (tmp_path / "data" / "studio.db").write_bytes(b"x" * 9999)
    code, _, err = run("stats")
    assert code == 1 and "not a database" in err and err.count("\n") == 1


def test_unknown_words_end_with_2():
    for arguments in ([], ["dance"], ["export", "x", "--format", "yaml"], ["import"]):
        with pytest.raises(SystemExit) as end:
            main(arguments)
        assert end.value.code == 2


def test_as_a_program(tmp_path):
    def call(*arguments):
        return subprocess.run(
            [sys.executable, "-m", "annotation", *arguments],
            capture_output=True,
            text=True,
            cwd=Path(__file__).parents[2],
            env=os.environ | {"STUDIO_DATA": str(tmp_path / "from env")},
        )

    assert call("init").returncode == 0
    assert (tmp_path / "from env" / "studio.db").is_file()
    done = call("import", "nowhere")
    assert (done.returncode, done.stderr) == (2, "error: There is no file at nowhere: check the path.\n")
