from __future__ import annotations

import dataclasses

import pytest

from threadx.bridge import ThreadXBridge
from threadx.commands.parser import parse
from threadx.commands.request import (
    Request,
    apply_flags,
    choice_of,
    one_symbol,
    some_symbols,
    symbols_of,
    timeframes_of,
)
from threadx.config import Groups, Settings
from threadx.errors import ConfigError


@pytest.fixture
def request_for(tmp_path):
    settings = dataclasses.replace(Settings.under(tmp_path), groups=Groups((("L1", ("BTC", "ETHUSDC")),)))

    def make(*words):
        flags = parse(words).flags
        return Request(flags, ThreadXBridge(apply_flags(settings, flags), remember=False, log_lines=False))

    return make


def test_symbols_keep_their_order_and_appear_once(request_for):
    assert symbols_of(request_for("download", "--symbols", "B, A,,B")) == ("B", "A")


def test_a_group_gets_the_quote_asset_where_it_names_assets(request_for):
    assert symbols_of(request_for("download", "--group", "L1")) == ("BTCUSDC", "ETHUSDC")


def test_the_case_of_a_group_and_spaces_around_it_do_not_matter(request_for):
    assert symbols_of(request_for("download", "--group", " l1 ")) == ("BTCUSDC", "ETHUSDC")
    assert choice_of(request_for("full", "--group", "l1")) == choice_of(request_for("full", "--group", "L1"))


def test_timeframes_are_split_at_commas(request_for):
    assert timeframes_of(request_for("download", "--timeframes", "1h,4h")) == ("1h", "4h")
    assert timeframes_of(request_for("download", "--timeframes", "1M, 1mo,M1")) == ("1mo", "1m")
    assert timeframes_of(request_for("download")) is None


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("--symbols", "A", "--group", "L1"), "--symbols, --group and --top exclude each other"),
        (("--top", "0"), "--top: 0 symbols cannot be chosen"),
        (("--group", "L9"), "no such group: L9"),
        (("--symbols", ","), "--symbols: the list is empty"),
        ((), "no symbol given"),
    ],
)
def test_symbols_that_cannot_be_found_out_are_refused(request_for, words, message):
    with pytest.raises(ConfigError) as caught:
        some_symbols(request_for("download", *words))

    assert caught.value.message == message


def test_where_one_symbol_is_needed_two_are_refused(request_for):
    with pytest.raises(ConfigError, match="exactly one symbol"):
        one_symbol(request_for("diff", "--symbols", "A,B"))


def test_a_source_replaces_every_host_and_its_bars_are_demo_bars(request_for):
    source = request_for("download", "--source", "http://127.0.0.1:8765").settings.source

    assert {*source.rest_hosts, source.archive_host, source.market_cap_host} == {"http://127.0.0.1:8765"}
    assert source.name == "demo"


def test_a_provider_overrides_the_name_of_the_source(request_for):
    assert request_for("download", "--source", "http://[::1]:1", "--provider", "mine").settings.source.name == "mine"
    assert request_for("gaps", "--provider", "mine").settings.source.name == "mine"
    assert request_for("gaps", "--demo").settings.source.name == "demo"


@pytest.mark.parametrize(
    "words",
    [
        ("--source", "http://example.com"),
        ("--source", "https://example.com"),
        ("--source", "http://127.0.0.1:1", "--demo"),
        ("--provider", "../x"),
    ],
)
def test_sources_that_may_not_be_asked_are_refused(request_for, words):
    with pytest.raises(ConfigError):
        request_for("download", *words)


def test_another_data_root_takes_everything_along(request_for, tmp_path):
    paths = request_for("list", "--data-root", str(tmp_path / "other")).settings.paths

    assert paths.data_root == tmp_path / "other"
    assert paths.indicators == tmp_path / "other" / "indicators"
