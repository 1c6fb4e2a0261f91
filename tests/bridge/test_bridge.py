"""The verbs of the bridge on the embedded exchange, to the end."""

from __future__ import annotations

import dataclasses
import logging

import pytest

from tests.bridge.conftest import BTC, DAY_1, DAY_2, DAY_3, ETH, NOW, SOL
from threadx.bridge import JobState, LogLine, ThreadXBridge
from threadx.demo.faults import Fault
from threadx.store import Store


def test_a_download_is_one_job_per_symbol_and_ends_with_a_report(bridge, watch):
    ids = bridge.download([BTC, ETH], DAY_1, DAY_2, ["15m"])
    ends = [watch.end_of(job_id) for job_id in ids]
    assert [end.state for end in ends] == [JobState.DONE, JobState.DONE]
    assert [end.result.rows for end in ends] == [2880, 2880]
    assert ends[0].result.timeframes == ("1m", "15m", "1h")
    assert (ends[0].done, ends[0].total, ends[0].unit) == (2880, 2880, "bars")


def test_a_dry_run_plans_exactly_and_writes_nothing(bridge, watch, bridge_settings):
    end = watch.end_of(bridge.dry_run([BTC, ETH], DAY_1, DAY_2))
    assert end.result.totals.rows == 2 * 2880
    assert not bridge_settings.paths.data_root.exists()


def test_symbols_carry_their_last_stored_bar(bridge, watch):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    rows = {row.symbol: row for row in watch.value_of(bridge.symbols)}
    assert rows[BTC].last_bar_ms == 1_717_113_540_000
    assert rows[ETH].last_bar_ms is None
    assert rows[BTC].tradable


def test_bars_inventory_and_heat_map_show_what_is_stored(bridge, watch):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_2)[0])
    bars = watch.value_of(lambda progress: bridge.bars("demo", BTC, "1h", progress=progress))
    assert len(bars["open_time"]) == 48
    rows = watch.value_of(bridge.inventory)
    assert [(row.symbol, row.timeframe, row.rows) for row in rows] == [(BTC, "1m", 2880), (BTC, "1h", 48)]
    heat = watch.value_of(lambda progress: bridge.heat_map(progress=progress))
    assert heat.series == (("demo", BTC),)
    assert heat.stored[0, 0] == 2880


def test_export_verify_delete_and_undo_are_jobs(bridge, watch, tmp_path, bridge_settings):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    made = watch.end_of(bridge.export([("demo", BTC, "1m")], str(tmp_path / "out.csv"), "csv")).result
    assert made[0].rows == 1440
    assert watch.end_of(bridge.verify(level="deep")).result.ok
    watch.end_of(bridge.delete([("demo", BTC)])[0])
    store = Store(bridge_settings.paths.data_root, settings=bridge_settings)
    assert store.series() == []
    watch.end_of(bridge.undo([("demo", BTC)])[0])
    assert Store(bridge_settings.paths.data_root, settings=bridge_settings).series() == [("demo", BTC)]


def test_what_was_deleted_is_known_and_generations_can_be_compared(bridge, watch):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    assert watch.value_of(bridge.deleted_series) == []
    folder = watch.value_of(lambda progress: bridge.folder("demo", BTC, "1h", progress))
    assert any(folder.rglob("*.parquet"))
    watch.end_of(bridge.delete([("demo", BTC)])[0])
    assert watch.value_of(bridge.deleted_series) == [("demo", BTC)]
    kept = watch.value_of(lambda progress: bridge.history("demo", BTC, progress))
    found = watch.value_of(lambda progress: bridge.diff("demo", BTC, 0, kept[0].gen, progress))
    assert found.added == 1440 + 24


def test_a_download_that_is_under_way_already_is_not_queued_twice(exchange, bridge, watch):
    exchange.faults.add(Fault.HANG, path="klines", times=None, seconds=60.0)
    first = bridge.download([BTC, ETH, BTC], DAY_1, DAY_2)
    assert bridge.download([ETH, BTC], DAY_1, DAY_2) == first[::-1]
    other = bridge.download([BTC], DAY_1, DAY_1)
    assert other[0] not in first
    bridge.jobs.cancel_all()
    for job_id in [*first, *other]:
        watch.end_of(job_id)
    exchange.faults.clear()
    (later,) = bridge.download([BTC], DAY_1, DAY_2)
    assert later not in first
    assert watch.end_of(later).state is JobState.DONE


