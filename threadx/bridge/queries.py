"""Queries: blocking reads on worker threads that end in one `Answer` each."""

from __future__ import annotations

import itertools
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

from threadx.bridge.crew import Crew
from threadx.bridge.events import Answer
from threadx.bridge.jobs import as_failure, without_traceback
from threadx.errors import JobCancelled, ThreadXError
from threadx.progress import Progress

__all__ = ["QUERY_WORKERS", "Queries"]

log = logging.getLogger(__name__)

QUERY_WORKERS = 3
"""So that a chart does not wait for a slow list of symbols."""

Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class _Query:
    request_id: int
    function: Callable[[Progress], Any]
    progress: Progress
    then: Callable[[Any], None] | None
    failed: Callable[[ThreadXError], None] | None


class Queries:
    """The queries of one bridge. Any thread; nothing blocks."""

    def __init__(self, emit: Callable[[Answer], None]) -> None:
        self._emit = emit
        self._crew = Crew("query", QUERY_WORKERS)
        self._open: dict[int, _Query] = {}
        self._ids = itertools.count(1)
        self._lock = threading.Lock()
        self._closed = False

    def ask(
        self,
        function: Callable[[Progress], Value],
        then: Callable[[Value], None] | None = None,
        failed: Callable[[ThreadXError], None] | None = None,
    ) -> int:
        """Have `function` called on a worker thread; return the id that its `Answer` will carry."""
        with self._lock:
            query = _Query(next(self._ids), function, Progress(), then, failed)
            self._open[query.request_id] = query
            closed = self._closed
        if closed:
            query.progress.cancel()
        self._crew.add(partial(self._run, query))
        return query.request_id

    def drop(self, request_id: int) -> None:
        """Say that an answer is not wanted any more; it comes as `dropped`. Ended or unknown ids do nothing."""
        with self._lock:
            query = self._open.get(request_id)
        if query is not None:
            query.progress.cancel()

    def close(self) -> None:
        """Drop all queries, later ones too."""
        with self._lock:
            self._closed = True
            left = list(self._open)
        for request_id in left:
            self.drop(request_id)
        self._crew.end()

    def ended(self, timeout_s: float = 0.0) -> bool:
        """Return whether no thread of ours is left, after waiting up to `timeout_s`."""
        return self._crew.ended(timeout_s)

    def _run(self, query: _Query) -> None:
        answer = Answer(query.request_id, dropped=True)
        try:
            answer = self._answer(query)
        finally:
            with self._lock:
                self._open.pop(query.request_id, None)
            self._emit(answer)

    def _answer(self, query: _Query) -> Answer:
        value, failure, dropped = None, None, False
        try:
            query.progress.raise_if_cancelled()
            value = query.function(query.progress)
        except JobCancelled:
            dropped = True
        except ThreadXError as error:
            failure = error
        except Exception as error:  # a worker thread ends here
            log.exception("a query: a fault of ThreadX itself")
            failure = as_failure(error)
        dropped = dropped or query.progress.cancelled
        return Answer(query.request_id, value, without_traceback(failure), dropped, query.then, query.failed)
