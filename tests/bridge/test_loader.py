"""One thing made on a thread of its own."""

from __future__ import annotations

import threading

import pytest

from tests.patience import PATIENCE_S, cancelled_when
from threadx.bridge.loader import Loader
from threadx.errors import StoreError
from threadx.progress import NULL_PROGRESS, Progress


def test_a_thing_is_made_once_on_a_thread_of_its_own():
    made = []
    loader = Loader("thing", lambda: made.append(threading.current_thread().name) or len(made))
    assert [loader.get(NULL_PROGRESS), loader.get(NULL_PROGRESS)] == [1, 1]
    assert made == ["thing_1"]
    assert loader.ended(PATIENCE_S)


def test_whoever_waits_can_be_cancelled_and_the_thing_is_made_all_the_same():
    go, progress = threading.Event(), Progress()
    loader = Loader("thing", lambda: go.wait(PATIENCE_S))
    with cancelled_when(progress, lambda: True):
        loader.get(progress)
    go.set()
    assert loader.get(NULL_PROGRESS) is True
    assert loader.ended(PATIENCE_S)


def test_an_error_is_raised_where_it_was_waited_for_and_the_next_one_tries_again():
    tries = []

    def make() -> int:
        tries.append(1)
        if len(tries) == 1:
            raise StoreError("the disk is full")
        return len(tries)

    loader = Loader("thing", make)
    with pytest.raises(StoreError, match="the disk is full"):
        loader.get(NULL_PROGRESS)
    assert loader.get(NULL_PROGRESS) == 2
    assert loader.ended(PATIENCE_S)
