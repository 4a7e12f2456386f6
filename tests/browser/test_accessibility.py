"""What axe finds in the pages, on a desktop and on a phone: nothing serious."""

from pathlib import Path

import pytest
from annotator import Desk
from playwright.sync_api import Page

AXE = Path(__file__).parents[1] / "studio" / "review" / "desk" / "node_modules" / "axe-core" / "axe.min.js"
SHOWN = {
    "Generate": ".ia-photo",
    "Record": ".rc-agree",
    "Dataset": ".js-plotly-plot .main-svg",
}  # what is there when a tab is
RUN = """async () => {
  const rules = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];
  const found = await axe.run(document, { runOnly: rules });
  return found.violations.filter((v) => ["serious", "critical"].includes(v.impact))
    .flatMap((v) => v.nodes.map((node) => `${v.id}: ${node.target.join(" ")}`));
}"""


def found(page: Page) -> list[str]:
    page.add_script_tag(path=AXE)
    return list(page.evaluate(RUN))


@pytest.mark.parametrize("width", [1280, 390])
def test_axe_finds_nothing_serious(team: Desk, width: int) -> None:
    page = team.visit("joe", width=width)
    assert not found(page)
    for tab in SHOWN:
        page.get_by_role("tab", name=tab, exact=True).click()
        page.locator(SHOWN[tab]).first.wait_for()
        assert not found(page), tab
