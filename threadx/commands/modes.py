"""The words of the command line: every mode, and every flag it takes, in one table."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from threadx.i18n import N_

__all__ = ["FLAGS", "MODES", "Flag", "Mode", "whole_number"]


@dataclass(frozen=True, slots=True)
class Flag:
    """One option. `metavar` is "" for a switch; `convert` turns the text into the value."""

    name: str
    help: str
    metavar: str = ""
    convert: Callable[[str], object] = str

    @property
    def takes_value(self) -> bool:
        """Whether a word follows."""
        return bool(self.metavar)


@dataclass(frozen=True, slots=True)
class Mode:
    """One verb; `module` holds its `run(request, progress) -> Result`, where `asks` also `question(request) -> str`."""

    name: str
    summary: str
    module: str
    flags: tuple[str, ...] = ()
    asks: bool = False
    words: str = ""
    """What words that are no flags are, as the usage line shows them; "": there are none."""


def whole_number(text: str) -> int:
    """Return `text` as an int; raise ValueError for anything but ASCII digits with an optional sign."""
    if not text.isascii() or "_" in text:
        raise ValueError(text)
    return int(text)


FLAGS: dict[str, Flag] = {
    flag.name: flag
    for flag in (
        Flag("--config", N_("read this settings file instead of paths.toml"), "FILE", Path),
        Flag("--data-root", N_("keep the bank in this folder"), "DIR", Path),
        Flag("--json", N_("print one JSON document; everything else goes to stderr")),
        Flag("--quiet", N_("show no progress and no remarks")),
        Flag("--source", N_("use this server for every request (plain http: loopback only)"), "URL"),
        Flag("--demo", N_("use the exchange that is built in: no network, invented prices")),
        Flag("--provider", N_("the folder of the bank to use (default: the name of the source)"), "NAME"),
        Flag("--symbols", N_("symbols, separated by commas: BTCUSDC,ETHUSDC"), "A,B"),
        Flag("--group", N_("a group of the settings file: L1, DeFi, L2, Stable ..."), "NAME"),
        Flag("--top", N_("the N largest symbols, by market capitalisation and volume"), "N", whole_number),
        Flag("--quote", N_("quote asset of groups and of the largest symbols (default: as configured)"), "ASSET"),
        Flag("--as-of", N_("as it was at the end of this day, or at this time, UTC"), "DATE"),
        Flag("--start", N_("first day or time, UTC: 2024-01-31 or 2024-01-31T12:00"), "DATE"),
        Flag("--end", N_("last day (included) or end time (not included), UTC"), "DATE"),
        Flag("--timeframes", N_("timeframes, separated by commas: 5m,1h,1d"), "LIST"),
        Flag("--level", N_("how deep to look: quick, normal, full or deep (default: normal)"), "LEVEL"),
        Flag("--repair", N_("mend what can be mended from the bank itself")),
        Flag("--again", N_("fetch stored bars again too; where the exchange gives another value now, that one wins")),
        Flag("--dry-run", N_("show what would be done; write nothing")),
        Flag(
            "--compression", N_("of what is written: lz4, snappy, zstd, gzip or auto (default: as configured)"), "NAME"
        ),
        Flag("--format", N_("csv, xlsx, parquet or legacy-json (default: csv)"), "NAME"),
        Flag("--output", N_("the folder to write to, or the file for a single dataset"), "PATH", Path),
        Flag(
            "--indicators",
            N_("indicators, separated by commas: ema,ema:20,bollinger:20:2.0 (default: as configured)"),
            "LIST",
        ),
        Flag("--params", N_("parameters of the indicators that are named: period=20,std=2.0"), "LIST"),
        Flag("--include-core", N_("also RSI, MACD, VWAP, OBV and SMA, where no indicators are named")),
        Flag("--domain", N_("the kind of snapshots: bank, selection, quality, or your own"), "NAME"),
        Flag("--stamp", N_("the date of a snapshot, UTC: 20260131 or 2026013114"), "DATE"),
        Flag("--older-than", N_("an age in days, weeks or hours: 90d, 12w, 36h"), "AGE"),
        Flag("--file", N_("show the beginning of this file of a snapshot"), "NAME"),
        Flag("--from", N_("the older generation (default: before the last operation)"), "GEN", whole_number),
        Flag("--to", N_("the newer generation (default: the newest)"), "GEN", whole_number),
        Flag("--yes", N_("do not ask")),
        Flag("--replay", N_("serve the bars of this folder instead of invented ones"), "DIR", Path),
        Flag("--port", N_("port to listen on, on this machine only (default: any free one)"), "N", whole_number),
        Flag("--now", N_("the time the exchange believes it is, UTC (default: the real one)"), "DATE"),
        Flag("--seed", N_("seed of the invented market (default: 42)"), "N", whole_number),
        Flag("--latency", N_("seconds to wait before each reply (default: 0)"), "S", float),
        Flag("--weight-limit", N_("request weight allowed in a minute (default: 6000)"), "N", whole_number),
    )
}

_BANK = ("--config", "--data-root", "--json", "--quiet")
_SOURCE = ("--source", "--demo", "--provider")
_SYMBOLS = ("--symbols", "--group", "--top", "--quote")

MODES: dict[str, Mode] = {
    mode.name: mode
    for mode in (
        Mode(
            "select",
            N_("choose the largest symbols, say why, and keep the choice as a snapshot"),
            "threadx.commands.select",
            ("--top", "--quote", "--as-of", "--dry-run", *_SOURCE, *_BANK),
        ),
        Mode(
            "download",
            N_("fetch what is missing, derive every timeframe, prove and store it"),
            "threadx.commands.download",
            (*_SYMBOLS, "--start", "--end", "--timeframes", "--again", "--dry-run", *_SOURCE, *_BANK),
        ),
        Mode(
            "full",
            N_("select, download, verify, convert and compute indicators; takes up where it was interrupted"),
            "threadx.commands.full",
            (
                *(*_SYMBOLS, "--start", "--end", "--timeframes", "--indicators", "--include-core", "--level"),
                *("--dry-run", *_SOURCE, *_BANK),
            ),
        ),
        Mode(
            "indicators",
            N_("calculate indicators of stored bars, and only what is not fresh"),
            "threadx.commands.indicators",
            (
                *(*_SYMBOLS, "--timeframes", "--indicators", "--params", "--include-core", "--dry-run"),
                *(*_SOURCE, *_BANK),
            ),
        ),
        Mode(
            "verify",
            N_("prove that what is stored is right"),
            "threadx.commands.verify",
            ("--level", "--repair", "--dry-run", *_SYMBOLS, *_SOURCE, *_BANK),
        ),
        Mode(
            "list",
            N_("show the datasets of the bank"),
            "threadx.commands.inventory",
            (*_SYMBOLS, "--timeframes", *_SOURCE, *_BANK),
        ),
        Mode(
            "gaps",
            N_("show missing stretches and why they are missing"),
            "threadx.commands.gaps",
            (*_SYMBOLS, *_SOURCE, *_BANK),
        ),
        Mode(
            "history",
            N_("show who changed what, when and why"),
            "threadx.commands.history",
            (*_SYMBOLS, *_SOURCE, *_BANK),
        ),
        Mode(
            "diff",
            N_("show what differs between two generations"),
            "threadx.commands.diff",
            (*_SYMBOLS, "--from", "--to", *_SOURCE, *_BANK),
        ),
        Mode(
            "undo",
            N_("take back the last operation of a symbol"),
            "threadx.commands.undo",
            (*_SYMBOLS, "--yes", *_SOURCE, *_BANK),
            asks=True,
        ),
        Mode(
            "delete",
            N_("remove symbols, or timeframes of them, from the bank (undo brings them back)"),
            "threadx.commands.delete",
            (*_SYMBOLS, "--timeframes", "--yes", *_SOURCE, *_BANK),
            asks=True,
        ),
        Mode(
            "convert",
            N_("take bars that other tools left in files into the bank (default: the legacy folder of the settings)"),
            "threadx.commands.convert",
            ("--compression", "--dry-run", *_SOURCE, *_BANK),
            words=N_("[FILE|FOLDER ...]"),
        ),
        Mode(
            "export",
            N_("write stored bars to files for other programs"),
            "threadx.commands.export",
            ("--format", "--output", *_SYMBOLS, "--timeframes", "--start", "--end", *_SOURCE, *_BANK),
        ),
        Mode(
            "snapshot",
            N_("keep dated, unchanging copies: of the bank by link, and of what was decided and found"),
            "threadx.commands.snapshot",
            (
                *("--domain", "--stamp", "--older-than", "--file", "--level", "--dry-run"),
                *(*_SYMBOLS, *_SOURCE, *_BANK),
            ),
            words=N_("create|list|show|diff|archive|restore [DATE ...]"),
        ),
        Mode(
            "demo-exchange",
            N_("run the built-in exchange until Ctrl+C"),
            "threadx.commands.demo_exchange",
            (
                *("--replay", "--port", "--now", "--seed", "--latency", "--weight-limit"),
                *("--config", "--json", "--quiet"),
            ),
        ),
    )
}
