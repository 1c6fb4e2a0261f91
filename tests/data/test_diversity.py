"""Groups of symbols: found however they are written, read from the bank, downloaded when asked, and compared."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pandas as pd
import pytest

from tests.data.memory_source import DAY_MS, T0, MemorySource, minutes
from threadx.bars.schema import frame_from_columns
from threadx.config import Groups
from threadx.data.ingest import IngestionManager
from threadx.data.tokens import TokenDiversityConfig, TokenDiversityDataSource, create_default_config
from threadx.data.udfi_contract import assert_udfi
from threadx.errors import DataError, DataNotFoundError, UnknownSymbolError, UnsupportedTimeframeError

DAYS = 12
NOW = T0 + DAYS * DAY_MS + 90_000


@pytest.fixture
def bank_settings(settings):
    ingest = dataclasses.replace(settings.ingest, timeframes=("1h", "1d"), settle_delay_s=0)
    groups = Groups((("L1", ("BTC", "ETH", "SOL")), ("Mine", ("BTCUSDT", "AAA"))))
    return dataclasses.replace(settings, ingest=ingest, groups=groups)


@pytest.fixture
def market():
    return MemorySource({name: minutes(T0, DAYS * 1440) for name in ("BTCUSDC", "ETHUSDC", "SOLUSDC")}, now_ms=NOW)


@pytest.fixture
def group(bank_settings, market):
    """BTC and ETH are stored, ETH running against BTC; SOL is not."""
    manager = IngestionManager(bank_settings, source=market)
    config = create_default_config(bank_settings)
    rng = np.random.default_rng(3)
    steps = rng.normal(0, 0.03, DAYS).repeat(1440).cumsum() / 1440
    for symbol, way in (("BTCUSDC", 1.0), ("ETHUSDC", -1.0)):
        columns = minutes(T0, DAYS * 1440)
        close = 100 * np.exp(way * steps)
        columns |= {"open": close, "high": close, "low": close, "close": close, "volume": np.ones(len(close))}
        manager.store.write(market.name, symbol, frame_from_columns(columns))
    return TokenDiversityDataSource(config, manager=manager)


def test_the_default_groups_are_those_of_the_settings(settings):
    config = create_default_config(settings)
    assert config.groups["L1"] == ("BTC", "ETH", "SOL", "ADA")
    assert set(config.groups) == {"L1", "DeFi", "L2", "Stable"}


@pytest.mark.parametrize("name", ["L1", "l1", " l1 ", "L 1"])
def test_letter_case_and_spaces_of_a_group_do_not_matter(group, name):
    assert group.list_symbols(name) == ["BTCUSDC", "ETHUSDC", "SOLUSDC"]


def test_all_groups_together_name_each_symbol_once(group):
    assert group.list_symbols() == ["BTCUSDC", "ETHUSDC", "SOLUSDC", "BTCUSDT", "AAAUSDC"]
    assert group.list_groups() == ["L1", "Mine"]


def test_an_unknown_group_is_an_error_with_a_suggestion(group):
    with pytest.raises(DataNotFoundError) as caught:
        group.list_symbols("L11")
    assert "did you mean L1?" in caught.value.hint


def test_timeframes_are_known_by_their_aliases_too(group):
    offered = group.supported_timeframes()
    assert offered[:3] == ("1m", "3m", "5m")
    for alias in ("M1", "H1", "H4", "D1", "1M"):
        assert alias in offered
    assert "3d" not in offered
    assert 5 not in offered


def test_a_timeframe_that_is_not_offered_is_an_error(bank_settings):
    config = TokenDiversityConfig(groups={"A": ("BTC",)}, supported_tf=("1h", "4h"), settings=bank_settings)
    with TokenDiversityDataSource(config) as few:
        assert "H4" in few.supported_timeframes()
        with pytest.raises(UnsupportedTimeframeError) as caught:
            few.get_frame("BTC", "1m")
        assert "1h 4h" in caught.value.hint
        with pytest.raises(UnsupportedTimeframeError):
            few.get_frame("BTC", "nonsense")


@pytest.mark.parametrize("symbol", ["BTCUSDC", "btcusdc", " BTC ", "btc"])
@pytest.mark.parametrize("timeframe", ["1h", "H1"])
def test_bars_come_from_the_bank_however_symbol_and_timeframe_are_written(group, market, symbol, timeframe):
    frame = group.get_frame(symbol, timeframe)
    assert_udfi(frame)
    assert len(frame) == DAYS * 24
    assert market.asked == []


def test_a_timeframe_that_the_bank_does_not_keep_is_derived_for_the_call(group):
    frame = group.get_frame("BTC", "4h", "2023-03-21", "2023-03-22")
    assert list(frame.index) == list(pd.date_range("2023-03-21", periods=12, freq="4h", tz="UTC", unit="ms"))
    assert "4h" not in group._manager.store.manifest("memory", "BTCUSDC").timeframes


def test_an_unfinished_bucket_is_not_returned(group):
    manager = group._manager
    manager.store.write("memory", "BTCUSDC", frame_from_columns(minutes(T0 + DAYS * DAY_MS, 30)))
    assert len(group.get_frame("BTC", "4h")) == DAYS * 6


def test_what_is_missing_is_downloaded_only_when_asked(group, market):
    with pytest.raises(DataNotFoundError) as caught:
        group.get_frame("SOL", "1h")
    assert "download=True" in caught.value.hint
    frame = group.get_frame("SOL", "1h", "2023-03-20", "2023-03-21", download=True)
    assert (len(frame), market.minutes_asked("SOLUSDC")) == (48, 2880)
    assert len(group.get_frame("SOL", "1h")) == 48


def test_a_symbol_that_is_nearly_one_is_suggested(group):
    with pytest.raises(DataNotFoundError) as caught:
        group.get_frame("SOLL", "1h")
    assert "did you mean SOLUSDC?" in caught.value.hint
    with pytest.raises(UnknownSymbolError):
        group.get_frame("NOSUCH", "1h", "2023-03-20", download=True)


def test_a_range_without_bars_says_which_there_are(group):
    with pytest.raises(DataError) as caught:
        group.get_frame("BTC", "1h", "2020-01-01", "2020-01-02")
    assert "2023-03-20" in f"{caught.value} {caught.value.hint}"


def test_the_report_has_members_coverage_correlation_and_who_is_missing(group):
    report = group.report("l1")
    assert [member.symbol for member in report.members] == ["BTCUSDC", "ETHUSDC"]
    assert all((member.coverage, member.rows) == (1.0, DAYS * 1440) for member in report.members)
    assert report.missing == ("SOLUSDC",)
    assert report.days == DAYS - 1
    assert report.correlation.loc["BTCUSDC", "BTCUSDC"] == pytest.approx(1.0)
    assert report.correlation.loc["BTCUSDC", "ETHUSDC"] == pytest.approx(-1.0, abs=0.01)
    assert report.mean_correlation == pytest.approx(-1.0, abs=0.01)
    said = json.loads(json.dumps(report.as_dict(), allow_nan=False))
    assert (said["group"], said["missing"]) == ("L1", ["SOLUSDC"])


def test_a_return_over_a_day_that_nobody_has_is_no_daily_return(group):
    store = group._manager.store
    for symbol in ("BTCUSDC", "ETHUSDC"):
        frame = store.read("memory", symbol, "1m")
        store.write("memory", symbol, frame[frame.index.day != 25], mode="replace")
    assert group.report("L1").days == DAYS - 3  # neither over the 25th nor into it


def test_only_whole_days_count_where_the_bank_keeps_no_days(bank_settings, market):
    settings = dataclasses.replace(bank_settings, ingest=dataclasses.replace(bank_settings.ingest, timeframes=("1h",)))
    manager = IngestionManager(settings, source=market)
    for symbol in ("BTCUSDC", "ETHUSDC"):
        manager.store.write(market.name, symbol, frame_from_columns(minutes(T0, 5 * 1440 + 30)))
    group = TokenDiversityDataSource(create_default_config(settings), manager=manager)
    assert group.report("L1").days == 4
    assert group.report("L1", start=T0 + 60_000).days == 3


def test_of_two_groups_that_differ_by_case_the_one_that_is_written_is_meant(bank_settings):
    config = TokenDiversityConfig(groups={"L1": ("BTC",), "l 1": ("ETH",)}, settings=bank_settings)
    with TokenDiversityDataSource(config) as source:
        assert (source.list_symbols("L1"), source.list_symbols("l 1")) == (["BTCUSDC"], ["ETHUSDC"])


def test_where_there_is_no_group_at_all_the_next_step_is_to_make_one(bank_settings):
    source = TokenDiversityDataSource(TokenDiversityConfig(groups={}, settings=bank_settings))
    with pytest.raises(DataNotFoundError) as caught:
        source.list_symbols("L1")
    source.close()
    assert "[groups]" in caught.value.hint


def test_a_report_of_nothing_stored_is_empty_and_says_so(group):
    report = group.report("Mine")
    assert (report.members, report.missing, report.days) == ((), ("BTCUSDT", "AAAUSDC"), 0)
    assert math.isnan(report.mean_correlation)
    assert json.dumps(report.as_dict(), allow_nan=False)


def test_too_few_common_days_are_not_compared(group):
    report = group.report("L1", "2023-03-20", "2023-03-22")
    assert report.days == 2
    assert math.isnan(report.mean_correlation)
