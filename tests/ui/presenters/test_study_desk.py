"""The indicators of the Charts tab without a screen: questions wait until the test answers them."""

from __future__ import annotations

import numpy as np
import pytest

from tests.ui.chart_bars import MINUTE, START, columns
from tests.ui.presenters.test_charts import Bank, Questions
from tests.ui.presenters.test_studies import Memory
from threadx.bars.timeframe import Timeframe
from threadx.errors import DataNotFoundError, IndicatorError
from threadx.indicators.spec import get
from threadx.progress import NULL_PROGRESS
from threadx.ui.presenters.chart_loader import ChartReader
from threadx.ui.presenters.studies import MOST
from threadx.ui.presenters.study_desk import StudyDesk
from threadx.ui.selection import Selection, Wish


class IndicatorsOfBank(Bank):
    """Computes what the bank of indicators would have: over all stored bars, then cut."""

    def __init__(self):
        super().__init__()
        self.wanted = []
        self.failure = None

    def indicator_values(
        self,
        _provider,
        symbol,
        timeframe,
        indicator,
        params=None,
        start_ms=None,
        end_ms=None,
        *,
        progress=NULL_PROGRESS,
    ):
        self.wanted.append((symbol, timeframe, indicator, start_ms))
        if self.failure is not None:
            raise self.failure
        bars = self.held[symbol, timeframe]
        found, _state = get(indicator).run(bars, {**(params or {}), "timeframe": timeframe})
        first = np.searchsorted(bars["open_time"], start_ms or 0)
        return {name: each[first:] for name, each in {"open_time": bars["open_time"], **found}.items()}


class Screen:
    def __init__(self):
        self.drawn = ()

    def show_studies(self, drawn):
        self.drawn = drawn


class Scene:
    """A desk with its surroundings."""

    def __init__(self, memory=None):
        self.bank = IndicatorsOfBank()
        self.questions = Questions()
        self.memory = Memory() if memory is None else memory
        self.selection = Selection()
        self.said = []
        self.screen = Screen()
        self.desk = StudyDesk(self.bank, self.questions, self.selection, self.memory, notify=self.said.append, gap=240)
        self.desk.attach(self.screen)

    def bars(self, symbol="BTCUSDC", timeframe="1m", count=3_000, since_ms=None):
        reader = ChartReader(self.bank, "demo", symbol, Timeframe.parse(timeframe))
        loaded = reader.latest(count, since_ms=since_ms)
        self.desk.follow(symbol, loaded)
        return loaded


@pytest.fixture
def scene():
    return Scene()


def test_an_added_indicator_is_asked_for_over_the_loaded_bars_and_drawn(scene):
    loaded = scene.bars()

    scene.desk.add("ema", {"period": 9})
    assert [drawn.series for drawn in scene.screen.drawn] == [None]
    scene.questions.answer()

    (drawn,) = scene.screen.drawn
    assert scene.bank.wanted == [("BTCUSDC", "1m", "ema", loaded.series.first_ms)]
    bars = scene.bank.held["BTCUSDC", "1m"]
    expected = get("ema").run(bars, {"period": 9})[0]["ema"][-1]
    assert scene.desk.values_at(drawn, None) == {"ema": expected}


def test_older_bars_bring_older_values(scene):
    scene.desk.add("ema", {})
    first = scene.bars(count=500)
    scene.questions.answer()
    older = scene.bars(since_ms=first.series.first_ms - 5_000 * MINUTE)
    kept = scene.screen.drawn[0].series
    assert kept is not None  # what is there stays to be seen meanwhile
    scene.questions.answer()

    drawn = scene.screen.drawn[0]
    assert drawn.series is not kept
    assert np.isfinite(scene.desk.values_at(drawn, older.series.first_ms + 30 * MINUTE)["ema"])


def test_another_symbol_takes_old_values_away_at_once_and_late_answers_are_dropped(scene):
    scene.desk.add("sma", {})
    scene.bars()
    scene.bars("ETHUSDC")
    assert scene.screen.drawn[0].series is None

    scene.questions.answer()

    assert scene.screen.drawn[0].series.levels[0].open_time.size == 100


def test_the_same_bars_are_not_asked_about_twice(scene):
    scene.desk.add("sma", {})
    loaded = scene.bars()
    scene.questions.answer()

    scene.desk.follow("BTCUSDC", loaded)

    assert not scene.questions.waiting


def test_news_during_a_question_lead_to_one_more(scene):
    scene.desk.add("sma", {})
    for count in (100, 200, 300):
        scene.bars(count=count)
    assert len(scene.questions.waiting) == 1

    scene.questions.answer()

    assert len(scene.bank.wanted) == 2
    assert scene.screen.drawn[0].series.levels[0].open_time.size == 301


def test_a_timeframe_that_is_made_for_the_look_is_computed_from_its_bars(scene):
    scene.desk.add("sma", {"period": 5})
    loaded = scene.bars(timeframe="1h")
    scene.questions.answer()

    assert loaded.derived
    assert not scene.bank.wanted
    closes = loaded.series.columns["close"][-5:]
    assert scene.desk.values_at(scene.screen.drawn[0], None)["sma"] == pytest.approx(closes.mean())


