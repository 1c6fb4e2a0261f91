"""Crews of threads: started when there is work, gone when there is none."""

from __future__ import annotations

import threading

from tests.patience import LONG_S, PATIENCE_S, comes_true
from threadx.bridge.crew import Crew


def until_gone(crew: Crew) -> None:
    assert comes_true(lambda: crew.threads == ())


def made_by(crew: Crew) -> threading.Thread:
    """Have a call made and return the thread that made it."""
    threads: list[threading.Thread] = []
    done = threading.Event()
    crew.add(lambda: (threads.append(threading.current_thread()), done.set()))
    assert done.wait(PATIENCE_S)
    return threads[0]


def test_a_crew_has_no_thread_when_there_is_nothing_to_do():
    crew = Crew("crew", 2, linger_s=0.01)
    made_by(crew)
    until_gone(crew)


def test_a_thread_does_not_linger_while_somebody_waits_for_the_end():
    crew = Crew("crew", 2, linger_s=PATIENCE_S)
    made_by(crew)
    assert crew.ended(PATIENCE_S / 2)


def test_a_crew_that_was_waited_for_goes_on():
    crew, gate = Crew("crew", 2, linger_s=PATIENCE_S), threading.Event()
    crew.add(lambda: gate.wait(PATIENCE_S))
    assert not crew.ended()
    gate.set()
    assert crew.ended(PATIENCE_S / 2)
    assert len({made_by(crew) for _call in range(20)}) == 1, "its threads linger again"
    assert crew.ended(PATIENCE_S / 2)


def test_a_thread_of_a_crew_takes_what_comes_soon_after():
    crew = Crew("crew", 1, linger_s=LONG_S)
    assert len({made_by(crew) for _call in range(20)}) == 1, "starting one would hold up Tk's thread each time"
    crew.end()
    until_gone(crew)


def test_a_crew_that_ends_still_makes_calls():
    crew = Crew("crew", 1)
    crew.end()
    made_by(crew)
    until_gone(crew)


def test_idle_threads_are_counted_when_more_calls_come_than_they_can_make():
    crew, both = Crew("crew", 2), threading.Barrier(3)
    made_by(crew)
    for _call in range(2):
        crew.add(lambda: both.wait(PATIENCE_S))
    both.wait(PATIENCE_S)
    crew.end()
    until_gone(crew)
