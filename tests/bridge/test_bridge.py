"""The verbs of the bridge on the embedded exchange, to the end."""

from __future__ import annotations

from tests.bridge.conftest import BTC, DAY_1, DAY_2, ETH
from threadx.bridge import JobState
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
