"""Time: a long clip, gone through close and from afar."""

from pathlib import Path

import av
import numpy as np
import pytest
from annotator import Desk, press, running
from browsers import Browsers
from playwright.sync_api import Page, expect

from annotation import clips, people
from annotation.clips import About
from annotation.labels import Contact, Labels
from annotation.opening import open_store
from annotation.taxonomy import FINGERS, REGIONS

FRAMES, FPS, SIDE = 1500, 60, 64


@pytest.fixture
def long(browsers: Browsers, tmp_path: Path) -> object:
    """The app with a clip of 25 seconds, in which nearly every finger touches nearly every region."""
    store = open_store(tmp_path / "data")
    people.sign_in(store, "maker", new_role="admin")
    video = tmp_path / "long.mp4"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("libx264", rate=FPS, options={"preset": "ultrafast", "g": "30"})
        stream.width, stream.height, stream.pix_fmt = SIDE, SIDE, "yuv420p"
        for number in range(FRAMES):
            picture = np.full((SIDE, SIDE, 3), number * 255 // FRAMES, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        container.mux(stream.encode())
    cells = [(finger, region) for region in REGIONS for finger in FINGERS]
    contacts = tuple(
        Contact(f"c{i + 1}", "left", finger, region, 15 * i, 15 * i + 11, 0.8)
        for i, (finger, region) in enumerate(cells)
    )
    labels = Labels("poke-nose", FPS, FRAMES, SIDE, SIDE, "predicted", "model", "unreviewed", contacts)
    clips.add(store, "maker", video, About("poke-nose"), labels, video.name)
    store.close()
    with running(browsers, tmp_path / "data") as desk:
        yield desk


def frame_of(page: Page) -> int:
    """The frame at hand, once it is drawn."""
    page.wait_for_function(
        "document.querySelector('.rv').dataset.drawn === document.querySelector('.rv').dataset.frame"
    )
    return int(page.locator(".rv").get_attribute("data-frame") or -1)


def wide(page: Page) -> float:
    """How wide the selected bar is, px."""
    box = page.locator(".rv-chosen").bounding_box()
    assert box
    return box["width"]


def test_a_long_clip_is_gone_through_close_and_from_afar(long: Desk) -> None:
    page = long.visit()
    assert wide(page) < 12
    press(page, "8")
    assert wide(page) > 300, "close to the touch"
    press(page, "7", "7")
    assert 100 < wide(page) < 300
    for words, frame in (("1234", 1234), ("2.5 s", 150), ("+25", 175), ("0:10", 600)):
        press(page, ":")
        page.keyboard.type(words)
        press(page, "Enter")
        assert frame_of(page) == frame
        box, line = page.locator(".rv-head").bounding_box(), page.locator(".rv-ruler").bounding_box()
        assert box and line and line["x"] - 2 <= box["x"] <= line["x"] + line["width"], "the frame is in sight"
    press(page, ":")
    page.keyboard.type("step 100")
    press(page, "Enter")
    expect(page.get_by_text("The Page keys go by 100 frames.")).to_be_visible()
    press(page, "PageDown")
    assert frame_of(page) == 700
    ruler = page.locator(".rv-ruler").bounding_box()
    assert ruler
    page.mouse.move(ruler["x"] + ruler["width"] / 2, ruler["y"] + 8)
    before = page.locator(".rv-ruler i").all_text_contents()
    page.mouse.wheel(120, 0)
    expect(page.locator(".rv-ruler i").first).not_to_have_text(before[0])
    for _ in range(20):
        page.mouse.wheel(0, 120)
    expect(page.locator(".rv-ruler i").first).to_have_text("0")


def test_the_selected_row_is_in_sight_and_rows_fold(long: Desk) -> None:
    page = long.visit()
    for key in ("Shift+Tab", ",", ",", ".", "Tab"):
        press(page, key)
        box, rows = page.locator(".rv-chosen").bounding_box(), page.locator(".rv-rows").bounding_box()
        assert box and rows
        assert rows["y"] <= box["y"] and box["y"] + box["height"] <= rows["y"] + rows["height"] + 1
    high = "document.querySelector('.rv-rows').scrollHeight"
    before = page.evaluate(high)
    press(page, "Shift+F")
    assert page.evaluate(high) < before / 2
    page.locator(".rv-folded .rv-row-name").first.click(force=True)
    expect(page.locator(".rv-folded")).to_have_count(len(REGIONS) * len(FINGERS) - 2)


def test_a_long_clip_plays(long: Desk) -> None:
    page = long.visit()
    press(page, "y", "Space")
    page.wait_for_timeout(1500)
    press(page, "Space")
    assert frame_of(page) > 30


def test_the_strip_says_how_sure_it_is(long: Desk) -> None:
    page = long.visit()
    seen = page.evaluate(
        "(() => { const c = document.querySelector('.rv-strip'), d = c.getContext('2d');"
        " const pixels = d.getImageData(0, c.height - 2, c.width, 1).data;"
        " return pixels.filter((value, i) => i % 4 === 3 && value > 0).length / c.width; })()"
    )
    assert 0.7 < seen <= 1
