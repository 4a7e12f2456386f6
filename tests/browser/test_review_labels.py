"""The page's own arithmetic agrees with Python's: what is seen is what is saved and exported."""

import json
import random
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from annotation.difference import difference
from annotation.labels import Contact, Keyframe, Labels, check, polygon_at

DESK = Path(__file__).parents[2] / "studio" / "review" / "desk"
HOME = "http://desk.test/"


@pytest.fixture(scope="module")
def page(browser: Browser) -> Page:
    page = browser.new_page()
    page.route(f"{HOME}*.js", lambda route: route.fulfill(path=DESK / route.request.url.removeprefix(HOME)))
    page.route(HOME, lambda route: route.fulfill(body="", content_type="text/html"))
    page.goto(HOME)
    for name in ("labels", "difference", "touches"):
        page.evaluate(f"import('/{name}.js').then((module) => void Object.assign(window, module))")
    return page


def random_polygon(rng: random.Random, points: int) -> tuple[tuple[float, float], ...]:
    from math import cos, pi, sin

    x, y, turn = rng.uniform(40, 60), rng.uniform(40, 60), rng.choice((1, -1))
    first = rng.uniform(0, 2 * pi)
    corners = []
    for i in range(points):
        angle = first + turn * 2 * pi * i / points
        reach = rng.uniform(8, 20)
        corners.append((round(x + reach * cos(angle), 2), round(y + reach * sin(angle), 2)))
    return tuple(corners)


def labels(rng: random.Random) -> Labels:
    frames = sorted(rng.sample(range(5, 25), 4))
    keys = tuple(Keyframe(frame, random_polygon(rng, rng.randint(3, 9))) for frame in frames)
    contacts = (
        Contact("c1", "left", "index", "chin", frames[0] - 2, frames[-1] + 2, 0.5, keys),
        Contact("c2", "left", "index", "chin", 30, 35, 0.5, (Keyframe(30, random_polygon(rng, 5)),)),
    )
    return Labels("poke-chin", 24, 40, 100, 100, "predicted", "model", "unreviewed", contacts)


@pytest.mark.parametrize("seed", range(6))
def test_outlines_between_keyframes(page: Page, seed: int) -> None:
    contact = labels(random.Random(seed)).contacts[0]
    text = labels(random.Random(seed)).to_json()["contacts"][0]
    for frame in range(40):
        ours = polygon_at(contact, frame)
        theirs = page.evaluate("([c, k]) => polygonAt(c, k)", [text, frame])
        if ours is None:
            assert theirs is None
        else:
            assert len(theirs) == len(ours)
            for p, q in zip(ours, theirs, strict=True):
                assert q == pytest.approx(p, abs=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_any_run_of_edits_gives_labels_that_the_store_takes(page: Page, seed: int) -> None:
    rng = random.Random(seed)
    now = labels(rng).to_json()
    edits = (
        "(l, f) => plain(split(l, 'c1', f) ?? l)",
        "(l, f) => plain(joined(grouped(l), new Set(grouped(l).contacts.map(nameOfTouch))) ?? l)",
        "(l, f) => plain(withToggled(grouped(l), new Set(['c1']), 'finger', f % 2 ? 'ring' : 'thumb'))",
        "(l, f) => find(l, 'c1') ? replaceContact(l, 'c1', (c) => trimmed(c, f, c.end, l.frames)) : l",
        "(l, f) => find(l, 'c1') ? replaceContact(l, 'c1', (c) => trimmed(c, c.start, f, l.frames)) : l",
        "(l, f) => replaceContact(l, l.contacts[0].id, (c) => shifted(c, f - 20, l.frames))",
        "(l, f) => replaceContact(l, l.contacts[0].id, (c) => nudged(c, f, 0, 1.5, -2, f % 2 === 0))",
        "(l, f) => l.contacts.length > 1 ? removeContact(l, l.contacts.at(-1).id) : l",
    )
    for _ in range(60):
        edit, frame = rng.choice(edits), rng.randrange(40)
        after = page.evaluate(f"([l, f]) => ({edit})(l, f)", [now, frame])
        taken = Labels.from_json(json.dumps(after))
        assert check(taken) == taken
        said = page.evaluate("([a, b]) => difference(a, b).map((c) => [c.id, c.kind])", [now, after])
        truth = difference(Labels.from_json(now), taken)
        assert sorted(map(tuple, said)) == sorted((c.contact, c.kind) for c in truth)
        now = after
