"""The Indicators tab's decisions on a real bank and a real bridge, without a screen."""

from __future__ import annotations

import pytest

from tests.ui.bank import BTC, ETH, Desk, exchange, on_exchange, write
from tests.ui.presenters.test_studies import Memory
from threadx import i18n
from threadx.bridge import ThreadXBridge
from threadx.ui.presenters.indicator_jobs import Running
from threadx.ui.presenters.indicator_picks import Pick, Work, batches, in_order, word_of
from threadx.ui.presenters.indicator_rows import detail_text, wanted_text
from threadx.ui.presenters.indicators import IndicatorsPresenter
from threadx.ui.selection import Selection


class Screen:
    """Stands for the view: remembers what it was told last."""

    def __init__(self):
        self.symbols, self.chosen, self.there, self.ticked_frames = (), (), (), ()
        self.picks, self.ticked, self.core = (), frozenset(), None
        self.rows, self.empty, self.wanted, self.ready = {}, None, "", None
        self.running, self.seen, self.table = Running(), [], None

    def show_symbols(self, rows, chosen):
        self.symbols, self.chosen = tuple(row.key for row in rows), tuple(chosen)

    def show_timeframes(self, there, ticked):
        self.there, self.ticked_frames = tuple(there), tuple(ticked)

    def show_picks(self, picks, ticked, *, core):
        self.picks, self.ticked, self.core = tuple(picks), ticked, core

    def show_rows(self, rows):
        self.rows, self.empty = {row.key: row for row in rows}, None

    def show_empty(self, empty):
        self.rows, self.empty = {}, empty

    def show_wanted(self, text, *, ready):
        self.wanted, self.ready = text, ready

    def show_running(self, running):
        self.running = running
        self.seen.append(running)

    def show_table(self, table):
        self.table = table

    def states(self):
        return sorted(row.cells[4].split()[-1] for row in self.rows.values())


class Scene:
    """A presenter on a bank of its own."""

    def __init__(self, settings, memory):
        self.settings = settings
        self.bridge = ThreadXBridge(settings, remember=False, log_lines=False)
        self.desk = Desk(self.bridge)
        self.memory = memory
        self.selection = Selection()
        self.said, self.opened = [], []
        self.presenter = IndicatorsPresenter(
            self.bridge, self.desk, self.selection, memory, notify=self.said.append, open_tab=self.opened.append
        )
        self.screen = Screen()
        self.desk.on_jobs.append(self.presenter.on_jobs)
        self.presenter.attach(self.screen)

    def read(self):
        before = self.presenter.read
        self.presenter.refresh()
        self.desk.until(lambda: self.presenter.read is not before and not self.presenter._busy)

    def update(self):
        self.presenter.update()
        self.desk.until(lambda: not self.bridge.jobs.busy and not self.presenter.jobs.running().text)
        self.read()


@pytest.fixture
def make(settings):
    scenes = []
    with exchange() as running:
        ready = on_exchange(settings, running)

        def made(*symbols, memory=None, **bars):
            for symbol in symbols:
                write(ready, symbol, **bars)
            scene = Scene(ready, Memory() if memory is None else memory)
            scenes.append(scene)
            scene.read()
            return scene

        yield made
        for scene in scenes:
            scene.bridge.close()
            assert scene.bridge.ended(20)


def only(scene, *words):
    scene.presenter.tick_picks([pick.word for pick in scene.presenter.picks if pick.word not in words], on=False)


def test_an_empty_bank_says_what_to_do_first(make):
    scene = make()

    assert scene.screen.empty.title == "Nothing is stored yet"
    assert not scene.screen.ready


def test_defaults_are_ticked_and_the_core_is_offered_on_demand(make):
    scene = make(BTC)
    assert len(scene.screen.picks) == 16
    assert scene.screen.ticked == {pick.word for pick in scene.screen.picks}

    before = scene.presenter.read
    scene.presenter.set_core(on=True)
    scene.desk.until(lambda: scene.presenter.read is not before)

    assert len(scene.screen.picks) == 23
    assert [pick.label for pick in scene.screen.picks if pick.core][:2] == ["RSI 14", "MACD 12 26 9"]
    assert scene.memory["indicators.core"] is True


