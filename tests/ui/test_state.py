"""What the window remembers, and where it stands."""

from __future__ import annotations

import json
import logging

import pytest
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.geometry import MIN_VISIBLE, Place, fitted, parse
from threadx.ui.preferences import Preferences
from threadx.ui.selection import Selection
from threadx.ui.state import FILE_NAME, WindowState

SCREEN = Place(1440, 900, 0, 0)


@pytest.fixture
def state(tmp_path):
    return WindowState.load(tmp_path)


def test_what_was_set_is_there_at_the_next_start(tmp_path, state):
    state.set("data_manager.columns", [["symbol", 120]])
    state.save()
    assert WindowState.load(tmp_path).get("data_manager.columns") == [["symbol", 120]]


def test_none_forgets(tmp_path, state):
    state.set("a", 1)
    state.set("a", None)
    state.save()
    assert json.loads(state.path.read_text())["values"] == {}


@pytest.mark.parametrize(
    "content", [b"", b"{", b"[]", b'{"version": 99, "values": {}}', b'{"version": 1, "values": 3}', b"\xff\xfe"]
)
def test_a_broken_file_is_ignored_with_a_line_in_the_log(tmp_path, content, caplog):
    file = tmp_path / ".threadx" / FILE_NAME
    file.parent.mkdir()
    file.write_bytes(content)
    with caplog.at_level(logging.WARNING, "threadx"):
        assert WindowState.load(tmp_path).get("window.tab", "none") == "none"
    assert len(caplog.records) == 1


def test_a_value_of_another_kind_counts_as_absent(state):
    state.set("window.zoom", "large")
    state.set("flag", 1)
    assert state.get("window.zoom", 1.0) == 1.0
    assert state.get("flag", default=False) is False


def test_a_whole_number_serves_where_a_fraction_is_expected(state):
    state.set("window.zoom", 2)
    assert state.get("window.zoom", 1.0) == 2


def test_saving_leaves_nothing_but_the_file(tmp_path, state):
    state.set("a", 1)
    state.save()
    state.set("a", 2)
    state.save()
    assert [each.name for each in (tmp_path / ".threadx").iterdir()] == [FILE_NAME]


def test_a_folder_that_cannot_be_written_stops_nobody(tmp_path):
    (tmp_path / ".threadx").write_text("a file where the folder should be")
    state = WindowState.load(tmp_path)
    state.set("a", 1)
    state.save()
    assert (tmp_path / ".threadx").is_file()


def test_a_second_window_keeps_nothing(tmp_path, state):
    state.keep = False
    state.set("a", 1)
    state.save()
    assert not state.path.exists()


# -- choices made in the window ---------------------------------------------------------------------------------------


def test_a_choice_made_in_the_window_holds_over_the_file(settings, state):
    Preferences(settings, state).choose("theme", "dark")
    assert Preferences(settings, state).theme == "dark"


def test_a_later_change_of_the_file_wins(settings, state):
    Preferences(settings, state).choose("theme", "dark")
    changed = settings.__class__(paths=settings.paths, ui=settings.ui.__class__(theme="light"))
    assert Preferences(changed, state).theme == "light"


@pytest.mark.parametrize("zoom", [0.01, 99, "huge", None])
def test_a_zoom_is_never_out_of_bounds(settings, state, zoom):
    state.set("window.zoom", zoom)
    assert 0.7 <= Preferences(settings, state).zoom <= 2.0


# -- the place on the screen -------------------------------------------------------------------------------------------


def test_a_place_is_written_and_read_alike():
    for place in (Place(800, 600, 10, 20), Place(800, 600, -1200, -5)):
        assert parse(str(place)) == place
    assert parse("800x600+-5+10") == Place(800, 600, -5, 10)  # as some window managers have it
    assert parse("nonsense") is None


def test_the_first_start_is_in_the_middle():
    assert fitted(None, screen=SCREEN, default=(1000, 600), least=(800, 500)) == Place(1000, 600, 220, 100)


def test_a_place_on_a_screen_that_is_gone_comes_back():
    found = fitted(Place(1000, 700, 3000, 1500), screen=SCREEN, default=(1, 1), least=(800, 500))
    assert found == Place(1000, 700, 1440 - MIN_VISIBLE, 900 - MIN_VISIBLE)


def test_a_screen_to_the_left_is_a_screen():
    wide = Place(3360, 1080, -1920, 0)
    wanted = Place(1000, 700, -1800, 50)
    assert fitted(wanted, screen=wide, default=(1, 1), least=(800, 500)) == wanted


places = st.builds(Place, *[st.integers(1, 9000)] * 2, *[st.integers(-9000, 9000)] * 2)


@given(wanted=st.none() | places, screen=places)
def test_the_title_bar_can_always_be_reached(wanted, screen):
    found = fitted(wanted, screen=screen, default=(1360, 860), least=(860, 560))
    assert (found.width, found.height) <= (screen.width, screen.height)
    across = min(found.x + found.width, screen.x + screen.width) - max(found.x, screen.x)
    assert across >= min(MIN_VISIBLE, found.width, screen.width)
    assert screen.y <= found.y < screen.y + screen.height


# -- the selection -----------------------------------------------------------------------------------------------------


def test_observers_hear_changes_and_only_changes():
    selection, heard = Selection(), []
    selection.observe(heard.append)
    selection.update(symbols=("BTCUSDC",))
    selection.update(symbols=("BTCUSDC",))
    assert [choice.symbols for choice in heard] == [("BTCUSDC",)]


def test_an_observer_that_fails_keeps_the_news_from_nobody(caplog):
    selection, heard = Selection(), []

    def broken(_choice):
        raise RuntimeError("broken")

    selection.observe(broken)
    end = selection.observe(heard.append)
    selection.update(timeframe="4h")
    end()
    selection.update(timeframe="1d")
    assert [choice.timeframe for choice in heard] == ["4h"]


def test_the_first_symbol_is_the_one_charts_show():
    selection = Selection()
    assert selection.choice.symbol is None
    selection.update(symbols=("ETHUSDC", "BTCUSDC"))
    assert selection.choice.symbol == "ETHUSDC"