def test_update_all_brings_every_stored_symbol_to_now(exchange, bridge, watch):
    for job_id in bridge.download([BTC, ETH], DAY_1, DAY_1):
        watch.end_of(job_id)
    end = watch.end_of(bridge.update_all())
    reports = [watch.end_of(job_id).result for job_id in end.result]
    assert sorted(report.symbol for report in reports) == [BTC, ETH]
    assert {report.plan.wanted.end_ms for report in reports} == {int(NOW.timestamp()) // 60 * 60_000}


def test_a_download_again_asks_for_what_is_stored(exchange, bridge, watch):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    exchange.log.clear()
    end = watch.end_of(bridge.download([BTC], DAY_1, DAY_1, refetch=True)[0])
    assert (end.state, end.result.rows, end.result.plan.stored_again) == (JobState.DONE, 0, 1440)
    assert exchange.log.by_path["klines"] == 2


def test_the_number_of_workers_is_what_was_asked(exchange, bridge, watch):
    exchange.faults.add(Fault.HANG, path="klines", times=None, seconds=60.0)
    ids = bridge.download([BTC, ETH, SOL], DAY_1, DAY_1, workers=1)
    watch.until(lambda: bridge.jobs.event(ids[0]).state is JobState.RUNNING)
    assert bridge.jobs.order() == tuple(ids[1:])
    bridge.jobs.cancel_all()


def test_damage_is_found_shown_and_mended(bridge, watch, bridge_settings):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    store = Store(bridge_settings.paths.data_root, settings=bridge_settings)
    hours = next((bridge_settings.paths.data_root / "processed").rglob("1h/**/*.parquet"))
    hours.chmod(0o644)
    hours.write_bytes(b"x" * 100)
    found = watch.end_of(bridge.verify([("demo", BTC)], "full"))
    assert (found.state, found.result.ok) == (JobState.DONE, False)
    assert {row.checked for row in watch.value_of(bridge.inventory)} == {False}
    assert watch.end_of(bridge.verify([("demo", BTC)], "full", repair=True)).result.ok
    assert len(store.read("demo", BTC, "1h")) == 24
    with pytest.raises(ValueError, match="no such level"):
        bridge.verify(level="thorough")


def test_a_shown_table_is_exported_by_a_job(bridge, watch, tmp_path):
    end = watch.end_of(bridge.export_table(["symbol", "rows"], [[BTC, 1440]], str(tmp_path / "t.csv"), "Inventory"))
    assert end.result[0].rows == 1
    assert (tmp_path / "t.csv").read_text("utf-8-sig").splitlines() == ["symbol,rows", f"{BTC},1440"]
    with pytest.raises(ValueError, match="nothing to export"):
        bridge.export([], str(tmp_path), "csv")


def test_an_export_of_what_is_not_there_fails_with_a_hint(bridge, watch, tmp_path):
    end = watch.end_of(bridge.export([("demo", BTC, "1m")], str(tmp_path / "x.csv"), "csv"))
    assert (end.state, bool(end.hint)) == (JobState.FAILED, True)


def test_spans_gaps_and_history_are_read_from_the_manifests(bridge, watch):
    assert watch.value_of(lambda progress: bridge.span("demo", BTC, "1m", progress)) is None
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    watch.end_of(bridge.download([BTC], DAY_3, DAY_3)[0])
    first_ms, last_ms = watch.value_of(lambda progress: bridge.span("demo", BTC, "1h", progress))
    assert last_ms - first_ms == 71 * 3_600_000
    (gap,) = watch.value_of(lambda progress: bridge.gaps("demo", BTC, progress))
    assert gap.interval.minutes == 1440
    assert len(watch.value_of(lambda progress: bridge.history("demo", BTC, progress))) == 2
    month = watch.value_of(lambda progress: bridge.month_gaps("demo", BTC, "2024-05", progress))
    assert [each.interval.minutes for each in month] == [29 * 1440, 1440]


def test_status_and_diagnostics_say_what_is_known_and_nothing_secret(bridge, watch, bridge_settings):
    assert (bridge.status().provider, bridge.status().host, bridge.status().reachable) == ("demo", "", None)
    watch.value_of(bridge.ping)
    status = bridge.status()
    assert (status.host, status.reachable) == (bridge_settings.source.rest_hosts[0], True)
    assert status.weight_used is not None
    text = bridge.diagnostics()
    assert "reachable: yes" in text
    assert str(bridge_settings.paths.data_root) in text
    secret = dataclasses.replace(bridge_settings.source, proxy="http://me:word@proxy:1")
    with ThreadXBridge(dataclasses.replace(bridge_settings, source=secret)) as other:
        assert "word" not in other.diagnostics()


def test_the_log_comes_through_the_same_queue(bridge, watch):
    logging.getLogger("threadx").setLevel(logging.INFO)
    job_id = bridge.download([BTC], DAY_1, DAY_1)[0]
    watch.end_of(job_id)
    logging.getLogger("threadx").setLevel(logging.NOTSET)
    lines = [event for event in watch.drain() if isinstance(event, LogLine) and event.job_id == job_id]
    assert any(line.text.startswith(f"{BTC}: ") for line in lines)
    assert {line.symbol for line in lines} == {BTC}


def test_the_engine_is_loaded_on_a_worker_thread(bridge, watch):
    assert watch.answer_to(bridge.warm_up()).value is True
    assert bridge.status().host


def test_without_settings_the_usual_ones_are_taken(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "paths.toml").write_text("[source]\nname = 'demo'\n")
    with ThreadXBridge() as bridge:
        assert bridge.provider == "demo"


def test_changed_settings_act_at_once_where_nothing_open_was_made_of_them(bridge, watch, bridge_settings):
    watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0])
    changed = dataclasses.replace(
        bridge_settings,
        ingest=dataclasses.replace(bridge_settings.ingest, timeframes=("1h", "4h"), workers=1),
        limits=dataclasses.replace(bridge_settings.limits, weight_share=0.25, connections=2),
        source=dataclasses.replace(bridge_settings.source, name="binance"),
        store=dataclasses.replace(bridge_settings.store, keep_operations=3),
    )
    watch.value_of(lambda _progress: bridge.adopt(changed))
    assert bridge.provider == "demo"
    assert bridge.settings.limits == dataclasses.replace(bridge_settings.limits, weight_share=0.25)
    assert bridge.engine().store.bank.keep_operations == 3
    report = watch.end_of(bridge.download([BTC], DAY_1, DAY_1)[0]).result
    assert report.timeframes == ("1m", "1h", "4h")
