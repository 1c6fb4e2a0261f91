"""The self-test: the whole main job on the embedded exchange, in a temporary folder, offline, in under 30 seconds.

Two symbols, one of them thin, over the outage of 2023-03-24 and a change of month. Nothing is left behind: the folder
goes away, and no log file is written.
"""

from __future__ import annotations

import contextlib
import json
import platform
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd

from threadx import __version__
from threadx.bars.gaps import find_gaps
from threadx.bars.intervals import total_minutes
from threadx.bars.schema import PRICE_COLS
from threadx.commands.output import printable
from threadx.config import Settings
from threadx.data.ingest import AssetReport, IngestionManager
from threadx.data.io import WriteOptions, read_frame, read_frame_partitioned, write_frame_partitioned
from threadx.data.loader import BinanceDataLoader
from threadx.data.registry import RegistryManager
from threadx.data.udfi_contract import assert_udfi
from threadx.demo import DemoExchange
from threadx.errors import ThreadXError
from threadx.i18n import _, number, translate_error
from threadx.store import Store

__all__ = ["StepError", "main"]

LIQUID, THIN = "BTCUSDT", "SUSHIBTC"
SYMBOLS = (LIQUID, THIN)
START, END = "2023-03-20", "2023-04-02"
NOW = datetime(2023, 4, 10, 12, 34, 56, tzinfo=UTC)
TIMEFRAMES = ("5m", "15m", "1h", "4h", "1d")
OUTAGE = (pd.Timestamp("2023-03-24 12:40", tz="UTC"), pd.Timestamp("2023-03-24 14:00", tz="UTC"))
OUTAGE_MINUTES = 80
DAYS = 14
MINUTES = DAYS * 1440 - OUTAGE_MINUTES
WINDOW_S = 90
"""How long the window may take in all before it counts as hanging."""
WINDOW = (
    "import sys; sys.path.insert(0, sys.argv.pop()); from threadx.ui.trial import main; sys.exit(main(*sys.argv[1:]))"
)
"""A program of its own: the self-test must survive a Tk that crashes."""
PACKAGES = ("numpy", "pandas", "pyarrow", "requests", "filelock")


class StepError(Exception):
    """What a step saw is not what must be. In English in any language: it is for a bug report."""


class SkippedError(Exception):
    """A step cannot be taken on this computer, which is no failure; the message says why."""


@dataclass(slots=True)
class _Job:
    """What the steps share, and what one leaves for the next."""

    folder: Path
    exchange: DemoExchange
    settings: Settings
    manager: IngestionManager
    reports: dict[str, AssetReport] = field(default_factory=dict)

    @property
    def store(self) -> Store:
        return self.manager.store

    @property
    def requests(self) -> int:
        """How many requests for bars the exchange has answered."""
        return self.exchange.log.by_path.get("klines", 0)

    def stored(self, symbol: str, timeframe: str = "1m") -> pd.DataFrame:
        return self.store.read(self.manager.provider, symbol, timeframe)

    def base(self, symbol: str) -> Path:
        return self.settings.paths.data_root / "processed" / self.manager.provider / symbol / "1m"


Step = tuple[str, Callable[[_Job], str]]
"""A name for people, and what returns the step's figures; it raises StepError or a ThreadXError."""


def main(steps: Callable[[], Iterable[Step]] | None = None) -> int:
    """Run every step, print it with its figures, and return 0, or 1 with the step that failed.

    `steps` is the whole main job unless given; it is called after the language is chosen.
    """
    began = time.perf_counter()
    print(_versions())
    with tempfile.TemporaryDirectory(prefix="threadx-selftest-", ignore_cleanup_errors=True) as name:
        failed = _run_all(Path(name), (_steps if steps is None else steps)())
    seconds = time.perf_counter() - began
    print(_("{seconds} s in all").format(seconds=number(seconds, 1)))
    if failed is not None:
        print(f"SELFTEST FAILED: {failed}")
        return 1
    print("SELFTEST OK")
    return 0


def _run_all(folder: Path, steps: Iterable[Step]) -> str | None:
    """Run the steps; return the name of the one that failed, after printing why."""
    with contextlib.ExitStack() as stack:
        exchange = stack.enter_context(DemoExchange(now=NOW))
        settings = Settings.under(folder).with_source(exchange.url, "demo")
        manager = stack.enter_context(IngestionManager(settings))
        job = _Job(folder, exchange, settings, manager)
        for name, step in steps:
            try:
                _timed(name, step, job)
            except SkippedError as reason:
                print(_("SKIP  {step}: {reason}").format(step=name, reason=printable(str(reason))))
            except (ThreadXError, StepError) as error:
                _print_failure(name, error)
                return name
            except Exception as error:  # noqa: BLE001 - a program ends here: say where, in one line
                where = traceback.extract_tb(error.__traceback__)[-1]
                _print_failure(name, StepError(f"{type(error).__name__}: {error} ({where.filename}:{where.lineno})"))
                return name
    return None


