"""Small widgets of the frame: tooltip, status bar, empty state, menu."""

from __future__ import annotations

import pytest

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.dialogs import Choice
from threadx.ui.theme import FONT_BODY, ttk
from threadx.ui.widgets.card import Card
from threadx.ui.widgets.empty_state import EmptyState
from threadx.ui.widgets.status_bar import StatusBar
from threadx.ui.widgets.tooltip import Tooltip


def test_a_tooltip_names_the_shortcut_and_goes_with_the_pointer(theme, wait_until):
    button = ttk.Button(theme.root, text="Download")
    button.pack()
    theme.root.update()
    tip = Tooltip(button, theme, "Fetch what is missing", "Ctrl+D")
    assert tip.text == "Fetch what is missing  (Ctrl+D)"
    button.event_generate("<Enter>")
    wait_until(lambda: tip._window is not None)
    button.event_generate("<Leave>")
    wait_until(lambda: tip._window is None)


def test_a_tooltip_dies_with_its_widget(theme):
    button = ttk.Button(theme.root)
    tip = Tooltip(button, theme, "text")
    button.event_generate("<Enter>")
    button.destroy()
    assert (tip._after, tip._window) == (None, None)


def test_a_tooltip_without_text_shows_nothing(theme):
    tip = Tooltip(theme.root, theme, "")
    tip.show()
    assert tip._window is None


def test_a_tooltip_at_the_lower_edge_goes_above(theme, wait_until):
    button = ttk.Button(theme.root)
    button.pack(side="bottom")
    theme.root.geometry(f"300x200+0+{theme.root.winfo_screenheight() - 200}")
    wait_until(lambda: button.winfo_rooty() > theme.root.winfo_screenheight() - 60)
    tip = Tooltip(button, theme, "text")
    tip.show()
    theme.root.update()
    assert tip._window.winfo_rooty() < button.winfo_rooty()
    tip.hide()


def test_a_long_message_gives_way_to_the_parts_at_the_right(theme):
    bar = StatusBar(theme.root, theme)
    bar.pack(fill="x")
    bar.show("clock", "UTC 11:42")
    bar.say("word " * 200)
    theme.root.update()
    clock = bar._parts["clock"]
    assert clock.winfo_rootx() + clock.winfo_width() <= theme.root.winfo_rootx() + theme.root.winfo_width()


def test_where_there_is_little_room_the_data_folder_gives_way_to_a_message(theme):
    """At 150 % on a small screen nothing was to be seen of what had just happened."""
    bar = StatusBar(theme.root, theme)
    bar.pack(fill="x")
    bar.show("data", "Data: /home/somebody/a/long/way/to/the/data \u00b7 2.1 GB")
    bar.show("clock", "UTC 11:42")
    bar.say("2 jobs done")
    theme.root.geometry("300x200")
    theme.root.update()
    data, clock = bar._parts["data"], bar._parts["clock"]
    assert not data.winfo_ismapped()
    assert clock.winfo_ismapped()
    assert bar._message.winfo_width() >= theme.font(FONT_BODY).measure("2 jobs done")
    theme.root.geometry("900x200")
    theme.root.update()
    assert data.winfo_ismapped()


def test_a_click_on_the_message_asks_for_more(theme):
    asked = []
    bar = StatusBar(theme.root, theme, clicked=lambda: asked.append(1))
    bar.pack(fill="x")
    theme.root.update()
    bar._message.event_generate("<Button-1>")
    assert asked == [1]


def test_only_the_first_line_is_shown_and_the_tip_has_all(theme):
    bar = StatusBar(theme.root, theme)
    bar.say("one\ntwo", role="Danger")
    assert (bar.message, bar._tip.text) == ("one", "one\ntwo")


def test_an_empty_state_says_the_steps_and_asks_for_its_room(theme):
    did = []
    state = EmptyState(
        theme.root,
        theme,
        title="No bars yet",
        steps=("Choose", "Download"),
        actions=(Choice("Demo", lambda: did.append(1)),),
    )
    state.pack()
    theme.root.update()
    state.buttons[0].invoke()
    assert did == [1]
    assert state.winfo_reqheight() > theme.row_height * 3


def test_a_click_on_an_empty_state_is_told_once_wherever_it_falls_but_on_a_button(theme):
    """Between the buttons it was told twice."""
    told = []
    state = EmptyState(
        theme.root, theme, title="No bars yet", steps=("Choose",), actions=(Choice("Demo", list),),
        clicked=lambda: told.append(1),
    )  # fmt: skip
    state.pack()
    theme.root.update()
    for widget in (state, state._inner, *state._inner.winfo_children(), *state.buttons):
        told.clear()
        widget.event_generate("<Button-1>")
        assert told == ([] if widget in state.buttons else [1]), widget


def test_an_empty_state_in_a_low_room_keeps_its_title_in_sight(theme):
    steps = ("A long step that wraps in a narrow room, twice or more",) * 3
    state = EmptyState(theme.root, theme, title="No bars yet", steps=steps, actions=(Choice("Demo", list),))
    state.place(x=0, y=0, width=200, height=120)
    theme.root.update()
    title = state._inner.winfo_children()[0]
    assert title.winfo_rooty() >= state.winfo_rooty()


def test_a_card_has_a_title_tools_and_a_body(theme):
    card = Card(theme.root, theme, "Symbols")
    ttk.Label(card.tools, text="3 / 44").pack()
    ttk.Label(card.body, text="rows").pack()
    card.pack()
    theme.root.update()
    assert card.title.winfo_viewable()
    assert card.body.winfo_rooty() > card.title.winfo_rooty()
