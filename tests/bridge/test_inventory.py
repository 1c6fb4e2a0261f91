"""What is stored, as rows and as a heat map: against what was written."""

from __future__ import annotations

import numpy as np
import pytest

from tests.data.memory_source import T0, minutes, without
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.schema import frame_from_columns
from threadx.bridge.inventory import Inventory
from threadx.progress import NULL_PROGRESS
from threadx.store import Store

MINUTE = 60_000
HOUR = 60 * MINUTE
DAY = 24 * HOUR
BTC, ETH = "BTCUSDC", "ETHUSDC"
MARCH, APRIL = 11 * 1440 + 720, 1440  # minutes stored of 20 March, noon, to 2 April


@pytest.fixture
def store(settings) -> Store:
    made = Store(settings.paths.data_root, settings=settings)
    whole = minutes(T0 + 12 * HOUR, MARCH + APRIL)
    holes = without(without(whole, T0 + DAY, T0 + DAY + 30 * MINUTE), T0 + 2 * DAY, T0 + 2 * DAY + 10 * MINUTE)
    asked = [Gap(Interval(T0 + 2 * DAY, T0 + 2 * DAY + 10 * MINUTE), GapCause.OUTAGE)]
    made.write("demo", BTC, frame_from_columns(holes), derive=["1h"], empty=asked)
    made.write("demo", ETH, frame_from_columns(minutes(T0 + 12 * DAY, 1440)), derive=["1h"])
    return made


@pytest.fixture
def inventory(store) -> Inventory:
    return Inventory(store)


def row_of(inventory, symbol, timeframe):
    return next(row for row in inventory.rows() if (row.symbol, row.timeframe) == (symbol, timeframe))


def test_a_row_says_what_the_dataset_holds(store, inventory):
    row = row_of(inventory, BTC, "1m")
    assert (row.first_ms, row.last_ms) == (T0 + 12 * HOUR, T0 + 13 * DAY - MINUTE)
    assert (row.rows, row.partitions) == (MARCH + APRIL - 40, 2)
    assert (row.gaps, row.missing_minutes) == (2, 30)
    assert row.quality == pytest.approx(1 - 30 / (MARCH + APRIL - 10))
    assert row.generation == store.manifest("demo", BTC).gen
    assert row.behind_ms > 365 * DAY


def test_a_derived_timeframe_has_the_gaps_of_its_minutes(inventory):
    assert (row_of(inventory, BTC, "1h").gaps, row_of(inventory, ETH, "1h").gaps) == (2, 0)


def test_foreign_timeframes_have_rows_too(store, inventory):
    hours = store.read("demo", ETH, "1h")
    store.write("other", ETH, hours, timeframe="1h")
    row = next(row for row in inventory.rows() if row.provider == "other")
    assert (row.timeframe, row.rows, row.gaps) == ("1h", 24, 0)


def test_rows_follow_new_generations(store, inventory):
    assert row_of(inventory, BTC, "1m").gaps == 2
    store.write("demo", BTC, frame_from_columns(minutes(T0 + DAY, 30)))
    assert (row_of(inventory, BTC, "1m").gaps, row_of(inventory, BTC, "1m").missing_minutes) == (1, 0)


def test_an_empty_bank_has_no_rows_and_no_map(settings):
    empty = Inventory(Store(settings.paths.data_root, settings=settings))
    assert empty.rows() == []
    assert (empty.heat_map().series, empty.heat_map().months) == ((), ())
    assert empty.heat_map().share().shape == (0, 0)
    assert not settings.paths.data_root.exists()


def test_the_map_counts_the_minutes_of_each_month(inventory):
    heat = inventory.heat_map()
    assert heat.series == (("demo", BTC), ("demo", ETH))
    assert heat.months[:2] == ("2023-03", "2023-04")
    assert heat.stored[:, :2].tolist() == [[MARCH - 40, APRIL], [0, 1440]]
    assert heat.expected[:, :2].tolist() == [[31 * 1440 - 10, 30 * 1440], [0, 30 * 1440]]
    share = heat.share()
    assert share[0, 0] == pytest.approx((MARCH - 40) / (31 * 1440 - 10))
    assert np.isnan(share[1, 0])
    assert share[0, 5] == 0


def test_the_map_takes_the_series_asked_for_in_their_order(inventory):
    heat = inventory.heat_map([("demo", ETH), ("demo", "NONE"), ("demo", BTC)])
    assert heat.series == (("demo", ETH), ("demo", BTC))


def test_the_map_agrees_with_the_bars(store, inventory):
    heat = inventory.heat_map()
    for line, (provider, symbol) in enumerate(heat.series):
        months = store.read(provider, symbol).index.strftime("%Y-%m").value_counts()
        assert {heat.months[c]: n for c, n in enumerate(heat.stored[line].tolist()) if n} == months.to_dict()


def test_a_cell_tells_its_gaps_with_their_causes(inventory):
    found = inventory.month_gaps("demo", BTC, "2023-03")
    march = T0 - 19 * DAY
    assert found == [
        Gap(Interval(march, T0 + 12 * HOUR), GapCause.NOT_FETCHED),
        Gap(Interval(T0 + DAY, T0 + DAY + 30 * MINUTE), GapCause.NOT_FETCHED),
        Gap(Interval(T0 + 2 * DAY, T0 + 2 * DAY + 10 * MINUTE), GapCause.OUTAGE),
    ]
    assert inventory.month_gaps("demo", BTC, "2190-01") == []


def test_a_verification_is_shown_until_the_files_change(store, inventory):
    assert row_of(inventory, BTC, "1m").checked is None
    inventory.note(store.verify("full"))
    assert row_of(inventory, BTC, "1h").checked is True
    assert row_of(inventory, BTC, "1h").check.level == "full"
    store.write("demo", BTC, frame_from_columns(minutes(T0 + DAY, 30)))
    assert row_of(inventory, BTC, "1m").checked is None
    assert row_of(inventory, ETH, "1m").checked is True


def test_bars_that_came_while_others_were_verified_are_not_called_verified(store, inventory):
    generations = inventory.generations()
    report = store.verify("full")
    store.write("demo", BTC, frame_from_columns(minutes(T0 + DAY, 30)))
    inventory.note(report, generations=generations)
    assert row_of(inventory, BTC, "1m").checked is None
    assert row_of(inventory, ETH, "1m").checked is True


def test_damage_is_shown_at_the_series_that_has_it(store, inventory):
    manifest = store.manifest("demo", BTC)
    path = store.layout.object(manifest.series, manifest.files["1m/2023-03"].sha256)
    path.chmod(0o644)
    path.write_bytes(b"x" + path.read_bytes()[1:])
    inventory.note(store.verify("full", "demo", BTC, progress=NULL_PROGRESS), {("demo", BTC)})
    assert row_of(inventory, BTC, "1m").checked is False
    assert row_of(inventory, ETH, "1m").checked is None


def test_rows_come_at_once_when_gaps_are_not_counted(inventory):
    quick, whole = inventory.rows(count_gaps=False), inventory.rows()
    assert {row.gaps for row in quick} == {None}
    assert [row.missing_minutes for row in quick] == [row.missing_minutes for row in whole]
