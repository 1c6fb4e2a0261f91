"""Garbage: collected on Tk's thread while the window lives, by Python itself before and after."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

from threadx.ui.litter import Litter


class Cycle:
    def __init__(self) -> None:
        self.me = self


@pytest.fixture
def litter(wait_until):
    calls: list = []
    made = Litter(lambda _ms, call: calls.append(call), lambda: False)
    made.calls = calls
    yield made
    made.stop()
    assert gc.isenabled()


def test_young_cycles_go_at_the_next_turn_and_no_worker_collects(litter):
    litter.start()
    collected_by: list[str] = []
    gc.callbacks.append(lambda phase, _info: collected_by.append(threading.current_thread().name))
    try:
        worker = threading.Thread(target=lambda: [Cycle() for _ in range(100_000)])
        worker.start()
        worker.join()
        cycle = weakref.ref(Cycle())
        assert cycle() is not None
        litter.calls.pop()()
        assert cycle() is None
        assert set(collected_by) == {"MainThread"}
    finally:
        gc.callbacks.pop()


def test_a_sweep_frees_what_had_settled(litter):
    litter.start()
    old = Cycle()
    litter.settle()
    seen = weakref.ref(old)
    del old
    litter.calls.pop()()
    assert seen() is not None
    litter.sweep()
    assert seen() is None


def test_before_the_start_python_collects_by_itself(litter):
    litter.settle()
    assert gc.isenabled()
