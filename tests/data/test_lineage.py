"""Renamed assets: a view joins the names in units of the newest; what is stored stays as it came."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.data.memory_source import DAY_MS, T0, minutes
from threadx.bars.schema import frame_from_columns
from threadx.config_model import Universe
from threadx.data.lineage import ORIGIN, SEAM, Renaming, ancestors, joined, renamings
from threadx.errors import DataError, DataNotFoundError
from threadx.store import Store

KNOWN = renamings(Universe().lineage)


@pytest.fixture
def store(settings):
    """OM until the end of day 0, a day of nothing, MANTRA from day 2 on."""
    bank = Store(settings.paths.data_root, settings=settings)
    for symbol, first in (("OMUSDC", T0), ("MANTRAUSDC", T0 + 2 * DAY_MS)):
        bank.write("demo", symbol, frame_from_columns(minutes(first, 1440)), derive=("1h",))
    return bank


def view(store, symbol="MANTRAUSDC", timeframe="1m", **more):
    return joined(store, "demo", symbol, timeframe, KNOWN, **more)


def test_the_settings_name_the_renames_that_are_known():
    assert {(each.old, each.new): each.factor for each in KNOWN} == {
        ("MATIC", "POL"): 1.0, ("FTM", "S"): 1.0, ("OM", "MANTRA"): 4.0}  # fmt: skip


def test_old_bars_come_in_units_of_the_new_asset(store):
    old, both = store.read("demo", "OMUSDC"), view(store)
    before = both[both[ORIGIN] == "OMUSDC"]
    for name in ("open", "high", "low", "close"):
        pd.testing.assert_series_equal(before[name], old[name] / 4)
    for name in ("volume", "taker_buy_base"):
        pd.testing.assert_series_equal(before[name], old[name] * 4)
    for name in ("quote_volume", "taker_buy_quote", "trades"):
        pd.testing.assert_series_equal(before[name], old[name])


def test_the_seam_is_marked_and_the_gap_stays(store):
    both = view(store)
    (seam,) = both.index[both[SEAM]]
    assert seam == pd.Timestamp(T0 + 2 * DAY_MS, unit="ms", tz="UTC")
    assert list(both[ORIGIN].unique()) == ["OMUSDC", "MANTRAUSDC"]
    assert set(both["symbol"]) == {"MANTRAUSDC"}
    assert len(both) == 2 * 1440
    assert both.index.is_monotonic_increasing


def test_new_bars_and_everything_stored_are_untouched(store):
    before = {symbol: store.read("demo", symbol) for symbol in ("OMUSDC", "MANTRAUSDC")}
    both = view(store)
    pd.testing.assert_frame_equal(both[both[ORIGIN] == "MANTRAUSDC"][list(before["MANTRAUSDC"])], before["MANTRAUSDC"])
    for symbol, frame in before.items():
        pd.testing.assert_frame_equal(store.read("demo", symbol), frame)
        assert len(store.history("demo", symbol)) == 1


def test_derived_timeframes_join_too(store):
    assert len(view(store, timeframe="H1")) == 48


def test_where_both_names_have_a_bar_the_newer_counts(store):
    store.write("demo", "OMUSDC", frame_from_columns(minutes(T0 + DAY_MS, 2 * 1440)), derive=())
    both = view(store)
    assert both.index.is_unique
    assert (both.loc[both.index >= both.index[both[SEAM]][0], ORIGIN] == "MANTRAUSDC").all()


def test_a_range_cuts_the_view(store):
    assert set(view(store, start=T0 + 2 * DAY_MS)[ORIGIN]) == {"MANTRAUSDC"}
    assert not view(store, start=T0 + 2 * DAY_MS)[SEAM].any()
    assert set(view(store, end=T0 + DAY_MS)[ORIGIN]) == {"OMUSDC"}


def test_a_range_is_a_part_of_the_whole_view_also_where_both_names_traded_on(store):
    store.write("demo", "OMUSDC", frame_from_columns(minutes(T0 + DAY_MS, 4 * 1440)), derive=())
    store.write("demo", "MANTRAUSDC", frame_from_columns(minutes(T0 + 4 * DAY_MS, 1440)), derive=())
    part = view(store, start=T0 + 3 * DAY_MS)
    whole = view(store)
    assert list(part.index) == list(whole.index[whole.index >= part.index[0]])
    assert set(part[ORIGIN]) == {"MANTRAUSDC"}


def test_another_quote_asset_must_be_named(store):
    with pytest.raises(DataError) as caught:
        view(store, symbol="MANTRAUSDT")
    assert "quote=" in caught.value.hint


def test_an_asset_without_former_names_is_itself(store):
    both = view(store, symbol="OMUSDC")
    pd.testing.assert_frame_equal(both[list(store.read("demo", "OMUSDC"))], store.read("demo", "OMUSDC"))


def test_nothing_stored_under_any_name_is_an_error(store):
    with pytest.raises(DataNotFoundError, match="under former names neither"):
        view(store, symbol="POLUSDC")


def test_a_chain_of_renames_multiplies():
    known = renamings(["A->B 1:10", "B->C 2:1"])
    assert ancestors("C", known) == (("A", 5.0), ("B", 0.5))
    assert ancestors("A", known) == ()


@given(st.lists(st.builds(Renaming, st.sampled_from("ABCD"), st.sampled_from("ABCD"), st.just(2.0)), max_size=6))
def test_renames_that_go_in_circles_end(known):
    names = [name for name, _ in ancestors("A", known)]
    assert "A" not in names
    assert len(names) == len(set(names))
