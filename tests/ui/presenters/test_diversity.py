"""The dialog Diversity: members, what they lack, how alike they move."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from tests.ui.bank import BTC, ETH, NOW, SOL, START_MS, Desk, on_exchange
from threadx.bars.schema import frame_from_columns
from threadx.bridge import ThreadXBridge
from threadx.data.diversity_report import DiversityReport, Member
from threadx.demo import DemoExchange
from threadx.store import Store
from threadx.ui.presenters.diversity import LARGEST_MATRIX, MEMBER_COLUMNS, DiversityPresenter
from threadx.ui.presenters.period import Period

DAYS = 6


class View:
    """Keeps what it was shown."""

    def __init__(self) -> None:
        self.members = self.columns = self.rows = ()
        self.word = ""
        self.bad = self.some = False

    def show_members(self, rows):
        self.members = rows

    def show_correlation(self, columns, rows):
        self.columns, self.rows = columns, rows

    def show_word(self, text, *, bad=False):
        self.word, self.bad = text, bad

    def show_missing(self, *, some):
        self.some = some

    def cells(self, place: int) -> dict[str, str]:
        return dict(zip([column.key for column in MEMBER_COLUMNS], self.members[place].cells, strict=True))


def store_days(settings, symbol: str, way: float) -> None:
    """Store minutes whose days go up and down, or just the other way."""
    times = START_MS + np.arange(DAYS * 1440, dtype=np.int64) * 60_000
    price = 100.0 * np.exp(way * np.sin(np.arange(len(times)) / 1000.0))
    columns = {"open_time": times, **dict.fromkeys(("open", "high", "low", "close"), price)}
    frame = frame_from_columns(columns | {"volume": np.ones(len(times))})
    Store(settings.paths.data_root, settings=settings).write("demo", symbol, frame)


@pytest.fixture
def stage(settings):
    with DemoExchange(now=NOW) as running, ThreadXBridge(on_exchange(settings, running)) as bridge:
        store_days(bridge.settings, BTC, 0.1)
        store_days(bridge.settings, ETH, -0.1)
        desk, view = Desk(bridge), View()
        presenter = DiversityPresenter(bridge, desk, "L1", (BTC, ETH, SOL))
        presenter.attach(view)

        def looked(period: Period) -> View:
            presenter.look(period)
            desk.until(lambda: not presenter.waiting)
            return view

        yield presenter, looked


def test_members_tell_what_is_stored_of_them_and_how_alike_they_are(stage):
    presenter, looked = stage
    view = looked(Period())
    assert view.word == "2 of 3 members stored \u00b7 mean correlation \u22121.00 over 5 days"
    first = view.cells(0)
    assert (first["symbol"], first["first"], first["coverage"]) == (BTC, "2024-05-30 00:00", "100 %")
    assert (first["rows"], first["missing"], first["alike"]) == ("8,640", "0", "\u22121.00")
    assert (view.cells(2)["symbol"], view.cells(2)["first"], view.members[2].tags) == (SOL, "no bars", ("muted",))
    assert view.some
    assert presenter.missing == (SOL,)


def test_the_square_has_a_row_and_a_column_for_each_stored_member(stage):
    view = stage[1](Period())
    assert [column.key for column in view.columns] == ["symbol", BTC, ETH]
    assert [row.cells for row in view.rows] == [(BTC, "", "\u22121.00"), (ETH, "\u22121.00", "")]


def test_only_days_of_the_period_are_compared(stage):
    view = stage[1](Period(START_MS, START_MS + 2 * 86_400_000))
    assert view.word.endswith("too few common days to compare")
    assert view.cells(0)["alike"] == "\u2014"
    assert [row.values[2] for row in view.rows] == [None, None]


def test_wrong_dates_ask_nothing(stage):
    presenter, _looked = stage
    presenter.look(Period(start_error="there is no such date"))
    assert not presenter.waiting
    assert presenter._view.bad
    assert presenter._view.word == "Correct the dates first"


def test_a_view_that_goes_is_told_nothing_more(stage):
    presenter, _looked = stage
    view = presenter._view
    presenter.look(Period())
    presenter.detach()
    assert view.members == ()
    assert not presenter.waiting


class Asking:
    """Answers with a report at once."""

    def __init__(self, report: DiversityReport) -> None:
        self.report = report

    def ask(self, _function, then, _failed=None) -> int:
        then(self.report)
        return 1

    def forget(self, request: int) -> None:
        pass


class NoBridge:
    """Nothing is asked of it."""

    def drop(self, request: int) -> None:
        pass


def test_many_members_are_told_in_pairs_the_most_alike_first():
    names = [f"S{place:02d}USDC" for place in range(LARGEST_MATRIX + 1)]
    values = np.full((len(names), len(names)), 0.25)
    values[0, 1] = values[1, 0] = 0.75
    values[0, 2] = values[2, 0] = math.nan
    members = tuple(Member(name, START_MS, START_MS + 60_000, 1, 1) for name in names)
    report = DiversityReport("mine", members, (), pd.DataFrame(values, names, names), days=9)
    view = View()
    presenter = DiversityPresenter(NoBridge(), Asking(report), "mine", names)
    presenter.attach(view)
    presenter.look(Period())
    assert view.rows[0].cells == (names[0], names[1], "0.75")
    assert view.rows[-1].cells == (names[0], names[2], "\u2014")
    assert len(view.rows) == len(names) * LARGEST_MATRIX // 2
    assert view.members[0].tags == ("warning",)
    assert view.cells(0)["coverage"] == "50.00 %"
