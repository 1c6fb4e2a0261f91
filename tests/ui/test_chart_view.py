"""A chart under real clicks, wheels and keys."""

from __future__ import annotations

import numpy as np
import pytest
from matplotlib.image import imread

from tests.ui.chart_bars import MINUTE, START, series
from threadx.ui.candles import DARK, LIGHT
from threadx.ui.chart_figure import ChartLook
from threadx.ui.chart_view import ChartEvents, ChartView
from threadx.ui.presenters.viewport import Extent, Viewport

COUNT = 1_000
FROM, TO = START + 400 * MINUTE, START + 600 * MINUTE


class Heard:
    """What the owner of a chart was told."""

    def __init__(self):
        self.moved, self.hovered, self.scaled, self.typed = [], [], [], []

    @property
    def events(self):
        return ChartEvents(self.moved.append, self.hovered.append, lambda: self.scaled.append(True), self.typed.append)


@pytest.fixture
def heard():
    return Heard()


@pytest.fixture
def view(theme, heard, wait_until):
    """A chart of 1,000 minutes, 200 of them in view, drawn."""
    made = ChartView(theme.root, ChartLook(LIGHT), heard.events)
    made.pack(fill="both", expand=True)
    made.show(series(COUNT), digits=2, viewport=Viewport(FROM, TO))
    made.canvas.widget.focus_force()
    wait_until(lambda: made.chart.place is not None)
    return made


@pytest.fixture
def hand(view, theme):
    """Does things to the chart as a person does."""

    class Hand:
        def do(self, sequence, x=400, y=200, **more):
            view.canvas.widget.event_generate(sequence, x=x, y=y, **more)
            theme.root.update()

        def key(self, keysym, **more):
            view.canvas.widget.event_generate(f"<KeyPress-{keysym}>", **more)
            theme.root.update()

        def drag(self, start, end, *, shift=False):
            state = int(shift)
            self.do("<ButtonPress-1>", *start, state=state)
            for x, y in ((np.add(start, end) / 2).astype(int).tolist(), end):
                self.do("<B1-Motion>", x, y, state=state | 0x100)
            self.do("<ButtonRelease-1>", *end, state=state | 0x100)

        def double_click(self, x=400, y=200):
            for _time in range(2):
                self.do("<ButtonPress-1>", x, y)
                self.do("<ButtonRelease-1>", x, y)

    return Hand()


def color_at(view, x, y):
    """Return what stands in Tk's own picture: what a person sees."""
    photo = view.canvas._tkphoto
    return "#{:02x}{:02x}{:02x}".format(*(int(part) for part in photo.get(x, y)))


def test_the_wheel_zooms_at_the_pointer(view, hand):
    x = 200
    before = view.ms_at(x)

    hand.do("<Button-4>", x=x)

    assert view.viewport.span_ms < TO - FROM
    assert view.ms_at(x) == pytest.approx(before, abs=1)
    hand.do("<Button-5>", x=x)
    assert view.viewport.span_ms == pytest.approx(TO - FROM)


def test_dragging_pans_and_keeps_what_was_taken_hold_of_under_the_pointer(view, hand, heard):
    held = view.ms_at(300)

    hand.drag((300, 200), (420, 210))

    assert view.ms_at(420) == pytest.approx(held, abs=1)
    assert view.viewport.span_ms == pytest.approx(TO - FROM)
    assert heard.moved[-1] == view.viewport


def test_a_click_moves_nothing(view, hand):
    hand.drag((300, 200), (301, 200))

    assert view.viewport == Viewport(FROM, TO)


def test_a_double_click_and_home_show_everything(view, hand):
    for way in (hand.double_click, lambda: hand.key("Home")):
        view.look_at(Viewport(FROM, TO))
        way()
        assert view.viewport.start_ms <= START
        assert view.viewport.end_ms >= START + COUNT * MINUTE


def test_arrows_pan_and_end_goes_to_the_latest(view, hand):
    hand.key("Left")
    assert view.viewport.start_ms < FROM
    hand.key("Right")
    assert view.viewport.start_ms == pytest.approx(FROM)
    hand.key("End")
    assert view.viewport.shows_latest(view.extent)
    assert view.viewport.span_ms == pytest.approx(TO - FROM)


def test_plus_and_minus_zoom(view, hand):
    hand.key("plus")
    closer = view.viewport.span_ms
    hand.key("minus")

    assert closer < view.viewport.span_ms == pytest.approx(TO - FROM)


def test_the_crosshair_tells_its_time_and_is_painted_over_the_kept_picture(view, hand, heard):
    hand.do("<Motion>", x=301, y=205)

    assert FROM < heard.hovered[-1] < TO
    row = {color_at(view, x, 205) for x in range(20, 80)}
    assert LIGHT.muted in row
    hand.do("<Leave>")
    assert heard.hovered[-1] is None
    assert LIGHT.muted not in {color_at(view, x, 205) for x in range(20, 80)}


def test_a_fast_pointer_is_painted_once_not_at_every_step(view, theme, heard):
    for x in range(100, 200):
        view.point_at(float(x), 100.0)
    theme.root.update()

    assert len(heard.hovered) == 1
    assert heard.hovered[0] == pytest.approx(view.ms_at(199))


