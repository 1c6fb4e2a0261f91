"""Many indicators of many symbols: (symbol, indicator) pairs on a pool, a row for each file, no failure stops the rest.

A pair travels as plain data, so that threads, spawned processes and the workers of a cluster take the same call.
"""

from __future__ import annotations

import logging
import time
import traceback
from collections import Counter
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field, replace
from functools import lru_cache, partial

from threadx.bars.timeframe import Timeframe
from threadx.config import Settings
from threadx.data.report import fault
from threadx.data.sturdy import sturdy_map
from threadx.errors import JobCancelled, ThreadXError
from threadx.indicators.bank import IndicatorBank
from threadx.indicators.choices import Choice
from threadx.progress import NULL_PROGRESS, Progress
from threadx.workers import as_completed, cpu_pool, process_count, thread_pool

__all__ = ["Batch", "BatchRow", "run_batch"]

log = logging.getLogger(__name__)

FAILED = "failed"
MANY_VALUES = 4_000_000
"""Bars times outputs from which processes, which take a second to start, are worth it."""
THREADS = 2


@dataclass(frozen=True, slots=True)
class BatchRow:
    """How one file went. Frozen and plain: it crosses threads and processes."""

    provider: str
    symbol: str
    timeframe: str
    indicator: str
    """With its parameters, as its file is called: "ema_20"."""
    outcome: str
    """"reused", "extended", "computed" or "failed"."""
    rows: int = 0
    seconds: float = 0.0
    reason: str = ""
    """Why it was not enough to reuse the file, in English."""
    from_month: str | None = None
    """The first month that was computed."""
    size_bytes: int = 0
    error: str = ""
    """What failed, in English; "" on success."""
    hint: str = ""
    failure: ThreadXError | None = field(default=None, compare=False, repr=False)
    """The error itself, for translation; None on success."""
    trace: str = field(default="", compare=False, repr=False)
    """Of a fault of ThreadX."""

    @property
    def success(self) -> bool:
        """Whether the file is up to date now."""
        return self.outcome != FAILED

    def as_dict(self) -> dict[str, object]:
        """Return the row for JSON."""
        names = ("symbol", "timeframe", "indicator", "outcome", "rows", "seconds", "reason", "from_month", "size_bytes",
                 "error", "hint")  # fmt: skip
        return {name: getattr(self, name) for name in names} | {"seconds": round(self.seconds, 4)}


@dataclass(frozen=True, slots=True)
class Batch:
    """What a batch is to compute."""

    series: tuple[tuple[str, str], ...]
    """(provider, symbol) of each."""
    choices: tuple[Choice, ...]
    timeframes: tuple[str, ...]

    @classmethod
    def of(cls, series: Iterable[tuple[str, str]], choices: Iterable[Choice], timeframes: Iterable[str]) -> Batch:
        """Return the batch without anything twice.

        Raises:
            UnsupportedTimeframeError: there is no such timeframe.
        """
        names = dict.fromkeys(Timeframe.parse(each).name for each in timeframes)
        return cls(tuple(dict.fromkeys(series)), tuple(dict.fromkeys(choices)), tuple(names))

    @property
    def files(self) -> int:
        """How many files that is."""
        return len(self.series) * len(self.choices) * len(self.timeframes)

    def pairs(self) -> list[Batch]:
        """Return the batch as (symbol, indicator) pairs, those of a symbol behind each other."""
        names = dict.fromkeys(choice.name for choice in self.choices)
        return [
            replace(self, series=(one,), choices=tuple(each for each in self.choices if each.name == name))
            for one in self.series
            for name in names
        ]


def run_batch(
    bank: IndicatorBank,
    batch: Batch,
    *,
    executor: Executor | None = None,
    many: int = MANY_VALUES,
    progress: Progress = NULL_PROGRESS,
) -> list[BatchRow]:
    """Bring every file of the batch up to date; return a row for each, by symbol, timeframe and indicator as asked.

    Args:
        bank: says which bars and settings are meant; works itself where the pool is of threads.
        batch: what to compute.
        executor: the pool; None: threads for little, else what the settings say (`threadx.workers.cpu_pool`).
        many: how many values are not little.
        progress: hears of files done.

    Raises:
        JobCancelled: cancelled; files that were done are whole and stay.
        ThreadXError: no process can work here; one that dies is replaced, and what it held is done once more.
        ConfigError: the cluster of the settings does not answer.
    """
    began_s = time.perf_counter()
    found: dict[tuple[str, ...], BatchRow] = {}
    progress.report(0, batch.files, "files")
    with closing(_done(bank, batch, executor, many, progress)) as each_pair:
        for rows in each_pair:
            found |= {(row.provider, row.symbol, row.timeframe, row.indicator): _told(row) for row in rows}
            progress.report(len(found), batch.files, "files")
    order = [
        (provider, symbol, timeframe, choice.stem(bank.settings))
        for provider, symbol in batch.series
        for timeframe in batch.timeframes
        for choice in batch.choices
    ]
    rows = [found[key] for key in dict.fromkeys(order)]
    counts = ", ".join(f"{count} {outcome}" for outcome, count in Counter(row.outcome for row in rows).items())
    log.info("%s indicator files of %s symbols: %s, %.2f s", len(rows), len(batch.series), counts or "nothing",
             time.perf_counter() - began_s)  # fmt: skip
    return rows


