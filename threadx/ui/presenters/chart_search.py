"""What typing on a chart finds: letters a symbol, digits a timeframe."""

from __future__ import annotations

import re
from collections.abc import Sequence

from threadx.bars.timeframe import MINUTE_MS, TIMEFRAMES, Timeframe
from threadx.errors import UnsupportedTimeframeError

__all__ = ["find_symbols", "find_timeframes"]

_MAX_FOUND = 50


def find_symbols(symbols: Sequence[str], text: str) -> list[str]:
    """Return those symbols that fit what was typed: those that begin with it first."""
    wanted = text.strip().upper()
    fitting = [symbol for symbol in symbols if wanted in symbol]
    return sorted(fitting, key=lambda symbol: (not symbol.startswith(wanted), symbol))[:_MAX_FOUND]


def find_timeframes(text: str) -> list[str]:
    """Return timeframes that fit what was typed: "15" is 15m, "60" is 1h, "1" any that begins with it."""
    typed = text.strip()
    found = [each.name for each in TIMEFRAMES if each.name == typed]
    if re.fullmatch(r"\d{1,6}", typed):
        found += [each.name for each in TIMEFRAMES if each.period_ms == int(typed) * MINUTE_MS]
    else:
        found += _parsed(typed)
    found += [each.name for each in TIMEFRAMES if each.name.startswith(typed.lower())]
    return list(dict.fromkeys(found))


def _parsed(text: str) -> list[str]:
    try:
        return [Timeframe.parse(text).name]
    except UnsupportedTimeframeError:
        return []
