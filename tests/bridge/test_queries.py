"""Queries: one answer each, whatever becomes of them."""

from __future__ import annotations

import threading
from queue import SimpleQueue

import pytest

from tests.patience import PATIENCE_S
from threadx.bridge.events import Answer
from threadx.bridge.queries import QUERY_WORKERS, Queries
from threadx.errors import DataError
from threadx.progress import Progress


@pytest.fixture
def answers() -> SimpleQueue[Answer]:
    return SimpleQueue()


@pytest.fixture
def queries(answers):
    made = Queries(answers.put)
    yield made
    made.close()
    assert made.ended(PATIENCE_S)


def wait_long(progress: Progress) -> None:
    progress.wait(PATIENCE_S)


def test_a_value_comes_with_the_id_of_its_query(queries, answers):
    request_id = queries.ask(lambda _progress: 7)
    answer = answers.get(timeout=PATIENCE_S)
    assert (answer.request_id, answer.value, answer.failure, answer.dropped) == (request_id, 7, None, False)


def test_an_expected_error_comes_as_failure(queries, answers):
    def refuse(_progress):
        raise DataError("{what}: none", what="bars")

    queries.ask(refuse)
    answer = answers.get(timeout=PATIENCE_S)
    assert (answer.failure.message, answer.failure.__traceback__) == ("bars: none", None)


def test_a_fault_of_ours_is_logged_and_comes_as_failure(queries, answers, caplog):
    queries.ask(lambda _progress: 1 / 0)
    assert "ZeroDivisionError" in answers.get(timeout=PATIENCE_S).failure.message
    assert len(caplog.records) == 1


def test_a_dropped_query_stops_and_answers_nobody(queries, answers):
    begun, heard = threading.Event(), []

    def work(progress):
        begun.set()
        wait_long(progress)

    request_id = queries.ask(work, heard.append)
    assert begun.wait(PATIENCE_S)
    queries.drop(request_id)
    answer = answers.get(timeout=PATIENCE_S)
    answer.deliver()
    assert (answer.request_id, answer.dropped, heard) == (request_id, True, [])
    queries.drop(request_id)


def test_a_query_that_still_waits_is_dropped_without_being_made(queries, answers):
    ran = []
    for _ in range(QUERY_WORKERS):
        queries.ask(wait_long)
    waiting = queries.ask(lambda _progress: ran.append(1))
    queries.drop(waiting)
    queries.close()
    found = [answers.get(timeout=PATIENCE_S) for _ in range(QUERY_WORKERS + 1)]
    assert (ran, {answer.dropped for answer in found}) == ([], {True})


def test_the_callbacks_travel_with_the_answer(queries, answers):
    heard = []
    queries.ask(lambda _progress: 7, heard.append)
    assert heard == []
    answers.get(timeout=PATIENCE_S).deliver()
    assert heard == [7]


def test_a_query_after_the_close_is_dropped(queries, answers):
    queries.close()
    queries.ask(lambda _progress: 7)
    assert answers.get(timeout=PATIENCE_S).dropped
