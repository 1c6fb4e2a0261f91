"""Which derived files there should be, told from manifest entries alone."""

from __future__ import annotations

from datetime import UTC, datetime

import numpy as np
import pytest

from tests.store.bank_maker import START_MS, bars, minutes
from threadx.bars.gaps import Gap, GapCause
from threadx.bars.intervals import Interval
from threadx.bars.resample import resample_all
from threadx.bars.schema import OPEN_TIME, columns_from_frame
from threadx.bars.timeframe import ONE_MINUTE, TIMEFRAMES, Timeframe
from threadx.store.changes import split
from threadx.store.derive import cascade, covered_until, expected, outdated, rows_of_month
from threadx.store.layout import Series
from threadx.store.manifest import FileEntry, Lineage
from threadx.store.objects import Dataset, encode

HOUR, DAY, WEEK, MONTH = (Timeframe.parse(name) for name in ("1h", "1d", "1w", "1mo"))


def ms(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def entries(frame) -> dict[str, FileEntry]:
    """Return the 1m entries of a frame, by month."""
    series = Series("binance", "BTCUSDT")
    return {
        month: encode(Dataset(series, ONE_MINUTE, month), part, "lz4")[1]
        for month, part in split(columns_from_frame(frame), whole=False).items()
    }


def test_the_covered_range_reaches_on_through_what_is_confirmed_empty():
    months = entries(bars(100))
    end = START_MS + minutes(100)
    touching = Gap(Interval(end, end + minutes(10)), GapCause.HALTED)
    further = Gap(Interval(end + minutes(10), end + minutes(30)), GapCause.OUTAGE)
    apart = Gap(Interval(end + minutes(40), end + minutes(90)), GapCause.OUTAGE)
    assert covered_until(months, []) == end
    assert covered_until(months, [touching, further, apart]) == end + minutes(30)
    assert covered_until(months, [apart]) == end


def test_a_month_without_a_finished_bucket_has_no_file():
    assert expected(entries(bars(59)), [], HOUR) == {}
    assert list(expected(entries(bars(60)), [], HOUR)) == ["2024-01"]
    assert expected({}, [], HOUR) == {}


def test_lineage_names_the_months_and_how_far_they_reach():
    months = entries(bars(2880))
    days = expected(months, [], DAY)
    assert days["2024-01"] == Lineage((months["2024-01"].sha256,), ms("2024-02-01"))
    assert days["2024-02"] == Lineage((months["2024-02"].sha256,), ms("2024-02-02"))


def test_a_week_belongs_to_the_month_of_its_monday_and_comes_from_both():
    """2024-01-29 is a Monday; the week ends on 5 February."""
    months = entries(bars(1440 * 8))
    weeks = expected(months, [], WEEK)
    assert weeks == {"2024-01": Lineage((months["2024-01"].sha256, months["2024-02"].sha256), ms("2024-02-05"))}


def test_a_week_that_begins_before_the_first_bar_still_has_its_month():
    months = entries(bars(1440 * 5, start_ms=ms("2024-02-01")))
    assert list(expected(months, [], WEEK)) == ["2024-01"]


def test_the_close_before_matters_only_to_a_month_that_begins_flat():
    frame = bars(2880)
    assert expected(entries(frame.assign(volume=1.0)), [], HOUR)["2024-02"].previous_close is None
    frame.iloc[1440:1500, frame.columns.get_loc("volume")] = 0.0
    last = frame["close"].iloc[:1440][frame["volume"].iloc[:1440] > 0].iloc[-1]
    assert expected(entries(frame), [], HOUR)["2024-02"].previous_close == last


def test_before_any_trade_the_first_open_there_is_stands_in():
    frame = bars(2880).assign(volume=0.0)
    assert expected(entries(frame), [], HOUR)["2024-02"].previous_close == frame["open"].iloc[0]


def test_only_what_differs_is_outdated():
    months = entries(bars(2880))
    files = {f"1m/{month}": entry for month, entry in months.items()}
    everything = outdated(files, [], [HOUR])
    assert {month: list(wanted) for month, wanted in everything.to_derive.items()} == {
        "2024-01": [HOUR],
        "2024-02": [HOUR],
    }
    for month, wanted in everything.to_derive.items():
        entry = FileEntry(month, 1, 1, 0, 0, (), 0, lineage=wanted[HOUR])
        files[f"1h/{month}"] = entry
    assert outdated(files, [], [HOUR]).to_derive == {}
    assert outdated(files, [], []).to_drop == {"1h/2024-01", "1h/2024-02"}
    del files["1m/2024-02"]
    assert outdated(files, [], [HOUR]).to_drop == {"1h/2024-02"}


@pytest.mark.parametrize("quiet", [0.0, 0.5, 0.97], ids=lambda share: f"{share:.0%} without trades")
def test_month_by_month_equals_all_at_once(quiet: float):
    """Over a month's, a week's and a year's edge, with holes; bit for bit."""
    frame = bars(1440 * 14, start_ms=ms("2023-12-25"), seed=4)
    noise = np.random.default_rng(8)
    frame.loc[noise.random(len(frame)) < quiet, "volume"] = 0.0
    frame = frame[noise.random(len(frame)) < 0.9]
    months = split(columns_from_frame(frame), whole=False)
    kept = [timeframe for timeframe in TIMEFRAMES if timeframe != ONE_MINUTE]
    plan = outdated({f"1m/{month}": entry for month, entry in entries(frame).items()}, [], kept)
    whole = resample_all(frame, kept)

    found = {timeframe: [] for timeframe in kept}
    for month, wanted in plan.to_derive.items():
        for timeframe, rows in rows_of_month(month, wanted, months, months.__getitem__).items():
            found[timeframe].append(rows)

    end = int(months["2024-01"][OPEN_TIME][-1]) + minutes(1)
    for timeframe in kept:
        expected_rows = columns_from_frame(whole[timeframe.name])
        finished = timeframe.next(expected_rows[OPEN_TIME]) <= end
        for name, values in expected_rows.items():
            made = [part[name] for part in found[timeframe]]
            assert np.array_equal(np.concatenate(made) if made else values[:0], values[finished]), (timeframe, name)


def test_sums_do_not_depend_on_what_else_is_kept():
    """Above 9e7 decimals are no longer exact: a fixed ladder gives the same bits whatever the set."""
    frame = bars(1440)
    frame["volume"] = frame["volume"] * 1e12 / 7
    rows = columns_from_frame(frame)
    alone = cascade(rows, [DAY])[DAY]["volume"]
    among = cascade(rows, [timeframe for timeframe in TIMEFRAMES if timeframe != ONE_MINUTE])[DAY]["volume"]
    assert np.array_equal(alone, among)
