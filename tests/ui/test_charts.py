"""The Charts tab in its window: from an empty bank to a measured, saved picture."""

from __future__ import annotations

import pytest
from matplotlib.image import imread

from tests.ui.chart_bars import START, columns
from tests.ui.fakes import QuietBridge
from tests.ui.presenters.test_charts import Bank, event
from threadx.ui.chart_header import ChartHeader
from threadx.ui.chart_look import chart_look
from threadx.ui.export_dialog import ExportDialog
from threadx.ui.presenters.chart_texts import Header
from threadx.ui.tabs import Tab

TABS = (Tab("charts", "Charts", "threadx.ui.charts:ChartsPage"),)


class ChartBridge(Bank, QuietBridge):
    """A quiet bridge with bars in it."""

    def __init__(self, settings):
        QuietBridge.__init__(self, settings)
        Bank.__init__(self)


@pytest.fixture
def bridge(english_settings):
    return ChartBridge(english_settings)


@pytest.fixture
def open_charts(make_app, bridge, wait_until):
    """Return a function that opens the window on the Charts tab and returns app and panel, bars drawn or not."""

    def open_it(*symbols, timeframe="1m"):
        app = make_app(TABS, bridge=bridge)
        app.selection.update(symbols=symbols, timeframe=timeframe)
        wait_until(lambda: app.book.page("charts") is not None and app.book.page("charts").panel is not None)
        return app, app.book.page("charts").panel

    return open_it


def drawn(panel):
    return panel.view.chart.place is not None


def test_the_selected_symbol_is_drawn_with_its_header(open_charts, wait_until):
    _app, panel = open_charts("BTCUSDC")

    wait_until(lambda: drawn(panel))

    assert panel.symbol_button.cget("text") == "BTCUSDC"
    assert panel.header.title.cget("text") == "BTCUSDC · 1m"


def test_the_change_stays_in_the_header_where_there_is_little_room(theme):
    """Prices with eight decimals pushed the change out of the preview."""
    texts = Header("1000SATSUSDC \u00b7 1h", tuple((sign, "0.00022317") for sign in "OHLCV"), "+0.20 %", rising=True)
    header = ChartHeader(theme.root, theme, chart_look(theme))
    header.pack(fill="x")
    header.show(texts)
    for width, gone in ((1200, ""), (560, "V"), (300, "VOHL")):
        theme.root.geometry(f"{width}x200")
        theme.root.update()
        change = header._change
        assert change.winfo_x() + change.winfo_width() <= header.winfo_width()
        assert {sign.cget("text") for sign, _number in header._pairs if not sign.winfo_ismapped()} >= set(gone[:1])
        assert header._pairs[3][1].winfo_ismapped()


def test_an_empty_state_leads_to_the_data_manager(open_charts, wait_until):
    _app, panel = open_charts("XRPUSDC")

    wait_until(lambda: panel.empty is not None)

    assert [button.cget("text") for button in panel.empty.buttons] == ["Open the Data Manager"]


def test_a_click_where_there_are_no_bars_yet_gives_the_chart_the_keyboard(open_charts, wait_until):
    """After the menu of indicators, letters went nowhere: the words over the empty chart took the click."""
    _app, panel = open_charts("XRPUSDC")
    wait_until(lambda: panel.empty is not None)
    panel.symbol_button.focus_force()
    panel.empty.update()
    panel.empty.event_generate("<Button-1>", x=5, y=5)
    wait_until(lambda: panel.focus_get() is panel.view.canvas.widget)


def test_a_download_fills_the_empty_chart(open_charts, bridge, wait_until):
    _app, panel = open_charts("XRPUSDC")
    wait_until(lambda: panel.empty is not None)

    bridge.held["XRPUSDC", "1m"] = columns(300)
    bridge.events.put(event("XRPUSDC"))

    wait_until(lambda: drawn(panel))
    assert panel.empty is None


def test_typing_letters_finds_a_symbol_and_digits_a_timeframe(open_charts, wait_until):
    app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel) and bool(panel.presenter.symbols))
    canvas = panel.view.canvas.widget
    canvas.focus_force()
    app.root.update()

    canvas.event_generate("<KeyPress-e>")
    app.root.update()
    assert panel.pick.text.get() == "e"
    panel.pick.entry.event_generate("<Return>")
    wait_until(lambda: panel.symbol_button.cget("text") == "ETHUSDC")

    canvas.focus_force()
    app.root.update()
    canvas.event_generate("<KeyPress-5>")
    app.root.update()
    panel.pick.entry.event_generate("<Return>")
    wait_until(lambda: panel.header.title.cget("text") == "ETHUSDC · 5m")


def test_escape_closes_the_search_and_gives_the_focus_back(open_charts, wait_until):
    app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))
    panel.search()
    panel.pick.entry.focus_force()
    app.root.update()

    panel.pick.entry.event_generate("<Escape>")
    app.root.update()

    assert not panel.pick.is_open
    assert app.root.focus_get() is panel.view.canvas.widget


def test_a_search_that_finds_nothing_says_so_and_stays_open(open_charts, wait_until):
    app, panel = open_charts("BTCUSDC")
    panel.search("QQQ")
    app.root.update()

    panel.pick.take()

    assert panel.pick.is_open
    assert panel.pick.list.size() == 0


def test_panning_left_loads_older_bars(open_charts, wait_until):
    _app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))
    first_ms = panel.view.series.first_ms

    panel.view.pan(-500)

    wait_until(lambda: panel.view.series.first_ms < first_ms)


def test_the_view_survives_the_page(open_charts, wait_until):
    app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))
    panel.view.fit()
    wait_until(lambda: panel.view.series.first_ms == START)
    looked_at = panel.view.viewport

    page = app.book.page("charts")
    page.destroy()
    again = type(page)(app.root, app.context)
    app.root.update()

    assert again.panel.view.viewport == looked_at
    assert again.panel.view.series is panel.view.series
    again.destroy()


def test_a_picture_is_saved_and_said(open_charts, wait_until, tmp_path):
    _app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))

    panel.save_to(tmp_path / "chart.png")

    assert imread(tmp_path / "chart.png").shape[1] > 200


def test_a_picture_that_cannot_be_saved_is_said_not_raised(open_charts, wait_until, tmp_path):
    _app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))

    panel.save_to(tmp_path / "nowhere" / "chart.png")


def test_candle_styles_are_taken_at_once_and_remembered(open_charts, wait_until):
    app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))

    panel.set_style("charts.hollow", on=True)
    panel.set_style("charts.colour_blind", on=True)

    assert panel.look.hollow_up
    assert panel.look.colors.up == "#0072b2"
    assert app.state.get("charts.hollow") is True


def test_the_bars_in_view_are_exported(open_charts, bridge, wait_until, tmp_path):
    _app, panel = open_charts("BTCUSDC")
    wait_until(lambda: drawn(panel))
    asked = []
    bridge.export = lambda *given: asked.append(given)
    panel.choose_file = lambda **options: str(tmp_path / options["initialfile"])
    panel.ask_export()
    (dialog,) = (each for each in panel.winfo_children() if isinstance(each, ExportDialog))
    dialog.range.way.buttons["seen"].invoke()
    dialog.buttons[0].invoke()
    view = panel.view.viewport
    ((datasets, path, kind, start_ms, end_ms),) = asked
    assert (datasets, kind) == ([("demo", "BTCUSDC", "1m")], "csv")
    assert path.endswith(".csv")
    assert (start_ms, end_ms) == (int(view.start_ms), int(view.end_ms))
