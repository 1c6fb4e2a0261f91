"""`export`: write stored bars to files for other programs."""

from __future__ import annotations

from threadx.bars.timeframe import TIMEFRAMES
from threadx.commands.bank import stored_series
from threadx.commands.request import Request, range_of, timeframes_of
from threadx.commands.results import Figure, Result, Table
from threadx.commands.words import megabytes
from threadx.data.export import FORMATS
from threadx.errors import ConfigError, DataNotFoundError
from threadx.i18n import _, counted, number
from threadx.progress import Progress

__all__ = ["run"]


def run(request: Request, progress: Progress) -> Result:
    """Write the datasets asked for; without `--timeframes` every one that is stored of the symbols."""
    kind = request.flags.format or "csv"
    if kind not in FORMATS:
        raise ConfigError(
            "--format: {format} is unknown", hint="give one of {known}", format=kind, known=", ".join(FORMATS)
        )
    if request.flags.output is None:
        raise ConfigError("--output is missing", hint="say where to: --output FOLDER, or a file for a single dataset")
    start_ms, end_ms = range_of(request)
    files = request.engine.export(
        _datasets(request), str(request.flags.output), kind, progress, start_ms=start_ms, end_ms=end_ms
    )
    document = {
        "format": kind,
        "files": [
            {"path": each.path, "rows": each.rows, "size_bytes": each.size_bytes, "sheets": list(each.sheets)}
            for each in files
        ],
    }
    rows = [(str(each.path), each.rows, Figure(megabytes(each.size_bytes))) for each in files]
    total = sum(each.rows for each in files)
    summary = counted("{count} file, {bars} bars", "{count} files, {bars} bars", len(files), bars=number(total))
    table = Table((_("file"), _("bars"), _("MB")), rows)
    return Result(document, [table, summary])


def _datasets(request: Request) -> list[tuple[str, str, str]]:
    store, wanted = request.engine.store, timeframes_of(request)
    found: list[tuple[str, str, str]] = []
    for provider, symbol in stored_series(request):
        manifest = store.manifest(provider, symbol)
        there = () if manifest is None else manifest.timeframes
        missing = [name for name in wanted or () if name not in there]
        if missing:
            raise DataNotFoundError(
                "{provider} {symbol} {timeframe}: nothing stored",
                hint="stored timeframes: {there}",
                provider=provider,
                symbol=symbol,
                timeframe=", ".join(missing),
                there=" ".join(there) or "-",
            )
        found += [(provider, symbol, each.name) for each in TIMEFRAMES if each.name in (wanted or there)]
    return found