def _steps() -> Iterator[Step]:
    yield _("dry run"), _dry_run
    yield _("download"), _download
    yield _("rerun"), _rerun
    yield _("outage"), _outage
    yield _("derived bars"), _derived
    yield _("verify"), _verify
    yield _("read back"), _read_back
    yield _("registry"), _registry
    yield _("history"), _history
    yield _("window"), _window


def _timed(name: str, step: Callable[[_Job], str], job: _Job) -> None:
    began = time.perf_counter()
    figures = step(job)
    seconds = number(time.perf_counter() - began, 2)
    line = _("{step}: {figures} ({seconds} s)").format(step=name, figures=figures, seconds=seconds)
    print(f"ok    {line}", flush=True)


def _print_failure(name: str, error: Exception) -> None:
    message, hint = translate_error(error) if isinstance(error, ThreadXError) else (str(error), "")
    print(f"FAIL  {name}: {printable(message)}")
    if hint:
        print(_("next: {hint}").format(hint=printable(hint)))


def _must(holds: bool, what: str) -> None:  # noqa: FBT001 - reads as a sentence
    if not holds:
        raise StepError(what)


def _versions() -> str:
    packages = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    return f"ThreadX {__version__}, Python {platform.python_version()}, {platform.platform()}\n{packages}"


