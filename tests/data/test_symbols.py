"""Symbols by mode: one, several, a group."""

from __future__ import annotations

import pytest

from threadx.config import Settings
from threadx.data.symbols import named_symbols
from threadx.errors import DataError

SETTINGS = Settings.under(".")


@pytest.mark.parametrize(
    ("mode", "named", "symbols"),
    [
        ("single", "BTCUSDC", ("BTCUSDC",)),
        ("single", ["BTCUSDC"], ("BTCUSDC",)),
        ("list", ["BTCUSDC", "ETHUSDC"], ("BTCUSDC", "ETHUSDC")),
        ("list", "BTCUSDC", ("BTCUSDC",)),
        ("group", "L2", ("POLUSDC", "ARBUSDC", "OPUSDC")),
    ],
)
def test_modes_name_symbols(mode, named, symbols):
    assert named_symbols(SETTINGS, mode, named) == symbols


@pytest.mark.parametrize(
    ("mode", "named", "words"),
    [
        ("top", "10", "single, list, group"),
        ("", "BTCUSDC", "single, list, group"),
        ("group", "L3", "L1, DeFi, L2, Stable"),
        ("group", "defi", "did you mean DeFi"),
        ("single", ["BTCUSDC", "ETHUSDC"], "mode list"),
        ("list", [], "mode list"),
        ("single", [], "mode list"),
    ],
)
def test_what_names_nothing_is_refused_with_what_would(mode, named, words):
    with pytest.raises(DataError) as caught:
        named_symbols(SETTINGS, mode, named)
    assert words in caught.value.hint