def _done(
    bank: IndicatorBank, batch: Batch, executor: Executor | None, many: int, progress: Progress
) -> Generator[list[BatchRow]]:
    """Yield the rows of each (symbol, indicator) pair."""
    processes, clustered = process_count(bank.settings), bool(bank.settings.cluster.address)
    if executor is None and not clustered and processes > 1 and _values(bank, batch) >= many:
        pairs = batch.pairs()
        far = partial(_far, bank.settings)
        with closing(
            sturdy_map(lambda _left: cpu_pool(bank.settings), far, pairs, ahead=2 * processes, progress=progress)
        ) as results:
            for pair, rows in zip(pairs, results, strict=True):
                yield _died(bank, pair) if rows is None else rows
        return
    with _pool(bank, batch, executor) as pool:
        work = _here(bank, progress) if isinstance(pool, ThreadPoolExecutor) else partial(_far, bank.settings)
        for _pair, rows in as_completed(pool, work, batch.pairs(), progress=progress):
            yield rows


@contextmanager
def _pool(bank: IndicatorBank, batch: Batch, executor: Executor | None) -> Iterator[Executor]:
    if executor is not None:
        yield executor
    elif bank.settings.cluster.address:
        with cpu_pool(bank.settings) as pool:
            yield pool
    else:
        with thread_pool(min(THREADS, max(len(batch.pairs()), 1)), "indicators") as pool:
            yield pool


def _values(bank: IndicatorBank, batch: Batch) -> int:
    """Return about how many values there are to compute if nothing can be reused."""
    rows = 0
    for provider, symbol in batch.series:
        with suppress(ThreadXError):  # what is wrong with it is told in its rows
            manifest = bank.store.manifest(provider, symbol)
            if manifest is not None:
                rows += sum(entry.rows for name in batch.timeframes for entry in manifest.of(name).values())
    return rows * sum(len(choice.indicator.output_names) for choice in batch.choices)


def _here(bank: IndicatorBank, progress: Progress) -> Callable[[Batch], list[BatchRow]]:
    """Return what does a pair on a thread of this process."""
    own = bank.for_batch()
    quiet = progress.heard_by(lambda _event: None)  # months of each file would drown the files
    return lambda pair: _rows(own, pair, quiet)


def _far(settings: Settings, pair: Batch) -> list[BatchRow]:
    """Do a pair in another process."""
    return _rows(_bank(settings), pair, NULL_PROGRESS)


@lru_cache(maxsize=2)
def _bank(settings: Settings) -> IndicatorBank:
    return IndicatorBank(settings).for_batch()


def _rows(bank: IndicatorBank, pair: Batch, progress: Progress) -> list[BatchRow]:
    provider, symbol = pair.series[0]
    return [
        _row(bank, BatchRow(provider, symbol, timeframe, choice.stem(bank.settings), FAILED), choice, progress)
        for timeframe in pair.timeframes
        for choice in pair.choices
    ]


def _died(bank: IndicatorBank, pair: Batch) -> list[BatchRow]:
    """Return the rows of a pair that took its process with it."""
    told = ThreadXError(
        "the process that computed {symbol} ended, twice",
        hint="free memory, or set [workers] processes = 1",
        symbol=pair.series[0][1],
    )
    return [
        BatchRow(*pair.series[0], timeframe, choice.stem(bank.settings), FAILED, error=told.message, hint=told.hint,
                 failure=told)
        for timeframe in pair.timeframes
        for choice in pair.choices
    ]  # fmt: skip


def _row(bank: IndicatorBank, row: BatchRow, choice: Choice, progress: Progress) -> BatchRow:
    progress.raise_if_cancelled()
    try:
        done = bank.ensure(
            row.symbol, choice.name, choice.params, row.timeframe, provider=row.provider, progress=progress
        )
    except JobCancelled:
        raise
    except ThreadXError as error:
        return replace(row, error=error.message, hint=error.hint, failure=error)
    except Exception:  # noqa: BLE001 - a worker ends here, and the log file may be in another process: see _told
        told = fault(row.symbol)
        return replace(row, error=told.message, hint=told.hint, failure=told, trace=traceback.format_exc())
    return replace(
        row,
        outcome=str(done.outcome),
        rows=done.rows,
        seconds=done.seconds,
        reason="" if done.reused else done.reason,
        from_month=done.from_month,
        size_bytes=done.size_bytes,
    )


def _told(row: BatchRow) -> BatchRow:
    """Log what failed, here: a worker may be a process without a log file."""
    if row.trace:
        log.error("%s %s %s: a fault of ThreadX itself\n%s", row.symbol, row.timeframe, row.indicator, row.trace)
    elif not row.success:
        log.warning("%s %s %s: %s", row.symbol, row.timeframe, row.indicator, row.error)
    return row
