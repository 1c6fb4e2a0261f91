"""The log pane: what is shown, when it follows, what it keeps."""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime

import pytest

tk = pytest.importorskip("tkinter", reason="needs Tk")

from threadx.bridge.events import LogLine  # noqa: E402 - after the check for Tk
from threadx.ui.presenters.log_buffer import LogBuffer  # noqa: E402 - likewise
from threadx.ui.theme import Theme, ttk  # noqa: E402 - likewise
from threadx.ui.widgets.log_pane import LogPane  # noqa: E402 - likewise

AT = datetime(2026, 11, 20, 11, 43, 15, tzinfo=UTC)


def line(text: str, level: int = logging.INFO) -> LogLine:
    return LogLine(AT, level, "threadx.data", text)


def pane_of(theme: Theme, buffer: LogBuffer | None = None) -> LogPane:
    tools = ttk.Frame(theme.root)
    tools.pack()
    pane = LogPane(theme.root, theme, buffer)
    pane.build_tools(tools)
    pane.pack(fill="both", expand=True)
    theme.root.update()
    return pane


def shown(pane: LogPane) -> list[str]:
    return pane.text.get("1.0", "end-1c").splitlines()


def many(count: int) -> list[LogLine]:
    return [line(f"bar {n}") for n in range(count)]


def test_lines_below_the_level_wait_until_they_are_wanted(theme):
    pane = pane_of(theme)
    pane.append([line("page fetched", logging.DEBUG), line("saved"), line("bad rows", logging.ERROR)])
    assert shown(pane) == ["11:43:15 INFO    saved", "11:43:15 ERROR   bad rows"]
    pane.level.set("DEBUG")
    pane.level.event_generate("<<ComboboxSelected>>")
    assert len(shown(pane)) == 3
    pane.set_level("ERROR")
    assert shown(pane) == ["11:43:15 ERROR   bad rows"]


def test_the_newest_line_stays_in_view_when_the_pane_becomes_smaller(theme):
    pane = pane_of(theme)
    pane.append(many(200))
    theme.root.update()
    theme.root.geometry("800x301")
    theme.root.update()
    assert pane.following
    assert pane.at_end


def test_scrolling_up_stops_following_and_the_end_starts_it_again(theme):
    pane = pane_of(theme)
    pane.append(many(200))
    theme.root.update()
    assert pane.at_end
    pane.text.focus_force()
    pane.text.event_generate("<Button-4>")
    theme.root.update()
    assert not pane.following
    top = pane.text.index("@0,0")
    pane.append(many(50))
    theme.root.update()
    assert pane.text.index("@0,0") == top
    pane.text.event_generate("<End>")
    theme.root.update()
    assert pane.following
    assert pane.at_end


def test_the_pane_holds_the_newest_lines_only(theme):
    pane = pane_of(theme, LogBuffer(cap=100))
    pane.append([line("two\nlines"), *many(80)])
    pane.append([line(f"new {n}") for n in range(30)])
    assert len(shown(pane)) == 100
    assert shown(pane)[0].endswith("bar 10")
    assert shown(pane)[-1].endswith("new 29")


def test_copy_save_and_clear(theme, tmp_path):
    told: list[str] = []
    pane = pane_of(theme)
    pane._notify = told.append
    pane.append([line("saved"), line("bad rows", logging.ERROR)])
    pane.copy()
    whole = "2026-11-20 11:43:15Z INFO    saved\n2026-11-20 11:43:15Z ERROR   bad rows\n"
    assert pane.clipboard_get() == whole
    pane.save(tmp_path / "log.txt")
    assert (tmp_path / "log.txt").read_text(encoding="utf-8") == whole
    pane.save(tmp_path / "no folder" / "log.txt")
    assert "log.txt" in told[-1]
    assert len(told) == 3
    pane.clear()
    assert shown(pane) == []


def test_a_condition_of_the_owner_chooses_lines(theme):
    pane = pane_of(theme)
    pane.append([line("BTCUSDC saved"), line("ETHUSDC saved")])
    pane.buffer.wanted = lambda each: "ETH" in each.text
    pane.redraw()
    assert shown(pane) == ["11:43:15 INFO    ETHUSDC saved"]
    pane.append([line("BTCUSDC again")])
    assert len(shown(pane)) == 1


def test_a_new_pane_shows_what_its_buffer_kept(theme):
    buffer = LogBuffer()
    pane_of(theme, buffer).append([line("saved")])
    assert shown(pane_of(theme, buffer)) == ["11:43:15 INFO    saved"]


def test_ten_thousand_lines_are_drawn_without_a_long_stop(theme):
    pane = pane_of(theme)
    worst = 0.0
    for _ in range(20):
        begun = time.thread_time()
        pane.append(many(500))
        worst = max(worst, time.thread_time() - begun)
        theme.root.update()
    assert worst < 0.3  # of this thread's own time, some 5 ms
    assert len(shown(pane)) == 5_000
