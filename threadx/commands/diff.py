"""`diff`: what differs between two generations of a symbol."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from threadx.bars.dates import text_of
from threadx.commands.bank import stored_series
from threadx.commands.request import Request, one_symbol
from threadx.commands.results import Block, Result, Table
from threadx.errors import DataNotFoundError
from threadx.i18n import _, number
from threadx.progress import Progress
from threadx.store.diff import PriceChange, StoreDiff
from threadx.store.history import Generation

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """Compare two generations: those of `--from` and `--to`, else before and after the last operation."""
    one_symbol(request)
    store = request.engine.store
    ((provider, symbol),) = stored_series(request, past=True)
    history = store.history(provider, symbol)
    older, newer = vars(request.flags)["from"], request.flags.to
    newest = history[-1].gen if newer is None else newer
    oldest = _before(history, symbol) if older is None else older
    found = store.diff(provider, symbol, oldest, newest, progress=progress)
    return Result(_described(found), list(_blocks(found)))


def _before(history: Sequence[Generation], symbol: str) -> int:
    """Return the newest generation of an operation before the last one."""
    for generation in reversed(history):
        if generation.op_id != history[-1].op_id:
            return generation.gen
    raise DataNotFoundError(
        "{symbol}: only one operation is kept, so there is nothing to compare with",
        hint="give two generations: --from 1 --to 2; see: threadx history --symbols {symbol}",
        symbol=symbol,
    )


def _described(found: StoreDiff) -> dict[str, object]:
    return {
        "provider": found.provider,
        "symbol": found.symbol,
        "before": found.before,
        "after": found.after,
        "added": found.added,
        "removed": found.removed,
        "changed": found.changed,
        "months": [
            {
                "timeframe": month.timeframe,
                "month": month.month,
                "added": month.added,
                "removed": month.removed,
                "changed": month.changed,
                "largest": month.largest,
            }
            for month in found.months
        ],
    }


def _blocks(found: StoreDiff) -> Iterator[Block]:
    head = f"{found.provider} {found.symbol}: {found.before} -> {found.after}"
    differing = [month for month in found.months if not month.empty]
    if not differing:
        yield _("{head}: no bar differs").format(head=head)
        return
    yield _("{head}: {added} bars added, {removed} removed, {changed} changed, all timeframes together").format(
        head=head, added=number(found.added), removed=number(found.removed), changed=number(found.changed)
    )
    headings = (_("timeframe"), _("month"), _("added"), _("removed"), _("changed"), _("largest price change (UTC)"))
    rows = [
        (month.timeframe, month.month, month.added, month.removed, month.changed, _largest(month.largest))
        for month in differing
    ]
    yield Table(headings, rows)


def _largest(change: PriceChange | None) -> str:
    if change is None:
        return ""
    return (
        f"{text_of(change.open_time_ms)} {change.column} {change.before:.12g} -> {change.after:.12g} "
        f"({number(change.relative * 100, 3)} %)"
    )
