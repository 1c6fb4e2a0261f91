"""The Indicators tab under real clicks and keys, on a real bank."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from tests.ui.bank import BTC, ETH, exchange, on_exchange, write
from tests.ui.person import Person
from threadx import i18n
from threadx.bridge import ThreadXBridge
from threadx.ui.tabs import Tab

TABS = (
    Tab("indicators", "Indicators", "threadx.ui.indicators:IndicatorsPage"),
    Tab("charts", "Charts", "tests.ui.test_inventory:EmptyPage"),
)
EMA = "ema:period=20:max_gap=240"
FILE = f"demo/{BTC}/1h/ema_20"


class Scene:
    """The window with the page, and a person before it."""

    def __init__(self, app, wait_until, settings):
        self.app, self.wait_until, self.settings = app, wait_until, settings
        self.page = app.book.page("indicators")
        self.form, self.table = self.page.form, self.page.table
        self.person = Person(app, wait_until)

    def see(self, widget):
        self.form._area.see(widget)
        self.app.root.update()
        return widget

    def click(self, widget):
        self.person.click(self.see(widget))

    def choose(self, symbol=BTC):
        self.person.click_row(self.form.symbols, symbol)

    def only(self, *words):
        """Tick these indicators only, with the mouse."""
        none = next(
            child
            for child in self.form.core.master.winfo_children()[4].winfo_children()
            if str(child.cget("text")) == "None"
        )
        self.click(none)
        for word in words:
            self.click(self.form.picks[word])

    def state(self, key=FILE):
        row = self.table.rows.get(key)
        return None if row is None else row.cells[4].split()[-1]

    def update(self):
        self.person.click(self.form.update_button)

    @property
    def said(self):
        return str(self.app.status.message)


@pytest.fixture
def make(make_app, english_settings, wait_until):
    """Return a function that opens the window on the tab, with bars of these symbols, and waits for the table."""
    with exchange() as running:
        settings = on_exchange(english_settings, running)

        def made(*symbols):
            for symbol in symbols:
                write(settings, symbol)
            app = make_app(TABS, bridge=ThreadXBridge(settings, remember=False), settings=settings)
            app.root.geometry("1200x760")
            scene = Scene(app, wait_until, settings)
            wait_until(lambda: scene.page.presenter.read is not None)
            return scene

        yield made


def test_an_update_makes_a_missing_file_fresh_and_it_can_be_deleted(make, wait_until):
    scene = make(BTC, ETH)
    assert scene.form.update_button.instate(["disabled"])
    scene.choose()
    scene.only(EMA)
    assert scene.state() == "missing"
    assert scene.form.wanted.cget("text") == "1 file · 1 missing"

    scene.update()
    wait_until(lambda: scene.state() == "fresh")
    wait_until(lambda: scene.form.cancel.instate(["disabled"]))

    scene.person.click_row(scene.table, FILE)
    scene.table.take_focus()
    scene.person.press("Delete")
    dialog = scene.person.dialog()
    assert "EMA 20" in str(dialog.message.cget("text"))
    scene.person.answer(dialog, "Delete")
    wait_until(lambda: scene.state() == "missing")
    wait_until(lambda: scene.said.startswith("1 file deleted"))


def test_more_bars_make_a_fresh_file_stale(make, wait_until):
    scene = make(BTC)
    scene.choose()
    scene.only(EMA)
    scene.update()
    wait_until(lambda: scene.state() == "fresh")

    write(scene.settings, BTC, days=4)
    scene.page.refresh()

    wait_until(lambda: scene.state() == "stale")
    assert "bars" in scene.table.rows[FILE].cells[5]


def test_a_wrong_parameter_is_red_where_it_stands_and_cannot_be_added(make):
    scene = make(BTC)
    entry = scene.see(scene.form.fields.entries["period"])

    scene.person.write(entry, "0")

    assert "1 .. 10000" in scene.form.fields.error.cget("text")
    assert scene.form.fields.error.winfo_manager()
    assert str(entry.cget("style")) == "Invalid.TEntry"
    assert scene.form.add_button.instate(["disabled"])

    scene.person.write(entry, "33")
    assert not scene.form.fields.error.winfo_manager()
    scene.person.press("Return")
    assert [pick.label for pick in scene.page.presenter.picks if pick.own] == ["EMA 33"]
    word = next(pick.word for pick in scene.page.presenter.picks if pick.own)
    assert scene.form.picks[word].get()
    scene.click(scene.form.removers[word])
    assert word not in scene.form.picks


def test_every_indicator_there_is_can_be_chosen_with_its_own_fields(make):
    scene = make(BTC)
    assert len(scene.form.name.cget("values")) == 23

    for place in range(23):
        scene.form.name.current(place)
        scene.form.name.event_generate("<<ComboboxSelected>>")
        scene.app.root.update()
        assert scene.form.add_button.instate(["!disabled"])
        assert "max_gap" in scene.form.fields.entries


def test_the_table_is_filtered_copied_and_opens_in_charts(make):
    scene = make(BTC)
    scene.choose()
    scene.page.find()
    scene.page.filter.entry.insert("end", "ema 1h")
    scene.app.root.update()
    assert {scene.table.rows[key].cells[3] for key in scene.table.shown} == {"EMA 20", "EMA 50", "EMA 200"}

    scene.person.click_row(scene.table, FILE)
    scene.person.press("Control-c")
    assert scene.page.clipboard_get().splitlines()[1].startswith(f"{BTC}\tdemo\t1h\tEMA 20\t")
    labels = [entry.label for entry in scene.page._menu((FILE,)) if entry is not None]
    assert labels == ["Open in Charts", "Update these", "Show in the file manager", "Copy as TSV", "Delete…"]

    scene.table.take_focus()
    scene.person.press("Return")
    assert scene.app.book.current == "charts"
    assert scene.app.selection.choice.wish.name == "ema"


def test_a_running_update_can_be_cancelled(make, wait_until):
    scene = make(BTC, ETH)
    scene.choose()
    scene.person.click_row(scene.form.symbols, ETH, "Control-Button-1")
    scene.click(scene.form.timeframes["1m"])
    scene.update()
    wait_until(lambda: scene.form.cancel.instate(["!disabled"]) or scene.state() == "fresh")

    scene.person.click(scene.form.cancel)

    wait_until(lambda: not scene.page.presenter.jobs.running().text)
    assert not scene.form.bar.winfo_manager()
    wait_until(lambda: "Indicators: cancelled" in scene.said or "calculated" in scene.said)


def test_one_filled_button_and_an_empty_bank_leads_to_the_data_manager(make):
    scene = make()
    assert scene.page._empty is not None
    assert [button.cget("text") for button in scene.page._empty.buttons] == ["Open the Data Manager"]

    filled, left = [], [scene.page]
    while left:
        children = left.pop().winfo_children()
        left += children
        filled += [
            each for each in children if each.winfo_class() == "TButton" and str(each.cget("style")).startswith("P")
        ]
    assert filled == [scene.form.update_button]


def test_the_page_comes_back_as_it_was(make, wait_until):
    scene = make(BTC)
    scene.choose()
    scene.page.filter.entry.insert("end", "atr")
    scene.app.root.update()

    scene.app.book.rebuild("indicators")
    scene.app.root.update()

    page = scene.app.book.page("indicators")
    assert page.filter.text == "atr"
    assert len(page.table.shown) == 2
    assert page.form.symbols.chosen == (BTC,)


def test_what_is_half_typed_outlives_another_language(make):
    """A period that was being typed was the default again after a switch of language or theme."""
    scene = make(BTC)
    scene.form.name.current([text.split(" ")[0] for text in scene.form.name.cget("values")].index("Bollinger"))
    scene.form.name.event_generate("<<ComboboxSelected>>")
    scene.person.write(scene.see(scene.form.fields.entries["period"]), "0")

    i18n.activate("fr")
    scene.app.book.rebuild("indicators")
    scene.app.root.update()

    form = scene.app.book.page("indicators").form
    assert form.name.get().startswith("Bollinger")
    assert form.fields.entries["period"].get() == "0"
    assert form.add_button.instate(["disabled"])
