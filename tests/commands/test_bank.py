from __future__ import annotations

import pytest

from tests.store.bank_maker import filled, settings_of
from threadx.commands.bank import open_store, stored_symbols
from threadx.commands.parser import parse
from threadx.commands.request import Request, apply_flags
from threadx.errors import DataNotFoundError


@pytest.fixture
def chosen(tmp_path):
    """Ask for symbols on a bank with bars of BTCUSDT and ETHUSDT under the provider binance."""
    filled(tmp_path / "full" / "data", "BTCUSDT", "ETHUSDT")

    def ask(*words, bank="full"):
        flags = parse(["gaps", *words]).flags
        request = Request(flags, apply_flags(settings_of(tmp_path / bank), flags))
        return stored_symbols(request, open_store(request))

    return ask


def test_without_symbols_all_of_the_provider_are_meant(chosen):
    assert chosen() == ("BTCUSDT", "ETHUSDT")
    assert chosen("--symbols", "ETHUSDT") == ("ETHUSDT",)


@pytest.mark.parametrize(
    ("words", "bank", "hint"),
    [
        (("--provider", "demo"), "full", "bars there are stored under binance; add: --provider binance"),
        (("--provider", "demo", "--symbols", "BTCUSDT"), "full", "it is stored under binance; add: --provider binance"),
        (("--provider", "demo", "--symbols", "XRPUSDT"), "full", "see: threadx list"),
        ((), "empty", "run: threadx download --symbols BTCUSDC"),
    ],
)
def test_what_another_provider_has_is_named(chosen, words, bank, hint):
    """After `download --source`, `gaps` said that nothing was stored and left the reader to guess."""
    with pytest.raises(DataNotFoundError) as caught:
        chosen(*words, bank=bank)

    assert caught.value.hint == hint
