"""`indicators`: bring the indicators of stored bars up to date; with `--dry-run` only say how their files stand."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from threadx.bridge.indicator_words import freshness, outcome, why
from threadx.commands.bank import SeriesKey, provider_of, stored_series
from threadx.commands.request import Request, as_usage, symbols_of, timeframes_of
from threadx.commands.results import Block, Cell, Figure, Result, Table
from threadx.commands.words import error_lines, megabytes
from threadx.data.indicator_batch import FAILED, BatchRow
from threadx.data.report import agreed_code
from threadx.errors import ConfigError
from threadx.i18n import _, counted, number
from threadx.indicators.answers import Freshness, IndicatorStatus, Outcome
from threadx.indicators.choices import Choice, wanted
from threadx.progress import Progress

__all__ = ["run"]

_OUTCOMES = (*map(str, Outcome), FAILED)


def run(request: Request, progress: Progress) -> Result:
    """Compute what is asked for, or what the settings name, of the symbols asked for, or of all that are stored."""
    choices = _choices(request)
    series = _series(request)
    timeframes = timeframes_of(request) or request.engine.kept_timeframes(series)
    document = {
        "provider": provider_of(series),
        "dry_run": request.flags.dry_run,
        "symbols": [symbol for _provider, symbol in series],
        "timeframes": list(timeframes),
        "indicators": [choice.stem(request.settings) for choice in choices],
    }
    if request.flags.dry_run:
        return _looked(document, _statuses(request, series, choices, timeframes, progress))
    rows = request.engine.compute_indicators(series, [choice.word for choice in choices], timeframes, progress)
    return _done(document, rows)


def _choices(request: Request) -> list[Choice]:
    flags = request.flags
    words, params = _words(flags.indicators), _words(flags.params)
    if params and not words:
        raise ConfigError("--params: whose parameters?", hint="add: --indicators ema")
    with as_usage():
        asked = [":".join([word, *params]) for word in words]
        return wanted(request.settings, asked or None, include_core=flags.include_core)


def _words(text: str | None) -> list[str]:
    return [] if text is None else [word.strip() for word in text.split(",") if word.strip()]


def _series(request: Request) -> tuple[SeriesKey, ...]:
    """Return the series asked for, stored or not: that one is missing is said in its place, and stops no other."""
    symbols = symbols_of(request)
    if not symbols:
        return stored_series(request)
    holders: dict[str, list[str]] = {}
    for provider, symbol in request.engine.store.series():
        holders.setdefault(symbol, []).append(provider)
    return tuple((_holder(request, holders.get(symbol, [])), symbol) for symbol in symbols)


def _holder(request: Request, holders: Sequence[str]) -> str:
    only_other = len(holders) == 1 and request.only_provider is None
    return holders[0] if only_other else request.provider


# -- what was done ------------------------------------------------------------------------------------------------


def _done(document: Mapping[str, object], rows: Sequence[BatchRow]) -> Result:
    counts = Counter(row.outcome for row in rows)
    failures = [row for row in rows if not row.success]
    total = {**{name: counts[name] for name in _OUTCOMES}, "bars": sum(row.rows for row in rows)}
    blocks: list[Block] = [_done_table(rows), _summary(counts)]
    return Result(
        {**document, "total": total, "files": [row.as_dict() for row in rows]},
        blocks,
        agreed_code(0 if row.failure is None else row.failure.exit_code for row in rows),
        error_lines((row.failure, row.error, row.hint) for row in failures),
    )


def _done_table(rows: Sequence[BatchRow]) -> Table:
    headings = (_("symbol"), _("timeframe"), *(outcome(name) for name in _OUTCOMES), _("bars"), _("seconds"))
    found: dict[tuple[str, str], list[BatchRow]] = {}
    for row in rows:
        found.setdefault((row.symbol, row.timeframe), []).append(row)
    lines: list[tuple[Cell, ...]] = []
    for (symbol, timeframe), mine in found.items():
        counts = Counter(row.outcome for row in mine)
        bars, seconds = max(row.rows for row in mine), sum(row.seconds for row in mine)
        lines.append((symbol, timeframe, *(counts[name] for name in _OUTCOMES), bars, Figure(number(seconds, 2))))
    return Table(headings, lines)


def _summary(counts: Mapping[str, int]) -> str:
    count = sum(counts.values())
    parts = ", ".join(f"{number(counts[name])} {outcome(name)}" for name in _OUTCOMES if counts[name])
    return counted("{count} file: {parts}", "{count} files: {parts}", count, parts=parts)


# -- what would be done -------------------------------------------------------------------------------------------


def _statuses(
    request: Request,
    series: Sequence[SeriesKey],
    choices: Sequence[Choice],
    timeframes: Sequence[str],
    progress: Progress,
) -> list[IndicatorStatus]:
    asked = [choice.word for choice in choices]
    found: list[IndicatorStatus] = []
    for done, (provider, symbol) in enumerate(series):
        progress.report(done, len(series), "symbols")
        found += request.engine.indicators.status([symbol], asked, timeframes, provider=provider)
    return found


def _looked(document: Mapping[str, object], statuses: Sequence[IndicatorStatus]) -> Result:
    headings = (_("symbol"), _("timeframe"), *(freshness(name) for name in Freshness), _("MB"), _("why"))
    found: dict[tuple[str, str], list[IndicatorStatus]] = {}
    for each in statuses:
        found.setdefault((each.symbol, each.timeframe), []).append(each)
    rows: list[tuple[Cell, ...]] = []
    for (symbol, timeframe), mine in found.items():
        counts = Counter(status.state for status in mine)
        whys = dict.fromkeys(why(one.why, one.from_month) for one in mine if one.state is not Freshness.FRESH)
        size = Figure(megabytes(sum(status.size_bytes for status in mine)))
        rows.append((symbol, timeframe, *(counts[name] for name in Freshness), size, "; ".join(whys) or "-"))
    stale = sum(status.state is not Freshness.FRESH for status in statuses)
    summary = counted(
        "{count} file would be calculated; nothing was written",
        "{count} files would be calculated; nothing was written",
        stale,
    )
    files = [
        {
            "symbol": each.symbol,
            "timeframe": each.timeframe,
            "indicator": each.stem,
            "state": str(each.state),
            "why": str(each.why),
            "from_month": each.from_month,
            "rows": each.rows,
            "size_bytes": each.size_bytes,
        }
        for each in statuses
    ]
    return Result({**document, "files": files}, [Table(headings, rows), summary])
