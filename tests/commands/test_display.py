from __future__ import annotations

import io

import pytest
from rich.console import Console

from threadx import i18n
from threadx.commands.display import Bars, Lines, Silence, display_for
from threadx.progress import ProgressEvent


class Clock:
    def __init__(self):
        self.now_s = 0.0

    def __call__(self):
        return self.now_s


def bars(subject, done, total, waiting=""):
    return ProgressEvent(subject, done, total, "bars", waiting)


def test_lines_come_at_the_start_now_and_then_and_at_the_end():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)

    for second, done in [(0.0, 0), (1.0, 10), (2.0, 20), (6.0, 60), (7.0, 100), (8.0, 100)]:
        clock.now_s = second
        lines.report(bars("BTCUSDC", done, 100))

    assert [line.split(" bars")[0] for line in stream.getvalue().splitlines()] == [
        "BTCUSDC  0 / 100",
        "BTCUSDC  60 / 100",
        "BTCUSDC  100 / 100",
    ]


def test_steps_of_the_whole_are_shown_only_where_they_take_long():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)

    for second, done in [(0.0, 0), (1.0, 5), (6.0, 8), (6.5, 9)]:
        clock.now_s = second
        lines.report(ProgressEvent("", done, 9, "files"))

    assert [line.split(" files")[0] for line in stream.getvalue().splitlines()] == ["8 / 9"]


@pytest.fixture
def french():
    i18n.activate("fr")
    yield
    i18n.activate("en")


@pytest.mark.usefixtures("french")
def test_a_step_of_the_pipeline_is_named_as_the_result_names_it():
    """In French the lines said "verify" and the table after them "vérification"."""
    stream = io.StringIO()
    lines = Lines(stream, Clock())

    lines.report(ProgressEvent("verify", 0, 3, "symbols"))
    lines.report(bars("BTCUSDC", 0, 100))

    assert [line.split()[0] for line in stream.getvalue().splitlines()] == ["vérification", "BTCUSDC"]


def test_a_wait_is_shown_at_once_and_only_once():
    stream, clock = io.StringIO(), Clock()
    lines = Lines(stream, clock)
    lines.report(bars("A", 5, 100))

    for second in (0.1, 0.2, 0.3):
        clock.now_s = second
        lines.report(bars("A", 5, 100, "waiting 12 s, the server asked"))

    assert stream.getvalue().count("waiting 12 s") == 1


def test_bars_draw_the_whole_and_each_subject_at_work():
    stream, clock = io.StringIO(), Clock()
    display = Bars(Console(file=stream, force_terminal=True, width=120, color_system=None), clock)
    display.refresh()
    display.report(bars("BTCUSDC", 50, 100))
    display.report(bars("ETHUSDC", 100, 100))

    display.refresh()
    drawn = stream.getvalue()
    display.close()

    assert "all" in drawn
    assert "150 / 200 bars" in drawn
    assert "BTCUSDC" in drawn
    assert "ETHUSDC" not in drawn


@pytest.mark.parametrize(("no_color", "coloured"), [(None, True), ("1", False)])
def test_no_color_takes_the_colour_away(monkeypatch, no_color, coloured):
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    if no_color is not None:
        monkeypatch.setenv("NO_COLOR", no_color)
    stream = io.StringIO()
    display = Bars(Console(file=stream, force_terminal=True, width=120), Clock())
    display.report(bars("A", 50, 100))

    display.refresh()
    display.close()

    assert ("\x1b[38;5;" in stream.getvalue()) is coloured


def test_bars_take_text_as_it_is():
    stream = io.StringIO()
    display = Bars(Console(file=stream, force_terminal=True, width=120, color_system=None), Clock())
    display.report(bars("[red]A", 1, 2, "[bold]waiting"))

    display.refresh()
    display.close()

    assert "[red]A" in stream.getvalue()
    assert "[bold]waiting" in stream.getvalue()


def test_where_nothing_is_a_terminal_there_are_lines_and_quiet_is_silence():
    stream = io.StringIO()

    assert isinstance(display_for(stream, quiet=False), Lines)
    silence = display_for(stream, quiet=True)
    silence.report(bars("A", 1, 2))
    silence.refresh()
    silence.close()

    assert isinstance(silence, Silence)
    assert stream.getvalue() == ""


def test_bars_name_their_subject_on_a_narrow_terminal():
    """At 80 columns the symbol was "…" and the percentage was gone, for the sake of the figures."""
    stream = io.StringIO()
    display = Bars(Console(file=stream, force_terminal=True, width=60, color_system=None), Clock())
    display.report(ProgressEvent("BTCUSDC", 250_000, 1_000_000, "bars", "waiting 12 s, the server asked", 3000))

    display.refresh()
    display.close()

    line = next(line for line in stream.getvalue().splitlines() if "BTCUSDC" in line)
    assert " 25 % " in line
    assert "…" in line