def _listing(folder: Path) -> list[tuple[str, int, int]]:
    paths = sorted(folder.rglob("*"))
    return [(str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in paths]


def _update(job: _Job, *, dry_run: bool = False) -> dict[str, AssetReport]:
    reports = job.manager.update_assets_batch(SYMBOLS, START, END, TIMEFRAMES, dry_run=dry_run)
    for report in reports.values():
        if report.failure is not None:
            raise report.failure
        _must(report.success, f"{report.symbol}: {report.error}")
    return reports


def _dry_run(job: _Job) -> str:
    before = _listing(job.folder)
    reports = _update(job, dry_run=True)
    _must(_listing(job.folder) == before, "a dry run changed files")
    plans = [report.plan for report in reports.values() if report.plan is not None]
    bars, requests = sum(plan.rows for plan in plans), sum(plan.requests for plan in plans)
    _must(bars == 2 * DAYS * 1440, f"{bars} bars planned")
    return _("{bars} bars in {requests} requests planned, nothing written").format(
        bars=number(bars), requests=number(requests)
    )


def _download(job: _Job) -> str:
    began = time.perf_counter()
    job.reports = _update(job)
    seconds = time.perf_counter() - began
    rows = sum(report.rows for report in job.reports.values())
    _must(rows == 2 * MINUTES, f"{rows} bars stored, {2 * MINUTES} exist")
    return _("{bars} bars of {symbols} in {requests} requests, {rate} bars per s").format(
        bars=number(rows), symbols=", ".join(SYMBOLS), requests=number(job.requests), rate=number(rows / seconds)
    )


def _rerun(job: _Job) -> str:
    before = job.requests
    reports = _update(job)
    _must(job.requests == before, f"{job.requests - before} requests for bars that are stored")
    _must(sum(report.rows for report in reports.values()) == 0, "stored bars were written again")
    return _("nothing to fetch, no request for bars")


def _outage(job: _Job) -> str:
    for symbol in SYMBOLS:
        gaps = find_gaps(job.stored(symbol))
        found = [(row.start, row.end) for row in gaps.itertuples()]
        _must(found == [OUTAGE], f"{symbol}: gaps at {found}")
        minutes = total_minutes([gap.interval for gap in job.reports[symbol].gaps])
        _must(minutes == OUTAGE_MINUTES, f"{symbol}: {minutes} missing minutes reported")
    return _("{minutes} minutes missing at the exchange itself, reported and not filled").format(minutes=OUTAGE_MINUTES)


def _derived(job: _Job) -> str:
    loader = BinanceDataLoader(job.settings)
    bars = 0
    for symbol in SYMBOLS:
        truth = job.stored(symbol)
        for timeframe in TIMEFRAMES:
            theirs = loader.load(symbol, timeframe, START, END)
            ours = job.stored(symbol, timeframe)
            _hold(f"{symbol} {timeframe}", ours, theirs)
            report = job.manager.verify_resample_consistency(truth, theirs, timeframe)
            _must(bool(report), f"{symbol} {timeframe}: {report}")
            bars += len(ours)
    quiet = float((job.stored(THIN)["volume"] == 0).mean())
    return _(
        "{bars} bars of {timeframes} equal the exchange's own; {share} % of {thin}'s minutes have no trade"
    ).format(bars=number(bars), timeframes=" ".join(TIMEFRAMES), share=number(quiet * 100), thin=THIN)


def _hold(name: str, ours: pd.DataFrame, theirs: pd.DataFrame) -> None:
    _must(ours.index.equals(theirs.index), f"{name}: {len(ours)} bars, the exchange has {len(theirs)}")
    for column in PRICE_COLS:
        differing = int((ours[column] != theirs[column]).sum())
        _must(differing == 0, f"{name}: {differing} bars differ in {column}")
    _must(np.allclose(ours["volume"], theirs["volume"], rtol=1e-12, atol=0), f"{name}: volumes differ")


def _verify(job: _Job) -> str:
    report = job.store.verify("deep")
    _must(report.ok, "; ".join(str(finding) for finding in report.findings))
    return _("level deep, {files} files of {series} series, nothing found").format(
        files=number(report.files), series=number(report.series)
    )


def _read_back(job: _Job) -> str:
    loader = BinanceDataLoader(job.settings)
    for symbol in SYMBOLS:
        frame = read_frame_partitioned(job.base(symbol), symbol, START, END)
        assert_udfi(frame, strict=True)
        theirs = loader.load(symbol, "1m", START, END)
        _hold(f"{symbol} 1m", frame, theirs)
    one_file = read_frame(next(job.base(THIN).rglob("*.parquet")))
    return _("1m bars equal the exchange's; one month file alone has {rows} rows").format(rows=number(len(one_file)))


def _registry(job: _Job) -> str:
    registry = RegistryManager(job.settings.paths.data_root)
    datasets = registry.list_datasets(provider=job.manager.provider)
    _must(len(datasets) == 2 * (1 + len(TIMEFRAMES)), f"{len(datasets)} datasets listed")
    _must(all(each.data_quality == 1.0 for each in datasets), "a quality below 1")
    totals = registry.quick_inventory()
    return _("{datasets} datasets, {rows} bars, {size} MB").format(
        datasets=number(totals["total_datasets"]),
        rows=number(totals["total_rows"]),
        size=number(totals["total_size_mb"], 1),
    )


def _history(job: _Job) -> str:
    """Change one bar, read the bank as it was before, and take the change back."""
    before = job.stored(LIQUID)
    generation = job.store.history(job.manager.provider, LIQUID)[-1].gen
    changed = before.iloc[[0]].copy()
    changed["close"] = changed["high"]
    changed["volume"] += 1.0
    write_frame_partitioned(changed, job.base(LIQUID), LIQUID, WriteOptions(mode="upsert"))
    _must(job.stored(LIQUID)["volume"].iloc[0] == changed["volume"].iloc[0], "the change is not there")
    then = read_frame_partitioned(job.base(LIQUID), LIQUID, START, END, as_of=generation)
    _must(then.equals(before), f"generation {generation} reads differently now")
    job.store.undo(job.manager.provider, LIQUID)
    _must(job.stored(LIQUID).equals(before), "undo did not bring the bar back")
    kept = len(job.store.history(job.manager.provider, LIQUID))
    return _("a changed bar read as of generation {generation} and taken back; {kept} generations kept").format(
        generation=number(generation), kept=number(kept)
    )


def _window(job: _Job) -> str:
    """Have the real window opened on this bank, in a program of its own."""
    if getattr(sys, "frozen", False):
        raise SkippedError(_("a bundled program does not open a second one"))
    command = (sys.executable, "-P", "-c", WINDOW, str(job.folder), job.exchange.url, LIQUID, str(time.time()))
    place = str(Path(__file__).resolve().parents[1])
    try:
        done = subprocess.run(  # noqa: S603 - this same Python, and a program of ours
            [*command, place], check=False, capture_output=True, encoding="utf-8", timeout=WINDOW_S
        )
    except subprocess.TimeoutExpired as error:
        raise StepError(f"the window hangs for {WINDOW_S} s") from error
    lines = done.stdout.splitlines()
    if done.returncode < 0 and not lines:  # macOS ends a program that has no way to the screen
        raise SkippedError(_("Tk was ended by the system (signal {number})").format(number=-done.returncode))
    if done.returncode or not lines:
        last = (done.stderr.strip().splitlines() or [""])[-1]
        raise StepError(f"the window ended with {done.returncode}: {last}")
    told = json.loads(lines[-1])
    if "skip" in told:
        raise SkippedError(told["skip"])
    _must("problem" not in told, str(told.get("problem")))
    return _("to be seen after {visible} s, {tabs} tabs drawn in {drawn} s, closed in {closed} s").format(
        visible=number(told["visible_s"], 2),
        tabs=number(told["tabs"]),
        drawn=number(told["drawn_s"], 2),
        closed=number(told["closed_s"], 2),
    )
