"""Indicators on the Charts tab under real clicks and keys: added, edited, drawn, removed, kept as templates."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.ui.chart_bars import columns
from tests.ui.fakes import QuietBridge
from tests.ui.person import Person
from tests.ui.presenters.test_study_desk import IndicatorsOfBank
from threadx.ui.study_dialogs import StudyDialog, TemplateDialog
from threadx.ui.tabs import Tab

TABS = (Tab("charts", "Charts", "threadx.ui.charts:ChartsPage"),)


class ChartBridge(IndicatorsOfBank, QuietBridge):
    """A quiet bridge with bars and indicators in it."""

    def __init__(self, settings):
        QuietBridge.__init__(self, settings)
        IndicatorsOfBank.__init__(self)


class Scene:
    """The window on its Charts tab, and a person before it."""

    def __init__(self, app, panel, wait_until):
        self.app, self.panel, self.wait_until = app, panel, wait_until
        self.person = Person(app, wait_until)
        self.desk, self.legend = panel.indicators.desk, panel.indicators.legend
        self.view = panel.view

    @property
    def labels(self):
        return [study.label for study in self.desk.studies]

    def row(self, label):
        return next(row for row in self.legend.rows.values() if str(row.name.cget("text")) == label)

    def add(self, *typed, **fields):
        """Type a slash, what is looked for, other parameters, Return."""
        self.view.take_focus()
        self.app.root.update()
        self.person.press("slash")
        dialog = self.person.dialog()
        assert isinstance(dialog, StudyDialog)
        self.person.click(dialog.filter.entry)
        self.person.type("".join(typed))
        assert dialog.filter.text == "".join(typed)
        for name, text in fields.items():
            self.person.write(dialog.fields.entries[name], text)
        self.person.press("Return")
        self.wait_until(lambda: not dialog.winfo_exists())

    def drawn(self):
        self.wait_until(
            lambda: all(each.series is not None for each in self.desk.drawn) and self.view.canvas._idle is None
        )

    def pick(self, *labels):
        """Choose an entry of the Indicators menu, as the keyboard would."""
        menu = self.app.root.nametowidget(self.menu())
        for place, label in enumerate(labels):
            at = next(n for n in range(menu.index("end") + 1) if menu.type(n) != "separator"
                      and menu.entrycget(n, "label") == label)  # fmt: skip
            if place == len(labels) - 1:
                menu.invoke(at)
            else:
                menu = menu.nametowidget(menu.entrycget(at, "menu"))
        self.app.root.update()

    def menu(self):
        bar = self.panel.indicators_button.master
        for child in bar.winfo_children():
            if child.winfo_class() == "Menu" and child.cget("postcommand"):
                self.panel.indicators.fill(child, self.panel._menu)
                return str(child)
        raise AssertionError("no menu")


@pytest.fixture
def scene(make_app, english_settings, wait_until):
    app = make_app(TABS, bridge=ChartBridge(english_settings))
    app.root.geometry("1100x760")
    app.selection.update(symbols=("BTCUSDC",), timeframe="1m")
    wait_until(lambda: app.book.page("charts") is not None and app.book.page("charts").panel is not None)
    panel = app.book.page("charts").panel
    wait_until(lambda: panel.view.chart.place is not None)
    return Scene(app, panel, wait_until)


def test_an_average_is_added_drawn_and_its_period_edited(scene, wait_until):
    before = scene.view.canvas.pixels().copy()

    scene.add("ema")
    scene.drawn()

    assert scene.labels == ["EMA 20"]
    wait_until(lambda: scene.row("EMA 20").values[0].cget("text") not in ("", "–"))
    assert (scene.view.canvas.pixels() != before).any()

    scene.person.click(scene.row("EMA 20").edit)
    dialog = scene.person.dialog()
    scene.person.write(dialog.fields.entries["period"], "0")
    assert dialog.buttons[0].instate(["disabled"])
    assert "1 .. 10000" in dialog.fields.error.cget("text")
    scene.person.write(dialog.fields.entries["period"], "50")
    scene.person.press("Return")

    assert scene.labels == ["EMA 50"]
    scene.drawn()


def test_an_oscillator_gets_a_pane_that_shares_the_time_and_can_be_made_higher(scene):
    price_bottom = scene.view.chart.place.price_bottom
    scene.add("rsi", height="20")
    scene.drawn()
    place = scene.view.chart.place
    assert len(place.panes) == 1
    assert place.price_bottom > price_bottom
    ((each, scale),) = scene.view.chart.panes.scales
    assert each.study.style.levels == (30.0, 70.0)
    assert scale.low <= 0 < 100 <= scale.high

    canvas = scene.view.canvas.widget
    top = canvas.winfo_height() - place.panes[0][1]
    canvas.event_generate("<Button-1>", x=300, y=int(top))
    for step in (10, 40, 80):
        canvas.event_generate("<B1-Motion>", x=300, y=int(top) - step)
    canvas.event_generate("<ButtonRelease-1>", x=300, y=int(top) - 80)
    scene.app.root.update()

    higher = scene.view.chart.place.panes[0]
    assert higher[1] - higher[0] > place.panes[0][1] - place.panes[0][0] + 40
    assert scene.desk.studies[0].height > 0.25


def test_values_follow_the_crosshair_and_gaps_have_none(scene, wait_until):
    scene.app.bridge.held["GAPUSDC", "1m"] = columns(3_000, without=range(2_950, 2_960))
    scene.app.selection.update(symbols=("GAPUSDC",))
    wait_until(lambda: scene.view.series is not None and len(scene.view.series) == 2_990)
    scene.add("sma", period="2")
    scene.drawn()
    latest = scene.row("SMA 2").values[0].cget("text")
    series, place = scene.view.series, scene.view.chart.place
    bar = series.neighbour(series.last.start_ms, -4)
    canvas = scene.view.canvas.widget

    canvas.event_generate("<Motion>", x=int(place.x_of((bar.start_ms + bar.end_ms) / 2)), y=200)
    wait_until(lambda: scene.row("SMA 2").values[0].cget("text") not in ("", latest))
    hole = float(place.x_of(bar.start_ms - 40 * 60_000))
    canvas.event_generate("<Motion>", x=int(hole), y=200)
    wait_until(lambda: scene.row("SMA 2").values[0].cget("text") == "")
    canvas.event_generate("<Leave>")
    wait_until(lambda: scene.row("SMA 2").values[0].cget("text") == latest)


def test_a_template_is_saved_loaded_and_deleted(scene, wait_until):
    scene.add("bollinger")
    scene.add("macd")
    scene.pick("Save as a template…")
    dialog = scene.person.dialog()
    assert isinstance(dialog, TemplateDialog)
    assert dialog.buttons[0].instate(["disabled"])
    scene.person.click(dialog.entry)
    scene.person.type("mine")
    scene.person.press("Return")
    scene.pick("Remove all")
    assert scene.labels == []

    scene.pick("Load a template", "mine")

    assert scene.labels == ["Bollinger 20 2", "MACD 12 26 9"]
    scene.drawn()
    assert "charts.templates" in scene.app.state._values
    scene.pick("Delete a template", "mine")
    scene.person.answer(scene.person.dialog(), "Delete")
    wait_until(lambda: scene.desk.templates.names == [])


def test_rows_are_reached_and_removed_by_keys(scene, wait_until):
    scene.add("ema")
    scene.add("sma")
    scene.view.take_focus()
    scene.app.root.update()

    scene.person.press("Tab")
    assert scene.row("EMA 20").has_keyboard()
    scene.person.press("Tab")
    assert scene.row("SMA 20").has_keyboard()
    scene.person.press("Return")
    dialog = scene.person.dialog()
    scene.person.press("Escape")
    wait_until(lambda: dialog.winfo_exists() == 0)
    scene.row("SMA 20").name.focus_force()
    wait_until(lambda: scene.row("SMA 20").has_keyboard())
    scene.person.press("Delete")

    assert scene.labels == ["EMA 20"]
    scene.person.click(scene.row("EMA 20").remove)
    assert scene.legend.rows == {}


def test_older_bars_bring_older_values(scene, wait_until):
    scene.add("ema")
    scene.drawn()
    first = scene.desk.drawn[0].series.levels[0].open_time[0]

    scene.view.pan(-500)

    wait_until(lambda: bool(scene.desk.drawn[0].series.levels[0].open_time[0] < first))


@pytest.mark.parametrize("name", ["ichimoku", "supertrend", "keltner", "donchian", "atr_bands", "vwap", "stochastic",
                                  "adx", "obv", "atr", "cci", "mfi", "roc", "williams_r", "vortex"])  # fmt: skip
def test_every_indicator_can_be_drawn_also_logarithmic_and_zoomed_out(scene, name):
    scene.desk.add(name, {})
    scene.drawn()
    row = next(iter(scene.legend.rows.values()))
    assert any(label.cget("text") not in ("", "–") for label in row.values)

    scene.view.set_log(True)
    scene.view.fit()
    scene.app.root.update()
    scene.view.canvas.draw()

    assert scene.view.chart.slots.merged > 1
    assert np.isfinite(scene.view.chart.scale.low)


def test_what_cannot_be_computed_says_so_in_its_row(scene, wait_until):
    scene.desk.add("vwap_exact", {})  # these bars have no quote volume

    wait_until(lambda: "quote_volume" in str(next(iter(scene.legend.rows.values())).problem.cget("text")))


def test_indicators_survive_the_page_and_a_saved_picture_names_them(scene, wait_until, tmp_path):
    scene.add("ema")
    scene.drawn()
    scene.panel.save_to(tmp_path / "chart.png")
    assert (tmp_path / "chart.png").stat().st_size > 1_000

    scene.app.book.rebuild("charts")
    scene.app.root.update()

    panel = scene.app.book.page("charts").panel
    wait_until(lambda: panel.view.chart.place is not None)
    assert [str(row.name.cget("text")) for row in panel.indicators.legend.rows.values()] == ["EMA 20"]
    assert panel.indicators.desk.drawn[0].series is not None


def test_a_wish_of_another_tab_is_drawn(scene):
    from threadx.ui.selection import Wish

    scene.app.selection.update(wish=Wish("ema", {"period": 7}))
    scene.drawn()

    assert scene.labels == ["EMA 7"]


def test_the_parameters_of_a_new_indicator_can_be_read_where_there_is_little_room(scene):
    scene.view.take_focus()
    scene.app.root.update()
    scene.person.press("slash")
    dialog = scene.person.dialog()
    scene.wait_until(lambda: bool(dialog.winfo_viewable()))
    dialog.geometry(f"{round(dialog.winfo_reqwidth() * 0.8)}x{dialog.winfo_reqheight()}")
    scene.wait_until(lambda: dialog.winfo_width() < dialog.winfo_reqwidth())
    scene.app.root.update()
    for widget in dialog.fields.winfo_children():
        if widget.winfo_manager():
            assert widget.winfo_viewable(), widget
            assert widget.winfo_width() >= widget.winfo_reqwidth(), widget
    reached = []
    for _stop in range(8):  # by Tab: the list first, then the parameters
        scene.person.press("Tab")
        reached.append(scene.app.root.focus_get())
    assert reached.index(dialog.table.tree) < reached.index(dialog.fields.entries["period"])
