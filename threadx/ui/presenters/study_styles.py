"""How each indicator is drawn: on the price or in a pane of its own, which lines, levels and ends. Values only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from threadx.bars.schema import Columns

__all__ = ["FALLING", "RISING", "Line", "Style", "parts_of", "style_of"]

RISING, FALLING = -1, -2
"""Shades of a line that are those of rising and falling candles."""
Dash = Literal["solid", "dash", "dots"]


@dataclass(frozen=True, slots=True)
class Line:
    """One output as a line; lines of one indicator differ by dash as well as by colour."""

    output: str
    shade: int = 0
    """How far from the indicator's own colour in the palette; or `RISING`, `FALLING`."""
    dash: Dash = "solid"
    columns: bool = False
    """Columns from zero instead of a line, rising and falling ones told apart."""


@dataclass(frozen=True, slots=True)
class Style:
    """How an indicator is drawn."""

    lines: tuple[Line, ...]
    pane: bool = False
    """In a pane of its own below the price."""
    band: tuple[str, str] | None = None
    """Two outputs, the room between which is tinted."""
    levels: tuple[float, ...] = ()
    """Values that a pane marks with a line."""
    ends: tuple[float, float] | None = None
    """Least and greatest value there can be: a pane shows all of that; None: what is in view fills it."""
    digits: int | None = 2
    """Decimals; None: as many as prices have."""
    compact: bool = False
    """Numbers are as large as volumes: "1.2 M"."""


def _band() -> Style:
    return Style((Line("upper"), Line("lower")), band=("lower", "upper"), digits=None)


def _channel() -> Style:
    lines = (Line("upper"), Line("middle", dash="dash"), Line("lower"))
    return Style(lines, band=("lower", "upper"), digits=None)


def _average(output: str) -> Style:
    return Style((Line(output),), digits=None)


_STYLES: Mapping[str, Style] = {
    "sma": _average("sma"),
    "ema": _average("ema"),
    "vwap": _average("vwap"),
    "vwap_rolling": _average("vwap_rolling"),
    "vwap_exact": _average("vwap_exact"),
    "vwap_exact_rolling": _average("vwap_exact_rolling"),
    "bollinger": _channel(),
    "keltner": _channel(),
    "donchian": _channel(),
    "atr_bands": _band(),
    "ichimoku": Style(
        (Line("conversion"), Line("base", 1, "dash"), Line("span_a", RISING), Line("span_b", FALLING, "dots")),
        band=("span_a", "span_b"), digits=None,
    ),
    "supertrend": Style((Line("up", RISING), Line("down", FALLING, "dash")), digits=None),
    "rsi": Style((Line("rsi"),), pane=True, levels=(30.0, 70.0), ends=(0.0, 100.0)),
    "macd": Style(
        (Line("histogram", columns=True), Line("macd"), Line("signal", 1, "dash")), pane=True, levels=(0.0,),
        digits=None,
    ),
    "stochastic": Style(
        (Line("k"), Line("d", 1, "dash")), pane=True, levels=(20.0, 80.0), ends=(0.0, 100.0)
    ),
    "adx": Style(
        (Line("adx"), Line("plus_di", RISING, "dash"), Line("minus_di", FALLING, "dots")), pane=True, levels=(25.0,)
    ),
    "obv": Style((Line("obv"),), pane=True, compact=True),
    "atr": Style((Line("atr"),), pane=True, digits=None),
    "cci": Style((Line("cci"),), pane=True, levels=(-100.0, 100.0)),
    "mfi": Style((Line("mfi"),), pane=True, levels=(20.0, 80.0), ends=(0.0, 100.0)),
    "roc": Style((Line("roc"),), pane=True, levels=(0.0,)),
    "williams_r": Style((Line("williams_r"),), pane=True, levels=(-80.0, -20.0), ends=(-100.0, 0.0)),
    "vortex": Style((Line("vi_plus", RISING), Line("vi_minus", FALLING, "dash")), pane=True, levels=(1.0,), digits=3),
}  # fmt: skip


def style_of(name: str, outputs: tuple[str, ...] = ()) -> Style:
    """Return how an indicator is drawn; one that nobody thought of gets a pane with a line for each output."""
    found = _STYLES.get(name)
    if found is not None:
        return found
    return Style(tuple(Line(output, shade) for shade, output in enumerate(outputs)), pane=True)


def parts_of(name: str, columns: Columns) -> Columns:
    """Return an indicator's outputs as its style names them: Supertrend in two, below the price and above it."""
    if name != "supertrend":
        return columns
    line, rising = columns["supertrend"], columns["direction"] > 0
    parts = {each: values for each, values in columns.items() if each not in ("supertrend", "direction")}
    return {**parts, "up": np.where(rising, line, np.nan), "down": np.where(rising, np.nan, line)}