def test_what_cannot_be_had_says_why_and_comes_when_it_can(scene):
    scene.bank.failure = DataNotFoundError("{symbol}: nothing", symbol="BTCUSDC")
    scene.desk.add("ema", {})
    scene.bars(count=100)
    scene.questions.answer()
    assert scene.screen.drawn[0].problem == "BTCUSDC: nothing"

    scene.bank.failure = None
    scene.bars(count=200)
    scene.questions.answer()

    assert scene.screen.drawn[0].problem == ""
    assert scene.screen.drawn[0].series is not None


def test_edited_parameters_are_asked_for_and_a_height_alone_is_not(scene):
    key = scene.desk.add("rsi", {})
    scene.bars()
    scene.questions.answer()

    scene.desk.resize(key, 0.3)
    assert not scene.questions.waiting
    assert scene.screen.drawn[0].series is not None
    scene.desk.edit(key, {"period": 5})
    scene.questions.answer()

    assert scene.screen.drawn[0].study.label == "RSI 5"
    assert scene.screen.drawn[0].study.height == 0.3


def test_an_edit_during_a_question_wins(scene):
    key = scene.desk.add("ema", {"period": 5})
    scene.bars()
    scene.desk.edit(key, {"period": 50})

    scene.questions.answer()

    bars = scene.bank.held["BTCUSDC", "1m"]
    expected = get("ema").run(bars, {"period": 50})[0]["ema"][-1]
    assert scene.desk.values_at(scene.screen.drawn[0], None)["ema"] == expected


def test_questions_about_other_bars_are_forgotten_so_that_workers_are_free(scene):
    scene.bars()
    first, second = scene.desk.add("ema", {"period": 9}), scene.desk.add("rsi", {"period": 14})
    scene.bars(timeframe="1h", count=40)
    assert sorted(scene.questions.forgotten) == [1, 2]
    scene.desk.edit(first, {"period": 20})
    assert scene.questions.forgotten[2:] == [3]
    scene.desk.remove(second)
    assert scene.questions.forgotten[3:] == [4]
    scene.questions.answer()
    assert [each.series is not None for each in scene.screen.drawn] == [True]


def test_a_wrong_parameter_changes_nothing(scene):
    key = scene.desk.add("ema", {})

    with pytest.raises(IndicatorError):
        scene.desk.edit(key, {"period": 0})
    with pytest.raises(IndicatorError):
        scene.desk.add("ema", {"period": -1})

    assert [study.label for study in scene.desk.studies] == ["EMA 20"]


def test_removed_during_a_question_stays_removed(scene):
    key = scene.desk.add("ema", {})
    scene.bars()
    scene.desk.remove(key)

    scene.questions.answer()

    assert scene.screen.drawn == ()


def test_there_are_no_more_than_fit(scene):
    keys = [scene.desk.add("ema", {"period": period}) for period in range(5, 6 + MOST)]

    assert keys[-1] is None
    assert len(scene.desk.studies) == MOST
    assert "remove one" in scene.said[-1]


def test_what_is_shown_is_kept_for_the_next_start(scene):
    scene.desk.add("ema", {"period": 9})
    scene.desk.resize(scene.desk.add("rsi", {}), 0.25)

    again = Scene(scene.memory)

    assert [(study.label, study.height) for study in again.desk.studies][1] == ("RSI 14", 0.25)
    assert [study.shade for study in again.desk.studies] == [0, 1]
    again.desk.clear()
    assert "charts.studies" not in again.memory


def test_a_template_replaces_what_is_shown_and_says_what_it_left_out(scene):
    scene.desk.add("ema", {})
    scene.desk.add("rsi", {})
    scene.desk.save_template("two")
    scene.desk.clear()
    scene.desk.add("vwap", {})
    scene.bars()

    scene.desk.load_template("two")
    scene.questions.answer()

    assert [drawn.study.label for drawn in scene.screen.drawn] == ["EMA 20", "RSI 14"]
    assert all(drawn.series is not None for drawn in scene.screen.drawn)
    scene.memory["charts.templates"]["two"].append({"name": "gone"})
    scene.desk.load_template("two")
    assert "1 entry" in scene.said[-1]
    scene.desk.delete_template("two")
    assert scene.desk.templates.names == []


def test_a_wish_of_another_tab_is_added_once(scene):
    for _time in range(2):
        scene.selection.update(wish=Wish("ema", {"period": 50, "max_gap": 240}))

    assert [study.label for study in scene.desk.studies] == ["EMA 50"]
    scene.selection.update(wish=Wish("emma", {}))
    assert "emma" in scene.said[-1]


def test_no_bar_under_the_crosshair_is_no_value(scene):
    scene.bank.held["BTCUSDC", "1m"] = columns(200, without=range(50, 60))
    scene.desk.add("sma", {"period": 2})
    scene.bars()
    scene.questions.answer()

    assert scene.desk.values_at(scene.screen.drawn[0], START + 55 * MINUTE) == {}
    scene.desk.follow(None, None)
    assert scene.desk.values_at(scene.screen.drawn[0], None) == {}
