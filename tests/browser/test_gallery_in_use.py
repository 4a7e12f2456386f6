"""The gallery in the Dataset tab: found, opened in Review, many changed at once, by mouse and by keyboard."""

from annotator import Desk, clip_of
from playwright.sync_api import Page, expect

from annotation import people


def gallery(desk: Desk, name: str, width: int = 1280) -> Page:
    page = desk.visit(name, width=width)
    page.get_by_role("tab", name="Dataset", exact=True).click()
    return page


def test_a_search_a_page_of_cards_and_a_clip_on_the_desk(team: Desk) -> None:
    page = gallery(team, "joe")
    cards = page.locator(".ia-cards li")
    expect(cards).to_have_count(4)
    page.wait_for_function("[...document.querySelectorAll('.ia-cards img')].every((i) => i.complete && i.naturalWidth)")
    page.get_by_label("Search").fill("2.mp4")
    expect(cards).to_have_count(1)
    expect(cards).to_contain_text("clip 3")
    cards.click()
    page.wait_for_function("document.querySelector('.rv-facts')?.textContent.startsWith('clip 3 ')")
    assert clip_of(page) == 3


def test_many_by_keyboard_alone(team: Desk) -> None:
    people.sign_in(team.store, "anna", new_role="annotator")
    page = gallery(team, "joe")
    cards = page.locator(".ia-cards li")
    expect(cards).to_have_count(4)
    cards.first.focus()
    for key in ("Space", "ArrowRight", "ArrowRight", "Shift+Space"):
        page.keyboard.press(key)
    expect(page.locator("[data-chosen]")).to_have_text("3 selected")
    page.locator("[data-field=person]").select_option("anna")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.locator("#gallery [role=status]")).to_have_text("3 clips wait for anna.")
    page.get_by_label("Assigned to").select_option("anna")
    expect(cards).to_have_count(3)
    cards.first.focus()
    page.keyboard.press("Control+a")
    page.keyboard.press("Escape")
    expect(page.locator(".ia-many")).to_be_hidden()


def test_what_is_deleted_is_asked_for_first(team: Desk) -> None:
    page = gallery(team, "joe", 390)
    cards = page.locator(".ia-cards li")
    cards.first.locator(".ia-box").click()
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Cancel").click()
    expect(cards).to_have_count(4)
    page.get_by_role("button", name="Delete…").click()
    page.get_by_role("button", name="Delete for good").click()
    expect(cards).to_have_count(3)
    expect(page.locator("#gallery [role=status]")).to_have_text("1 clip deleted for good.")


def test_an_annotator_sees_no_gallery(team: Desk) -> None:
    page = gallery(team, "anna")
    page.locator(".js-plotly-plot .main-svg").first.wait_for()
    expect(page.locator(".ia-gallery")).to_be_hidden()
    team.complaints.clear()


def test_videos_are_sent_and_say_what_became_of_them(team: Desk, tmp_path) -> None:
    from samples import make_video

    page = gallery(team, "joe")
    page.get_by_role("button", name="Import", exact=False).first.click()
    (tmp_path / "none.mp4").write_bytes(b"nothing")
    files = [make_video(tmp_path / "new one.mp4", seed=77), tmp_path / "none.mp4"]
    page.locator(".ia-drop input").set_input_files(files)
    expect(page.locator(".ia-upload [role=status]")).to_have_text("All 2 files are through.")
    lines = page.locator(".ia-upload li")
    expect(lines.nth(0)).to_contain_text("new one.mp4: 1 clip added")
    expect(lines.nth(1)).to_contain_text("not a video that can be read")
