"""The Charts tab's decisions, without a screen and without threads: questions wait until the test answers them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from tests.ui.chart_bars import MINUTE, START, columns
from threadx.bridge.events import JobEvent, JobKind, JobSpec, JobState
from threadx.errors import DataNotFoundError, SourceError, ThreadXError
from threadx.progress import NULL_PROGRESS
from threadx.ui.presenters.chart_loader import FIRST_BARS, ChartReader
from threadx.ui.presenters.charts import ChartsPresenter
from threadx.ui.presenters.viewport import Viewport
from threadx.ui.selection import Look, Selection

STORED = 50_000
"""Minutes of BTCUSDC and ETHUSDC."""


@dataclass(frozen=True)
class Row:
    symbol: str
    tick_size: float | None = None


@dataclass(frozen=True)
class Dataset:
    provider: str
    symbol: str
    size_bytes: int = 0


class Bank:
    """Stands for the bridge: 1m and 1h bars of two symbols in memory."""

    provider = "demo"

    def __init__(self):
        self.held = {("BTCUSDC", "1m"): columns(STORED), ("ETHUSDC", "1m"): columns(100, seed=5)}
        self.asked = []
        self.listed = None
        self.elsewhere = {}
        """Symbols of another provider."""

    def inventory(self, _progress=NULL_PROGRESS):
        return [Dataset(self.elsewhere.get(symbol, "demo"), symbol) for symbol, _timeframe in self.held]

    def span(self, provider, symbol, timeframe, _progress=NULL_PROGRESS):
        bars = self.held.get((symbol, timeframe))
        if self.elsewhere.get(symbol, "demo") != provider:
            return None
        return None if bars is None else (int(bars["open_time"][0]), int(bars["open_time"][-1]))

    def bars(self, _provider, symbol, timeframe, start_ms=None, end_ms=None, *, progress=NULL_PROGRESS):
        self.asked.append((symbol, timeframe, start_ms, end_ms))
        bars = self.held[symbol, timeframe]
        first, last = np.searchsorted(bars["open_time"], [start_ms or 0, end_ms or 1 << 60])
        if first == last:
            raise DataNotFoundError("nothing")
        return {name: values[first:last] for name, values in bars.items()}

    def stored_symbols(self, _progress=NULL_PROGRESS):
        return [Row(symbol) for symbol in sorted({symbol for symbol, _timeframe in self.held})]

    def symbols(self, _progress=NULL_PROGRESS):
        if self.listed is None:
            raise SourceError("offline")
        return self.listed


class Questions:
    """Keeps questions until `answer`."""

    def __init__(self):
        self.waiting = []
        self.asked = 0
        self.forgotten = []
        """Their answers come all the same, as those that were under way already."""

    def ask(self, function, then, failed=None):
        self.waiting.append((function, then, failed))
        self.asked += 1
        return self.asked

    def forget(self, request):
        self.forgotten.append(request)

    def answer(self):
        """Answer all, and those that the answers led to."""
        while self.waiting:
            self.answer_one()

    def answer_one(self):
        function, then, failed = self.waiting.pop(0)
        try:
            value = function(NULL_PROGRESS)
        except ThreadXError as failure:
            failed(failure)
        else:
            then(value)


@dataclass
class Screen:
    """Stands for the view: remembers what it was told last."""

    loaded: object = None
    digits: int | None = None
    viewport: object = None
    empty: object = None
    notice: str = ""
    header: object = None
    choice: tuple | None = None
    calls: list = field(default_factory=list)

    def show_bars(self, loaded, digits, viewport):
        self.loaded, self.digits, self.viewport, self.empty = loaded, digits, viewport, None
        self.calls.append("show_bars")

    def update_bars(self, loaded):
        self.loaded = loaded
        self.calls.append("update_bars")

    def show_empty(self, empty):
        self.loaded, self.empty = None, empty

    def show_notice(self, words):
        self.notice = words

    def show_header(self, header):
        self.header = header

    def show_choice(self, symbol, timeframe):
        self.choice = (symbol, timeframe)


@pytest.fixture
def bank():
    return Bank()


@pytest.fixture
def questions():
    return Questions()


@pytest.fixture
def selection():
    found = Selection()
    found.update(symbols=("BTCUSDC", "ETHUSDC"), timeframe="1m")
    return found


@pytest.fixture
def screen():
    return Screen()


@pytest.fixture
def charts(bank, questions, selection, screen):
    made = ChartsPresenter(bank, questions, selection)
    made.attach(screen)
    return made


@pytest.fixture
def shown(charts, questions):
    """The presenter with its first bars there."""
    questions.answer()
    return charts


def test_the_first_look_brings_the_latest_bars_of_the_selection(shown, screen, bank):
    assert screen.choice == ("BTCUSDC", "1m")
    assert len(screen.loaded.series) == pytest.approx(FIRST_BARS, abs=2)
    assert screen.loaded.extent.first_ms == START
    assert screen.header.title == "BTCUSDC · 1m"
    assert [letter for letter, _value in screen.header.values] == ["O", "H", "L", "C", "V"]


def test_older_bars_are_loaded_before_the_user_gets_to_the_edge(shown, screen, questions):
    first_ms = screen.loaded.series.first_ms

    shown.moved(Viewport(first_ms + 10 * MINUTE, first_ms + 210 * MINUTE))
    assert len(questions.waiting) == 1
    questions.answer()

    assert screen.loaded.series.first_ms < first_ms
    assert screen.calls[-1] == "update_bars"
    assert (np.diff(screen.loaded.series.columns["open_time"]) == MINUTE).all()


def test_only_one_block_is_asked_for_at_a_time(shown, questions, screen):
    first_ms = screen.loaded.series.first_ms

    for step in range(5):
        shown.moved(Viewport(first_ms - step * MINUTE, first_ms + 100 * MINUTE))

    assert len(questions.waiting) == 1


def test_far_from_the_edge_nothing_is_asked_for(shown, questions, screen):
    end_ms = screen.loaded.series.end_ms

    shown.moved(Viewport(end_ms - 100 * MINUTE, end_ms))

    assert questions.waiting == []


def test_showing_everything_loads_everything(shown, questions, screen):
    shown.moved(Viewport(START, START + STORED * MINUTE))
    questions.answer()

    assert len(screen.loaded.series) == STORED
    shown.moved(Viewport(START, START + STORED * MINUTE))
    assert questions.waiting == []


def test_a_stretch_without_bars_does_not_stop_the_way_back(bank, questions, selection, screen):
    bank.held["BTCUSDC", "1m"] = columns(STORED, without=range(5_000, STORED - 2_000))
    charts = ChartsPresenter(bank, questions, selection)
    charts.attach(screen)
    questions.answer()

    for _block in range(4):
        first_ms = charts.loaded.series.first_ms
        charts.moved(Viewport(first_ms - 30_000 * MINUTE, first_ms))
        questions.answer()

    assert charts.loaded.series.first_ms == START


def test_an_answer_for_what_is_no_longer_shown_is_dropped(charts, questions, screen):
    charts.open("ETHUSDC")
    questions.answer()

    assert screen.header.title == "ETHUSDC · 1m"
    assert len(screen.loaded.series) == 100
    assert screen.calls == ["show_bars"]


def test_a_symbol_picked_here_moves_to_the_front_of_the_selection(shown, questions, selection):
    shown.open("ETHUSDC")

    assert selection.choice.symbols == ("ETHUSDC", "BTCUSDC")


def test_a_symbol_that_nobody_selected_leaves_the_selection_alone(shown, questions, selection, screen, bank):
    bank.held["SOLUSDC", "1m"] = columns(50)

    shown.open("SOLUSDC")
    questions.answer()
    shown.open(timeframe="1h")
    questions.answer()

    assert selection.choice.symbols == ("BTCUSDC", "ETHUSDC")
    assert screen.header.title == "SOLUSDC · 1h"


def test_a_single_choice_follows_what_is_picked_here(shown, selection):
    selection.update(symbols=("BTCUSDC",))

    shown.open("SOLUSDC")

    assert selection.choice.symbols == ("SOLUSDC",)


def test_the_selection_of_other_tabs_is_followed(shown, questions, selection, screen):
    selection.update(symbols=("ETHUSDC",))
    questions.answer()

    assert screen.choice == ("ETHUSDC", "1m")
    assert len(screen.loaded.series) == 100


def test_a_timeframe_the_bank_does_not_keep_is_made_from_minutes(shown, questions, screen):
    shown.open(timeframe="4h")
    questions.answer()

    assert screen.loaded.derived
    assert screen.loaded.series.timeframe.name == "4h"
    assert screen.header.title == "BTCUSDC · 4h"


def test_an_unfinished_made_bar_is_incomplete(bank):
    from threadx.bars.timeframe import Timeframe

    loaded = ChartReader(bank, "demo", "ETHUSDC", Timeframe.parse("1h")).latest()

    assert loaded.series.columns["incomplete"].tolist() == [False, True]


def test_no_symbol_and_no_bars_say_what_to_do_next(bank, questions, screen):
    charts = ChartsPresenter(bank, questions, Selection())
    charts.attach(screen)
    questions.answer()
    assert screen.empty.title == "No symbol chosen"
    assert screen.empty.action

    charts.open("XRPUSDC")
    questions.answer()
    assert screen.empty.title == "No bars of XRPUSDC yet"
    assert "Download" in screen.empty.step
    assert screen.notice == ""


def test_a_failure_is_said_with_its_next_step(charts, questions, bank, screen):
    def damaged(*_given, **_more):
        raise ThreadXError("{what} is damaged", hint="run: threadx verify", what="a file")

    bank.bars = damaged
    questions.answer()

    assert (screen.empty.title, screen.empty.step) == ("a file is damaged", "run: threadx verify")


def test_imported_bars_are_found_where_the_source_has_none(shown, questions, bank, screen):
    bank.held["OLDUSD", "1m"] = columns(80)
    bank.elsewhere["OLDUSD"] = "import"

    shown.open("OLDUSD")
    questions.answer()

    assert len(screen.loaded.series) == 80
    assert shown.caption == "OLDUSD · 1m · import · ThreadX"


def test_a_new_view_gets_what_the_old_one_showed(shown, questions):
    looked_at = Viewport(START + 49_000 * MINUTE, START + 49_900 * MINUTE)
    shown.moved(looked_at)
    other = Screen()

    shown.attach(other)

    assert other.loaded is shown.loaded
    assert other.viewport == looked_at


def test_the_tick_of_the_exchange_decides_the_decimals(bank, questions, selection, screen):
    bank.listed = [Row("BTCUSDC", 0.001)]

    ChartsPresenter(bank, questions, selection).attach(screen)
    questions.answer()

    assert screen.digits == 3
    assert len(dict(screen.header.values)["C"].partition(".")[2]) == 3


def test_the_header_follows_the_crosshair_and_names_gaps(bank, questions, selection, screen):
    bank.held["BTCUSDC", "1m"] = columns(100, without=range(40, 60))
    charts = ChartsPresenter(bank, questions, selection)
    charts.attach(screen)
    questions.answer()

    charts.hovered(START + 10.5 * MINUTE)
    assert screen.header.when == "Fri 24 Mar 2023 00:10"
    charts.hovered(START + 50 * MINUTE)
    assert screen.header.values == ()
    assert screen.header.note == "no bars from Fri 24 Mar 2023 00:40 to Fri 24 Mar 2023 01:00 (20 min)"
    charts.hovered(None)
    assert screen.header.when == screen.header.note == ""


def test_a_download_that_ended_brings_its_bars(shown, questions, bank, screen):
    bank.held["BTCUSDC", "1m"] = columns(STORED + 7)
    before = len(screen.loaded.series)

    shown.on_jobs([event("ETHUSDC"), event("BTCUSDC", JobState.RUNNING)])
    questions.answer()
    assert len(screen.loaded.series) == before
    shown.on_jobs([event("BTCUSDC")])
    questions.answer()

    assert len(screen.loaded.series) == before + 7
    assert screen.calls[-1] == "update_bars"


def test_bars_that_come_while_older_ones_load_are_not_missed(shown, questions, bank, screen):
    bank.held["BTCUSDC", "1m"] = columns(STORED + 7)
    first_ms = screen.loaded.series.first_ms
    shown.moved(Viewport(first_ms, first_ms + 100 * MINUTE))

    shown.on_jobs([event("BTCUSDC")])
    questions.answer()

    assert screen.loaded.series.end_ms == START + (STORED + 7) * MINUTE
    assert screen.loaded.series.first_ms < first_ms


def test_older_bars_that_cannot_be_read_leave_the_others_on_the_screen(shown, questions, bank, screen):
    def damaged(*_given, **_more):
        raise ThreadXError("{what} is damaged", hint="run: threadx verify", what="a file")

    bank.bars = damaged
    first_ms = screen.loaded.series.first_ms
    shown.moved(Viewport(first_ms, first_ms + 100 * MINUTE))
    questions.answer()

    assert screen.loaded is not None
    assert screen.notice == "a file is damaged · run: threadx verify"


def test_the_first_download_of_a_symbol_fills_the_empty_chart(bank, questions, selection, screen):
    stored = bank.held.pop(("BTCUSDC", "1m"))
    charts = ChartsPresenter(bank, questions, selection)
    charts.attach(screen)
    questions.answer()
    assert screen.empty is not None

    bank.held["BTCUSDC", "1m"] = stored
    charts.on_jobs([event("BTCUSDC")])
    questions.answer()

    assert screen.loaded is not None


def test_an_empty_chart_fills_while_the_download_runs_without_flicker(bank, questions, selection, screen):
    stored = bank.held.pop(("BTCUSDC", "1m"))
    charts = ChartsPresenter(bank, questions, selection)
    charts.attach(screen)
    questions.answer()
    first_words = screen.empty

    charts.on_jobs([event("BTCUSDC", JobState.RUNNING, done=10, total=100)])
    assert screen.notice == ""
    questions.answer()
    assert screen.empty is first_words
    bank.held["BTCUSDC", "1m"] = stored
    charts.on_jobs([event("BTCUSDC", JobState.RUNNING, done=11, total=100)])
    assert questions.waiting == []
    charts.on_jobs([event("BTCUSDC", JobState.RUNNING, done=20, total=100)])
    questions.answer()

    assert screen.loaded is not None


def test_a_symbol_that_was_deleted_is_found_no_more(shown, questions, bank):
    """Only the ends of downloads had the symbols looked for again."""
    assert shown.find_symbols("eth") == ["ETHUSDC"]
    del bank.held["ETHUSDC", "1m"]

    shown.on_jobs([event("ETHUSDC", kind=JobKind.DELETE)])
    questions.answer()

    assert shown.find_symbols("eth") == []


def event(symbol, state=JobState.DONE, *, kind=JobKind.DOWNLOAD, **fields):
    return JobEvent(1, JobSpec(kind, symbol), state, **fields)


def test_typed_letters_find_symbols_beginnings_first(shown, bank, questions):
    bank.held |= {("AETHUSDC", "1m"): columns(1)}
    shown.look_for_symbols()
    questions.answer()

    assert shown.find_symbols("eth") == ["ETHUSDC", "AETHUSDC"]
    assert shown.find_symbols("zzz") == []


def test_a_stretch_that_another_tab_names_is_loaded_and_shown(shown, questions, screen, selection):
    start_ms = START + 1_000 * MINUTE
    selection.update(look=Look(start_ms, start_ms + 1_440 * MINUTE))
    questions.answer()
    assert screen.viewport == Viewport(start_ms, start_ms + 1_440 * MINUTE)
    assert screen.loaded.series.first_ms <= start_ms


def test_the_same_stretch_is_shown_again_from_what_is_loaded(shown, questions, screen, selection):
    start_ms = START + 48_000 * MINUTE
    for _time in range(2):
        screen.viewport = None
        selection.update(look=Look(start_ms, start_ms + 1_440 * MINUTE))
        assert not questions.waiting
        assert screen.viewport == Viewport(start_ms, start_ms + 1_440 * MINUTE)
        shown.moved(Viewport(start_ms + MINUTE, start_ms + 100 * MINUTE))


def test_only_bars_that_the_bank_keeps_are_offered_for_export(shown, questions):
    assert shown.dataset == ("demo", "BTCUSDC", "1m")
    shown.open(timeframe="4h")
    assert "nothing to export" in shown.why_no_export
    questions.answer()
    assert shown.dataset is None
    assert "4h bars are made for this look only" in shown.why_no_export
