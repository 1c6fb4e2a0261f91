from __future__ import annotations

import pytest

from tests.store.bank_maker import filled, settings_of
from threadx.bridge import ThreadXBridge
from threadx.commands.bank import provider_of, stored_series
from threadx.commands.parser import parse
from threadx.commands.request import Request, apply_flags
from threadx.errors import DataNotFoundError
from threadx.store import Store


@pytest.fixture
def chosen(tmp_path):
    """Ask for series on a bank with bars of BTCUSDT and ETHUSDT under the provider binance."""
    filled(tmp_path / "full" / "data", "BTCUSDT", "ETHUSDT")

    def ask(*words, bank="full", settings_provider="binance", past=False):
        flags = parse(["gaps", *words]).flags
        settings = settings_of(tmp_path / bank)
        if settings_provider != "binance":
            settings = settings.with_source("http://127.0.0.1:1", settings_provider)
        with ThreadXBridge(apply_flags(settings, flags), remember=False, log_lines=False) as bridge:
            return stored_series(Request(flags, bridge), past=past)

    return ask


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "full" / "data", settings=settings_of(tmp_path / "full"))


def also(store, provider, symbol):
    """Have another provider hold a symbol too."""
    bars = store.read("binance", symbol, "1m").drop(columns="symbol")
    store.write(provider, symbol, bars)


BTC, ETH = ("binance", "BTCUSDT"), ("binance", "ETHUSDT")


def test_without_symbols_all_of_the_provider_are_meant(chosen):
    assert chosen() == (BTC, ETH)
    assert chosen("--symbols", "ETHUSDT") == (ETH,)


def test_what_only_another_provider_holds_is_found_there(chosen):
    """`list` showed the symbol, `gaps` said that nothing was stored."""
    assert chosen("--symbols", "BTCUSDT", settings_provider="demo") == (BTC,)
    assert chosen(settings_provider="demo") == (BTC, ETH)


def test_the_provider_of_the_settings_comes_first(chosen, store):
    also(store, "demo", "BTCUSDT")

    assert chosen("--symbols", "BTCUSDT,ETHUSDT", settings_provider="demo") == (("demo", "BTCUSDT"), ETH)
    assert chosen("--symbols", "BTCUSDT") == (BTC,)


def test_two_other_providers_are_a_question_that_only_a_flag_answers(chosen, store):
    also(store, "demo", "BTCUSDT")

    with pytest.raises(DataNotFoundError) as caught:
        chosen("--symbols", "BTCUSDT", settings_provider="mine")

    assert caught.value.hint == "it is stored under binance, demo; add: --provider binance"
    assert chosen("--symbols", "BTCUSDT", "--provider", "demo", settings_provider="mine") == (("demo", "BTCUSDT"),)


def test_deleted_bars_are_not_there_but_their_history_is(chosen, store):
    """`gaps` of a deleted symbol said "0 gaps"."""
    store.delete(*BTC)

    with pytest.raises(DataNotFoundError) as caught:
        chosen("--symbols", "BTCUSDT")

    assert caught.value.message == "binance BTCUSDT: the bars were deleted"
    assert caught.value.hint == "threadx undo --provider binance --symbols BTCUSDT brings them back"
    assert chosen("--symbols", "BTCUSDT", past=True) == (BTC,)


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


def test_several_providers_have_no_one_name():
    assert provider_of([BTC, ETH]) == "binance"
    assert provider_of([BTC, ("demo", "BTCUSDT")]) is None
