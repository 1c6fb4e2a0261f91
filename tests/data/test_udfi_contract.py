"""The contract: what is accepted, which error a breach gets, and that both checkers agree."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandera.errors import SchemaErrors

from tests.real import needs_real, real_frame
from threadx.bars.schema import empty_frame
from threadx.data.udfi_contract import (
    CRITICAL_COLS,
    REQUIRED_COLS,
    UDFIColumnError,
    UDFIError,
    UDFIIndexError,
    UDFITypeError,
    UDFIValueError,
    assert_udfi,
    udfi_schema,
)

SCHEMA = udfi_schema()


def good(rows: int = 4) -> pd.DataFrame:
    """Return bars that satisfy the whole contract, optional columns included."""
    price = 100.0 + np.arange(rows)
    return pd.DataFrame(
        {
            "symbol": pd.array(["BTCUSDC"] * rows, dtype="str"),
            "open": price,
            "high": price + 2,
            "low": price - 2,
            "close": price + 1,
            "volume": np.linspace(0, 3, rows),
            "quote_volume": price * 3,
            "trades": np.arange(rows, dtype=np.int64),
            "taker_buy_base": np.full(rows, 0.5),
            "taker_buy_quote": price,
        },
        index=pd.date_range("2024-01-31 23:58", periods=rows, freq="1min", tz="UTC", unit="ms", name="timestamp"),
    )


def changed(**columns) -> pd.DataFrame:
    return good().assign(**columns)


def at(column: str, value: object) -> pd.DataFrame:
    """Return good bars with one value in the middle replaced."""
    frame = good()
    frame[column] = [value if row == 2 else old for row, old in enumerate(frame[column])]
    return frame


def indexed(index: pd.Index) -> pd.DataFrame:
    return good().set_axis(index, axis=0)


TIMES = good().index
ACCEPTED = {
    "as it is": good(),
    "no rows": empty_frame(REQUIRED_COLS),
    "no optional columns": good()[list(REQUIRED_COLS)],
    "columns in another order": good()[good().columns[::-1]],
    "foreign columns": changed(ema=np.nan, note="x"),
    "foreign columns of one name": pd.concat(
        [good(), pd.DataFrame({"x": 1, "y": 2}, TIMES).set_axis(["x", "x"], axis=1)], axis=1
    ),
    "python strings": changed(symbol=good()["symbol"].astype("string")),
    "nullable trades": changed(trades=pd.array([1, None, 3, 0], dtype="Int64")),
    "null optional value": at("quote_volume", np.nan),
    "null optional column": changed(taker_buy_base=np.nan),
    "minutes": changed(minutes=np.int64(1)),
    "short minutes": changed(minutes=np.int32(1)),
    "filled": changed(filled=False),
    "flat bar": changed(open=5.0, high=5.0, low=5.0, close=5.0),
    "a gap": good().iloc[[0, 3]],
    "zone of another library": indexed(TIMES.tz_convert("Etc/UTC").tz_convert("UTC")),
}
REFUSED = {
    "no open": (good().drop(columns="open"), UDFIColumnError),
    "no symbol": (good().drop(columns="symbol"), UDFIColumnError),
    "no columns": (pd.DataFrame(index=TIMES), UDFIColumnError),
    "a column twice": (pd.concat([good(), good()[["open"]]], axis=1), UDFIColumnError),
    "numbers as index": (good().reset_index(drop=True), UDFIIndexError),
    "naive": (indexed(TIMES.tz_localize(None)), UDFIIndexError),
    "another zone": (indexed(TIMES.tz_convert("Europe/Paris")), UDFIIndexError),
    "zone that is UTC in winter": (indexed(TIMES.tz_convert("Europe/London")), UDFIIndexError),
    "other name": (indexed(TIMES.rename("time")), UDFIIndexError),
    "no name": (indexed(TIMES.rename(None)), UDFIIndexError),
    "nanoseconds": (indexed(TIMES.as_unit("ns")), UDFIIndexError),
    "time twice": (indexed(TIMES[[0, 1, 1, 2]]), UDFIIndexError),
    "backwards": (good().iloc[::-1], UDFIIndexError),
    "no time": (indexed(pd.DatetimeIndex([*TIMES[:3], pd.NaT], name="timestamp").as_unit("ms")), UDFIIndexError),
    "between minutes": (indexed(TIMES + pd.Timedelta(seconds=14).as_unit("ms")), UDFIIndexError),
    "microseconds read as milliseconds": (
        indexed(pd.DatetimeIndex((TIMES.asi8 * 1000).astype("datetime64[ms]"), name="timestamp").tz_localize("UTC")),
        UDFIIndexError,
    ),
    "several levels": (good().set_index("symbol", append=True).assign(symbol="X"), UDFIIndexError),
    "float32": (changed(close=good()["close"].astype("float32")), UDFITypeError),
    "integers as prices": (changed(open=np.int64(101)), UDFITypeError),
    "text as prices": (changed(open="101.0"), UDFITypeError),
    "objects as symbols": (changed(symbol=good()["symbol"].astype(object)), UDFITypeError),
    "trades as floats": (changed(trades=1.0), UDFITypeError),
    "decimals": (changed(quote_volume=pd.Series(["1"] * 4, TIMES, dtype=object)), UDFITypeError),
    "null price": (at("open", np.nan), UDFIValueError),
    "null volume": (at("volume", np.nan), UDFIValueError),
    "null symbol": (at("symbol", None).astype({"symbol": "str"}), UDFIValueError),
    "empty symbol": (at("symbol", "").astype({"symbol": "str"}), UDFIValueError),
    "zero price": (at("low", 0.0), UDFIValueError),
    "negative price": (at("low", -1.0), UDFIValueError),
    "infinite price": (at("high", np.inf), UDFIValueError),
    "negative volume": (at("volume", -1e-8), UDFIValueError),
    "infinite volume": (at("volume", np.inf), UDFIValueError),
    "high below close": (at("high", 102.5), UDFIValueError),
    "low above open": (at("low", 102.5), UDFIValueError),
    "high below low": (at("high", 50.0), UDFIValueError),
    "negative trades": (at("trades", -1), UDFIValueError),
    "negative quote volume": (at("quote_volume", -1.0), UDFIValueError),
    "infinite taker volume": (at("taker_buy_base", np.inf), UDFIValueError),
    "negative minutes": (changed(minutes=np.int64(-1)), UDFIValueError),
}
FORGIVEN = {
    "no name",
    "nanoseconds",
    "float32",
    "integers as prices",
    "text as prices",
    "objects as symbols",
    "trades as floats",
    "decimals",
    "negative trades",
    "negative quote volume",
    "infinite taker volume",
    "negative minutes",
}
"""What `strict=False` does not look at."""


def pandera_accepts(frame: pd.DataFrame) -> bool:
    try:
        SCHEMA.validate(frame, lazy=True)
    except SchemaErrors:
        return False
    return True


def numpy_accepts(frame: pd.DataFrame) -> bool:
    try:
        assert_udfi(frame)
    except UDFIError:
        return False
    return True


@pytest.mark.parametrize("name", ACCEPTED)
def test_frames_that_satisfy_the_contract_pass(name):
    before = ACCEPTED[name].copy()
    assert_udfi(ACCEPTED[name])
    assert_udfi(ACCEPTED[name], strict=False)
    assert pandera_accepts(ACCEPTED[name])
    pd.testing.assert_frame_equal(ACCEPTED[name], before)


@pytest.mark.parametrize("name", REFUSED)
def test_a_breach_raises_the_error_of_its_kind_and_shows_a_table(name):
    frame, kind = REFUSED[name]
    with pytest.raises(UDFIError) as caught:
        assert_udfi(frame)
    assert type(caught.value) is kind
    assert len(caught.value.report) > 0
    assert not pandera_accepts(frame)


@pytest.mark.parametrize("name", REFUSED)
def test_without_strict_only_values_utc_and_required_columns_count(name):
    frame, kind = REFUSED[name]
    if name in FORGIVEN:
        assert_udfi(frame, strict=False)
    else:
        with pytest.raises(kind):
            assert_udfi(frame, strict=False)


def test_without_strict_text_that_is_no_number_is_a_type_error():
    with pytest.raises(UDFITypeError, match="open"):
        assert_udfi(changed(open="cheap"), strict=False)


def test_all_failures_stand_in_one_table():
    frame = at("open", -1.0)
    frame.loc[frame.index[0], ["volume", "high"]] = [-5.0, np.nan]
    with pytest.raises(UDFIValueError) as caught:
        assert_udfi(frame)
    assert {"open", "high", "volume"} <= set(caught.value.report["column"])
    assert list(caught.value.report.columns) == ["column", "check", "index", "failure_case"]
    assert "volume" in str(caught.value)
    assert "-5.0" in str(caught.value)


def test_a_long_table_is_cut_in_the_message_and_whole_in_the_report():
    with pytest.raises(UDFIValueError, match="more") as caught:
        assert_udfi(good(2000).assign(volume=-1.0))
    assert len(caught.value.report) >= 2000
    assert len(str(caught.value).splitlines()) < 20


@pytest.mark.parametrize("thing", [None, [1], good()["open"], {"open": 1}])
def test_what_is_no_frame_is_a_type_error(thing):
    with pytest.raises(UDFITypeError):
        assert_udfi(thing)


def test_pandera_is_not_imported_for_a_frame_that_passes():
    script = (
        "import sys; from threadx.bars.schema import REQUIRED_COLS, empty_frame;"
        "from threadx.data.udfi_contract import assert_udfi; assert_udfi(empty_frame(REQUIRED_COLS));"
        "sys.exit('pandera' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


@needs_real
@pytest.mark.parametrize("name", ["BTCUSDT_1m_2025-10-29_11-01_MIT", "SUSHIBTC_1h_2023-04-10_16"])
def test_real_bars_satisfy_the_contract(name):
    frame = real_frame(name).assign(symbol=pd.array(["X"], dtype="str")[0])
    assert_udfi(frame.astype({"symbol": "str"}))


ODD = st.sampled_from([0.0, -0.0, 1.0, -1.0, 99.0, 101.0, 1e300, np.inf, -np.inf, np.nan, 5e-324])
CELLS = st.lists(
    st.tuples(st.sampled_from([*CRITICAL_COLS, "quote_volume", "taker_buy_base"]), st.integers(0, 3), ODD), max_size=3
)


@settings(max_examples=25, deadline=None)
@given(CELLS)
def test_both_checkers_accept_and_refuse_the_same_values(cells):
    frame = good()
    for column, row, value in cells:
        frame.iloc[row, frame.columns.get_loc(column)] = value
    assert numpy_accepts(frame) == pandera_accepts(frame)
