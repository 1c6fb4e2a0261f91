"""The universe of a past day from the bank alone: what came later changes nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as sized
from hypothesis import strategies as st

from tests.data.memory_source import DAY_MS, T0, minutes, without
from threadx.bars.schema import frame_from_columns
from threadx.config_model import Universe
from threadx.data.past_universe import past_ranking
from threadx.data.ranking import Basis
from threadx.errors import DataNotFoundError
from threadx.progress import NULL_PROGRESS
from threadx.store import Store

END = T0 + 3 * DAY_MS


@pytest.fixture
def store(settings):
    return Store(settings.paths.data_root, settings=settings)


def bars(first_ms, count, volume=1.0):
    columns = minutes(first_ms, count)
    return columns | {name: columns[name] * volume for name in ("volume", "quote_volume")}


def write(store, symbol, columns):
    store.write("demo", symbol, frame_from_columns(columns), derive=())


def ranking_at(store, end_ms, limit=10, **rules):
    return past_ranking(
        store, Universe(**rules), provider="demo", quote="USDC", limit=limit, end_ms=end_ms, progress=NULL_PROGRESS
    )


def test_the_quote_volume_of_the_24_hours_before_decides(store):
    for symbol, volume in (("AUSDC", 1), ("BUSDC", 3), ("CUSDC", 2), ("DUSDT", 9)):
        write(store, symbol, bars(END - DAY_MS, 1440, volume))
    write(store, "EUSDC", bars(END - 2 * DAY_MS, 1440, 50))
    ranking = ranking_at(store, END)
    assert ranking.symbols == ("BUSDC", "CUSDC", "AUSDC")
    assert (ranking.basis, ranking.made_ms, ranking.has_caps) == (Basis.BANK, END, False)
    assert "stored quote volume of the 24 hours before" in str(ranking.notes[0])
    assert {each.symbol: str(each.reason) for each in ranking.excluded} == {
        "EUSDC": "no bar stored in the 24 hours before"}  # fmt: skip


def test_a_symbol_whose_bars_begin_later_is_not_even_named(store):
    write(store, "AUSDC", bars(END - DAY_MS, 1440))
    then = ranking_at(store, END)
    write(store, "LATEUSDC", bars(END, 60))
    assert ranking_at(store, END) == then


def test_lists_exclude_here_too_and_names_are_not_spliced(store):
    for symbol in ("MATICUSDC", "POLUSDC", "WBTCUSDC", "JUPUSDC"):
        write(store, symbol, bars(END - DAY_MS, 60, 2 if symbol == "MATICUSDC" else 1))
    ranking = ranking_at(store, END)
    assert set(ranking.symbols) == {"MATICUSDC", "POLUSDC", "JUPUSDC"}
    assert [each.base for each in ranking.excluded] == ["WBTC"]


def test_where_the_source_sent_no_quote_volume_volume_at_the_close_counts(store):
    plain = {name: values for name, values in bars(END - DAY_MS, 10, 7).items() if name != "quote_volume"}
    write(store, "AUSDC", plain)
    assert ranking_at(store, END)[0].volume == pytest.approx(float((plain["volume"] * plain["close"]).sum()))


def test_a_bar_that_was_not_finished_by_then_is_not_looked_at(store):
    loud = bars(END - DAY_MS, 1441)
    loud["quote_volume"][-1] = 1e12
    write(store, "AUSDC", loud)
    assert ranking_at(store, END)[0].volume < 1e12
    assert ranking_at(store, END + 59_999)[0].volume < 1e12
    assert ranking_at(store, END + 60_000)[0].volume > 1e12


def test_nothing_stored_then_is_an_error(store):
    with pytest.raises(DataNotFoundError, match="no bar against USDC stored"):
        ranking_at(store, END)
    write(store, "AUSDC", bars(END, 60))
    with pytest.raises(DataNotFoundError):
        ranking_at(store, END)


@sized(max_examples=12, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(
    later=st.dictionaries(st.sampled_from(["AUSDC", "BUSDC", "CUSDC", "NEWUSDC"]), st.floats(0, 1e9), min_size=1),
    start=st.integers(0, 2000),
    hour=st.integers(-12, 0),
)
def test_no_look_ahead_bars_after_the_moment_cannot_change_the_answer(tmp_path_factory, settings, later, start, hour):
    end_ms = END + hour * 3_600_000
    store = Store(tmp_path_factory.mktemp("bank"), settings=settings)
    for symbol, volume in (("AUSDC", 1.0), ("BUSDC", 2.0), ("CUSDC", 2.0)):
        write(store, symbol, bars(end_ms - DAY_MS, 1440, volume))
    before = ranking_at(store, end_ms)
    for symbol, volume in later.items():
        write(store, symbol, bars(end_ms + start * 60_000, 30, volume))
    after = ranking_at(store, end_ms)
    assert after.tokens == before.tokens
    assert {each.symbol for each in after.excluded} <= {"NEWUSDC"}


def test_a_hole_in_the_bars_is_no_volume(store):
    whole = bars(END - DAY_MS, 1440)
    write(store, "AUSDC", without(whole, END - DAY_MS, END - DAY_MS // 2))
    half = float(np.sum(whole["quote_volume"][720:]))
    assert ranking_at(store, END)[0].volume == pytest.approx(half)
