"""`select`: the largest symbols, now or on a past day; what is left out, and why."""

from __future__ import annotations

from collections.abc import Iterator

from threadx.bars.dates import end_ms
from threadx.commands.request import Request, as_usage, top_of
from threadx.commands.results import Block, Figure, Result, Table
from threadx.data.ranking import Ranking
from threadx.data.selection import as_document
from threadx.exchange.attribution import ATTRIBUTION, ATTRIBUTION_URL
from threadx.i18n import _, counted, number, translated
from threadx.progress import Progress

__all__ = ["run"]

LIMIT = 100


def run(request: Request, progress: Progress) -> Result:
    """Rank the symbols; publish the ranking unless it is of the past or a dry run."""
    flags = request.flags
    limit = LIMIT if flags.top is None else top_of(request)
    publish = flags.as_of is None and not flags.dry_run
    with as_usage():
        end_ms(flags.as_of)
    ranking = request.engine.universe.get_top_tokens(limit, as_of=flags.as_of, publish=publish, progress=progress)
    file = request.settings.paths.selection_json if publish else None
    document = {
        name: value
        for name, value in as_document(ranking).items()
        if name not in ("format", "rest", "excluded", "notes")
    }
    document |= {
        "excluded": [
            {"symbol": each.symbol, "base": each.base, "reason": str(each.reason)} for each in ranking.excluded
        ],
        "notes": [str(note) for note in ranking.notes],
        "snapshot": ranking.stamp or None,
        "selection_json": file,
        "dry_run": flags.dry_run,
    }
    return Result(document, list(_blocks(ranking, written=publish)))


def _blocks(ranking: Ranking, *, written: bool) -> Iterator[Block]:
    headings = (
        *(_("rank"), _("symbol"), _("coin"), _("market cap (M$)"), _("rank by it")),
        *(_("24 h volume ({quote})").format(quote=ranking.quote), _("rank by it")),
    )
    yield Table(
        headings,
        [
            (
                token.rank,
                token.symbol,
                token.id or "-",
                Figure("-" if token.market_cap is None else number(token.market_cap / 1e6, 1)),
                Figure("-" if token.cap_rank is None else number(token.cap_rank)),
                Figure(number(token.volume)),
                token.volume_rank,
            )
            for token in ranking.tokens
        ],
    )
    reasons = [(each.symbol, translated(each.reason.template, each.reason.fields)) for each in ranking.excluded]
    if reasons:
        yield ""
        yield Table((_("left out"), _("why")), reasons)
        yield ""
    yield from (translated(note.template, note.fields) for note in ranking.notes)
    yield counted(
        "{count} symbol by {basis}", "{count} symbols by {basis}", len(ranking), basis=_(str(ranking.basis))
    ) + (f"; {_('snapshot {stamp}').format(stamp=ranking.stamp)}" if written and ranking.stamp else "")
    yield _(ranking.order)
    if ranking.has_caps:
        yield f"{ATTRIBUTION} ({ATTRIBUTION_URL})"
