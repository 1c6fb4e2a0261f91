"""Long exports and checks in a process of their own: same results, counts that arrive, a cancel that is heard."""

from __future__ import annotations

from functools import partial

import pytest

from tests import far_work
from tests.bridge.conftest import BTC, DAY_1, DAY_2
from tests.data.excel_file import sheets
from tests.patience import comes_true
from threadx import workers
from threadx.bridge import apart
from threadx.bridge.events import JobKind, JobSpec
from threadx.errors import DataNotFoundError, JobCancelled
from threadx.progress import Progress, ProgressEvent


@pytest.fixture
def engine(bridge, watch):
    (job,) = bridge.download([BTC], DAY_1, DAY_2)
    assert watch.end_of(job).result.rows == 2 * 1440
    return bridge.engine()


def spec_of(path, symbol=BTC) -> JobSpec:
    series = (("demo", symbol, "1m"),)
    return JobSpec(JobKind.EXPORT, symbol, series=series, path=str(path), format=path.suffix[1:])


def test_an_export_apart_writes_what_one_here_writes(engine, tmp_path):
    here, there = tmp_path / "here.xlsx", tmp_path / "there.xlsx"
    (made,) = apart.export(engine, spec_of(here), Progress())
    (made_apart,) = apart.export(engine, spec_of(there), Progress(), many=1)
    assert (made.rows, made.sheets) == (made_apart.rows, made_apart.sheets) == (2 * 1440, ("BTCUSDC 1m",))
    assert sheets(here) == sheets(there)


def test_a_verification_apart_finds_what_one_here_finds_and_is_remembered(engine):
    heard: list[ProgressEvent] = []
    spec = JobSpec(JobKind.VERIFY, level="deep")
    report = apart.verify(engine, spec, Progress(heard.append), many=1)
    assert report == apart.verify(engine, spec, Progress())
    assert report.ok
    assert heard
    assert engine.inventory.rows()[0].check.level == "deep"


def test_an_error_of_an_export_apart_is_the_same_error(engine, tmp_path):
    with pytest.raises(DataNotFoundError, match="no bars there to export"):
        apart.export(engine, spec_of(tmp_path / "x.csv", "ETHUSDC"), Progress(), many=0)


def test_a_cancelled_export_apart_leaves_nothing(engine, tmp_path):
    out, there_when_cancelled = tmp_path / "out", []

    def cancel_amid(event: ProgressEvent) -> None:
        if event.done:
            there_when_cancelled.extend(out.iterdir())
            progress.cancel()

    progress = Progress(cancel_amid)
    with pytest.raises(JobCancelled):
        workers.apart(far_work.export_and_stop_amid, engine.settings, spec_of(out / "x.xlsx"), progress=progress)
    assert there_when_cancelled
    assert comes_true(lambda: not list(out.iterdir())), "it puts its files away"


def test_an_export_apart_that_is_not_wanted_any_more_does_not_begin(engine, tmp_path):
    cancelled = Progress()
    cancelled.cancel()
    with pytest.raises(JobCancelled):
        apart.export(engine, spec_of(tmp_path / "out" / "x.xlsx"), cancelled, many=1)
    assert not (tmp_path / "out").exists()


def test_a_shown_table_is_written_apart_where_it_is_long(bridge_settings, tmp_path):
    write = partial(apart.table, bridge_settings, ["number"])
    (short,) = write([[1]], str(tmp_path / "short.csv"), "", Progress())
    (long,) = write([[n] for n in range(apart.MANY_EXPORTED)], str(tmp_path / "long.csv"), "", Progress())
    assert (short.rows, long.rows) == (1, apart.MANY_EXPORTED)