def test_the_keyboard_moves_the_crosshair_from_bar_to_bar(view, hand, heard):
    control = 0x4

    hand.key("Left", state=control)
    first = heard.hovered[-1]
    hand.key("Left", state=control)

    assert heard.hovered[-1] == pytest.approx(first - MINUTE, abs=MINUTE / 2)
    assert view.viewport == Viewport(FROM, TO)


def test_shift_and_drag_measure_change_bars_and_time(view, hand):
    hand.drag((200, 300), (400, 150), shift=True)

    found = view.measured
    words = found.words(view.series, 2)
    bars = round((found.to_ms - found.from_ms) / MINUTE)
    assert words.startswith("+")
    assert f"{bars} bars" in words
    assert view.viewport == Viewport(FROM, TO)
    hand.key("Escape")
    assert view.measured is None


def test_dragging_the_price_axis_turns_auto_off_and_a_double_click_on_it_on_again(view, hand, heard):
    axis = int(view.chart.place.right) + 20
    low, high = view.chart.scale.low, view.chart.scale.high

    hand.drag((axis, 200), (axis, 260))

    assert not view.auto
    assert heard.scaled
    assert view.chart.scale.high - view.chart.scale.low > high - low
    hand.double_click(axis)
    assert view.auto


def test_with_auto_off_a_drag_moves_prices_too(view, hand):
    view.set_auto(False)
    hand.do("<Motion>")
    price = view.chart.scale.price_at(300)

    hand.drag((300, 200), (300, 150))

    assert view.chart.scale.price_at(350) == pytest.approx(price)


def test_letters_and_digits_are_passed_on_but_not_shortcuts(view, hand, heard):
    for keysym in ("b", "B", "1"):
        hand.key(keysym)
    hand.key("b", state=0x4)

    assert heard.typed == ["b", "B", "1"]


def test_the_log_toggle_changes_the_scale(view, theme):
    view.set_log(True)
    theme.root.update()

    assert view.chart.scale.log


def test_other_colours_are_taken_at_once(view, theme):
    view.set_look(ChartLook(DARK, hollow_up=True))
    theme.root.update()

    assert color_at(view, 3, 2) in (DARK.background, DARK.grid)


def test_more_bars_keep_the_view_or_follow_the_latest(view, theme):
    view.update_bars(series(COUNT + 5))
    assert view.viewport == Viewport(FROM, TO)

    view.latest()
    before = view.viewport
    view.update_bars(series(COUNT + 15))

    assert view.viewport.end_ms - before.end_ms == pytest.approx(10 * MINUTE)


def test_a_view_may_go_where_bars_are_still_to_be_loaded(view):
    wide = Extent(START - 5_000 * MINUTE, START + COUNT * MINUTE, MINUTE)
    view.update_bars(view.series, extent=wide)

    view.fit()

    assert view.viewport.start_ms <= START - 5_000 * MINUTE


def test_a_saved_picture_has_the_size_of_the_screen_and_a_caption(view, tmp_path, theme):
    path = tmp_path / "chart.png"

    view.save_png(path, "BTCUSDC · 1m")
    theme.root.update()

    image = imread(path)
    assert image.shape[:2] == (view.canvas.widget.winfo_height(), view.canvas.widget.winfo_width())
    assert (image[4:20, 8:100, :3] < 0.5).any()


def test_no_bars_are_an_empty_sheet(view, hand, theme):
    view.clear()
    theme.root.update()

    for act in (lambda: hand.do("<Button-4>"), lambda: hand.key("Left"), lambda: hand.do("<Motion>")):
        act()
    assert view.viewport is None
    assert color_at(view, 300, 200) == LIGHT.background


def test_nothing_is_drawn_before_there_is_room(theme):
    made = ChartView(theme.root, ChartLook(LIGHT))
    made.show(series(100), digits=2)
    theme.root.update()

    assert made.chart.place is None
    made.place(width=300, height=200)
    theme.root.update()
    assert made.chart.place is not None


def test_the_canvas_does_not_take_the_focus_nor_the_room(theme):
    from threadx.ui.theme import ttk

    entry = ttk.Entry(theme.root)
    entry.pack()
    entry.focus_force()
    theme.root.update()

    made = ChartView(theme.root, ChartLook(LIGHT))

    assert theme.root.focus_get() is entry
    assert made.canvas.widget.winfo_reqwidth() == 10


def test_tab_leads_to_the_chart_and_a_ring_shows_it_but_not_for_a_click(view, theme, hand):
    from threadx.ui.theme import ttk

    ring = view.canvas.widget.master
    entry = ttk.Entry(theme.root)
    entry.pack()
    entry.focus_force()
    theme.root.update()

    entry.event_generate("<Tab>")
    theme.root.update()
    assert theme.root.focus_get() is view.canvas.widget
    assert str(ring.cget("background")) == LIGHT.accent
    entry.focus_force()
    theme.root.update()
    assert str(ring.cget("background")) == LIGHT.background
    hand.drag((300, 200), (300, 200))
    assert theme.root.focus_get() is view.canvas.widget
    assert str(ring.cget("background")) == LIGHT.background


def test_a_chart_that_goes_leaves_nothing_behind(view, theme):
    view.changed()
    view.destroy()
    theme.root.update()
