"""Dialogs: they never block, they answer to keys, and one is enough for many errors."""

from __future__ import annotations

import re
import threading
from queue import SimpleQueue
from types import SimpleNamespace

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx import i18n
from threadx.ui import dialogs, help_pages, shortcuts
from threadx.ui.closing import Closing, Phase
from threadx.ui.dialogs import Choice
from threadx.ui.failures import KEPT, Failures
from threadx.ui.theme import ttk


def labels(widget) -> list[str]:
    found = [str(widget.cget("text"))] if isinstance(widget, (ttk.Label, ttk.Button)) else []
    return found + [text for child in widget.winfo_children() for text in labels(child)]


def test_a_choice_closes_the_dialog_and_calls(theme):
    chosen = []
    dialog = dialogs.ask(theme.root, theme, "Title", "Text", (Choice("Yes", lambda: chosen.append("yes")),))
    theme.root.update()
    dialog.buttons[0].invoke()
    assert (chosen, dialog.winfo_exists()) == (["yes"], 0)


def test_escape_is_the_close_button(theme, wait_until):
    closed = []
    dialog = dialogs.ask(theme.root, theme, "T", "t", (Choice("Yes", closed.clear),), on_close=lambda: closed.append(1))
    wait_until(lambda: bool(dialog.winfo_viewable()))
    dialog.focus_force()  # a key goes to where the keyboard is, and no window manager gives it here
    wait_until(lambda: theme.root.focus_get() is dialog)
    dialog.event_generate("<Escape>")
    wait_until(lambda: not dialog.winfo_exists())
    assert closed == [1]


def test_a_dialog_may_close_itself_when_some_time_has_passed(theme, wait_until):
    """tkinter then takes the callback off the dialog's list, which was no list any more."""
    dialog = dialogs.ask(theme.root, theme, "T", "t", (Choice("Yes", list),))
    dialog.after(1, dialog.destroy)
    wait_until(lambda: not dialog.winfo_exists())
    theme.root.update()


@pytest.mark.parametrize("modal", [True, False])
def test_the_keyboard_goes_back_to_where_it_was(theme, wait_until, modal):
    field = ttk.Entry(theme.root)
    field.pack()
    field.focus_force()
    wait_until(lambda: theme.root.focus_get() is field)
    theme.root.event_generate("<Motion>", warp=True, x=1000, y=700)  # beside it: Tk follows the pointer otherwise
    dialog = dialogs.ask(theme.root, theme, "T", "t", (Choice("No", list, "Primary.TButton"),), modal=modal)
    wait_until(lambda: bool(dialog.winfo_viewable()))
    dialog.buttons[0].focus_force()  # a window manager does this
    wait_until(lambda: theme.root.focus_get() is dialog.buttons[0])
    dialog.buttons[0].event_generate("<Escape>")
    wait_until(lambda: theme.root.focus_get() is field)


def test_the_keyboard_goes_to_the_window_where_its_place_cannot_be_seen_any_more(theme, wait_until):
    field = ttk.Entry(theme.root)
    field.pack()
    field.focus_force()
    wait_until(lambda: theme.root.focus_get() is field)
    theme.root.event_generate("<Motion>", warp=True, x=1000, y=700)
    dialog = dialogs.ask(theme.root, theme, "T", "t", (Choice("No", list, "Primary.TButton"),))
    field.pack_forget()
    wait_until(lambda: bool(dialog.winfo_viewable()))
    dialog.buttons[0].focus_force()
    wait_until(lambda: theme.root.focus_get() is dialog.buttons[0])
    dialog.dismiss()
    wait_until(lambda: theme.root.focus_get() is theme.root)


def test_return_takes_the_primary_choice(theme, wait_until):
    chosen = []
    dialog = dialogs.confirm(
        theme.root, theme, title="T", message="m", yes="Do it", on_yes=lambda: chosen.append("yes")
    )
    wait_until(lambda: bool(dialog.winfo_viewable()))
    dialog.buttons[0].focus_force()
    dialog.buttons[0].event_generate("<Return>")
    assert chosen == ["yes"]