def test_symbols_and_timeframe_are_those_of_all_tabs(make):
    scene = make(BTC, ETH)
    assert scene.screen.wanted == "Choose symbols"
    scene.selection.update(symbols=(ETH, "XRPUSDC"))
    assert scene.screen.chosen == (ETH,)
    assert scene.screen.ticked_frames == ("1h",)
    assert scene.screen.wanted == "16 files · 16 missing"

    scene.presenter.choose([ETH, BTC])
    assert scene.selection.choice.symbols == (ETH, BTC, "XRPUSDC")
    scene.selection.update(timeframe="1m")
    assert scene.screen.ticked_frames == ("1m",)
    scene.presenter.tick_timeframe("1m", on=False)
    assert scene.screen.wanted == "Tick a timeframe"
    scene.presenter.tick_timeframe("1h", on=True)
    assert scene.selection.choice.timeframe == "1h"
    assert scene.screen.wanted == "32 files · 32 missing"


def test_an_update_makes_missing_files_fresh_and_more_bars_make_them_stale(make):
    scene = make(BTC)
    scene.presenter.choose([BTC])
    only(scene, "ema:period=20:max_gap=240", "macd")
    assert scene.screen.states() == ["missing"]

    scene.update()

    assert scene.screen.states() == ["fresh"]
    assert any(running.text for running in scene.screen.seen)
    assert scene.said[-1] == "1 file calculated, 0 were fresh"
    (row,) = scene.screen.rows.values()
    assert row.cells[:4] == (BTC, "demo", "1h", "EMA 20")
    assert row.cells[5:9] == ("", "2024-05-30 00:00", "2024-06-01 23:00", "72")

    write(scene.settings, BTC, days=4)
    scene.read()
    (row,) = scene.screen.rows.values()
    assert row.cells[4].endswith("stale")
    assert "bars" in row.cells[5]
    assert row.tags == ("warning",)
    scene.update()
    assert scene.screen.states() == ["fresh"]


def test_an_own_indicator_is_checked_listed_kept_and_removed(make):
    scene = make(BTC)
    judged = scene.presenter.judge("keltner", {"period": "0"})
    assert (judged.wrong, judged.ok) == ("period", False)
    assert "1 .. 10000" in judged.error
    judged = scene.presenter.judge("keltner", {"period": "30", "multiplier": "1,5", "max_gap": "none"})
    assert judged.params == {"period": 30, "multiplier": 1.5, "max_gap": None}

    word = scene.presenter.add("keltner", judged.params)
    assert scene.screen.picks[-1].word == word
    assert word in scene.screen.ticked
    assert scene.presenter.add("keltner", judged.params) == word
    assert scene.presenter.add("ema", {"period": 20}) == "ema:period=20:max_gap=240"

    again = make(memory=scene.memory)
    assert [pick.label for pick in again.screen.picks if pick.own] == ["Keltner 30 10 1.5 (no gap counts)"]
    again.presenter.remove(word)
    assert not any(pick.own for pick in again.screen.picks)
    assert "indicators.own" not in again.memory


def test_an_indicator_that_is_added_or_removed_during_a_reading_stays_so(make):
    scene = make(BTC)
    for change in (
        lambda: scene.presenter.add("sma", {"period": 7}),
        lambda: scene.presenter.remove(next(pick.word for pick in scene.screen.picks if pick.own)),
    ):
        scene.presenter.refresh()
        change()
        wanted = scene.screen.picks
        scene.desk.until(lambda: not scene.presenter._busy)
        assert scene.screen.picks == wanted


def test_a_broken_state_file_is_passed_over_and_a_refused_indicator_is_said(make):
    own = ["ema", 5, ["ema"], ["ema", 3], ["emma", {}], ["sma", {"period": 7}]]
    scene = make(BTC, memory=Memory({"indicators.own": own, "indicators.unticked": [3, "x"]}))

    assert [pick.label for pick in scene.screen.picks if pick.own] == ["SMA 7"]
    assert "emma" in scene.said[-1]


