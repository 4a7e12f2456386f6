"""A closed tab lets go of its clip in a moment; nobody else's lease is touched."""

import time

import pytest
from samples import add_clips

from annotation import leaving, queue
from annotation.errors import BadInput


def test_a_clip_that_is_left_is_free_in_a_moment(store, monkeypatch):
    add_clips(store, 1)
    work = queue.claim(store, "anna")
    leaving.leave(store, "anna", work.clip.id, work.lease)
    assert queue.claim(store, "ben") is None, "it may be a page that is loaded again"
    assert queue.mine(store, "anna")
    until = queue.renew(store, "anna", work.clip.id, work.lease)
    assert until > time.time() + leaving.GRACE, "it was"
    monkeypatch.setattr(leaving, "GRACE", 0.0)
    leaving.leave(store, "anna", work.clip.id, work.lease)
    assert queue.claim(store, "ben").clip.id == work.clip.id


def test_nobody_lets_go_of_another_ones_clip(store, monkeypatch):
    monkeypatch.setattr(leaving, "GRACE", 0.0)
    add_clips(store, 1)
    work = queue.claim(store, "anna")
    leaving.leave(store, "ben", work.clip.id, work.lease)
    leaving.leave(store, "anna", work.clip.id, work.lease.split(".")[0] + ".0123")
    assert queue.claim(store, "ben") is None
    with pytest.raises(BadInput):
        leaving.leave(store, "anna", work.clip.id, "no lease")
