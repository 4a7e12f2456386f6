"""Every program's command line, whatever path it is given: the work, or one line that says what is wrong, before it."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from types import SimpleNamespace

import pytest

from annotation.__main__ import main as annotation_main
from annotation.paths import why_not_written
from model.__main__ import main as model_main
from studio import thumbnails
from studio.start import main as app_main

ROOT = Path(__file__).parents[1]
Call = Callable[..., tuple[int, str]]
PATTERN = ("--pattern", "poke-nose")


@pytest.fixture
def hostile(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """Paths at which no file can be written, by what is wrong with them."""
    (tmp_path / "file").write_text("x")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    os.symlink(tmp_path / "gone" / "away", tmp_path / "dangling")
    os.symlink(tmp_path / "round", tmp_path / "round")
    listening = socket.socket(socket.AF_UNIX)
    monkeypatch.chdir(tmp_path)
    listening.bind("socket")
    yield {
        "long name": str(tmp_path / ("x" * 256)),
        "long path": str(tmp_path) + "/y" * 2100,
        "folder": str(tmp_path / "folder"),
        "below a file": str(tmp_path / "file" / "a"),
        "no folder": str(tmp_path / "nowhere" / "a"),
        "pipe": str(tmp_path / "pipe"),
        "socket": str(tmp_path / "socket"),
        "link to nowhere": str(tmp_path / "dangling"),
        "link to itself": str(tmp_path / "round"),
        "nul": str(tmp_path / "a\0b"),
        "full": "/dev/full",
        "kernel": "/proc/nothing",
        "empty": "",
        "dash": "-",
        "root": "/",
        "no letters": str(tmp_path / "nowhere" / os.fsdecode(b"\xff\xfe")),
        "lines": str(tmp_path / "nowhere" / "a\nb\x1b[31m\r"),
    }
    listening.close()


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """Run a program: its exit status, and what it says on stderr; where it would begin to work it fails."""

    def work(*_: object, **__: object) -> None:
        raise AssertionError("the work has begun")

    for module, name in (("model.generate", "generate_steps"), ("model.prelabel", "prelabel"), ("studio.app", "serve")):
        monkeypatch.setattr(import_module(module), name, work)
    for module, name in (("model.dataset.synthesize", "synthesize"), ("model.diffusion.training.train", "train")):
        monkeypatch.setitem(sys.modules, module, SimpleNamespace(**{name: work}))  # they take seconds
    monkeypatch.setattr(thumbnails, "generate", work)

    def run(main: Callable[[list[str]], int], *arguments: object) -> tuple[int, str]:
        status = main([str(argument) for argument in arguments])
        return status, capsys.readouterr().err

    return run


def refused(told: tuple[int, str]) -> str:
    """The line of a refusal."""
    status, line = told
    assert status == 2, line
    assert line.count("\n") == 1 and line.endswith("\n") and len(line) < 700
    assert line[:-1].isprintable() and line.startswith("error: ")
    assert "Error" not in line and "Errno" not in line
    return line


MODEL_OUTPUTS = [
    ("generate", "photo", *PATTERN, "-o"),
    ("generate", "photo", *PATTERN, "-o", "clip.mp4", "--labels"),
    ("generate", "photo", *PATTERN, "-o", "clip.mp4", "--metrics"),
    ("generate", "photo", *PATTERN, "-o", "clip.mp4", "--guidance"),
    ("prelabel", "photo", "-o"),
    ("evaluate", "photo", "-o"),
]


@pytest.mark.parametrize("command", MODEL_OUTPUTS, ids=lambda words: f"{words[0]} {words[-1]}")
def test_an_output_that_cannot_be_is_told_before_the_work(command, hostile, call, photo_file, tmp_path):
    words = [str(photo_file) if word == "photo" else word for word in command]
    before = sorted(os.listdir(tmp_path))
    for what, path in hostile.items():
        if what == "empty":
            continue
        told = call(model_main, *words, path)
        assert refused(told), what
    assert sorted(os.listdir(tmp_path)) == before


MODEL_INPUTS = [
    ("generate", "IN", *PATTERN, "-o", "a.mp4"),
    ("prelabel", "IN", "-o", "l.json"),
    ("check", "IN", *PATTERN),
    ("synthesize", "IN", "-o", "set"),
    ("train", "IN", "-o", "made"),
]


@pytest.mark.parametrize("command", MODEL_INPUTS, ids=lambda words: words[0])
def test_an_input_that_is_none_is_told(command, hostile, call):
    for what, path in hostile.items():
        if what == "empty" or (command[0] in ("synthesize", "train") and what == "root"):
            continue  # no path, or a folder
        if command[0] == "synthesize" and what == "folder":
            assert "no photos" in refused(call(model_main, *[path if word == "IN" else word for word in command]))
        elif command[0] != "train" or what != "folder":
            assert refused(call(model_main, *[path if word == "IN" else word for word in command])), what


@pytest.mark.parametrize("command", [("synthesize", "photo", "-o"), ("train", "folder", "-o")], ids=lambda w: w[0])
def test_a_folder_that_cannot_be_made_is_told(command, hostile, call, photo_file):
    for what in ("long name", "long path", "below a file", "pipe", "socket", "link to itself", "nul", "full",
                 "dash", "kernel"):  # fmt: skip
        words = [{"photo": str(photo_file)}.get(word, word) for word in command]
        assert refused(call(model_main, *words, hostile[what])), what


@pytest.mark.parametrize("command", ["synthesize photo -o", "train folder -o", "generate --pattern poke-nose -o"])
def test_an_empty_text_is_no_path(command, capsys):
    with pytest.raises(SystemExit) as ended:
        model_main([*command.split(), ""])
    assert ended.value.code == 2
    assert "empty" in capsys.readouterr().err


def test_two_outputs_are_two_files_and_none_is_an_input(call, photo_file, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    begin = ["generate", photo_file, *PATTERN, "-o", "clip.mp4"]
    assert "--labels and --metrics" in refused(call(model_main, *begin, "--labels", "x", "--metrics", "./x"))
    os.symlink(tmp_path / "x", tmp_path / "y")
    assert "two files" in refused(call(model_main, *begin, "--labels", "x", "--metrics", "y"))
    (tmp_path / "clip.mp4").write_bytes(b"film")
    assert (
        "is read"
        in refused(
            call(
                model_main,
                "prelabel",
                "clip.mp4",
                "-o",
                "../" + tmp_path.name + "/clip.mp4",
            )
        )
        or 1
    )
    (tmp_path / "film").write_bytes(b"film")
    assert "is read" in refused(call(model_main, "prelabel", "film", "-o", "./film"))
    (tmp_path / "photo.webp").write_bytes(photo_file.read_bytes())
    begin = ["generate", "photo.webp", *PATTERN, "-o", "photo.webp"]
    assert "is read" in refused(call(model_main, *begin))
    assert (tmp_path / "clip.mp4").read_bytes() == b"film"


@pytest.mark.parametrize("name", ["clip.mov", "clip.avi", "clip", "clip.mp4.", "clip.png", ".mp4", "clip.jpg", "mp4"])
def test_a_clip_is_what_its_name_says_or_is_refused(name, call, photo_file, tmp_path):
    line = refused(call(model_main, "generate", photo_file, *PATTERN, "-o", tmp_path / name))
    assert ".mp4, .webm, .gif or .webp" in line


@pytest.mark.parametrize(
    ("option", "wrong", "right"),
    [
        ("--labels", ("a.mp4", "a.csv", "a.xml", "a.NPZ"), ("a.json", "a.JSON", "a.txt", "a", "a.labels")),
        ("--metrics", ("a.html", "a.jpg"), ("a.json", "a", "a.log")),
        ("--guidance", ("a.json", "a.mp4", "a.npy"), ("a.npz", "a", "a.maps")),
    ],
)
def test_other_files_are_not_called_what_they_are_not(option, wrong, right, call, photo_file, tmp_path):
    begin = ["generate", photo_file, *PATTERN, "-o", tmp_path / "clip.mp4", option]
    for name in wrong:
        assert "name it" in refused(call(model_main, *begin, tmp_path / name))
    for name in right:
        status, line = call(model_main, *begin, tmp_path / name)
        assert (status, line) == (1, "error: AssertionError: the work has begun\n"), name
    assert call(model_main, *begin, os.devnull)[0] == 1  # nothing is wanted of it


def test_the_store_commands_refuse_what_is_no_path(hostile, call, tmp_path):
    data = ["--data", tmp_path / "data"]
    assert call(annotation_main, "init", *data)[0] == 0
    del hostile["empty"]
    for what, path in hostile.items():
        assert refused(call(annotation_main, "export", path, *data)), what
        assert refused(call(annotation_main, "import", path, *data)), what
        assert refused(call(annotation_main, "restore", path, *data)), what
        if what not in ("folder", "no folder", "link to nowhere", "no letters", "lines", "root", "dash"):
            assert refused(call(annotation_main, "export", path, *data, "--format", "folder")), what
    for name, format in (("a.csv", "native"), ("a.mp4", "coco"), ("a.json", "cvat")):
        assert "name it" in refused(call(annotation_main, "export", tmp_path / name, *data, "--format", format))
    for own in ("studio.db-shm", "clips/a.jsonl", "backups/a", "studio.db-wal"):
        assert "name another" in refused(call(annotation_main, "export", tmp_path / "data" / own, *data))
    assert refused(call(annotation_main, "export", tmp_path / "data" / "studio.db", *data))
    assert call(annotation_main, "check", *data)[0] == 0


@pytest.mark.parametrize("name", ["x" * 255, "e\u0301\u202e", os.fsdecode(b"a\xff"), "a\nb", " ", "-x", "..."])
def test_any_name_that_a_file_can_have_will_do(name, call, tmp_path):
    folder = tmp_path / name
    data = f"--data={folder}"
    for command in (
        ["init"],
        ["backup"],
        ["stats"],
        ["export", tmp_path / f"out{name[:200]}"],
        ["check", "--thorough"],
    ):
        status, line = call(annotation_main, *command, data)
        assert (status, line) == (0, ""), command
    assert call(annotation_main, "export", "--format=folder", data, "--", tmp_path / ("z" + name)[:255])[0] == 0
    (folder / "l.csv").write_text("file_name,pattern\n")
    assert call(annotation_main, "import", data, "--", folder / "l.csv")[0] == 0


def test_a_data_folder_that_can_be_none_is_refused(hostile, call):
    for what in ("long name", "long path", "below a file", "pipe", "link to itself", "nul", "kernel", "full"):
        for command in ("init", "stats", "backup"):
            assert refused(call(annotation_main, command, "--data", hostile[what])), (what, command)
        assert refused(call(app_main, "--data", hostile[what])), what


def test_the_app_refuses_what_it_cannot_start_with(hostile, call, monkeypatch):
    for what, path in hostile.items():
        assert what == "empty" or refused(call(app_main, "--auth", path)), what
    for port in ("0", "-1", "65536", "99999999999"):
        assert "port" in refused(call(app_main, "--port", port))
    monkeypatch.setenv("GRADIO_SERVER_PORT", "many")
    with pytest.raises(SystemExit) as ended:
        app_main([])
    assert ended.value.code == 2


PROGRAMS = [
    (
        model_main,
        ("", "patterns", "generate", "prelabel", "check", "evaluate", "synthesize", "train", "touches", "fit", "warm"),
    ),
    (annotation_main, ("", "init", "import", "export", "stats", "agreement", "backup", "restore", "check")),
    (thumbnails.main, ("",)),
    (app_main, ("",)),
]


@pytest.mark.parametrize(("main", "commands"), PROGRAMS, ids=lambda value: getattr(value, "__module__", ""))
def test_every_program_has_help_and_refuses_what_it_does_not_know(main, commands, capsys):
    for command in commands:
        for words, status in ((["--help"], 0), (["--no-such-option"], 2)):
            with pytest.raises(SystemExit) as ended:
                main([word for word in (command, *words) if word])
            assert ended.value.code == status
            told = capsys.readouterr()
            assert ("usage:" in told.out) == (status == 0) and "Traceback" not in told.err


def test_pictures_of_no_pattern_are_refused(call):
    assert "nearest" in refused(call(thumbnails.main, "poke-noze"))


@pytest.mark.parametrize(
    "setting",
    [
        {"PYTHONIOENCODING": "ascii:strict"},
        {"PYTHONIOENCODING": "latin-1:strict"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=lambda setting: next(iter(setting)),
)
def test_a_name_that_the_terminal_cannot_print_does_not_undo_the_work(setting, tmp_path):
    folder = os.fsencode(tmp_path) + b"/\xff \xe4\xb8\xad"
    words = [b"init", b"--data", folder]
    environment = {**os.environ, "PYTHONUTF8": "1", **setting}
    done = subprocess.run([sys.executable, "-m", "annotation", *words], cwd=ROOT, env=environment, capture_output=True)
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"ready" in done.stdout and done.stdout.count(b"\n") == 1
    assert os.path.isfile(folder + b"/studio.db")


@pytest.mark.parametrize("words", [["-m", "model", "patterns"], ["-m", "annotation", "stats", "--json"]])
def test_a_full_or_closed_output_is_no_traceback(words, tmp_path):
    environment = {**os.environ, "STUDIO_DATA": str(tmp_path)}
    subprocess.run([sys.executable, "-m", "annotation", "init"], cwd=ROOT, env=environment, check=True)
    with open("/dev/full", "w") as full:
        done = subprocess.run([sys.executable, *words], cwd=ROOT, env=environment, stdout=full, stderr=subprocess.PIPE)
    assert done.returncode == 1 and done.stderr.count(b"\n") == 1 and b"is full" in done.stderr
    closed = " ".join([sys.executable, *words, ">&-"])
    done = subprocess.run(["bash", "-c", closed], cwd=ROOT, env=environment, stderr=subprocess.PIPE)
    assert (done.returncode, done.stderr) == (0, b"")


def test_asking_whether_a_file_can_be_written_touches_nothing(tmp_path: Path) -> None:
    (tmp_path / "there").write_text("text")
    assert not why_not_written(tmp_path / "there") and not why_not_written(tmp_path / "new")
    assert [path.name for path in tmp_path.iterdir()] == ["there"] and (tmp_path / "there").read_text() == "text"
    assert "There is no folder" in why_not_written(tmp_path / "no" / "new")