def test_a_key_that_closes_a_dialog_is_not_handed_to_a_callback_made_meanwhile(theme, wait_until):
    """Return in a field closed a dialog, and Tk went on to what its window does at Return, by a name that was free.
    The next callback got it, and the Return that added an indicator took another one off the chart.
    """
    dialog = dialogs.ask(theme.root, theme, "T", "t", (Choice("Add", list, "Primary.TButton"),))
    (command,) = re.findall(r"\[(\S+) ", dialog.bind("<Return>"))
    taken_while_it_closes = []

    def close(_event):
        dialog.destroy()
        taken_while_it_closes.append(bool(theme.root.tk.call("info", "commands", command)))

    field = ttk.Entry(dialog.body)
    field.pack()
    field.bind("<Return>", close)
    wait_until(lambda: bool(field.winfo_viewable()))
    field.focus_force()
    wait_until(lambda: theme.root.focus_get() is field)
    field.event_generate("<Return>")
    theme.root.update()
    assert taken_while_it_closes == [True]
    assert not theme.root.tk.call("info", "commands", command), "it goes when the key has been dealt with"


def test_what_destroys_is_not_what_return_takes(theme):
    dialog = dialogs.confirm(theme.root, theme, title="T", message="m", yes="Delete", on_yes=list, danger=True)
    styles = {str(button.cget("text")): str(button.cget("style")) for button in dialog.buttons}
    assert styles == {"Delete": "Danger.TButton", "Cancel": "Primary.TButton"}
    dialog.dismiss()


def test_a_dialog_stays_on_the_screen(theme, wait_until):
    theme.root.geometry("800x600+5000+5000")
    theme.root.update()
    dialog = dialogs.tell(theme.root, theme, "T", "m")
    wait_until(lambda: bool(dialog.winfo_viewable()))
    assert 0 <= dialog.winfo_rootx() <= theme.root.winfo_screenwidth() - dialog.winfo_width()
    dialog.dismiss()


def test_a_dialog_that_unfolds_something_goes_up_before_it_leaves_the_screen(theme, wait_until):
    dialog = dialogs.ask(theme.root, theme, "Title", "Text", (Choice("Yes", lambda: None),))
    wait_until(lambda: bool(dialog.winfo_viewable()) and dialog.winfo_height() > 1)
    screen, height = dialog.winfo_screenheight(), dialog.winfo_height()
    dialog.geometry(f"+20+{screen - height}")
    wait_until(lambda: dialog.winfo_rooty() >= screen - height)
    ttk.Frame(dialog.body, height=100).pack()
    wait_until(lambda: dialog.winfo_height() > height + 50)
    wait_until(lambda: dialog.winfo_rooty() + dialog.winfo_height() <= screen)


# -- errors ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def failures(theme, caplog):
    copied = []
    made = Failures(
        theme,
        SimpleQueue(),
        diagnostics=lambda: "ThreadX: test",
        copy=copied.append,
        on_interrupt=lambda: copied.append("quit"),
    )
    made.copied = copied
    made.install()
    yield made
    made.remove()


def test_an_error_in_a_callback_shows_one_dialog_and_the_window_lives_on(theme, failures, wait_until):
    ran = []
    theme.root.after(1, lambda: 1 / 0)
    theme.root.after(2, lambda: ran.append(1))
    wait_until(lambda: failures.dialog is not None and ran == [1])
    assert "ZeroDivisionError" in failures.dialog.message.cget("text")


def test_more_errors_count_in_the_same_dialog(failures, theme):
    failures.report(ValueError("one"))
    first = failures.dialog
    failures.report(ValueError("two"))
    failures.report(ValueError("three"))
    assert failures.dialog is first
    assert "3 errors" in first.message.cget("text")
    first.dismiss()
    assert (failures.dialog, failures.count) == (None, 0)


def test_copied_details_have_versions_and_all_tracebacks(failures):
    failures.report(ValueError("one"))
    failures.report(KeyError("two"))
    copy = next(button for button in failures.dialog.buttons if "Copy" in str(button.cget("text")))
    copy.invoke()
    assert failures.dialog is not None, "copying leaves the dialog open"
    for part in ("ThreadX: test", "ValueError: one", "KeyError: 'two'"):
        assert part in failures.copied[0]


def test_a_flood_of_errors_keeps_the_last_ones(failures):
    for number in range(KEPT * 3):
        failures.report(ValueError(number))
    assert failures.details().count("ValueError") == KEPT


def test_an_error_of_a_thread_comes_through_the_queue(failures):
    thread = threading.Thread(target=lambda: 1 / 0)
    thread.start()
    thread.join()
    assert isinstance(failures.events.get_nowait().error, ZeroDivisionError)
    assert failures.dialog is None, "no worker touches the window"


