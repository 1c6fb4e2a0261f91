"""The whole pipeline on the embedded exchange: from an empty folder, again, after an interruption, with old files."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime

import pytest

from threadx import i18n
from threadx.bridge import JobKind, JobState, ThreadXBridge
from threadx.bridge.engine import Request
from threadx.cli import main
from threadx.config import get_settings
from threadx.data.pipeline import Choice, PipelineSpec, Step, StepState
from threadx.demo import DemoExchange
from threadx.errors import JobCancelled
from threadx.progress import Progress
from threadx.store import Store

NOW = datetime(2024, 3, 10, 12, 0, 30, tzinfo=UTC)
HISTORY_DAYS = 2
DAY_MS = 86_400_000


@pytest.fixture
def exchange():
    with DemoExchange(now=NOW, weight_limit=10**6) as served:
        yield served


@pytest.fixture
def config(tmp_path):
    file = tmp_path / "paths.toml"
    file.write_text(
        f'[ingest]\ntimeframes = ["1h"]\nhistory_days = {HISTORY_DAYS}\n'
        "[indicators]\nbollinger_periods = [20]\nbollinger_std = [2.0]\natr_periods = [14]\nema_periods = [20]\n"
        'vortex_periods = [14]\n[groups]\nBig = ["BTC", "ETH"]\n[ui]\nlanguage = "en"\n'
    )
    yield file
    i18n.activate("en")


@pytest.fixture
def full(config, exchange, capsys):
    """Run `full` on a bank of its own; returns the exit code and the document."""

    def call(*words, code=0):
        ended = main(["full", *words, "--config", str(config), "--source", exchange.url, "--json", "--quiet"])
        out, err = capsys.readouterr()
        assert ended == code, err
        document = json.loads(out)
        return document | {"steps": {each["step"]: each for each in document["steps"]}}

    return call


@pytest.fixture
def settings(config, exchange):
    return get_settings(config).with_source(exchange.url, "demo")


@pytest.fixture
def store(settings):
    return Store(settings.paths.data_root, settings=settings)


@pytest.fixture
def bridge(settings):
    with ThreadXBridge(settings, remember=False, log_lines=False) as opened:
        yield opened


def files_in(folder):
    return sorted(path.relative_to(folder) for path in folder.rglob("*") if path.is_file())


def test_from_an_empty_folder_everything_is_made(full, store, tmp_path):
    document = full("--top", "3", "--timeframes", "1h,4h")

    assert [each["state"] for each in document["steps"].values()] == ["done"] * 5
    assert len(document["symbols"]) == 3
    assert document["steps"]["download"]["rows"] == 3 * (HISTORY_DAYS * 1440 + 720), "the configured history to now"
    assert document["steps"]["indicators"]["computed"] == 3 * 2 * 4
    assert set(store.manifest("demo", document["symbols"][0]).timeframes) == {"1m", "1h", "4h"}
    made = {path.parts[0] for path in files_in(tmp_path / "data")}
    assert {"processed", "indicators", "selection", "quality", "registry"} <= made
    assert not (tmp_path / "data" / ".threadx" / "pipeline.json").exists()


def test_the_exchange_is_asked_as_the_plan_says(full, exchange):
    planned = full("--top", "3", "--dry-run")["steps"]["download"]["planned"]
    exchange.log.clear()

    full("--top", "3")

    listing = 3  # one look at where each symbol begins
    assert exchange.log.by_path["klines"] == planned["requests"] + listing
    assert exchange.log.by_status == {200: exchange.log.total}


def test_again_only_the_new_minutes_are_fetched(full, exchange):
    symbols = full("--top", "3", "--timeframes", "1h")["symbols"]
    exchange.log.clear()
    exchange.advance(3600)

    document = full("--top", "3", "--timeframes", "1h")

    asked = [served for served in exchange.log.recent if served.path == "klines"]
    assert sorted(served.parameters["symbol"] for served in asked) == sorted(symbols)
    assert len(asked) == 3, "one page a symbol"
    assert document["steps"]["download"]["rows"] == 3 * 60
    assert document["resumed"] is False


def test_a_dry_run_says_what_every_step_would_do_and_writes_nothing(full, tmp_path):
    before = files_in(tmp_path)

    document = full("--top", "3", "--dry-run")

    assert len(document["steps"]["select"]["symbols"]) == 3
    assert document["steps"]["download"]["planned"]["requests"] == 3 * 4
    assert files_in(tmp_path) == before


def test_named_symbols_need_no_ranking_and_one_that_fails_stops_no_other(full):
    document = full("--symbols", "BTCUSDC,NOPEUSDC", code=1)

    assert list(document["steps"]) == ["download", "verify", "convert", "indicators"]
    assert document["steps"]["download"]["state"] == "partly"
    assert [each["subject"] for each in document["steps"]["download"]["failures"]] == ["NOPEUSDC"]
    assert document["steps"]["indicators"]["files"] == 4


def test_a_group_is_a_choice_too(full):
    assert full("--group", "Big")["symbols"] == ["BTCUSDC", "ETHUSDC"]


def test_old_files_are_taken_in_on_the_way(full, exchange, store, tmp_path):
    folder = tmp_path / "data" / "raw" / "json"
    folder.mkdir(parents=True)
    start = int(datetime(2024, 2, 1, tzinfo=UTC).timestamp() * 1000)
    bars = exchange.market.columns("SOLUSDC", "1m", start, start + DAY_MS)
    names = ("open_time", "open", "high", "low", "close", "volume")
    rows = [dict(zip(names, row, strict=True)) for row in zip(*(bars[name].tolist() for name in names), strict=True)]
    (folder / "SOLUSDC_1m.json").write_text(json.dumps([{"timestamp": row.pop("open_time"), **row} for row in rows]))
    (folder / "ADAUSDC_1m.json").write_text("no bars")

    document = full("--symbols", "BTCUSDC", code=1)

    assert (document["steps"]["convert"]["files"], document["steps"]["convert"]["added"]) == (2, 1440)
    assert document["steps"]["convert"]["state"] == "partly"
    assert document["steps"]["convert"]["provider"] == "binance"  # the other steps work on demo
    assert store.coverage("binance", "SOLUSDC").stored[0].minutes == 1440


def test_interrupted_it_goes_on_where_it_was(bridge, exchange, store):
    engine, progress = bridge.engine(), Progress()
    spec = PipelineSpec((Step.DOWNLOAD, Step.VERIFY, Step.INDICATORS), Choice(top=2))

    def cancel_at_verify(event):
        if event.subject == "verify":
            progress.cancel()

    with pytest.raises(JobCancelled):
        engine.pipeline(spec, progress.heard_by(cancel_at_verify))
    exchange.log.clear()

    report = engine.pipeline(spec, Progress())

    assert [each.state for each in report.steps] == [
        *(StepState.KEPT, StepState.KEPT, StepState.DONE, StepState.DONE),
    ]
    assert (report.resumed, len(report.symbols), exchange.log.total) == (True, 2, 0)


def test_an_interrupted_verification_goes_on_where_it_was(bridge):
    engine, heard = bridge.engine(), []
    engine.update(["BTCUSDC", "ETHUSDC", "SOLUSDC"], Request(), Progress())
    progress = Progress()

    def cancel_at_the_second(event):
        if (event.unit, event.done) == ("series", 1):
            progress.cancel()

    with pytest.raises(JobCancelled):
        engine.verify([], "full", progress.heard_by(cancel_at_the_second))
    report = engine.verify([], "full", Progress(heard.append))

    assert {event.subject for event in heard if event.unit == "files"} == {"ETHUSDC", "SOLUSDC"}
    assert (report.ok, report.series, report.files, report.before) == (True, 3, 6, 1)
    heard.clear()
    engine.verify([], "full", Progress(heard.append))
    assert len({event.subject for event in heard if event.unit == "files"}) == 3, "it had ended"


def test_as_a_job_it_tells_percent_and_ends_with_its_report(bridge):
    job_id = bridge.pipeline(("download", "verify"), ["BTCUSDC", "ETHUSDC"])
    events = _events(bridge, job_id)

    assert (events[-1].state, events[-1].spec.kind) == (JobState.DONE, JobKind.PIPELINE)
    assert [each.state for each in events[-1].result.steps] == [StepState.DONE] * 2
    assert (events[-1].done, events[-1].total, events[-1].unit) == (100, 100, "percent")


def test_as_a_job_it_fails_with_its_report_where_a_step_did(bridge):
    ended = _events(bridge, bridge.pipeline(("download",), ["NOPEUSDC"]))[-1]

    assert ended.state is JobState.FAILED
    assert "NOPEUSDC" in ended.error
    assert ended.result.of(Step.DOWNLOAD).state is StepState.PARTLY


def _events(bridge, job_id):
    events = []
    done = threading.Event()
    while not (events and events[-1].final):
        assert not done.is_set()
        event = bridge.events.get(timeout=60)
        if getattr(event, "job_id", None) == job_id:
            events.append(event)
    return events
