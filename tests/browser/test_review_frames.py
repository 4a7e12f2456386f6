"""Videos of every kind, brought in by the importer: the desk shows the right frame in every position."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from annotator import Desk, clip_of, running, settled
from browsers import Browsers
from films import AS_IT_IS, BITS, CELL, CONVERTED, FRAMES, HIGH, LEAN, MIRROR, QUARTER, UNEVEN, WIDE, cut, film
from playwright.sync_api import Page

from annotation import clips, importing

NUMBER = """
const canvas = document.querySelector(".rv-canvas"), pen = canvas.getContext("2d", { willReadFrequently: true });
const drawn = () => document.querySelector(".rv").dataset.drawn;
const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
const painted = () => new Promise(requestAnimationFrame); // the page has asked for this frame before us
function number() {
  const scale = Math.min(canvas.width / width, canvas.height / height);
  const left = (canvas.width - width * scale) / 2, top = (canvas.height - height * scale) / 2;
  let read = 0;
  for (let bit = 0; bit < bits; bit++) {
    const at = pen.getImageData(left + (bit + 0.5) * cell * scale, top + 0.5 * cell * scale, 1, 1).data;
    if (at[1] > 127) read += 1 << bit;
  }
  return read;
}
"""
STEPPED = f"""async ([width, height, cell, bits, frames]) => {{{NUMBER}
  const seen = [];
  for (const [key, last] of [["ArrowRight", frames - 1], ["ArrowLeft", 0]]) {{
    for (let step = 0; step < frames; step++) {{
      for (let wait = 0; drawn() === "" && wait < 1000; wait++) await painted();
      seen.push([Number(drawn()), number()]);
      if (Number(drawn()) === last) break;
      press(key);
      await painted();
    }}
  }}
  return seen;
}}"""
PLAYED = f"""async ([width, height, cell, bits, frames]) => {{{NUMBER}
  const seen = [];
  press(" ");
  for (let look = 0; look < 400; look++) {{
    await painted();
    if (drawn() !== "") seen.push([Number(drawn()), number()]);
    if (new Set(seen.map(([frame]) => frame)).size > frames / 2 && look > 60) break;
  }}
  press(" ");
  await painted();
  return seen;
}}"""


def upright(matrix: list[int], back: Any) -> dict[str, Any]:
    """A film whose picture is laid down for its matrix to set it upright."""
    turned = matrix in (QUARTER, LEAN)
    size = (HIGH + 48, WIDE) if turned else (WIDE, HIGH)
    return {"matrix": matrix, "size": size, "lay": back}


FILMS: dict[str, dict[str, Any]] = {
    **{name: AS_IT_IS[name] for name in ("constant.mp4", "ntsc.mp4", "reordered.mp4", "sound.mp4", "vp9.mp4")},
    "portrait.mp4": upright(QUARTER, np.rot90),
    "selfie.mp4": upright(MIRROR, np.fliplr),
    "lean.mp4": upright(LEAN, lambda picture: picture.swapaxes(0, 1)),
    **{
        name: CONVERTED[name]
        for name in (
            "uneven.mp4", "late.mp4", "recorded.webm", "uneven.webm", "film.avi", "reordered.avi", "film.ts",
            "film.flv", "film.mkv", "odd.webm", "fragments.mp4",
        )
    },
}  # fmt: skip


@pytest.fixture
def films(browsers: Browsers, tmp_path: Path) -> Any:
    """The app with a film of every kind, imported."""
    folder = tmp_path / "in"
    folder.mkdir()
    for name, made in FILMS.items():
        film(folder / name, **made)
    cut(film(tmp_path / "whole.mp4", frames=40), folder / "cut.mp4", 16 / 30)
    rows = "".join(f"{name},poke-nose\n" for name in (*FILMS, "cut.mp4"))
    (folder / "manifest.csv").write_text(f"file_name,pattern\n{rows}")
    with running(browsers, tmp_path / "data") as desk:
        report = importing.import_file(desk.store, "maker", folder)
        assert report.problems == [] and report.added == len(FILMS) + 1
        yield desk


def test_the_right_frame_is_shown_in_every_position_and_when(films: Desk) -> None:
    page = films.visit()
    wrong, seconds = {}, {}
    for _ in range(len(FILMS) + 1):
        settled(page)
        clip = clips.get(films.store, "system", clip_of(page))
        wrong[Path(clip.file_name).name] = wrong_frames(page, clip)
        page.keyboard.press("End")
        page.locator(f".rv[data-drawn='{FRAMES - 1}']").wait_for()
        seconds[Path(clip.file_name).name] = (page.locator(".rv-frame").text_content() or "").split("·")[1].strip()
        page.keyboard.press("Enter")
        page.wait_for_function(f"!document.querySelector('.rv-facts').textContent.includes('Clip {clip.id} ')")
    assert wrong == {name: [] for name in (*FILMS, "cut.mp4")}
    last = FRAMES - 1
    uneven = f"{UNEVEN[last] / 600:.2f} s"
    told = {"uneven.mp4": uneven, "uneven.webm": uneven, "late.mp4": f"{1.5 + last / 30:.2f} s"}
    told["fragments.mp4"] = seconds["fragments.mp4"]  # how late its codec lets it begin
    assert seconds == {name: told.get(name, f"{last / 30:.2f} s") for name in (*FILMS, "cut.mp4")}


def wrong_frames(page: Page, clip: Any) -> list[list[int]]:
    """Frames that show another one's picture, stepping on, back, and playing; and those that are not shown."""
    first = 16 if Path(clip.file_name).name == "cut.mp4" else 0
    page.wait_for_function("document.querySelector('.rv').dataset.drawn !== ''")
    assert clip.frames == FRAMES
    what = [clip.width, clip.height, CELL, BITS, clip.frames]
    stepped, played = page.evaluate(STEPPED, what), page.evaluate(PLAYED, what)
    missing = [[frame, -1] for frame in range(FRAMES) if frame not in {shown for shown, _ in stepped}]
    few = [] if len({shown for shown, _ in played}) > 4 else [[-1, len(played)]]
    return missing + few + [[frame, number] for frame, number in (*stepped, *played) if number != frame + first]