def test_control_c_in_the_terminal_asks_to_close(failures):
    failures.report(KeyboardInterrupt())
    assert (failures.copied, failures.dialog) == (["quit"], None)


# -- closing -----------------------------------------------------------------------------------------------------------


class Jobs:
    """Jobs as closing sees them."""

    def __init__(self, running: int = 0) -> None:
        self.left = running
        self.did: list[str] = []
        self.stuck = False

    def running(self) -> int:
        return self.left

    def close(self) -> None:
        self.did.append("close")

    def gone(self) -> bool:
        return not self.stuck


@pytest.fixture
def closing(theme):
    said, jobs = [], Jobs()
    made = Closing(
        theme, jobs, say=said.append, before=lambda: jobs.did.append("remember"), end=lambda: jobs.did.append("end")
    )
    yield SimpleNamespace(it=made, jobs=jobs, said=said, dialog=lambda: made._dialog)
    made._disarm()


def press(closing, text: str) -> None:
    next(button for button in closing.dialog().buttons if str(button.cget("text")) == text).invoke()


def test_without_jobs_the_window_goes_at_once(closing):
    closing.it.request()
    assert (closing.jobs.did, closing.it.phase) == (["remember", "close", "end"], Phase.CLOSED)


def test_with_jobs_it_asks_once_and_staying_changes_nothing(closing):
    closing.jobs.left = 2
    closing.it.request()
    assert any("2 jobs are not done" in text for text in labels(closing.dialog()))
    press(closing, "Stay")
    assert (closing.jobs.did, closing.it.phase) == ([], Phase.OPEN)
    closing.it.request()
    assert closing.it.phase is Phase.ASKING


def test_cancel_and_quit_waits_for_threads_without_blocking(closing, wait_until):
    closing.jobs.left, closing.jobs.stuck = 1, True
    closing.it.request()
    press(closing, "Cancel jobs and quit")
    assert closing.it.phase is Phase.STOPPING
    closing.jobs.stuck = False
    wait_until(lambda: closing.it.phase is Phase.CLOSED)
    assert closing.jobs.did == ["remember", "close", "end"]


def test_wait_then_quit_goes_when_the_jobs_are_done(closing, wait_until):
    closing.jobs.left = 1
    closing.it.request()
    press(closing, "Wait, then quit")
    assert (closing.it.phase, closing.said) == (Phase.WAITING, ["Closing when 1 job is done"])
    closing.jobs.left = 0
    wait_until(lambda: closing.it.phase is Phase.CLOSED)


@pytest.mark.parametrize("answer", [None, "Wait, then quit", "Cancel jobs and quit"])
def test_the_second_close_quits_now(closing, answer):
    closing.jobs.left, closing.jobs.stuck = 1, True
    closing.it.request()
    if answer is not None:
        press(closing, answer)
    closing.it.request()
    assert closing.it.phase is Phase.CLOSED
    assert closing.jobs.did == ["remember", "close", "end"]


# -- help --------------------------------------------------------------------------------------------------------------


def test_the_list_of_shortcuts_has_every_command(theme):
    dialog = help_pages.shortcuts(theme.root, theme)
    shown = labels(dialog)
    for key in (
        "Ctrl+1…7",
        "Ctrl+D",
        "Ctrl+Shift+D",
        "Ctrl+F",
        "Esc",
        "F5",
        "Ctrl+,",
        "Ctrl++",
        "Ctrl+-",
        "Ctrl+0",
        "F1",
        "Ctrl+Q",
    ):
        assert key in shown
    dialog.dismiss()


def test_keys_are_named_in_french_and_letters_stay_what_they_are(theme):
    i18n.activate("fr")
    try:
        assert shortcuts.label(theme.root, "theme") == "Ctrl+Maj+L"
        assert shortcuts.readable(theme.root, "Del") == "Suppr"
    finally:
        i18n.activate("en")


def test_about_copies_the_diagnostics(theme):
    copied = []
    dialog = help_pages.about(theme.root, theme, diagnostics="ThreadX: 1", copy=copied.append)
    next(button for button in dialog.buttons if "diagnostics" in str(button.cget("text"))).invoke()
    assert copied == ["ThreadX: 1"]
    dialog.dismiss()
