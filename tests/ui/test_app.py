"""The whole window: tabs, keys, rebuilding, remembering, errors, closing."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

import tkinter as tk

from tests.patience import LONG_S
from tests.ui.fakes import QuietBridge
from threadx import i18n
from threadx.bridge import JobKind, JobSpec, JobState, ThreadXBridge
from threadx.bridge.events import Answer
from threadx.bridge.reads import Status
from threadx.demo import DemoExchange
from threadx.errors import ConfigError, DataError
from threadx.ui import app as entry
from threadx.ui.context import Page
from threadx.ui.instance import Instance
from threadx.ui.shell import SYSTEM_EVERY_S
from threadx.ui.table_page import TablePage
from threadx.ui.tabs import TABS, Tab, page_class
from threadx.ui.theme import ttk
from threadx.ui.widgets.error_panel import ErrorPanel

HERE = "tests.ui.test_app"
ONE = Tab("one", "One", f"{HERE}:OnePage")
TWO = Tab("two", "Two", f"{HERE}:TwoPage")
BROKEN = Tab("broken", "Broken", f"{HERE}:BrokenPage")
EARLY = Tab("early", "Early", f"{HERE}:EarlyPage")
MISSING = Tab("missing", "Missing", "threadx.ui.there_is_no_such_page:Page")
TABS_HERE = (ONE, TWO)


class Presenter:
    """Counts the views it had."""

    def __init__(self) -> None:
        self.views = 0
        self.did: list[str] = []


class OnePage(Page):
    """A page that tells its presenter what it is asked."""

    def __init__(self, parent, context):
        super().__init__(parent, context)
        self.presenter = context.presenter("one", Presenter)
        self.presenter.views += 1
        self.entry = ttk.Entry(self)
        self.entry.pack()

    def shown(self):
        self.presenter.did.append("shown")

    def refresh(self):
        self.presenter.did.append("refresh")

    def find(self):
        self.entry.focus_force()
        self.presenter.did.append("find")

    def escape(self):
        self.presenter.did.append("escape")

    def remember(self):
        self.context.state.set("one.note", "kept")


class TwoPage(Page):
    """A page that does nothing."""


class BrokenPage(Page):
    """A page that fails half-built."""

    broken = True

    def __init__(self, parent, context):
        super().__init__(parent, context)
        ttk.Label(self, text="half").pack()
        if type(self).broken:
            raise DataError("{what} is wrong", hint="do that", what="this")


class EarlyPage(TablePage):
    """A page around a table that fails before it has a presenter."""

    def __init__(self, parent, context):
        super().__init__(parent, context)
        raise DataError("{what} is wrong", hint="do that", what="this")


def press(app, keys: str) -> None:
    app.root.focus_force()
    app.root.update()
    app.root.event_generate(keys)
    app.root.update()


def titles(app) -> list[str]:
    return [app.book.widget.tab(each, "text") for each in app.book.widget.tabs()]


# -- tabs --------------------------------------------------------------------------------------------------------------


def test_every_tab_of_the_product_names_a_class_that_exists():
    assert all(issubclass(page_class(tab), Page) for tab in TABS)


def test_the_first_tab_is_in_front_and_the_others_are_built_after_it(make_app, wait_until):
    app = make_app(TABS_HERE)
    assert (app.book.current, titles(app)) == ("one", ["One", "Two"])
    wait_until(lambda: isinstance(app.book.page("two"), TwoPage))


@pytest.mark.parametrize("bad", [BROKEN, EARLY, MISSING], ids=["construction", "no presenter", "import"])
def test_a_tab_that_fails_becomes_an_error_panel_and_the_others_live(make_app, wait_until, caplog, bad):
    app = make_app((bad, ONE))
    holder = app.book._holders[bad.name]
    assert [type(child) for child in holder.winfo_children()] == [ErrorPanel], "nothing half-built is left"
    assert app.failures.count == 0, "the panel says it; taking the half away brings no second error"
    app.open_tab("one")
    wait_until(lambda: app.book.page("one") is not None)


def test_an_error_panel_names_the_reason_and_can_try_again(make_app, monkeypatch, caplog):
    app = make_app((BROKEN,))
    panel = app.book._holders["broken"].winfo_children()[0]
    assert panel.reason.cget("text") == "this is wrong \u2192 do that"
    monkeypatch.setattr(BrokenPage, "broken", False)
    panel.retry.invoke()
    assert isinstance(app.book.page("broken"), BrokenPage)


def test_all_tabs_of_the_product_live_through_theme_language_and_zoom(make_app, english_settings, wait_until):
    with DemoExchange() as exchange:
        bridge = ThreadXBridge(english_settings.with_source(exchange.url, "demo"))
        app = make_app(TABS, bridge=bridge)
        built = {tab.name for tab in TABS}

        def all_built() -> bool:
            return {name for name in app.book.names if app.book.page(name) is not None} == built

        wait_until(all_built)
        for change in (app.toggle_theme, lambda: app.set_language("fr"), lambda: app.set_zoom(1.5)):
            before = app.book
            change()
            wait_until(lambda before=before: app.book is not before and all_built())
        for name in app.book.names:
            app.open_tab(name)
            app.root.update()
        app.close()
        wait_until(lambda: app.closed)
        assert app.all_ended(30)


# -- keys --------------------------------------------------------------------------------------------------------------


def test_control_and_a_digit_shows_the_tab_at_that_place(make_app):
    app = make_app(TABS_HERE)
    press(app, "<Control-Key-2>")
    assert app.book.current == "two"
    press(app, "<Control-ampersand>")  # the same key on a French keyboard
    assert app.book.current == "one"
    press(app, "<Control-Key-7>")  # there is none
    assert app.book.current == "one"


def test_keys_reach_the_page_in_front(make_app):
    app = make_app(TABS_HERE)
    presenter = app.presenters["one"]
    presenter.did.clear()
    for keys in ("<F5>", "<Control-f>", "<Escape>"):
        press(app, keys)
    assert presenter.did == ["refresh", "find", "escape"]


def test_keys_of_the_window_do_not_edit_fields(make_app):
    app = make_app(TABS_HERE)
    entry = app.book.page("one").entry
    entry.insert(0, "BTC")
    entry.icursor(0)
    entry.focus_force()
    app.root.update()
    entry.event_generate("<Control-d>")
    app.root.update()
    assert entry.get() == "BTC"
    entry.event_generate("<Control-a>")
    assert entry.selection_get() == "BTC"


def test_tks_own_dialogs_speak_the_language_of_the_window(make_app, wait_until):
    app = make_app(TABS_HERE)

    def word() -> str:
        return str(app.root.tk.eval('namespace eval ::tk {::msgcat::mc "Cancel"}'))

    assert word() == "Cancel"
    app.set_language("fr")
    wait_until(lambda: word() == "Annuler")
    app.set_language("en")
    wait_until(lambda: word() == "Cancel")


def test_the_menu_marks_what_is_chosen(make_app, wait_until):
    app = make_app(TABS_HERE)
    before = app._menu
    app.set_theme("auto")  # light too, here: nothing but the mark changes
    wait_until(lambda: app._menu is not before)
    view = app.root.nametowidget(app._menu.entrycget(2, "menu"))
    themes = app.root.nametowidget(view.entrycget(3, "menu"))
    marked = [themes.entrycget(place, "label") for place in range(3) if "●" in themes.entrycget(place, "label")]
    assert marked == ["●  Follow the system"]


def test_f1_lists_the_shortcuts(make_app):
    app = make_app(TABS_HERE)
    press(app, "<F1>")
    assert any(child.winfo_class() == "Toplevel" for child in app.root.winfo_children())


def test_control_slash_in_a_field_lists_the_shortcuts_and_selects_nothing(make_app):
    app = make_app()
    field = ttk.Entry(app.root)
    field.pack()
    field.insert(0, "BTC")
    field.focus_force()
    app.root.update()
    field.event_generate("<Control-slash>")
    assert not field.selection_present()
    assert any(isinstance(each, tk.Toplevel) for each in app.root.winfo_children())
    field.event_generate("<Control-a>")
    assert field.selection_present()


def test_tab_passes_by_the_status_bar(make_app):
    app = make_app()
    widget, passed = app.root, []
    for _step in range(40):
        widget = widget.tk_focusNext()
        passed.append(str(widget))
    assert not [path for path in passed if path.startswith(str(app.status))]


def test_control_q_closes(make_app, wait_until):
    app = make_app(TABS_HERE)
    app.root.focus_force()
    app.root.event_generate("<Control-q>")
    wait_until(lambda: app.closed)


# -- drawing anew ------------------------------------------------------------------------------------------------------


def test_the_theme_is_switched_live_and_presenters_stay(make_app, wait_until):
    app = make_app(TABS_HERE)
    presenter, before = app.presenters["one"], app.theme.tokens
    app.notify("done")
    press(app, "<Control-Shift-L>")
    wait_until(lambda: app.theme.tokens is not before)
    assert app.presenters["one"] is presenter
    assert (presenter.views, app.book.current, app.status.message) == (2, "one", "done")


def test_the_theme_chosen_is_there_at_the_next_start(make_app, wait_until):
    app = make_app(TABS_HERE)
    app.set_theme("dark")
    wait_until(lambda: app.theme.mode == "dark")
    app.close()
    assert make_app(TABS_HERE).theme.mode == "dark"


class HungDesktop(QuietBridge):
    """Keeps questions until `answer`, once it hangs."""

    def __init__(self, settings):
        super().__init__(settings)
        self.hangs = False
        self.asked = 0

    def ask(self, function):
        if not self.hangs:
            return super().ask(function)
        self.asked += 1
        self._next += 1
        return self._next

    def answer(self):
        self.events.put(Answer(self._next, "light"))


def test_a_desktop_that_does_not_answer_is_asked_once(make_app, english_settings, wait_until):
    """It took a worker at every return of the keyboard, until charts and tables had none."""
    bridge = HungDesktop(english_settings)
    app = make_app(bridge=bridge)
    app._seen()
    wait_until(lambda: not app.pump._requests)
    bridge.hangs = True
    for _return in range(3):
        app._system_asked -= SYSTEM_EVERY_S
        app.ask_system()
    assert bridge.asked == 1

    bridge.answer()
    wait_until(lambda: not app.pump._requests)
    app._system_asked -= SYSTEM_EVERY_S
    app.ask_system()
    assert bridge.asked == 2


def test_following_the_system_is_live(make_app):
    app = make_app(TABS_HERE)
    app.set_theme("auto")
    app._system_is("dark")
    assert app.theme.mode == "dark"
    app._system_is("light")
    assert app.theme.mode == "light"


def test_zoom_is_kept_and_reset(make_app, wait_until):
    app = make_app(TABS_HERE)
    width = app.theme.px(100)
    press(app, "<Control-plus>")
    wait_until(lambda: app.theme.px(100) > width)
    app.close()
    again = make_app(TABS_HERE)
    assert again.theme.zoom > 1
    press(again, "<Control-Key-0>")
    wait_until(lambda: again.theme.px(100) == width)


def test_the_language_is_switched_live(make_app, wait_until):
    app = make_app(TABS_HERE)
    app.set_language("fr")
    wait_until(lambda: i18n.language() == "fr")
    app.root.update()
    app.set_language("en")
    wait_until(lambda: i18n.language() == "en" and app.presenters["one"].views >= 2)


# -- remembering -------------------------------------------------------------------------------------------------------


def test_tab_selection_and_pages_notes_are_there_at_the_next_start(make_app):
    app = make_app(TABS_HERE)
    app.open_tab("two")
    app.selection.update(symbols=("BTCUSDC", "ETHUSDC"), timeframe="4h", start_ms=0)
    app.root.update()
    app.close()
    again = make_app(TABS_HERE)
    choice = again.selection.choice
    assert again.book.current == "two"
    assert (choice.symbols, choice.timeframe, choice.start_ms) == (("BTCUSDC", "ETHUSDC"), "4h", 0)
    assert again.state.get("one.note") == "kept"


def test_the_size_is_there_at_the_next_start_and_on_the_screen(make_app, wait_until):
    app = make_app(TABS_HERE)
    app.root.geometry("900x600+30+40")
    wait_until(lambda: (app.root.winfo_width(), app.root.winfo_height()) == (900, 600))
    app.root.update()
    app.close()
    again = make_app(TABS_HERE)
    wait_until(lambda: (again.root.winfo_width(), again.root.winfo_height()) == (900, 600))


def test_a_place_that_cannot_be_seen_is_mended(make_app, english_settings, wait_until):
    file = english_settings.paths.data_root / ".threadx" / "window.json"
    file.parent.mkdir(parents=True)
    file.write_text('{"version": 1, "values": {"window.geometry": "900x600+9000+9000", "selection": {"symbols": 3}}}')
    app = make_app(TABS_HERE)
    wait_until(lambda: app.root.winfo_rootx() < app.root.winfo_screenwidth())
    assert app.selection.choice.symbols == ()


# -- the status bar ----------------------------------------------------------------------------------------------------


def test_the_status_bar_tells_source_weight_and_time(make_app, wait_until):
    app = make_app(TABS_HERE)
    app.bridge.state = Status("demo", "127.0.0.1", 312, True)
    wait_until(lambda: app.status.part("source") == "Offline demo: connected")
    assert app.status.part("weight") == "API weight 312"
    assert app.status.part("clock").startswith("UTC ")
    wait_until(lambda: "0 B" in app.status.part("data"))


def test_a_failure_without_a_taker_is_said_in_the_status_bar(make_app, wait_until):
    app = make_app(TABS_HERE)

    def fail(_progress):
        raise DataError("{what} is wrong", what="this")

    app.pump.ask(fail, lambda _value: None)
    wait_until(lambda: app.status.message == "this is wrong")


# -- errors ------------------------------------------------------------------------------------------------------------


def test_an_error_in_a_callback_leaves_the_window_alive(make_app, wait_until, caplog):
    app = make_app(TABS_HERE)
    app.root.after(1, lambda: 1 / 0)
    wait_until(lambda: app.failures.dialog is not None)
    app.failures.dialog.dismiss()
    press(app, "<Control-Key-2>")
    assert app.book.current == "two"


def test_an_error_in_a_thread_is_shown(make_app, wait_until, caplog):
    app = make_app(TABS_HERE)
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    wait_until(lambda: app.failures.dialog is not None)
    thread.join()


# -- closing -----------------------------------------------------------------------------------------------------------


def test_closing_while_jobs_run_asks_and_the_second_close_quits(make_app):
    app = make_app(TABS_HERE)
    app.bridge.jobs.running(2)
    app.close()
    assert not app.closed
    app.close()
    assert app.closed
    assert app.bridge.closed


def test_a_close_during_real_jobs_ends_them_all_in_time(make_app, english_settings, wait_until):
    bridge = ThreadXBridge(english_settings.with_source("http://127.0.0.1:9", "nobody"))
    app = make_app(TABS_HERE, bridge=bridge)
    started = threading.Event()

    def work(progress):
        started.set()
        progress.wait(LONG_S)

    for number in range(3):
        bridge.jobs.submit(JobSpec(JobKind.DOWNLOAD, f"SYM{number}"), work)
    wait_until(started.is_set)
    before = time.monotonic()
    app.close()
    app.closing._stop()  # "Cancel jobs and quit"
    wait_until(lambda: app.closed)
    assert time.monotonic() - before < LONG_S / 2, "they do not wait to their end"
    assert all(event.state is JobState.CANCELLED for event in bridge.jobs.snapshot())


def test_the_source_is_not_changed_under_running_jobs(make_app):
    app = make_app(TABS_HERE)
    app.make_bridge = QuietBridge
    app.bridge.jobs.running(1)
    before = app.bridge
    app.use_demo(demo=True)
    assert app.bridge is before
    assert "Wait" in app.status.message


def test_the_demo_takes_the_place_of_the_source(make_app, settings, wait_until):
    app = make_app(TABS_HERE, settings=settings)
    app.make_bridge = QuietBridge
    first, presenter = app.bridge, app.presenters["one"]
    app.commands["demo"]()
    wait_until(lambda: app.presenters.get("one") not in (None, presenter))
    assert (first.closed, app.in_demo, app.bridge.settings.source.name) == (True, True, "demo")
    app.commands["demo"]()
    assert not app.in_demo


# -- a second start ----------------------------------------------------------------------------------------------------


def test_a_second_window_on_the_same_folder_is_told_and_remembers_nothing(make_app, english_settings, wait_until):
    root = english_settings.paths.data_root
    first, second = Instance(root), Instance(root)
    assert (first.first, second.first) == (True, False)
    app = make_app(TABS_HERE, opened=False)
    entry.warn_of_second_start(app)
    app.open()
    wait_until(lambda: any(child.winfo_class() == "Toplevel" for child in app.root.winfo_children()))
    assert not app.state.keep
    first.release()
    third = Instance(root)
    assert third.first
    third.release()


# -- the way in --------------------------------------------------------------------------------------------------------


def test_the_flags_of_the_window_are_read(tmp_path):
    file = tmp_path / "paths.toml"
    file.write_text('[ui]\ntheme = "dark"\n')
    settings = entry.read_settings(["--demo", "--config", str(file), "--data-root", str(tmp_path / "bank")])
    assert (settings.source.name, settings.ui.theme, settings.paths.data_root) == ("demo", "dark", tmp_path / "bank")


@pytest.mark.parametrize("argv", [["--config"], ["--nonsense"], ["--config", "/there/is/none.toml"]])
def test_flags_that_are_wrong_are_refused(argv):
    with pytest.raises(ConfigError):
        entry.read_settings(argv)


def test_nothing_heavy_is_loaded_before_the_window_is_there():
    code = (
        "import sys; import threadx.ui.app; import threadx.ui.data_manager; "  # the tab that is shown first
        "print([name for name in ('pandas', 'numpy', 'pyarrow', 'matplotlib', 'requests') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2]
    )
    assert done.stdout.strip() == "[]"


def test_settings_that_are_wrong_are_told_and_no_window_opens(monkeypatch, capsys, wait_until):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    assert entry.main(["--config", "/there/is/none.toml"]) == 2
    assert "there is no such settings file" in capsys.readouterr().err


def test_without_a_terminal_the_screen_tells_it(monkeypatch):
    told = []

    def look_and_press_close(root, _depth=0):
        root.update()
        dialog = next(child for child in root.winfo_children() if child.winfo_class() == "Toplevel")
        told.append(str(dialog.message.cget("text")))
        dialog.buttons[0].invoke()

    monkeypatch.setattr(tk.Tk, "mainloop", look_and_press_close, raising=False)
    assert entry.main(["--config", "/there/is/none.toml"]) == 2
    assert "there is no such settings file" in told[0]


def test_the_bell_is_switched_in_the_menu_and_remembered(make_app):
    app = make_app()
    app.commands["bell"]()
    assert app.preferences.bell
    app.root.update()
    app.commands["bell"]()
    assert not app.preferences.bell
