"""Names that become paths, and where everything lies."""

from __future__ import annotations

from pathlib import Path

import hypothesis.strategies as st
import pytest
from hypothesis import given

from threadx.errors import FileValidationError
from threadx.store.layout import Layout, Series, check_provider, check_symbol, disk_name, name_of

ROOT = Path("/bank")


@pytest.mark.parametrize(
    "symbol", ["BTCUSDT", "1INCHUSDC", "BTC-USD", "A", "A_B", "币安人生USDT", "X" * 40, "CON", "LPT9"]
)
def test_names_that_exchanges_use_are_accepted(symbol: str):
    assert check_symbol(symbol) == symbol


@pytest.mark.parametrize(
    "symbol",
    [
        "", "btc", "BTC/USDT", "BTC\\USDT", "..", ".", "C:", "A:B", "A\0", "A\n", "A\x1b[0m", "A ", " A", "A.", "A.B",
        "-A", "_A", "X" * 41, "\u202eA", "A\u200b", "A\u0301", "E\u0301", "ä", "ß", "\ufb01", "\uff21", "A\u2028", "A%",
        "A*", "A?", "~A", "A~",
    ],
)  # fmt: skip
def test_names_that_could_do_harm_are_refused(symbol: str):
    with pytest.raises(FileValidationError, match="cannot be a symbol's name"):
        check_symbol(symbol)


@pytest.mark.parametrize("provider", ["", "Binance", "..", "a/b", "-a", "_a", "a.b", "x" * 41, "é"])
def test_a_provider_is_plain_lower_case(provider: str):
    with pytest.raises(FileValidationError):
        check_provider(provider)


@given(st.text(max_size=45))
def test_an_accepted_symbol_stays_inside_the_bank(symbol: str):
    try:
        series = Series("binance", symbol)
    except FileValidationError:
        return
    layout = Layout.of_data_root(ROOT)
    path = layout.file(series, "1m/2024-03")
    assert path.parent.parent.parent.parent.parent == ROOT / "processed" / "binance"
    assert name_of(disk_name(symbol)) == symbol
    assert symbol == symbol.upper()


@pytest.mark.parametrize("name", ["CON", "NUL", "AUX", "PRN", "COM1", "LPT9"])
def test_a_name_that_windows_reserves_gets_a_tilde_on_disk(name: str):
    path = Layout.of_data_root(ROOT).file(Series("binance", name), "1m/2024-03")
    assert path.name == f"{name}~.parquet"
    assert path.is_relative_to(ROOT / "processed" / "binance" / f"{name}~")


def test_a_provider_that_windows_reserves_gets_one_too():
    assert Layout.of_data_root(ROOT).series_tree(Series("nul", "BTCUSDT")) == ROOT / "processed" / "nul~" / "BTCUSDT"


def test_a_data_root_has_the_hive_tree_and_a_hidden_control_folder():
    layout = Layout.of_data_root(ROOT)
    expected = ROOT / "processed/binance/BTCUSDT/1m/year=2024/month=03/BTCUSDT.parquet"
    assert layout.file(Series("binance", "BTCUSDT"), "1m/2024-03") == expected
    assert layout.control == ROOT / ".threadx"


def test_a_bank_of_its_own_keeps_its_control_folder_beside_it():
    layout = Layout.of_folder("/somewhere/mine")
    series = Series("local", "BTCUSDT")
    assert layout.control == Path("/somewhere/mine.threadx")
    assert layout.file(series, "1h/2024-03") == Path("/somewhere/mine/year=2024/month=03/BTCUSDT.parquet")
    assert layout.file(series, "1h/all") == Path("/somewhere/mine/BTCUSDT.parquet")


def test_a_key_cannot_lead_out_of_the_bank():
    with pytest.raises(FileValidationError):
        Layout.of_data_root(ROOT).file(Series("binance", "BTCUSDT"), "../../x/2024-03")
