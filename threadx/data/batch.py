"""Several symbols at once, each on one thread, all on the source's connections and weight budget."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from threadx.data.job_end import job_ended
from threadx.data.report import AssetReport
from threadx.data.update import Request, SymbolUpdate, Tools
from threadx.progress import Progress
from threadx.workers import as_completed, thread_pool

__all__ = ["update_all"]


def update_all(
    tools: Tools, symbols: Sequence[str], request: Request, *, workers: int, progress: Progress
) -> dict[str, AssetReport]:
    """Update every symbol and report on each, in the order given; one's failure stops no other.

    A symbol that stands twice counts once; one alone is worked on by the calling thread. `progress` hears of symbols
    done, and through `about(symbol)` of bars.

    Raises:
        JobCancelled: cancelled, and every worker has stopped; what was committed stays.
    """
    wanted = list(dict.fromkeys(symbols))

    def work(symbol: str) -> AssetReport:
        return SymbolUpdate(tools, symbol, request).run_guarded(progress.about(symbol))

    def worked_on() -> Iterator[tuple[str, AssetReport]]:
        if len(wanted) == 1:
            yield wanted[0], work(wanted[0])
            return
        with thread_pool(max(1, min(workers, len(wanted))), "ingest") as pool:
            for done, ended in enumerate(as_completed(pool, work, wanted, progress=progress), 1):
                yield ended
                progress.report(done, len(wanted), "symbols")

    try:
        reports = dict(worked_on())
    finally:
        if not request.dry_run:
            job_ended(tools.store)
    return {symbol: reports[symbol] for symbol in wanted}
