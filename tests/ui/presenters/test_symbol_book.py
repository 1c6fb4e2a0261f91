"""Which symbols are offered and chosen in each mode."""

from __future__ import annotations

import pytest

from threadx.bars.dates import DAY_MS
from threadx.bridge.market import SymbolRow
from threadx.ui.presenters.symbol_book import Mode, SymbolBook
from threadx.ui.presenters.user_lists import UserLists
from threadx.ui.state import WindowState


def row(symbol: str, last: int | None = None, *, tradable: bool = True) -> SymbolRow:
    return SymbolRow(symbol, symbol[:-4], symbol[-4:], tradable, 0.01, last)


@pytest.fixture
def book(tmp_path):
    made = SymbolBook({"L1": ("BTCUSDC", "GONEUSDC")}, UserLists(WindowState.load(tmp_path)))
    made.set_listed(
        [row("BTCUSDC", 5 * DAY_MS), row("ETHUSDC"), row("OLDUSDC", 7, tradable=False), row("DEADUSDC", tradable=False)]
    )
    return made


def test_symbols_that_trade_or_are_stored_are_offered(book):
    assert book.members() == ("BTCUSDC", "ETHUSDC", "OLDUSDC")
    assert book.stored() == ("BTCUSDC", "OLDUSDC")


def test_each_mode_keeps_its_own_choice(book):
    book.choose(["ETHUSDC", "BTCUSDC"])
    book.mode = Mode.GROUP
    assert book.chosen == ("BTCUSDC",), "a group begins with all that the exchange lists"
    book.mode = Mode.TOP
    book.set_top(["ETHUSDC"])
    assert book.chosen == ("ETHUSDC",)
    book.mode = Mode.SEVERAL
    assert book.chosen == ("ETHUSDC", "BTCUSDC")


def test_a_symbol_whose_last_bar_is_older_than_a_day_is_stale(book):
    stale = {line.symbol: line.stale for line in book.lines(6 * DAY_MS + 60_001)}
    assert stale == {"BTCUSDC": True, "ETHUSDC": False, "OLDUSDC": True}
    assert not book.line("BTCUSDC", 6 * DAY_MS + 60_000).stale


def test_what_is_stored_anew_is_told(book):
    rows = [row("BTCUSDC", 6 * DAY_MS), row("OLDUSDC", 7, tradable=False), row("ETHUSDC", 1)]
    assert book.set_stored(rows) == {"BTCUSDC", "ETHUSDC"}
    assert book.last_bar_ms("ETHUSDC") == 1
    assert book.set_stored(rows) == frozenset()
    assert book.set_stored(rows[:1]) == {"OLDUSDC", "ETHUSDC"}
    assert book.names == {"BTCUSDC", "ETHUSDC"}


def test_a_chosen_symbol_that_nobody_knows_stays_visible(book):
    book.choose(["NEWUSDC"])
    assert "NEWUSDC" in book.members()
    assert not book.line("NEWUSDC", 0).listed
