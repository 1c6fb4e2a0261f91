"""`TokenManager` against the embedded exchange: ranked, published, found again, and honest about what it lacks."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime

import pandas as pd
import pytest

from threadx.data.snapshots import SnapshotStore
from threadx.data.tokens import Basis, TokenManager
from threadx.demo import DemoExchange
from threadx.demo.faults import Fault
from threadx.errors import CorruptPartitionError, DataError, DataNotFoundError, JobCancelled, SourceError
from threadx.progress import Progress

NOW = datetime(2026, 10, 5, 14, 30, tzinfo=UTC)
CAPS = "coins/markets"


@pytest.fixture
def exchange():
    with DemoExchange(now=NOW, weight_limit=10**6) as running:
        yield running


@pytest.fixture
def demo_settings(settings, exchange):
    limits = dataclasses.replace(settings.limits, max_retries=0)
    return dataclasses.replace(settings, limits=limits).with_source(exchange.url, "demo")


@pytest.fixture
def make(demo_settings, exchange):
    """Make managers, each knowing nothing of what another was told."""
    opened = []

    def manager(**universe):
        changed = dataclasses.replace(demo_settings, universe=dataclasses.replace(demo_settings.universe, **universe))
        opened.append(TokenManager(changed, clock=lambda: datetime.fromtimestamp(exchange.now_ms / 1000, UTC)))
        return opened[-1]

    yield manager
    for each in opened:
        each.close()


def reasons(ranking):
    return {each.base: str(each.reason) for each in ranking.excluded}


def test_the_largest_come_first_with_their_coin_and_both_ranks(make):
    top = make().get_top_tokens(10)
    assert (top[0].symbol, top[0].id, top[0].cap_rank, top[0].volume_rank) == ("BTCUSDC", "bitcoin", 1, 1)
    assert len(top) == 10
    assert len(set(top.symbols)) == 10
    assert top.basis is Basis.CAP_AND_VOLUME
    by_base = {token.base: token for token in (*top, *top.rest)}
    assert by_base["1000SATS"].id == "sats-ordinals"
    assert by_base["BEAMX"].id == "beam-2"
    assert {"JUP", "SYRUP", "SUPER"} <= set(by_base)


def test_every_exclusion_has_its_reason(make):
    left_out = reasons(make().get_top_tokens(5))
    assert {"FDUSD", "USDE", "EUR", "WBTC", "PAXG", "BTCUP", "BB", "MATIC", "FTM"} <= set(left_out)
    assert "another coin" in left_out["BB"]
    assert "renamed to POL" in left_out["MATIC"]


def test_an_override_of_the_settings_brings_a_coin_back(make):
    assert "BB" not in reasons(make(overrides=("BB=bb",)).get_top_tokens(5))


def test_a_ranking_becomes_the_snapshot_of_its_day(make, demo_settings):
    top = make().get_top_tokens(30)
    folder = demo_settings.paths.data_root / "selection" / "dt=20261005"
    assert top.stamp == "20261005"
    assert (folder / ".SUCCESS").is_file()
    table = pd.read_parquet(folder / "tokens.parquet")
    assert list(table["symbol"]) == list(top.symbols)
    document = json.loads((folder / "tokens.json").read_text("utf-8"))
    assert [each["symbol"] for each in document["tokens"]] == list(top.symbols)
    assert {"rank", "market_cap", "volume", "id", "reason"} <= set(document["tokens"][0])
    assert {each["base"]: each["reason"] for each in document["excluded"]} == reasons(top)
    assert document["attribution"].startswith("Data by CoinGecko")


def test_older_tools_find_the_list_they_read(make, demo_settings):
    top = make().get_top_tokens(7)
    found = json.loads(demo_settings.paths.selection_json.read_text("utf-8"))
    assert demo_settings.paths.selection_json.name == "resultats_choix_des_100tokens.json"
    assert [each["symbol"] for each in found] == [token.base for token in top]
    assert {"name", "market_cap", "market_cap_rank", "volume", "rank", "pair", "id"} <= set(found[0])


def test_a_second_selection_of_a_day_takes_its_hour_and_a_third_leaves_both(make, demo_settings, exchange):
    first, second = make().get_top_tokens(5), make().get_top_tokens(6)
    third = make().get_top_tokens(7)
    assert (first.stamp, second.stamp, third.stamp) == ("20261005", "2026100514", "")
    assert "stays: 2026100514" in str(third.notes[-1])
    assert len(json.loads(demo_settings.paths.selection_json.read_text("utf-8"))) == 7
    exchange.advance(3600)
    assert make().get_top_tokens(8).stamp == "2026100515"


def test_a_look_writes_nothing(make, demo_settings):
    make().get_top_tokens(5, publish=False)
    assert not demo_settings.paths.selection_json.exists()
    assert SnapshotStore(demo_settings).list() == []


def test_two_questions_in_a_row_are_asked_once(make, exchange):
    manager = make()
    assert manager.get_top_tokens(5, publish=False) == manager.get_top_tokens(5, publish=False)
    manager.get_top_tokens(5, quote="usdt", publish=False)
    assert exchange.log.by_path == {"exchangeInfo": 1, "ticker/24hr": 1, "time": 1, CAPS: 2}


def test_fewer_pairs_than_asked_for_are_said_and_can_be_filled_up(settings):
    with DemoExchange(now=NOW, weight_limit=10**6, usdc_pairs=20) as few:
        short = settings.with_source(few.url, "demo")
        filled = dataclasses.replace(short, universe=dataclasses.replace(short.universe, fallback_quote="USDT"))
        with TokenManager(short) as one, TokenManager(filled) as other:
            top, more = one.get_top_tokens(100, publish=False), other.get_top_tokens(100, publish=False)
    assert len(top) == 20
    assert "fewer than the 100" in str(top.notes[0])
    assert len(more) == 100
    assert more.symbols[:20] == top.symbols
    assert {token.quote for token in more[20:]} == {"USDT"}
    assert len({token.base for token in more}) == 100


def test_without_coingecko_volume_decides_and_a_warning_says_so(make, exchange, demo_settings):
    exchange.faults.add(Fault.UNAVAILABLE_503, path=CAPS, times=None)
    top = make().get_top_tokens(10)
    volumes = [token.volume for token in top]
    assert top.basis is Basis.VOLUME
    assert "CoinGecko could not be asked" in str(top.notes[0])
    assert volumes == sorted(volumes, reverse=True)
    assert not top.has_caps
    document = SnapshotStore(demo_settings).read("selection", "tokens.json")
    assert (document["attribution"], document["basis"]) == ("", "volume")


def test_without_the_exchange_there_is_no_ranking(make, exchange, demo_settings):
    exchange.faults.add(Fault.UNAVAILABLE_503, path="ticker/24hr", times=None)
    with pytest.raises(SourceError):
        make().get_top_tokens(5)
    assert SnapshotStore(demo_settings).list() == []


def test_a_cancelled_ranking_is_not_published(exchange, demo_settings):
    exchange.faults.add(Fault.COINS_429, path=CAPS, retry_after="60")
    progress = Progress(lambda event: progress.cancel() if "the server asked" in event.waiting else None)
    patient = dataclasses.replace(demo_settings, limits=dataclasses.replace(demo_settings.limits, max_retries=1))
    with TokenManager(patient) as manager, pytest.raises(JobCancelled):
        manager.get_top_tokens(5, progress=progress)
    assert not (demo_settings.paths.data_root / "selection").exists()


def test_the_universe_of_a_day_comes_from_its_snapshot(make, exchange):
    then = make().get_top_tokens(10)
    exchange.advance(86_400)
    exchange.log.clear()
    again = make().get_top_tokens(10, as_of="2026-10-05")
    assert again.tokens == then.tokens
    assert again.excluded == then.excluded
    assert (again.basis, again.stamp) == (Basis.SNAPSHOT, "20261005")
    assert "from the snapshot 20261005" in str(again.notes[0])
    assert exchange.log.total == 0


def test_a_snapshot_answers_for_more_symbols_than_were_asked_for_then(make):
    then = make().get_top_tokens(3)
    assert make().get_top_tokens(8, as_of="2026-10-05").tokens == (*then.tokens, *then.rest[:5])


def test_a_snapshot_that_has_fewer_than_are_asked_for_now_says_so_whatever_else_it_says(make, exchange):
    exchange.faults.add(Fault.UNAVAILABLE_503, path=CAPS, times=None)
    assert "CoinGecko could not be asked" in str(make().get_top_tokens(3).notes[0])
    again = make().get_top_tokens(1000, as_of="2026-10-05")
    assert any("fewer than the 1000 asked for" in str(note) for note in again.notes)


def test_of_a_day_the_last_snapshot_before_the_moment_counts(make, exchange):
    first = make().get_top_tokens(5)
    exchange.advance(3600)
    last = make().get_top_tokens(5)
    manager = make()
    assert manager.get_top_tokens(5, as_of=datetime(2026, 10, 5, 15, 0, tzinfo=UTC)).made_ms == first.made_ms
    assert manager.get_top_tokens(5, as_of="2026-10-05").made_ms == last.made_ms


def test_a_snapshot_of_a_later_day_or_hour_says_nothing_about_before(make):
    make().get_top_tokens(5)
    for before in ("2026-10-04", datetime(2026, 10, 5, 14, 29, tzinfo=UTC)):
        with pytest.raises(DataNotFoundError):
            make().get_top_tokens(5, as_of=before)


def test_a_day_without_a_snapshot_is_not_answered_from_the_day_before(make, exchange):
    make().get_top_tokens(5)
    exchange.advance(2 * 86_400)
    with pytest.raises(DataNotFoundError):
        make().get_top_tokens(5, as_of="2026-10-06")


def test_another_quote_asset_is_another_universe(make):
    make().get_top_tokens(5)
    with pytest.raises(DataNotFoundError, match="no snapshot of that day"):
        make().get_top_tokens(5, quote="USDT", as_of="2026-10-05")


def test_a_day_whose_snapshot_is_in_an_archive_is_not_ranked_by_anything_else(make, demo_settings, exchange):
    then = make().get_top_tokens(5)
    exchange.advance(3 * 86_400)
    snapshots = SnapshotStore(demo_settings, clock=lambda: datetime.fromtimestamp(exchange.now_ms / 1000, UTC))
    snapshots.archive("1d")
    with pytest.raises(DataNotFoundError, match="in an archive") as caught:
        make().get_top_tokens(5, as_of="2026-10-05")
    assert caught.value.hint == "bring it back with: threadx snapshot restore 20261005 --domain selection"
    snapshots.restore("selection", ["20261005"])
    assert make().get_top_tokens(5, as_of="2026-10-05").tokens == then.tokens


def test_a_day_of_which_nothing_is_known_says_so(make):
    with pytest.raises(DataNotFoundError) as caught:
        make().get_top_tokens(5, as_of="2020-01-01")
    assert "threadx list" in caught.value.hint


@pytest.mark.parametrize("as_of", ["2026-10-06", "someday", datetime(2027, 1, 1, tzinfo=UTC)])
def test_a_day_that_has_not_begun_or_is_none_is_refused(make, as_of):
    with pytest.raises(DataError):
        make().get_top_tokens(5, as_of=as_of)


def test_a_snapshot_of_another_making_is_not_believed(make, demo_settings):
    SnapshotStore(demo_settings).publish("selection", {"tokens.json": {"tokens": 3}}, stamp="20261005")
    with pytest.raises(CorruptPartitionError, match="not a list of symbols"):
        make().get_top_tokens(5, as_of="2026-10-05")


def test_no_symbols_cannot_be_asked_for(make):
    with pytest.raises(ValueError, match="at least 1"):
        make().get_top_tokens(0)