def test_files_are_deleted_after_a_question_that_names_them(make):
    scene = make(BTC)
    scene.presenter.choose([BTC])
    only(scene, "ema:period=20:max_gap=240", "ema:period=50:max_gap=240")
    scene.update()
    keys = list(scene.screen.rows)
    assert len(keys) == 2
    question = scene.presenter.delete_question(keys)
    assert f"{BTC} 1h EMA 20" in question
    assert "2 files" in question

    before = scene.presenter.read
    scene.presenter.delete(keys)
    scene.desk.until(lambda: scene.presenter.read is not before)

    assert scene.screen.states() == ["missing", "missing"]
    assert scene.said[-1].startswith("2 files deleted")
    assert scene.presenter.delete_question(keys) == ""


def test_a_damaged_file_is_red_and_can_be_deleted(make):
    scene = make(BTC)
    scene.presenter.choose([BTC])
    only(scene, "ema:period=20:max_gap=240")
    scene.update()
    (key,) = scene.screen.rows
    scene.presenter.path_of(key).write_bytes(b"not parquet")

    scene.read()

    row = scene.screen.rows[key]
    assert row.tags == ("danger",)
    assert row.cells[3:6:2] == ("EMA 20", "the file was damaged")
    assert detail_text(row).startswith(f"{BTC} 1h EMA 20 · \u21bb stale · the file was damaged · ")
    before = scene.presenter.read
    scene.presenter.delete([key])
    scene.desk.until(lambda: scene.presenter.read is not before)
    assert scene.screen.states() == ["missing"]


def test_a_row_opens_in_charts_with_its_indicator(make):
    scene = make(BTC, ETH)
    scene.selection.update(symbols=(BTC, ETH))
    only(scene, "macd", "ema:period=50:max_gap=240")
    key = f"demo/{ETH}/1h/ema_50"

    scene.presenter.open_in_charts([key])

    choice = scene.selection.choice
    assert (choice.symbols, choice.timeframe) == ((ETH, BTC), "1h")
    assert (choice.wish.name, choice.wish.params["period"]) == ("ema", 50)
    assert scene.opened == ["charts"]


def test_what_fails_is_shown_with_its_reason(make, settings):
    scene = make(BTC)
    scene.presenter.choose([BTC])
    only(scene)
    scene.presenter.add("ema", {"period": 3})
    for bars in (scene.settings.paths.data_root).rglob("*.parquet"):
        if "1h" in bars.parts:
            bars.write_bytes(b"damaged")

    scene.presenter.update()
    scene.desk.until(lambda: not scene.bridge.jobs.busy and scene.screen.table is not None)

    assert scene.screen.table.rows[0].cells[:3] == (BTC, "1h", "ema_3")
    assert scene.screen.table.rows[0].cells[3]


def test_actions_fit_what_is_chosen(make):
    scene = make(BTC)
    scene.presenter.choose([BTC])
    only(scene, "ema:period=20:max_gap=240")
    (key,) = scene.screen.rows
    enabled = {each.name: each.enabled for each in scene.presenter.actions([key]) if each is not None}
    assert enabled == {"charts": True, "update": True, "folder": False, "copy": True, "delete": False}
    assert not any(each.enabled for each in scene.presenter.actions([]) if each is not None)

    scene.presenter.update_rows([key])
    scene.desk.until(lambda: not scene.bridge.jobs.busy)
    scene.read()
    enabled = {each.name: each.enabled for each in scene.presenter.actions([key]) if each is not None}
    assert all(enabled.values())
    assert scene.presenter.totals([key]).startswith("1 file")


def test_jobs_are_as_few_as_do_exactly_what_is_wanted():
    ema, rsi = (Pick(word_of(name, {}), name, {}, name) for name in ("ema", "rsi"))
    work = [Work("demo", symbol, frame, pick) for symbol in "AB" for frame in ("1h", "4h") for pick in (ema, rsi)]
    work += [Work("demo", "C", "1h", ema)]

    assert batches(work) == [
        ("demo", ("A", "B"), ("ema", "rsi"), ("1h", "4h")),
        ("demo", ("C",), ("ema",), ("1h",)),
    ]


def test_timeframes_stand_from_the_shortest_to_the_longest():
    assert in_order(["1mo", "1h", "5m", "1d", "1h", "zz"]) == ("5m", "1h", "1d", "1mo", "zz")


def test_words_agree_with_numbers_in_french():
    i18n.activate("fr")
    assert wanted_text(["stale", "stale", "missing"]) == "3 fichiers · 2 périmés · 1 manquant"
