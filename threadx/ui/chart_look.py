"""From the window's theme to a chart's looks."""

from __future__ import annotations

from dataclasses import replace

from threadx.ui.candles import DARK, LIGHT
from threadx.ui.chart_figure import ChartLook
from threadx.ui.theme import Theme

__all__ = ["chart_look"]

_TEXT_PX = 12


def chart_look(theme: Theme, *, hollow_up: bool = False, colour_blind: bool = False) -> ChartLook:
    """Return the looks of a chart in this theme, at this zoom."""
    tokens = theme.tokens
    colors = replace(
        DARK if theme.mode == "dark" else LIGHT,
        background=tokens.bg, text=tokens.fg, muted=tokens.muted, border=tokens.border,
        up=tokens.candle_up, down=tokens.candle_down, accent=tokens.primary,
    )  # fmt: skip
    return ChartLook(
        colors.blue_orange() if colour_blind else colors,
        text_px=theme.px(_TEXT_PX),
        line_px=max(int(theme.scale), 1),
        hollow_up=hollow_up,
    )
