"""What is no coin of its own is left out by name, and nothing else is."""

from __future__ import annotations

from itertools import combinations

import pytest

from threadx.data.exclusions import LEVERAGED, METAL, STABLE, STATE_MONEY, WRAPPED, excluded


@pytest.mark.parametrize(
    "base", ["JUP", "SYRUP", "SUPER", "BTC", "1000SATS", "UP", "DOWN", "SUI", "STX", "USUAL", "BULLA", "W", "S", "A"]
)
def test_ordinary_coins_stay_in_whatever_their_name_holds(base):
    assert excluded(base) is None


@pytest.mark.parametrize(
    ("base", "reason"),
    [
        *[(base, "stable coin") for base in ("USDT", "FDUSD", "USDE", "DAI", "USTC", "U", "RLUSD", "PYUSD", "EURI")],
        *[(base, "money of a state") for base in ("EUR", "TRY", "BRL", "JPY", "ZAR", "IDRT")],
        *[(base, "wrapped") for base in ("WBTC", "WBETH", "BNSOL", "STETH", "CBBTC")],
        *[(base, "leveraged") for base in ("BTCUP", "BTCDOWN", "ETHUP", "1INCHDOWN", "BULL", "BEAR", "ETHBULL")],
        *[(base, "metal") for base in ("PAXG", "XAUT")],
    ],
)
def test_what_is_no_coin_of_its_own_says_why(base, reason):
    assert reason in str(excluded(base))


def test_the_settings_have_the_last_word():
    assert excluded("PAXG", include=["PAXG"]) is None
    assert str(excluded("BTC", exclude=["BTC"])) == "left out by the settings"
    assert excluded("PAXG", include=["PAXG"], exclude=["PAXG"]) is not None


def test_no_asset_is_of_two_kinds():
    for members, more in combinations((STABLE, STATE_MONEY, WRAPPED, METAL, LEVERAGED), 2):
        assert not members & more
