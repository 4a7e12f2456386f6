"""The machine's clock is put forward or back: what runs by it neither opens to others nor stays shut."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from samples import add_clips, contact, labels

from annotation import backup, people, queue, releasing, revisions
from annotation import files as stored
from annotation.errors import Conflict, LeaseLost
from annotation.opening import open_store
from annotation.saving import Submission
from annotation.store import Store
from annotation.values import SYSTEM
from studio import files, home, owner
from studio.app import build, launch_options, who_rules
from studio.limits import RULES, Limits, TooMany
from studio.settings import Login, Settings
from tests.ports import launched

HOUR, DAY, YEAR = 3600.0, 86_400.0, 365 * 86_400.0
JUMPS = [YEAR, -YEAR]
NOW = time.time


class Jump:
    """Puts the clock of this process so many seconds from the real one."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.monkeypatch = monkeypatch

    def __call__(self, seconds: float) -> None:
        self.monkeypatch.setattr("time.time", lambda: NOW() + seconds)


@pytest.fixture
def jump(monkeypatch: pytest.MonkeyPatch) -> Jump:
    """The clock, to be put."""
    return Jump(monkeypatch)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store with a clip that is open to visitors; anna and ben label."""
    opened = open_store(tmp_path / "data")
    for name, role in (("anna", "annotator"), ("ben", "annotator"), ("joe", "admin"), ("visitor abcdef", "annotator")):
        people.sign_in(opened, name, new_role=role)
    add_clips(opened, 1)
    releasing.release(opened, SYSTEM)
    yield opened
    opened.close()


def sent(work: queue.Claim, end: int) -> Submission:
    return Submission(labels(contact(end=end)), work.seen, work.lease)


def test_a_lease_of_a_clock_that_was_ahead_holds_nothing(store: Store, jump: Jump) -> None:
    jump(YEAR)
    first = queue.claim(store, "visitor abcdef")
    assert first is not None
    jump(0)
    assert queue.mine(store, "visitor abcdef") == []
    second = queue.claim(store, "anna")
    assert second is not None and second.clip.id == first.clip.id
    revisions.save(store, "anna", 1, sent(second, 9))
    with pytest.raises((Conflict, LeaseLost)):
        revisions.save(store, "visitor abcdef", 1, sent(first, 10))
    assert revisions.revision(store, "joe", 1, 2).labels.contacts[0].end == 9


def test_leases_go_on_where_the_clock_goes_back_a_little(store: Store, jump: Jump) -> None:
    work = queue.claim(store, "anna")
    assert work is not None
    jump(-HOUR)
    assert queue.claim(store, "ben") is None, "anna has it"
    assert queue.renew(store, "anna", 1, work.lease) < NOW()
    jump(0)
    assert queue.claim(store, "ben") is not None, "she was away for an hour, as far as anybody knows"


def test_nothing_is_lost_where_the_clock_goes_forward(store: Store, jump: Jump) -> None:
    work = queue.claim(store, "anna")
    assert work is not None
    jump(YEAR)
    assert revisions.save(store, "anna", 1, sent(work, 9)).number == 2, "nobody else took it"
    jump(2 * YEAR)
    other = queue.claim(store, "ben")
    assert other is not None
    with pytest.raises(Conflict, match="Yours is kept as revision 3"):
        revisions.save(store, "anna", 1, sent(work, 10))


@pytest.mark.parametrize("seconds", JUMPS)
def test_limits_do_not_go_by_the_clock(jump: Jump, seconds: float) -> None:
    limits = Limits()
    for _ in range(int(RULES["pseudonym"].most)):
        limits.spend("pseudonym", "a")
    jump(seconds)
    with pytest.raises(TooMany, match="3 minutes"):
        limits.spend("pseudonym", "a")


@pytest.mark.parametrize("seconds", JUMPS)
def test_who_was_let_in_stays_in_and_nobody_else_is(tmp_path: Path, jump: Jump, seconds: float) -> None:
    """The admin's link, which opens once, their cookie, and a login."""
    local = Settings(data=tmp_path / "local")
    demo = build(local)
    url = launched(demo, launch_options(local))
    link = who_rules(local, url).split(": ", 1)[1]
    jump(seconds)
    with httpx.Client() as admin:
        assert admin.get(link, follow_redirects=True).status_code == 200
        cookie = {"cookie": f"{owner.COOKIE}={admin.cookies[owner.COOKIE]}"}  # a browser forgets it by its own clock
    jump(-seconds)
    assert httpx.post(f"{url}studio/review/session", json={}, headers=cookie).json()["role"] == "admin"
    assert httpx.get(link).status_code == 403
    demo.close()
    team = Settings(data=tmp_path / "team", auth=(Login("joe", "secret", "admin"),))
    demo = build(team)
    jump(0)
    url = launched(demo, launch_options(team))
    with httpx.Client() as joe:
        assert joe.post(f"{url}login", data={"username": "joe", "password": "secret"}).status_code == 200
        jump(seconds)
        assert joe.post(f"{url}studio/review/session", json={}).json()["person"] == "joe"
    assert httpx.post(f"{url}studio/review/session", json={}).status_code == 401
    demo.close()


def test_what_a_clock_that_was_ahead_wrote_goes_within_the_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(home.TOLD, str(tmp_path))
    (tmp_path / "hash").mkdir()
    photo = tmp_path / "hash" / "me.jpg"
    photo.write_bytes(b"x")
    ahead = NOW() + YEAR
    for path in (photo, photo.parent):
        os.utime(path, (ahead, ahead))
    files.sweep()
    assert photo.exists(), "it may be in use"
    files.sweep(now=NOW() + HOUR - files.EVERY)
    assert not photo.parent.exists()


def test_what_a_killed_writer_left_by_a_clock_that_was_ahead_goes(tmp_path: Path) -> None:
    left = stored.new_name(tmp_path)
    left.write_bytes(b"x")
    os.utime(left, (NOW() + YEAR, NOW() + YEAR))
    stored.sweep(tmp_path)
    assert not left.exists()


def test_a_new_backup_is_not_the_oldest_where_the_clock_went_back(store: Store, jump: Jump) -> None:
    jump(YEAR)
    ahead = [backup.backup(store, keep=3) for _ in range(3)]
    jump(0)
    made = [backup.backup(store, keep=3) for _ in range(2)]
    assert all(path.exists() for path in made), "each was said to be there"
    assert backup.list_backups(store) == [*made[::-1], ahead[-1]]
