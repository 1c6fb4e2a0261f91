"""Symbols by mode: one, several, a group."""

from __future__ import annotations

import pytest

from threadx.config import Settings
from threadx.data.symbols import group_name, named_symbols, top_count
from threadx.errors import DataError, DataNotFoundError

SETTINGS = Settings.under(".")


@pytest.mark.parametrize(
    ("mode", "named", "symbols"),
    [
        ("single", "BTCUSDC", ("BTCUSDC",)),
        ("single", ["BTCUSDC"], ("BTCUSDC",)),
        ("list", ["BTCUSDC", "ETHUSDC"], ("BTCUSDC", "ETHUSDC")),
        ("list", "BTCUSDC", ("BTCUSDC",)),
        ("group", "L2", ("POLUSDC", "ARBUSDC", "OPUSDC")),
        ("group", " l2", ("POLUSDC", "ARBUSDC", "OPUSDC")),
    ],
)
def test_modes_name_symbols(mode, named, symbols):
    assert named_symbols(SETTINGS, mode, named) == symbols


@pytest.mark.parametrize(
    ("mode", "named", "words"),
    [
        ("tops", "10", "single, list, group, top"),
        ("", "BTCUSDC", "single, list, group, top"),
        ("group", "L3", "L1, DeFi, L2, Stable"),
        ("group", "defy", "did you mean DeFi"),
        ("single", ["BTCUSDC", "ETHUSDC"], "mode list"),
        ("list", [], "mode list"),
        ("single", [], "mode list"),
    ],
)
def test_what_names_nothing_is_refused_with_what_would(mode, named, words):
    with pytest.raises(DataError) as caught:
        named_symbols(SETTINGS, mode, named)
    assert words in caught.value.hint


def test_a_group_is_known_by_its_name_and_else_without_case_and_spaces():
    groups = {"L1": ("BTC",), "l1": ("ETH",), "Layer Two": ("OP",)}
    assert [group_name(groups, each) for each in ("L1", "l1", " L 1 ", "layertwo")] == ["L1", "l1", "L1", "Layer Two"]


def test_where_there_is_no_group_the_hint_says_how_to_add_one():
    with pytest.raises(DataNotFoundError) as caught:
        group_name({}, "L1")
    assert "[groups] in paths.toml" in caught.value.hint


@pytest.mark.parametrize("named", [30, "30", ["30"]])
def test_how_many_of_the_largest_is_a_number_in_any_form(named):
    assert top_count(named) == 30


@pytest.mark.parametrize("named", ["many", 0, -3, "", [], ["1", "2"], "٣"])
def test_what_is_no_number_of_symbols_is_refused(named):
    with pytest.raises(DataError, match="mode top takes how many symbols"):
        top_count(named)
