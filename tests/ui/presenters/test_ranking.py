"""The dialog Ranking: order, reasons, notes, whose figures."""

from __future__ import annotations

import pytest

from tests.ui.bank import BTC, NOW, START_MS, Desk, on_exchange, write
from threadx.bridge import ThreadXBridge
from threadx.demo import DemoExchange
from threadx.ui.presenters.ranking import LEFT_OUT_COLUMNS, RANK_COLUMNS, RankingPresenter


class View:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.rows = self.left_out = ()
        self.word = self.notes = ""
        self.bad = self.caps = self.ready = False

    def show_ranking(self, rows, left_out):
        self.rows, self.left_out = rows, left_out

    def show_word(self, text, notes, *, bad=False):
        self.word, self.notes, self.bad = text, notes, bad

    def show_source(self, *, caps):
        self.caps = caps

    def show_ready(self, *, ready):
        self.ready = ready


@pytest.fixture
def stage(settings):
    with DemoExchange(now=NOW, weight_limit=10**6) as running, ThreadXBridge(on_exchange(settings, running)) as bridge:
        desk, view = Desk(bridge), View()
        presenter = RankingPresenter(bridge, desk, limit=1000)

        def answered() -> View:
            desk.until(lambda: not presenter._looking.waiting)
            return view

        presenter.attach(view)
        answered()
        yield presenter, view, answered


def test_each_symbol_has_its_figures_and_each_exclusion_its_reason(stage):
    presenter, view, _answered = stage
    first = dict(zip([column.key for column in RANK_COLUMNS], view.rows[0].cells, strict=True))
    assert (first["rank"], first["symbol"], first["id"], first["cap_rank"]) == ("1", BTC, "bitcoin", "1")
    assert first["cap"].endswith(" bn")
    assert view.left_out
    assert all(len(row.cells) == len(LEFT_OUT_COLUMNS) and row.cells[2] for row in view.left_out)
    assert view.word.startswith(f"{len(view.rows)} symbols by market capitalisation and volume, as of 2024-06-03 12:")
    assert "ties by volume" in view.word
    assert view.notes  # there are not a thousand pairs
    assert (view.caps, view.ready, view.bad) == (True, True, False)
    assert presenter.ranking.symbols == tuple(row.key for row in view.rows)


def test_another_quote_and_number_are_another_question(stage):
    presenter, view, answered = stage
    before = presenter.ranking
    presenter.ask("1000", "usdc", "")
    assert presenter.ranking is before
    presenter.ask("3", "usdt", "")
    assert not view.ready
    answered()
    assert len(view.rows) == 3
    assert all(row.key.endswith("USDT") for row in view.rows)


def test_rank_asks_anew_though_nothing_was_changed(stage):
    presenter, view, answered = stage
    before = presenter.ranking
    presenter.ask("1000", "USDC", "", anew=True)
    assert not view.ready
    answered()
    assert presenter.ranking is not None
    assert presenter.ranking is not before


@pytest.mark.parametrize("asked", [("0", "USDC", ""), ("x", "USDC", ""), ("10", " ", ""), ("10", "USDC", "soon")])
def test_what_cannot_be_asked_is_told(stage, asked):
    presenter, view, answered = stage
    presenter.ask(*asked)
    answered()
    assert (view.bad, view.ready, bool(view.word)) == (True, False, True)


def test_a_past_day_is_answered_from_the_bank_and_says_so(stage):
    presenter, view, answered = stage
    write(presenter._bridge.settings, BTC)
    assert NOW.timestamp() * 1000 > START_MS
    presenter.ask("10", "USDC", "2024-05-31")
    answered()
    assert not view.bad, view.word
    assert [row.key for row in view.rows] == [BTC]
    assert "the bank's own volume" in view.word
    assert view.notes
    assert not view.caps
