"""Colours, fonts and sizes of the window, with ttkbootstrap and without."""

from __future__ import annotations

import dataclasses
import sys

import pytest

tk = pytest.importorskip("tkinter", reason="needs Tk")

from threadx.ui.styles import FONT_BODY, FONT_MONO, FONT_TITLE  # noqa: E402 - after the check for Tk
from threadx.ui.theme import Theme, ttk  # noqa: E402 - likewise
from threadx.ui.tokens import DARK, LIGHT  # noqa: E402 - likewise

ROLES = ("TButton", "Primary.TButton", "Danger.TButton", "Ghost.TButton", "Chip.TButton", "Segment.Toolbutton")


@pytest.fixture(params=["ttkbootstrap", "clam"])
def made(request, monkeypatch):
    """Return a function that makes a theme; its root is destroyed after the test."""
    if request.param == "clam":
        monkeypatch.setitem(sys.modules, "ttkbootstrap", None)  # an import raises ImportError
    themes: list[Theme] = []

    def make(**options) -> Theme:
        themes.append(Theme(**options))
        themes[-1].root.deiconify()
        return themes[-1]

    yield make
    for theme in themes:
        theme.close()


def luminance(colour: str) -> float:
    """Relative luminance as WCAG 2.1 defines it."""
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_every_text_can_be_read(tokens):
    surfaces = {
        **dict.fromkeys(("fg", "muted", "primary", "danger", "warning", "success"), ("bg", "input_bg")),
        "on_primary": ("primary_fill",),
        "select_fg": ("select_bg",),
        "tip_fg": ("tip_bg",),
    }
    weak = {
        (ink, surface): round(found, 2)
        for ink, places in surfaces.items()
        for surface in places
        if (found := contrast(getattr(tokens, ink), getattr(tokens, surface))) < 4.5
    }
    assert weak == {}


@pytest.mark.parametrize("tokens", [LIGHT, DARK], ids=["light", "dark"])
def test_colours_are_plain_hexadecimal(tokens):
    assert all(len(colour) == 7 and int(colour[1:], 16) >= 0 for colour in dataclasses.astuple(tokens))


def test_every_role_can_be_drawn(made):
    theme = made()
    for role in ROLES:
        kind = ttk.Radiobutton if role.endswith("Toolbutton") else ttk.Button
        kind(theme.root, text=role, style=role).pack()
    for role in ("TEntry", "Invalid.TEntry"):
        ttk.Entry(theme.root, style=role).pack()
    for role in ("Title", "Muted", "Small", "Mono", "Danger", "Danger.Small"):
        ttk.Label(theme.root, text=role, style=f"{role}.TLabel").pack()
    for role in ("", "Success.", "Danger."):
        ttk.Progressbar(theme.root, value=50, style=f"{role}Horizontal.TProgressbar").pack()
    ttk.Frame(theme.root, style="Card.TFrame").pack()
    theme.root.update()


def test_the_primary_button_is_filled_and_the_others_are_not(made):
    theme = made()
    style = ttk.Style(theme.root)
    assert style.lookup("Primary.TButton", "background") == theme.tokens.primary_fill
    assert style.lookup("Danger.TButton", "background") == theme.tokens.bg


def test_light_and_dark_are_switched_live(made):
    theme = made(choice="light")
    table = ttk.Treeview(theme.root)
    table.pack()
    theme.root.update()
    theme.choice = "dark"
    theme.apply()
    theme.root.update()
    style = ttk.Style(theme.root)
    assert (theme.mode, theme.tokens) == ("dark", DARK)
    assert style.lookup("Treeview", "background") == DARK.input_bg
    assert style.lookup("Treeview", "background", ["selected"]) == DARK.select_bg
    assert theme.root.cget("background") == DARK.bg


def test_auto_follows_the_system(made):
    theme = made(choice="auto", system="dark")
    assert theme.mode == "dark"
    theme.system = "light"
    theme.apply()
    assert theme.tokens is LIGHT


def test_zoom_moves_fonts_lengths_and_rows_together(made):
    theme = made()
    before = (theme.px(100), -theme.font(FONT_BODY).cget("size"), theme.row_height)
    theme.zoom = 1.5
    theme.apply()
    after = (theme.px(100), -theme.font(FONT_BODY).cget("size"), theme.row_height)
    for old, new in zip(before, after, strict=True):
        assert new / old == pytest.approx(1.5, abs=0.2)  # fonts come in whole pixels


@pytest.mark.parametrize("zoom", [0.9, 1.0, 1.04, 1.1, 1.25, 1.5, 2.0])
def test_text_never_outgrows_the_lengths_beside_it(made, zoom):
    theme = made()
    theme.zoom = zoom
    theme.apply()
    size = -int(theme.font(FONT_BODY).cget("size"))
    assert 13 * theme.scale - 1 <= size <= 13 * theme.scale + 0.05


def test_tk_s_own_fonts_are_zoomed_too(made):
    theme = made(zoom=2.0)
    for name in ("TkDefaultFont", "TkTextFont", "TkMenuFont", "TkHeadingFont", "TkFixedFont"):
        size = tk.font.nametofont(name, theme.root).cget("size")
        assert size <= -22 * theme.scale / 2, name


def test_three_sizes_and_one_bold(made):
    theme = made()
    assert theme.font(FONT_TITLE).cget("weight") == "bold"
    assert theme.font(FONT_MONO).actual("family") == tk.font.nametofont("TkFixedFont", theme.root).actual("family")


def test_rows_are_half_as_high_again_as_their_text(made):
    theme = made()
    line = theme.font(FONT_BODY).metrics("linespace")
    assert theme.row_height == round(line * 1.55)
    assert ttk.Style(theme.root).lookup("Treeview", "rowheight") == theme.row_height


def test_lengths_round_but_never_vanish(made):
    theme = made(zoom=0.7)
    assert (theme.px(0), theme.px(0.1), theme.px(-0.1)) == (0, 1, -1)


def test_text_and_canvas_have_the_window_s_colours(made):
    theme = made(choice="dark")
    assert theme.text(theme.root).cget("background") == DARK.input_bg
    assert theme.canvas(theme.root).cget("background") == DARK.bg
    assert theme.text(theme.root, height=3).cget("height") == 3


def test_a_root_can_follow_another_one(made):
    first = made()
    first.close()
    first.close = lambda: None
    assert made(choice="dark").tokens is DARK


def test_without_the_library_the_window_says_so_in_the_log_and_opens(monkeypatch, caplog):
    monkeypatch.setitem(sys.modules, "ttkbootstrap", None)
    theme = Theme()
    try:
        assert theme.plain
        assert ttk.Style(theme.root).theme_use() == "clam"
    finally:
        theme.close()
    assert "ttkbootstrap" in caplog.text
