"""`ThreadXBridge`: everything the window can have done, as verbs that return at once.

Three ways, by how long a thing takes and who wants to see it:

* *jobs* (`download`, `verify`, `export` ...) stand in a queue, are shown, cancelled and retried; they end in exactly
  one final `JobEvent`;
* *queries* (`ask`, `call`) are blocking reads that a worker thread makes; each ends in one `Answer`;
* the *blocking reads* themselves (`symbols`, `bars`, `inventory` ...), to be used inside `ask` and `call` only: they
  may wait for the disk or the exchange, and the first of them loads the engine.

All events come out of `bridge.events`, one `SimpleQueue`, which one pump on Tk's thread empties::

    bridge.call(lambda progress: bridge.bars("binance", "BTCUSDC", "1h", progress=progress), view.show, view.say)
    while not bridge.events.empty():
        match bridge.events.get_nowait():
            case Answer() as answer: answer.deliver()
            case JobEvent() as event: ...
            case LogLine() as line: ...
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable
from queue import SimpleQueue
from typing import TypeVar

from threadx.bridge.crew import Crew
from threadx.bridge.events import Event, JobEvent, JobKind, JobSpec, JobState
from threadx.bridge.jobs import Jobs
from threadx.bridge.log_lines import LogLines
from threadx.bridge.memory import JobMemory
from threadx.bridge.queries import Queries
from threadx.bridge.verbs import JobVerbs
from threadx.closeable import Closeable
from threadx.config import Settings, get_settings
from threadx.errors import SourceUnavailableError, ThreadXError
from threadx.progress import Progress

__all__ = ["ThreadXBridge"]

log = logging.getLogger(__name__)

Value = TypeVar("Value")

MEMORY_FILE = "jobs.json"
CLOSE_WAIT_S = 10.0
"""How long connections stay open for jobs that are about to hear their cancel."""


class ThreadXBridge(JobVerbs, Closeable):
    """The one composition root of window and headless programs. Any thread may call it; no verb blocks.

    Use it in a `with`, or call `close`.
    """

    def __init__(self, settings: Settings | None = None, *, remember: bool = True, log_lines: bool = True) -> None:
        """Make the queues; nothing is read, asked, written or imported yet.

        Args:
            settings: `get_settings()` unless given.
            remember: whether unfinished jobs are kept for the next start; False for a second window on one folder.
            log_lines: whether what is logged comes as events; False where nobody empties `events`.
        """
        super().__init__(get_settings() if settings is None else settings)
        self.events: SimpleQueue[Event] = SimpleQueue()
        self.jobs = Jobs(self.settings.ingest.workers, self._emit)
        self._queries = Queries(self.events.put)
        self._memory = JobMemory(self.settings.paths.data_root / ".threadx" / MEMORY_FILE, self.jobs.unfinished)
        self._remember = remember
        self._keeper = Crew("bridge", 1)
        self._to_save = threading.Event()
        self._closed = False
        self._log_lines = LogLines(self.events.put)
        if log_lines:
            logging.getLogger("threadx").addHandler(self._log_lines)

    def __exit__(self, *raised: object) -> None:
        super().__exit__(*raised)
        self.ended(CLOSE_WAIT_S)

    # -- what an earlier run left ---------------------------------------------------------------------------------

    def unfinished(self) -> list[JobSpec]:
        """Return what the last run left to do. Reads one small file, the first time only."""
        return self._memory.offered() if self._remember else []

    def resume(self, specs: Iterable[JobSpec] | None = None) -> list[int]:
        """Queue what `unfinished` returned (or some of it; the rest is forgotten); return the ids."""
        chosen = self.unfinished() if specs is None else list(specs)
        ids = [self._submit(spec) for spec in chosen]
        self.forget()
        return ids

    def leave_memory(self) -> None:
        """Offer and remember no unfinished jobs: another window on the same data folder does. Call it at the start."""
        self._memory.switch_off()

    def forget(self) -> None:
        """Offer what the last run left no more."""
        self._memory.settle()
        self._save_soon()

    # -- queries --------------------------------------------------------------------------------------------------

    def ask(self, function: Callable[[Progress], Value]) -> int:
        """Have `function` called on a worker thread; the `Answer` with the id returned has its value or failure."""
        return self._queries.ask(function)

    def call(
        self,
        function: Callable[[Progress], Value],
        then: Callable[[Value], None],
        failed: Callable[[ThreadXError], None] | None = None,
    ) -> int:
        """Ask, and have the pump call `then` with the value, or `failed` with the error (`Answer.deliver`)."""
        return self._queries.ask(function, then, failed)

    def drop(self, request_id: int) -> None:
        """Say that a query's answer is not wanted any more; its work is cancelled where that is possible."""
        self._queries.drop(request_id)

    def warm_up(self) -> int:
        """Have the engine loaded on a worker thread; its answer says that it is there."""
        return self.ask(lambda progress: self.engine(progress).source is not None)

    def adopt(self, changed: Settings) -> None:
        """Let changed settings act, as far as they can while the program runs. Worker threads only."""
        before = self.settings.ingest.workers
        super().adopt(changed)
        if self.settings.ingest.workers != before:
            self.jobs.set_workers(self.settings.ingest.workers)

    # -- state ----------------------------------------------------------------------------------------------------

    def diagnostics(self) -> str:
        """Return versions, paths and state as lines for a bug report; English, nothing secret."""
        from threadx.bridge.diagnostics import diagnostics  # noqa: PLC0415 - looks at installed packages

        return diagnostics(self.settings, self.status(), self.jobs.snapshot())

    def close(self) -> None:
        """Cancel everything and end; never waits. What is unfinished now is offered at the next start."""
        if self._closed:
            return
        self._closed = True
        self._memory.freeze()
        logging.getLogger("threadx").removeHandler(self._log_lines)
        self._queries.close()
        self.jobs.close()
        self._save_soon()
        self._keeper.add(self._close_engine)
        self._keeper.end()

    def ended(self, timeout_s: float = 0.0) -> bool:
        """Return whether all threads are gone, after waiting up to `timeout_s` a crew. On Tk's thread: 0 only."""
        parts = (self.jobs.ended, self._queries.ended, self._loader.ended, self._keeper.ended)
        return all(part(timeout_s) for part in parts)

    def _close_engine(self) -> None:
        self.jobs.ended(CLOSE_WAIT_S)
        self._queries.ended(CLOSE_WAIT_S)
        self._loader.ended(CLOSE_WAIT_S)
        self.close_engine()

    # -- what is remembered ---------------------------------------------------------------------------------------

    def _emit(self, event: JobEvent) -> None:
        """Runs under the lock of `Jobs`, on any thread."""
        if event.spec.kind is JobKind.DOWNLOAD and event.state is JobState.DONE:
            self._reachable = True
        elif isinstance(event.failure, SourceUnavailableError):
            self._reachable = False
        self.events.put(event)
        if event.spec.remembered and (event.final or event.state is JobState.QUEUED):
            self._save_soon()

    def _save_soon(self) -> None:
        """Have the memory written once, however many jobs change until then."""
        if self._remember and not self._to_save.is_set():
            self._to_save.set()
            self._keeper.add(self._save)

    def _save(self) -> None:
        self._to_save.clear()
        self._memory.save()
